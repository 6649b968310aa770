package verify_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"math/bits"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb/memorydb"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"github.com/ethereum/go-ethereum/triedb"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// The forge makes proofs as a network whose validators we hold the keys of would: whatever content a test gives it, the
// hashes and signatures above it are right. So a test of one rule fails at that rule.

// signers are validators with their keys, in the order of their set.
type signers []ed25519.PrivateKey

func newSigners(name string, n int) (out signers) {
	for i := range n {
		seed := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("suyuan test validator "+name), uint32(i)))
		out = append(out, ed25519.NewKeyFromSeed(seed[:]))
	}
	return out
}

func (s signers) set(powers ...uint64) (out []verify.Validator) {
	for i, k := range s {
		power := uint64(60)
		if i < len(powers) {
			power = powers[i]
		}
		out = append(out, verify.Validator{PublicKey: verify.Word(k.Public().(ed25519.PublicKey)), Power: verify.U64(power)})
	}
	return out
}

// sign puts the votes of those at the places given, all if none is, under a header.
func (s signers) sign(c *verify.Commit, places ...int) {
	if places == nil {
		for i := range s {
			places = append(places, i)
		}
	}
	c.Signatures = nil
	for _, i := range places {
		at := verify.Time{Seconds: c.Header.Time.Seconds + 1, Nanos: 1000 + i}
		c.Signatures = append(c.Signatures, verify.Signature{Validator: i, Time: at,
			Signature: ed25519.Sign(s[i%len(s)], verify.SignBytes(c, at))})
	}
}

// forged is a network of our own: validators, and what their readers trust.
type forged struct {
	signers
	trust     verify.Trust
	unwritten bool                 // lanes begin with checkpoints that don't exist
	marked    bool                 // or with such as have a mark
	noticed   map[format.Hash]bool // objects with notices that the file doesn't show
}

func newForged(t testing.TB) *forged {
	f := &forged{signers: newSigners("forge", 4), trust: *readTrust(t, "trust.json"), noticed: map[format.Hash]bool{}}
	f.trust.Validators = f.set()
	return f
}

func vectorFile(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "vectors", "proof", name))
	require.NoError(t, err)
	return raw
}

func readTrust(t testing.TB, name string) *verify.Trust {
	t.Helper()
	trust, err := verify.ParseTrust(vectorFile(t, name))
	require.NoError(t, err)
	return trust
}

func readProof(t testing.TB, name string) *verify.Proof {
	t.Helper()
	p, err := verify.Parse(vectorFile(t, name))
	require.NoError(t, err)
	return p
}

func encode(t testing.TB, p *verify.Proof) []byte {
	t.Helper()
	b := p.Encode()
	return b
}

// remake computes everything above the contents of a proof anew: commitments, heads, state, EVM header, signatures.
func (f *forged) remake(t testing.TB, p *verify.Proof) {
	t.Helper()
	for i := range p.Leaves {
		l := &p.Leaves[i]
		switch {
		case l.Body != nil:
			l.Commitment = verify.Word(format.Commitment(format.Open, sha256.Sum256([]byte(*l.Body))))
		case l.Sealed != nil: // sealed put it there
		case l.Record != nil:
			l.Commitment = verify.Word(format.Commitment(format.Registry, format.Keccak(l.Record.Topic[:], l.Record.Data)))
		}
	}
	storage := map[format.Hash]verify.Word{}
	var wanted []format.Hash
	put := func(slot format.Hash, w verify.Word) {
		wanted = append(wanted, slot)
		storage[slot] = w
	}
	for i := range p.Lanes {
		f.remakeLane(p, &p.Lanes[i], put)
	}
	f.state(t, p, storage, wanted)
}

// state makes a state that holds these words at the slots wanted, and a signed block above it.
func (f *forged) state(t testing.TB, p *verify.Proof, storage map[format.Hash]verify.Word, wanted []format.Hash) {
	t.Helper()
	nodes := memorydb.New()
	headsRoot := f.trieOf(t, storage, wanted, nodes)
	accounts := map[format.Hash][]byte{}
	account := func(a verify.Address, root common.Hash, code verify.Word) {
		raw, err := rlp.EncodeToBytes(&types.StateAccount{Nonce: 1, Balance: common.U2560, Root: root, CodeHash: code[:]})
		require.NoError(t, err)
		accounts[format.Keccak(a[:])] = raw
	}
	account(f.trust.Contracts.Heads, headsRoot, f.trust.HeadsCodeHash)
	account(f.trust.Contracts.Parties, headsRoot, f.trust.HeadsCodeHash) // a neighbour
	paths := []format.Hash{format.Keccak(f.trust.Contracts.Heads[:])}
	root := buildTrie(t, accounts, paths, nodes)
	p.Nodes = nil
	it := nodes.NewIterator(nil, nil)
	defer it.Release()
	for it.Next() {
		p.Nodes = append(p.Nodes, common.CopyBytes(it.Value()))
	}
	var h types.Header
	require.NoError(t, rlp.DecodeBytes(p.Block, &h))
	h.Root = root
	raw, err := rlp.EncodeToBytes(&h)
	require.NoError(t, err)
	p.Block = raw
	f.resign(p)
}

