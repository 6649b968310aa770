package capture_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
)

// metered notes what it is asked to send.
type metered struct {
	*tracetest.Ledger
	mu   sync.Mutex
	sent []submit.Request
}

func (m *metered) Submit(ctx context.Context, req submit.Request) (submit.Final, error) {
	m.mu.Lock()
	m.sent = append(m.sent, req)
	m.mu.Unlock()
	return m.Ledger.Submit(ctx, req)
}

// gasFor captures events in one transaction and answers its gas limit and the least the protocol takes for its bytes.
func gasFor(t *testing.T, events ...*epcis.Event) (limit, floor uint64) {
	b := newBench(t)
	m := &metered{Ledger: b.ledger}
	s := b.open(t, vfs.NewMem(), m, capture.Config{Linger: time.Millisecond})
	job, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: events}, capture.Mode{})
	require.NoError(t, err)
	require.True(t, wait(t, s, b, job.ID).Success)
	require.NoError(t, s.Close())
	require.Len(t, m.sent, 1)
	floor = 21_000 // EIP-7623
	for _, c := range m.sent[0].Data {
		if floor += 10; c != 0 {
			floor += 30
		}
	}
	return m.sent[0].Gas, floor
}

func TestGasCoversLargeBodies(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 40_000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	limit, floor := gasFor(t, tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-01T08:00:00Z","action":"OBSERVE",`+
		`"epcList":["https://id.gs1.org/01/09521202001011/21/1"],"ex:scan":%q`, base64.StdEncoding.EncodeToString(noise))))
	assert.Greater(t, floor, uint64(1_000_000), "the body doesn't compress")
	assert.GreaterOrEqual(t, limit, floor)
}

func TestGasCountsAClassOnce(t *testing.T) {
	t.Parallel()
	event := func(gtin string, serial int) *epcis.Event {
		return tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-01T08:00:00Z","action":"OBSERVE",`+
			`"epcList":["https://id.gs1.org/01/%s/21/%d"]`, gtin, serial))
	}
	same, _ := gasFor(t, event("09521202001011", 1), event("09521202001011", 2))
	other, _ := gasFor(t, event("09521202001011", 1), event("09521202001028", 2))
	assert.Greater(t, other, same+10_000)
}
