package trace_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// TestStoryOfASealedEvent: everybody sees that it is, by whom, when and what its party discloses; those entitled see it
// as if it were open; a declaration strikes it out for all.
func TestStoryOfASealedEvent(t *testing.T) {
	t.Parallel()
	l := tracetest.New()
	plant, _ := l.Register("plant", 9521303000005)
	const unit = "https://id.gs1.org/01/09521202001011/21/SEALED1"
	open := tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-01T00:00:00Z","action":"ADD","bizStep":"commissioning","epcList":["`+unit+`"]`)
	shut := tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-02T03:04:05Z","action":"OBSERVE","bizStep":"shipping","eventID":"urn:uuid:0e6d4f3c-5b1a-4d6a-9a3e-5c1f00000002",`+
		`"disposition":"in_transit","epcList":["`+unit+`"],"ex:price":"SECRETPRICE"`)
	call, fields := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, epcis.PolicyChain, shut, 1, format.Hash{})
	decl, _ := tracetest.SealedCall(t, format.Trunk, format.LeafErrorDecl, epcis.PolicyChain, shut, 2, call.Commitments[0])
	l.Mine(tracetest.Tx{Party: plant, Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, open)})
	recorded := l.Mine(tracetest.Tx{Party: plant, Call: call})
	x := tracetest.Open(t)
	require.NoError(t, x.Apply(l.Blocks()...))
	kept, err := vault.Open("vault", vfs.NewMem(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	ref := vault.Ref{Commitment: call.Commitments[0], Party: plant}
	teller := trace.NewTeller(x, l).WithVault(kept).Remember(1 << 20)
	id, err := gs1.ParsePath("/01/09521202001011/21/SEALED1")
	require.NoError(t, err)
	tell := func(opts trace.Options) *trace.Story {
		opts.Now = time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)
		s, err := teller.Story(context.Background(), id, opts)
		require.NoError(t, err)
		return s
	}
	sealedStep := func(s *trace.Story) trace.Step {
		require.Len(t, s.Journey, 2)
		st := s.Journey[1]
		require.NotNil(t, st.Sealed)
		assert.False(t, st.Damaged)
		assert.Equal(t, plant, st.Signer.Party.Address)
		return st
	}
	asks := func(party common.Address) trace.Options {
		return trace.Options{Opener: &trace.Opener{Vault: kept, May: func(_ *index.View, rec *index.Record, _ *epcis.Stub) (bool, error) {
			return rec.Party == party, nil
		}}}
	}

	s := tell(trace.Options{})
	st := sealedStep(s)
	assert.Equal(t, trace.RecordIntact, s.Record.State)
	assert.Equal(t, 1, s.Sealed)
	assert.Equal(t, &trace.Sealed{Policy: "chain", Fields: len(fields), Withheld: len(fields), Disclosed: []trace.DisclosedField{}}, st.Sealed,
		"a node that doesn't have the body")
	assert.Equal(t, int64(recorded.Time), st.EventTime.Unix())
	assert.Empty(t, st.BizStep)

	require.NoError(t, kept.Put(vault.Record{Fields: fields, Head: vault.Head{Ref: ref, Policy: "chain", Disclose: epcis.DefaultDisclosed}}))
	st = sealedStep(tell(trace.Options{}))
	assert.Equal(t, []string{"shipping", "in_transit", "ObjectEvent", "2026-11-02T11:04:05+08:00"}, []string{st.BizStep, st.Disposition, st.Type, st.Local})
	assert.Equal(t, len(fields)-5, st.Sealed.Withheld)
	for _, who := range []trace.Options{{}, asks(common.Address{1})} {
		text, err := json.Marshal(tell(who))
		require.NoError(t, err)
		assert.NotContains(t, string(text), "SECRETPRICE")
		assert.NotContains(t, string(text), "0e6d4f3c")
	}

	st = sealedStep(tell(asks(plant)))
	assert.True(t, st.Sealed.Opened)
	assert.Zero(t, st.Sealed.Withheld)
	assert.Equal(t, "urn:uuid:0e6d4f3c-5b1a-4d6a-9a3e-5c1f00000002", st.EventID)
	assert.Equal(t, []trace.Attribute{{Name: "price", Value: "SECRETPRICE"}}, st.Facts)
	assert.Equal(t, trace.RoleObject, st.Role)

	require.NoError(t, x.Apply(l.Mine(tracetest.Tx{Party: plant, Call: decl})))
	st = sealedStep(tell(trace.Options{}))
	require.NotNil(t, st.Corrected)
	_, err = kept.Erase(vault.Erasure{Ref: ref, Time: 1})
	require.NoError(t, err)
	assert.Empty(t, sealedStep(tell(trace.Options{})).Sealed.Disclosed, "erased")
	assert.False(t, sealedStep(tell(asks(plant))).Sealed.Opened)
}

