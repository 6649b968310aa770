package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/common/math"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// ethAPI holds our own methods of the eth namespace. Exported methods are RPC methods: eth_gasPrice and
// so on.
type ethAPI struct {
	cfg   Config
	limit limiter
	inner methods
}

// arg is an argument that is passed on as it came; nil if it is absent or null.
type arg = *json.RawMessage

// forwarded are the methods of go-ethereum that ethAPI passes calls on to.
var forwarded = []string{
	"getBalance", "getCode", "getStorageAt", "getStorageValues", "getTransactionCount", "getProof",
	"getBlockByNumber", "getHeaderByNumber", "getBlockReceipts", "getBlockTransactionCountByNumber",
	"getTransactionByBlockNumberAndIndex", "getRawTransactionByBlockNumberAndIndex", "getUncleByBlockNumberAndIndex",
	"getUncleCountByBlockNumber", "getTransactionByHash", "getTransactionReceipt", "call", "estimateGas",
	"createAccessList", "simulateV1", "getLogs", "newFilter", "getFilterLogs",
}

// GasPrice is 0: gas is free.
func (e *ethAPI) GasPrice() *hexutil.Big { return new(hexutil.Big) }

// MaxPriorityFeePerGas is 0.
func (e *ethAPI) MaxPriorityFeePerGas() *hexutil.Big { return new(hexutil.Big) }

// BlobBaseFee is 0; there are no blob transactions.
func (e *ethAPI) BlobBaseFee() *hexutil.Big { return new(hexutil.Big) }

// Accounts is empty: the node offers none of its keys.
func (e *ethAPI) Accounts() []common.Address { return []common.Address{} }

// Syncing is false, or how far this node is while it catches up with the others.
func (e *ethAPI) Syncing() any {
	if e.cfg.CatchingUp == nil || !e.cfg.CatchingUp() {
		return false
	}
	at := hexutil.Uint64(e.cfg.Ethereum.BlockChain().CurrentBlock().Number.Uint64())
	return map[string]hexutil.Uint64{"startingBlock": 0, "currentBlock": at, "highestBlock": at + 1}
}

// feeHistory is the answer of eth_feeHistory.
type feeHistory struct {
	OldestBlock   hexutil.Uint64   `json:"oldestBlock"`
	BaseFeePerGas []*hexutil.Big   `json:"baseFeePerGas"`
	GasUsedRatio  []float64        `json:"gasUsedRatio"`
	Reward        [][]*hexutil.Big `json:"reward,omitempty"`
}

// maxFeeHistory is the most blocks eth_feeHistory answers for, as in go-ethereum.
const maxFeeHistory = 1024

// FeeHistory is all zeros but for how full the blocks were.
func (e *ethAPI) FeeHistory(count math.HexOrDecimal64, last gethrpc.BlockNumber, percentiles []float64) (*feeHistory, error) {
	if len(percentiles) > 100 {
		return nil, &rpcError{code: codeInvalidParams, msg: "rewardPercentiles: at most 100"}
	}
	chain := e.cfg.Ethereum.BlockChain()
	head := chain.CurrentBlock().Number.Uint64()
	switch {
	case last == gethrpc.EarliestBlockNumber:
		last = 0
	case last < 0:
		last = gethrpc.BlockNumber(head)
	}
	if uint64(last) > head {
		return nil, &rpcError{code: codeInvalidParams, msg: "newestBlock: beyond the latest block"}
	}
	n := min(uint64(count), maxFeeHistory, uint64(last)+1)
	h := &feeHistory{OldestBlock: hexutil.Uint64(uint64(last) + 1 - n), GasUsedRatio: []float64{}}
	for i := range n + 1 {
		h.BaseFeePerGas = append(h.BaseFeePerGas, new(hexutil.Big))
		if i == n {
			break
		}
		ratio := 0.0
		if header := chain.GetHeaderByNumber(uint64(h.OldestBlock) + i); header != nil && header.GasLimit > 0 {
			ratio = float64(header.GasUsed) / float64(header.GasLimit)
		}
		h.GasUsedRatio = append(h.GasUsedRatio, ratio)
		if len(percentiles) > 0 {
			zeros := make([]*hexutil.Big, len(percentiles))
			for j := range zeros {
				zeros[j] = (*hexutil.Big)(new(big.Int))
			}
			h.Reward = append(h.Reward, zeros)
		}
	}
	return h, nil
}

// heavy passes a call on within the limits of number and time.
func (e *ethAPI) heavy(ctx context.Context, name string, args ...arg) (any, error) {
	return e.limit.do(ctx, e.cfg.Timeout, func(ctx context.Context) (any, error) { return e.inner.read(ctx, name, args...) })
}

func (e *ethAPI) Call(ctx context.Context, call, block, state, header arg) (any, error) {
	return e.heavy(ctx, "call", call, tag(block), state, header)
}

// EstimateGas refuses calls that offer to pay, where go-ethereum would speak of an allowance: the
// transaction would be refused too.
func (e *ethAPI) EstimateGas(ctx context.Context, call, block, state, header arg) (any, error) {
	if pays(call) {
		return nil, &rpcError{code: codeRejected, msg: "gas is free: gas price, fee cap and priority fee must be 0 " +
			"(cast: --legacy, or ETH_GAS_PRICE=0 and ETH_PRIORITY_GAS_PRICE=0)"}
	}
	return e.heavy(ctx, "estimateGas", call, tag(block), state, header)
}

