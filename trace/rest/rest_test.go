package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/rest"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// site is a node's /epcis over a ledger in memory.
type site struct {
	t      testing.TB
	ledger *tracetest.Ledger
	index  *index.Projection
	jobs   *capture.Service
	server *httptest.Server
}

// doors is an Authenticator with the keys "good", "reader" and "revoked".
type doors struct{ callers map[string]*capture.Caller }

type refusal struct{ status int }

func (r refusal) Error() string { return "refused" }
func (r refusal) Status() int   { return r.status }

func (d doors) Caller(r *http.Request) (*capture.Caller, error) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token == "revoked" {
		return nil, refusal{http.StatusUnauthorized}
	}
	return d.callers[token], nil
}

func (d doors) MayRead(r *http.Request) error {
	if r.Header.Get("Authorization") == "" {
		return refusal{http.StatusUnauthorized}
	}
	return nil
}

func open(t testing.TB) *site {
	s := &site{t: t, ledger: tracetest.New()}
	x := tracetest.Open(t)
	s.index = x
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() { _ = x.Run(ctx, s.ledger) }()
	kept, err := vault.Open("vault", vfs.NewMem(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kept.Close()) })
	s.jobs, err = capture.Open(t.TempDir(), capture.Deps{Ledger: s.ledger, Submit: s.ledger, Index: x, Vault: kept,
		Signer:     func(a common.Address) submit.Signer { return tracetest.Key(a) },
		WaitingFor: func() string { return "two of four validators are missing" }},
		capture.Config{Linger: time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.jobs.Close()) })
	require.NoError(t, s.jobs.Start())
	auth := doors{map[string]*capture.Caller{}}
	for name, scopes := range map[string]contracts.Scope{"good": contracts.ScopeAll, "other": contracts.ScopeAll, "reader": contracts.ScopeRead} {
		party, key := s.ledger.Register(name, 0)
		auth.callers[name] = &capture.Caller{Party: party, Agent: 1, Key: tracetest.Key(key), Scopes: scopes}
	}
	e := echo.New()
	opener := func(r *http.Request) *trace.Opener {
		caller, err := auth.Caller(r)
		if err != nil || caller == nil {
			return nil
		}
		return &trace.Opener{Vault: kept, May: func(_ *index.View, rec *index.Record, _ *epcis.Stub) (bool, error) {
			return rec.Party == caller.Party, nil
		}}
	}
	rest.Mount(e, rest.Deps{Auth: auth, Capture: s.jobs, Index: x, Opener: opener, Wait: 300 * time.Millisecond})
	s.server = httptest.NewServer(e)
	t.Cleanup(s.server.Close)
	return s
}

type answer struct {
	*http.Response
	body []byte
}

