package verify_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

// nameVector is an identifier as bodies and links have it, and its name; "" if it has none.
type nameVector struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// itself are identifiers that are their own names.
func itself(ids ...string) (list []nameVector) {
	for _, id := range ids {
		list = append(list, nameVector{id, id})
	}
	return list
}

// nameless are identifiers without name.
func nameless(ids ...string) (list []nameVector) {
	for _, id := range ids {
		list = append(list, nameVector{id, ""})
	}
	return list
}

// TestNames holds the names of identifiers to a list that other verifiers are held to as well.
func TestNames(t *testing.T) {
	list := []nameVector{
		{"urn:epc:id:sgtin:9521141.001234.B1", "01/09521141012345/21/B1"},
		{"urn:epc:id:sgtin:9521141.301234.B1", "01/39521141012346/21/B1"},
		{"urn:epc:id:sgtin:952114101234.0.B1", "01/09521141012345/21/B1"},
		{"urn:epc:id:sgtin:9521141.001234.B.1.", "01/09521141012345/21/B.1."},
		{"urn:epc:id:sgtin:9521141.001234.a%2Fb%25", "01/09521141012345/21/a/b%"},
		{"urn:epc:id:sgtin:9521141.001234.%E6%BA%AF", "01/09521141012345/21/溯"},
		{"urn:epc:id:sgtin:9521141.001234.50%", "01/09521141012345/21/50%"},
		{"urn:epc:id:sgtin:9521141.001234.%41%4", "01/09521141012345/21/%41%4"},
		{"urn:epc:id:sgtin:9521141.001234.%41%FF", "01/09521141012345/21/%41%FF"},
		{"urn:epc:id:sgtin:9521141.001234.%ED%A0%80", "01/09521141012345/21/%ED%A0%80"},
		{"urn:epc:id:sgtin:9521141.001234.a+b?c#d", "01/09521141012345/21/a+b?c#d"},
		{"urn:epc:id:sgtin:9521141.001234.*", "01/09521141012345/21/*"},
		{"urn:epc:id:sgtin:9521141.001234.b1", "01/09521141012345/21/b1"},
		{"URN:EPC:id:sgtin:9521141.001234.b1", "01/09521141012345/21/b1"},
		{"urn:epc:class:lgtin:9521141.001234.L1", "01/09521141012345/10/L1"},
		{"urn:epc:class:lgtin:9521141.001234.L%2F1", "01/09521141012345/10/L/1"},
		{"urn:epc:idpat:sgtin:9521141.001234.*", "01/09521141012345"},
		{"urn:epc:id:sscc:9521141.3000000001", "00/395211410000000015"},
		{"urn:epc:id:sscc:952114100000.30001", "00/395211410000000015"},
		{"urn:epc:id:grai:9521141.00001.A1", "8003/09521141000014A1"},
		{"urn:epc:id:grai:952114100001..A1", ""},
		{"urn:epc:id:grai:9521141.00001.A%2F1.2", "8003/09521141000014A/1.2"},
		{"urn:epc:id:giai:9521141.PALLET7", "8004/9521141PALLET7"},
		{"urn:epc:id:giai:9521141.PALLET.7%2F1", "8004/9521141PALLET.7/1"},

		{"https://id.gs1.org/01/09521141012345", "01/09521141012345"},
		{"https://id.gs1.org/01/9521141012345", "01/09521141012345"},
		{"https://id.gs1.org/01/95211410", "01/00000095211410"},
		{"https://id.gs1.org/01/09521141012345/", "01/09521141012345"},
		{"https://id.gs1.org/01/09521141012349", "01/09521141012349"},
		{"https://id.gs1.org/01/09521141012345/21/B1", "01/09521141012345/21/B1"},
		{"https://id.gs1.org/01/09521141012345/10/L1", "01/09521141012345/10/L1"},
		{"https://id.gs1.org/01/09521141012345/10/L1/21/B1", "01/09521141012345/21/B1"},
		{"https://id.gs1.org/01/09521141012345/21/B1/10/L1", "01/09521141012345/21/B1"},
		{"https://id.gs1.org/01/09521141012345/22/2A/21/B1", "01/09521141012345/21/B1"},
		{"https://id.gs1.org/01/09521141012345/21/", "01/09521141012345"},
		{"https://id.gs1.org/01/09521141012345/21//10/L1", "01/09521141012345/10/L1"},
		{"https://id.gs1.org/01/09521141012345/21", "01/09521141012345"},
		{"https://id.gs1.org/01/09521141012345/10/L1/21", "01/09521141012345/10/L1"},
		{"https://id.gs1.org/01/09521141012345/21/B1/21/B2", "01/09521141012345/21/B2"},
		{"https://id.gs1.org/01/09521141012345/21/B1/21/", "01/09521141012345"},
		{"https://id.gs1.org/01/09521141012345/10/L1/10/L2", "01/09521141012345/10/L2"},
		{"https://id.gs1.org/01/09521141012345/x/21/B1", "01/09521141012345"},
		{"https://id.gs1.org/01/09521141012345/%32%31/B1", "01/09521141012345"},
		{"https://id.gs1.org/01/09521141012345/21/a%2Fb", "01/09521141012345/21/a/b"},
		{"https://id.gs1.org/01/09521141012345/21/a%2fb", "01/09521141012345/21/a/b"},
		{"https://id.gs1.org/01/09521141012345/21/50%", "01/09521141012345/21/50%"},
		{"https://id.gs1.org/01/09521141012345/21/%41%ZZ", "01/09521141012345/21/%41%ZZ"},
		{"https://id.gs1.org/01/09521141012345/21/%C0%AF", "01/09521141012345/21/%C0%AF"},
		{"https://id.gs1.org/01/09521141012345/21/a+b", "01/09521141012345/21/a+b"},
		{"https://id.gs1.org/01/09521141012345/21/%E6%BA%AF", "01/09521141012345/21/溯"},
		{"https://id.gs1.org/01/09521141012345/21/溯", "01/09521141012345/21/溯"},
		{"https://id.gs1.org/01/09521141012345/21/B1?17=270101", "01/09521141012345/21/B1"},
		{"https://id.gs1.org/01/09521141012345/21/B1#top", "01/09521141012345/21/B1"},
		{"https://id.gs1.org/01/09521141012345?21=B1", "01/09521141012345"},
		{"https://id.gs1.org/01/09521141012345/21/B1%3F", "01/09521141012345/21/B1?"},
		{"https://id.gs1.org/01/0952%3114101234", "01/00952114101234"},
		{"https://id.gs1.org/01/09521141012345/235/X1", ""},
		{"https://id.gs1.org/01/09521141012345/21/B1/235/X1", ""},
		{"https://id.gs1.org/01/09521141012345/235/", "01/09521141012345"},
		{"HTTPS://ID.GS1.ORG/01/09521141012345/21/b1", "01/09521141012345/21/b1"},
		{"http://brand.example:8080/p/q/01/09521141012345/21/B1", "01/09521141012345/21/B1"},
		{"https://user:secret@brand.example/01/09521141012345", "01/09521141012345"},
		{"https://brand.example/00/01/09521141012345/21/B1", "01/09521141012345/21/B1"},
		{"https://brand.example/01/abc/00/395211410000000011", "00/395211410000000011"},
		{"https://brand.example//01/09521141012345", "01/09521141012345"},
		{"https:///01/09521141012345", "01/09521141012345"},
		{"https://01/09521141012345/00/395211410000000011", "00/395211410000000011"},
		{"https://id.gs1.org/00/395211410000000011", "00/395211410000000011"},
		{"https://id.gs1.org/00/395211410000000011/21/x", "00/395211410000000011"},
		{"https://id.gs1.org/8003/09521141000016A1", "8003/09521141000016A1"},
		{"https://id.gs1.org/8004/9521141PALLET7", "8004/9521141PALLET7"},
		{"https://id.gs1.org/8004/9521141a%2Fb", "8004/9521141a/b"},
		{"https://id.gs1.org/253/9521141000013C1", "253/9521141000013C1"},
		{"https://id.gs1.org/01/9521abc", "01/00000009521abc"},
	}
	list = append(list, itself("https://brand.example/", "https://brand.example/thing/1?x#y", "https://id.gs1.org/414/9521141000013", "https://id.gs1.org/01/952",
		"https://id.gs1.org/01/abcd", "https://id.gs1.org/1/09521141012345", "https://id.gs1.org/x?/01/09521141012345", "https://id.gs1.org/%30%31/09521141012345",
		"https://01/09521141012345", "ftp://id.gs1.org/01/09521141012345", "https:/id.gs1.org/01/09521141012345", "urn:uuid:0c1bcbd0-0000-4000-8000-000000000001",
		"urn:epcglobal:cbv:bizstep:shipping", "did:example:1", ":", "a:b", "Brand: 1", "01/09521141012345/21/a:b")...)
	list = append(list, nameless("", "B1", "01/09521141012345/21/B1", "//id.gs1.org/01/09521141012345", "urn:epc:", "urn:epc:id:sgtin:9521141.001234", "urn:epc:id:sgtin:9521141.001234.",
		"urn:epc:id:sgtin:9521141.01234.B1", "urn:epc:id:sgtin:9521141.0012345.B1", "urn:epc:id:sgtin:952114x.001234.B1", "urn:epc:id:sgtin:.9521141001234.B1",
		"urn:epc:id:sgtin:9521141001234..B1", "urn:epc:id:sgtin:952114１.001234.B1", "urn:epc:class:lgtin:9521141.001234.", "urn:epc:idpat:sgtin:9521141.001234.B1",
		"urn:epc:idpat:sgtin:9521141.*.*", "urn:epc:idpat:lgtin:9521141.001234.*", "urn:epc:id:sscc:9521141.300000001", "urn:epc:id:sscc:9521141.30000000011",
		"urn:epc:id:grai:9521141.0001.A1", "urn:epc:id:giai:.PALLET7", "urn:epc:id:giai:952114x.PALLET7", "urn:epc:id:sgln:9521141.00001.0", "urn:epc:id:gdti:9521141.00001.C1",
		"urn:epc:tag:sgtin-96:1.9521141.001234.1", "URN:epc:id:other:1")...)
	seen := map[string]bool{}
	for _, v := range list {
		assert.Equal(t, v.Name, verify.Name(v.ID), "the name of %q", v.ID)
		assert.False(t, seen[v.ID], "%q stands twice", v.ID)
		seen[v.ID] = true
	}
	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	require.NoError(t, enc.Encode(map[string]any{"vectors": list}))
	path := filepath.Join("..", "testdata", "vectors", "proof", "names.json")
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String(), "run with -update and look at the change")
}
