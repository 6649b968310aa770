package manifest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/record"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/pebblelog"
)

const dir = "store"

// variants are the ways in which our stores are opened: as the last format, or as the first one, and with logs that are used again
// or removed.
var variants = map[string]func() *pebble.Options{
	"newest format": func() *pebble.Options { return &pebble.Options{FormatMajorVersion: pebble.FormatNewest} },
	"first format":  func() *pebble.Options { return &pebble.Options{} },
	"logs removed": func() *pebble.Options {
		return &pebble.Options{FormatMajorVersion: pebble.FormatNewest, Cleaner: remover{}}
	},
}

// remover is what the vault has: for it Pebble uses no log again.
type remover struct {
	pebble.DeleteCleaner
	marked
}

type marked struct{ pebble.ArchiveCleaner }

func open(fs vfs.FS, opts *pebble.Options) (*pebble.DB, error) {
	opts.FS, opts.MemTableSize, opts.Logger = fs, 64<<10, pebblelog.Of("a store", nil)
	return Open(dir, opts)
}

func key(n int) []byte { return fmt.Appendf(nil, "%06d", n) }

// fill writes entries as one run: every few of them are flushed.
func fill(t testing.TB, fs vfs.FS, opts *pebble.Options, from, to int) {
	t.Helper()
	db, err := open(fs, opts)
	require.NoError(t, err)
	for n := from; n < to; n++ {
		require.NoError(t, db.Set(key(n), bytes.Repeat(key(n), 100), pebble.Sync))
		if n%10 == 9 {
			require.NoError(t, db.Flush())
		}
	}
	require.NoError(t, db.Close())
}

// missing is the first of so many entries that isn't there; -1 if all are.
func missing(t testing.TB, db *pebble.DB, entries int) int {
	t.Helper()
	for n := range entries {
		_, closer, err := db.Get(key(n))
		if err != nil {
			return n
		}
		require.NoError(t, closer.Close())
	}
	return -1
}

// TestAManifestCutAnywhere: whatever its length, the store is refused or holds all it held.
func TestAManifestCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, options := range variants {
		for runs := 1; runs <= 2; runs++ {
			t.Run(fmt.Sprint(name, ", ", runs, " runs"), func(t *testing.T) {
				t.Parallel()
				fs := vfs.NewCrashableMem()
				const each = 45 // the last ones of a run are in its log only
				for run := range runs {
					fill(t, fs, options(), run*each, (run+1)*each)
				}
				desc, err := pebble.Peek(dir, fs)
				require.NoError(t, err)
				whole := read(t, fs, desc.ManifestFilename)
				refused, cuts := 0, 0
				for n := range len(whole) {
					spoilt := [][]byte{whole[:n]}
					if n%5 == 0 {
						flipped := bytes.Clone(whole)
						flipped[n] ^= 0x40
						spoilt = append(spoilt, flipped, append(bytes.Clone(whole[:n]), make([]byte, len(whole)-n)...))
					}
					for _, text := range spoilt {
						fs := fs.CrashClone(crash(0))
						write(t, fs, desc.ManifestFilename, text)
						db, err := open(fs, options())
						if err != nil {
							if refused++; strings.Contains(err.Error(), ErrCut.Error()) {
								cuts++
								require.ErrorIs(t, Check(dir, fs), ErrCut, "and again")
							}
							continue
						}
						require.Equal(t, -1, missing(t, db, runs*each), "%d of %d bytes", n, len(whole))
						require.NoError(t, db.Close())
					}
				}
				assert.Positive(t, cuts, "of %d refused", refused)
			})
		}
	}
}

func read(t testing.TB, fs vfs.FS, path string) []byte {
	t.Helper()
	f, err := fs.Open(path)
	require.NoError(t, err)
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	return text
}

func write(t testing.TB, fs vfs.FS, path string, text []byte) {
	t.Helper()
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	require.NoError(t, err)
	_, err = f.Write(text)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, f.Close())
}

