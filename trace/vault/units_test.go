package vault

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault/search"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// bottling is the n-th making of bottles, in minute n of a day, of a lot that it names in its master data.
func bottling(t testing.TB, n int, lot string) Record {
	t.Helper()
	return recordOf(t, n, "TransformationEvent", fmt.Sprintf(`"eventTime":"2026-10-01T%02d:%02d:00Z","inputEPCList":["https://id.gs1.org/01/09521202001035/21/I%d"],`+
		`"outputEPCList":["https://id.gs1.org/01/09521202001011/21/B%d","https://id.gs1.org/01/09521202001011/21/C%d"],"ilmd":{"cbvmda:lotNumber":%q}`, n/60, n%60, n, n, n, lot))
}

func recordOf(t testing.TB, n int, typ, fields string) Record {
	t.Helper()
	_, tree := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, epcis.PolicyPrivate, tracetest.Event(t, typ, fields), uint64(n), format.Hash{})
	root, err := format.SealedRoot(tree)
	require.NoError(t, err)
	return Record{Head: Head{Ref: Ref{common.Hash(format.Commitment(format.Sealed, root)), common.Address{1}}, Policy: epcis.PolicyPrivate}, Fields: tree}
}

func lotKey(t testing.TB, lot string) common.Hash {
	t.Helper()
	id, err := gs1.ParsePath("/01/09521202001011/10/" + lot)
	require.NoError(t, err)
	o, err := id.Object("")
	require.NoError(t, err)
	return o.Key()
}

func unitsOf(t testing.TB, s *Store, lot string, limit int) ([]Ref, bool) {
	t.Helper()
	list, more, err := s.Units(lotKey(t, lot), limit)
	require.NoError(t, err)
	return list, more
}

func TestALotLeadsToRecordsOfItsUnits(t *testing.T) {
	t.Parallel()
	fs := vfs.NewCrashableMem()
	s := open(t, "vault", fs)
	var want []Ref
	for _, n := range rand.New(rand.NewPCG(1, 2)).Perm(100) {
		require.NoError(t, s.Put(bottling(t, n, "L1"), bottling(t, n, "L2"), sealed(t, n)))
	}
	for n := range 100 {
		want = append(want, bottling(t, n, "L1").Ref)
	}
	link := "https://id.gs1.org/01/09521202001011"
	for n, r := range map[string]Record{
		"commissioned one by one": recordOf(t, 201, "ObjectEvent", `"eventTime":"2026-10-01T08:00:00Z","action":"ADD","epcList":["`+link+`/21/X1"],"ilmd":{"cbvmda:lotNumber":"L1"}`),
		"no lot":                  recordOf(t, 202, "TransformationEvent", `"eventTime":"2026-10-01T08:00:00Z","inputEPCList":["`+link+`/21/X1"],"outputEPCList":["`+link+`/21/X2"]`),
		"the lot itself": recordOf(t, 203, "TransformationEvent", `"eventTime":"2026-10-01T08:00:00Z","inputEPCList":["`+link+`/21/X1"],`+
			`"outputQuantityList":[{"epcClass":"`+link+`/10/L1","quantity":3}],"ilmd":{"cbvmda:lotNumber":"L1"}`),
		"another product": recordOf(t, 204, "TransformationEvent", `"eventTime":"2026-10-01T08:00:00Z","inputEPCList":["`+link+`/21/X1"],`+
			`"outputEPCList":["https://id.gs1.org/01/09521202001028/21/X2"],"ilmd":{"cbvmda:lotNumber":"L1"}`),
	} {
		require.NoError(t, s.Put(r), n)
	}
	old := recordOf(t, 205, "TransformationEvent", `"eventTime":"1969-10-01T08:00:00Z","inputEPCList":["`+link+`/21/X1"],"outputEPCList":["`+link+`/21/X2"],"ilmd":{"cbvmda:lotNumber":"L1"}`)
	require.NoError(t, s.Put(old))
	want = append([]Ref{old.Ref}, want...)

	// As if the machine had lost its power: record and key are there, or neither.
	s = open(t, "vault", fs.CrashClone(vfs.CrashCloneCfg{}))
	defer func() { require.NoError(t, s.Close()) }()
	got, more := unitsOf(t, s, "L1", 1_000)
	assert.Equal(t, want, got, "by time")
	assert.False(t, more)
	got, more = unitsOf(t, s, "L1", 7)
	assert.Equal(t, want[:7], got)
	assert.True(t, more)
	got, more = unitsOf(t, s, "L1", len(want))
	assert.Len(t, got, len(want))
	assert.False(t, more)
	got, _ = unitsOf(t, s, "L3", 7)
	assert.Empty(t, got)
}

