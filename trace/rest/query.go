package rest

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// Sizes of a page of events.
const (
	defaultPerPage = 30
	maxPerPage     = 1_000
	// maxRounds bounds how often a query that wants a number of events looks on where few fit.
	maxRounds = 10
	// maxValues is how many different values one parameter may list: each is a walk through an index.
	maxValues = 200
)

func contextWithTimeout(c echo.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.Request().Context(), d)
}

func badParam(name, value, rule string) error {
	quoted, _ := json.Marshal(value) // a string can't fail
	return &capture.Problem{Type: capture.QueryParameterException, Title: "A query parameter is wrong",
		Status: http.StatusBadRequest, Detail: fmt.Sprintf("%s %q: %s", name, value, rule),
		Errors: []epcis.Fault{{Pointer: "/query/" + name, Rule: "parameter", Value: string(quoted), Message: rule}}}
}

func perPage(v string) (int, error) {
	if v == "" {
		return defaultPerPage, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, badParam("perPage", v, "a number from 1 is expected")
	}
	return min(n, maxPerPage), nil
}

// setNext points to the next page: the same request with its token.
func setNext(c echo.Context, token string) {
	u := *c.Request().URL
	q := u.Query()
	q.Set("nextPageToken", token)
	u.RawQuery = q.Encode()
	c.Response().Header().Set("Link", fmt.Sprintf("<%s>; rel=\"next\"", u.RequestURI()))
}

// queryEvents answers the simple event query.
func (s *server) queryEvents(c echo.Context) error {
	if err := s.Auth.MayRead(c.Request()); err != nil {
		return err
	}
	params, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil { // net/http would drop what it can't read, and with it a condition
		return badParam("query", c.Request().URL.RawQuery, err.Error())
	}
	q, err := parseQuery(params)
	if err != nil {
		return err
	}
	v, err := s.Index.View()
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }() // read only
	asked := q.Query
	list, next, err := v.Events(q.Query)
	for tries := 0; err == nil && next != nil && q.limit > 0 && len(list) < q.limit && tries < maxRounds; tries++ {
		var more []index.Found
		q.After, q.Limit = next, q.limit-len(list)
		more, next, err = v.Events(q.Query)
		list = append(list, more...)
	}
	if err != nil {
		return err
	}
	sealed, left, err := s.openedFor(c.Request(), v, &asked)
	if err != nil {
		return err
	}
	if left {
		c.Response().Header().Set("Suyuan-Sealed", "left out")
	}
	if len(sealed) > 0 {
		list, next = asked.Opened(sealed, list, next)
	}
	out := make([]epcis.Output, len(list))
	for i := range list {
		out[i] = output(&list[i].Record, list[i].Event)
	}
	whole := len(list) == q.limit
	if next != nil && q.most > 0 && whole {
		return &capture.Problem{Type: capture.QueryTooLarge, Title: "There are more events than maxEventCount",
			Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("maxEventCount %d: leave it out and follow the pages", q.most)}
	}
	if next != nil && !(q.last && whole) {
		setNext(c, token(*next, q.print))
	}
	created := time.Unix(int64(v.Position().Time), 0)
	return c.Blob(http.StatusOK, mediaType(c.Request()), epcis.MarshalQueryDocument(out, "SimpleEventQuery", created))
}

// query is a parsed query string.
type query struct {
	index.Query
	print [8]byte // fingerprint of all parameters but the page's
	order string  // orderBy, "" if not sent
	last  bool    // eventCountLimit: there is no further page
	limit int     // of either, instead of perPage
	most  int     // maxEventCount: more than that is refused; 0 if not sent
}

// condition is one filter on an event that no index serves.
type condition func(*index.Record, *epcis.Event) bool

// parseQuery reads the parameters; one we don't know is an error, because an answer that ignores a condition is wrong.
func parseQuery(params url.Values) (query, error) {
	q := query{Query: index.Query{Span: index.Always, Recorded: index.Always, Limit: defaultPerPage}}
	var filters []condition
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		values := splitList(params[name])
		if name != "nextPageToken" && name != "perPage" {
			fmt.Fprintf(h, "%q=%q;", name, values)
		}
		switch {
		case len(values) == 0:
			return q, badParam(name, "", "a value is expected")
		case len(params[name]) > 1 && !isList(name):
			return q, badParam(name, strings.Join(params[name], " and "), "is given twice")
		case len(values) > maxValues:
			return q, badParam(name, strconv.Itoa(len(values))+" values", fmt.Sprintf("at most %d are taken", maxValues))
		}
		f, err := q.param(name, params.Get(name), values)
		if err != nil {
			return q, err
		}
		if f != nil {
			filters = append(filters, f)
		}
	}
	copy(q.print[:], h.Sum(nil))
	if q.limit > 0 {
		q.Limit = q.limit
	}
	if q.last && q.most > 0 {
		return q, badParam("maxEventCount", params.Get("maxEventCount"), "can't go with eventCountLimit")
	}
	// Who asks what is new by record time gets it in the order it was recorded, which costs what is new. Identifiers have
	// few events each, in the order of event time.
	if q.order == "" && q.Recorded != index.Always && q.Span == index.Always && len(q.AnyEPC) == 0 && len(q.AnyEPCClass) == 0 {
		q.ByLedger = true
	}
	if len(filters) > 0 {
		q.Filter = func(r *index.Record, e *epcis.Event) bool {
			for _, f := range filters {
				if !f(r, e) {
					return false
				}
			}
			return true
		}
	}
	if t := params.Get("nextPageToken"); t != "" {
		mark, err := parseToken(t, q.print)
		if err != nil {
			return q, err
		}
		q.After = &mark
	}
	return q, nil
}