// TestWhetherASealedRecordPutItIntoUse: what a sealed record may have done isn't denied to those who can't read it.
func TestWhetherASealedRecordPutItIntoUse(t *testing.T) {
	t.Parallel()
	const unit = "https://id.gs1.org/01/09521202001011/21/SEALED2"
	event := func(action, step string) *epcis.Event {
		return tracetest.Event(t, "ObjectEvent", `"eventTime":"2026-11-01T00:00:00Z","action":"`+action+`","bizStep":"`+step+`","epcList":["`+unit+`"]`)
	}
	made, seen := event("ADD", "commissioning"), event("OBSERVE", "inspecting")
	shut, fields := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, epcis.PolicyPrivate, made, 1, format.Hash{})
	wrong, _ := tracetest.SealedCall(t, format.Trunk, format.LeafErrorDecl, epcis.PolicyPrivate, made, 2, format.Hash{})
	openly := func(e *epcis.Event) index.Call { return tracetest.CallOf(t, format.Trunk, format.LeafEvent, e) }
	for name, c := range map[string]struct {
		calls    []index.Call
		held     bool // by this node
		entitled bool
		unit     trace.UnitState
		reasons  []trace.ReasonCode
		declared bool
	}{
		"sealed, not here":          {[]index.Call{shut}, false, false, trace.UnitNotChecked, []trace.ReasonCode{trace.ReasonSealedLife, trace.ReasonNoCheck}, false},
		"sealed, here":              {[]index.Call{shut}, true, false, trace.UnitNotChecked, []trace.ReasonCode{trace.ReasonSealedLife, trace.ReasonNoCheck}, false},
		"sealed, read by its party": {[]index.Call{shut}, true, true, trace.UnitNotChecked, []trace.ReasonCode{trace.ReasonNoCheck}, true},
		"sealed, and another open":  {[]index.Call{shut, openly(seen)}, false, false, trace.UnitNotChecked, []trace.ReasonCode{trace.ReasonSealedLife, trace.ReasonNoCheck}, false},
		"put into use in the open":  {[]index.Call{openly(made), shut}, false, false, trace.UnitNotChecked, []trace.ReasonCode{trace.ReasonNoCheck}, true},
		"nothing sealed":            {[]index.Call{openly(seen)}, false, false, trace.UnitNotYetActive, []trace.ReasonCode{trace.ReasonNotCommission}, false},
		"a sealed declaration":      {[]index.Call{openly(seen), wrong}, false, false, trace.UnitNotYetActive, []trace.ReasonCode{trace.ReasonNotCommission}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := tracetest.New()
			plant, _ := l.Register("plant", 9521303000005)
			for _, call := range c.calls {
				l.Mine(tracetest.Tx{Party: plant, Call: call})
			}
			x := tracetest.Open(t)
			require.NoError(t, x.Apply(l.Blocks()...))
			kept, err := vault.Open("vault", vfs.NewMem(), nil)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, kept.Close()) })
			if c.held {
				ref := vault.Ref{Commitment: shut.Commitments[0], Party: plant}
				require.NoError(t, kept.Put(vault.Record{Fields: fields, Head: vault.Head{Ref: ref, Policy: "private", Disclose: epcis.DefaultDisclosed}}))
			}
			opts := trace.Options{Now: time.Date(2026, 11, 9, 12, 0, 0, 0, time.UTC)}
			if c.entitled {
				opts.Opener = &trace.Opener{Vault: kept, May: func(*index.View, *index.Record, *epcis.Stub) (bool, error) { return true, nil }}
			}
			id, err := gs1.ParsePath("/01/09521202001011/21/SEALED2")
			require.NoError(t, err)
			s, err := trace.NewTeller(x, l).WithVault(kept).Story(context.Background(), id, opts)
			require.NoError(t, err)
			assert.Equal(t, c.unit, s.Unit.State)
			var reasons []trace.ReasonCode
			for _, r := range s.Unit.Reasons {
				reasons = append(reasons, r.Code)
			}
			assert.Equal(t, c.reasons, reasons)
			assert.Equal(t, c.declared, s.Identity.DeclaredBy != nil)
		})
	}
}
