package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
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
	"github.com/suyuan-ledger/suyuan/trace/rest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// onLedger is the trace domain on a real ledger of one validator.
type onLedger struct {
	*site
	node   *chaintest.Node
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
	jobs, err := capture.Open(t.TempDir(), capture.Deps{Ledger: v, Submit: n.Ledger, Index: x,
		Signer: func(a common.Address) submit.Signer { return keys[a] }}, capture.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, jobs.Close()) })
	require.NoError(t, jobs.Start())
	l := &onLedger{site: &site{t: t, jobs: jobs}, node: n, index: x, teller: trace.NewTeller(x, v),
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
		for i := range 500 {
			list = append(list, one("storing", fmt.Sprint("D", i), ""))
		}
		start := time.Now()
		job := l.captured(document(list...), as("plant")...)
		require.True(t, job.Success, "%v", job.Errors)
		assert.Equal(t, 500, job.Final)
		t.Logf("500 events of one object each were final after %s", time.Since(start).Round(time.Millisecond))
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
