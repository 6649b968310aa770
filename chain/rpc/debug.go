package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/eth/tracers"
	_ "github.com/ethereum/go-ethereum/eth/tracers/native" // registers callTracer and its like
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

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

// trace is heavy for a method with a trace configuration. Tracers written in JavaScript are refused: they
// are programs of the caller.
func (d *debugAPI) trace(ctx context.Context, name string, config arg, args ...arg) (any, error) {
	if config != nil {
		var c struct{ Tracer string }
		if err := json.Unmarshal(*config, &c); err == nil && c.Tracer != "" && tracers.DefaultDirectory.IsJS(c.Tracer) {
			return nil, &rpcError{code: codeInvalidParams, msg: fmt.Sprintf("tracer %q: must be one of go-ethereum's native tracers", c.Tracer)}
		}
	}
	return d.heavy(ctx, name, append(args, config)...)
}

func (d *debugAPI) TraceTransaction(ctx context.Context, hash, config arg) (any, error) {
	return d.trace(ctx, "traceTransaction", config, hash)
}

func (d *debugAPI) TraceCall(ctx context.Context, call, block, config arg) (any, error) {
	return d.trace(ctx, "traceCall", config, call, tag(block))
}

func (d *debugAPI) TraceBlock(ctx context.Context, block, config arg) (any, error) {
	return d.trace(ctx, "traceBlock", config, block)
}

func (d *debugAPI) TraceBlockByNumber(ctx context.Context, block, config arg) (any, error) {
	return d.trace(ctx, "traceBlockByNumber", config, tag(block))
}

func (d *debugAPI) TraceBlockByHash(ctx context.Context, hash, config arg) (any, error) {
	return d.trace(ctx, "traceBlockByHash", config, hash)
}

func (d *debugAPI) IntermediateRoots(ctx context.Context, hash, config arg) (any, error) {
	return d.trace(ctx, "intermediateRoots", config, hash)
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
