package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"golang.org/x/sync/errgroup"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/node"
)

// Options say where and how to run a demo.
type Options struct {
	Dir    string // folder of the network; made if missing, taken up again if it holds one
	HTTP   string // address of the first node; the others take the next ports
	Binary string // the suyuan binary that the validators run
	// LAN is an address of this machine in a local network, on which phones there can reach the pages too; empty:
	// only this machine can. See LANAddress.
	LAN string
	// Parties are the organisations of the network, of which the operators run validators. Empty: those of
	// the stories, which are told then.
	Parties []stories.Party
	// Configure may change a validator's configuration when the network is founded. It may be nil.
	Configure func(*node.Config)
	// Say is told what is going on, one line a step. It may be nil.
	Say func(format string, args ...any)
}

// File is the description of the running network that scripts read: demo.json in its folder.
type File struct {
	ChainID uint64 `json:"chain_id"`
	RPC     string `json:"rpc"`
	// LAN is the first validator's URL in the local network, empty if it has none.
	LAN string `json:"lan,omitempty"`
	// Control is the socket of the process that runs the network; see Dial.
	Control    string      `json:"control,omitempty"`
	Validators []Validator `json:"validators"`
	Parties    []Party     `json:"parties"`
	Stories    []Story     `json:"stories"`
}

// Validator is a process of the network.
type Validator struct {
	Name string `json:"name"` // short, as its folder
	// Operator is the organisation whose validator it is.
	Operator stories.Text `json:"operator"`
	PID      int          `json:"pid"`  // 0 while it is stopped
	HTTP     string       `json:"http"` // URL
	Dir      string       `json:"dir"`
	// Altered is the event whose copy in this validator's store was changed by Tamper; empty if none was.
	Altered string `json:"altered,omitempty"`
}

// Address is host and port of the validator: TCP for HTTP, UDP for its peers.
func (v Validator) Address() string { return strings.TrimPrefix(v.HTTP, "http://") }

// Page is the address of a story at this validator.
func (v Validator) Page(s Story) string {
	return v.HTTP + strings.TrimPrefix(s.DigitalLink, "https://id.gs1.org")
}

// Party is an organisation, with an API key that works at each of the validators.
type Party struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Address common.Address `json:"address"`
	Roles   []string       `json:"roles"`
	APIKey  string         `json:"api_key"`
	// Admin is the party's first key and Home the validator's folder whose keystore holds it.
	Admin common.Address `json:"admin_key"`
	Home  string         `json:"admin_home"`
}

// Party returns the organisation of that id.
func (f *File) Party(id string) (Party, bool) {
	for _, p := range f.Parties {
		if p.ID == id {
			return p, true
		}
	}
	return Party{}, false
}

// Story is something to scan.
type Story struct {
	Name        string `json:"name"`
	DigitalLink string `json:"digital_link"`
	ScanURL     string `json:"scan_url"`
}

// Network is a running demo.
type Network struct {
	File
	dir    string
	binary string
	lan    string
	say    func(string, ...any)

	mu        sync.Mutex // one thing at a time is done to the validators
	processes []*process // as Validators; nil while stopped
}

const describedIn = "demo.json"

// Run founds a network in opts.Dir and tells the stories, or starts again the one that is there.
// The network runs until Stop.
func Run(ctx context.Context, opts Options) (*Network, error) {
	if opts.Say == nil {
		opts.Say = func(string, ...any) {}
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	n := &Network{dir: dir, binary: opts.Binary, lan: opts.LAN, say: opts.Say}
	err = n.load()
	switch {
	case err == nil:
		if _, err := Dial(ctx, dir); err == nil {
			return nil, fmt.Errorf("the demo network in %s runs already; Ctrl-C where it was started ends it", dir)
		}
		err = n.resume(ctx)
	case errors.Is(err, fs.ErrNotExist):
		err = n.found(ctx, opts)
	}
	if err != nil {
		n.Stop()
		return nil, err
	}
	return n, nil
}

// stopPatience is how long a validator may take to stop in order.
const stopPatience = 20 * time.Second

// Stop ends all validators.
func (n *Network) Stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	var group errgroup.Group
	for _, p := range n.processes {
		if p != nil {
			group.Go(func() error { p.stop(stopPatience); return nil })
		}
	}
	_ = group.Wait() // the functions return nil
}

