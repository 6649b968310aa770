package chain

import (
	"fmt"
	"sort"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/require"
)

// BenchmarkThroughput measures calls of a small contract from the pool to final, signatures checked
// beforehand as a node does on arrival. Run it with -benchtime=20000x.
func BenchmarkThroughput(b *testing.B) {
	for _, n := range []int{1, 4} {
		b.Run(fmt.Sprintf("%d-validators", n), func(b *testing.B) {
			const keys = 50
			nodes := startNetwork(b, makeNetwork(b, n, walledAlloc(keys)))
			l := nodes[0]
			txs := make([]*types.Transaction, b.N)
			for i := range txs {
				txs[i] = signed(b, testKey(i%keys), uint64(i/keys), &counterAddr, nil)
			}
			waitFor(b, l, "the network", time.Minute, func() bool { return l.Height() >= 2 })
			b.ResetTimer()
			start := time.Now()
			for _, tx := range txs {
				for l.Send(tx) != nil { // full: wait for a block
					<-l.Moved()
				}
			}
			waitFor(b, l, "all", 10*time.Minute, func() bool { return counter(b, l) >= uint64(b.N) })
			b.StopTimer()
			b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "tx/s")
		})
	}
}

// BenchmarkLatency measures from Send to final at ten transactions a second. Run it with -benchtime=100x.
func BenchmarkLatency(b *testing.B) {
	for _, n := range []int{1, 4} {
		b.Run(fmt.Sprintf("%d-validators", n), func(b *testing.B) {
			nodes := startNetwork(b, makeNetwork(b, n, walledAlloc(1)))
			l := nodes[0]
			waitFor(b, l, "the network", time.Minute, func() bool { return l.Height() >= 2 })
			sent := make([]time.Time, b.N)
			latency := make([]time.Duration, 0, b.N)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for {
					moved := l.Moved()
					for now := counter(b, l); uint64(len(latency)) < now; {
						latency = append(latency, time.Since(sent[len(latency)]))
					}
					if len(latency) == b.N {
						return
					}
					<-moved
				}
			}()
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for i := range b.N {
				<-tick.C
				sent[i] = time.Now()
				require.NoError(b, l.Send(signed(b, testKey(0), uint64(i), &counterAddr, nil)))
			}
			<-done
			sort.Slice(latency, func(i, j int) bool { return latency[i] < latency[j] })
			b.ReportMetric(float64(latency[len(latency)/2].Milliseconds()), "p50-ms")
			b.ReportMetric(float64(latency[len(latency)*99/100].Milliseconds()), "p99-ms")
		})
	}
}
