package evm

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/rlp"
)

// Failure is why a transaction did nothing: receipts only say that it did.
type Failure struct {
	Reason string // of the EVM: "execution reverted", "out of gas"
	Data   []byte // what the contract reverted with, at most maxRevert bytes
}

const (
	failurePrefix = 'x'
	// maxRevert is how much of a contract's answer is kept.
	maxRevert = 1 << 10
	// maxReasons bounds the failures of a block whose reason is looked for: each means executing all before it again.
	maxReasons = 32
)

func failureKey(tx common.Hash) []byte { return append([]byte{failurePrefix}, tx[:]...) }

// keepReasons executes a block that holds failed transactions once more, up to the last of them, on its parent's state,
// which is gone later, and keeps why they failed. What can't be told is left out: nothing depends on it.
func (s *Service) keepReasons(batch *pebble.Batch, block *types.Block) error {
	receipts := s.chain.GetReceiptsByHash(block.Hash())
	var failed []int
	for i, r := range receipts {
		if r.Status != types.ReceiptStatusSuccessful && len(failed) < maxReasons {
			failed = append(failed, i)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	results, err := s.again(block, failed[len(failed)-1]+1)
	if err != nil {
		s.log.Debug("reasons of failed transactions", "block", block.NumberU64(), "err", err)
		return nil
	}
	for _, i := range failed {
		r := results[i]
		if r.Err == nil {
			continue
		}
		f := Failure{Reason: r.Err.Error()}
		if errors.Is(r.Err, vm.ErrExecutionReverted) {
			f.Data = r.ReturnData[:min(len(r.ReturnData), maxRevert)]
		}
		v, err := rlp.EncodeToBytes(&f)
		if err != nil {
			return fmt.Errorf("reason of transaction %d: %w", i, err)
		}
		if err := batch.Set(failureKey(block.Transactions()[i].Hash()), v, nil); err != nil {
			return err
		}
	}
	return nil
}

// again executes the first n transactions of a block on the state of its parent and forgets what they did.
func (s *Service) again(block *types.Block, n int) ([]*core.ExecutionResult, error) {
	header := block.Header()
	parent := s.chain.GetHeader(block.ParentHash(), block.NumberU64()-1)
	if parent == nil {
		return nil, fmt.Errorf("%w: %s", errNoBlock, block.ParentHash())
	}
	st, err := s.chain.StateAt(parent.Root, parent.Number, parent.Time)
	if err != nil {
		return nil, err
	}
	config := s.chain.Config()
	machine := vm.NewEVM(core.NewEVMBlockContext(header, s.chain, &header.Coinbase), st, config, vm.Config{})
	defer machine.Release()
	machine.SetJumpDestCache(s.chain.JumpDestCache())
	machine.SetPrecompileCache(s.chain.PrecompileCache())
	core.PreExecution(context.Background(), header.ParentBeaconRoot, parent, config, machine, header.Number, header.Time)
	signer, pool := types.MakeSigner(config, header.Number, header.Time), core.NewGasPool(header.GasLimit)
	results := make([]*core.ExecutionResult, n)
	for i, tx := range block.Transactions()[:n] {
		msg, err := core.TransactionToMessage(tx, signer, header.BaseFee)
		if err != nil {
			return nil, err
		}
		st.SetTxContext(tx.Hash(), i, uint32(i+1))
		machine.SetTxContext(core.NewEVMTxContext(msg))
		if results[i], err = core.ApplyMessage(machine, msg, pool); err != nil {
			return nil, err
		}
		st.Finalise(config.Rules(header.Number, true, header.Time))
	}
	return results, st.Error()
}

// Failure is why a final transaction did nothing; false if this node doesn't know or it did something.
func (s *Service) Failure(tx common.Hash) (Failure, bool, error) {
	v, closer, err := s.store.Get(failureKey(tx))
	if errors.Is(err, pebble.ErrNotFound) {
		return Failure{}, false, nil
	}
	if err != nil {
		return Failure{}, false, err
	}
	var f Failure
	err = rlp.DecodeBytes(v, &f)
	return f, err == nil, errors.Join(err, closer.Close())
}

// Transaction finds a final transaction: the number of its block and its place there.
func (s *Service) Transaction(hash common.Hash) (number, pos uint64, ok bool, err error) {
	if err := s.enter(); err != nil {
		return 0, 0, false, err
	}
	defer s.gate.RUnlock()
	lookup, tx := s.chain.GetCanonicalTransaction(hash)
	if tx == nil {
		return 0, 0, false, nil
	}
	return lookup.BlockIndex, lookup.Index, true, nil
}
