package submit

import (
	"context"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// Options sizes an outbox. Zero values mean the defaults given here.
type Options struct {
	// Signer finds the key of an address after a restart; nil, or a nil answer, leaves requests that need
	// a new signature waiting until somebody asks again with their ID.
	Signer func(common.Address) Signer
	// Errors are the custom errors of contracts that reverts are decoded with.
	Errors []abi.Error
	// Filler is the contract an empty call goes to when a refused transaction left a gap before others.
	// It must be admissible for every key. Default: Parties (0x5359...0003).
	Filler common.Address
	// InFlight is how many transactions of one key may wait for a block. Default 1,024. The pool's
	// account slots must not be fewer.
	InFlight int
	// Keep is how long results are remembered, by block time. Default 72 h.
	Keep time.Duration
	// Tick is how often waiting transactions are looked after (sent again, admission asked again,
	// gaps filled). Default 1 s; negative: only when Tick is called.
	Tick time.Duration
	// FS is the file system; default the operating system's.
	FS vfs.FS
	// Log defaults to slog.Default().
	Log *slog.Logger
}

// Outbox submits calls. It is safe for concurrent use.
type Outbox struct{}

// Open opens the outbox in dir and loads what was signed and is not final.
func Open(dir string, ledger Ledger, opts Options) (*Outbox, error) { panic("being written") }

// Start sends again what was in flight and begins to look after it. Call it when the ledger runs.
func (o *Outbox) Start(ctx context.Context) error { panic("being written") }

// Close stops the outbox. Waiting callers get ErrClosed.
func (o *Outbox) Close() error { panic("being written") }

// Submit makes the call and waits for its block to be final. The errors: *Refused, *Invalid, *Reverted
// (with its Final), ErrConflict, ErrClosed, and *Waiting when ctx ends before.
func (o *Outbox) Submit(ctx context.Context, req Request) (Final, error) { panic("being written") }

// Cursor is the last block consumed. Zero if the outbox is new: then follow from the current head,
// since no older block can hold anything of its.
func (o *Outbox) Cursor() Cursor { panic("being written") }

// Observe consumes a final block. Every block must be given once, in order, from one goroutine; it
// blocks only on the store.
func (o *Outbox) Observe(b Block) error { panic("being written") }

// Tick looks after waiting transactions once.
func (o *Outbox) Tick(ctx context.Context) { panic("being written") }
