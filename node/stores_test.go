package node

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/manifest"
	"github.com/suyuan-ledger/suyuan/trace/lists"
)

// TestACutManifestIsNamed: by the doctor and by the store itself, with what to do, and nothing is changed.
func TestACutManifestIsNamed(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	dir := filepath.Join(home, "trace", "lists")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for range 3 { // what one run wrote to its log, the next one flushes
		db, err := manifest.Open(dir, &pebble.Options{FormatMajorVersion: pebble.FormatNewest, DisableAutomaticCompactions: true})
		require.NoError(t, err)
		require.NoError(t, db.Set([]byte{0xff}, []byte("entry"), pebble.Sync))
		require.NoError(t, db.Close())
	}
	desc, err := pebble.Peek(dir, vfs.Default)
	require.NoError(t, err)
	whole, err := os.ReadFile(desc.ManifestFilename)
	require.NoError(t, err)
	diagnose := func() (list []Check) {
		var d Diagnosis
		d.stores(home)
		return d.Checks
	}
	require.NoError(t, os.WriteFile(desc.ManifestFilename, whole[:len(whole)-1], 0o600))
	before, err := os.ReadDir(dir)
	require.NoError(t, err)
	got := diagnose()
	require.Len(t, got, 1)
	assert.Equal(t, Fail, got[0].Outcome)
	assert.Contains(t, got[0].Detail, "cut off")
	assert.Contains(t, got[0].Advice, cureLists)
	_, err = lists.Open(dir, nil)
	require.ErrorIs(t, err, manifest.ErrCut)
	after, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Equal(t, len(before), len(after))
	require.NoError(t, os.WriteFile(desc.ManifestFilename, whole, 0o600))
	s, err := lists.Open(dir, nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
}