// splitList takes lists as the OpenAPI description writes them, comma separated, and repeated parameters. Each value is
// taken once.
func splitList(values []string) (out []string) {
	seen := make(map[string]bool)
	for _, v := range values {
		for _, part := range strings.Split(v, ",") {
			if part = strings.TrimSpace(part); part != "" && !seen[part] {
				seen[part] = true
				out = append(out, part)
			}
		}
	}
	return out
}

// isList says whether a parameter takes several values.
func isList(name string) bool {
	return name == "eventType" || strings.HasPrefix(name, "EQ_") || strings.HasPrefix(name, "MATCH_")
}

// oneOf refuses values that no event can have: they would be answered as if nothing had happened.
func oneOf(name string, values []string, allowed ...string) error {
	for _, v := range values {
		if !slices.Contains(allowed, v) {
			return badParam(name, v, "one of "+strings.Join(allowed, ", ")+" is expected")
		}
	}
	return nil
}

// param takes over one parameter, or answers the condition it sets.
func (q *query) param(name, raw string, values []string) (condition, error) {
	switch name {
	case "perPage":
		n, err := perPage(raw)
		q.Limit = n
		return nil, err
	case "nextPageToken":
		return nil, nil
	case "orderBy":
		if raw != "eventTime" && raw != "recordTime" {
			return nil, badParam(name, raw, "eventTime or recordTime is expected")
		}
		q.order, q.ByLedger = raw, raw == "recordTime"
		return nil, nil
	case "orderDirection":
		if raw != "ASC" && raw != "DESC" {
			return nil, badParam(name, raw, "ASC or DESC is expected")
		}
		q.Desc = raw == "DESC"
		return nil, nil
	case "eventCountLimit", "maxEventCount":
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 || n > maxPerPage {
			return nil, badParam(name, raw, fmt.Sprintf("a number from 1 to %d is expected", maxPerPage))
		}
		q.limit = n
		if name == "eventCountLimit" {
			q.last = true
		} else {
			q.most = n
		}
		return nil, nil
	case "GE_eventTime", "LT_eventTime":
		t, err := parseTime(name, raw)
		if name == "GE_eventTime" {
			q.Span.From = index.Millis(t)
		} else {
			q.Span.To = index.Millis(t)
		}
		return nil, err
	case "GE_recordTime":
		t, err := parseTime(name, raw)
		q.Recorded.From = roundUp(t)
		return nil, err
	case "LT_recordTime":
		t, err := parseTime(name, raw)
		q.Recorded.To = roundUp(t)
		return nil, err
	case "eventType":
		q.EventTypes = values
		for _, v := range values {
			if gs1.IsURI(v) { // of an extension, which may have types of its own
				return nil, nil
			}
		}
		return nil, oneOf(name, values, epcis.ObjectEvent, epcis.AggregationEvent, epcis.TransactionEvent, epcis.TransformationEvent,
			epcis.AssociationEvent)
	case "EQ_action":
		q.Actions = values
		return nil, oneOf(name, values, epcis.ActionAdd, epcis.ActionObserve, epcis.ActionDelete)
	case "EQ_disposition":
		list, err := words(name, values, epcis.Disposition)
		q.Dispositions = list
		return nil, err
	case "EQ_readPoint":
		ids, err := canonical(name, values)
		q.ReadPoints = ids
		return nil, err
	case "EQ_bizLocation":
		ids, err := canonical(name, values)
		q.BizLocations = ids
		return nil, err
	case "EQ_bizStep":
		list, err := words(name, values, epcis.BizStep)
		q.BizSteps = list
		return nil, err
	case "MATCH_anyEPC":
		ids, err := canonical(name, values)
		q.AnyEPC = ids
		return nil, err
	case "MATCH_anyEPCClass":
		ids, err := canonical(name, values)
		q.AnyEPCClass = ids
		return nil, err
	}
	return q.plain(name, values)
}

