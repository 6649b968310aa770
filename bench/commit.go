package bench

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Commit says which transactions to send to an own network.
type Commit struct {
	Rate     float64       // transactions a second; 0 finds the peak with a closed loop
	Duration time.Duration // of the sending, warm-up included
	Warmup   time.Duration // part of Duration that doesn't count
	Idle     time.Duration // how long the network is watched idle before
	InFlight int           // transactions waiting at once in the closed loop
	Profiles string        // folder for profiles of each node; empty: none
	Version  string        // of this software, for the report
}

// CommitReport is what a run of Commit saw.
type CommitReport struct {
	Machine    Machine `json:"machine"`
	Validators int     `json:"validators"`
	Rate       float64 `json:"rate"`    // transactions a second asked for, 0 for the peak
	Seconds    float64 `json:"seconds"` // length of the window

	// Of the whole run, in transactions.
	Sent      int64  `json:"sent"`
	Committed int64  `json:"committed"`
	Refused   int64  `json:"refused"`
	Lost      int64  `json:"lost"` // taken, and in no block when patience ended
	FirstFail string `json:"first_failure,omitempty"`

	// Of the window.
	PerSecond float64      `json:"txs_per_second"`
	Latency   Latency      `json:"latency"` // intended time to the block at the node that took it
	NodesCPU  float64      `json:"cpu_ms_per_tx"`
	Busy      float64      `json:"nodes_cores_busy"`
	LoadCPU   float64      `json:"load_cpu_ms_per_tx"`
	Blocks    uint64       `json:"blocks"`
	Gas       uint64       `json:"gas_per_tx"` // asked for
	Idle      *IdleReport  `json:"idle,omitempty"`
	Nodes     []NodeReport `json:"nodes"`
}

// Commit sends transactions and reports.
func (n *Network) Commit(ctx context.Context, c Commit) (*CommitReport, error) {
	switch {
	case n.own == nil:
		return nil, errors.New("commit: needs a network of its own, whose keys it can use")
	case c.Duration <= c.Warmup:
		return nil, fmt.Errorf("duration: %s is not longer than the warm-up of %s", c.Duration, c.Warmup)
	case c.Rate == 0 && c.InFlight < len(n.Targets):
		return nil, fmt.Errorf("in flight: %d is less than one for each node", c.InFlight)
	}
	r := &CommitReport{Machine: thisMachine(c.Version), Validators: len(n.Targets), Rate: c.Rate}
	var err error
	if c.Idle > 0 {
		if r.Idle, err = n.watchIdle(ctx, c.Idle); err != nil {
			return nil, err
		}
	}
	wallets, err := n.wallets(ctx)
	if err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	start := time.Now()
	from, end := start.Add(c.Warmup), start.Add(c.Duration)
	t := &tally{from: from, end: end, latency: newRecorder()}
	for _, w := range wallets {
		w.tally, w.room = t, make(chan struct{}, max(1, c.InFlight/len(wallets)))
		go w.watch(watching)
		defer w.rpc.Close()
	}
	profiles := n.profile(ctx, c.Profiles, from, c.Duration-c.Warmup)
	watched := make(chan *window, 1)
	go func() { watched <- n.watch(ctx, from, end) }()
	first := wallets[0].seen.Load()
	if c.Rate > 0 {
		pace(ctx, start, end, c.Rate, func(i int, due time.Time) { wallets[i%len(wallets)].send(ctx, due) })
	} else {
		press(ctx, end, len(wallets)*8, func(i int) {
			w := wallets[i%len(wallets)]
			select {
			case w.room <- struct{}{}:
				w.send(ctx, time.Now())
			case <-time.After(time.Until(end)):
			}
		})
	}
	win := <-watched
	if err := errors.Join(ctx.Err(), <-profiles); err != nil {
		return nil, err
	}
	t.drain(ctx)
	t.report(r, win)
	r.Blocks, r.Gas = wallets[0].seen.Load()-first, wallets[0].gas
	r.Nodes = n.nodes()
	r.Machine.LoadAfter = loadAverage()
	return r, nil
}

// tally counts what became of transactions.
type tally struct {
	from, end                      time.Time
	sent, committed, refused, open atomic.Int64
	inWindow                       atomic.Int64
	latency                        *recorder
	mu                             sync.Mutex
	first                          error
}

func (t *tally) refuse(err error) {
	t.refused.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.first == nil {
		t.first = err
	}
}

// done books a transaction meant to leave at due and seen in a block at the time.
func (t *tally) done(due, at time.Time) {
	t.committed.Add(1)
	t.open.Add(-1)
	if !due.Before(t.from) && due.Before(t.end) {
		t.latency.add(at.Sub(due))
	}
	if !at.Before(t.from) && at.Before(t.end) {
		t.inWindow.Add(1)
	}
}

// drain waits for the blocks of what is still on its way.
func (t *tally) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience/4)
	defer cancel()
	for t.open.Load() > 0 && sleepUntil(ctx, time.Now().Add(50*time.Millisecond)) == nil {
	}
}

func (t *tally) report(r *CommitReport, w *window) {
	r.Seconds, r.Sent, r.Committed, r.Refused, r.Lost = w.seconds(), t.sent.Load(), t.committed.Load(), t.refused.Load(), t.open.Load()
	if t.first != nil {
		r.FirstFail = t.first.Error()
	}
	n := float64(t.inWindow.Load())
	r.PerSecond, r.Latency, r.Busy = n/r.Seconds, t.latency.summary(), w.nodes.Seconds()/r.Seconds
	if n > 0 {
		r.NodesCPU, r.LoadCPU = w.nodes.Seconds()*1000/n, w.load.Seconds()*1000/n
	}
}

