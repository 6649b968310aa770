package rpc

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTags(t *testing.T) {
	for in, want := range map[string]string{
		`"finalized"`:            `"latest"`,
		` "safe" `:               `"latest"`,
		`"pending"`:              `"latest"`,
		`"latest"`:               `"latest"`,
		`"earliest"`:             `"earliest"`,
		`"0x1"`:                  `"0x1"`,
		`{"blockNumber":"safe"}`: `{"blockNumber":"latest"}`,
		`{"blockHash":"0x1","requireCanonical":true}`: `{"blockHash":"0x1","requireCanonical":true}`,
		`17`:   `17`,
		`{`:    `{`,
		`[1]`:  `[1]`,
		`null`: `null`,
	} {
		raw := json.RawMessage(in)
		assert.Equal(t, want, string(*tag(&raw)), in)
	}
	assert.Nil(t, tag(nil))
	query := json.RawMessage(`{"fromBlock":"safe","toBlock":"pending","address":"0x1"}`)
	assert.JSONEq(t, `{"fromBlock":"latest","toBlock":"latest","address":"0x1"}`, string(*rangeTags(&query)))
}

func TestKnownHost(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1:8080": true, "[::1]:8080": true, "localhost": true, "a.localhost:1": true, "": true,
		"node.example": true, "NODE.example:80": true, "evil.example": false, "127.0.0.1.evil.example": false, "localhost.evil.example:1": false,
	} {
		assert.Equal(t, want, knownHost(host, []string{"node.example"}), host)
	}
	assert.True(t, knownHost("any.example", []string{"*"}))
}

func FuzzTags(f *testing.F) {
	for _, s := range []string{`"safe"`, `{"blockNumber":"pending"}`, `{"fromBlock":{}}`, `[]`, ``, `{"blockNumber":`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw := json.RawMessage(s)
		valid := json.Valid(raw)
		if out := tag(&raw); valid && !json.Valid(*out) {
			t.Fatalf("%q became %q", s, *out)
		}
		if out := rangeTags(&raw); valid && !json.Valid(*out) {
			t.Fatalf("%q became %q", s, *out)
		}
	})
}
