package node

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/node/remote"
)

// Outcome of a check.
type Outcome string

// A node with a failed check doesn't start, or is about to lose or break something. A warning is for its operator to know.
const (
	OK   Outcome = "ok"
	Warn Outcome = "warning"
	Fail Outcome = "failed"
)

// Check is one thing that Diagnose looked at.
type Check struct {
	Name    string  `json:"name"`
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail"`
	Advice  string  `json:"advice,omitempty"` // what to do; empty when all is well
}

// Diagnosis is what Diagnose or DiagnoseRemote found, in the order in which it looked.
type Diagnosis struct {
	Home    string  `json:"home,omitempty"` // empty: seen from outside
	Node    string  `json:"node,omitempty"` // URL of the node that was asked; empty: it is stopped
	Running bool    `json:"running"`
	Checks  []Check `json:"checks"`
}

// Worst is the worst outcome.
func (d *Diagnosis) Worst() Outcome {
	worst := OK
	for _, c := range d.Checks {
		if c.Outcome == Fail || worst == OK {
			worst = c.Outcome
		}
		if worst == Fail {
			break
		}
	}
	return worst
}

func (d *Diagnosis) ok(name, format string, args ...any) {
	d.Checks = append(d.Checks, Check{name, OK, fmt.Sprintf(format, args...), ""})
}

func (d *Diagnosis) bad(outcome Outcome, name, advice, format string, args ...any) {
	d.Checks = append(d.Checks, Check{name, outcome, fmt.Sprintf(format, args...), advice})
}

// Diagnose looks at the node in home and the machine it is on, changing nothing. A stopped node's stores are opened and
// compared; a running one is asked over HTTP. version is that of this binary.
func Diagnose(ctx context.Context, home string, cfg Config, version string) (*Diagnosis, error) {
	d := &Diagnosis{Home: home}
	if _, err := os.Stat(home); err != nil {
		return nil, fmt.Errorf("home %s: %w (--home names another folder, --node a node to look at from outside; suyuan init makes one)", home, err)
	}
	lock := flock.New(filepath.Join(home, "LOCK"))
	free, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("home %s: %w", home, err)
	}
	defer lock.Close()
	d.Running = !free

	d.clock()
	room := d.disk(home)
	d.genesis(home)
	d.keys(home, cfg)
	d.certificate(home, cfg)
	d.peers(cfg)
	if d.Running {
		d.Node = cfg.LocalURL()
		d.live(ctx, remote.New(d.Node, ""), version, len(cfg.P2PPeers))
		return d, nil
	}
	d.ports(cfg)
	if room { // without it a store that is well can't be opened either
		d.stores(home)
	}
	return d, nil
}

// clock asks the kernel whether somebody keeps its clock.
func (d *Diagnosis) clock() {
	const advice = "keep the clock by NTP (chrony, systemd-timesyncd): CometBFT stops when a block is 60 s ahead of it"
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	switch {
	case err != nil:
		d.bad(Warn, "clock", advice, "the kernel doesn't say whether the clock is kept: %v", err)
	case state == unix.TIME_ERROR || t.Status&unix.STA_UNSYNC != 0:
		d.bad(Warn, "clock", advice, "%s; the kernel knows of nobody who keeps it", time.Now().UTC().Format(time.RFC3339))
	default:
		d.ok("clock", "%s, kept, at most %s off", time.Now().UTC().Format(time.RFC3339), time.Duration(t.Maxerror)*time.Microsecond)
	}
}

// roomy is the free space below which an operator should think of more.
const roomy = 2 << 30

// disk says whether there is room enough to start.
func (d *Diagnosis) disk(home string) bool {
	free, err := freeSpace(home)
	switch {
	case err != nil:
		d.bad(Fail, "disk", "check the file system", "%v", err)
	case free < startRoom:
		d.bad(Fail, "disk", "make room; nothing acknowledged is lost", "%d MiB free, a node needs %d to start", free>>20, uint64(startRoom)>>20)
	case free < roomy:
		d.bad(Warn, "disk", fmt.Sprintf("make room: a running node stops in order at %d MiB", uint64(runningRoom)>>20), "%d MiB free", free>>20)
	default:
		d.ok("disk", "%.1f GiB free", float64(free)/(1<<30))
	}
	return err == nil && free >= startRoom
}

func (d *Diagnosis) genesis(home string) {
	doc, err := chain.CheckGenesis(home)
	if err != nil {
		d.bad(Fail, "genesis", "copy genesis.json from another node of the chain", "%v", err)
		return
	}
	raw, err := os.ReadFile(chain.GenesisFile(home))
	if err != nil {
		d.bad(Fail, "genesis", "check the file system", "%v", err)
		return
	}
	d.ok("genesis", "chain %s, %d validators, sha256 %x", doc.ChainID, len(doc.Validators), sha256.Sum256(raw))
}

