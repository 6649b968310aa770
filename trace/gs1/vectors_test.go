package gs1_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

var update = flag.Bool("update", false, "write testdata/vectors/identifiers.json from the code")

// TestIdentifierVectors pins which object on the ledger an identifier names: that can't change once a
// chain exists. licence is the registered company prefix or namespace where the kind needs one.
func TestIdentifierVectors(t *testing.T) {
	const path = "../../testdata/vectors/identifiers.json"
	type vector struct {
		Name    string `json:"name"`
		Licence string `json:"licence"`
		Kind    uint8  `json:"kind"`
		Primary string `json:"primary"`
		Suffix  string `json:"suffix"`
		Key     string `json:"key"`
	}
	var out []vector
	for _, c := range []struct{ name, licence string }{
		{"https://id.gs1.org/01/09506000134352/21/ABC123", ""},
		{"https://id.gs1.org/01/09506000134352/10/L-2026%2F11", ""},
		{"https://id.gs1.org/01/09506000134352", ""},
		{"https://id.gs1.org/01/09506000134352/235/AB12", ""},
		{"https://id.gs1.org/00/395060001343520018", ""},
		{"https://id.gs1.org/8003/09506000134352CRATE7", ""},
		{"https://id.gs1.org/8004/9506000ASSET-1", "9506000"},
		{"https://id.gs1.org/8004/9506000ASSET-1", ""},
		{"https://id.gs1.org/8010/9506000PART%2F1", "9506000"},
		{"https://id.gs1.org/8010/9506000PART%2F1/8011/77", "9506000"},
		{"https://id.gs1.org/253/9506000134352DOC1", ""},
		{"https://id.gs1.org/255/9506000134352881", ""},
		{"https://id.gs1.org/8018/950600013435299996", ""},
		{"https://id.gs1.org/401/9506000shipment", ""},
		{"https://id.gs1.org/402/95060001343520000", ""},
		{"https://id.gs1.org/8006/095060001343520102/21/999", ""},
		{"https://example.org/id/köln/溯源", "https://example.org/id/"},
		{"https://example.org/id/köln/溯源", ""},
		{"urn:uuid:2f1e5c3e-1111-4222-8333-123456789abc", ""},
	} {
		id, err := gs1.Parse(c.name)
		require.NoError(t, err, c.name)
		o, err := id.Object(c.licence)
		require.NoError(t, err, c.name)
		key := o.Key()
		hx := func(b [32]byte) string { return "0x" + hex.EncodeToString(b[:]) }
		out = append(out, vector{c.name, c.licence, uint8(o.Kind), hx(o.Primary), hx(o.Suffix), hx(key)})
	}
	got, err := json.MarshalIndent(out, "", "  ")
	require.NoError(t, err)
	got = append(got, '\n')
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}
