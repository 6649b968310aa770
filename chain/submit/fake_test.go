package submit

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/txpool"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/admit"
)

var testChain = big.NewInt(789826)

// testKey is a key of a test.
type testKey struct{ priv *ecdsa.PrivateKey }

func newKey(seed byte) testKey {
	var raw [32]byte
	raw[31] = seed + 1
	priv, err := crypto.ToECDSA(raw[:])
	if err != nil {
		panic(err)
	}
	return testKey{priv}
}

func (k testKey) Address() common.Address { return crypto.PubkeyToAddress(k.priv.PublicKey) }

func (k testKey) SignTx(tx *types.Transaction, chain *big.Int) (*types.Transaction, error) {
	return types.SignTx(tx, types.LatestSignerForChainID(chain), k.priv)
}

// fakeLedger is a chain of our own: a pool that keeps one transaction a nonce like go-ethereum's, and
// beside it "wild" memory of other nodes, which keep every transaction they ever saw and may put any
// admissible one into a block.
type fakeLedger struct {
	mu       sync.Mutex
	life     int // doors of earlier lives are shut
	nonces   map[common.Address]uint64
	pool     map[common.Address]map[uint64]*types.Transaction
	wild     map[common.Address]map[uint64][]*types.Transaction
	refusing map[common.Address]admit.Reason // keys and targets not admitted
	reverts  map[common.Address][]byte       // targets whose calls revert, and with what
	sendErr  error
	lag      int // blocks the state is behind, as after a crash of go-ethereum
	blocks   []Block
	sends    int
}

func newFakeLedger() *fakeLedger {
	return &fakeLedger{
		nonces: map[common.Address]uint64{}, pool: map[common.Address]map[uint64]*types.Transaction{},
		wild: map[common.Address]map[uint64][]*types.Transaction{}, refusing: map[common.Address]admit.Reason{},
		reverts: map[common.Address][]byte{},
	}
}

// door is the ledger as one life of the outbox sees it.
type door struct {
	*fakeLedger
	life int
}

var errDead = errors.New("this life of the node is over")

func (l *fakeLedger) door() *door {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.life++
	l.pool = map[common.Address]map[uint64]*types.Transaction{} // a pool doesn't survive its node
	return &door{l, l.life}
}

func (d *door) enter() error {
	d.mu.Lock()
	if d.life != d.fakeLedger.life {
		d.mu.Unlock()
		return errDead
	}
	return nil
}

func (d *door) ChainID() *big.Int { return testChain }

func (d *door) Nonce(_ context.Context, a common.Address) (uint64, uint64, error) {
	if err := d.enter(); err != nil {
		return 0, 0, err
	}
	defer d.mu.Unlock()
	nonce, number := d.nonces[a], len(d.blocks)
	for range min(d.lag, number) {
		number--
		for _, from := range d.blocks[number].Senders {
			if from == a {
				nonce--
			}
		}
	}
	return nonce, uint64(number), nil
}

func (d *door) Admit(_ context.Context, key common.Address, to *common.Address) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.mu.Unlock()
	if no := d.admit(key, to); no != nil {
		return no
	}
	return nil
}

func (l *fakeLedger) admit(key common.Address, to *common.Address) *Refused {
	if r := l.refusing[key]; r != admit.Admitted {
		return &Refused{Reason: r}
	}
	if to == nil {
		return &Refused{Reason: admit.NeedsDeployScope}
	}
	if r := l.refusing[*to]; r != admit.Admitted {
		return &Refused{Reason: r}
	}
	return nil
}

func (d *door) Estimate(_ context.Context, c ethereum.CallMsg) (uint64, error) {
	if err := d.enter(); err != nil {
		return 0, err
	}
	defer d.mu.Unlock()
	if data, ok := d.reverts[*c.To]; ok {
		return 0, &Reverted{Data: data}
	}
	return 50_000, nil
}

func (d *door) Send(_ context.Context, tx *types.Transaction) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.mu.Unlock()
	d.sends++
	if d.sendErr != nil {
		return d.sendErr
	}
	return d.add(tx)
}

func (l *fakeLedger) add(tx *types.Transaction) error {
	from, err := types.Sender(types.LatestSignerForChainID(testChain), tx)
	if err != nil {
		return txpool.ErrInvalidSender
	}
	if no := l.admit(from, tx.To()); no != nil {
		return no
	}
	n := tx.Nonce()
	if n < l.nonces[from] {
		return core.ErrNonceTooLow
	}
	if l.pool[from] == nil {
		l.pool[from] = map[uint64]*types.Transaction{}
		if l.wild[from] == nil {
			l.wild[from] = map[uint64][]*types.Transaction{}
		}
	}
	if old := l.pool[from][n]; old != nil && l.admit(from, old.To()) == nil {
		if old.Hash() == tx.Hash() {
			return txpool.ErrAlreadyKnown
		}
		return txpool.ErrReplaceUnderpriced
	}
	l.pool[from][n] = tx
	for _, known := range l.wild[from][n] {
		if known.Hash() == tx.Hash() {
			return nil
		}
	}
	l.wild[from][n] = append(l.wild[from][n], tx)
	return nil
}

