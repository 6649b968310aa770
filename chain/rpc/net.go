package rpc

import (
	"context"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// netAPI is the net namespace, about CometBFT's peers: go-ethereum has none.
type netAPI struct{ cfg Config }

// Version is the chain id in decimal.
func (n *netAPI) Version() string {
	return n.cfg.Ethereum.BlockChain().Config().ChainID.String()
}

// Listening is true.
func (n *netAPI) Listening() bool { return true }

// PeerCount is the number of connected nodes.
func (n *netAPI) PeerCount() hexutil.Uint {
	if n.cfg.Peers == nil {
		return 0
	}
	return hexutil.Uint(n.cfg.Peers())
}

// web3API is the web3 namespace.
type web3API struct{ cfg Config }

// ClientVersion names this software.
func (w *web3API) ClientVersion() string { return w.cfg.Version }

// Sha3 is the Keccak-256 hash of the input.
func (w *web3API) Sha3(input hexutil.Bytes) hexutil.Bytes { return crypto.Keccak256(input) }

// traceTimeout bounds one tracing call: tracing runs transactions again.
const traceTimeout = 10 * time.Second

// debugAPI puts limits on go-ethereum's tracing and takes away what reads or writes files.
type debugAPI struct {
	limit limiter
	inner methods
}

func (d *debugAPI) heavy(ctx context.Context, name string, args ...arg) (any, error) {
	return d.limit.do(ctx, traceTimeout, func(ctx context.Context) (any, error) { return d.inner.read(ctx, name, args...) })
}

func (d *debugAPI) TraceTransaction(ctx context.Context, hash, config arg) (any, error) {
	return d.heavy(ctx, "traceTransaction", hash, config)
}

func (d *debugAPI) TraceCall(ctx context.Context, call, block, config arg) (any, error) {
	return d.heavy(ctx, "traceCall", call, tag(block), config)
}

func (d *debugAPI) TraceBlock(ctx context.Context, block, config arg) (any, error) {
	return d.heavy(ctx, "traceBlock", block, config)
}

func (d *debugAPI) TraceBlockByNumber(ctx context.Context, block, config arg) (any, error) {
	return d.heavy(ctx, "traceBlockByNumber", tag(block), config)
}

func (d *debugAPI) TraceBlockByHash(ctx context.Context, hash, config arg) (any, error) {
	return d.heavy(ctx, "traceBlockByHash", hash, config)
}

func (d *debugAPI) IntermediateRoots(ctx context.Context, hash, config arg) (any, error) {
	return d.heavy(ctx, "intermediateRoots", hash, config)
}

// TraceChain is a subscription that runs whole ranges again.
func (d *debugAPI) TraceChain(context.Context, arg, arg, arg) (*gethrpc.Subscription, error) {
	return nil, notOffered("debug_subscribe traceChain")
}

func (d *debugAPI) TraceBlockFromFile(_, _ arg) (any, error) {
	return nil, notOffered("debug_traceBlockFromFile")
}

func (d *debugAPI) TraceBadBlock(_, _ arg) (any, error) {
	return nil, notOffered("debug_traceBadBlock")
}

func (d *debugAPI) StandardTraceBlockToFile(_, _ arg) (any, error) {
	return nil, notOffered("debug_standardTraceBlockToFile")
}

func (d *debugAPI) StandardTraceBadBlockToFile(_, _ arg) (any, error) {
	return nil, notOffered("debug_standardTraceBadBlockToFile")
}

func notOffered(method string) error {
	return &rpcError{code: codeNotSupported, msg: method + " is not offered here"}
}
