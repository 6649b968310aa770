package capture_test

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// TestLiftsThatWouldEndNothing refuses them, and names who may lift.
func TestLiftsThatWouldEndNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s := b.open(t, vfs.NewMem(), b.ledger, capture.Config{})
	agency, agencyKey := b.ledger.Register("agency", 0)
	b.ledger.Mine(tracetest.Tx{Party: agency, Key: agencyKey, Record: &contracts.Party{Since: 1, Authority: uint32(contracts.ScopeRecall),
		Details: contracts.PartyDetails{Name: "Market watch"}}})
	observed := func(minute, more string, serials ...string) *epcis.Event {
		list := ""
		for _, serial := range serials {
			list += `,"https://id.gs1.org/01/09521202001011/21/` + serial + `"`
		}
		return tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-01T00:`+minute+`:00Z","action":"OBSERVE","epcList":[`+list[1:]+`]`+more)
	}
	const recalls, lifts = `,"disposition":"recalled"`, `,"persistentDisposition":{"unset":["recalled"]}`
	byAgency := func(kind format.LeafKind, e *epcis.Event) {
		b.ledger.Mine(tracetest.Tx{Party: agency, Key: agencyKey, Call: tracetest.CallOf(t, format.Notice, kind, e)})
		require.NoError(t, b.index.WaitFor(context.Background(), b.ledger.Final().Height))
	}
	capturing := func(mode capture.Mode, events ...*epcis.Event) (capture.Job, error) {
		job, err := s.Capture(context.Background(), b.caller, &epcis.Document{Events: events}, mode)
		if err == nil {
			job = wait(t, s, b, job.ID)
			require.NoError(t, b.index.WaitFor(context.Background(), b.ledger.Final().Height))
		}
		return job, err
	}
	allowed := func(events ...*epcis.Event) {
		t.Helper()
		job, err := capturing(capture.Mode{}, events...)
		require.NoError(t, err)
		require.True(t, job.Success, "%v", job.Errors)
	}
	refused := func(events ...*epcis.Event) {
		t.Helper()
		_, err := capturing(capture.Mode{}, events...)
		var p *capture.Problem
		require.ErrorAs(t, err, &p)
		assert.Equal(t, 403, p.Status)
		require.Len(t, p.Errors, 1)
		assert.Equal(t, "not-your-recall", p.Errors[0].Rule)
		assert.Contains(t, p.Detail, "/21/A: was recalled on 2026-")
		assert.Contains(t, p.Detail, "by the authority Market watch (0x")
	}
	byAgency(format.LeafRecall, observed("00", "", "A"))
	refused(observed("01", lifts, "A"))
	refused(observed("02", lifts, "B", "A"))
	allowed(observed("03", lifts, "B"))
	job, err := capturing(capture.Mode{Proceed: true}, observed("04", lifts, "A"), observed("05", "", "A"))
	require.NoError(t, err)
	assert.False(t, job.Success)
	require.Len(t, job.Errors, 1)
	assert.Equal(t, "not-your-recall", job.Errors[0].Errors[0].Rule)
	allowed(observed("06", recalls, "A"))
	allowed(observed("07", lifts, "A")) // its own; the authority's stands
	refused(observed("08", lifts, "A"))
	byAgency(format.LeafLift, observed("09", "", "A"))
	allowed(observed("10", lifts, "A"))
	require.NoError(t, s.Close())
}
