package epcis_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

func stub(t testing.TB) epcis.Stub {
	t.Helper()
	fields, err := format.Seal([]byte(`{"a":1,"b":2,"c":3}`), rand.Reader)
	require.NoError(t, err)
	s, err := epcis.NewStub(epcis.PolicyChain, fields)
	require.NoError(t, err)
	root, err := format.SealedRoot(fields)
	require.NoError(t, err)
	require.Equal(t, format.Commitment(format.Sealed, root), s.Commitment())
	return s
}

func TestStub(t *testing.T) {
	t.Parallel()
	s := stub(t)
	back, err := epcis.ParseStub(s.Body())
	require.NoError(t, err)
	assert.Equal(t, s, back)
	s.Of = format.Keccak([]byte("original"))
	back, err = epcis.ParseStub(s.Body())
	require.NoError(t, err)
	assert.Equal(t, s, back)
	text := string(s.Body())
	for name, bad := range map[string]string{
		"public":         strings.Replace(text, "chain", "public", 1),
		"unknown field":  strings.Replace(text, `"suyuan`, `"more":1,"suyuan`, 1),
		"space":          strings.Replace(text, ":", ": ", 1),
		"no count":       strings.Replace(text, `"count":3,`, "", 1),
		"count of zero":  strings.Replace(text, `"count":3`, `"count":0`, 1),
		"count too high": strings.Replace(text, `"count":3`, `"count":100000`, 1),
		"leading zero":   strings.Replace(text, `"count":3`, `"count":03`, 1),
		"short top":      strings.Replace(text, `"top":"0x`, `"top":"0`, 1),
		"cut off":        text[:len(text)-1],
		"empty":          "",
	} {
		_, err := epcis.ParseStub([]byte(bad))
		assert.Error(t, err, name)
	}
}

func TestDisclosing(t *testing.T) {
	t.Parallel()
	show := epcis.Disclosing([]string{"/type", "/sensorElementList", "/eventID", "/a~1b"})
	for pointer, want := range map[string]bool{"/type": true, "/types": false, "/sensorElementList/0/type": true, "/eventID": false,
		"/a~1b": true, "/a": false} {
		assert.Equal(t, want, show(pointer), pointer)
	}
	require.NoError(t, epcis.CheckDisclosed(epcis.DefaultDisclosed))
	for _, bad := range []string{"type", "/eventID", "/a~2", ""} {
		assert.Error(t, epcis.CheckDisclosed([]string{bad}), bad)
	}
}

func FuzzParseStub(f *testing.F) {
	f.Add(stub(f).Body())
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := epcis.ParseStub(body)
		if err == nil {
			require.Equal(t, string(body), string(s.Body()))
		}
	})
}
