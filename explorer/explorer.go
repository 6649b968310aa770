package explorer

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// StorySource tells the story of one identifier. An identifier nobody has recorded is no error: its story has the
// record state trace.RecordUnknown.
type StorySource interface {
	Story(ctx context.Context, id gs1.ID, opts StoryOptions) (*trace.Story, error)
}

// StoryOptions are what a scan says beside its identifier, and for whom the story is told.
type StoryOptions struct {
	// Lang is the language to prefer where a name was declared in several.
	Lang string
	// Printed are the data attributes of the scanned link (lot and dates as printed on the pack).
	Printed []gs1.Attribute
	// Now is the time against which expiry is judged.
	Now time.Time
}

// ScanCounter counts scans of pages on this node, off the ledger. Implementations keep no personal data, and their
// answers are coarse.
type ScanCounter interface {
	Count(id gs1.ID, at time.Time)
	Scans(id gs1.ID) ScanCount
}

// ScanCount says how often an object was scanned, and on how many days, as ranges.
type ScanCount struct{ Scans, Days Range }

// Range is a coarse number: at least From and at most To; To is 0 where there is no upper bound. Both are 0 for none.
type Range struct{ From, To int }

// Network says whose node this is and whether its facts are real.
type Network struct {
	// Operator names the organisation running this node, in a language if it declared one in it; empty if unknown. Nil
	// is always unknown.
	Operator func(context.Context, Lang) string
	// Demo puts a line on every page saying that companies and goods are invented.
	Demo bool
	// Example is a Digital Link to show on the home page; empty for none.
	Example string
	// Plain puts a line on the page about what its address can't offer; every request sets it.
	Plain bool
}

// Deps are what the pages need.
type Deps struct {
	Stories StorySource
	Ledger  LedgerView
	Scans   ScanCounter // nil where scans aren't counted
	// Access guards pages that list things. If nil only loopback connections are served.
	Access Access
	// Closing is closed when live streams have to end; nil if never.
	Closing <-chan struct{}
	// LinkDomain is scheme and host in QR codes, https://example.com; PublicURL is where others reach this node.
	LinkDomain, PublicURL string
	// Peers are URLs of other operators' nodes, which a reader may ask for a second opinion.
	Peers   []string
	Network Network
	// AnswerBytes is memory for answers to scans that are kept; 0 keeps none.
	AnswerBytes int
	// Now is time.Now if nil, Log slog.Default.
	Now func() time.Time
	Log *slog.Logger
}

// keys are the primary keys of GS1 Digital Link, with the names older links use for them.
var keys = []string{
	"00", "01", "253", "255", "401", "402", "414", "415", "417", "8003", "8004", "8006", "8010", "8013", "8017", "8018",
	"gtin", "sscc", "gdti", "gcn", "ginc", "gsin", "gln", "payTo", "party", "grai", "giai", "itip", "cpid", "gmn", "gsrnp",
	"gsrn",
}

type server struct {
	Deps
	pages    *pages
	answers  *answers
	sessions sessions
}

// Mount registers all routes of the pages: / (home), /lookup, every Digital Link key, /qr/, /explorer and /assets/, and
// the answer for addresses nothing is at.
func Mount(e *echo.Echo, deps Deps) error {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	if deps.Access == nil {
		deps.Access = loopbackOnly{}
	}
	p, err := newPages(deps.Peers)
	if err != nil {
		return err
	}
	s := &server{Deps: deps, pages: p, answers: newAnswers(deps.AnswerBytes)}
	for _, key := range keys {
		e.GET("/"+key+"/*", s.scan)
		e.HEAD("/"+key+"/*", s.scan)
		e.OPTIONS("/"+key+"/*", preflight)
	}
	e.GET("/", s.home)
	e.GET("/lookup", s.lookup)
	e.GET("/preview/*", s.preview)
	e.HEAD("/preview/*", s.preview)
	e.GET("/qr/*", s.qr)
	e.HEAD("/qr/*", s.qr)
	s.mountLedger(e)
	s.mountVerify(e)
	e.GET("/assets/:name", serveAsset)
	// The pages carry their icon; browsers ask for this one when they show a bare QR code.
	e.GET("/favicon.ico", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	e.RouteNotFound("/*", s.notFound)
	return nil
}

// loopbackOnly serves connections from this machine. It looks at the connection itself, never at forwarded headers.
type loopbackOnly struct{}

func (loopbackOnly) MayRead(r *http.Request) error {
	if !isLoopback(r) {
		return echo.NewHTTPError(http.StatusUnauthorized, "a key with the scope read is needed")
	}
	return nil
}

func (loopbackOnly) SignIn(string) (Member, error) { return Member{}, echo.ErrUnauthorized }

func (loopbackOnly) Still(Member) bool { return false }

func isLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}
