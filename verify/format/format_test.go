package format_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

var update = flag.Bool("update", false, "write testdata/vectors from the code")

const vectors = "../../testdata/vectors"

func hx(b []byte) string         { return "0x" + hex.EncodeToString(b) }
func h32(h format.Hash) string   { return hx(h[:]) }
func word(s string) format.Hash  { return format.Keccak([]byte(s)) }
func addr(s string) (a [20]byte) { w := word(s); copy(a[:], w[12:]); return a }

// golden compares v with testdata/vectors/name.json, or writes the file with -update.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	got = append(got, '\n')
	path := filepath.Join(vectors, name+".json")
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

type objectVector struct {
	Name      string `json:"name"`
	Kind      uint8  `json:"kind"`
	Primary   string `json:"primary"`
	Suffix    string `json:"suffix"`
	Key       string `json:"key"`
	TrunkLane string `json:"trunk_lane"`
	Notice    string `json:"notice_lane"`
	Notes     string `json:"notes_lane"`
}

func objects(t *testing.T) map[string]format.Object {
	t.Helper()
	must := func(k format.Kind, primary, rest string) format.Object {
		o, err := format.NewObject(k, primary, rest)
		require.NoError(t, err)
		return o
	}
	party, key := addr("party"), addr("key")
	return map[string]format.Object{
		"01 instance": must(format.KindInstance, "09506000134352", "ABC123"),
		"02 lot":      must(format.KindLot, "09506000134352", "L-2026/11"),
		"03 class":    must(format.KindClass, "09506000134352", ""),
		"04 sscc":     must(format.KindSSCC, "395060001343520001", ""),
		"05 grai":     must(format.KindGRAI, "09506000134352", "crate 7"),
		"06 giai":     must(format.KindGIAI, "9506000", "ASSET-1"),
		"07 uri":      format.URIObject("https://example.org/id/", "köln/溯源"),
		"08 prefix":   must(format.KindPrefix, "9506000", ""),
		"09 party":    format.PartyObject(party),
		"10 key":      format.KeyObject(party, key),
		"11 member":   format.MemberObject(party, 7, key),
		"12 declared": format.MasterDataObject(party),
		"13 blinded":  format.Blind(must(format.KindInstance, "09506000134352", "ABC123").Key(), word("secret")),
	}
}

func TestObjectVectors(t *testing.T) {
	var out []objectVector
	all := objects(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		o := all[name]
		k := o.Key()
		out = append(out, objectVector{name[3:], uint8(o.Kind), h32(o.Primary), h32(o.Suffix), h32(k),
			h32(format.LaneKey(format.Trunk, k)), h32(format.LaneKey(format.Notice, k)), h32(format.LaneKey(format.Notes, k))})
	}
	golden(t, "objects", map[string]any{"count": len(out), "vectors": out})
}

func TestDomainConstants(t *testing.T) {
	golden(t, "constants", map[string]string{
		"OBJECT_V1": h32(format.ObjectV1), "LANE_V1": h32(format.LaneV1), "LEAF_V1": h32(format.LeafV1),
		"HEAD_V1": h32(format.HeadV1), "COMMIT_V1": h32(format.CommitV1), "BLIND_V1": h32(format.BlindV1),
		"LIST_V1": h32(format.ListV1),
	})
}

type headVector struct {
	Kind       uint8  `json:"kind"`
	BlockTime  uint64 `json:"block_time"`
	Commitment string `json:"commitment"`
	Leaf       string `json:"leaf"`
	Word       string `json:"word"`
}

func TestHeadVectors(t *testing.T) {
	const chainID = 789826
	heads := addr("heads")
	party, key := addr("party"), addr("key")
	lane := format.LaneKey(format.Trunk, objects(t)["01 instance"].Key())
	var head format.Head
	var out []headVector
	for i := range uint64(130) {
		f := format.LeafFields{ChainID: chainID, Heads: heads, Party: party, Key: key,
			Kind: format.LeafKind(1 + i%11), BlockTime: 1_790_000_000 + i,
			Commitment: format.Commitment(format.Form(i%3), word(fmt.Sprint("root ", i)))}
		head = head.Append(lane, f.Hash())
		require.Equal(t, head, format.HeadFromWord(head.Word()))
		out = append(out, headVector{uint8(f.Kind), f.BlockTime, h32(f.Commitment), h32(f.Hash()), h32(head.Word())})
	}
	require.EqualValues(t, 130, head.Count)
	golden(t, "heads", map[string]any{"chain_id": chainID, "heads": hx(heads[:]), "party": hx(party[:]), "key": hx(key[:]),
		"lane_key": h32(lane), "count": len(out), "vectors": out})
}

