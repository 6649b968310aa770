package evm

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

// Halted is the error of a call that the virtual machine doesn't bring to its end.
type Halted struct {
	Output []byte // what a revert answered with
	Err    error  // vm.ErrExecutionReverted, vm.ErrOutOfGas, ...
}

func (e *Halted) Error() string { return e.Err.Error() }
func (e *Halted) Unwrap() error { return e.Err }

// Estimate runs a call of from once, as a transaction in the block after the latest final one, and answers
// a gas limit with which it goes through. *Halted says that it doesn't with any limit a transaction may have.
//
// go-ethereum's own estimate runs a call three times and more to find the smallest limit. Ours isn't the
// smallest: it is what the call used before refunds, with room for the 64th that each call inside
// must leave to its caller. For calls of megabytes of events that difference is most of a node's work.
func (s *Service) Estimate(ctx context.Context, from common.Address, to *common.Address, input []byte) (gas uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.gate.RUnlock()
	for range 3 {
		head := s.chain.CurrentBlock()
		st, openErr := s.chain.StateAt(head.Root, head.Number, head.Time)
		if openErr != nil {
			err = fmt.Errorf("state of block %d: %w", head.Number, openErr)
			continue
		}
		gas, err = s.estimateAt(ctx, st, head, from, to, input)
		if readErr := st.Error(); readErr != nil { // flushed away under the call: a newer one is there
			err = fmt.Errorf("reading state of block %d: %w", head.Number, readErr)
			continue
		}
		return gas, err
	}
	return 0, err
}

func (s *Service) estimateAt(ctx context.Context, st *state.StateDB, head *types.Header, from common.Address, to *common.Address, input []byte) (uint64, error) {
	header := &types.Header{
		ParentHash:    head.Hash(),
		Number:        new(big.Int).Add(head.Number, common.Big1),
		Time:          nextTime(head),
		GasLimit:      BlockGasLimit,
		Difficulty:    new(big.Int),
		BaseFee:       new(big.Int),
		ExcessBlobGas: new(uint64),
	}
	machine := vm.NewEVM(core.NewEVMBlockContext(header, s.chain, &common.Address{}), st, s.chain.Config(), vm.Config{})
	defer machine.Release()
	machine.SetJumpDestCache(s.chain.JumpDestCache())
	stop := context.AfterFunc(ctx, machine.Cancel)
	defer stop()
	message := &core.Message{
		From: from, To: to, Data: input, GasLimit: MaxTxGas,
		Value: new(uint256.Int), GasPrice: new(uint256.Int), GasFeeCap: new(uint256.Int), GasTipCap: new(uint256.Int),
	}
	result, err := core.ApplyMessage(machine, message.SkipNonceCheck(), core.NewGasPool(MaxTxGas))
	switch {
	case machine.Cancelled():
		return 0, fmt.Errorf("estimate for a call of %s: %w", from, context.Cause(ctx))
	case err != nil:
		return 0, fmt.Errorf("estimate for a call of %s: %w", from, err)
	case result.Failed():
		return 0, &Halted{Output: result.Revert(), Err: result.Err}
	}
	used := max(result.UsedGas, result.MaxUsedGas) + params.CallStipend
	return min(used+used/63+1, MaxTxGas), nil
}
