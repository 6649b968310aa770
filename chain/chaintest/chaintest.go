// Package chaintest starts a one-validator ledger with the ledger's contracts inside a test process.
package chaintest

import (
	"context"
	"crypto/ecdsa"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"testing"
	"time"

	cmtcrypto "github.com/cometbft/cometbft/crypto"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// ChainID is the EVM chain id of test ledgers.
const ChainID uint64 = 900000

// Key is a key held in memory. It signs submissions.
type Key struct{ *ecdsa.PrivateKey }

// NewKey makes the key that belongs to a name: the same name gives the same key.
func NewKey(name string) Key {
	k, err := crypto.ToECDSA(crypto.Keccak256([]byte("suyuan test key " + name)))
	if err != nil {
		panic(err)
	}
	return Key{k}
}

// Address is the key's account.
func (k Key) Address() common.Address { return crypto.PubkeyToAddress(k.PublicKey) }

// SignTx returns tx signed for the chain.
func (k Key) SignTx(tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
	return types.SignTx(tx, types.LatestSignerForChainID(chainID), k.PrivateKey)
}

// Node is a running ledger with one operator, which runs its only validator, and a sandbox party whose
// catch-all licence is open to all parties.
type Node struct {
	*chain.Ledger
	Operator Key // first key of the operator, every scope
	Sandbox  Key // first key of the sandbox party, every scope
	cfg      chain.Config
}

// Option changes the configuration before the ledger opens.
type Option func(*chain.Config)

// Start starts a ledger that is stopped at the end of the test.
func Start(t testing.TB, opts ...Option) *Node {
	t.Helper()
	dir := t.TempDir()
	id, err := chain.InitKeys(dir)
	require.NoError(t, err)
	n := &Node{Operator: NewKey("operator"), Sandbox: NewKey("sandbox")}
	now := time.Now().UTC().Truncate(time.Second).Add(-2 * time.Second)
	peerID, err := peer.Decode(id.PeerID)
	require.NoError(t, err)
	var validator [32]byte
	copy(validator[:], id.Validator.Bytes())
	genesis := contracts.GenesisConfig{
		ChainID: ChainID,
		Time:    uint64(now.Unix()),
		Operators: []contracts.GenesisOperator{{
			Name: "Test operator", Country: "CN", Key: n.Operator.Address(),
			Nodes: []contracts.GenesisNode{{PeerID: []byte(peerID), ValidatorKey: validator}},
		}},
		Sandbox: &contracts.GenesisSandbox{Name: "Sandbox", Key: n.Sandbox.Address()},
	}
	alloc, err := contracts.Genesis(genesis)
	require.NoError(t, err)
	logs, err := contracts.GenesisLogs(genesis)
	require.NoError(t, err)
	doc, err := chain.NewGenesis(chain.GenesisConfig{
		ChainID: ChainID, Time: now, Alloc: alloc, Logs: logs,
		Operators: []chain.Operator{{Name: "Test operator", Validators: []cmtcrypto.PubKey{id.Validator}}},
	})
	require.NoError(t, err)
	require.NoError(t, chain.WriteGenesis(dir, doc))
	n.cfg = chain.Config{Dir: dir, Moniker: "test", Listen: freePort(t), Log: Log(), TimeoutCommit: 200 * time.Millisecond}
	n.cfg.EVM.DatabaseCacheMB = 16
	n.cfg.Submit.Signer = func(addr common.Address) submit.Signer {
		for _, k := range []Key{n.Operator, n.Sandbox} {
			if k.Address() == addr {
				return k
			}
		}
		return nil
	}
	for _, opt := range opts {
		opt(&n.cfg)
	}
	n.open(t)
	t.Cleanup(func() { require.NoError(t, n.Stop()) })
	return n
}

func (n *Node) open(t testing.TB) {
	t.Helper()
	var err error
	n.Ledger, err = chain.Open(n.cfg)
	require.NoError(t, err)
	require.NoError(t, n.Ledger.Start(context.Background()))
}

// Restart stops the ledger and starts it again on the same directory.
func (n *Node) Restart(t testing.TB) {
	t.Helper()
	require.NoError(t, n.Stop())
	n.open(t)
}

// Do makes a call as key, waits until it is final and requires that it succeeded.
func (n *Node) Do(t testing.TB, key Key, to common.Address, data []byte) submit.Final {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var id [32]byte
	copy(id[:], crypto.Keccak256(key.Address().Bytes(), to.Bytes(), data, big.NewInt(time.Now().UnixNano()).Bytes()))
	final, err := n.Submit(ctx, submit.Request{ID: id, Key: key, To: &to, Data: data})
	require.NoError(t, err)
	return final
}

// Register registers a party sponsored by the operator, with a first key that has every scope a party
// can have, and returns party and key. gln is its 13 digits as a number, 0 for none.
func (n *Node) Register(t testing.TB, name string, gln uint64) (party common.Address, key Key) {
	t.Helper()
	key = NewKey("party " + name)
	ref := crypto.Keccak256Hash([]byte(name))
	parties := contracts.NewParties()
	scopes := uint32(contracts.ScopeAll &^ (contracts.ScopeRegister | contracts.ScopeDeploy))
	n.Do(t, n.Operator, contracts.PartiesAddr, parties.PackRegisterParty(ref, contracts.PartyDetails{Name: name, Country: [2]byte{'C', 'N'}, Gln: gln}, key.Address(), scopes))
	out, err := n.Call(context.Background(), contracts.PartiesAddr, parties.PackActing(key.Address()))
	require.NoError(t, err)
	require.Len(t, out, 96)
	return common.BytesToAddress(out[:32]), key
}

// Log is silent unless SUYUAN_TEST_LOG is set.
func Log() *slog.Logger {
	if os.Getenv("SUYUAN_TEST_LOG") == "" {
		return slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func freePort(t testing.TB) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer c.Close()
	return c.LocalAddr().String()
}
