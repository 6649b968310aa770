package vault

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/vault/search"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// sealed is the n-th record of a test: its content holds the word in words(n).
func sealed(t testing.TB, n int) Record {
	t.Helper()
	body := fmt.Sprintf(`{"bizStep":"shipping","eventID":"urn:uuid:%s","note":"%s","type":"ObjectEvent"}`, words(n)[0], words(n)[1])
	fields, err := format.Seal([]byte(body), rand.NewChaCha8(seed(n)))
	require.NoError(t, err)
	root, err := format.SealedRoot(fields)
	require.NoError(t, err)
	return Record{Head: Head{Ref: Ref{common.Hash(format.Commitment(format.Sealed, root)), common.Address{1}},
		Policy: epcis.PolicyChain, EventID: "urn:uuid:" + words(n)[0], Hash: common.Hash(format.Keccak([]byte(body))),
		Disclose: []string{"/bizStep", "/type"}, Captured: 1_700_000_000 + uint64(n)}, Fields: fields}
}

func seed(n int) (s [32]byte) {
	binary.BigEndian.PutUint64(s[:], uint64(n))
	return s
}

func words(n int) [2]string {
	return [2]string{fmt.Sprintf("4e3c9f10-%012d", n), fmt.Sprintf("Riesling of the north slope, %06d barrels", n)}
}

func open(t testing.TB, dir string, fs vfs.FS) *Store {
	t.Helper()
	s, err := Open(dir, fs, nil)
	require.NoError(t, err)
	return s
}

func TestWhatIsPutIsFound(t *testing.T) {
	t.Parallel()
	fs := vfs.NewCrashableMem()
	s := open(t, "vault", fs)
	var all []Record
	for n := range 300 {
		all = append(all, sealed(t, n))
	}
	require.NoError(t, s.Put(all[0]))
	require.NoError(t, s.Put(all...))
	assert.Equal(t, 300, s.Held())
	version := s.Version()
	require.NoError(t, s.Put(all[7]), "again")
	assert.Equal(t, version, s.Version())

	s = open(t, "vault", fs.CrashClone(vfs.CrashCloneCfg{})) // as if the machine had lost its power
	defer func() { require.NoError(t, s.Close()) }()
	assert.Equal(t, 300, s.Held())
	for n := range all {
		want := &all[n]
		got, err := s.Get(want.Ref)
		require.NoError(t, err)
		require.Equal(t, want, got)
		body, err := got.Body()
		require.NoError(t, err)
		assert.Contains(t, string(body), words(n)[1])

		byHash, err := s.ByHash(want.Party, want.Hash)
		require.NoError(t, err)
		assert.Equal(t, []Head{want.Head}, byHash)
		byID, err := s.ByEventID(want.EventID)
		require.NoError(t, err)
		assert.Equal(t, []Head{want.Head}, byID)
	}
	one, err := s.ByCommitment(all[0].Commitment)
	require.NoError(t, err)
	assert.Equal(t, []Head{all[0].Head}, one)
	none, err := s.ByHash(common.Address{2}, all[0].Hash)
	require.NoError(t, err)
	assert.Empty(t, none, "another party's record of the event")
	_, err = s.Get(Ref{Commitment: common.Hash{1}})
	require.ErrorIs(t, err, ErrUnknown)

	heads, err := s.Heads(Ref{}, 10)
	require.NoError(t, err)
	require.Len(t, heads, 10)
	rest, err := s.Heads(heads[9].Ref, 1000)
	require.NoError(t, err)
	require.Len(t, rest, 290)
	heads = append(heads, rest...)
	assert.True(t, slices.IsSortedFunc(heads, func(a, b Head) int { return a.Commitment.Cmp(b.Commitment) }))
}

func TestPutRefusesWhatTheLedgerDidNotCommitTo(t *testing.T) {
	t.Parallel()
	s := open(t, "vault", vfs.NewMem())
	defer func() { require.NoError(t, s.Close()) }()
	for name, spoil := range map[string]func(*Record){
		"another value":      func(r *Record) { r.Fields[0].Value = []byte(`"receiving"`) },
		"another salt":       func(r *Record) { r.Fields[0].Salt[5]++ },
		"a field left out":   func(r *Record) { r.Fields = r.Fields[1:] },
		"no fields":          func(r *Record) { r.Fields = nil },
		"fields out of turn": func(r *Record) { slices.Reverse(r.Fields) },
		"another commitment": func(r *Record) { r.Commitment[0]++ },
		"no policy":          func(r *Record) { r.Policy = "public" },
	} {
		t.Run(name, func(t *testing.T) {
			r := sealed(t, 1)
			spoil(&r)
			require.Error(t, s.Put(sealed(t, 2), r))
			assert.Zero(t, s.Held())
		})
	}
}

// left are the words of a record that are still in some file of dir.
func left(t testing.TB, dir string, r *Record, n int) []string {
	t.Helper()
	secrets := []string{words(n)[0], words(n)[1], string(r.Hash[:])}
	for _, f := range r.Fields {
		secrets = append(secrets, string(f.Salt[:]))
	}
	found, _, err := search.Files(dir, secrets...)
	require.NoError(t, err)
	return found
}

