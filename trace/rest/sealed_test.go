package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSealedEventsAreForThoseEntitled: by ID and in queries, page by page in every order, as if they were open; others get what
// they would get if there were none.
func TestSealedEventsAreForThoseEntitled(t *testing.T) {
	s := open(t)
	event := func(n int) string {
		return fmt.Sprintf(`{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"ObjectEvent","eventID":"urn:uuid:%08d-0000-4000-8000-000000000000",`+
			`"eventTime":"2026-11-01T00:0%d:00Z","eventTimeZoneOffset":"+00:00","action":"OBSERVE","bizStep":"shipping","epcList":["https://id.gs1.org/01/09521202001011/21/S1"]}`, n, n)
	}
	id := func(n int) string { return fmt.Sprintf("urn:uuid:%08d-0000-4000-8000-000000000000", n) }
	for n := range 7 {
		policy := []string{"public", "chain", "private"}[n%3]
		a := s.do(http.MethodPost, "/epcis/events", event(n), "Suyuan-Policy", policy)
		require.Equal(t, http.StatusCreated, a.StatusCode, "%s", a.body)
	}
	ids := func(path, who string) (list []string, pages int) {
		for path != "" {
			a := s.do(http.MethodGet, path, "", "Authorization", "Bearer "+who)
			require.Equal(t, http.StatusOK, a.StatusCode, "%s", a.body)
			var doc struct {
				Body struct {
					Results struct {
						Body struct {
							List []struct {
								ID string `json:"eventID"`
							} `json:"eventList"`
						} `json:"resultsBody"`
					} `json:"queryResults"`
				} `json:"epcisBody"`
			}
			require.NoError(t, json.Unmarshal(a.body, &doc))
			for _, e := range doc.Body.Results.Body.List {
				list = append(list, e.ID)
			}
			path = ""
			if link := a.Header.Get("Link"); link != "" {
				path = strings.TrimPrefix(strings.SplitN(link, ">", 2)[0], "<")
			}
			pages++
		}
		return list, pages
	}
	all, open := []string{}, []string{id(0), id(3), id(6)}
	for n := range 7 {
		all = append(all, id(n))
	}
	turned := func(list []string) (out []string) {
		for i := range list {
			out = append(out, list[len(list)-1-i])
		}
		return out
	}
	epc := "MATCH_anyEPC=" + url.QueryEscape("https://id.gs1.org/01/09521202001011/21/S1")
	for _, q := range []string{epc, "EQ_bizStep=shipping", "orderBy=recordTime", epc + "&orderBy=recordTime", "GE_eventTime=2026-11-01T00:00:00Z"} {
		for _, size := range []int{1, 2, 3, 30} {
			path := fmt.Sprintf("/epcis/events?%s&perPage=%d", q, size)
			got, _ := ids(path, "good")
			assert.Equal(t, all, got, path)
			got, _ = ids(path+"&orderDirection=DESC", "good")
			assert.Equal(t, turned(all), got, path)
			got, _ = ids(path, "other")
			assert.Equal(t, open, got, path)
		}
	}
	got, _ := ids("/epcis/events?LT_eventTime=2026-11-01T00:02:00Z", "good")
	assert.Equal(t, all[:2], got)
	got, _ = ids("/epcis/events?EQ_eventID="+id(4), "good")
	assert.Equal(t, all[4:5], got)
	got, _ = ids("/epcis/events?EQ_bizStep=receiving", "good")
	assert.Empty(t, got)

	assert.Equal(t, http.StatusOK, s.do(http.MethodGet, "/epcis/events/"+id(1), "").StatusCode)
	for _, who := range []string{"Bearer other", ""} {
		assert.Equal(t, http.StatusNotFound, s.do(http.MethodGet, "/epcis/events/"+id(1), "", "Authorization", who).StatusCode)
	}
	for header, value := range map[string]string{"Suyuan-Policy": "secret", "Suyuan-Disclose": "/eventID,/type"} {
		assert.Equal(t, http.StatusBadRequest, s.do(http.MethodPost, "/epcis/events", event(8), header, value).StatusCode, header)
	}
}
