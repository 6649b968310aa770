package rest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/chaintest"
	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/trace/rest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// onLedger is the trace domain on a real ledger of one validator.
type onLedger struct {
	*site
	node   *chaintest.Node
	lists  *lists.Store
	index  *index.Projection
	teller *trace.Teller
	auth   doors
}

// view is the ledger as trace asks for it.
type view struct{ *chain.Ledger }

func (v view) Final() index.Position { return index.Position(v.Ledger.Final()) }

func (v view) Follow(ctx context.Context, from index.Cursor, fn func(index.Block) error) error {
	return v.Ledger.Follow(ctx, chain.Cursor(from), func(b chain.Block) error { return fn(index.Block(b)) })
}

func startLedger(t *testing.T) *onLedger {
	n := chaintest.Start(t, func(c *chain.Config) { c.Submit.Errors = contracts.Errors() })
	x, err := index.Open(t.TempDir(), index.Chain{ID: chaintest.ChainID, Heads: contracts.HeadsAddr, Parties: contracts.PartiesAddr, TraceLog: contracts.TraceLogAddr}, 8<<20)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, x.Close()) })
	v := view{n.Ledger}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() { defer close(done); _ = x.Run(ctx, v) }()
	keys := map[common.Address]submit.Signer{}
	kept, err := lists.Open(t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	jobs, err := capture.Open(t.TempDir(), capture.Deps{Ledger: v, Submit: n.Ledger, Index: x, Lists: kept,
		Signer: func(a common.Address) submit.Signer { return keys[a] }}, capture.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, jobs.Close()) })
	require.NoError(t, jobs.Start())
	l := &onLedger{site: &site{t: t, jobs: jobs}, node: n, lists: kept, index: x, teller: trace.NewTeller(x, v).WithLists(kept),
		auth: doors{map[string]*capture.Caller{}}}
	e := echo.New()
	rest.Mount(e, rest.Deps{Auth: l.auth, Capture: jobs, Index: x})
	l.server = httptest.NewServer(e)
	t.Cleanup(l.server.Close)
	return l
}

// register makes a party with an API key of its name.
func (l *onLedger) register(name string, gln uint64) (party common.Address, key chaintest.Key) {
	party, key = l.node.Register(l.t, name, gln)
	l.auth.callers[name] = &capture.Caller{Party: party, Agent: 1, Key: key, Scopes: contracts.ScopeAll}
	return party, key
}

func (l *onLedger) story(path string) *trace.Story {
	id, err := gs1.ParsePath(path)
	require.NoError(l.t, err)
	s, err := l.teller.Story(context.Background(), id, trace.Options{})
	require.NoError(l.t, err)
	return s
}