func (s *site) do(method, path, body string, headers ...string) answer {
	s.t.Helper()
	req, err := http.NewRequest(method, s.server.URL+path, strings.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("Authorization", "Bearer good")
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		if req.Header.Del(headers[i]); headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	b, err := io.ReadAll(res.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Body.Close())
	return answer{res, b}
}

func (a answer) problem(t testing.TB) (p capture.Problem) {
	t.Helper()
	assert.Equal(t, "application/problem+json", a.Header.Get("Content-Type"), string(a.body))
	require.NoError(t, json.Unmarshal(a.body, &p), string(a.body))
	return p
}

// captured sends a document and waits for its job.
func (s *site) captured(doc string, headers ...string) capture.Job {
	s.t.Helper()
	res := s.do("POST", "/epcis/capture", doc, headers...)
	require.Equal(s.t, http.StatusAccepted, res.StatusCode, string(res.body))
	var job capture.Job
	require.Eventually(s.t, func() bool {
		a := s.do("GET", res.Header.Get("Location"), "", headers...)
		require.Equal(s.t, 200, a.StatusCode, string(a.body))
		require.NoError(s.t, json.Unmarshal(a.body, &job))
		return !job.Running
	}, 10*time.Second, time.Millisecond)
	return job
}

const event = `{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"ObjectEvent","action":"OBSERVE",` +
	`"eventTime":"2026-11-01T00:00:00Z","eventTimeZoneOffset":"+08:00","bizStep":"shipping","epcList":["https://id.gs1.org/01/09521202001011/21/A1"]}`

func document(events ...string) string {
	for i := range events {
		events[i] = strings.Replace(events[i], `"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",`, "", 1)
	}
	return `{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"EPCISDocument","schemaVersion":"2.0",` +
		`"creationDate":"2026-11-01T00:00:00Z","epcisBody":{"eventList":[` + strings.Join(events, ",") + `]}}`
}

func TestEventIsCreatedOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	res := s.do("POST", "/epcis/events", event)
	require.Equal(t, http.StatusCreated, res.StatusCode, string(res.body))
	got := s.do("GET", res.Header.Get("Location"), "", "Authorization", "")
	require.Equal(t, 200, got.StatusCode, "whoever knows the ID may read the event")
	var back map[string]any
	require.NoError(t, json.Unmarshal(got.body, &back))
	assert.Contains(t, back["eventID"], "ni:///sha-256;")
	assert.Contains(t, back, "recordTime")
	assert.Equal(t, "2.0.0", got.Header.Get("GS1-EPCIS-Version"))

	res = s.do("POST", "/epcis/events", event)
	assert.Equal(t, http.StatusConflict, res.StatusCode)
	assert.Equal(t, capture.ResourceAlreadyExists, res.problem(t).Type)
	res = s.do("POST", "/epcis/events", event, "Authorization", "Bearer other")
	assert.Equal(t, http.StatusCreated, res.StatusCode, "another party is a witness")
	job := s.captured(document(event, event))
	assert.True(t, job.Success, "a document with what was recorded before is no failure")
	assert.Equal(t, 1, job.Already)

	raw := strings.ReplaceAll(back["eventID"].(string), " ", "")
	got = s.do("GET", "/epcis/events/"+raw, "")
	assert.Equal(t, 200, got.StatusCode, "an ID whose ? wasn't escaped")
	got = s.do("GET", "/epcis/events/urn:uuid:00000000-0000-4000-8000-000000000000", "")
	assert.Equal(t, 404, got.StatusCode)
	assert.Equal(t, capture.NoSuchResource, got.problem(t).Type)
}

// TestTwoEventsUnderOneID: two nodes may take an event each at the same moment. The first on the ledger is answered, and says
// that there is another; a query finds both.
func TestTwoEventsUnderOneID(t *testing.T) {
	t.Parallel()
	s := open(t)
	const id = "urn:uuid:00000000-0000-4000-8000-000000000007"
	of := func(serial string) *epcis.Event {
		return tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventID":%q,"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE","epcList":["https://id.gs1.org/01/09521202001011/21/%s"]`, id, serial))
	}
	first, second := of("A1"), of("A2")
	mine := tracetest.Tx{Party: tracetest.Address("party good"), Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, first)}
	s.ledger.Mine(mine)
	mine.Call = tracetest.CallOf(t, format.Trunk, format.LeafEvent, second)
	at := s.ledger.Mine(mine)
	require.NoError(t, s.index.WaitFor(context.Background(), at.Height))

	got := s.do("GET", "/epcis/events/"+id, "")
	assert.Contains(t, string(got.body), "/21/A1")
	link := got.Header.Get("Link")
	path, _, ok := strings.Cut(strings.TrimPrefix(link, "<"), `>; rel="alternate"`)
	require.True(t, ok, link)
	other := s.do("GET", path, "")
	require.Equal(t, 200, other.StatusCode, path)
	assert.Contains(t, string(other.body), "/21/A2")
	assert.Empty(t, other.Header.Get("Link"), "asked by its hash it is alone")
	both := s.do("GET", "/epcis/events?EQ_eventID="+id, "")
	assert.Contains(t, string(both.body), "/21/A1")
	assert.Contains(t, string(both.body), "/21/A2")
	// A third doesn't come in by the door.
	res := s.do("POST", "/epcis/events", strings.Replace(event, `"action"`, `"eventID":"`+id+`","action"`, 1))
	assert.Equal(t, http.StatusConflict, res.StatusCode)
	p := res.problem(t)
	assert.Equal(t, []any{capture.ResourceAlreadyExists, "/epcis/events/" + id, epcis.RuleEventID}, []any{p.Type, p.Instance, p.Errors[0].Rule})
}