func TestCommitmentVectors(t *testing.T) {
	var out []map[string]any
	for form := range 5 {
		root := word(fmt.Sprint("root ", form))
		out = append(out, map[string]any{"form": form, "root": h32(root), "commitment": h32(format.Commitment(format.Form(form), root))})
	}
	var lists, sealed []map[string]any
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 257} {
		var keys []format.Hash
		var fields []format.SealedField
		for i := range n {
			keys = append(keys, word(fmt.Sprint("object ", i)))
			fields = append(fields, format.SealedField{Salt: word(fmt.Sprint("salt ", i)), Pointer: fmt.Sprintf("/f%04d", i), Value: []byte(fmt.Sprintf("%q", fmt.Sprint("value ", i)))})
		}
		root, err := format.ListRoot(word("list salt"), keys)
		require.NoError(t, err)
		lists = append(lists, map[string]any{"count": n, "salt": h32(word("list salt")), "root": h32(root)})
		root, err = format.SealedRoot(fields)
		require.NoError(t, err)
		sealed = append(sealed, map[string]any{"count": n, "root": h32(root)})
	}
	next := []format.Address{{1}, {19: 2}, {3, 4}}
	var handOvers []map[string]any
	for n := range 4 {
		c := word(fmt.Sprint("handed over to ", n))
		list := []string{}
		for _, a := range next[:n] {
			list = append(list, hx(a[:]))
		}
		handOvers = append(handOvers, map[string]any{"commitment": h32(c), "next": list, "committed": h32(format.HandedOver(c, next[:n]))})
	}
	golden(t, "commitments", map[string]any{"count": len(out), "vectors": out, "lists": lists, "sealed": sealed, "hand_overs": handOvers})
}

func TestListRefuses(t *testing.T) {
	_, err := format.ListRoot(format.Hash{}, nil)
	assert.ErrorContains(t, err, "no objects")
	_, err = format.ListRoot(format.Hash{}, []format.Hash{word("a"), word("a")})
	assert.ErrorContains(t, err, "twice")
	_, err = format.SealedRoot([]format.SealedField{{Pointer: "/b"}, {Pointer: "/a"}})
	assert.ErrorContains(t, err, "after")
}

// TestMountains holds the incremental range against one built from scratch by definition.
func TestMountains(t *testing.T) {
	var m format.Mountains
	var leaves []format.Hash
	var roots []map[string]any
	for i := range int64(100) {
		leaf := format.MountainLeaf(i*3, word(fmt.Sprint("block ", i)))
		leaves = append(leaves, leaf)
		var created []format.Hash
		m, created = m.Append(leaf)
		require.Equal(t, leaf, created[0])
		require.Equal(t, rootByDefinition(leaves), m.Root(), "after %d leaves", i+1)
		if i < 9 || i == 99 {
			roots = append(roots, map[string]any{"leaves": i + 1, "root": h32(m.Root())})
		}
	}
	golden(t, "mountains", map[string]any{"leaf_rule": "height = 3*i, hash = keccak256('block ' + i)", "vectors": roots})
}

func rootByDefinition(leaves []format.Hash) format.Hash {
	perfect := func(l []format.Hash) format.Hash {
		for len(l) > 1 {
			var up []format.Hash
			for i := 0; i < len(l); i += 2 {
				up = append(up, format.MountainNode(l[i], l[i+1]))
			}
			l = up
		}
		return l[0]
	}
	var peaks []format.Hash
	rest := leaves
	for size := 1 << 20; size > 0; size >>= 1 {
		if len(leaves)&size != 0 {
			peaks = append(peaks, perfect(rest[:size]))
			rest = rest[size:]
		}
	}
	bag := peaks[len(peaks)-1]
	for i := len(peaks) - 2; i >= 0; i-- {
		bag = format.MountainNode(peaks[i], bag)
	}
	count := make([]byte, 8)
	count[7] = byte(len(leaves))
	return format.Keccak([]byte{2}, count, bag[:])
}

func TestExtra(t *testing.T) {
	for _, h := range []int64{0, 1, 1 << 40} {
		got, err := format.ParseExtra(format.Extra(h))
		require.NoError(t, err)
		assert.Equal(t, h, got)
	}
	for _, bad := range []string{"", "00", strings.Repeat("f", 16), strings.Repeat("0", 18)} {
		b, err := hex.DecodeString(bad)
		require.NoError(t, err)
		_, err = format.ParseExtra(b)
		assert.Error(t, err, bad)
	}
}
