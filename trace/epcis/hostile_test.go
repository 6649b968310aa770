package epcis_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

func TestHostileJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"nothing":             {``, " json-syntax"},
		"rubbish":             {`hello`, " json-syntax"},
		"cut off":             {`{"type":"Obj`, "/type json-syntax"},
		"two values":          {`{} {}`, " json-syntax"},
		"trailing comma":      {`{"a":1,}`, " json-syntax"},
		"comment":             {`{/*x*/}`, " json-syntax"},
		"leading zero":        {`{"a":01}`, " json-syntax"},
		"bare point":          {`{"a":1.}`, "/a json-syntax"},
		"NaN":                 {`{"a":[NaN]}`, "/a/0 json-syntax"},
		"control character":   {"{\"a\":\"\x01\"}", "/a json-syntax"},
		"half a surrogate":    {`{"a":"\ud800"}`, "/a json-syntax"},
		"surrogates, wrong":   {`{"a":"\ud800\u0041"}`, "/a json-syntax"},
		"direction override":  {"{\"a\":\"A\u202e1\"}", "/a character"},
		"isolate, escaped":    {`{"a":"A\u20661"}`, "/a character"},
		"NUL, escaped":        {`{"a":"A\u0000"}`, "/a character"},
		"C1, raw":             {"{\"a\":\"\u0085\"}", "/a character"},
		"hidden in a name":    {"{\"a\u202e\":1}", " character"},
		"duplicate key":       {`{"a":{"b~/":1,"b~/":2}}`, "/a/b~0~1 duplicate-key"},
		"duplicate by escape": {`{"a":1,"\u0061":2}`, "/a duplicate-key"},
		"not UTF-8":           {"{\"a\":\"\xff\"}", " json-syntax"},
		"array":               {`[]`, " type"},
		"a number":            {`7`, " type"},
		"10,000 deep":         {strings.Repeat(`[`, 10_000) + strings.Repeat(`]`, 10_000), strings.Repeat("/0", 64) + " depth"},
		"10,000 deep, open":   {strings.Repeat(`{"a":`, 10_000), strings.Repeat("/a", 64) + " depth"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, err := epcis.Parse([]byte(tt.in))
			assert.Equal(t, []string{tt.want}, faultsOf(t, err))
			assert.Less(t, time.Since(start), time.Second)
		})
	}
}

func TestDuplicateKeysInLargeObject(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("{")
	for i := range 200 {
		b.WriteString(`"k` + strings.Repeat("x", i) + `":1,`)
	}
	_, err := epcis.Parse([]byte(b.String() + `"kxxx":2}`))
	assert.Equal(t, []string{"/kxxx duplicate-key"}, faultsOf(t, err))
}

func TestLimits(t *testing.T) {
	t.Parallel()
	limits := epcis.Limits{Bytes: 2_000, Depth: 10, Events: 2, Faults: 3}

	// A body of 100 MB is refused after what the limit allows has been read.
	endless := &countingReader{r: zeros{}}
	_, err := epcis.Decode(endless, limits)
	assert.Equal(t, []string{" size"}, faultsOf(t, err))
	assert.Less(t, endless.n, int64(1<<17))

	doc := func(events ...string) []byte {
		return []byte(`{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"EPCISDocument","schemaVersion":"2.0",` +
			`"creationDate":"2026-07-22T06:45:00Z","epcisBody":{"eventList":[` + strings.Join(events, ",") + `]}}`)
	}
	_, err = epcis.ParseLimits(doc("{}", "{}", "{}"), limits)
	assert.Equal(t, []string{"/epcisBody/eventList events"}, faultsOf(t, err))

	_, err = epcis.ParseLimits(doc("1", "{}"), limits)
	var invalid *epcis.Invalid
	require.ErrorAs(t, err, &invalid)
	assert.Len(t, invalid.Faults, 3)
	assert.True(t, invalid.Truncated)
	assert.Contains(t, err.Error(), "3 faults")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func TestPayload(t *testing.T) {
	t.Parallel()
	for name, bodies := range map[string][][]byte{
		"none":   nil,
		"one":    {[]byte(`{"a":1}`)},
		"braces": {[]byte(`{"a":"]},{["}`), []byte(`{"b":[1,{"c":"\\\""}]}`)},
		"many":   slicesOf(`{"type":"ObjectEvent"}`, 1_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := epcis.EncodePayload(bodies)
			require.NoError(t, err)
			assert.Equal(t, []byte{1, 0, 0, 0, 0}, p[:5])
			got, err := epcis.DecodePayload(p)
			require.NoError(t, err)
			assert.Equal(t, bodies, got)
		})
	}
	_, err := epcis.EncodePayload([][]byte{make([]byte, epcis.MaxPayload)})
	assert.Error(t, err)
}

func slicesOf(s string, n int) (out [][]byte) {
	for range n {
		out = append(out, []byte(s))
	}
	return out
}

func TestHostilePayload(t *testing.T) {
	t.Parallel()
	frame := func(array []byte) []byte {
		e, err := zstd.NewWriter(nil, zstd.WithWindowSize(zstd.MaxWindowSize))
		require.NoError(t, err)
		return e.EncodeAll(array, []byte{1, 0, 0, 0, 0})
	}
	bomb := frame(bytes.Repeat([]byte(" "), 64<<20))
	require.Less(t, len(bomb), 64<<10)
	for name, p := range map[string][]byte{
		"nothing":            {},
		"short":              {1, 0, 0},
		"other version":      append([]byte{2, 0, 0, 0, 0}, frame([]byte("[]"))[5:]...),
		"unknown dictionary": append([]byte{1, 0, 0, 0, 9}, frame([]byte("[]"))[5:]...),
		"no frame":           {1, 0, 0, 0, 0, 'x', 'y'},
		"bomb":               bomb,
		"no array":           frame([]byte(`{"a":1}`)),
		"cut array":          frame([]byte(`[{"a":1},`)),
		"white space":        frame([]byte(`[{"a":1}, {"b":1}]`)),
		"more behind it":     frame([]byte(`[{"a":1}][]`)),
		"deep":               frame([]byte(strings.Repeat("[", 10_000))),
		"not UTF-8":          frame([]byte("[\"\xff\"]")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := epcis.DecodePayload(p)
			assert.Error(t, err)
		})
	}
}
