//go:build e2e

package e2e

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/demo"
)

// peerOf is the libp2p peer id of the node in a home.
func peerOf(home string) (string, error) {
	id, err := chain.ReadIdentity(home)
	return id.PeerID, err
}

func demoValidator(name, http, dir string) demo.Validator {
	return demo.Validator{Name: name, HTTP: http, Dir: dir}
}

// field reads one text field of a JSON object.
func field(t *testing.T, doc, name string) string {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(doc), &m), doc)
	s, ok := m[name].(string)
	require.True(t, ok, "%s in %s", name, doc)
	return s
}
