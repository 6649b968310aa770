package vault

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// TestWhatIsShownIsWhatIsProven: the fields shown are those that the redacted body proves, and none where there is no body.
func TestWhatIsShownIsWhatIsProven(t *testing.T) {
	t.Parallel()
	s := open(t, "vault", vfs.NewMem())
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	n := 0
	for name, c := range map[string]struct {
		store    *Store
		put      bool
		disclose []string
		want     []string
	}{
		"some":             {s, true, []string{"/type", "/bizStep"}, []string{"/bizStep", "/type"}},
		"none":             {s, true, []string{}, nil},
		"never the ID":     {s, true, []string{"/eventID", "/note"}, []string{"/note"}},
		"it isn't here":    {s, false, []string{"/type"}, nil},
		"there's no vault": {nil, false, nil, nil},
	} {
		n++
		rec := sealed(t, n)
		rec.Disclose = c.disclose
		stub, err := epcis.NewStub(rec.Policy, rec.Fields)
		require.NoError(t, err)
		if c.put {
			require.NoError(t, c.store.Put(rec), name)
		}
		shown, err := c.store.Shown(rec.Ref)
		require.NoError(t, err)
		proven, err := c.store.Disclosed(rec.Ref, stub)
		require.NoError(t, err)
		var pointers []string
		var fields []format.SealedField
		for _, f := range shown {
			pointers = append(pointers, f.Pointer)
		}
		for _, f := range proven.Fields {
			fields = append(fields, f.SealedField)
		}
		assert.Equal(t, c.want, pointers, name)
		assert.ElementsMatch(t, fields, shown, name)
		root, err := proven.Root()
		require.NoError(t, err)
		assert.Equal(t, stub.Commitment(), format.Commitment(format.Sealed, root), name)
	}
}
