package node_test

import (
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/node"
)

func TestKeystoreSigns(t *testing.T) {
	home := t.TempDir()
	ks, err := node.OpenKeystore(home, "secret", node.DemoKeys)
	require.NoError(t, err)
	addr, err := ks.New()
	require.NoError(t, err)

	again, err := node.OpenKeystore(home, "secret", node.DemoKeys)
	require.NoError(t, err)
	require.Equal(t, []common.Address{addr}, again.Addresses())
	key, err := again.Signer(addr)
	require.NoError(t, err)
	id := big.NewInt(789826)
	tx, err := key.SignTx(types.NewTx(&types.DynamicFeeTx{ChainID: id, Gas: 21000, To: &addr}), id)
	require.NoError(t, err)
	from, err := types.Sender(types.LatestSignerForChainID(id), tx)
	require.NoError(t, err)
	assert.Equal(t, addr, from)

	wrong, err := node.OpenKeystore(home, "guess", node.DemoKeys)
	require.NoError(t, err)
	_, err = wrong.Signer(addr)
	assert.ErrorContains(t, err, "could not decrypt key")
	_, err = again.Signer(common.Address{1})
	assert.ErrorContains(t, err, "is not in the keystore")
}

func TestKeyOfAnotherProcessIsSeenAtOnce(t *testing.T) {
	home := t.TempDir()
	running, err := node.OpenKeystore(home, "secret", node.DemoKeys)
	require.NoError(t, err)
	require.Empty(t, running.Addresses(), "the folder has been read")
	cli, err := node.OpenKeystore(home, "secret", node.DemoKeys)
	require.NoError(t, err)
	addr, err := cli.New()
	require.NoError(t, err)
	key, err := running.Signer(addr)
	require.NoError(t, err)
	assert.Equal(t, addr, key.Address())
}

func TestAPIKeys(t *testing.T) {
	home := t.TempDir()
	running, err := node.OpenAPIKeys(home) // what a node holds while the command line writes
	require.NoError(t, err)
	cli, err := node.OpenAPIKeys(home)
	require.NoError(t, err)

	token, err := cli.Issue(node.APIKey{Party: common.Address{1}, Agent: 7, Key: common.Address{2}, Scopes: []string{"capture", "read"}})
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(token, "sy_7_"), token)

	got, err := running.Lookup(token)
	require.NoError(t, err)
	assert.Equal(t, common.Address{2}, got.Key)
	assert.True(t, got.May("capture"))
	assert.False(t, got.May("recall"))

	for name, bad := range map[string]string{
		"empty": "", "other word": "xx_7_abc", "no number": strings.Replace(token, "sy_7", "sy_x", 1),
		"short secret": token[:len(token)-3], "other secret": "sy_7_" + strings.Repeat("2", 43) + "x", "not base58": "sy_7_0OIl",
	} {
		_, err := running.Lookup(bad)
		assert.ErrorIs(t, err, node.ErrUnknownAPIKey, name)
	}

	n, err := cli.Revoke(got.Hash[:12])
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	_, err = running.Lookup(token)
	assert.ErrorIs(t, err, node.ErrUnknownAPIKey)
}

// A file spoilt by hand is told of, and never takes the running node down.
func TestSpoiltAPIKeys(t *testing.T) {
	home := t.TempDir()
	keys, err := node.OpenAPIKeys(home)
	require.NoError(t, err)
	token, err := keys.Issue(node.APIKey{Agent: 1, Scopes: []string{"read"}})
	require.NoError(t, err)
	for _, text := range []string{"[null]", "{", "", "[{}", `{"hash":1}`, `[1]`} {
		require.NoError(t, os.WriteFile(filepath.Join(home, "api_keys.json"), []byte(text), 0o600))
		_, err := keys.Lookup(token)
		assert.ErrorContains(t, err, "api_keys.json", text)
		assert.NotErrorIs(t, err, node.ErrUnknownAPIKey, text)
		_, err = node.OpenAPIKeys(home)
		assert.ErrorContains(t, err, "api_keys.json", text)
	}
}
