package verify_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

// fingerprintVector is a trust file, changed or not, and what two people must read to each other.
type fingerprintVector struct {
	Name        string `json:"name"`
	Trust       string `json:"trust"`
	Patch       []op   `json:"trust_patch,omitempty"`
	Fingerprint string `json:"fingerprint"`
}

// TestFingerprints: a fingerprint changes with what says which network and validators are trusted, and with nothing else.
func TestFingerprints(t *testing.T) {
	replace := func(path string, value any) []op { return []op{{Op: "replace", Path: path, Value: value}} }
	const address, word = "0x1122334455667788990011223344556677889900", "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	same := []fingerprintVector{
		{Name: "as the network gives it"},
		{Name: "later", Patch: replace("/height", "4000")},
		{Name: "with a header seen", Patch: []op{{Op: "add", Path: "/latest", Value: map[string]any{"height": "7", "hash": word}}}},
		{Name: "with a pin", Patch: []op{{Op: "add", Path: "/pin", Value: map[string]any{"number": "7", "hash": word}}}},
	}
	other := []fingerprintVector{
		{Name: "another chain", Patch: replace("/chain_id", "1")},
		{Name: "the largest chain id", Patch: replace("/chain_id", "18446744073709551615")},
		{Name: "another genesis", Patch: replace("/genesis_hash", word)},
		{Name: "other heads", Patch: replace("/contracts/heads", address)},
		{Name: "another register", Patch: replace("/contracts/parties", address)},
		{Name: "another trace log", Patch: replace("/contracts/trace_log", address)},
		{Name: "other code of heads", Patch: replace("/heads_code_hash", word)},
		{Name: "other slots of heads", Patch: replace("/slots/head", 5)},
		{Name: "other slots of checkpoints", Patch: replace("/slots/checkpoint", 0)},
		{Name: "a validator's key", Patch: replace("/validators/0/public_key", word)},
		{Name: "a validator's power", Patch: replace("/validators/0/power", "300")},
		{Name: "validators in another order", Patch: []op{{Op: "move", From: "/validators/0", Path: "/validators/1"}}},
		{Name: "a validator fewer", Patch: []op{{Op: "remove", Path: "/validators/3"}}},
	}
	list := append(same, other...)
	for i := range list {
		v := &list[i]
		v.Trust = "trust.json"
		file, err := patched(vectorFile(t, v.Trust), v.Patch)
		require.NoError(t, err, v.Name)
		trust, err := verify.ParseTrust(file)
		require.NoError(t, err, v.Name)
		v.Fingerprint = trust.Fingerprint()
		for j := range i {
			assert.Equal(t, i < len(same), v.Fingerprint == list[j].Fingerprint, "%s and %s", v.Name, list[j].Name)
		}
	}
	got, err := json.MarshalIndent(map[string]any{"vectors": list}, "", " ")
	require.NoError(t, err)
	path := filepath.Join("..", "testdata", "vectors", "proof", "fingerprints.json")
	if *update {
		require.NoError(t, os.WriteFile(path, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got)+"\n", "run with -update and look at the change")
}
