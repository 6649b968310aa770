package index

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
)

// ErrUnchanged is returned by Rewrite if the body is as it was.
var ErrUnchanged = errors.New("the record's body is as it was")

// Rewrite changes the stored body of one record of the index in dir, which no process may have open, and nothing else:
// what an operator can do to its own store behind the ledger's back, or a bad disk does. Stories show that the store
// was altered, because the body no longer fits its commitment. Removing dir undoes it: the index is built again from
// the ledger.
func Rewrite(dir string, s Seq, alter func(body []byte) []byte) (err error) {
	db, err := manifest.Open(dir, &pebble.Options{FormatMajorVersion: pebble.FormatNewest, Logger: pebblelog.Of("the index", nil), ErrorIfNotExists: true})
	if err != nil {
		return fmt.Errorf("open the index in %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	value, err := get(db, recordKey(s))
	if err != nil {
		return err
	}
	if value == nil {
		return fmt.Errorf("record %s: %w", s, ErrNotFound)
	}
	rec, err := decodeRecord(s, value)
	if err != nil {
		return err
	}
	body := alter(bytes.Clone(rec.Body))
	if bytes.Equal(body, rec.Body) {
		return fmt.Errorf("record %s: %w", s, ErrUnchanged)
	}
	rec.Body = body
	if value, err = rlp.EncodeToBytes(&rec.stored); err != nil {
		return fmt.Errorf("encode record %s: %w", s, err)
	}
	return db.Set(recordKey(s), value, pebble.Sync)
}