// TestDocumentWithoutEvents is valid: GS1's schema asks for a list, not for anything in it. Its job says that nothing was recorded.
func TestDocumentWithoutEvents(t *testing.T) {
	t.Parallel()
	s := open(t)
	before := len(s.ledger.Blocks())
	job := s.captured(document())
	assert.True(t, job.Success)
	assert.Equal(t, []any{0, 0, false}, []any{job.Events, job.Final, job.MasterData})
	assert.Len(t, s.ledger.Blocks(), before)
	job = s.captured(strings.Replace(document(), `"epcisBody"`, `"epcisHeader":{"epcisMasterData":{"vocabularyList":[{"type":"urn:epcglobal:epcis:vtype:EPCClass",`+
		`"vocabularyElementList":[{"id":"https://id.gs1.org/01/09521202001011","attributes":[{"id":"https://ref.gs1.org/cbv/name","attribute":"Juice"}]}]}]}},"epcisBody"`, 1))
	assert.True(t, job.Success, "%v", job.Errors)
	assert.Equal(t, []any{0, 0, true}, []any{job.Events, job.Final, job.MasterData})
	assert.Len(t, s.ledger.Blocks(), before+1)
}

func TestBadRequestsAreRefusedPrecisely(t *testing.T) {
	t.Parallel()
	s := open(t)
	before := len(s.ledger.Blocks())
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		typ                capture.Exception
		says               string
	}{
		"no key":            {"POST", "/epcis/capture", document(event), []string{"Authorization", ""}, 401, capture.SecurityException, "Bearer"},
		"revoked key":       {"POST", "/epcis/capture", document(event), []string{"Authorization", "Bearer revoked"}, 401, capture.SecurityException, ""},
		"key without scope": {"POST", "/epcis/capture", document(event), []string{"Authorization", "Bearer reader"}, 403, capture.SecurityException, "scope capture"},
		"not JSON":          {"POST", "/epcis/capture", `{"type":`, nil, 400, capture.ValidationException, ""},
		"empty":             {"POST", "/epcis/capture", ``, nil, 400, capture.ValidationException, ""},
		"deep":              {"POST", "/epcis/capture", strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000), nil, 400, capture.ValidationException, "depth"},
		"deep arrays":       {"POST", "/epcis/events", strings.Repeat("[", 10_000), nil, 400, capture.ValidationException, ""},
		"check digit":       {"POST", "/epcis/capture", document(strings.ReplaceAll(event, "09521202001011", "09521202001012")), nil, 400, capture.ValidationException, "/epcisBody/eventList/0/epcList/0"},
		"CBV":               {"POST", "/epcis/capture", document(strings.ReplaceAll(event, "shipping", "teleporting")), nil, 400, capture.ValidationException, "bizStep"},
		"XML":               {"POST", "/epcis/capture", "<a/>", []string{"Content-Type", "application/xml"}, 415, capture.UnsupportedMediaType, ""},
		"compressed":        {"POST", "/epcis/capture", document(event), []string{"Content-Encoding", "gzip"}, 415, capture.UnsupportedMediaType, ""},
		"other version":     {"POST", "/epcis/capture", document(event), []string{"GS1-EPCIS-Version", "1.2.0"}, 406, capture.UnsupportedVersion, "1.2.0"},
		"behaviour":         {"POST", "/epcis/capture", document(event), []string{"GS1-Capture-Error-Behaviour", "maybe"}, 400, capture.ValidationException, "proceed"},
		"lane":              {"POST", "/epcis/capture", document(event), []string{"Suyuan-Lane", "fast"}, 400, capture.ValidationException, "notes"},
		"document as event": {"POST", "/epcis/events", document(event), nil, 400, capture.ValidationException, "/epcis/capture"},
		"job of nobody":     {"GET", "/epcis/capture/0123", "", nil, 404, capture.NoSuchResource, ""},
		"query without key": {"GET", "/epcis/events", "", []string{"Authorization", ""}, 401, capture.SecurityException, ""},
		"no such type":      {"GET", "/epcis/events?eventType=Foo", "", nil, 400, capture.QueryParameterException, "TransformationEvent"},
		"no such action":    {"GET", "/epcis/events?EQ_action=add", "", nil, 400, capture.QueryParameterException, `"pointer":"/query/EQ_action"`},
		"not yet":           {"POST", "/epcis/capture", document(event, strings.ReplaceAll(event, "2026-11-01", "2999-11-01")), nil, 400, capture.ValidationException, `"pointer":"/epcisBody/eventList/1/eventTime","rule":"future"`},
		"not yet declared":  {"POST", "/epcis/events", strings.ReplaceAll(event, `"action"`, `"errorDeclaration":{"declarationTime":"2999-11-01T00:00:00Z"},"action"`), nil, 400, capture.ValidationException, `/errorDeclaration/declarationTime","rule":"future"`},
		"no such step":      {"GET", "/epcis/events?EQ_bizStep=shipping,teleporting", "", nil, 400, capture.QueryParameterException, `EQ_bizStep \"teleporting\": is neither a business step of CBV 2.0 nor a URI`},
		"no step of GS1":    {"GET", "/epcis/events?EQ_bizStep=urn:epcglobal:cbv:bizstep:teleporting", "", nil, 400, capture.QueryParameterException, "business step"},
		"disp for step":     {"GET", "/epcis/events?EQ_bizStep=https://ref.gs1.org/cbv/Disp-in_transit", "", nil, 400, capture.QueryParameterException, `"pointer":"/query/EQ_bizStep"`},
		"no such disp":      {"GET", "/epcis/events?EQ_disposition=lost", "", nil, 400, capture.QueryParameterException, `EQ_disposition \"lost\"`},
		"pattern of things": {"GET", "/epcis/events?MATCH_anyEPC=urn:epc:idpat:sgtin:9521202.000101.*", "", nil, 400, capture.QueryParameterException, "patterns aren't supported here"},
		"pattern of parent": {"GET", "/epcis/events?MATCH_parentID=URN:EPC:idpat:sscc:9521202.*", "", nil, 400, capture.QueryParameterException, `"pointer":"/query/MATCH_parentID"`},
		"wide pattern":      {"GET", "/epcis/events?MATCH_anyEPCClass=urn:epc:idpat:sgtin:9521202.*.*", "", nil, 400, capture.QueryParameterException, "those that name one class are supported"},
		"two sizes of page": {"GET", "/epcis/events?perPage=1&perPage=2", "", nil, 400, capture.QueryParameterException, "is given twice"},
		"unknown parameter": {"GET", "/epcis/events?EQ_color=red", "", nil, 400, capture.QueryParameterException, "EQ_color"},
		"bad time":          {"GET", "/epcis/events?GE_eventTime=yesterday", "", nil, 400, capture.QueryParameterException, "GE_eventTime"},
		"bad EPC":           {"GET", "/epcis/events?MATCH_anyEPC=urn:epc:id:sgtin:1.2.3", "", nil, 400, capture.QueryParameterException, "MATCH_anyEPC"},
		"token of another":  {"GET", "/epcis/events?nextPageToken=AAAA", "", nil, 400, capture.QueryParameterException, "nextPageToken"},
		"endless list":      {"GET", "/epcis/events?EQ_eventID=a" + manyValues(), "", nil, 400, capture.QueryParameterException, "at most 200"},
		"semicolons":        {"GET", "/epcis/events?MATCH_anyEPC=https://id.gs1.org/01/09521202001011;perPage=2", "", nil, 400, capture.QueryParameterException, "semicolon"},
		"broken escape":     {"GET", "/epcis/events?EQ_bizStep=%zz", "", nil, 400, capture.QueryParameterException, "escape"},
		"delete":            {"DELETE", "/epcis/events", "", nil, 405, capture.ImplementationException, "GET"},
		"replace":           {"PUT", "/epcis/capture", document(event), nil, 405, capture.ImplementationException, "POST"},
		"write to one":      {"POST", "/epcis/events/urn:uuid:00000000-0000-4000-8000-000000000000", event, nil, 405, capture.ImplementationException, "GET"},
		"bad place":         {"GET", "/epcis/events?EQ_readPoint=urn:epc:id:sgln:1.2.3", "", nil, 400, capture.QueryParameterException, "EQ_readPoint"},
		"bad record time":   {"GET", "/epcis/events?LT_recordTime=2026-13-01", "", nil, 400, capture.QueryParameterException, "LT_recordTime"},
		"other order":       {"GET", "/epcis/events?orderBy=bizStep", "", nil, 400, capture.QueryParameterException, "recordTime"},
		"both limits":       {"GET", "/epcis/events?maxEventCount=1&eventCountLimit=1", "", nil, 400, capture.QueryParameterException, "eventCountLimit"},
		"limit too high":    {"GET", "/epcis/events?eventCountLimit=100000", "", nil, 400, capture.QueryParameterException, "1000"},
		"page of nothing":   {"GET", "/epcis/events?perPage=0", "", nil, 400, capture.QueryParameterException, "perPage"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &site{t: t, server: s.server}
			start := time.Now()
			res := s.do(c.method, c.path, c.body, c.headers...)
			p := res.problem(t)
			assert.Equal(t, c.status, res.StatusCode, string(res.body))
			assert.Equal(t, c.status, p.Status)
			assert.Equal(t, c.typ, p.Type)
			assert.Contains(t, string(res.body), c.says)
			assert.NotEmpty(t, p.Title)
			assert.Less(t, time.Since(start), 5*time.Second)
			if c.status == 401 {
				assert.Equal(t, "Bearer", res.Header.Get("WWW-Authenticate"))
			}
		})
	}
	assert.Len(t, s.ledger.Blocks(), before, "nothing was recorded")
}

