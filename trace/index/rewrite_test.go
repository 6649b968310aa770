package index_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// TestRewrite: a body changed behind the ledger's back no longer fits its commitment; the index built anew does.
func TestRewrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "index")
	l := tracetest.New()
	party, key := l.Register("Orchard", 9521707000007)
	block := l.Mine(tracetest.Tx{Party: party, Key: key, Call: tracetest.CallOf(t, format.Trunk, format.LeafEvent, observe(t, 1, "", "A"))})
	at := index.Seq{Height: uint64(block.Height)}
	read := func() (rec index.Record) {
		x, err := index.Open(dir, tracetest.Chain, 8<<20)
		require.NoError(t, err)
		defer func() { require.NoError(t, x.Close()) }()
		for _, b := range l.Blocks() {
			if b.Number > x.Position().Number {
				require.NoError(t, x.Apply(b))
			}
		}
		v, err := x.View()
		require.NoError(t, err)
		defer func() { require.NoError(t, v.Close()) }()
		rec, err = v.Record(at)
		require.NoError(t, err)
		return rec
	}
	honest := read()
	require.True(t, honest.Matches())

	require.ErrorIs(t, index.Rewrite(dir, at, func(b []byte) []byte { return b }), index.ErrUnchanged)
	require.ErrorIs(t, index.Rewrite(dir, index.Seq{Height: 99}, func(b []byte) []byte { return nil }), index.ErrNotFound)
	require.Error(t, index.Rewrite(t.TempDir(), at, func(b []byte) []byte { return nil }), "no index there")
	require.NoError(t, index.Rewrite(dir, at, func(b []byte) []byte {
		return bytes.Replace(b, []byte("OBSERVE"), []byte("DELETE"), 1)
	}))
	lie := read()
	assert.Contains(t, string(lie.Body), "DELETE")
	assert.False(t, lie.Matches())

	require.NoError(t, os.RemoveAll(dir))
	assert.Equal(t, honest, read())
}
