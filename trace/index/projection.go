package index

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
)

// Version is the layout of the index. An index of another version is thrown away and built again from the ledger.
const Version = 12

// Errors of the projection.
var (
	// ErrForeignBlock means that the ledger gave another block at the cursor's height than the one indexed: the
	// index belongs to another chain, or one of the two stores is damaged.
	ErrForeignBlock = errors.New("the index and the ledger disagree on a final block")
	// ErrGap means that a block is missing between the cursor and the one given.
	ErrGap = errors.New("a block is missing before this one")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the index is closed")
)

// Chain are the constants of the ledger that leaves bind.
type Chain struct {
	ID    uint64
	Heads common.Address // the Heads contract
	// Parties is the register's contract.
	Parties common.Address
	// TraceLog is the contract that stages documents.
	TraceLog common.Address
}

// Projection is the index and what keeps it up to date. Its methods may be called from many goroutines, but Apply and
// Run from one at a time.
type Projection struct {
	chain Chain
	dir   string

	mu    sync.RWMutex // guards db and pos; held for reading while a query opens its snapshot
	db    *pebble.DB
	pos   Position
	moved chan struct{} // closed when pos moves

	expected expected
	closed   bool

	watchers []func(Touched) // as pos
	entries  atomic.Uint64   // read by views
}

// memTable is what is collected in memory before it becomes a file. The larger, the less often entries are written
// again; it is taken from the cache.
const memTable = 16 << 20

// blockSize is what is compressed together and read at once. Records are alike: in blocks of 16 KiB one takes 300 bytes
// with its body, in Pebble's 4 KiB 510, and reading one that isn't in the cache costs 5 microseconds more (measured).
const blockSize = 16 << 10

// Open opens or creates the index in dir. cacheBytes bounds its memory outside Go's heap: entries not yet in files, of
// which there may be some 32 MiB, and behind them filters and blocks read. With less than twice that every look-up of
// something new reads filters from the disk.
func Open(dir string, chain Chain, cacheBytes int64) (*Projection, error) {
	p := &Projection{chain: chain, dir: dir, moved: make(chan struct{})}
	if err := p.open(cacheBytes); err != nil {
		return nil, err
	}
	version, pos, err := readCursor(p.db)
	if err != nil {
		_ = p.db.Close()
		return nil, err
	}
	if version != Version && version != 0 {
		if err := p.db.Close(); err != nil {
			return nil, fmt.Errorf("close the index of an older layout: %w", err)
		}
		if err := os.RemoveAll(dir); err != nil {
			return nil, fmt.Errorf("remove the index of an older layout: %w", err)
		}
		if err := p.open(cacheBytes); err != nil {
			return nil, err
		}
		pos = Position{}
	}
	p.pos = pos
	return p, nil
}

func (p *Projection) open(cacheBytes int64) error {
	cache := pebble.NewCache(cacheBytes)
	defer cache.Unref()
	opts := &pebble.Options{
		Cache:              cache,
		FormatMajorVersion: pebble.FormatNewest,
		MemTableSize:       memTable,
		Logger:             pebblelog.Of("the index", nil),
	}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		opts.Levels[i].BlockSize = blockSize
	}
	opts.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionGood })
	db, err := manifest.Open(p.dir, opts)
	if err != nil {
		return fmt.Errorf("open the index in %s: %w", p.dir, err)
	}
	p.db = db
	return nil
}

// Close stops serving and closes the store. Snapshots taken before stay valid until they are closed; close them first.
func (p *Projection) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	close(p.moved)
	return p.db.Close()
}

// Chain are the constants of the ledger that is indexed.
func (p *Projection) Chain() Chain { return p.chain }

// Position is the last block indexed.
func (p *Projection) Position() Position {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.pos
}

// WaitFor returns when the block at the consensus height, or a later one, is indexed.
func (p *Projection) WaitFor(ctx context.Context, height int64) error {
	for {
		p.mu.RLock()
		pos, moved, closed := p.pos, p.moved, p.closed
		p.mu.RUnlock()
		switch {
		case pos.Height >= height:
			return nil
		case closed:
			return ErrClosed
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Run follows the feed from the cursor until ctx is done or something is wrong that a retry can't heal.
func (p *Projection) Run(ctx context.Context, feed Feed) error {
	pos := p.Position()
	err := feed.Follow(ctx, Cursor{Height: pos.Height, Hash: pos.Hash}, func(b Block) error { return p.Apply(b) })
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("follow the ledger from height %d: %w", pos.Height, err)
	}
	return nil
}

// Apply indexes blocks in order, in one batch with the cursor. Blocks already indexed are compared and skipped. On an
// error nothing of the batch is kept.
func (p *Projection) Apply(blocks ...Block) error {
	pos := p.Position()
	w := newWriter(p.db, &p.expected)
	defer func() { _ = w.batch.Close() }()
	for i := range blocks {
		b := &blocks[i]
		switch {
		case pos.Hash != (common.Hash{}) && b.Height == pos.Height && b.Hash != pos.Hash:
			return fmt.Errorf("height %d: index has %s, ledger %s: %w", b.Height, pos.Hash, b.Hash, ErrForeignBlock)
		case pos.Hash != (common.Hash{}) && b.Height <= pos.Height:
			continue
		case pos.Hash != (common.Hash{}) && b.Number != pos.Number+1:
			return fmt.Errorf("block %d after %d: %w", b.Number, pos.Number, ErrGap)
		}
		if err := p.applyBlock(w, b); err != nil {
			return fmt.Errorf("index block %d: %w", b.Number, err)
		}
		pos = Position{Height: b.Height, Number: b.Number, Hash: b.Hash, Time: b.Time}
	}
	if w.batch.Empty() && pos == p.Position() {
		return nil
	}
	if err := w.put([]byte{kindCursor}, encodeCursor(pos)); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if err := w.batch.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	p.pos = pos
	if err := p.tell(w, blocks); err != nil {
		return err
	}
	close(p.moved)
	p.moved = make(chan struct{})
	return nil
}

func encodeCursor(pos Position) []byte {
	v := []byte{Version}
	v = binary.BigEndian.AppendUint64(v, uint64(pos.Height))
	v = binary.BigEndian.AppendUint64(v, pos.Number)
	v = binary.BigEndian.AppendUint64(v, pos.Time)
	return append(v, pos.Hash[:]...)
}

func readCursor(db pebble.Reader) (version byte, pos Position, err error) {
	v, err := get(db, []byte{kindCursor})
	if err != nil || v == nil {
		return 0, Position{}, err
	}
	if len(v) != 1+3*8+32 {
		return 255, Position{}, nil // another layout
	}
	return v[0], Position{
		Height: int64(binary.BigEndian.Uint64(v[1:])),
		Number: binary.BigEndian.Uint64(v[9:]),
		Time:   binary.BigEndian.Uint64(v[17:]),
		Hash:   common.Hash(v[25:]),
	}, nil
}
