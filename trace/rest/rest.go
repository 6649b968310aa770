// Package rest serves the EPCIS 2.0 REST interface under /epcis: capture of documents and single events, look-up and
// query of events. It follows GS1's OpenAPI description: its paths, headers, status codes and problem bodies.
//
// Writing needs an API key; so do lists, but for callers on the node's own machine. A single event is given to whoever
// knows its ID.
package rest

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

// Authenticator knows who makes a request. Its errors may have a method Status() int; 401 is meant otherwise.
type Authenticator interface {
	// Caller is who the request's API key belongs to; nil if it carries none.
	Caller(r *http.Request) (*capture.Caller, error)
	// MayRead refuses callers that may not see lists.
	MayRead(r *http.Request) error
}

// Deps are what the doors need.
type Deps struct {
	Auth    Authenticator
	Capture *capture.Service
	Index   *index.Projection
	// Opener opens sealed events to whoever makes a request; nil opens none.
	Opener func(*http.Request) *trace.Opener
	// Limits bound a document; zero means epcis.DefaultLimits.
	Limits epcis.Limits
	// Wait is how long POST /epcis/events waits for the event to be final. Default 20 s.
	Wait time.Duration
	// Version is this software's, for the header GS1-Vendor-Version.
	Version string
	// Log is slog.Default() if nil.
	Log *slog.Logger
}

type server struct{ Deps }

// Mount registers the routes of /epcis.
func Mount(e *echo.Echo, deps Deps) {
	if deps.Limits == (epcis.Limits{}) {
		deps.Limits = epcis.DefaultLimits
	}
	if deps.Wait <= 0 {
		deps.Wait = 20 * time.Second
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	s := &server{deps}
	g := e.Group("/epcis")
	for _, r := range []struct {
		path  string
		write echo.HandlerFunc
		read  echo.HandlerFunc
	}{
		{"/capture", s.postCapture, s.listJobs},
		{"/capture/:id", nil, s.getJob},
		{"/events", s.postEvent, s.queryEvents},
		{"/events/*", nil, s.getEvent},
	} {
		allow := "OPTIONS, GET, HEAD"
		g.GET(r.path, s.door(r.read))
		g.HEAD(r.path, s.door(r.read))
		if r.write != nil {
			allow += ", POST"
			g.POST(r.path, s.door(r.write))
		}
		g.OPTIONS(r.path, s.door(func(c echo.Context) error {
			c.Response().Header().Set("Allow", allow)
			return c.NoContent(http.StatusNoContent)
		}))
		others := []string{http.MethodPut, http.MethodPatch, http.MethodDelete}
		if r.write == nil {
			others = append(others, http.MethodPost)
		}
		g.Match(others, r.path, s.door(func(c echo.Context) error {
			c.Response().Header().Set("Allow", allow)
			return &capture.Problem{Type: capture.ImplementationException, Title: "This method is not offered here",
				Status: http.StatusMethodNotAllowed, Detail: "records are added, never changed or deleted; offered are " + allow}
		}))
	}
}

// door adds the headers of the standard to every answer and writes errors as its problem bodies.
func (s *server) door(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		hd := c.Response().Header()
		hd.Set("GS1-EPCIS-Version", "2.0.0")
		hd.Set("GS1-CBV-Version", "2.0.0")
		hd.Set("GS1-EPCIS-Min", "2.0.0")
		hd.Set("GS1-EPCIS-Max", "2.0.0")
		hd.Set("GS1-EPC-Format", "Never_Translates")
		hd.Set("GS1-Extensions", "suyuan=https://github.com/suyuan-ledger/suyuan")
		hd.Set("GS1-EPCIS-Capture-Limit", strconv.Itoa(s.Limits.Events))
		hd.Set("GS1-EPCIS-Capture-File-Size-Limit", strconv.Itoa(s.Limits.Bytes))
		if s.Version != "" {
			hd.Set("GS1-Vendor-Version", s.Version)
		}
		err := checkVersion(c.Request())
		if err == nil {
			err = h(c)
		}
		if err != nil {
			s.fail(c, err)
		}
		return nil
	}
}

// checkVersion refuses clients that ask for another EPCIS than ours.
func checkVersion(r *http.Request) error {
	for _, name := range []string{"GS1-EPCIS-Version", "GS1-EPCIS-Min"} {
		if v := strings.TrimSpace(r.Header.Get(name)); v != "" && v != "2" && v != "2.0" && !strings.HasPrefix(v, "2.0.") {
			return &capture.Problem{Type: capture.UnsupportedVersion, Title: "This node speaks EPCIS 2.0",
				Status: http.StatusNotAcceptable, Detail: name + ": " + v}
		}
	}
	return nil
}

