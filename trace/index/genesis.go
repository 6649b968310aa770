package index

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Genesis takes in what the register told while the genesis block was made: the founding parties, their keys and
// licences. That block has no transactions and no receipts, and is not handed out by the ledger. Without effect on an
// index that stands at genesis or later.
func (p *Projection) Genesis(hash common.Hash, time uint64, logs []*types.Log) error {
	if p.Position() != (Position{}) {
		return nil
	}
	w := newWriter(p.db, &p.expected)
	defer func() { _ = w.batch.Close() }()
	b := &Block{Hash: hash, Time: time}
	changes, err := applyRegister(w, p.chain.Parties, b, types.NewTx(&types.LegacyTx{}), logs)
	if err != nil {
		return fmt.Errorf("index genesis: %w", err)
	}
	for _, a := range appends(p.chain.Heads, logs) {
		var change []byte
		if a.key == p.chain.Parties && len(changes) > 0 {
			change, changes = changes[0], changes[1:]
		}
		for _, m := range a.moves {
			if _, err := appendLeaf(w, m.lane, m.leaf, change); err != nil {
				return fmt.Errorf("index genesis: %w", err)
			}
		}
	}
	pos := Position{Hash: hash, Time: time}
	if err := w.put([]byte{kindCursor}, encodeCursor(pos)); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := w.batch.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	p.pos = pos
	return nil
}
