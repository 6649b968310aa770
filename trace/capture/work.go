package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/klauspost/compress/zstd"
)

// The items of a job are one value, compressed: events of a document are alike, and most jobs end before anything but the
// log has been written of them.
var (
	packer = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(false))
		if err != nil {
			panic(err) // options are constant
		}
		return e
	})
	unpacker = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
		if err != nil {
			panic(err)
		}
		return d
	})
)

func pack(items []item) ([]byte, error) {
	v, err := rlp.EncodeToBytes(items)
	if err != nil {
		return nil, err
	}
	return packer().EncodeAll(v, make([]byte, 0, len(v)/4)), nil
}

func unpack(v []byte) (items []item, err error) {
	if v, err = unpacker().DecodeAll(v, nil); err != nil {
		return nil, err
	}
	return items, rlp.DecodeBytes(v, &items)
}

// book writes that items of a job are settled. What a job has left when all are, its end removes.
func (j *job) book(b *pebble.Batch, settled []int) error {
	if j.pending == 0 {
		return nil
	}
	for _, i := range settled {
		j.booked = append(j.booked, uint32(i))
		if err := b.Set(settledKey(j.id, uint32(i)), nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// end writes the end of a job.
func (j *job) end(b *pebble.Batch) error {
	j.rec.Finished = uint64(time.Now().UnixMilli())
	if err := j.encodeProblems(); err != nil {
		return err
	}
	if j.rec.Items > 0 {
		if err := b.Delete(workKey(j.id), nil); err != nil {
			return err
		}
	}
	for _, n := range j.booked {
		if err := b.Delete(settledKey(j.id, n), nil); err != nil {
			return err
		}
	}
	whose := binary.BigEndian.AppendUint64(j.rec.Party.Bytes(), j.rec.Created)
	return errors.Join(putJob(b, j), b.Set(doneKey(j.rec.Finished, j.id), whose, nil))
}

// mostForgotten is how many jobs are removed in one batch.
const mostForgotten = 10_000

// Forget removes the jobs that ended before a time, and says how many.
func (s *Service) Forget(before time.Time) (n int, err error) {
	for {
		some, err := s.forgetSome(before)
		if n += some; err != nil || some < mostForgotten {
			return n, err
		}
	}
}

func (s *Service) forgetSome(before time.Time) (n int, err error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return 0, ErrClosed
	}
	s.work.Add(1) // keeps the store open
	defer s.work.Done()
	s.mu.Unlock()
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{'d'}, UpperBound: doneKey(uint64(before.UnixMilli()), jobID{})})
	if err != nil {
		return 0, fmt.Errorf("read the capture jobs: %w", err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	b := s.db.NewBatch()
	defer func() { _ = b.Close() }() // nothing to lose
	for ok := it.First(); ok && n < mostForgotten; ok = it.Next() {
		k, v := it.Key(), it.Value()
		if len(k) != 1+8+16 || len(v) != common.AddressLength+8 {
			return n, fmt.Errorf("end of a capture job: key of %d bytes, value of %d", len(k), len(v))
		}
		id := jobID(k[9:])
		party, created := common.Address(v[:common.AddressLength]), binary.BigEndian.Uint64(v[common.AddressLength:])
		if err := errors.Join(b.Delete(k, nil), b.Delete(jobKey(id), nil), b.Delete(listKey(party, created, id), nil)); err != nil {
			return n, err
		}
		n++
	}
	return n, b.Commit(pebble.NoSync)
}

// forgetInTime removes old jobs until the service is closed.
func (s *Service) forgetInTime() {
	defer s.work.Done()
	every := time.NewTicker(min(time.Hour, s.cfg.Keep))
	defer every.Stop()
	for {
		if _, err := s.Forget(time.Now().Add(-s.cfg.Keep)); err != nil && !errors.Is(err, ErrClosed) {
			s.Log.Error("old capture jobs can't be removed", "err", err)
		}
		select {
		case <-every.C:
		case <-s.ctx.Done():
			return
		}
	}
}
