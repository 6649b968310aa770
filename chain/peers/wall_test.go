package peers

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/cometbft/cometbft/proxy"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/cometdb"
)

// patience bounds every wait for a condition; blocks take a tenth of a second.
const patience = 60 * time.Second

// countingApp is an application without state that counts the blocks it was given.
type countingApp struct {
	abci.BaseApplication
	wall   *Wall
	blocks atomic.Int64
}

func (a *countingApp) FinalizeBlock(context.Context, *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	a.blocks.Add(1)
	return &abci.ResponseFinalizeBlock{AppHash: []byte("none")}, nil
}

// Query answers filter_peers, as the ledger's application does.
func (a *countingApp) Query(_ context.Context, q *abci.RequestQuery) (*abci.ResponseQuery, error) {
	if mine, err := a.wall.Filter(q.Path); mine && err != nil {
		return &abci.ResponseQuery{Code: 1, Log: err.Error()}, nil
	}
	return &abci.ResponseQuery{}, nil
}

// station is a real CometBFT node behind a wall of its own.
type station struct {
	key  *p2p.NodeKey
	id   Key
	addr string
	app  *countingApp
	wall *Wall
	node *node.Node
}

// consortium is a set of stations with one genesis, two of them validators.
type consortium struct {
	libp2p     bool
	genesis    *types.GenesisDoc
	validators []ed25519.PrivKey
	stations   []*station
}

func newConsortium(t *testing.T, libp2p bool) *consortium {
	t.Helper()
	n := &consortium{libp2p: libp2p}
	n.genesis = &types.GenesisDoc{ChainID: "wall-test", GenesisTime: time.Now(), ConsensusParams: types.DefaultConsensusParams()}
	for range 2 {
		priv := ed25519.GenPrivKey()
		n.validators = append(n.validators, priv)
		n.genesis.Validators = append(n.genesis.Validators, types.GenesisValidator{PubKey: priv.PubKey(), Power: 10})
	}
	require.NoError(t, n.genesis.ValidateAndComplete())
	return n
}

// add builds a station that dials the given ones, without starting it.
func (n *consortium) add(t *testing.T, dial ...*station) *station {
	t.Helper()
	dir := t.TempDir()
	cmtcfg.EnsureRoot(dir)
	s := &station{key: &p2p.NodeKey{PrivKey: ed25519.GenPrivKey()}, addr: freeAddr(t)}
	var err error
	s.id, err = KeyOf(s.key.PubKey())
	require.NoError(t, err)

	cfg := cmtcfg.DefaultConfig().SetRoot(dir)
	cfg.RPC.ListenAddress = ""
	cfg.P2P.ListenAddress = "tcp://" + s.addr
	cfg.P2P.AllowDuplicateIP = true
	cfg.P2P.AddrBookStrict = false
	cfg.P2P.PexReactor = false
	cfg.Consensus.TimeoutCommit = 100 * time.Millisecond
	cfg.TxIndex.Indexer = "null"
	cfg.P2P.LibP2PConfig.Enabled = n.libp2p
	cfg.FilterPeers = !n.libp2p
	var own []Key
	for _, d := range dial {
		own = append(own, d.id)
		if n.libp2p {
			cfg.P2P.LibP2PConfig.BootstrapPeers = append(cfg.P2P.LibP2PConfig.BootstrapPeers,
				cmtcfg.LibP2PBootstrapPeer{Host: d.addr, ID: d.id.PeerID().String(), Persistent: true})
			continue
		}
		if cfg.P2P.PersistentPeers != "" {
			cfg.P2P.PersistentPeers += ","
		}
		cfg.P2P.PersistentPeers += string(d.key.ID()) + "@" + d.addr
	}

	var val ed25519.PrivKey
	if i := len(n.stations); i < len(n.validators) {
		val = n.validators[i]
	} else {
		val = ed25519.GenPrivKey()
	}
	s.wall = New(own...)
	s.app = &countingApp{wall: s.wall}
	s.node, err = node.NewNode(cfg,
		privval.NewFilePV(val, filepath.Join(dir, "pv.json"), filepath.Join(dir, "pv_state.json")),
		s.key, proxy.NewConnSyncLocalClientCreator(s.app),
		func() (*types.GenesisDoc, error) { return n.genesis, nil },
		cometdb.Open, node.DefaultMetricsProvider(cfg.Instrumentation), log.NewNopLogger())
	require.NoError(t, err)
	require.NoError(t, s.wall.Guard(s.node.Switch()))
	n.stations = append(n.stations, s)
	return s
}

func (s *station) start(t *testing.T) {
	t.Helper()
	require.NoError(t, s.node.Start())
	t.Cleanup(func() {
		if s.node.IsRunning() {
			require.NoError(t, s.node.Stop())
			s.node.Wait()
		}
	})
}

func (s *station) height() int64 { return s.node.BlockStore().Height() }

func (s *station) waitHeight(t *testing.T, h int64, what string) {
	t.Helper()
	require.Eventually(t, func() bool { return s.height() >= h }, patience, 20*time.Millisecond,
		"%s: height %d, wanted %d", what, s.height(), h)
}

// freeAddr is a loopback address whose port is free for TCP and UDP.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		addr := l.Addr().String()
		u, err := net.ListenPacket("udp", addr)
		l.Close()
		if err == nil {
			u.Close()
			return addr
		}
	}
	t.Fatal("no port is free for TCP and UDP")
	return ""
}

