package node

import (
	"context"
	"net/url"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/chain/submit"
)

// signer finds a hosted key for work that goes on after a restart; nil if this node doesn't have it.
func (n *Node) signer(addr common.Address) submit.Signer {
	key, err := n.hostedKey(addr)
	if err != nil {
		n.log.Warn("a hosted key can't be used", "key", addr, "err", err)
		return nil
	}
	return key
}

// hostedKey decrypts a key of the keystore once and keeps it: that takes a second by design.
func (n *Node) hostedKey(addr common.Address) (*HostedKey, error) {
	if k, ok := n.hosted.Load(addr); ok {
		return k.(*HostedKey), nil
	}
	n.decrypting.Lock() // a quarter of a gigabyte each: many may ask at once for a key nobody has used yet
	defer n.decrypting.Unlock()
	if k, ok := n.hosted.Load(addr); ok {
		return k.(*HostedKey), nil
	}
	k, err := n.keystore.Signer(addr)
	if err != nil {
		return nil, err
	}
	n.hosted.Store(addr, k)
	return k, nil
}

// send takes a transaction that somebody else signed.
func (n *Node) send(_ context.Context, tx *types.Transaction) error { return n.ledger.Send(tx) }

// hosts are the names under which this node may be asked.
func (n *Node) hosts() []string {
	var out []string
	for _, s := range []string{n.cfg.PublicURL, n.cfg.LinkDomain} {
		if u, err := url.Parse(s); err == nil {
			out = append(out, u.Hostname())
		}
	}
	return out
}
