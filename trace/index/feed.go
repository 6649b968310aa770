package index

import (
	"context"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Block is what the projection reads of a finalised block. It has the fields of the ledger's own block type, so that
// one converts to the other.
type Block struct {
	Height   int64       // consensus height
	Number   uint64      // EVM block number
	Hash     common.Hash // EVM block hash
	Time     uint64      // block time, seconds since 1970
	Txs      types.Transactions
	Senders  []common.Address // Senders[i] signed Txs[i]
	Receipts types.Receipts   // Receipts[i] is the result of Txs[i], logs included
}

// Cursor names the last block consumed; the zero value stands before the first.
type Cursor struct {
	Height int64
	Hash   common.Hash
}

// Feed gives every finalised block after a cursor, in order, exactly once, and blocks until ctx is done or fn fails.
type Feed interface {
	Follow(ctx context.Context, from Cursor, fn func(Block) error) error
}

// FeedFunc is a function that is a Feed.
type FeedFunc func(ctx context.Context, from Cursor, fn func(Block) error) error

// Follow calls f.
func (f FeedFunc) Follow(ctx context.Context, from Cursor, fn func(Block) error) error {
	return f(ctx, from, fn)
}

// Position is a place on the ledger with its time.
type Position struct {
	Height int64
	Number uint64
	Hash   common.Hash
	Time   uint64 // seconds
}
