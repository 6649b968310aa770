package node

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/suyuan-ledger/suyuan/node/remote"
	vaults "github.com/suyuan-ledger/suyuan/trace/share"
)

// DiagnoseRemote asks a node that may be anywhere. Clock, disk, keys and stores are seen only where it is, by Diagnose.
func DiagnoseRemote(ctx context.Context, at *remote.Node, version string) *Diagnosis {
	d := &Diagnosis{Node: at.URL()}
	d.live(ctx, at, version, 0)
	return d
}

// live asks a running node, of whose configured peers that many are known here.
func (d *Diagnosis) live(ctx context.Context, at *remote.Node, version string, configured int) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var s Status
	if err := at.Get(ctx, "/api/v1/status", &s); err != nil {
		advice := "read its log; it may still be replaying"
		if d.Home == "" {
			advice = "does it run, and is that its address? look at its log where it is"
		}
		d.bad(Fail, "answers", advice, "%v", err)
		return
	}
	d.Running = true
	if s.Ready {
		d.ok("answers", "ready at height %d, EVM block %d, index at %d", s.Height, s.Block.Number, s.Indexed)
	} else {
		d.bad(Warn, "answers", "wait, and read its log", "not ready: %s", s.Reason)
	}
	if s.Version != version {
		d.bad(Warn, "versions", "restart the node with the new binary when it suits", "the node runs %s, this is %s", s.Version, version)
	} else {
		d.ok("versions", "%s", version)
	}
	d.votes(s)
	d.vault(ctx, at)
	const firewall = "check the firewall: UDP for libp2p, TCP for classic; is this node registered? see suyuan party node --help"
	switch {
	case s.Peers == 0 && configured > 0:
		d.bad(Warn, "connections", firewall, "no peer is connected, %d are configured", configured)
	case s.Peers == 0 && len(s.Validators) > 1:
		d.bad(Warn, "connections", firewall, "no peer is connected, and the ledger has %d validators", len(s.Validators))
	default:
		d.ok("connections", "%d peers", s.Peers)
	}
}

// vault asks whether sealed bodies reach this node.
func (d *Diagnosis) vault(ctx context.Context, at *remote.Node) {
	var v vaults.Status
	err := at.Get(ctx, "/api/v1/vault", &v)
	if p := (*remote.Problem)(nil); errors.As(err, &p) && (p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden) {
		return // reached by its public name or from elsewhere: an API key that may read is needed to see this
	}
	if err != nil {
		d.bad(Warn, "vault", "read its log", "%v", err)
		return
	}
	const found = "%d sealed bodies held, %d wanted, %d erased"
	switch {
	case !v.Registered:
		d.bad(Warn, "vault", "register the node: suyuan party node --help", found+"; the node isn't on the register, so no other gives it anything", v.Held, v.Wanted, v.Erased)
	case v.Lies > 0:
		d.bad(Warn, "vault", "read its log for the peer, and ask that operator", found+"; %d answers of other nodes weren't what the ledger committed to", v.Held, v.Wanted, v.Erased, v.Lies)
	case v.Wanted > 0:
		d.bad(Warn, "vault", "they come when a node that has them is connected: the node must have it among its p2p_peers, or be among its", found, v.Held, v.Wanted, v.Erased)
	default:
		d.ok("vault", found, v.Held, v.Wanted, v.Erased)
	}
}

// clockOff is how far block times, which the validators' clocks make, may be from this clock on a node that keeps up.
const clockOff = 10 * time.Second

func (d *Diagnosis) votes(s Status) {
	if s.WaitingFor != "" {
		d.bad(Warn, "writes", "start the missing validators", "wait: %s", s.WaitingFor)
	} else {
		d.ok("writes", "go on")
	}
	var missing []string
	for _, v := range s.Validators {
		if v.Missing {
			missing = append(missing, v.Name)
		}
	}
	if len(missing) > 0 {
		d.bad(Warn, "validators", "ask their operators", "%d of %d are missing: %s", len(missing), len(s.Validators), strings.Join(missing, ", "))
	} else {
		d.ok("validators", "all %d sign", len(s.Validators))
	}
	if ahead := time.Until(s.Block.Time); ahead > clockOff {
		d.bad(Fail, "clock", "set this machine's clock by NTP", "the latest block is %s ahead of this clock", ahead.Round(time.Second))
	}
}
