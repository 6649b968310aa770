package explorer

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// Identifiers of the fixtures: stories as the demo network tells them (go test ./demo/stories -update writes them).
const (
	bottlePath   = "/01/09521202001011/21/7QW4ZK9T2M"
	recalledPath = "/01/09521202001011/21/6XD3QN8K5T"
	classPath    = "/01/09521202001011"
	unknownPath  = "/01/09521202001011/21/NOBODYKNOWS"
	brokenPath   = "/01/09521202001012/21/7QW4ZK9T2M"
	lotPath      = "/01/09521202001011/10/CX7-118"
	palletPath   = "/00/095213030007301181"
	failingPath  = "/01/09521202001011/21/FAILS"
)

// fixtures tells the stories kept under testdata.
type fixtures struct{ t testing.TB }

func (f fixtures) Story(_ context.Context, id gs1.ID, opts StoryOptions) (*trace.Story, error) {
	st := &trace.Story{ID: id.String(), Path: id.Path(), Kind: trace.KindInstance}
	switch id.Path() {
	case bottlePath:
		st = f.load("bottle." + opts.Lang)
	case recalledPath:
		st = f.load("recalled." + opts.Lang)
	case lotPath:
		st = f.load("lot." + opts.Lang)
	case palletPath:
		st = f.load("pallet." + opts.Lang)
	case failingPath:
		return nil, errors.New("the disk is on fire")
	case classPath:
		st.Kind = trace.KindClass
		st.Identity = f.load("bottle." + opts.Lang).Identity
		st.Identity.Lot, st.Identity.Serial, st.Identity.Expiry, st.Identity.Compare = "", "", "", nil
		st.Identity.Ask = []string{"lot", "serial"}
		st.Record.State, st.Unit.State = trace.RecordUnknown, trace.UnitNotChecked
		return st, nil
	default: // nothing is recorded of it, though its kind of product has a name
		st.Identity.Name = f.load("bottle." + opts.Lang).Identity.Name
		st.Record.State = trace.RecordUnknown
		return st, nil
	}
	st.Identity.Printed = trace.Printed{Lot: id.Lot()}
	for _, a := range opts.Printed {
		if d, ok := gs1.Date(a.Value, opts.Now); ok && a.AI == "17" {
			st.Identity.Printed.Expiry = d.Format(time.DateOnly)
		}
	}
	return st, nil
}

func (f fixtures) load(name string) *trace.Story {
	b, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(f.t, err)
	st := new(trace.Story)
	require.NoError(f.t, json.Unmarshal(b, st))
	return st
}

func operatorName(_ context.Context, l Lang) string {
	return map[Lang]string{ZH: "晨溪饮品", EN: "Chenxi Beverages"}[l]
}

// newServer starts the pages over the fixtures.
func newServer(t testing.TB, change ...func(*Deps)) *httptest.Server {
	t.Helper()
	deps := Deps{
		Stories: fixtures{t}, Ledger: fixedLedger{}, LinkDomain: "https://scan.chenxi.example", PublicURL: "https://node.example",
		Network: Network{Demo: true, Operator: operatorName, Example: "https://id.gs1.org" + bottlePath},
		Now:     func() time.Time { return fixedNow },
	}
	for _, f := range change {
		f(&deps)
	}
	e := echo.New()
	e.HideBanner = true
	require.NoError(t, Mount(e, deps))
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	return srv
}

// noRedirect is a client that shows redirects instead of following them.
var noRedirect = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