func (d *door) Drop(_ context.Context, hashes []common.Hash) {
	if d.enter() != nil {
		return
	}
	defer d.mu.Unlock()
	for _, byNonce := range d.pool {
		for n, tx := range byNonce {
			for _, h := range hashes {
				if tx.Hash() == h {
					delete(byNonce, n)
				}
			}
		}
	}
}

func (d *door) RevertData(_ context.Context, tx *types.Transaction, _ common.Address, _ uint64) ([]byte, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	defer d.mu.Unlock()
	return d.reverts[*tx.To()], nil
}

// mine makes a block of what a proposer finds in the wild: any admissible transaction with the next
// nonce of its key, chosen by pick out of n candidates (negative: none).
func (l *fakeLedger) mine(keys []testKey, most int, pick func(n int) int) Block {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := uint64(len(l.blocks) + 1)
	b := Block{Height: int64(2 * n), Number: n, Hash: common.BigToHash(bigOf(n)), Time: 1_700_000_000 + n}
	for _, k := range keys {
		a := k.Address()
		for range most {
			var can []*types.Transaction
			for _, tx := range l.wild[a][l.nonces[a]] {
				if l.admit(a, tx.To()) == nil {
					can = append(can, tx)
				}
			}
			if len(can) == 0 {
				break
			}
			i := pick(len(can))
			if i < 0 {
				break
			}
			status := types.ReceiptStatusSuccessful
			if _, bad := l.reverts[*can[i].To()]; bad {
				status = types.ReceiptStatusFailed
			}
			b.Txs = append(b.Txs, can[i])
			b.Senders = append(b.Senders, a)
			b.Receipts = append(b.Receipts, &types.Receipt{Status: status, GasUsed: 21_000, CumulativeGasUsed: uint64(21_000 * len(b.Txs)),
				Logs: []*types.Log{{Address: *can[i].To(), Topics: []common.Hash{{7}}, Data: []byte{1}, TxHash: can[i].Hash()}}})
			delete(l.pool[a], l.nonces[a])
			l.nonces[a]++
		}
	}
	l.blocks = append(l.blocks, b)
	return b
}

func (l *fakeLedger) head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.blocks); n > 0 {
		b := l.blocks[n-1]
		return Head{b.Height, b.Number, b.Hash}
	}
	return Head{Hash: common.HexToHash("0x9e")}
}

// all takes the first candidate always.
func all(int) int { return 0 }

// rig is an outbox on a fake ledger for the plain tests.
type rig struct {
	t      *testing.T
	ledger *fakeLedger
	fs     *vfs.MemFS
	opts   Options
	box    *Outbox
	key    testKey
}

var target = common.HexToAddress("0x5359000000000000000000000000000000000004")

func newRig(t *testing.T, change ...func(*Options)) *rig {
	t.Helper()
	opts := Options{Tick: -1}
	for _, c := range change {
		c(&opts)
	}
	r := newRigOn(t, opts)
	t.Cleanup(func() { require.NoError(t, r.box.Close()) })
	return r
}

func newRigOn(t *testing.T, opts Options) *rig {
	t.Helper()
	r := &rig{t: t, ledger: newFakeLedger(), fs: vfs.NewCrashableMem(), key: newKey(1), opts: opts}
	r.open()
	return r
}

func (r *rig) open() {
	r.t.Helper()
	r.opts.FS = r.fs
	box, err := Open("outbox", r.ledger.door(), r.opts)
	require.NoError(r.t, err)
	require.NoError(r.t, box.Start(context.Background(), r.ledger.head()))
	r.box = box
}

// crash ends this life of the node, losing what was not synced, and starts the next.
func (r *rig) crash(rng *rand.Rand, percent int) {
	r.t.Helper()
	r.ledger.door() // first shut the old one: what is stored from now on was never sent
	r.fs = r.fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng})
	old := r.box
	r.open()
	require.NoError(r.t, old.Close())
}

func (r *rig) request(n byte) Request {
	return Request{ID: [32]byte{n}, Key: r.key, To: &target, Data: []byte{n}, Gas: 100_000}
}

type answer struct {
	final Final
	err   error
}

// submit asks in the background.
func (r *rig) submit(req Request) <-chan answer {
	box, ch := r.box, make(chan answer, 1)
	go func() {
		f, err := box.Submit(context.Background(), req)
		ch <- answer{f, err}
	}()
	return ch
}

// inFlight waits until n transactions are with the ledger.
func (r *rig) inFlight(n int) {
	r.t.Helper()
	r.until("transactions sent", func() bool {
		r.box.mu.Lock()
		defer r.box.mu.Unlock()
		have := 0
		for _, k := range r.box.keys {
			for _, e := range k.nonces {
				if e.state == sent && e.waits == "a block to hold it" {
					have++
				}
			}
		}
		return have == n
	})
}

func (r *rig) until(what string, ok func() bool) {
	r.t.Helper()
	require.Eventually(r.t, ok, 20*time.Second, time.Millisecond, what)
}

// block mines everything possible and shows it to the outbox.
func (r *rig) block() Block {
	r.t.Helper()
	b := r.ledger.mine([]testKey{r.key}, 1000, all)
	require.NoError(r.t, r.box.Observe(b))
	return b
}

func get(t *testing.T, ch <-chan answer) answer {
	t.Helper()
	select {
	case a := <-ch:
		return a
	case <-time.After(20 * time.Second):
		t.Fatal("no answer")
		return answer{}
	}
}
