package evm

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

const (
	// headerRoom is what a block's RLP may take beside its transactions.
	headerRoom = 2048
	// txRoom is what a block's RLP may take for a transaction beside its own encoding: the length before it.
	txRoom = 5
)

// weight is how many bytes of a block a transaction takes, at most.
func weight(tx *types.Transaction) uint64 { return tx.Size() + txRoom }

// draft is a block being filled.
type draft struct {
	header   *types.Header
	state    *state.StateDB
	machine  *vm.EVM
	gasPool  *core.GasPool
	txs      types.Transactions
	receipts types.Receipts
	gas      uint64 // sum of the gas limits of txs
	bytes    uint64 // sum of their encoded sizes
	maxBytes uint64
}

// Build fills a block for this CometBFT height from the pool. It returns nil without an error when there
// is nothing to put in, or when it is too early: EVM time counts in seconds and must rise.
//
// maxBytes bounds the RLP. The block is a valid proposal: Verify accepts it on every honest node. It is stored with its
// state, the head unmoved, so that this node needn't execute it again.
func (s *Service) Build(height int64, cometTime time.Time, maxBytes int64) (*types.Block, []byte, error) {
	parent := s.chain.CurrentBlock()
	at := uint64(cometTime.Unix())
	if height < FirstHeight || cometTime.Unix() < 0 || at <= parent.Time {
		return nil, nil, nil
	}
	start := time.Now()
	deadline := start.Add(buildDeadline)
	queue, err := s.candidates(at, deadline)
	if err != nil || queue.empty() {
		return nil, nil, err
	}
	d, err := s.open(parent, height, at, min(maxBytes, MaxBlockBytes)-headerRoom)
	if err != nil {
		return nil, nil, err
	}
	defer d.close()
	s.fill(d, queue, deadline)
	if len(d.txs) == 0 {
		return nil, nil, nil
	}
	block, err := s.seal(d)
	if err != nil {
		return nil, nil, err
	}
	raw, err := rlp.EncodeToBytes(block)
	if err != nil {
		return nil, nil, err
	}
	if int64(len(raw)) > min(maxBytes, MaxBlockBytes) {
		return nil, nil, fmt.Errorf("block %d came out at %d bytes", block.NumberU64(), len(raw))
	}
	if err := s.keep(block, d); err != nil {
		return nil, nil, err
	}
	s.remember(raw, block)
	s.metrics.build.Observe(time.Since(start).Seconds())
	return block, raw, nil
}

// open prepares the header and the state, protocol calls included.
func (s *Service) open(parent *types.Header, height int64, at uint64, maxBytes int64) (*draft, error) {
	if maxBytes <= 0 {
		return nil, fmt.Errorf("no room for a block: %d bytes", maxBytes)
	}
	number := new(big.Int).Add(parent.Number, common.Big1)
	root, err := s.mountain.Root(number.Uint64())
	if err != nil {
		return nil, err
	}
	header := &types.Header{
		ParentHash:       parent.Hash(),
		Number:           number,
		GasLimit:         BlockGasLimit,
		Time:             at,
		Extra:            format.Extra(height),
		Difficulty:       new(big.Int),
		BaseFee:          new(big.Int),
		BlobGasUsed:      new(uint64),
		ExcessBlobGas:    new(uint64),
		ParentBeaconRoot: &root,
	}
	st, err := s.chain.StateAt(parent.Root, parent.Number, parent.Time)
	if err != nil {
		return nil, fmt.Errorf("state of block %d: %w", parent.Number, err)
	}
	st.StartPrefetcher("build", nil)
	machine := vm.NewEVM(core.NewEVMBlockContext(header, s.chain, &header.Coinbase), st, s.chain.Config(), vm.Config{})
	machine.SetJumpDestCache(s.chain.JumpDestCache())
	machine.SetPrecompileCache(s.chain.PrecompileCache())
	core.PreExecution(context.Background(), header.ParentBeaconRoot, parent, s.chain.Config(), machine, header.Number, header.Time)
	return &draft{
		header:   header,
		state:    st,
		machine:  machine,
		gasPool:  core.NewGasPool(header.GasLimit),
		maxBytes: uint64(maxBytes),
	}, nil
}

func (d *draft) close() {
	d.state.StopPrefetcher()
	d.machine.Release()
}

// fill takes transactions in turn, one from each party, until nothing fits or the time is up. With free
// gas the pool's own order is first come, first served: one party could fill every block.
//
// In the first rounds a party may use its equal share of the block; what is left over goes to whoever
// has more.
func (s *Service) fill(d *draft, queue *queue, deadline time.Time) {
	share := quota{gas: MaxBlockGas / uint64(len(queue.parties)), bytes: d.maxBytes / uint64(len(queue.parties))}
	for _, limit := range []quota{share, {gas: MaxBlockGas, bytes: d.maxBytes}} {
		queue.rewind()
		for len(d.txs) < MaxBlockTxs {
			if time.Now().After(deadline) {
				return
			}
			tx, party := queue.next(limit)
			if tx == nil {
				break
			}
			if d.gas+tx.Gas() > MaxBlockGas || d.bytes+weight(tx) > d.maxBytes {
				party.skip() // a smaller one of another account may still fit
				continue
			}
			switch err := d.apply(tx); {
			case err == nil:
				party.took(tx)
			case errors.Is(err, core.ErrNonceTooLow):
				party.passOver() // in the parent state already; the pool hasn't noticed yet
			default:
				// The account's later transactions depend on this one.
				s.log.Debug("transaction left out", "hash", tx.Hash(), "err", err)
				party.drop()
			}
		}
	}
}

func (d *draft) apply(tx *types.Transaction) error {
	snapshot, gas := d.state.Snapshot(), d.gasPool.Snapshot()
	d.state.SetTxContext(tx.Hash(), len(d.txs), uint32(len(d.txs)+1))
	receipt, _, err := core.ApplyTransaction(context.Background(), d.machine, d.gasPool, d.state, d.header, tx)
	if err != nil {
		d.state.RevertToSnapshot(snapshot)
		d.gasPool.Set(gas)
		return err
	}
	d.header.GasUsed = d.gasPool.Used()
	d.txs = append(d.txs, tx)
	d.receipts = append(d.receipts, receipt)
	d.gas += tx.Gas()
	d.bytes += weight(tx)
	return nil
}

// seal runs the protocol calls that end a block and computes the roots.
func (s *Service) seal(d *draft) (*types.Block, error) {
	var logs []*types.Log
	for _, r := range d.receipts {
		logs = append(logs, r.Logs...)
	}
	body := &types.Body{Transactions: d.txs, Withdrawals: []*types.Withdrawal{}}
	requests, _, err := core.PostExecution(context.Background(), s.chain.Config(), d.header.Number, d.header.Time, logs, body.Withdrawals, d.machine, uint32(len(d.txs)+1))
	if err != nil {
		return nil, fmt.Errorf("ending block %d: %w", d.header.Number, err)
	}
	hash := types.CalcRequestsHash(requests)
	d.header.RequestsHash = &hash
	s.chain.Engine().Finalize(s.chain, d.header, d.state, body)
	block := core.AssembleBlock(s.chain, d.header, d.state, body, d.receipts, nil)
	if err := d.state.Error(); err != nil {
		return nil, fmt.Errorf("reading state for block %d: %w", d.header.Number, err)
	}
	return block, nil
}
