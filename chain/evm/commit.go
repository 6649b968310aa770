package evm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Record is what Commit writes last: the CometBFT height committed and the EVM head at that height.
type Record struct {
	Height int64       // latest committed CometBFT height
	Block  int64       // CometBFT height that carried the head, 0 for genesis
	Number uint64      // EVM head
	Hash   common.Hash // EVM head; the app hash
	Time   uint64      // time of the EVM head, seconds since 1970
}

var recordKey = []byte("r/commit")

func (r Record) encode() []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(r.Height))
	return append(b, r.Hash[:]...)
}

func decodeRecord(b []byte) (Record, error) {
	if len(b) != 8+common.HashLength {
		return Record{}, fmt.Errorf("commit record has %d bytes", len(b))
	}
	return Record{Height: int64(binary.BigEndian.Uint64(b)), Hash: common.BytesToHash(b[8:])}, nil
}

// Commit makes block the head at this CometBFT height; a nil block leaves the head (a heartbeat).
//
// The order is what keeps a node killed at any point between two lines startable: the head moves, the
// pool follows it, the state goes to disk (every few blocks, and where none come for a while), everything before the
// record is synced, the record is last. Whatever is missing then, Info reports a height from which CometBFT can replay.
func (s *Service) Commit(height int64, block *types.Block) error {
	start := time.Now()
	batch := s.store.NewBatch()
	defer batch.Close()
	next := s.record
	next.Height = height
	if block != nil {
		head := block.Header()
		if err := s.keepReasons(batch, block); err != nil {
			return err
		}
		s.caches.share(block)
		if s.chain.CurrentBlock().Hash() != block.Hash() {
			// Setting the head to itself, after a kill right here, would look like a reorganisation.
			if _, err := s.chain.SetCanonical(block); err != nil {
				return fmt.Errorf("making block %d the head: %w", block.NumberU64(), err)
			}
		}
		// The pool resets behind the head. On an older state than the flushed one it misbehaves silently.
		if err := s.eth.TxPool().Sync(); err != nil {
			return fmt.Errorf("pool: %w", err)
		}
		s.unflushed += block.GasUsed()
		if block.NumberU64()%s.cfg.FlushEvery == 0 || s.unflushed >= flushGas {
			if err := s.flush(head); err != nil {
				return err
			}
			s.unflushed = 0
		}
		if err := s.eth.ChainDb().SyncKeyValue(); err != nil {
			return fmt.Errorf("syncing the EVM database: %w", err)
		}
		if err := s.mountain.Add(batch, head); err != nil {
			return err
		}
		next = Record{Height: height, Block: height, Number: block.NumberU64(), Hash: block.Hash(), Time: block.Time()}
		s.idle = 0
	} else if s.idle++; s.idle == s.cfg.FlushIdle {
		// Each block since the last flush is a layer that reads go through one by one.
		if err := s.flush(s.chain.CurrentBlock()); err != nil {
			return err
		}
		s.unflushed = 0
	}
	if err := batch.Set(recordKey, next.encode(), nil); err != nil {
		return err
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		return fmt.Errorf("writing the commit record: %w", err)
	}
	s.record = next
	s.final.Store(&next)
	if block != nil {
		s.pool.tidy()
		s.metrics.commit.Observe(time.Since(start).Seconds())
	}
	return nil
}

// flushGas is how much gas blocks may have used since the last flush. Full blocks change so much state that the
// usual number of them would fill the memory, and take long to execute again after a kill.
const flushGas uint64 = 1_000_000_000

// flush writes the state of head to disk and waits until it is there.
func (s *Service) flush(head *types.Header) error {
	db := s.eth.ChainDb()
	if rawdb.ReadSnapshotRoot(db) == head.Root {
		return nil // on disk already; asking again is an error
	}
	if err := s.chain.TrieDB().Commit(head.Root, false); err != nil {
		return fmt.Errorf("flushing the state of block %d: %w", head.Number, err)
	}
	// Commit only starts the writing.
	for deadline := time.Now().Add(time.Minute); rawdb.ReadSnapshotRoot(db) != head.Root; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("flushing the state of block %d: not on disk after a minute", head.Number)
		}
	}
	s.forgetAdmission(nil)
	if err := db.SyncKeyValue(); err != nil {
		return fmt.Errorf("syncing the EVM database: %w", err)
	}
	// Older blocks may go to the freezer now. Never earlier: after a kill the head falls back to the
	// last flush, and a freezer beyond the head is cut.
	s.chain.SetFinalized(head)
	return nil
}

// reconcile compares what the record says with what go-ethereum really has, and believes the lower.
func (s *Service) reconcile() error {
	v, closer, err := s.store.Get(recordKey)
	var rec Record
	switch {
	case err == nil:
		rec, err = decodeRecord(v)
		closer.Close()
		if err != nil {
			return err
		}
	case errors.Is(err, pebble.ErrNotFound):
		rec = Record{Hash: s.chain.Genesis().Hash()}
	default:
		return fmt.Errorf("reading the commit record: %w", err)
	}
	head := s.chain.CurrentBlock()
	if rec.Hash != head.Hash() {
		header := s.chain.GetHeaderByHash(rec.Hash)
		switch {
		case header != nil && header.Number.Cmp(head.Number) <= 0 && s.chain.GetCanonicalHash(header.Number.Uint64()) == rec.Hash:
			// Killed between the head and the record: CometBFT sends the last block once more.
		default:
			// The head fell back to the last flush: CometBFT replays from there.
			height, err := format.ParseExtra(head.Extra)
			if err != nil {
				return fmt.Errorf("EVM head %d: %w", head.Number, err)
			}
			s.log.Info("EVM state is behind the record, replaying", "record", rec.Height, "from", height)
			rec = Record{Height: height, Hash: head.Hash()}
		}
	}
	header := s.chain.GetHeaderByHash(rec.Hash)
	if header == nil {
		return fmt.Errorf("EVM block %s of the commit record is missing", rec.Hash)
	}
	if rec.Block, err = format.ParseExtra(header.Extra); err != nil {
		return fmt.Errorf("EVM block %d: %w", header.Number, err)
	}
	rec.Number, rec.Time = header.Number.Uint64(), header.Time
	s.record = rec
	s.final.Store(&rec)
	return s.mountain.Repair(head, s.chain.GetHeaderByNumber)
}