// pays says whether a call offers a fee.
func pays(call arg) bool {
	var fees struct{ GasPrice, MaxFeePerGas, MaxPriorityFeePerGas *hexutil.Big }
	if call == nil || json.Unmarshal(*call, &fees) != nil {
		return false // go-ethereum says what is wrong with it
	}
	for _, fee := range []*hexutil.Big{fees.GasPrice, fees.MaxFeePerGas, fees.MaxPriorityFeePerGas} {
		if fee != nil && fee.ToInt().Sign() > 0 {
			return true
		}
	}
	return false
}

func (e *ethAPI) CreateAccessList(ctx context.Context, call, block, state arg) (any, error) {
	return e.heavy(ctx, "createAccessList", call, tag(block), state)
}

func (e *ethAPI) SimulateV1(ctx context.Context, opts, block arg) (any, error) {
	return e.heavy(ctx, "simulateV1", opts, tag(block))
}

func (e *ethAPI) GetProof(ctx context.Context, account, keys, block arg) (any, error) {
	return e.heavy(ctx, "getProof", account, keys, tag(block))
}

func (e *ethAPI) GetLogs(ctx context.Context, query arg) (any, error) {
	if err := e.inRange(query); err != nil {
		return nil, err
	}
	return e.heavy(ctx, "getLogs", rangeTags(query))
}

// inRange refuses log queries over too many blocks. go-ethereum's own limit is off: it takes "latest" for
// the largest number.
func (e *ethAPI) inRange(query arg) error {
	n := span(query, e.cfg.Ethereum.BlockChain().CurrentBlock().Number.Uint64())
	if n > e.cfg.MaxLogRange {
		return &rpcError{code: codeInvalidParams, msg: fmt.Sprintf("block range of %d blocks: must be at most %d", n, e.cfg.MaxLogRange)}
	}
	return nil
}

func (e *ethAPI) GetFilterLogs(ctx context.Context, id arg) (any, error) {
	return e.heavy(ctx, "getFilterLogs", id)
}

func (e *ethAPI) NewFilter(ctx context.Context, query arg) (any, error) {
	if err := e.inRange(query); err != nil {
		return nil, err
	}
	return e.inner.call(ctx, "newFilter", rangeTags(query))
}

func (e *ethAPI) GetBlockReceipts(ctx context.Context, block arg) (any, error) {
	return e.heavy(ctx, "getBlockReceipts", tag(block))
}

func (e *ethAPI) GetBalance(ctx context.Context, account, block arg) (any, error) {
	return e.inner.read(ctx, "getBalance", account, tag(block))
}

func (e *ethAPI) GetCode(ctx context.Context, account, block arg) (any, error) {
	return e.inner.read(ctx, "getCode", account, tag(block))
}

func (e *ethAPI) GetStorageAt(ctx context.Context, account, key, block arg) (any, error) {
	return e.inner.read(ctx, "getStorageAt", account, key, tag(block))
}

func (e *ethAPI) GetStorageValues(ctx context.Context, requests, block arg) (any, error) {
	return e.heavy(ctx, "getStorageValues", requests, tag(block))
}

// GetTransactionCount keeps "pending": the next nonce behind what is in the pool is what wallets ask for.
func (e *ethAPI) GetTransactionCount(ctx context.Context, account, block arg) (any, error) {
	if block == nil || strings.TrimSpace(string(*block)) != `"pending"` {
		block = tag(block)
	}
	return e.inner.read(ctx, "getTransactionCount", account, block)
}

func (e *ethAPI) GetBlockByNumber(ctx context.Context, block, full arg) (any, error) {
	return e.inner.call(ctx, "getBlockByNumber", tag(block), full)
}

func (e *ethAPI) GetHeaderByNumber(ctx context.Context, block arg) (any, error) {
	return e.inner.call(ctx, "getHeaderByNumber", tag(block))
}

func (e *ethAPI) GetBlockTransactionCountByNumber(ctx context.Context, block arg) (any, error) {
	return e.inner.call(ctx, "getBlockTransactionCountByNumber", tag(block))
}

func (e *ethAPI) GetTransactionByBlockNumberAndIndex(ctx context.Context, block, index arg) (any, error) {
	return e.inner.call(ctx, "getTransactionByBlockNumberAndIndex", tag(block), index)
}

func (e *ethAPI) GetRawTransactionByBlockNumberAndIndex(ctx context.Context, block, index arg) (any, error) {
	return e.inner.call(ctx, "getRawTransactionByBlockNumberAndIndex", tag(block), index)
}

func (e *ethAPI) GetUncleByBlockNumberAndIndex(ctx context.Context, block, index arg) (any, error) {
	return e.inner.call(ctx, "getUncleByBlockNumberAndIndex", tag(block), index)
}

func (e *ethAPI) GetUncleCountByBlockNumber(ctx context.Context, block arg) (any, error) {
	return e.inner.call(ctx, "getUncleCountByBlockNumber", tag(block))
}

func (e *ethAPI) GetTransactionByHash(ctx context.Context, hash arg) (any, error) {
	return absent(e.inner.call(ctx, "getTransactionByHash", hash))
}

func (e *ethAPI) GetTransactionReceipt(ctx context.Context, hash arg) (any, error) {
	return absent(e.inner.call(ctx, "getTransactionReceipt", hash))
}

// absent answers null where go-ethereum says that it is still indexing: our blocks are indexed when they
// are committed, so the transaction is in none, and clients that poll don't expect an error.
func absent(out any, err error) (any, error) {
	if err != nil && strings.Contains(err.Error(), "indexing is in progress") {
		return nil, nil
	}
	return out, err
}
