package verify_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

// FuzzVerify: no file makes the verifier panic, and none that differs in meaning from a good one passes as it.
func FuzzVerify(f *testing.F) {
	trust := readTrust(f, "trust.json")
	for _, name := range []string{"class.json", "party.json", "block.json", "ancestor.json"} {
		f.Add(vectorFile(f, name))
	}
	f.Add([]byte(`{"version":1}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, file []byte) {
		r := verify.Verify(file, trust, verify.Options{Now: time.Unix(1_800_000_000, 0)})
		if !r.OK() {
			assert.Nil(t, r.Facts)
			return
		}
		p, err := verify.Parse(file)
		require.NoError(t, err)
		again := p.Encode()
		assert.True(t, verify.Verify(again, trust, verify.Options{Now: time.Unix(1_800_000_000, 0)}).OK(), "written anew it passes too")
	})
}

// FuzzTrust: a trust file that is read can be written and read again.
func FuzzTrust(f *testing.F) {
	f.Add(vectorFile(f, "trust.json"))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		trust, err := verify.ParseTrust(file)
		if err != nil {
			return
		}
		require.Len(t, trust.Fingerprint(), 19)
		again, err := trust.Encode()
		require.NoError(t, err)
		other, err := verify.ParseTrust(again)
		require.NoError(t, err)
		assert.Equal(t, trust, other)
	})
}

// FuzzDecoders: RLP, headers, trie nodes, records of the register, events and names are bounded and don't panic.
func FuzzDecoders(f *testing.F) {
	p := readProof(f, "lot.json")
	f.Add([]byte(p.Block), "urn:epc:id:sgtin:952120200.0101.7QW4ZK9T2M")
	for _, n := range p.Nodes[:4] {
		f.Add([]byte(n), "https://id.gs1.org/01/09521202001011/10/L%201?17=1")
	}
	for _, l := range p.Leaves {
		if l.Record != nil {
			f.Add([]byte(l.Record.Data), "https://x/8004/95%")
		} else if l.Body != nil {
			f.Add([]byte(*l.Body), "urn:epc:id:grai:9521202.00101.A")
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, id string) {
		_ = verify.ParseRLP(data)
		_ = verify.ParseEVMHeader(data)
		verify.ReadRegister(data)
		root := verify.Keccak(data)
		_, _ = verify.TrieGet([]verify.Hex{data}, root, [32]byte{})
		_, _ = verify.ReadEvent(string(data))
		name := verify.Name(id)
		if name != "" && verify.Name(name) == "" {
			require.NotContains(t, name, ":")
		}
		_ = verify.Candidates(name)
	})
}

// TestSchema holds the JSON schema against real proofs, and against changes of them that only break the format.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "docs", "reference", "proof.schema.json"))
	require.NoError(t, err)
	check := func(file []byte) error {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(file))
		require.NoError(t, err)
		return schema.Validate(v)
	}
	for _, name := range []string{"bottle.json", "lot.json", "handbag.json", "party.json", "block.json", "ancestor.json"} {
		require.NoError(t, check(vectorFile(t, name)), name)
	}
	var tampered struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(vectorFile(t, "tampered.json"), &tampered))
	agree := 0
	for _, v := range tampered.Vectors {
		file, err := patched(vectorFile(t, v.File), v.Patch)
		require.NoError(t, err)
		if err := check(file); err != nil {
			assert.Equal(t, verify.StepFormat, v.Step, "%s: %v", v.Name, err)
			agree++
		}
	}
	assert.Greater(t, agree, 300)
}