// TestNoCrashIsTakenForACut: a store that is stopped at any moment opens, with all that was acknowledged; whether the process
// was killed, and all it wrote is there, or the machine lost its power. So does one that is stopped while it opens.
func TestNoCrashIsTakenForACut(t *testing.T) {
	t.Parallel()
	for name, options := range variants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fs := vfs.NewCrashableMem()
			const entries, stops = 1_000, 60
			var acked atomic.Int64
			done := make(chan error, 1)
			go func() { done <- churn(fs, options, entries, &acked) }()
			for n := range stops {
				have := int(acked.Load())
				crashed := fs.CrashClone(crash(n))
				for again := range 2 { // the second time it is stopped while it opens, or soon after
					db, err := open(crashed, options())
					require.NoError(t, err, "stop %d, %d", n, again)
					require.Equal(t, -1, missing(t, db, have))
					require.NoError(t, Check(dir, crashed))
					next := crashed.CrashClone(crash(n + 1))
					require.NoError(t, db.Close())
					crashed = next
				}
			}
			require.NoError(t, <-done)
			require.NoError(t, Check(dir, fs))
			removed, err := removedLog(fs, dir)
			require.NoError(t, err)
			assert.Positive(t, removed, "logs went meanwhile")
		})
	}
}

func crash(n int) vfs.CrashCloneCfg {
	return vfs.CrashCloneCfg{UnsyncedDataPercent: []int{100, 0, 50}[n%3], RNG: rand.New(rand.NewPCG(uint64(n), 1))}
}

// churn writes entries in runs of a few hundred, flushes some, and counts those that are acknowledged.
func churn(fs vfs.FS, options func() *pebble.Options, entries int, acked *atomic.Int64) error {
	db, err := open(fs, options())
	for n := 0; n < entries && err == nil; n++ {
		if err = db.Set(key(n), bytes.Repeat(key(n), 200), pebble.Sync); err != nil {
			break
		}
		acked.Store(int64(n + 1))
		switch {
		case n%200 == 199:
			if err = db.Close(); err == nil {
				db, err = open(fs, options())
			}
		case n%23 == 0:
			err = db.Flush()
		}
	}
	if err != nil {
		return err
	}
	return db.Close()
}

func TestTheNumberBeside(t *testing.T) {
	t.Parallel()
	home := filepath.Join(t.TempDir(), dir)
	reopen := func() error {
		db, err := Open(home, &pebble.Options{Logger: pebblelog.Of("a store", nil)})
		if err != nil {
			return err
		}
		require.NoError(t, db.Set([]byte("k"), nil, pebble.Sync))
		require.NoError(t, db.Flush())
		require.NoError(t, db.Set([]byte("k"), nil, pebble.Sync))
		require.NoError(t, db.Flush())
		return db.Close()
	}
	require.NoError(t, reopen(), "a new store")
	for name, text := range map[string]string{"no number": "\xff\x00\n", "nothing": "", "half a number": "9999", "of before": "1\n", "too large": "99999999999999999999999\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(home, File), []byte(text), 0o600), name)
		require.NoError(t, reopen(), name)
		got, err := os.ReadFile(filepath.Join(home, File))
		require.NoError(t, err)
		assert.NotEqual(t, text, string(got), name)
	}
	require.NoError(t, os.WriteFile(filepath.Join(home, File+".new"), []byte("9"), 0o600))
	require.NoError(t, os.Remove(filepath.Join(home, File)))
	require.NoError(t, reopen(), "lost, and half written")
	require.NoError(t, os.WriteFile(filepath.Join(home, File), []byte("99999\n"), 0o600))
	err := reopen()
	require.ErrorIs(t, err, ErrCut)
	assert.ErrorContains(t, err, "MANIFEST-")
	assert.ErrorContains(t, err, home)
	_, err = Open(filepath.Join(home, "none"), &pebble.Options{ReadOnly: true})
	require.ErrorContains(t, err, "does not exist")
	require.NoError(t, Check(filepath.Join(home, "none"), vfs.Default))
}

// FuzzManifest: whatever a MANIFEST holds, reading it ends, and an edit that isn't whole isn't counted.
func FuzzManifest(f *testing.F) {
	f.Add([]byte{tagComparator, 3, 'a', 'b', 'c', tagLogNumber, 7, 3, 9})
	f.Add([]byte{tagLogNumber, 0xff, 0xff})
	f.Add([]byte{tagComparator, 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, edit []byte) {
		fs := vfs.NewMem()
		write(t, fs, "raw", edit)
		_, err := neededLog(fs, "raw")
		require.NoError(t, err)
		var whole bytes.Buffer
		w := record.NewWriter(&whole)
		_, err = w.WriteRecord(edit)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		write(t, fs, "record", whole.Bytes())
		log, err := neededLog(fs, "record")
		require.NoError(t, err)
		write(t, fs, "cut", whole.Bytes()[:whole.Len()-1])
		less, err := neededLog(fs, "cut")
		require.NoError(t, err)
		require.LessOrEqual(t, less, log)
	})
}