// wallet sends the transactions of one key to one node and watches the node's blocks for them.
type wallet struct {
	key     *node.HostedKey
	rpc     *rpc.Client
	eth     *ethclient.Client
	chainID *big.Int
	gas     uint64
	tally   *tally
	room    chan struct{} // in the closed loop, one entry a transaction on its way
	seen    atomic.Uint64 // last block looked at

	mu    sync.Mutex
	gen   *generator
	nonce uint64
	due   map[common.Hash]time.Time
}

// wallets opens the first key of each operator at its own node.
func (n *Network) wallets(ctx context.Context) ([]*wallet, error) {
	var out []*wallet
	for i, p := range n.own.Parties[:len(n.Targets)] {
		cfg, err := node.LoadConfig(p.Home, nil)
		if err != nil {
			return nil, err
		}
		password, err := cfg.Password(p.Home)
		if err != nil {
			return nil, err
		}
		ks, err := node.OpenKeystore(p.Home, password, node.DemoKeys)
		if err != nil {
			return nil, err
		}
		key, err := ks.Signer(p.Admin)
		if err != nil {
			return nil, err
		}
		w, err := openWallet(ctx, n.Targets[i].URL, key, uint64(i)+1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.ID, err)
		}
		out = append(out, w)
	}
	return out, nil
}

func openWallet(ctx context.Context, url string, key *node.HostedKey, seed uint64) (*wallet, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost, transport.Proxy = 0, 1<<10, nil
	c, err := rpc.DialOptions(ctx, url+"/rpc", rpc.WithHTTPClient(&http.Client{Transport: transport, Timeout: time.Minute}))
	if err != nil {
		return nil, err
	}
	w := &wallet{key: key, rpc: c, eth: ethclient.NewClient(c), gen: newGenerator(1, 1, seed), due: map[common.Hash]time.Time{}}
	if w.chainID, err = w.eth.ChainID(ctx); err != nil {
		return nil, err
	}
	if w.nonce, err = w.eth.PendingNonceAt(ctx, key.Address()); err != nil {
		return nil, err
	}
	block, err := w.eth.BlockNumber(ctx)
	if err != nil {
		return nil, err
	}
	w.seen.Store(block)
	data, err := w.call()
	if err != nil {
		return nil, err
	}
	// Every transaction writes to a new object, so they all need about the same.
	if w.gas, err = w.eth.EstimateGas(ctx, ethereum.CallMsg{From: key.Address(), To: &contracts.HeadsAddr, Data: data}); err != nil {
		return nil, fmt.Errorf("estimate of an append: %w", err)
	}
	w.gas += w.gas / 5
	return w, nil
}

// call is the append of a new event.
func (w *wallet) call() ([]byte, error) {
	doc, err := epcis.Parse(w.gen.document(time.Now()))
	if err != nil {
		return nil, err
	}
	e := doc.Events[0]
	body := e.Body()
	object, err := e.Objects()[0].ID.Object("")
	if err != nil {
		return nil, err
	}
	payload, err := epcis.EncodePayload([][]byte{body})
	if err != nil {
		return nil, err
	}
	return index.Call{Lane: uint8(format.Trunk), Kind: uint8(format.LeafEvent), Commitments: []common.Hash{epcis.Commitment(body)},
		Objects: [][]index.Object{{index.NewObject(object)}}, Payload: payload}.Pack()
}

// send signs and sends one transaction.
func (w *wallet) send(ctx context.Context, due time.Time) {
	w.mu.Lock()
	data, err := w.call()
	var tx *types.Transaction
	if err == nil {
		tx, err = w.key.SignTx(types.NewTx(&types.DynamicFeeTx{ChainID: w.chainID, Nonce: w.nonce, Gas: w.gas, GasTipCap: new(big.Int),
			GasFeeCap: new(big.Int), To: &contracts.HeadsAddr, Data: data}), w.chainID)
	}
	if err != nil {
		w.mu.Unlock()
		w.tally.refuse(err)
		return
	}
	w.nonce++
	w.due[tx.Hash()] = due
	w.mu.Unlock()
	w.tally.sent.Add(1)
	w.tally.open.Add(1)
	if err := w.eth.SendTransaction(ctx, tx); err != nil {
		w.mu.Lock()
		delete(w.due, tx.Hash())
		w.mu.Unlock()
		w.tally.open.Add(-1)
		w.tally.refuse(err)
	}
}

// glance is how often a wallet asks its node for a new block; latencies are up to that too long.
const glance = 10 * time.Millisecond

// watch looks for the wallet's transactions in each new block of its node until ctx is done.
func (w *wallet) watch(ctx context.Context) {
	for sleepUntil(ctx, time.Now().Add(glance)) == nil {
		top, err := w.eth.BlockNumber(ctx)
		if err != nil {
			continue
		}
		for number := w.seen.Load() + 1; number <= top; number++ {
			var block struct {
				Transactions []common.Hash `json:"transactions"`
			}
			if err := w.rpc.CallContext(ctx, &block, "eth_getBlockByNumber", hexutil.Uint64(number), false); err != nil {
				break
			}
			w.take(block.Transactions, time.Now())
			w.seen.Store(number)
		}
	}
}

func (w *wallet) take(txs []common.Hash, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range txs {
		due, ok := w.due[h]
		if !ok {
			continue
		}
		delete(w.due, h)
		w.tally.done(due, at)
		select {
		case <-w.room:
		default: // nobody counts in an open loop
		}
	}
}
