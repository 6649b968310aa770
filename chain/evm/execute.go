package evm

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/core"
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
	copy(s.decoded[1:], s.decoded[:len(s.decoded)-1])
	s.decoded[0] = decodedBlock{raw, block}
	return block, nil
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
