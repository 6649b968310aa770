package format_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// salts is a source of salts that gives the same ones each time.
func salts(seed uint64) *rand.ChaCha8 {
	var s [32]byte
	copy(s[:], fmt.Sprint("salts ", seed))
	return rand.NewChaCha8(s)
}

func seal(t testing.TB, body string) []format.SealedField {
	t.Helper()
	fields, err := format.Seal([]byte(body), salts(1))
	require.NoError(t, err)
	return fields
}

const sealedBody = `{"":"empty name","a/b":{"~":1,"é":"ü\n\u0001\"\\"},"action":"OBSERVE","empty":{"list":[],"object":{}},` +
	`"epcList":["e0","e1","e2","e3","e4","e5","e6","e7","e8","e9","e10"],"n":[1.0,-0,1E400,true,false,null],"type":"ObjectEvent"}`

func TestSealVectors(t *testing.T) {
	type shown struct {
		Keep   []string `json:"keep"`
		Fields []any    `json:"fields"`
		Hashes []string `json:"hashes"`
	}
	fields := seal(t, sealedBody)
	root, err := format.SealedRoot(fields)
	require.NoError(t, err)
	commitment := format.Commitment(format.Sealed, root)
	var all []any
	for _, f := range fields {
		all = append(all, map[string]string{"salt": h32(f.Salt), "pointer": f.Pointer, "value": string(f.Value), "leaf": h32(f.Leaf())})
	}
	var redacted []shown
	for _, keep := range [][]string{{}, {"/type"}, {"/"}, {"/a~1b/~0", "/epcList/10", "/epcList/2"}, {"/action", "/n/5", "/type"}} {
		r, err := format.Redact(fields, func(p string) bool { return slices.Contains(keep, p) })
		require.NoError(t, err)
		s := shown{Keep: keep, Fields: []any{}}
		for _, f := range r.Fields {
			s.Fields = append(s.Fields, map[string]any{"index": f.Index, "pointer": f.Pointer})
		}
		for _, h := range r.Hashes {
			s.Hashes = append(s.Hashes, h32(h))
		}
		redacted = append(redacted, s)
	}
	golden(t, "sealed", map[string]any{"body": sealedBody, "fields": all, "root": h32(root), "commitment": h32(commitment),
		"encoding": hx(format.EncodeSealed(fields)), "redacted": redacted})
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70)
	for name, body := range map[string]string{
		"nothing": ``, "a list": `["a"]`, "a scalar": `"a"`, "empty": `{}`, "white space": `{"a": 1}`, "line end": "{\"a\":1}\n",
		"names out of order": `{"b":1,"a":2}`, "name twice": `{"a":1,"a":2}`, "escape too many": `{"a":"\u0041"}`,
		"escaped solidus": `{"a":"\/"}`, "half of a surrogate pair": `{"a":"\ud800"}`, "name escaped too much": `{"\u0041":1}`,
		"object like a list": `{"a":{"0":1,"1":2}}`, "body like a list": `{"0":1}`, "U+0000 in a name": `{"a\u0000":1}`,
		"not UTF-8": "{\"a\":\"\xff\"}", "too deep": deep, "two values": `{"a":1}{"a":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := format.Seal([]byte(body), salts(1))
			require.ErrorIs(t, err, format.ErrSealed)
		})
	}
	_, err := format.Seal([]byte(`{"a":1,"b":2}`), bytes.NewReader(make([]byte, 40)))
	require.Error(t, err, "too little salt")
	for name, body := range map[string]string{"list with a hole": `{"a":{"0":1,"2":2}}`, "leading zero": `{"a":{"00":1}}`,
		"numbers and a name": `{"a":{"0":1,"x":2}}`, "U+0000 in a value": `{"a":"\u0000"}`} {
		assert.NotEmpty(t, seal(t, body), name)
	}
}

func TestUnsealRefuses(t *testing.T) {
	t.Parallel()
	field := func(pointer, value string) format.SealedField {
		return format.SealedField{Pointer: pointer, Value: []byte(value)}
	}
	for name, fields := range map[string][]format.SealedField{
		"none": {}, "empty pointer": {field("", "1")}, "no slash": {field("a", "1")}, "bad escape": {field("/a~2", "1")},
		"open escape": {field("/a~", "1")}, "not UTF-8": {field("/\xff", "1")}, "U+0000": {field("/a\x00", "1")},
		"value missing": {field("/a", "")}, "two values": {field("/a", "1,2")}, "value of an object": {field("/a", `{"b":1}`)},
		"space": {field("/a", " 1")}, "space behind": {field("/a", "1 ")}, "not JSON": {field("/a", "01")},
		"string not canonical": {field("/a", `"\u0041"`)}, "out of order": {field("/b", "1"), field("/a", "1")},
		"twice": {field("/a", "1"), field("/a", "1")}, "within a field": {field("/a", "1"), field("/a/b", "1")},
		"a list": {field("/0", "1"), field("/1", "1")}, "within an empty list": {field("/a", "[]"), field("/a/0", "1")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := format.Unseal(fields)
			require.ErrorIs(t, err, format.ErrSealed)
		})
	}
}

// randomBody makes the canonical body of a random value.
func randomBody(t testing.TB, r *rand.Rand) []byte {
	var value func(depth int) any
	names := []string{"", "0", "1", "2", "10", "a", "b", "~", "/", "a/b", "~1", "日本", "\n", `"`, "\u2028", "a b"}
	value = func(depth int) any {
		switch k := r.IntN(10); {
		case depth < 5 && k < 3:
			o := map[string]any{}
			for range r.IntN(5) {
				o[names[r.IntN(len(names))]] = value(depth + 1)
			}
			return o
		case depth < 5 && k < 6:
			l := []any{}
			for range r.IntN(13) {
				l = append(l, value(depth+1))
			}
			return l
		case k < 8:
			return names[r.IntN(len(names))]
		}
		return []any{nil, true, false, json.Number("1.50"), json.Number("-0"), json.Number("1e9"), json.Number("0")}[r.IntN(7)]
	}
	o := map[string]any{"type": "ObjectEvent"}
	for range r.IntN(6) {
		o[names[r.IntN(len(names))]] = value(0)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	require.NoError(t, e.Encode(o))
	// Go escapes U+2028; the canonical form doesn't.
	return bytes.ReplaceAll(bytes.TrimSpace(out.Bytes()), []byte(`\u2028`), []byte("\u2028"))
}

func TestSealIsUndone(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for i := range 800 {
		body := randomBody(t, r)
		fields, err := format.Seal(body, salts(uint64(i)))
		if err != nil {
			require.ErrorContains(t, err, "told from a list", "%s", body)
			refused++
			continue
		}
		back, err := format.Unseal(fields)
		require.NoError(t, err, "%s", body)
		require.Equal(t, string(body), string(back))
		decoded, err := format.DecodeSealed(format.EncodeSealed(fields))
		require.NoError(t, err)
		require.Equal(t, fields, decoded)
		redactedAgrees(t, fields, r)
	}
	assert.Less(t, refused, 400)
}

// redactedAgrees holds a random redaction, and changes of it, against the root of all fields.
func redactedAgrees(t *testing.T, fields []format.SealedField, r *rand.Rand) {
	t.Helper()
	root, err := format.SealedRoot(fields)
	require.NoError(t, err)
	of := r.IntN(4)
	red, err := format.Redact(fields, func(string) bool { return r.IntN(4) < of })
	require.NoError(t, err)
	got, err := red.Root()
	require.NoError(t, err)
	require.Equal(t, root, got)
	differs := func(what string, change func(*format.Redacted)) {
		t.Helper()
		c := format.Redacted{Count: red.Count, Fields: append([]format.DisclosedField(nil), red.Fields...),
			Hashes: append([]format.Hash(nil), red.Hashes...)}
		change(&c)
		got, err := c.Root()
		require.True(t, err != nil || got != root, what)
	}
	differs("more fields than there are", func(c *format.Redacted) { c.Count++ })
	differs("a hash too many", func(c *format.Redacted) { c.Hashes = append(c.Hashes, format.Hash{}) })
	if n := len(red.Hashes); n > 0 {
		differs("a hash left out", func(c *format.Redacted) { c.Hashes = c.Hashes[:n-1] })
		differs("a hash changed", func(c *format.Redacted) { c.Hashes[n-1][0]++ })
	}
	if n := len(red.Fields); n > 0 {
		i := r.IntN(n)
		differs("a salt changed", func(c *format.Redacted) { c.Fields[i].Salt[31]++ })
		differs("a value changed", func(c *format.Redacted) { c.Fields[i].Value = []byte("7") })
		differs("a pointer changed", func(c *format.Redacted) { c.Fields[i].Pointer += "x" })
		differs("a field left out", func(c *format.Redacted) { c.Fields = append(c.Fields[:i], c.Fields[i+1:]...) })
		differs("a place changed", func(c *format.Redacted) { c.Fields[i].Index++ })
	}
}

func FuzzDecodeSealed(f *testing.F) {
	f.Add(format.EncodeSealed(seal(f, sealedBody)))
	f.Add(format.EncodeSealed(seal(f, `{"a":1}`)))
	f.Add([]byte{1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		fields, err := format.DecodeSealed(data)
		if err != nil {
			return
		}
		require.Equal(t, data, format.EncodeSealed(fields))
		body, err := format.Unseal(fields)
		if err != nil {
			return
		}
		again, err := format.Seal(body, salts(1))
		require.NoError(t, err)
		require.Len(t, again, len(fields))
	})
}

func FuzzSeal(f *testing.F) {
	f.Add([]byte(sealedBody))
	f.Add([]byte(`{"a":[{"0":{}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, err := format.Seal(body, salts(1))
		if err != nil {
			return
		}
		back, err := format.Unseal(fields)
		require.NoError(t, err)
		require.Equal(t, body, back)
	})
}