// roleParams are the parameters that ask for an identifier in one place of the event.
var roleParams = map[string][]epcis.Role{
	"MATCH_epc":            {epcis.RoleObject, epcis.RoleChild},
	"MATCH_parentID":       {epcis.RoleParent},
	"MATCH_inputEPC":       {epcis.RoleInput},
	"MATCH_outputEPC":      {epcis.RoleOutput},
	"MATCH_epcClass":       {epcis.RoleClass, epcis.RoleChildClass},
	"MATCH_inputEPCClass":  {epcis.RoleInputClass},
	"MATCH_outputEPCClass": {epcis.RoleOutputClass},
}

// plain answers the condition of a parameter that compares a field.
func (q *query) plain(name string, values []string) (condition, error) {
	if roles, ok := roleParams[name]; ok {
		ids, err := canonical(name, values)
		if strings.HasSuffix(name, "Class") && len(q.AnyEPCClass) == 0 {
			q.AnyEPCClass = ids // every place is one of the any list, which has an index
		} else if !strings.HasSuffix(name, "Class") && len(q.AnyEPC) == 0 {
			q.AnyEPC = ids
		}
		return func(_ *index.Record, e *epcis.Event) bool {
			for _, t := range e.Objects() {
				if slices.Contains(roles, t.Role) && slices.Contains(ids, t.ID.String()) {
					return true
				}
			}
			return false
		}, err
	}
	var field func(*index.Record, *epcis.Event) string
	switch name {
	case "EQ_eventID":
		return func(r *index.Record, _ *epcis.Event) bool {
			return slices.Contains(values, r.ID()) || slices.Contains(values, index.HashID(r.EventHash))
		}, nil
	case "EQ_transformationID":
		field = func(_ *index.Record, e *epcis.Event) string { return e.TransformationID }
	default:
		return nil, badParam(name, strings.Join(values, ","), "this node doesn't know this parameter")
	}
	return func(r *index.Record, e *epcis.Event) bool { return slices.Contains(values, field(r, e)) }, nil
}

// words brings CBV values into the form in which events keep them. A bare word that CBV doesn't have is in no event.
func words(name string, values []string, read func(string) (normal, message string)) ([]string, error) {
	out := make([]string, len(values))
	for i, v := range values {
		normal, message := read(v)
		if message != "" {
			return nil, badParam(name, v, message)
		}
		out[i] = normal
	}
	return out, nil
}

// canonical reads identifiers. A pattern is one where it names a class and classes are asked for: there it is the class's own
// name. Where it would stand for things that match, it is refused, rather than taken for a thing of that name.
func canonical(name string, values []string) ([]string, error) {
	out := make([]string, len(values))
	for i, v := range values {
		pattern := len(v) >= len(idpat) && strings.EqualFold(v[:len(idpat)], idpat)
		if pattern && !strings.HasSuffix(name, "Class") {
			return nil, badParam(name, v, "patterns aren't supported here: name each thing in full, or ask for events of a class or lot with MATCH_anyEPCClass")
		}
		id, err := gs1.Parse(v)
		if err != nil && pattern {
			return nil, badParam(name, v, "of patterns, those that name one class are supported, such as urn:epc:idpat:sgtin:9506000.013435.*: "+err.Error())
		}
		if err != nil {
			return nil, badParam(name, v, err.Error())
		}
		out[i] = id.String()
	}
	return out, nil
}

const idpat = "urn:epc:idpat:"

func parseTime(name, v string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, strings.ReplaceAll(v, " ", "+"))
	if err != nil {
		return t, badParam(name, v, "a date and time with offset is expected, 2026-10-30T15:18:00.000+08:00")
	}
	return t, nil
}

// roundUp is the first millisecond at or after a time.
func roundUp(t time.Time) int64 { return t.Add(time.Millisecond - time.Nanosecond).UnixMilli() }

// token is the place to go on from, bound to the query it belongs to.
func token(m index.Mark, print [8]byte) string {
	b := append([]byte(nil), print[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(m.Millis))
	b = binary.BigEndian.AppendUint64(b, m.Seq.Height)
	b = binary.BigEndian.AppendUint32(b, m.Seq.Index)
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseToken(s string, print [8]byte) (m index.Mark, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) != 28 || [8]byte(b) != print {
		return m, badParam("nextPageToken", s, "is not a token of this query")
	}
	m.Millis = int64(binary.BigEndian.Uint64(b[8:]))
	m.Seq = index.Seq{Height: binary.BigEndian.Uint64(b[16:]), Index: binary.BigEndian.Uint32(b[24:])}
	return m, nil
}
