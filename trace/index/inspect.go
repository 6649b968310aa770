package index

import (
	"errors"
	"fmt"
	"os"

	"github.com/cockroachdb/pebble/v2"

	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
)

// ReadPosition reads how far the index in dir is, without changing it. Nobody may have it open. ok is false where there is
// no index yet, or one of another layout, which the next start builds anew.
func ReadPosition(dir string) (pos Position, ok bool, err error) {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return Position{}, false, nil
	}
	db, err := manifest.Open(dir, &pebble.Options{ReadOnly: true, Logger: pebblelog.Of("the index", nil)})
	if err != nil {
		return Position{}, false, fmt.Errorf("open the index in %s: %w", dir, err)
	}
	defer db.Close()
	version, pos, err := readCursor(db)
	return pos, err == nil && version == Version, err
}
