package evm

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
)

type decodedBlock struct {
	raw   []byte
	block *types.Block
}

// Decode reads the RLP of a block. Transactions that the pool knows are taken from there, since their
// signatures are recovered already; a block decoded lately is returned as it was.
func (s *Service) Decode(raw []byte) (*types.Block, error) {
	for _, d := range s.decoded {
		if d.block != nil && bytes.Equal(d.raw, raw) {
			return d.block, nil
		}
	}
	if len(raw) > MaxBlockBytes {
		return nil, &Rejected{Rule: "block size", Detail: fmt.Sprintf("%d bytes, limit %d", len(raw), MaxBlockBytes)}
	}
	block := new(types.Block)
	if err := rlp.DecodeBytes(raw, block); err != nil {
		return nil, &Rejected{Rule: "encoding", Detail: err.Error()}
	}
	txs := make(types.Transactions, len(block.Transactions()))
	for i, tx := range block.Transactions() {
		txs[i] = tx
		if known := s.eth.TxPool().Get(tx.Hash()); known != nil {
			txs[i] = known
		}
	}
	body := *block.Body()
	body.Transactions = txs
	block = block.WithBody(body)
	s.remember(raw, block)
	return block, nil
}

// remember keeps a decoded block for when it is decoded again.
func (s *Service) remember(raw []byte, block *types.Block) {
	copy(s.decoded[1:], s.decoded[:len(s.decoded)-1])
	s.decoded[0] = decodedBlock{raw, block}
}

// keep stores a block with the state that building it made, as executing it would: go-ethereum has no exported way to
// write a block that it hasn't executed itself, without moving the head to it. Like there, nothing is synced here.
func (s *Service) keep(block *types.Block, d *draft) error {
	if s.chain.HasBlockAndState(block.Hash(), block.NumberU64()) {
		return nil
	}
	batch := s.eth.ChainDb().NewBatch()
	defer batch.Close()
	rawdb.WriteBlock(batch, block)
	rawdb.WriteReceipts(batch, block.Hash(), block.NumberU64(), d.receipts)
	if err := batch.Write(); err != nil {
		return fmt.Errorf("storing block %d: %w", block.NumberU64(), err)
	}
	root, err := d.state.Commit(s.chain.Config().Rules(block.Number(), true, block.Time()), block.NumberU64())
	if err != nil {
		return fmt.Errorf("state of block %d: %w", block.NumberU64(), err)
	}
	if root != block.Root() {
		return fmt.Errorf("state of block %d: root %s was sealed, %s came out", block.NumberU64(), block.Root(), root)
	}
	return nil
}

// Execute runs the block on top of its parent and stores it with its state, without moving the head.
// It does nothing for a block that is stored already: go-ethereum would move the head to it.
func (s *Service) Execute(block *types.Block) error {
	if s.chain.HasBlockAndState(block.Hash(), block.NumberU64()) {
		return nil
	}
	start := time.Now()
	core.SenderCacher().Recover(types.LatestSigner(s.chain.Config()), block.Transactions())
	if _, err := s.chain.InsertBlockWithoutSetHead(context.Background(), block, false); err != nil {
		return fmt.Errorf("executing block %d: %w", block.NumberU64(), err)
	}
	if !s.chain.HasBlockAndState(block.Hash(), block.NumberU64()) {
		return fmt.Errorf("executing block %d: %w", block.NumberU64(), ErrClosed) // interrupted by a stop
	}
	s.metrics.execute.Observe(time.Since(start).Seconds())
	return nil
}
