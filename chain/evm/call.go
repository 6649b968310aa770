package evm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
)

// callTimeout bounds one read of contract state.
const callTimeout = 5 * time.Second

// Call runs a read-only call at the latest final block, with that block's time. Gas and time are
// bounded; a revert is an error that wraps vm.ErrExecutionReverted.
func (s *Service) Call(ctx context.Context, to common.Address, input []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err := s.enter()
	if err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	for range 3 {
		head := s.chain.CurrentBlock()
		var out []byte
		var intact bool
		if out, intact, err = s.callAt(ctx, head, to, input); intact {
			return out, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// The state was flushed away under the call: a newer one is there.
	}
	return nil, err
}

// callAt tells, beside the result, whether the state could be read throughout.
func (s *Service) callAt(ctx context.Context, head *types.Header, to common.Address, input []byte) (out []byte, intact bool, err error) {
	st, err := s.chain.StateAt(head.Root, head.Number, head.Time)
	if err != nil {
		return nil, false, fmt.Errorf("state of block %d: %w", head.Number, err)
	}
	var stopped bool
	out, err = staticCallWith(s.chain, st, head, head.Time, to, input, s.cfg.RPCGasCap, func(machine *vm.EVM) func() {
		stop := context.AfterFunc(ctx, machine.Cancel)
		return func() { stop(); stopped = machine.Cancelled() }
	})
	if readErr := st.Error(); readErr != nil {
		return nil, false, fmt.Errorf("reading state of block %d: %w", head.Number, readErr)
	}
	if stopped {
		return nil, true, fmt.Errorf("call of %s: %w", to, context.Cause(ctx))
	}
	if err != nil {
		return out, true, fmt.Errorf("call of %s: %w", to, err)
	}
	return out, true, nil
}

// Nonce is the next nonce of an account at the latest final block, and that block's number.
func (s *Service) Nonce(_ context.Context, addr common.Address) (nonce, number uint64, err error) {
	if err := s.enter(); err != nil {
		return 0, 0, err
	}
	defer s.gate.RUnlock()
	for range 3 {
		head := s.chain.CurrentBlock()
		st, openErr := s.chain.StateAt(head.Root, head.Number, head.Time)
		if openErr != nil {
			err = openErr
			continue
		}
		nonce = st.GetNonce(addr)
		if err = st.Error(); err == nil {
			return nonce, head.Number.Uint64(), nil
		}
	}
	return 0, 0, fmt.Errorf("nonce of %s: %w", addr, err)
}

// Code is the code of a contract at the latest final block.
func (s *Service) Code(addr common.Address) (code []byte, err error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	for range 3 {
		head := s.chain.CurrentBlock()
		st, openErr := s.chain.StateAt(head.Root, head.Number, head.Time)
		if openErr != nil {
			err = openErr
			continue
		}
		code = st.GetCode(addr)
		if err = st.Error(); err == nil {
			return code, nil
		}
	}
	return nil, fmt.Errorf("code of %s: %w", addr, err)
}

// Receipts returns the results of a block's transactions by block hash: the log index and look-ups by
// number run behind the head.
func (s *Service) Receipts(block *types.Block) (types.Receipts, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	receipts := s.chain.GetReceiptsByHash(block.Hash())
	if len(receipts) != len(block.Transactions()) {
		return nil, fmt.Errorf("block %d has %d transactions and %d receipts", block.NumberU64(), len(block.Transactions()), len(receipts))
	}
	return receipts, nil
}

var errNoBlock = errors.New("evm: no such block")

// Canonical finds a final header by hash, nil if the hash is not of this chain.
func (s *Service) Canonical(hash common.Hash) (*types.Header, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	header := s.chain.GetHeaderByHash(hash)
	if header == nil || s.chain.GetCanonicalHash(header.Number.Uint64()) != hash {
		return nil, nil
	}
	return header, nil
}

// BlockByNumber returns a final block.
func (s *Service) BlockByNumber(number uint64) (*types.Block, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	if b := s.chain.GetBlockByNumber(number); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("%w: %d", errNoBlock, number)
}