func TestErasedIsGoneFromEveryFile(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(t *testing.T, s *Store, dir string) *Store{
		"in the log only": func(_ *testing.T, s *Store, _ string) *Store { return s },
		"in a table": func(t *testing.T, s *Store, _ string) *Store {
			require.NoError(t, s.db.Flush())
			return s
		},
		"after a restart": func(t *testing.T, s *Store, dir string) *Store {
			require.NoError(t, s.Close())
			return open(t, dir, nil)
		},
		"in the lowest level, newer ones above": func(t *testing.T, s *Store, _ string) *Store {
			require.NoError(t, s.db.Compact(t.Context(), []byte{0}, []byte{255}, false))
			for n := 2_000; n < 2_400; n++ {
				require.NoError(t, s.Put(sealed(t, n)))
				if n%100 == 0 {
					require.NoError(t, s.db.Flush())
				}
			}
			return s
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir, nil)
			const which = 123
			victim := sealed(t, which)
			for n := range 300 {
				require.NoError(t, s.Put(sealed(t, n)))
			}
			s = between(t, s, dir)
			defer func() { require.NoError(t, s.Close()) }()
			require.NotEmpty(t, left(t, dir, &victim, which), "the search finds what is there")

			fresh, err := s.Erase(Erasure{Ref: victim.Ref, Time: 1_800_000_000})
			require.NoError(t, err)
			assert.Equal(t, []Ref{victim.Ref}, fresh)
			assert.Empty(t, left(t, dir, &victim, which))

			_, err = s.Get(victim.Ref)
			require.ErrorIs(t, err, ErrErased)
			require.ErrorIs(t, s.Put(victim), ErrErased)
			byID, err := s.ByEventID(victim.EventID)
			require.NoError(t, err)
			assert.Empty(t, byID)
			other := sealed(t, which+1)
			got, err := s.Get(other.Ref)
			require.NoError(t, err)
			assert.Equal(t, &other, got)
		})
	}
}

func TestAnErasureCutOffIsFinishedAtTheNextStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	victim := sealed(t, 5)
	for n := range 20 {
		require.NoError(t, s.Put(sealed(t, n)))
	}
	require.NoError(t, s.db.Compact(t.Context(), []byte{0}, []byte{255}, false))
	b := s.db.NewBatch()
	_, err := s.erase(b, Erasure{Ref: victim.Ref}, 1) // what Erase does before it looks after the files
	require.NoError(t, err)
	require.NoError(t, b.Commit(pebble.Sync))
	require.NotEmpty(t, left(t, dir, &victim, 5))
	require.NoError(t, s.Close())

	s = open(t, dir, nil)
	assert.Empty(t, left(t, dir, &victim, 5))
	assert.Equal(t, 19, s.Held())
	assert.Equal(t, 1, s.Erasures())
	require.NoError(t, s.Close())
}

func TestErasuresAreToldInOrder(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := open(t, "vault", fs)
	a, b, c := sealed(t, 1), sealed(t, 2), sealed(t, 3)
	require.NoError(t, s.Put(a, b))
	_, err := s.Erase(Erasure{Ref: b.Ref, Time: 10})
	require.NoError(t, err)
	fresh, err := s.Erase(Erasure{Ref: b.Ref, Time: 11}, Erasure{Ref: c.Ref, Time: 12},
		Erasure{Ref: c.Ref, Time: 13}, Erasure{Ref: a.Ref, Time: 14})
	require.NoError(t, err)
	assert.Equal(t, []Ref{c.Ref, a.Ref}, fresh)
	require.ErrorIs(t, s.Put(c), ErrErased, "erased before it came")
	require.NoError(t, s.Close())

	s = open(t, "vault", fs)
	defer func() { require.NoError(t, s.Close()) }()
	all := []Erasure{{b.Ref, 1, 10}, {c.Ref, 2, 12}, {a.Ref, 3, 14}}
	for after := range uint64(4) {
		list, err := s.ErasedSince(after, 10)
		require.NoError(t, err)
		assert.Equal(t, all[after:], append([]Erasure{}, list...))
	}
	list, err := s.ErasedSince(0, 2)
	require.NoError(t, err)
	assert.Equal(t, all[:2], list)
	list, err = s.ErasedSince(1<<64-1, 2)
	require.NoError(t, err)
	assert.Empty(t, list)
	assert.Zero(t, s.Held())
	assert.Equal(t, 3, s.Erasures())
}

func TestAnotherPartysRecordOfTheSameCommitmentIsAnother(t *testing.T) {
	t.Parallel()
	s := open(t, "vault", vfs.NewMem())
	defer func() { require.NoError(t, s.Close()) }()
	mine, copied := sealed(t, 1), sealed(t, 1)
	copied.Party = common.Address{2}
	_, err := s.Erase(Erasure{Ref: copied.Ref, Time: 1})
	require.NoError(t, err)
	require.NoError(t, s.Put(mine), "who copies a commitment can't erase what it commits to")
	got, err := s.Get(mine.Ref)
	require.NoError(t, err)
	assert.Equal(t, &mine, got)
	_, err = s.Get(copied.Ref)
	require.ErrorIs(t, err, ErrErased)
}
