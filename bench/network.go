package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/suyuan-ledger/suyuan/demo"
	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/node"
)

// Target is a node that takes load.
type Target struct {
	URL    string
	APIKey string
}

// Own says how to start a throw-away network.
type Own struct {
	Validators int    // number of operators, each with one validator
	Binary     string // the suyuan binary that the validators run
	Dir        string // folder of the network, taken up again if it holds one; empty: a temporary one, removed afterwards
	// Say is told what is going on. It may be nil.
	Say func(format string, args ...any)
}

// Network is what is measured.
type Network struct {
	Targets []Target
	// own is the throw-away network, nil for one that somebody else runs: nothing is known of its processes then.
	own  *demo.Network
	opts demo.Options
	keep bool
	// Founding is how long it took from nothing to a network with registered parties.
	Founding time.Duration
}

// Remote is a network that runs already.
func Remote(targets []Target) *Network { return &Network{Targets: targets} }

// Start founds a network of its own. Close ends it.
func Start(ctx context.Context, o Own) (*Network, error) {
	if o.Validators < 1 {
		return nil, fmt.Errorf("validators: %d is less than 1", o.Validators)
	}
	n := &Network{keep: o.Dir != ""}
	dir := o.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "suyuan-bench-"); err != nil {
			return nil, err
		}
	}
	first, err := freePorts(o.Validators)
	if err != nil {
		return nil, err
	}
	n.opts = demo.Options{Dir: dir, HTTP: first, Binary: o.Binary, Parties: operators(o.Validators), Say: o.Say,
		Configure: func(c *node.Config) { c.Profile = true }}
	began := time.Now()
	if n.own, err = demo.Run(ctx, n.opts); err != nil {
		return nil, errors.Join(err, n.remove())
	}
	n.Founding = time.Since(began)
	for i, v := range n.own.Validators {
		n.Targets = append(n.Targets, Target{v.HTTP, n.own.Parties[i].APIKey})
	}
	return n, nil
}

// Close stops an own network and removes its folder.
func (n *Network) Close() error {
	if n.own == nil {
		return nil
	}
	n.own.Stop()
	return n.remove()
}

func (n *Network) remove() error {
	if n.keep {
		return nil
	}
	return os.RemoveAll(n.opts.Dir)
}

// pids are the node processes, none for a network of somebody else's.
func (n *Network) pids() []int {
	if n.own == nil {
		return nil
	}
	out := make([]int, len(n.own.Validators))
	for i, v := range n.own.Validators {
		out[i] = v.PID
	}
	return out
}

// cpu is the processor time of all node processes so far.
func (n *Network) cpu() (sum time.Duration) {
	for _, pid := range n.pids() {
		t, err := cpuTime(pid)
		if err == nil { // a process that ended is found out by what it no longer answers
			sum += t
		}
	}
	return sum
}

// operators are n organisations that run a validator each and hold no licence: they capture what the sandbox covers.
func operators(n int) []stories.Party {
	out := make([]stories.Party, n)
	for i := range out {
		id := "validator-" + strconv.Itoa(i+1)
		out[i] = stories.Party{ID: id, Name: stories.Text{EN: "Operator " + strconv.Itoa(i+1)}, Country: "CN", GLN: "0",
			Roles: []string{"operator"}, Sponsor: id, Operator: true}
	}
	return out
}

// freePorts finds n ports in a row that nobody uses, for TCP and UDP, and answers the first as an address.
func freePorts(n int) (string, error) {
	const tries = 50
	for range tries {
		first := 20_000 + rand.IntN(10_000)
		if portsFree(first, n) {
			return net.JoinHostPort("127.0.0.1", strconv.Itoa(first)), nil
		}
	}
	return "", fmt.Errorf("no %d free ports in a row found in %d tries", n, tries)
}

func portsFree(first, n int) bool {
	for port := first; port < first+n; port++ {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		t, err := net.Listen("tcp", addr)
		if err != nil {
			return false
		}
		u, err := net.ListenPacket("udp", addr)
		_ = t.Close() // it was only a test
		if err != nil {
			return false
		}
		_ = u.Close()
	}
	return true
}
