package verify_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

// usual is what encoding/json writes. It escapes <, > and & in lists, for HTML.
func usual(t testing.TB, p *verify.Proof) string {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	require.NoError(t, enc.Encode(p))
	return out.String()
}

// TestEncode writes proofs with every field of the format, with none, and with lists that are there and empty, as
// encoding/json does.
func TestEncode(t *testing.T) {
	t.Parallel()
	assert.Equal(t, usual(t, &verify.Proof{}), string(new(verify.Proof).Encode()), "an empty one")
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test that can be repeated
	for range 200 {
		p := new(verify.Proof)
		fillAny(random, reflect.ValueOf(p).Elem())
		require.Equal(t, usual(t, p), string(p.Encode()))
	}
	text := func(s string) bool {
		p := &verify.Proof{Subject: verify.Subject{ID: &s}}
		return usual(t, p) == string(p.Encode())
	}
	require.NoError(t, quick.Check(text, nil))
	for _, s := range []string{"", "\x00\x1f\x7f\"\\/<>&'", "\b\f\n\r\t", "\u2028\u2029\ufffd", "\xff\xc0half\xe4\xb8", "溯源 🌿"} {
		assert.True(t, text(s), "%q", s)
	}
}

// FuzzEncodeText writes any text as encoding/json does.
func FuzzEncodeText(f *testing.F) {
	f.Add("\xff\u2028\"\\\x1f")
	f.Fuzz(func(t *testing.T, s string) {
		p := &verify.Proof{Kind: s}
		assert.Equal(t, usual(t, p), string(p.Encode()))
	})
}

// fillAny gives a value's fields anything: lists of none to two, pointers that are nil or not.
func fillAny(random *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString([]string{"", `a "quoted" text`, "溯源\n"}[random.IntN(3)])
	case reflect.Int:
		v.SetInt(random.Int64N(1 << 31))
	case reflect.Uint64, reflect.Uint8:
		v.SetUint(random.Uint64() >> (64 - v.Type().Bits()))
	case reflect.Pointer:
		if random.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fillAny(random, v.Elem())
		}
	case reflect.Slice:
		if random.IntN(4) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), random.IntN(3), 3))
		}
		for i := range v.Len() {
			fillAny(random, v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			fillAny(random, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fillAny(random, v.Field(i))
		}
	default:
		panic("no rule for " + v.Type().String())
	}
}
