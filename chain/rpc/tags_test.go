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

func TestSpan(t *testing.T) {
	for in, want := range map[string]uint64{
		`{}`: 1, `{"fromBlock":"0x0"}`: 101, `{"fromBlock":"earliest","toBlock":"latest"}`: 101, `{"fromBlock":"0x5","toBlock":"0x9"}`: 5,
		`{"fromBlock":"0x9","toBlock":"0x5"}`: 0, `{"fromBlock":"0x0","toBlock":"0xffffff"}`: 101, `{"toBlock":"safe"}`: 1,
		`{"blockHash":"0x0000000000000000000000000000000000000000000000000000000000000001"}`: 0, `[]`: 0, `{"fromBlock":"x"}`: 0,
	} {
		raw := json.RawMessage(in)
		assert.Equal(t, want, span(&raw, 100), in)
	}
}

func TestKnownHost(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1:8080": true, "[::1]:8080": true, "localhost": true, "a.localhost:1": true, "": true,
		"node.example": true, "NODE.example:80": true, "evil.example": false, "127.0.0.1.evil.example": false, "localhost.evil.example:1": false,
	} {
		assert.Equal(t, want, KnownHost(host, []string{"node.example"}), host)
	}
	assert.True(t, KnownHost("any.example", []string{"*"}))
}

func FuzzTags(f *testing.F) {
	for _, s := range []string{`"safe"`, `{"blockNumber":"pending"}`, `{"fromBlock":{}}`, `[]`, ``, `{"blockNumber":`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw := json.RawMessage(s)
		pays(&raw)
		if n := span(&raw, 100); n > 101 {
			t.Fatalf("%q spans %d blocks", s, n)
		}
		valid := json.Valid(raw)
		if out := tag(&raw); valid && !json.Valid(*out) {
			t.Fatalf("%q became %q", s, *out)
		}
		if out := rangeTags(&raw); valid && !json.Valid(*out) {
			t.Fatalf("%q became %q", s, *out)
		}
	})
}
