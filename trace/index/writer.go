package index

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
)

// writer collects the entries of some blocks in one batch and lets them be read back before they are committed.
// Only keys written with set are read back; those written with put never are, which keeps the overlay small.
type writer struct {
	db    *pebble.DB
	batch *pebble.Batch
	fresh map[string][]byte // nil: removed
	// opened are the keys of documents whose staging began in this batch.
	opened map[string]bool
	// sponsored are the parties that got another sponsor.
	sponsored []common.Address
	known     *expected
}

func newWriter(db *pebble.DB, known *expected) *writer {
	return &writer{db: db, batch: db.NewBatch(), fresh: make(map[string][]byte), opened: make(map[string]bool), known: known}
}

// facts reads the body of an event, unless what it says is known.
func (w *writer) facts(rec *Record) (*Facts, error) {
	if f := w.known.take(rec.Commitment); f != nil {
		return f, nil
	}
	f, err := ReadFacts(rec.Body)
	return &f, err
}

// put writes an entry that is not read again while this batch is built.
func (w *writer) put(k, v []byte) error { return w.batch.Set(k, v, nil) }

// set writes an entry that get sees at once.
func (w *writer) set(k, v []byte) error {
	w.fresh[string(k)] = v
	return w.batch.Set(k, v, nil)
}

// remove deletes an entry.
func (w *writer) remove(k []byte) error {
	w.fresh[string(k)] = nil
	return w.batch.Delete(k, nil)
}

// get returns the value of a key, nil if there is none.
func (w *writer) get(k []byte) ([]byte, error) {
	if v, ok := w.fresh[string(k)]; ok {
		return v, nil
	}
	return get(w.db, k)
}

// get copies a value out of the store; nil if there is none, an empty slice if the value is empty.
func get(r pebble.Reader, k []byte) ([]byte, error) {
	v, closer, err := r.Get(k)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the index: %w", err)
	}
	out := append(make([]byte, 0, len(v)), v...)
	return out, closer.Close()
}