// keys looks at the files that only this node has.
func (d *Diagnosis) keys(home string, cfg Config) {
	id, err := chain.ReadIdentity(home)
	if err != nil {
		d.bad(Fail, "keys", "restore that file from the backup: see docs/how-to/back-up-keys.md", "%v", err)
		return
	}
	for _, path := range []string{chain.ValidatorKeyFile(home), chain.NodeKeyFile(home)} {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			d.bad(Warn, "keys", "chmod 600 "+path, "%s can be read by others (%04o)", path, info.Mode().Perm())
		}
	}
	d.ok("keys", "peer id %s, validator %s", id.ID(chain.Transport(cfg.P2PTransport)), id.Validator.Address())
	d.keystore(home, cfg)
	if _, err := OpenAPIKeys(home); err != nil {
		d.bad(Fail, "api keys", "restore api_keys.json from the backup, or move it away and make new keys: suyuan key api new", "%v", err)
	}
}

func (d *Diagnosis) keystore(home string, cfg Config) {
	password, err := cfg.Password(home)
	if err != nil {
		d.bad(Warn, "keystore", "set keystore_password_file, or let this node sign for nobody", "no password: %v", err)
		return
	}
	ks, err := OpenKeystore(home, password, StrongKeys)
	if err != nil {
		d.bad(Fail, "keystore", "restore keystore/ from the backup", "%v", err)
		return
	}
	if bad := ks.unreadable(); len(bad) > 0 {
		d.bad(Fail, "keystore", "restore it from the backup", "no key can be read from %s", strings.Join(bad, ", "))
		return
	}
	addresses := ks.Addresses()
	for _, a := range addresses {
		if _, err := ks.Signer(a); err != nil {
			d.bad(Fail, "keystore", "check the password, or restore the file from the backup", "key %s can't be decrypted: %v", a.Hex(), err)
			return
		}
	}
	d.ok("keystore", "%d keys, all open with the password", len(addresses))
}

// certificate looks at the TLS files; ACME renews by itself.
func (d *Diagnosis) certificate(home string, cfg Config) {
	if cfg.TLSCert == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(inHome(home, cfg.TLSCert), inHome(home, cfg.TLSKey))
	if err != nil {
		d.bad(Fail, "certificate", "check tls_cert and tls_key", "%v", err)
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	left := time.Until(leaf.NotAfter).Round(time.Hour)
	switch {
	case err != nil:
		d.bad(Fail, "certificate", "check tls_cert", "%v", err)
	case left <= 0:
		d.bad(Fail, "certificate", "renew it; the node takes the new file up by itself", "ended on %s", leaf.NotAfter.Format(time.DateOnly))
	case left < 14*24*time.Hour:
		d.bad(Warn, "certificate", "renew it; the node takes the new file up by itself", "ends on %s", leaf.NotAfter.Format(time.DateOnly))
	default:
		d.ok("certificate", "for %s, until %s", strings.Join(leaf.DNSNames, ", "), leaf.NotAfter.Format(time.DateOnly))
	}
}

// peers looks at the configured peers; whether they answer is seen when the node runs.
func (d *Diagnosis) peers(cfg Config) {
	if _, err := newWall(cfg); err != nil {
		d.bad(Fail, "peers", "correct p2p_peers", "%v", err)
		return
	}
	for _, p := range cfg.P2PPeers {
		peer, err := parsePeer(p)
		if err != nil {
			d.bad(Fail, "peers", "correct p2p_peers", "%v", err)
			return
		}
		if _, err := net.ResolveUDPAddr("udp", peer.Address); err != nil {
			d.bad(Warn, "peers", "check the address of that peer, and the resolver", "p2p_peers: %v", err)
			return
		}
	}
	d.ok("peers", "%d configured, transport %s", len(cfg.P2PPeers), cfg.P2PTransport)
}

// ports tries the ports that the node will take.
func (d *Diagnosis) ports(cfg Config) {
	try := func(kind, address string) error {
		if kind == "udp" {
			c, err := net.ListenPacket("udp", address)
			if err == nil {
				err = c.Close()
			}
			return err
		}
		l, err := net.Listen("tcp", address)
		if err == nil {
			err = l.Close()
		}
		return err
	}
	peers, err := "udp", errors.Join(try("tcp", cfg.HTTP), try("udp", cfg.P2PListen)) // vaults use UDP with either transport
	if cfg.P2PTransport == string(chain.TransportClassic) {
		peers, err = "tcp and udp", errors.Join(err, try("tcp", cfg.P2PListen))
	}
	if err != nil {
		d.bad(Fail, "ports", "see who has it (ss -tulpn), or set http and p2p_listen", "%v", err)
		return
	}
	d.ok("ports", "tcp %s and %s %s are free", cfg.HTTP, peers, cfg.P2PListen)
}