// remakeLane gives a lane the heads that its leaves lead to.
func (f *forged) remakeLane(p *verify.Proof, l *verify.Lane, put func(format.Hash, verify.Word)) {
	key := format.LaneKey(format.Lane(l.Lane), p.Objects[l.Object].Key())
	checkpoint := func(n verify.U64) format.Hash {
		return mapSlot(word(uint64(n)), mapSlot(key, word(uint64(f.trust.Slots.Checkpoint))))
	}
	var head format.Head
	if l.From != 0 {
		if !f.unwritten {
			head = format.Head{Count: uint64(l.From), Chain: [26]byte{1, 2, 3}}
		}
		w := verify.Word(head.Word())
		if f.marked {
			w[0] |= 0x80
		}
		l.Start = &w
		put(checkpoint(l.From), w)
	}
	for _, n := range l.Leaves {
		leaf := &p.Leaves[n]
		head = head.Append(key, verify.LeafHash(leaf, &f.trust))
	}
	if l.To != nil {
		w := verify.Word(head.Word())
		l.End = &w
		put(checkpoint(*l.To), w)
		head = head.Append(key, format.Keccak([]byte("one more")))
	}
	if l.Lane != int(format.Notes) {
		l.Head = verify.Word(head.Word())
	}
	if l.Lane == int(format.Trunk) && f.hasNotices(p, l.Object) {
		l.Head[0] |= 0x80
	}
	put(mapSlot(key, word(uint64(f.trust.Slots.Head))), l.Head)
}

// resign makes a header for the proof's EVM block and signs it by all.
func (f *forged) resign(p *verify.Proof) {
	hash := format.Keccak(p.Block)
	p.Validators = f.trust.Validators
	p.Rotations = nil
	p.Commit.Header.AppHash = hash[:]
	p.Commit.Header.ValidatorsHash = verify.ValidatorsHash(p.Validators)
	p.Commit.Header.NextValidatorsHash = p.Commit.Header.ValidatorsHash
	f.sign(p.Commit)
}

// outdate puts the proof's block under the range of a younger one, and that one into the header that is signed.
func (b *tiny) outdate() {
	var older types.Header
	require.NoError(b.t, rlp.DecodeBytes(b.p.Block, &older))
	height := bits.Len64(older.Number.Uint64())
	node := format.MountainLeaf(int64(binary.BigEndian.Uint64(older.Extra)), format.Keccak(b.p.Block))
	b.p.Ancestry = &verify.Ancestry{Peaks: verify.List[verify.Word]{}}
	for level := range height {
		sibling := word(uint64(level))
		b.p.Ancestry.Path = append(b.p.Ancestry.Path, verify.Word(sibling))
		if older.Number.Uint64()>>level&1 == 1 {
			node = format.MountainNode(sibling, node)
		} else {
			node = format.MountainNode(node, sibling)
		}
	}
	younger := older
	younger.Number = new(big.Int).Lsh(big.NewInt(1), uint(height)) // one mountain
	root := common.Hash(format.Mountains{Count: younger.Number.Uint64(), Peaks: []format.Hash{node}}.Root())
	younger.ParentBeaconRoot = &root
	raw, err := rlp.EncodeToBytes(&younger)
	require.NoError(b.t, err)
	b.p.Ancestry.Block = raw
	block := b.p.Block
	b.p.Block = raw
	b.resign(b.p)
	b.p.Block = block
}

func (f *forged) trieOf(t testing.TB, storage map[format.Hash]verify.Word, wanted []format.Hash, nodes *memorydb.Database) common.Hash {
	values := map[format.Hash][]byte{}
	for i := range 3 { // neighbours, so that the tries have some depth
		values[format.Keccak([]byte{byte(i)})] = []byte{1}
	}
	var paths []format.Hash
	for slot, w := range storage {
		if w != (verify.Word{}) {
			raw, err := rlp.EncodeToBytes(new(big.Int).SetBytes(w[:]))
			require.NoError(t, err)
			values[format.Keccak(slot[:])] = raw
		}
	}
	for _, slot := range wanted {
		paths = append(paths, format.Keccak(slot[:]))
	}
	return buildTrie(t, values, paths, nodes)
}

func buildTrie(t testing.TB, values map[format.Hash][]byte, paths []format.Hash, nodes *memorydb.Database) common.Hash {
	tr := trie.NewEmpty(triedb.NewDatabase(rawdb.NewMemoryDatabase(), nil))
	for k, v := range values {
		require.NoError(t, tr.Update(k[:], v))
	}
	root := tr.Hash()
	for _, k := range paths {
		require.NoError(t, tr.Prove(k[:], nodes))
	}
	return root
}

func word(n uint64) (w format.Hash) {
	binary.BigEndian.PutUint64(w[24:], n)
	return w
}

func addressWord(a verify.Address) (w format.Hash) {
	copy(w[12:], a[:])
	return w
}

func mapSlot(key, place format.Hash) format.Hash {
	return format.Hash(crypto.Keccak256Hash(key[:], place[:]))
}

// hasNotices says whether the made-up ledger has notices of an object: those shown, or others that a test hides.
func (f *forged) hasNotices(p *verify.Proof, object int) bool {
	for _, l := range p.Lanes {
		if l.Object == object && l.Lane == int(format.Notice) && (len(l.Leaves) > 0 || l.From > 0) {
			return true
		}
	}
	return f.noticed[p.Objects[object].Key()]
}
