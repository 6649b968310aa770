package epcis_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

func TestWithList(t *testing.T) {
	t.Parallel()
	lot, err := gs1.Parse("https://id.gs1.org/01/09521202001011/10/L1")
	require.NoError(t, err)
	ref := &epcis.ListRef{Field: "childEPCs", Root: format.Keccak([]byte("root")), Count: 300}
	for name, c := range map[string]struct {
		event, field, want string
		ref                *epcis.ListRef
	}{
		"packing": {
			`"type":"AggregationEvent","action":"ADD","parentID":"https://id.gs1.org/00/395212020010110018","childEPCs":["https://id.gs1.org/01/09521202001011/21/A"]`,
			"childEPCs", `"childQuantityList":[{"epcClass":"https://id.gs1.org/01/09521202001011/10/L1","quantity":300}]`, ref,
		},
		"amounts of the sender's own stay": {
			`"type":"ObjectEvent","action":"ADD","epcList":["https://id.gs1.org/01/09521202001011/21/A"],"quantityList":[{"epcClass":"https://id.gs1.org/01/09521202001011/10/L0","quantity":7}]`,
			"epcList", `"quantityList":[{"epcClass":"https://id.gs1.org/01/09521202001011/10/L0","quantity":7},{"epcClass":"https://id.gs1.org/01/09521202001011/10/L1","quantity":300}]`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			full, err := epcis.ParseEvent([]byte(`{"@context":["` + epcis.StandardContext + `",{"ex":"https://ex.example/"}],` + c.event +
				`,"eventTime":"2026-11-01T00:00:00Z","eventTimeZoneOffset":"+08:00","ex:note":"kept"}`))
			require.NoError(t, err)
			sealed, err := full.WithList(c.field, []epcis.Quantity{{Class: lot, Quantity: "300"}}, c.ref)
			require.NoError(t, err)
			body := string(sealed.Body())
			assert.Contains(t, body, c.want)
			assert.Contains(t, body, `"ex:note":"kept"`)
			assert.NotContains(t, body, "/21/A")
			assert.Equal(t, full.HashID(), sealed.EventID, "found by the name of the full event")
			got, ok := sealed.List()
			if c.ref == nil {
				assert.False(t, ok)
				return
			}
			require.True(t, ok)
			got.Field = c.field
			assert.Equal(t, *c.ref, got)
			again, err := epcis.ParseBody(sealed.Body())
			require.NoError(t, err)
			assert.Equal(t, body, string(again.Body()))
		})
	}
}

func TestListHead(t *testing.T) {
	t.Parallel()
	h := epcis.ListHead{Count: 10_000, Top: format.Keccak([]byte("top"))}
	got, err := epcis.ParseListHead(h.Body())
	require.NoError(t, err)
	assert.Equal(t, h, got)
	body := string(h.Body())
	for name, bad := range map[string]string{
		"no count":      strings.Replace(body, "10000", "0", 1),
		"leading zero":  strings.Replace(body, "10000", "010000", 1),
		"upper case":    strings.ToUpper(body),
		"white space":   strings.Replace(body, ",", ", ", 1),
		"another field": strings.Replace(body, "{", `{"a":1,`, 1),
		"short top":     strings.Replace(body, `","type`, `0","type`, 1),
		"nothing":       "",
		"long":          body + strings.Repeat(" ", 200),
	} {
		_, err := epcis.ParseListHead([]byte(bad))
		assert.Error(t, err, name)
	}
}

func FuzzListHead(f *testing.F) {
	f.Add(epcis.ListHead{Count: 3, Top: format.Keccak([]byte("top"))}.Body())
	f.Fuzz(func(t *testing.T, body []byte) {
		if h, err := epcis.ParseListHead(body); err == nil {
			require.Equal(t, string(body), string(h.Body()))
		}
	})
}

func TestParseEach(t *testing.T) {
	t.Parallel()
	event := func(fields string) string {
		return `{"type":"ObjectEvent","action":"OBSERVE","eventTimeZoneOffset":"+08:00","eventTime":"2026-11-01T00:00:00Z"` + fields + `}`
	}
	good := event(`,"epcList":["https://id.gs1.org/01/09521202001011/21/A"]`)
	doc := func(events ...string) []byte {
		return fmt.Appendf(nil, `{"@context":[%q],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-11-01T00:00:00Z",`+
			`"epcisBody":{"eventList":[%s]}}`, epcis.StandardContext, strings.Join(events, ","))
	}
	d, err := epcis.ParseEach(doc(event(""), good, `{"type":"x"}`, good, "7"), epcis.DefaultLimits)
	require.NoError(t, err)
	assert.Len(t, d.Events, 2)
	assert.Equal(t, []int{1, 3}, d.Places)
	require.Len(t, d.Faulty, 3)
	assert.Equal(t, "/epcisBody/eventList/0", d.Faulty[0][0].Pointer)
	assert.Equal(t, "/epcisBody/eventList/4", d.Faulty[4][0].Pointer)

	_, err = epcis.ParseEach([]byte(`{"type":"EPCISDocument"}`), epcis.DefaultLimits)
	require.Error(t, err, "a document without a body has no events to take")
	limits := epcis.DefaultLimits
	limits.Events = 1
	_, err = epcis.ParseEach(doc(good, good), limits)
	require.Error(t, err)
}
