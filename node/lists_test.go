package node

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// A list in a file is taken whole or not at all, and the error says what is wrong with the file.
func TestReadList(t *testing.T) {
	t.Parallel()
	salt := format.Hash{1}
	names := []string{"https://id.gs1.org/01/09506000134352/21/A", "https://id.gs1.org/01/09506000134352/21/B", "https://id.gs1.org/01/09506000134352/21/C"}
	b := lists.WithSalt(salt)
	for _, name := range names {
		key, err := lists.ObjectKey(name)
		require.NoError(t, err)
		require.NoError(t, b.Add(name, key))
	}
	list, err := b.Finish()
	require.NoError(t, err)
	head := func(count int) string {
		return fmt.Sprintf(`{"type":"suyuan-list/1","root":%q,"salt":%q,"count":%d}`, common.Hash(list.Root), common.Hash(salt), count) + "\n"
	}
	whole := head(3) + strings.Join(names, "\n") + "\n"

	_, got, err := readList(strings.NewReader(whole))
	require.NoError(t, err)
	assert.Equal(t, list.Root, got.Root)

	for name, tt := range map[string]struct{ file, want string }{
		"empty":                  {"", "the file is empty"},
		"of another kind":        {"serial,digital_link\n", "line 1"},
		"cut inside a name":      {head(3) + names[0] + "\nhttps://id.gs1.o", "line 3: the file ends here, and should hold 3 names"},
		"cut between names":      {head(3) + names[0] + "\n", "the file holds 1 names, and should hold 3"},
		"a name too many":        {whole + "https://id.gs1.org/01/09506000134352/21/D\n", "the file holds 4 names"},
		"another count":          {head(4) + strings.Join(names, "\n") + "\n", "should hold 4"},
		"another name":           {strings.Replace(whole, "/21/B", "/21/X", 1), "not whole, or was changed"},
		"a name twice":           {strings.Replace(whole, "/21/B", "/21/A", 1), "twice"},
		"what can't be in lists": {strings.Replace(whole, names[1], "https://example.com/thing", 1), "line 3"},
	} {
		_, _, err := readList(strings.NewReader(tt.file))
		assert.ErrorContains(t, err, tt.want, name)
	}
}