// fail writes an error as a problem. What isn't ours to tell is logged and answered as 500.
func (s *server) fail(c echo.Context, err error) {
	var p *capture.Problem
	var invalid *epcis.Invalid
	var tooLarge *http.MaxBytesError
	var status interface{ Status() int }
	switch {
	case errors.As(err, &p):
	case errors.As(err, &invalid):
		p = capture.Invalid(invalid)
	case errors.As(err, &tooLarge):
		p = s.tooLarge()
	case errors.As(err, &status):
		p = &capture.Problem{Type: capture.SecurityException, Title: "Not allowed", Status: status.Status(), Detail: err.Error()}
	case c.Request().Context().Err() != nil:
		return // nobody listens any more
	default:
		s.Log.Error("an EPCIS request failed", "path", c.Request().URL.Path, "err", err)
		p = &capture.Problem{Type: capture.ImplementationException, Title: "Something is wrong with this node", Status: 500}
	}
	if c.Response().Committed {
		return
	}
	h := c.Response().Header()
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(p.RetryAfter/time.Second)))
	}
	if p.Status == http.StatusServiceUnavailable && strings.HasPrefix(p.Instance, "/epcis/capture/") {
		h.Set("Location", p.Instance)
	}
	if werr := problem.Write(c.Response(), c.Request(), p.Status, p); werr != nil {
		s.Log.Debug("an error couldn't be sent", "err", werr)
	}
}

func (s *server) tooLarge() *capture.Problem {
	return &capture.Problem{Type: capture.CaptureLimitExceeded, Title: "The document is larger than this node takes",
		Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("%d bytes are allowed", s.Limits.Bytes)}
}

// caller is who writes; nobody without an API key does.
func (s *server) caller(r *http.Request) (capture.Caller, error) {
	c, err := s.Auth.Caller(r)
	if err != nil {
		return capture.Caller{}, err
	}
	if c == nil {
		return capture.Caller{}, &capture.Problem{Type: capture.SecurityException, Title: "An API key is needed",
			Status: http.StatusUnauthorized, Detail: "send the header Authorization: Bearer sy_..."}
	}
	return *c, nil
}

// document reads the body of a write; each: events with faults are left out, and don't make it invalid. It never holds more than the limit, and refuses what says it is longer unread.
func (s *server) document(c echo.Context, each bool) (*epcis.Document, error) {
	r := c.Request()
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" && media != "application/ld+json" {
		return nil, &capture.Problem{Type: capture.UnsupportedMediaType, Title: "The document must be JSON",
			Status: http.StatusUnsupportedMediaType,
			Detail: fmt.Sprintf("Content-Type %q: application/json or application/ld+json is expected", r.Header.Get("Content-Type"))}
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return nil, &capture.Problem{Type: capture.UnsupportedMediaType, Title: "The document must not be compressed",
			Status: http.StatusUnsupportedMediaType, Detail: "Content-Encoding " + enc}
	}
	if r.ContentLength > int64(s.Limits.Bytes) {
		c.Response().Header().Set("Connection", "close") // what is on its way will not be read
		return nil, s.tooLarge()
	}
	most := int64(s.Limits.Bytes) + 1
	body, err := io.ReadAll(io.LimitReader(http.MaxBytesReader(c.Response(), r.Body, most), most))
	if err != nil {
		return nil, err
	}
	done, err := s.Capture.Turn(r.Context()) // after reading: slow senders take nobody's turn
	if err != nil {
		return nil, err
	}
	defer done()
	if each {
		return epcis.ParseEach(body, s.Limits)
	}
	return epcis.ParseLimits(body, s.Limits)
}

// lane reads the header Suyuan-Lane.
func lane(r *http.Request) (notes bool, err error) {
	switch v := r.Header.Get("Suyuan-Lane"); v {
	case "", "trunk":
		return false, nil
	case "notes":
		return true, nil
	default:
		return false, &capture.Problem{Type: capture.ValidationException, Title: "No such lane", Status: http.StatusBadRequest,
			Detail: fmt.Sprintf("Suyuan-Lane %q: trunk or notes is expected", v)}
	}
}

func (s *server) postCapture(c echo.Context) error {
	who, err := s.caller(c.Request())
	if err != nil {
		return err
	}
	mode, err := mode(c.Request())
	if err != nil {
		return err
	}
	doc, err := s.document(c, mode.Proceed)
	if err != nil {
		return err
	}
	job, err := s.Capture.Capture(c.Request().Context(), who, doc, mode)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/epcis/capture/"+job.ID)
	c.Response().Header().Set("GS1-Capture-Error-Behaviour", job.Behaviour)
	return c.NoContent(http.StatusAccepted)
}

// mode reads how a document is to be taken.
func mode(r *http.Request) (m capture.Mode, err error) {
	if m.Notes, err = lane(r); err != nil {
		return m, err
	}
	if m.Policy, m.Disclose, err = sealing(r); err != nil {
		return m, err
	}
	switch b := r.Header.Get("GS1-Capture-Error-Behaviour"); b {
	case "", "rollback": // GS1's default
	case "proceed":
		m.Proceed = true
	default:
		return m, &capture.Problem{Type: capture.ValidationException, Title: "No such error behaviour",
			Status: http.StatusBadRequest, Detail: fmt.Sprintf("GS1-Capture-Error-Behaviour %q: rollback or proceed is expected", b)}
	}
	return m, err
}

