package evm

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	gethpebble "github.com/ethereum/go-ethereum/ethdb/pebble"
)

// ReadRecord reads what the last Commit wrote into a store that no Service has open; ok is false in a new one. Only Height
// and Hash are set.
func ReadRecord(store pebble.Reader) (r Record, ok bool, err error) {
	v, closer, err := store.Get(recordKey)
	if errors.Is(err, pebble.ErrNotFound) {
		return Record{}, false, nil
	}
	if err != nil {
		return Record{}, false, fmt.Errorf("reading the commit record: %w", err)
	}
	defer closer.Close()
	r, err = decodeRecord(v)
	return r, err == nil, err
}

// ReadHead reads the head of go-ethereum's chain under dir, which no Service may have open. After a kill it is newer than
// the state on disk: the next start replays.
func ReadHead(dir string) (number uint64, hash common.Hash, err error) {
	db, err := gethpebble.New(filepath.Join(dir, "geth", "chaindata"), 16, 16, "", true)
	if err != nil {
		return 0, common.Hash{}, fmt.Errorf("opening the EVM database: %w", err)
	}
	defer db.Close()
	hash = rawdb.ReadHeadBlockHash(db)
	number, ok := rawdb.ReadHeaderNumber(db, hash)
	if !ok {
		return 0, hash, fmt.Errorf("EVM database: the header of its head %s is missing", hash)
	}
	return number, hash, nil
}
