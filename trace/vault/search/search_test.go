package search_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/util"

	"github.com/suyuan-ledger/suyuan/trace/vault/search"
)

const secret = "Riesling of the north slope, 42 barrels"

func pack(t *testing.T, b []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return e.EncodeAll(b, []byte("before it"))
}

// TestTheSearchFindsWhatIsThere: a search that finds nothing says nothing unless it finds what is there.
func TestTheSearchFindsWhatIsThere(t *testing.T) {
	t.Parallel()
	file := func(content []byte) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), content, 0o600))
		}
	}
	json := []byte(`{"note":"` + secret + `"}`)
	for name, make := range map[string]func(t *testing.T, dir string){
		"as it is":   file(json),
		"in hex":     file([]byte(hex.EncodeToString(json))),
		"in base64":  file([]byte(base64.StdEncoding.EncodeToString(json))),
		"shifted":    file([]byte(base64.RawURLEncoding.EncodeToString(append([]byte("x"), json...)))),
		"shifted on": file([]byte(base64.StdEncoding.EncodeToString(append([]byte("xy"), json...)))),
		"packed":     file(pack(t, bytes.Repeat(json, 30))),
		"in a table of Pebble": func(t *testing.T, dir string) {
			opts := &pebble.Options{}
			opts.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionGood })
			db, err := pebble.Open(dir, opts)
			require.NoError(t, err)
			for i := range 200 {
				require.NoError(t, db.Set([]byte{1, byte(i)}, json, nil))
			}
			require.NoError(t, db.Flush())
			require.NoError(t, db.Close())
		},
		"packed in a table of Pebble": func(t *testing.T, dir string) {
			db, err := pebble.Open(dir, &pebble.Options{})
			require.NoError(t, err)
			require.NoError(t, db.Set([]byte{1}, pack(t, bytes.Repeat(json, 30)), nil))
			require.NoError(t, db.Flush())
			require.NoError(t, db.Close())
		},
		"deleted, and still in a table": func(t *testing.T, dir string) {
			db, err := pebble.Open(dir, &pebble.Options{DisableAutomaticCompactions: true})
			require.NoError(t, err)
			require.NoError(t, db.Set([]byte{1}, json, nil))
			require.NoError(t, db.Flush())
			require.NoError(t, db.Delete([]byte{1}, nil))
			require.NoError(t, db.Flush())
			require.NoError(t, db.Close())
		},
		"in a table of LevelDB": func(t *testing.T, dir string) {
			db, err := leveldb.OpenFile(dir, nil)
			require.NoError(t, err)
			for i := range 200 {
				require.NoError(t, db.Put([]byte{1, byte(i)}, json, nil))
			}
			require.NoError(t, db.CompactRange(util.Range{}))
			require.NoError(t, db.Close())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			make(t, dir)
			found, files, err := search.Files(dir, "not there at all", secret)
			require.NoError(t, err)
			assert.NotEmpty(t, found)
			assert.Positive(t, files)
			for _, f := range found {
				assert.Contains(t, f, secret)
			}
		})
	}
}