// TestLotsAreFoundInAStoreOfBefore: also if finding them is cut off at any write.
func TestLotsAreFoundInAStoreOfBefore(t *testing.T) {
	t.Parallel()
	fs := vfs.NewCrashableMem()
	s := open(t, "vault", fs)
	const n = 300 // some megabytes: several batches
	var want []Ref
	for i := range n {
		r := bottling(t, i, "L1")
		require.NoError(t, s.Put(r, sealed(t, i)))
		want = append(want, r.Ref)
	}
	for _, kind := range []byte{'l', 'u', 'f'} {
		require.NoError(t, s.db.DeleteRange([]byte{kind}, []byte{kind + 1}, pebble.Sync))
	}
	require.NoError(t, s.db.Set(unitKey(make([]byte, underLen), want[0]), nil, pebble.Sync)) // of another rule
	list, _ := unitsOf(t, s, "L1", n)
	require.Empty(t, list)
	before := fs.CrashClone(vfs.CrashCloneCfg{})
	for seed := range uint64(20) {
		// Of what wasn't synced yet, some is on disk and some isn't.
		half := before.CrashClone(vfs.CrashCloneCfg{})
		s := open(t, "vault", half)
		s = open(t, "vault", half.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: int(seed * 5), RNG: rand.New(rand.NewPCG(seed, 0))}))
		list, _ := unitsOf(t, s, "L1", 2*n)
		require.Equal(t, want, list, seed)
		list, _, err := s.Units(common.Hash{}, 1)
		require.NoError(t, err)
		require.Empty(t, list)
		require.NoError(t, s.Close())
	}
}

func TestAnErasedLotIsGoneFromEveryFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	lot := "RIESLING-2026-0"
	for n := 1; lotKey(t, lot).Cmp(lotKey(t, "L1")) < 0; n++ {
		lot = fmt.Sprintf("RIESLING-2026-%d", n)
	}
	victim := bottling(t, 5, lot)
	for n := range 20 {
		require.NoError(t, s.Put(bottling(t, n, "L1")))
	}
	require.NoError(t, s.Put(victim))
	require.NoError(t, s.db.Compact(t.Context(), []byte{0}, []byte{255}, false))
	key := lotKey(t, lot)
	holding := func() (names []string) {
		found, _, err := search.Files(dir, lot, string(key[:]))
		require.NoError(t, err)
		return found
	}
	require.NotEmpty(t, holding())
	require.True(t, inManifest(t, dir, string(key[:])), "the last key of a table is copied there")

	_, err := s.Erase(Erasure{Ref: victim.Ref, Time: 1})
	require.NoError(t, err)
	assert.Empty(t, holding())
	list, _ := unitsOf(t, s, lot, 10)
	assert.Empty(t, list)
	list, _ = unitsOf(t, s, "L1", 100)
	assert.Len(t, list, 20)
	require.NoError(t, s.Put(bottling(t, 30, "L1")), "the store goes on")
	require.NoError(t, s.Close())
	s = open(t, dir, nil)
	assert.Empty(t, holding())
	assert.Equal(t, 21, s.Held())
	require.NoError(t, s.Close())
}

func inManifest(t testing.TB, dir, what string) bool {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "MANIFEST-*"))
	require.NoError(t, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		if strings.Contains(string(text), what) {
			return true
		}
	}
	return false
}

func TestAnErasureOfALotCutOffIsFinishedAtTheNextStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	const lot = "RIESLING-2026-NS"
	victim, key := bottling(t, 5, lot), lotKey(t, lot)
	require.NoError(t, s.Put(bottling(t, 6, "L1"), victim))
	require.NoError(t, s.db.Flush())
	b := s.db.NewBatch()
	_, err := s.erase(b, Erasure{Ref: victim.Ref}, 1) // what Erase does before it looks after the files
	require.NoError(t, err)
	require.NoError(t, b.Commit(pebble.Sync))
	require.NoError(t, s.Close())

	s = open(t, dir, nil)
	defer func() { require.NoError(t, s.Close()) }()
	found, _, err := search.Files(dir, lot, string(key[:]))
	require.NoError(t, err)
	assert.Empty(t, found)
	list, _ := unitsOf(t, s, "L1", 10)
	assert.Len(t, list, 1)
}

// TestAStoreThatCannotBeOpenedAgainSaysSo: whatever it is asked for, instead of stopping the node.
func TestAStoreThatCannotBeOpenedAgainSaysSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	r := bottling(t, 1, "L1")
	require.NoError(t, s.Put(r))
	s.dir = filepath.Join(dir, "OPTIONS-000000") // where no folder can be made
	require.NoError(t, os.WriteFile(s.dir, nil, 0o600))
	require.ErrorContains(t, s.reopen(), "can't be opened again")
	for name, err := range map[string]error{
		"put": s.Put(bottling(t, 2, "L1")), "heard": s.SetHeard("peer", Heard{}),
		"get":   func() error { _, err := s.Get(r.Ref); return err }(),
		"units": func() error { _, _, err := s.Units(lotKey(t, "L1"), 1); return err }(),
		"erase": func() error { _, err := s.Erase(Erasure{Ref: r.Ref}); return err }(),
	} {
		assert.ErrorContains(t, err, "can't be opened again", name)
	}
	require.NoError(t, s.Close())
}
