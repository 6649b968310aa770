package share

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/ethereum/go-ethereum/common"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/peers"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/tracetest"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// world is one ledger in memory, and nodes with real libp2p hosts, indexes and vaults.
type world struct {
	ledger *tracetest.Ledger

	mu    sync.Mutex
	reg   map[peer.ID]common.Address
	keys  map[peer.ID]peers.Key
	nodes []*node
	seed  uint64
}

func newWorld() *world {
	return &world{ledger: tracetest.New(), reg: make(map[peer.ID]common.Address), keys: make(map[peer.ID]peers.Key)}
}

// Nodes and Sponsor are the register.
func (w *world) Nodes() map[peer.ID]common.Address {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.reg)
}

func (w *world) Sponsor(context.Context, common.Address) (common.Address, error) {
	return common.Address{}, nil // the index tells of every party of these tests
}

func operator(name string) common.Address { return tracetest.Address("operator " + name) }

// party registers a party under an operator.
func (w *world) party(name, op string) common.Address {
	party := tracetest.Address("party " + name)
	w.ledger.Mine(tracetest.Tx{Party: party, Record: &contracts.Party{Since: w.ledger.Final().Time + 1, Sponsor: operator(op),
		Details: contracts.PartyDetails{Name: name}}})
	return party
}

// node is a node of an operator.
type node struct {
	w    *world
	op   string
	dir  string
	key  ed25519.PrivKey
	id   peers.Key
	host host.Host
	wall *peers.Wall

	index *index.Projection
	vault *vault.Store
	share *Service
	stop  func()
}

// quick is a configuration for tests: they wait for what happens, not for time to pass.
var quick = Config{FirstRetry: 10 * time.Millisecond, LastRetry: 100 * time.Millisecond}

// node makes a registered node, connects it with the others and starts it.
func (w *world) node(t *testing.T, op string) *node {
	t.Helper()
	n := w.make(t, op)
	w.register(n.id, operator(op))
	n.start(t)
	return n
}

func (w *world) make(t *testing.T, op string) *node {
	t.Helper()
	n := &node{w: w, op: op, dir: t.TempDir(), key: ed25519.GenPrivKey(), stop: func() {}}
	var err error
	n.id, err = peers.KeyOf(n.key.PubKey())
	require.NoError(t, err)
	t.Cleanup(func() { n.stop() })
	w.nodes = append(w.nodes, n)
	return n
}

// register puts a node on the register, or takes it off, and lets every wall know.
func (w *world) register(key peers.Key, op common.Address) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := key.PeerID()
	w.keys[id], w.reg[id] = key, op
	if op == (common.Address{}) {
		delete(w.keys, id)
		delete(w.reg, id)
	}
	var all []peers.Key
	for _, k := range w.keys {
		all = append(all, k)
	}
	for _, n := range w.nodes {
		if n.wall != nil {
			n.wall.Update(all)
		}
	}
}

// start opens the node's host and stores and connects it with everybody who runs.
func (n *node) start(t *testing.T) {
	t.Helper()
	n.open(t)
	n.connect(t)
}

// open opens the host and the stores, and connects with nobody.
func (n *node) open(t *testing.T) {
	t.Helper()
	inner, err := peers.NewHost(n.key, "127.0.0.1:0")
	require.NoError(t, err)
	n.wall = peers.New()
	n.host, err = n.wall.Fence(inner)
	require.NoError(t, err)
	n.w.register(n.id, n.w.Nodes()[n.id.PeerID()])

	n.index, err = index.Open(filepath.Join(n.dir, "index"), tracetest.Chain, 4<<20)
	require.NoError(t, err)
	n.vault, err = vault.Open(filepath.Join(n.dir, "vault"), nil, nil)
	require.NoError(t, err)
	n.share, err = New(Deps{Vault: n.vault, Index: n.index, Register: n.w, Host: n.host, Log: slog.New(slog.DiscardHandler)}, quick)
	require.NoError(t, err)
	n.share.Start()
	ctx, cancel := context.WithCancel(context.Background())
	var following sync.WaitGroup
	following.Go(func() { _ = n.index.Run(ctx, n.w.ledger) }) // ends with ctx
	n.stop = func() {
		n.stop = func() {}
		cancel()
		following.Wait()
		n.share.Close()
		require.NoError(t, inner.Close())
		require.NoError(t, n.vault.Close())
		require.NoError(t, n.index.Close())
	}
}

