package proof_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/proof"
)

// TestPack unpacks with another library what was packed, and holds it to the weight of gzip's default.
func TestPack(t *testing.T) {
	const vectors = "../../testdata/vectors/proof/"
	proofs := []string{"bottle.json", "handbag.json", "lot.json", "pallet.json", "class.json", "party.json", "block.json"}
	files := map[string][]byte{
		"empty":                  nil,
		"no proof":               []byte("nothing of the kind"),
		"nodes only begun":       []byte(`{"nodes":["0x00`),
		"no nodes":               []byte(`{"nodes":[],"objects":[]}`),
		"nodes said in a string": []byte(`{"subject":{"id":"\"nodes\":["},"nodes":["0x00"],"objects":[]}`),
		"long":                   []byte(`{"nodes":["` + strings.Repeat("0123456789abcdef", 200_000) + `"],"objects":[]}`),
	}
	for _, name := range proofs {
		var err error
		files[name], err = os.ReadFile(vectors + name)
		require.NoError(t, err)
	}
	// A proof of a larger ledger: a hundred nodes of 16 hashes.
	files["grown"] = files["lot.json"]
	for i := range 100 {
		node := []byte(`"nodes":["0x`)
		for j := range 16 {
			node = hex.AppendEncode(node, crypto.Keccak256([]byte{byte(i), byte(j)}))
		}
		files["grown"] = bytes.Replace(files["grown"], []byte(`"nodes":[`), append(node, `",`...), 1)
	}
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			packed, err := proof.Pack(file)
			require.NoError(t, err)
			z, err := gzip.NewReader(bytes.NewReader(packed))
			require.NoError(t, err)
			got, err := io.ReadAll(z)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(file, got), "%d bytes became %d", len(file), len(got))
			switch usual := gzipped(t, file); {
			case slices.Contains(proofs, name): // of a demo: few nodes
				assert.Less(t, len(packed), usual*108/100)
			case name == "grown":
				assert.Less(t, len(packed), usual)
			}
		})
	}
}

// gzipped is the size of a file as gzip's default packs it.
func gzipped(t testing.TB, file []byte) int {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(file)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Len()
}