func (n *Network) found(ctx context.Context, opts Options) error {
	parties, tales := opts.Parties, []string(nil)
	if len(parties) == 0 {
		var err error
		if parties, err = stories.Parties(); err != nil {
			return err
		}
		tales = stories.Names
	}
	addrs, err := addresses(opts.HTTP, opts.LAN, len(operators(parties)))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(n.dir, 0o700); err != nil {
		return err
	}
	if entries, err := os.ReadDir(n.dir); err != nil || len(entries) > 0 {
		return errors.Join(err, fmt.Errorf("folder %s: not empty, and holds no demo network", n.dir))
	}
	founding := node.Founding{ChainID: chain.DemoChainID, Sandbox: "Sandbox (test network)", Timelock: time.Minute, Keys: node.DemoKeys}
	for i, p := range operators(parties) {
		gln, err := strconv.ParseUint(p.GLN, 10, 64)
		if err != nil {
			return fmt.Errorf("party %s: GLN %q: %w", p.ID, p.GLN, err)
		}
		cfg := node.DefaultConfig()
		cfg.Name, cfg.HTTP, cfg.LogLevel = p.ID, addrs[i], "warn"
		cfg.RateLimit, cfg.KeyRateLimit = 0, 0 // everybody who tries the demo comes from one address
		for j, other := range addrs {
			if j != i {
				cfg.PeersPublic = append(cfg.PeersPublic, "http://"+other)
			}
		}
		if opts.Configure != nil {
			opts.Configure(&cfg)
		}
		home := filepath.Join(n.dir, p.ID)
		founding.Founders = append(founding.Founders, node.Founder{Name: p.Name.EN, Country: p.Country, GLN: gln, Home: home, Config: cfg})
		n.Validators = append(n.Validators, Validator{Name: p.ID, Operator: p.Name, HTTP: "http://" + addrs[i], Dir: home})
	}
	n.say("keys, contracts and genesis of %d operators", len(founding.Founders))
	founded, err := node.Found(founding)
	if err != nil {
		return err
	}
	n.ChainID, n.RPC = chain.DemoChainID, "http://"+addrs[0]+"/rpc"
	if err := n.start(ctx); err != nil {
		return err
	}
	n.say("registering %d organisations, their keys and GS1 licences", len(parties)+1)
	if err := n.register(ctx, parties, founded); err != nil {
		return err
	}
	if err := n.save(); err != nil {
		return err
	}
	if err := n.tell(ctx, tales); err != nil {
		return err
	}
	return n.save()
}

// resume starts the processes of a network that is there.
func (n *Network) resume(ctx context.Context) error {
	n.say("taking up the network in %s again", n.dir)
	if err := n.start(ctx); err != nil {
		return err
	}
	n.link()
	return n.save()
}

func (n *Network) start(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.say("starting %d validators", len(n.Validators))
	n.processes = make([]*process, len(n.Validators))
	for i := range n.Validators {
		if err := n.launch(i); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	for _, p := range n.processes {
		if err := p.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// readyPatience is how long validators may take until they answer with current facts.
const readyPatience = 90 * time.Second

// launch starts the process of validator i.
func (n *Network) launch(i int) error {
	v := &n.Validators[i]
	args := []string{"start", "--home", v.Dir}
	if n.lan != "" {
		at := lanAddress(n.lan, v.Address())
		args = append(args, "--http-more", at, "--public-url", "http://"+at)
	}
	p, err := start(n.binary, v.Name, v.Dir, v.Address(), args, neighbourly(len(n.Validators)))
	if err != nil {
		return fmt.Errorf("%s: %w", v.Name, err)
	}
	v.PID, n.processes[i] = p.cmd.Process.Pid, p
	return nil
}

// link writes the addresses to scan, which a phone can open if the network has one in the LAN.
func (n *Network) link() {
	base := n.Validators[0].HTTP
	n.LAN = ""
	if n.lan != "" {
		base = "http://" + lanAddress(n.lan, n.Validators[0].Address())
		n.LAN = base
	}
	for i := range n.Stories {
		s := &n.Stories[i]
		s.ScanURL = base + strings.TrimPrefix(s.DigitalLink, "https://id.gs1.org")
	}
}

func (n *Network) load() error {
	b, err := os.ReadFile(filepath.Join(n.dir, describedIn))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &n.File); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(n.dir, describedIn), err)
	}
	n.here()
	return nil
}

// here points at the folders beside the description: a network that was moved or copied must not start, and write to,
// the one it came from.
func (n *Network) here() {
	for i := range n.Validators {
		n.Validators[i].Dir = filepath.Join(n.dir, filepath.Base(n.Validators[i].Dir))
	}
	for i := range n.Parties {
		if home := n.Parties[i].Home; home != "" {
			n.Parties[i].Home = filepath.Join(n.dir, filepath.Base(home))
		}
	}
}

func (n *Network) save() error {
	b, err := json.MarshalIndent(n.File, "", "  ")
	if err != nil {
		return err
	}
	tmp := filepath.Join(n.dir, "."+describedIn)
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(n.dir, describedIn))
}

// operators are the parties that run a validator.
func operators(parties []stories.Party) []stories.Party {
	var out []stories.Party
	for _, p := range parties {
		if p.Operator {
			out = append(out, p)
		}
	}
	return out
}

// addresses counts n addresses up from the first, and refuses one that is taken: better now than in a
// log file later.
func addresses(first, lan string, n int) ([]string, error) {
	host, port, err := net.SplitHostPort(first)
	if err != nil {
		return nil, fmt.Errorf("--http: %q is not HOST:PORT", first)
	}
	p, err := strconv.Atoi(port)
	if err != nil || p < 1 || p+n-1 > 65535 {
		return nil, fmt.Errorf("--http: ports %s to %s+%d are not all between 1 and 65535", port, port, n-1)
	}
	out := make([]string, n)
	for i := range out {
		out[i] = net.JoinHostPort(host, strconv.Itoa(p+i))
		at := []string{out[i]}
		if lan != "" {
			at = append(at, lanAddress(lan, out[i]))
		}
		for _, a := range at {
			l, err := net.Listen("tcp", a)
			if err != nil {
				return nil, fmt.Errorf("--http: port %d is taken: choose another first port (%d ports are used): %w", p+i, n, err)
			}
			_ = l.Close() // it was only a test
		}
	}
	return out, nil
}