func (n *node) connect(t *testing.T) {
	t.Helper()
	for _, other := range n.w.nodes {
		if other != n && other.host != nil {
			_ = n.host.Connect(t.Context(), peer.AddrInfo{ID: other.host.ID(), Addrs: other.host.Addrs()}) // it may be away
		}
	}
}

// indexed waits until the node knows the whole ledger.
func (n *node) indexed(t *testing.T) {
	t.Helper()
	require.NoError(t, n.index.WaitFor(t.Context(), n.w.ledger.Final().Height))
}

// captured is a sealed event as its node recorded it.
type captured struct {
	vault.Record
	event *epcis.Event
}

const bottle = "https://id.gs1.org/01/09521202001011/21/"

func (w *world) event(t *testing.T, serial string) *epcis.Event {
	w.seed++
	return tracetest.Event(t, "ObjectEvent", fmt.Sprintf(`"eventTime":"2026-11-01T00:00:00Z","action":"OBSERVE","epcList":[%q],`+
		`"eventID":"urn:uuid:00000000-0000-4000-8000-%012d","bizStep":"shipping","ex:price":"secret price %06d"`, bottle+serial, w.seed, w.seed))
}

// write records an open event on a serial's trunk, which puts the party on its way.
func (w *world) write(t *testing.T, party common.Address, serial string, next ...common.Address) {
	t.Helper()
	call := tracetest.CallOf(t, format.Trunk, format.LeafEvent, w.event(t, serial))
	call.Next = next
	w.ledger.Mine(tracetest.Tx{Party: party, Call: call})
}

// seal records a sealed event at a node, as capture does: the vault first, then the ledger.
func (n *node) seal(t *testing.T, party common.Address, policy, serial string) captured {
	t.Helper()
	e := n.w.event(t, serial)
	call, fields := tracetest.SealedCall(t, format.Trunk, format.LeafEvent, policy, e, n.w.seed, format.Hash{})
	facts, err := index.ReadFacts(e.Body())
	require.NoError(t, err)
	c := captured{event: e, Record: vault.Record{Head: vault.Head{Ref: vault.Ref{Commitment: call.Commitments[0], Party: party}, Policy: policy,
		EventID: facts.EventID, Hash: facts.Hash, Disclose: []string{"/bizStep"}, Captured: 1}, Fields: fields}}
	if n.vault != nil {
		require.NoError(t, n.vault.Put(c.Record))
	}
	n.w.ledger.Mine(tracetest.Tx{Party: party, Call: call})
	return c
}

// waiting bounds the wait for what will happen.
const waiting = time.Minute

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, waiting, 2*time.Millisecond, what)
}

// gets waits until the node holds the body, and checks it.
func (n *node) gets(t *testing.T, c *captured) *vault.Record {
	t.Helper()
	eventually(t, "the body comes", func() bool {
		has, err := n.vault.Has(c.Ref)
		require.NoError(t, err)
		return has
	})
	r, err := n.vault.Get(c.Ref)
	require.NoError(t, err)
	require.Equal(t, c.Fields, r.Fields)
	require.Equal(t, c.Hash, r.Hash)
	require.Equal(t, c.EventID, r.EventID)
	require.Equal(t, c.Policy, r.Policy)
	return r
}

// refused asks a node for a body and is refused.
func (n *node) asks(t *testing.T, of *node, refs ...vault.Ref) ([]body, error) {
	t.Helper()
	of.indexed(t)
	a, err := n.share.question(of.host.ID(), &question{Kind: askBodies, Refs: refs})
	return a.Bodies, err
}

// copyCommitment records another party's commitment as a party's own, on another object.
func (w *world) copyCommitment(t *testing.T, party common.Address, c *captured, serial string) {
	t.Helper()
	stub, err := epcis.NewStub(c.Policy, c.Fields)
	require.NoError(t, err)
	payload, err := epcis.EncodePayload([][]byte{stub.Body()})
	require.NoError(t, err)
	w.ledger.Mine(tracetest.Tx{Party: party, Call: index.Call{Lane: uint8(format.Trunk), Kind: uint8(format.LeafEvent),
		Commitments: []common.Hash{c.Commitment}, Objects: [][]index.Object{tracetest.ObjectsOf(t, w.event(t, serial))}, Payload: payload}})
}
