package rest_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/capture"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

func TestQueryPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	var events []string
	for i := range 7 {
		step := []string{"shipping", "receiving"}[i%2]
		e := strings.ReplaceAll(strings.ReplaceAll(event, "A1", fmt.Sprint("A", i)), "shipping", step)
		if i < 3 {
			e = strings.Replace(e, `"action"`, `"disposition":"in_transit","readPoint":{"id":"urn:epc:id:sgln:9521321.00001.1"},"bizLocation":{"id":"https://id.gs1.org/414/9521321000018"},"action"`, 1)
		}
		events = append(events, strings.Replace(e, "T00:00:00Z", fmt.Sprintf("T0%d:00:00Z", i), 1))
	}
	require.True(t, s.captured(document(events...)).Success)
	for name, c := range map[string]struct {
		query string
		want  int
	}{
		"all":        {"?perPage=2", 7},
		"newest":     {"?perPage=3&orderBy=eventTime&orderDirection=DESC", 7},
		"bizStep":    {"?EQ_bizStep=shipping&perPage=1", 4},
		"CBV URI":    {"?EQ_bizStep=https://ref.gs1.org/cbv/BizStep-receiving", 3},
		"CURIE":      {"?EQ_bizStep=cbv:BizStep-shipping", 4},
		"URN":        {"?EQ_bizStep=urn:epcglobal:cbv:bizstep:shipping&EQ_disposition=urn:epcglobal:cbv:disp:in_transit", 2},
		"own step":   {"?EQ_bizStep=https://brand.example/steps/polishing", 0},
		"class":      {"?MATCH_anyEPCClass=urn:epc:idpat:sgtin:9521202.000101.*", 0},
		"two steps":  {"?EQ_bizStep=shipping,receiving", 7},
		"time":       {"?GE_eventTime=2026-11-01T02:00:00Z&LT_eventTime=2026-11-01T12:00:00%2B08:00", 2},
		"anyEPC":     {"?MATCH_anyEPC=https://id.gs1.org/01/09521202001011/21/A3", 1},
		"other form": {"?MATCH_anyEPC=" + url.QueryEscape("https://brand.example/01/09521202001011/21/A3?x=y"), 1},
		"epc":        {"?MATCH_epc=https://id.gs1.org/01/09521202001011/21/A3", 1},
		"parent":     {"?MATCH_parentID=https://id.gs1.org/01/09521202001011/21/A3", 0},
		"event type": {"?eventType=ObjectEvent&EQ_action=OBSERVE", 7},
		"action":     {"?EQ_action=ADD", 0},
		"limit":      {"?eventCountLimit=5", 5},
		"max":        {"?maxEventCount=7", 7},
		"place":      {"?EQ_bizLocation=https://id.gs1.org/414/9521321000018", 3},
		"other URI":  {"?EQ_readPoint=https://id.gs1.org/414/9521321000018/254/1", 3},
		"two places": {"?EQ_bizLocation=urn:epc:id:sgln:9521321.00001.0,https://id.gs1.org/414/9521321000025", 3},
		"all of it":  {"?eventType=ObjectEvent,AggregationEvent&EQ_disposition=in_transit&EQ_readPoint=urn:epc:id:sgln:9521321.00001.1&EQ_bizLocation=urn:epc:id:sgln:9521321.00001.0&EQ_bizStep=shipping&perPage=1", 2},
		"other type": {"?eventType=TransformationEvent", 0},
		"other disp": {"?EQ_disposition=recalled", 0},
		"since":      {"?GE_recordTime=2020-01-01T00:00:00Z&perPage=2", 7},
		"since now":  {"?GE_recordTime=2126-01-01T00:00:00Z", 0},
		"until":      {"?LT_recordTime=2126-01-01T00:00:00Z&orderBy=recordTime&orderDirection=DESC&perPage=3", 7},
		"both times": {"?LT_recordTime=2126-01-01T00:00:00Z&GE_eventTime=2026-11-01T02:00:00Z&perPage=3", 5},
		"of one":     {"?GE_recordTime=2020-01-01T00:00:00Z&MATCH_anyEPC=https://id.gs1.org/01/09521202001011/21/A3", 1},
	} {
		next, got, pages := "/epcis/events"+c.query, 0, 0
		for next != "" {
			res := s.do("GET", next, "")
			require.Equal(t, 200, res.StatusCode, "%s: %s", name, res.body)
			doc, err := epcis.Parse(res.body)
			if got == 0 && c.want == 0 {
				break // an empty list is no document to send
			}
			require.NoError(t, err, name)
			assert.Equal(t, "EPCISQueryDocument", doc.Type)
			got += len(doc.Events)
			next = ""
			if link := res.Header.Get("Link"); link != "" {
				next = strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
			}
			pages++
			require.Less(t, pages, 20)
		}
		assert.Equal(t, c.want, got, name)
	}
	many := s.do("GET", "/epcis/events?maxEventCount=6", "")
	assert.Equal(t, http.StatusRequestEntityTooLarge, many.StatusCode)
	assert.Equal(t, capture.QueryTooLarge, many.problem(t).Type)
	list := s.do("GET", "/epcis/capture?perPage=1", "")
	assert.Contains(t, string(list.body), `"captureID"`)
}