func manyValues() string {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, ",a%d", i)
	}
	return b.String()
}

// endless is a body of 100 MB that counts how much of it was read.
type endless struct{ left, read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range p[:n] {
		p[i] = ' '
	}
	e.left -= n
	e.read += n
	return n, nil
}

func TestHugeBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, length := range map[string]int64{"announced": 100 << 20, "chunked": -1} {
		body := &endless{left: 100 << 20}
		req, err := http.NewRequest("POST", s.server.URL+"/epcis/capture", body)
		require.NoError(t, err)
		req.ContentLength = length
		req.Header.Set("Authorization", "Bearer good")
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil { // the server may close before the client has finished sending
			var opErr *url.Error
			require.True(t, errors.As(err, &opErr), err)
		} else {
			assert.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode, name)
			require.NoError(t, res.Body.Close())
		}
		assert.Less(t, body.read, 32<<20, name)
	}
}

func TestPolicyRefusalNamesObjectAndRule(t *testing.T) {
	t.Parallel()
	s := open(t)
	refuse := func(reason uint8) {
		s.ledger.Refuse = func(_ common.Address, c index.Call) []byte {
			if c.Lane == 2 {
				return nil
			}
			a, err := contracts.PolicyMetaData.ParseABI()
			require.NoError(t, err)
			e := a.Errors["NotAuthorized"]
			for i := range c.Objects {
				if len(c.Objects[i]) > 0 && i == len(c.Objects)-1 {
					data, err := e.Inputs.Pack(common.Address{1}, common.Big0, common.Big0, reason)
					require.NoError(t, err)
					return append(e.ID[:4:4], data...)
				}
			}
			return nil
		}
	}
	refuse(1)
	res := s.do("POST", "/epcis/capture", document(event, strings.ReplaceAll(event, "/21/A1", "/21/A2")))
	require.Equal(t, http.StatusForbidden, res.StatusCode, string(res.body))
	p := res.problem(t)
	assert.Equal(t, capture.SecurityException, p.Type)
	require.Len(t, p.Errors, 2, "every event is named")
	assert.Equal(t, "/epcisBody/eventList/1", p.Errors[1].Pointer)
	assert.Equal(t, "use-notes", p.Errors[1].Rule)
	assert.Contains(t, p.Errors[1].Value, "/21/A2")
	assert.Contains(t, p.Detail, "Suyuan-Lane: notes")
	job := s.captured(document(event), "Suyuan-Lane", "notes")
	assert.True(t, job.Success)
}

func TestWritesSayWhatTheyWaitFor(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.ledger.Hold = make(chan struct{})
	res := s.do("POST", "/epcis/events", event)
	assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	assert.NotEmpty(t, res.Header.Get("Retry-After"))
	assert.Contains(t, res.problem(t).Detail, "two of four validators")
	job := s.do("GET", res.Header.Get("Location"), "")
	assert.Contains(t, string(job.body), `"running":true`)
	assert.Contains(t, string(job.body), "two of four validators")
	res = s.do("POST", "/epcis/events", event)
	assert.Equal(t, http.StatusConflict, res.StatusCode, "it is on its way")
	accepted := s.do("POST", "/epcis/capture", document(strings.ReplaceAll(event, "A1", "B1")))
	assert.Equal(t, http.StatusAccepted, accepted.StatusCode, "documents are kept")
	close(s.ledger.Hold)
	require.Eventually(t, func() bool {
		return strings.Contains(string(s.do("GET", accepted.Header.Get("Location"), "").body), `"success":true`)
	}, 10*time.Second, time.Millisecond)
}
