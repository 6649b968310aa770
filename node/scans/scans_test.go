package scans

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

var start = time.Date(2026, 11, 20, 23, 30, 0, 0, time.UTC)

func unit(t testing.TB, serial string) gs1.ID {
	t.Helper()
	id, err := gs1.ParsePath("/01/09521202001011/21/" + serial)
	require.NoError(t, err)
	return id
}

func openAt(t testing.TB, dir string, objects int) *Store {
	t.Helper()
	s, err := open(dir, slog.New(slog.DiscardHandler), objects)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestCountsSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, 100)
	id := unit(t, "7QW4ZK9T2M")
	assert.Equal(t, explorer.ScanCount{}, s.Scans(id))
	for i := range 30 { // five hours apart: seven days
		s.Count(id, start.Add(time.Duration(i)*5*time.Hour))
	}
	want := explorer.ScanCount{Scans: explorer.Range{From: 20, To: 49}, Days: explorer.Range{From: 5, To: 9}}
	assert.Equal(t, want, s.Scans(id), "before it is on disk")
	printed, err := gs1.ParsePath("/01/09521202001011/10/CX7-118/21/7QW4ZK9T2M")
	require.NoError(t, err)
	assert.Equal(t, want, s.Scans(printed), "a printed lot makes it no other pack")
	require.NoError(t, s.Close())
	s.Count(id, start) // too late, and no harm
	s = openAt(t, dir, 100)
	assert.Equal(t, want, s.Scans(id))
	assert.Equal(t, explorer.ScanCount{}, s.Scans(unit(t, "OTHER")))

	require.NoError(t, s.Erase(id))
	assert.Equal(t, explorer.ScanCount{}, s.Scans(id))
	assert.Zero(t, s.held)
}

func TestAnswersAreCoarse(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]explorer.Range{0: {}, 1: {From: 1, To: 4}, 4: {From: 1, To: 4}, 5: {From: 5, To: 9}, 19: {From: 10, To: 19},
		20: {From: 20, To: 49}, 99: {From: 50, To: 99}, 499: {From: 200, To: 499}, 999: {From: 500, To: 999}, 1000: {From: 1000},
		1 << 30: {From: 1000}} {
		assert.Equal(t, want, coarse(n), n)
	}
}

func TestTheOldestAreForgotten(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), 10)
	for i := range 25 {
		s.Count(unit(t, fmt.Sprint("S", i)), start.AddDate(0, 0, i))
	}
	require.NoError(t, s.flush())
	assert.Equal(t, 10, s.held)
	assert.Equal(t, explorer.ScanCount{}, s.Scans(unit(t, "S14")))
	assert.NotEqual(t, explorer.ScanCount{}, s.Scans(unit(t, "S15")))
	s.Count(unit(t, "LATER"), start.AddDate(2, 0, 0))
	require.NoError(t, s.flush())
	assert.Equal(t, 1, s.held, "nothing is kept for years")
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := openAt(t, t.TempDir(), 1<<20)
	for i := range 3 * pending {
		s.Count(unit(t, fmt.Sprint("S", i)), start)
		assert.Less(t, s.size, pending)
	}
	assert.GreaterOrEqual(t, s.held, 2*pending)
}

// Whoever reads the files learns neither what was scanned nor, from the key, what might have been.
func TestFilesHoldNoIdentifiers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openAt(t, dir, 100)
	for range 5 {
		s.Count(unit(t, "7QW4ZK9T2M"), start)
	}
	require.NoError(t, s.Close())
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.False(t, strings.Contains(string(b), "7QW4ZK9T2M") || strings.Contains(string(b), "09521202001011"), path)
		return nil
	}))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "salt"), []byte("short"), 0o600))
	_, err := Open(dir, slog.New(slog.DiscardHandler))
	assert.ErrorContains(t, err, "must have 32")
}

func TestCounterAddsOldDaysUp(t *testing.T) {
	t.Parallel()
	var c counter
	for day := range uint32(200) {
		c.add(1000+day, 2)
	}
	assert.Len(t, c.list, Days)
	assert.Equal(t, []int{400, 200}, []int{c.scans(), c.days()})
	c.add(5000, 1)
	assert.Len(t, c.list, 1)
	assert.Equal(t, []int{401, 201}, []int{c.scans(), c.days()})
	assert.Equal(t, c, decode(c.encode()))
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	c := counter{oldScans: 3, oldDays: 1, list: []dayCount{{20777, 4}, {20778, 1}}}
	f.Add(c.encode())
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		c := decode(b)
		if len(c.list) > Days || c.scans() < 0 || c.days() < 0 {
			t.Fatalf("%+v", c)
		}
		again := decode(c.encode())
		if again.scans() != c.scans() || again.days() != c.days() || again.last() != c.last() {
			t.Fatalf("%+v is read back as %+v", c, again)
		}
	})
}