func TestOnARealLedger(t *testing.T) {
	l := startLedger(t)
	plant, plantKey := l.register("plant", 9521303000005)
	shop, _ := l.register("shop", 9521606000009)
	stranger, _ := l.register("stranger", 0)
	parties := contracts.NewParties()
	l.node.Do(t, l.node.Operator, contracts.PartiesAddr, parties.PackGrantLicence(plant, 1, "9521303", 0, 0, common.Hash{1}))

	one := func(step, serial, extra string) string {
		return fmt.Sprintf(`{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"ObjectEvent","action":"OBSERVE",`+
			`"eventTime":"2026-11-01T00:00:00Z","eventTimeZoneOffset":"+08:00","bizStep":%q,"epcList":["https://id.gs1.org/01/09521303000012/21/%s"]%s}`, step, serial, extra)
	}
	as := func(name string) []string { return []string{"Authorization", "Bearer " + name} }
	res := l.do("POST", "/epcis/events", one("commissioning", "A1", ""), as("plant")...)
	require.Equal(t, http.StatusCreated, res.StatusCode, string(res.body))

	res = l.do("POST", "/epcis/events", one("receiving", "A1", ""), as("shop")...)
	require.Equal(t, http.StatusForbidden, res.StatusCode, "not handed over yet: %s", res.body)
	p := res.problem(t)
	assert.Contains(t, p.Detail, "/01/09521303000012/21/A1")
	assert.Contains(t, p.Detail, "notes")

	res = l.do("POST", "/epcis/events", one("shipping", "A1", `,"destinationList":[{"type":"possessing_party","destination":"https://id.gs1.org/417/9521606000009"}]`), as("plant")...)
	require.Equal(t, http.StatusCreated, res.StatusCode, string(res.body))
	res = l.do("POST", "/epcis/events", one("receiving", "A1", ""), as("shop")...)
	require.Equal(t, http.StatusCreated, res.StatusCode, "handed over: %s", res.body)
	res = l.do("POST", "/epcis/events", one("inspecting", "A1", ""), append(as("stranger"), "Suyuan-Lane", "notes")...)
	require.Equal(t, http.StatusCreated, res.StatusCode, string(res.body))

	s := l.story("/01/09521303000012/21/A1")
	assert.Equal(t, trace.RecordIntact, s.Record.State, "%v", s.Record.Reasons)
	assert.Equal(t, 3, s.Records)
	assert.Equal(t, 1, s.Notes.Count)
	require.Len(t, s.Journey, 3)
	signers := []common.Address{s.Journey[0].Signer.Party.Address, s.Journey[2].Signer.Party.Address}
	assert.Equal(t, []common.Address{plant, shop}, signers)
	assert.Equal(t, "plant", s.Journey[0].Signer.Party.Name)
	assert.Equal(t, uint64(1), s.Journey[0].Signer.Agent)
	assert.Equal(t, plantKey.Address(), s.Journey[0].Signer.Key)
	assert.Equal(t, stranger, s.Notes.Latest[0].Signer.Party.Address)

	t.Run("a suspended party is told so", func(t *testing.T) {
		l.node.Do(t, l.node.Operator, contracts.PartiesAddr, parties.PackSuspend(shop, 1<<63))
		res := l.do("POST", "/epcis/events", one("storing", "A1", ""), as("shop")...)
		assert.Equal(t, http.StatusForbidden, res.StatusCode)
		assert.Contains(t, string(res.body), "suspended")
		require.NoError(t, l.index.WaitFor(context.Background(), l.node.Final().Height))
		assert.Contains(t, reasons(l.story("/01/09521303000012/21/A1")), trace.ReasonSuspended)
	})
	t.Run("an expired key is told so", func(t *testing.T) {
		l.node.Do(t, plantKey, contracts.PartiesAddr, parties.PackSetKey(chaintest.NewKey("old").Address(), 1, uint32(contracts.ScopeCapture), 1, 2))
		old := *l.auth.callers["plant"]
		old.Key = chaintest.NewKey("old")
		l.auth.callers["old"] = &old
		res := l.do("POST", "/epcis/events", one("storing", "A1", ""), as("old")...)
		assert.Equal(t, http.StatusForbidden, res.StatusCode)
		assert.Contains(t, string(res.body), "expired")
	})
	t.Run("an unregistered sender is told so", func(t *testing.T) {
		l.auth.callers["nobody"] = &capture.Caller{Party: common.Address{9}, Key: chaintest.NewKey("nobody"), Scopes: contracts.ScopeAll}
		res := l.do("POST", "/epcis/events", one("storing", "A1", ""), as("nobody")...)
		assert.Equal(t, http.StatusForbidden, res.StatusCode)
		assert.Contains(t, string(res.body), "not registered")
	})
	t.Run("the largest event fits", func(t *testing.T) {
		var list []string
		for i := range capture.MaxObjects {
			list = append(list, fmt.Sprintf("https://id.gs1.org/01/09521303000012/21/M%d", i))
		}
		b, err := json.Marshal(list)
		require.NoError(t, err)
		doc := strings.Replace(one("packing", "M", ""), `["https://id.gs1.org/01/09521303000012/21/M"]`, string(b), 1)
		for _, name := range []string{"plant"} {
			job := l.captured(document(doc), as(name)...)
			require.True(t, job.Success, "%v", job.Errors)
		}
		assert.Len(t, l.story("/01/09521303000012/21/M255").Journey, 1)
	})
	t.Run("many events of one document", func(t *testing.T) {
		var list []string
		for i := range 450 {
			list = append(list, one("storing", fmt.Sprint("D", i), ""))
		}
		start := time.Now()
		job := l.captured(document(list...), append(as("plant"), "GS1-Capture-Error-Behaviour", "rollback")...)
		require.True(t, job.Success, "%v", job.Errors)
		assert.Equal(t, 450, job.Final)
		assert.Equal(t, "rollback", job.Behaviour, "one seal made all the leaves")
		for i := range 450 { // those recorded before don't count
			list = append(list, one("storing", fmt.Sprint("E", i), ""), one("storing", fmt.Sprint("F", i), ""))
		}
		for _, behaviour := range []string{"", "rollback"} {
			res := l.do("POST", "/epcis/capture", document(list...), append(as("plant"), "GS1-Capture-Error-Behaviour", behaviour)...)
			assert.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode, "nobody who didn't ask for proceed gets it")
			assert.Contains(t, string(res.body), "GS1-Capture-Error-Behaviour: proceed")
		}
		t.Logf("450 events of one object each were final after %s", time.Since(start).Round(time.Millisecond))
	})
	t.Run("a seal's gas limit is near what it uses", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		final := l.node.Final().Height
		var limit, used uint64
		_ = view{l.node.Ledger}.Follow(ctx, index.Cursor{}, func(b index.Block) error {
			for i, tx := range b.Txs {
				if *tx.To() == contracts.TraceLogAddr && b.Receipts[i].GasUsed > used {
					limit, used = tx.Gas(), b.Receipts[i].GasUsed
				}
			}
			if b.Height >= final {
				cancel()
			}
			return nil
		})
		cancel()
		t.Logf("the seal of 450 events with an object each used %d gas of %d", used, limit)
		assert.Greater(t, used, limit*7/10)
	})
	t.Run("ten thousand units in one event", func(t *testing.T) {
		var list []string
		for i := range 10_000 {
			list = append(list, fmt.Sprintf(`"https://id.gs1.org/01/09521303000012/21/T%d"`, i))
		}
		made := strings.NewReplacer(`["https://id.gs1.org/01/09521303000012/21/T"]`, "["+strings.Join(list, ",")+`],"ilmd":{"cbvmda:lotNumber":"T-1"}`,
			"OBSERVE", "ADD").Replace(one("commissioning", "T", ""))
		packed := strings.NewReplacer(`"epcList":["https://id.gs1.org/01/09521303000012/21/T"]`,
			`"parentID":"https://id.gs1.org/00/095213030000000012","childEPCs":[`+strings.Join(list, ",")+"]",
			"OBSERVE", "ADD", "ObjectEvent", "AggregationEvent").Replace(one("packing", "T", ""))
		for _, event := range []string{made, packed} {
			job := l.captured(document(event), append(as("plant"), "GS1-Capture-Error-Behaviour", "rollback")...)
			require.True(t, job.Success, "%v", job.Errors)
			assert.Equal(t, 1, job.Final)
		}
		v, err := l.index.View()
		require.NoError(t, err)
		defer func() { require.NoError(t, v.Close()) }()
		unit, err := format.NewObject(format.KindInstance, "09521303000012", "T777")
		require.NoError(t, err)
		found, err := l.lists.Of(unit.Key(), 10)
		require.NoError(t, err)
		require.Len(t, found, 2)
		for _, m := range found {
			onLedger, ok, err := v.List(m.Head.Root)
			require.NoError(t, err)
			require.True(t, ok, "the list took effect")
			require.NoError(t, format.CheckListed(onLedger.Head.Root(), onLedger.Head.Count, m.Head.Salt, unit.Key(), m.Place))
			path := make([][32]byte, len(m.Place.Path))
			copy(path, m.Place.Path)
			out, err := l.node.Call(context.Background(), contracts.TraceLogAddr, contracts.NewTraceLog().PackIsListed(
				m.Head.Root, m.Head.Salt, unit.Key(), m.Head.Count, m.Place.Index, path))
			require.NoError(t, err)
			assert.Equal(t, byte(1), out[31], "the contract agrees")
		}
	})
	t.Run("a listed unit has a story, and strangers get the lot's", func(t *testing.T) {
		s := l.story("/01/09521303000012/21/T777")
		assert.Equal(t, trace.RecordIntact, s.Record.State, "%v", s.Record.Reasons)
		assert.Contains(t, reasons(s), trace.ReasonListed)
		assert.Equal(t, "T-1", s.Identity.Lot)
		assert.Equal(t, plant, s.Identity.DeclaredBy.Address)
		require.NotNil(t, s.Listing)
		assert.Equal(t, trace.ListingIn, s.Listing.State)
		assert.Len(t, s.Listing.In, 2)
		require.Len(t, s.Containers, 1)
		assert.Equal(t, "095213030000000012", s.Containers[0].Code)
		assert.False(t, s.Containers[0].Possible, "the list is certain where an amount is not")
		require.Len(t, s.Journey, 2)
		assert.True(t, s.Journey[0].Listed)
		assert.Equal(t, trace.RelationOwn, s.Journey[0].Relation)
		assert.Equal(t, trace.UnitNotChecked, s.Unit.State)

		s = l.story("/01/09521303000012/10/T-1/21/COPY")
		assert.Equal(t, trace.RecordWarnings, s.Record.State)
		assert.Equal(t, []trace.ReasonCode{trace.ReasonUnlisted}, reasons(s))
		assert.Equal(t, trace.UnitNotYetActive, s.Unit.State)
		assert.Equal(t, 2, s.Listing.Out)
		assert.NotEmpty(t, s.Journey, "the lot's")

		elsewhere := &onLedger{site: l.site, teller: trace.NewTeller(l.index, view{l.node.Ledger})}
		s = elsewhere.story("/01/09521303000012/10/T-1/21/T777")
		assert.Equal(t, trace.RecordWarnings, s.Record.State)
		assert.Equal(t, []trace.ReasonCode{trace.ReasonListClosed}, reasons(s))
		assert.Equal(t, trace.UnitNotChecked, s.Unit.State, "nothing is said against it")
		assert.Equal(t, 2, s.Listing.Closed)
		s = elsewhere.story("/01/09521303000012/21/T777")
		assert.Equal(t, trace.RecordUnknown, s.Record.State, "without a lot there is nothing to look for")

		s = l.story("/01/09521303000012/10/T-1")
		assert.Equal(t, trace.RecordIntact, s.Record.State, "%v", s.Record.Reasons)
		assert.Equal(t, 4, s.Records)
		require.Len(t, s.Journey, 2)
		assert.Equal(t, "10000", s.Journey[0].Quantity[0].Value)
		assert.Empty(t, s.Journey[1].Facts, "the reference to the list is not for reading")
	})
	t.Run("a body larger than a transaction", func(t *testing.T) {
		noise := make([]byte, 300_000)
		for i := range noise {
			noise[i] = byte(rand.Uint32())
		}
		big := one("inspecting", "BIG", `,"https://ex.example/scan":"`+base64.StdEncoding.EncodeToString(noise)+`"`)
		res := l.do("POST", "/epcis/events", big, as("plant")...)
		require.Equal(t, http.StatusCreated, res.StatusCode, string(res.body))
		s := l.story("/01/09521303000012/21/BIG")
		assert.Equal(t, trace.RecordIntact, s.Record.State, "%v", s.Record.Reasons)
		require.Len(t, s.Journey, 1)
		assert.Equal(t, plantKey.Address(), s.Journey[0].Signer.Key)
		assert.False(t, s.Journey[0].Damaged)
	})
	t.Run("the register's own leaves move the index's heads too", func(t *testing.T) {
		require.NoError(t, l.index.WaitFor(context.Background(), l.node.Final().Height))
		v, err := l.index.View()
		require.NoError(t, err)
		defer func() { require.NoError(t, v.Close()) }()
		lane := format.LaneKey(format.Trunk, format.PartyObject(shop).Key())
		out, err := l.node.Call(context.Background(), contracts.HeadsAddr, contracts.NewHeads().PackHead(lane))
		require.NoError(t, err)
		head, err := v.Head(lane)
		require.NoError(t, err)
		assert.Positive(t, head.Count)
		assert.Equal(t, format.HeadFromWord(format.Hash(out)), head)
	})
	t.Run("a rebuilt index is the same", func(t *testing.T) {
		again, err := index.Open(filepath.Join(t.TempDir(), "again"), index.Chain{ID: chaintest.ChainID, Heads: contracts.HeadsAddr,
			Parties: contracts.PartiesAddr, TraceLog: contracts.TraceLogAddr}, 8<<20)
		require.NoError(t, err)
		defer func() { require.NoError(t, again.Close()) }()
		final := l.node.Final()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() { _ = again.Run(ctx, view{l.node.Ledger}) }()
		require.NoError(t, again.WaitFor(ctx, final.Height))
		require.NoError(t, l.index.WaitFor(ctx, final.Height))
		want, err := l.index.Dump()
		require.NoError(t, err)
		got, err := again.Dump()
		require.NoError(t, err)
		assert.Equal(t, want, got)
	})
}

func reasons(s *trace.Story) (out []trace.ReasonCode) {
	for _, r := range s.Record.Reasons {
		out = append(out, r.Code)
	}
	return out
}