const data = "../../../shared/data/epcis"

// TestPublicDocumentsComeBackEqual records every valid sample and compares what comes back, field by field.
func TestPublicDocumentsComeBackEqual(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(data, "valid", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skipf("%s: the samples aren't here", data)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s := open(t)
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			job := s.captured(string(b))
			require.True(t, job.Success, "%v", job.Errors)
			doc, err := epcis.Parse(b)
			require.NoError(t, err)
			for _, e := range doc.Events {
				res := s.do("GET", "/epcis/events/"+url.PathEscape(e.ID()), "")
				require.Equal(t, 200, res.StatusCode, string(res.body))
				back, err := epcis.ParseEvent(res.body)
				require.NoError(t, err, string(res.body))
				want := e.Body()
				if e.EventID == "" { // given by the ledger
					want = bytes.Replace(back.Body(), []byte(fmt.Sprintf("%q:%q,", "eventID", e.ID())), nil, 1)
					assert.JSONEq(t, string(e.Body()), string(want))
					continue
				}
				assert.JSONEq(t, string(want), string(back.Body()))
			}
		})
	}
}

func TestPublicInvalidDocumentsAreRefused(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(data, "invalid", "*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skipf("%s: the samples aren't here", data)
	}
	s := open(t)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		res := s.do("POST", "/epcis/capture", string(b))
		assert.Equal(t, 400, res.StatusCode, file)
		assert.NotEmpty(t, res.problem(t).Errors, file)
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("MATCH_anyEPC=https://id.gs1.org/01/09521202001011/21/A3&perPage=2&nextPageToken=AAAA")
	f.Add("GE_eventTime=2026-11-01T02:00:00Z&EQ_bizStep=a,b&orderDirection=DESC")
	f.Add("GE_recordTime=2026-11-01T02:00:00Z&LT_recordTime=2027-11-01T02:00:00Z&eventType=ObjectEvent&EQ_action=ADD&orderBy=recordTime")
	f.Add("EQ_bizLocation=urn:epc:id:sgln:9521321.00001.0&EQ_readPoint=https://id.gs1.org/414/9521321000018&EQ_disposition=in_transit&maxEventCount=3")
	s := open(f)
	f.Fuzz(func(t *testing.T, raw string) {
		req := httptest.NewRequest("GET", "/epcis/events", nil)
		req.URL.RawQuery = raw
		req.Header.Set("Authorization", "Bearer good")
		rec := httptest.NewRecorder()
		s.server.Config.Handler.ServeHTTP(rec, req)
		assert.Contains(t, []int{200, 400, 413}, rec.Code)
	})
}