// TestWall runs two validators and an intruder who has the genesis file and knows their addresses: the
// intruder gets nothing; once registered it gets the blocks; dropped from the registry it is cut off.
func TestWall(t *testing.T) {
	for name, libp2p := range map[string]bool{"libp2p": true, "classic": false} {
		t.Run(name, func(t *testing.T) {
			n := newConsortium(t, libp2p)
			a := n.add(t)
			b := n.add(t, a)
			members := []Key{a.id, b.id}
			for _, s := range []*station{a, b} {
				s.wall.Update(members)
				s.start(t)
			}
			a.waitHeight(t, 3, "two members make blocks")

			// The intruder's own wall is wide open to the members.
			intruder := n.add(t, a, b)
			intruder.start(t)
			require.Eventually(t, func() bool { return a.wall.Refused()+b.wall.Refused() > 2 }, patience, 20*time.Millisecond,
				"the intruder knocks")
			a.waitHeight(t, a.height()+10, "members go on beside the intruder")
			assert.Zero(t, intruder.height(), "the intruder has a block")
			assert.Zero(t, intruder.app.blocks.Load(), "the intruder executed a block")
			for _, s := range []*station{a, b} {
				assert.False(t, connected(s, intruder), "the intruder is a peer")
			}

			// Registered: it catches up.
			for _, s := range []*station{a, b} {
				s.wall.Update(append(members, intruder.id))
			}
			if !libp2p {
				// A classic node that was refused gives up dialling within milliseconds (two of its
				// reconnects meet), so a member has to dial it, or its operator to restart it.
				require.NoError(t, a.node.Switch().DialPeersAsync([]string{string(intruder.key.ID()) + "@" + intruder.addr}))
			}
			intruder.waitHeight(t, a.height(), "a registered node catches up")
			// CometBFT v0.40.0 panics when a peer goes while a block of its is taken up (blocksync, PopRequest).
			require.Eventually(t, func() bool { return !intruder.node.ConsensusReactor().WaitSync() }, patience, 20*time.Millisecond,
				"a registered node leaves block sync")

			// Dropped again: it is cut off at once and stays so.
			for _, s := range []*station{a, b} {
				s.wall.Update(members)
				assert.False(t, connected(s, intruder), "a dropped node is still a peer")
			}
			last := max(a.height(), b.height()) + 1 // what was decided or on its way when it was dropped
			a.waitHeight(t, last+10, "members go on without the dropped node")
			assert.LessOrEqual(t, intruder.height(), last, "a dropped node still gets blocks")
			assert.False(t, connected(a, intruder) || connected(b, intruder), "a dropped node is a peer again")
		})
	}
}

// connected says whether s counts other among its peers.
func connected(s, other *station) bool {
	peers := s.node.Switch().Peers()
	return peers.Has(other.key.ID()) || s.wall.host != nil && peers.Has(p2p.ID(other.id.PeerID().String()))
}

// TestGuardFailsClosed makes sure that a switch the wall doesn't know stops the start.
func TestGuardFailsClosed(t *testing.T) {
	var unknown struct{ p2p.Switcher }
	require.ErrorContains(t, New().Guard(unknown), "must be a *lp2p.Switch")
	n := newConsortium(t, true)
	s := n.add(t)
	require.ErrorContains(t, s.wall.Guard(s.node.Switch()), "already stands")
	require.ErrorContains(t, New().Guard(s.node.Switch()), "walled already")
}

func TestKeyIdentities(t *testing.T) {
	priv := ed25519.GenPrivKeyFromSecret([]byte("a node"))
	k, err := KeyOf(priv.PubKey())
	require.NoError(t, err)
	back, err := ParsePeerID(k.PeerID().String())
	require.NoError(t, err)
	assert.Equal(t, k, back)
	assert.Equal(t, (&p2p.NodeKey{PrivKey: priv}).ID(), k.NodeID())
	for _, bad := range []string{"", "12D3", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N"} {
		_, err := ParsePeerID(bad)
		assert.Error(t, err, bad)
	}
}

func TestFilter(t *testing.T) {
	member, stranger := Key{1}, Key{2}
	w := New()
	w.Update([]Key{member})
	for _, tt := range []struct {
		path string
		mine bool
		ok   bool
	}{
		{fmt.Sprintf("/p2p/filter/id/%s", member.NodeID()), true, true},
		{fmt.Sprintf("/p2p/filter/id/%s", stranger.NodeID()), true, false},
		{"/p2p/filter/addr/127.0.0.1:26656", true, true},
		{"/p2p/filter/id/", true, false},
		{"/p2p/filter/", true, false},
		{"/p2p/filter/name/x", true, false},
		{"/store/key", false, true},
		{"", false, true},
	} {
		mine, err := w.Filter(tt.path)
		assert.Equal(t, tt.mine, mine, tt.path)
		assert.Equal(t, tt.ok, err == nil, tt.path)
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"/p2p/filter/id/00ff", "/p2p/filter/addr/[::1]:1", "/p2p/filter//", "/x"} {
		f.Add(s)
	}
	w := New()
	f.Fuzz(func(t *testing.T, path string) {
		if mine, err := w.Filter(path); err != nil && !mine {
			t.Fatal("an error about a path of others")
		}
		w.AllowsNode(p2p.ID(path))
		_, _ = ParsePeerID(path)
	})
}
