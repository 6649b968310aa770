package chain

import (
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Head names a final EVM block.
type Head struct {
	Height int64       // CometBFT height whose block carried it; 0 is genesis
	Number uint64      // EVM block number
	Hash   common.Hash // EVM block hash, the app hash of every later CometBFT header up to the next one
	Time   uint64      // block time, seconds since 1970
}

// Block is a final EVM block with everything a projection needs. Nothing in it may be changed by the
// reader: readers share it.
type Block struct {
	Height   int64       // CometBFT height whose block carried it
	Number   uint64      // EVM block number
	Hash     common.Hash // EVM block hash
	Time     uint64      // block time, seconds since 1970
	Txs      types.Transactions
	Senders  []common.Address // Senders[i] signed Txs[i]
	Receipts types.Receipts   // Receipts[i] is the result of Txs[i], logs included
}

// Cursor is the place of a reader in the chain: the last block it consumed. The zero value stands
// before the first block.
type Cursor struct {
	Height int64       // CometBFT height of that block
	Hash   common.Hash // its EVM hash, checked when reading goes on
}

// Cursor is where a reader stands after it has consumed the block.
func (b Block) Cursor() Cursor { return Cursor{Height: b.Height, Hash: b.Hash} }

var (
	// ErrStopped is returned by calls on a ledger that isn't running.
	ErrStopped = errors.New("chain: the ledger is stopped")
	// ErrForeignCursor is returned by Follow for a cursor whose block is not on this chain: the reader's
	// store belongs to another chain or is damaged.
	ErrForeignCursor = errors.New("chain: the cursor's block is not on this chain")
	// ErrNoCertificate is returned by Certificate for a height that has none (yet).
	ErrNoCertificate = errors.New("chain: no finality certificate for this height")
)
