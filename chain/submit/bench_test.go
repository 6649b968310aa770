package submit

import (
	"context"
	"encoding/binary"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkSubmit measures the outbox alone, on the real disk: 1,000 callers of one key on a ledger that
// makes a block whenever asked. One operation is one request from asked to final.
func BenchmarkSubmit(b *testing.B) {
	l := newFakeLedger()
	key := newKey(1)
	box, err := Open(b.TempDir(), l.door(), Options{Tick: -1, InFlight: 4096, Log: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	defer box.Close()
	require.NoError(b, box.Start(context.Background(), l.head()))
	stop := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		beat := time.NewTicker(20 * time.Millisecond)
		defer beat.Stop()
		for {
			select {
			case <-stop:
				return
			case <-beat.C:
				if err := box.Observe(l.mine([]testKey{key}, 4000, all)); err != nil {
					b.Error(err)
				}
			}
		}
	}()
	var next atomic.Uint64
	data := make([]byte, 1000)
	b.SetParallelism(1000)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			req := Request{Key: key, To: &target, Data: data, Gas: 100_000}
			binary.BigEndian.PutUint64(req.ID[:], next.Add(1))
			if _, err := box.Submit(context.Background(), req); err != nil {
				b.Error(err)
			}
		}
	})
	b.StopTimer()
	close(stop)
	<-stopped
}