func (s *server) getJob(c echo.Context) error {
	who, err := s.caller(c.Request())
	if err != nil {
		return err
	}
	job, err := s.Capture.Job(who.Party, c.Param("id"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, job)
}

func (s *server) listJobs(c echo.Context) error {
	who, err := s.caller(c.Request())
	if err != nil {
		return err
	}
	limit, err := perPage(c.QueryParam("perPage"))
	if err != nil {
		return err
	}
	list, next, err := s.Capture.Jobs(who.Party, c.QueryParam("nextPageToken"), limit)
	if err != nil {
		return err
	}
	if next != "" {
		setNext(c, next)
	}
	return c.JSON(http.StatusOK, list)
}

func (s *server) postEvent(c echo.Context) error {
	who, err := s.caller(c.Request())
	if err != nil {
		return err
	}
	mode, err := mode(c.Request())
	if err != nil {
		return err
	}
	mode.Proceed = false // there is one event
	doc, err := s.document(c, false)
	if err != nil {
		return err
	}
	if doc.Type != "" || len(doc.Events) != 1 {
		return &capture.Problem{Type: capture.ValidationException, Title: "One bare event is expected",
			Status: http.StatusBadRequest, Detail: "documents go to /epcis/capture"}
	}
	ctx, cancel := contextWithTimeout(c, s.Wait)
	defer cancel()
	id, err := s.Capture.CaptureEvent(ctx, who, doc.Events[0], mode)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/epcis/events/"+url.PathEscape(id))
	return c.NoContent(http.StatusCreated)
}

// getEvent answers the event of an ID, or its error declaration if there is one: it says all the event says, and more. Of
// different events under one ID, which no party should make, it answers the first the ledger holds, and links to the others.
func (s *server) getEvent(c echo.Context) error {
	id, err := eventID(c.Request().URL)
	if err != nil {
		return err
	}
	v, err := s.Index.View()
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }() // read only
	rec, others, err := newest(v, id)
	var unknown *capture.Problem
	if errors.As(err, &unknown) {
		rec, err = s.newestSealed(c.Request(), v, id, err)
	}
	if err != nil {
		return err
	}
	for _, hash := range others {
		c.Response().Header().Add("Link", fmt.Sprintf("</epcis/events/%s>; rel=\"alternate\"; title=\"another event under this eventID\"",
			url.PathEscape(index.HashID(hash))))
	}
	e, err := epcis.ParseBody(rec.Body)
	if err != nil {
		return fmt.Errorf("body of record %s: %w", rec.Seq, err)
	}
	c.Response().Header().Set("Suyuan-Cursor", rec.Seq.String())
	return c.Blob(http.StatusOK, mediaType(c.Request()), epcis.MarshalEvent(output(rec, e)))
}

// maxSameID is how many records of one ID are looked at.
const maxSameID = 32

// newest is the first record of an ID, or the declaration by its own party that it was an error. others are the hashes of
// other events that were recorded under the ID.
func newest(v *index.View, id string) (first *index.Record, others []common.Hash, err error) {
	seqs, err := v.ByEventID(id, maxSameID)
	if err != nil {
		return nil, nil, err
	}
	if len(seqs) == 0 {
		return nil, nil, &capture.Problem{Type: capture.NoSuchResource, Title: "No such event", Status: http.StatusNotFound, Detail: id}
	}
	list := make([]index.Record, len(seqs))
	for i, s := range seqs {
		if list[i], err = v.Record(s); err != nil {
			return nil, nil, err
		}
	}
	rec := list[0]
	decl, ok, err := v.Correction(rec.Seq)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range list[1:] {
		if r.EventHash != rec.EventHash && r.Seq != decl && !slices.Contains(others, r.EventHash) {
			others = append(others, r.EventHash)
		}
	}
	if ok {
		if rec, err = v.Record(decl); err != nil {
			return nil, nil, err
		}
	}
	return &rec, others, nil
}

func output(rec *index.Record, e *epcis.Event) epcis.Output {
	out := epcis.Output{Event: e, RecordTime: rec.RecordTime()}
	if e.EventID == "" {
		out.EventID = rec.ID()
	}
	return out
}

// eventID reads the ID out of the path. An event hash ID has a query of its own, which careless clients don't escape.
func eventID(u *url.URL) (string, error) {
	_, escaped, _ := strings.Cut(u.EscapedPath(), "/epcis/events/")
	id, err := url.PathUnescape(escaped)
	if err != nil || id == "" {
		return "", &capture.Problem{Type: capture.NoSuchResource, Title: "Not an event ID", Status: http.StatusNotFound, Detail: escaped}
	}
	if strings.HasPrefix(id, "ni:") && !strings.Contains(id, "?") && strings.HasPrefix(u.RawQuery, "ver=") {
		id += "?" + u.RawQuery
	}
	return id, nil
}

func mediaType(r *http.Request) string {
	if a := r.Header.Get("Accept"); strings.Contains(a, "application/ld+json") && !strings.Contains(a, "application/json") {
		return "application/ld+json"
	}
	return "application/json"
}
