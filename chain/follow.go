package chain

import (
	"context"
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Follow hands every EVM block after the cursor to fn, in order, each exactly once, and goes on as blocks
// become final until ctx is done, the ledger stops, or fn fails; it returns that reason. The reader
// should write what it makes of a block in the same batch as block.Cursor(), then it is exactly once
// over restarts as well. Genesis is not handed out.
//
// After a crash the reader may be ahead of the ledger, which replays: Follow waits until the ledger has
// caught up, then checks that the cursor's block is on the chain (ErrForeignCursor).
func (l *Ledger) Follow(ctx context.Context, from Cursor, fn func(Block) error) error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.readers.Done()
	next, err := l.locate(ctx, from)
	if err != nil {
		return err
	}
	for {
		moved := l.Moved() // before looking, or a commit in between would be slept over
		for ; next <= l.Final().Number; next++ {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-l.done:
				return ErrStopped
			default:
			}
			block, err := l.Block(next)
			if err != nil {
				return err
			}
			if err := fn(block); err != nil {
				return err
			}
		}
		if err := l.wait(ctx, moved); err != nil {
			return err
		}
	}
}

// enter counts a reader in, so that Stop waits for it; the caller leaves by l.readers.Done.
func (l *Ledger) enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return ErrStopped
	}
	l.readers.Add(1)
	return nil
}

func (l *Ledger) wait(ctx context.Context, moved <-chan struct{}) error {
	select {
	case <-moved:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.done:
		return ErrStopped
	}
}

// locate finds the number of the block after the cursor.
func (l *Ledger) locate(ctx context.Context, from Cursor) (uint64, error) {
	if from == (Cursor{}) {
		return 1, nil
	}
	for {
		moved := l.Moved()
		if l.Height() >= from.Height {
			break
		}
		if err := l.wait(ctx, moved); err != nil {
			return 0, err
		}
	}
	header, err := l.evm.Canonical(from.Hash)
	if err != nil {
		return 0, err
	}
	if header == nil {
		return 0, fmt.Errorf("%w: height %d, hash %s", ErrForeignCursor, from.Height, from.Hash)
	}
	if height, err := format.ParseExtra(header.Extra); err != nil || height != from.Height {
		return 0, fmt.Errorf("%w: block %s is of height %d, not %d", ErrForeignCursor, from.Hash, height, from.Height)
	}
	return header.Number.Uint64() + 1, nil
}

// Block is a final EVM block by number.
func (l *Ledger) Block(number uint64) (Block, error) {
	if number > l.Final().Number {
		return Block{}, fmt.Errorf("chain: block %d is not final, the latest is %d", number, l.Final().Number)
	}
	if b, ok := l.recent.get(number); ok {
		return b, nil
	}
	block, err := l.evm.BlockByNumber(number)
	if err != nil {
		return Block{}, err
	}
	return l.read(block)
}

// read puts a block together with its receipts, found by block hash: receipts exist from execution on,
// while indexes run behind the head.
func (l *Ledger) read(block *types.Block) (Block, error) {
	height, err := format.ParseExtra(block.Extra())
	if err != nil {
		return Block{}, fmt.Errorf("block %d: %w", block.NumberU64(), err)
	}
	receipts, err := l.evm.Receipts(block)
	if err != nil {
		return Block{}, err
	}
	signer := types.LatestSigner(l.evm.Chain().Config())
	senders := make([]common.Address, len(block.Transactions()))
	for i, tx := range block.Transactions() {
		if senders[i], err = types.Sender(signer, tx); err != nil {
			return Block{}, fmt.Errorf("block %d, transaction %d: %w", block.NumberU64(), i, err)
		}
	}
	return Block{
		Height:   height,
		Number:   block.NumberU64(),
		Hash:     block.Hash(),
		Time:     block.Time(),
		Txs:      block.Transactions(),
		Senders:  senders,
		Receipts: receipts,
	}, nil
}

// recentBlocks keeps the latest blocks as executed, senders recovered: readers at the tip get them
// without decoding.
type recentBlocks struct {
	mu     sync.Mutex
	blocks [32]Block
}

func (r *recentBlocks) add(b Block) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocks[b.Number%uint64(len(r.blocks))] = b
}

func (r *recentBlocks) get(number uint64) (Block, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.blocks[number%uint64(len(r.blocks))]
	return b, b.Number == number && number > 0
}
