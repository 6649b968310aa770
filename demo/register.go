package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"golang.org/x/sync/errgroup"

	"github.com/suyuan-ledger/suyuan/chain/client"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/node"
)

// Scopes of the keys that nodes sign with for a party, and of a party's first key.
const (
	hostedScopes = contracts.ScopeCapture | contracts.ScopeInspect | contracts.ScopeRecall | contracts.ScopeRead
	adminScopes  = hostedScopes | contracts.ScopeAdminister
)

// sandboxID is the party that may write to identifiers under prefixes nobody holds.
const sandboxID = "sandbox"

// member is a party on its way onto the ledger.
type member struct {
	stories.Party
	home    int // validator of its sponsor
	admin   common.Address
	address common.Address
	hosted  []common.Address // key that validator i signs with for the party
}

// registrar holds what registering needs: a keystore and a connection for each validator.
type registrar struct {
	net     *Network
	stores  []*node.Keystore
	clients []*client.Client
}

// register puts all parties, keys and licences on the ledger, in three steps of which each needs the one
// before, and makes an API key for each party that every validator accepts.
func (n *Network) register(ctx context.Context, parties []stories.Party, founded *node.Founded) error {
	r := &registrar{net: n}
	defer r.close()
	if err := r.open(ctx); err != nil {
		return err
	}
	members, err := r.members(parties, founded)
	if err != nil {
		return err
	}
	if err := r.registerParties(ctx, members, founded); err != nil {
		return err
	}
	licences, err := r.registerKeysAndLicences(ctx, members, founded)
	if err != nil {
		return err
	}
	if err := r.listContributors(ctx, members, licences); err != nil {
		return err
	}
	for _, m := range members {
		token, err := r.issue(m)
		if err != nil {
			return err
		}
		n.Parties = append(n.Parties, Party{ID: m.ID, Name: m.Name.EN, Address: m.address, Roles: m.Roles, APIKey: token,
			Admin: m.admin, Home: n.Validators[m.home].Dir})
	}
	return nil
}

func (r *registrar) open(ctx context.Context) error {
	for _, v := range r.net.Validators {
		cfg, err := node.LoadConfig(v.Dir, nil)
		if err != nil {
			return err
		}
		password, err := cfg.Password(v.Dir)
		if err != nil {
			return err
		}
		ks, err := node.OpenKeystore(v.Dir, password, node.DemoKeys)
		if err != nil {
			return err
		}
		c, err := client.Dial(ctx, v.HTTP, "")
		if err != nil {
			return err
		}
		r.stores, r.clients = append(r.stores, ks), append(r.clients, c)
	}
	return nil
}

func (r *registrar) close() {
	for _, c := range r.clients {
		c.Close()
	}
}

// members makes the keys of all parties; the sandbox comes last.
func (r *registrar) members(parties []stories.Party, founded *node.Founded) ([]*member, error) {
	homeOf := map[string]int{}
	for i, p := range operators(parties) {
		homeOf[p.ID] = i
	}
	sandbox := stories.Party{ID: sandboxID, Name: stories.Text{EN: "Sandbox (test network)", ZH: "测试沙盒"},
		Roles: []string{"sandbox"}, Sponsor: operators(parties)[0].ID}
	var members []*member
	for _, p := range append(parties, sandbox) {
		home, ok := homeOf[p.Sponsor]
		if !ok {
			return nil, fmt.Errorf("party %s: sponsor %q is no operator", p.ID, p.Sponsor)
		}
		m := &member{Party: p, home: home}
		switch {
		case p.Operator:
			m.admin = founded.Operators[home]
		case p.ID == sandbox.ID:
			m.admin = founded.Sandbox
		default:
			var err error
			if m.admin, err = r.stores[home].New(); err != nil {
				return nil, err
			}
		}
		for _, ks := range r.stores {
			key, err := ks.New()
			if err != nil {
				return nil, err
			}
			m.hosted = append(m.hosted, key)
		}
		members = append(members, m)
	}
	return members, nil
}

// registerParties lets each operator register the parties it sponsors, and finds everybody's address.
func (r *registrar) registerParties(ctx context.Context, members []*member, founded *node.Founded) error {
	batches := make([][]client.Call, len(r.stores))
	for _, m := range members {
		if m.Operator || m.admin == founded.Sandbox {
			continue
		}
		gln, err := strconv.ParseUint(m.GLN, 10, 64)
		if err != nil {
			return fmt.Errorf("party %s: GLN %q: %w", m.ID, m.GLN, err)
		}
		details := contracts.PartyDetails{Name: m.Name.EN, Gln: gln}
		copy(details.Country[:], m.Country)
		batches[m.home] = append(batches[m.home], client.RegisterParty(m.ID, details, m.admin, adminScopes))
	}
	group, gctx := errgroup.WithContext(ctx)
	for i, calls := range batches {
		group.Go(func() error {
			_, err := r.do(gctx, i, founded.Operators[i], calls)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, m := range members {
		k, err := r.clients[m.home].Key(ctx, m.admin)
		if err != nil {
			return err
		}
		m.address = k.Party
	}
	return nil
}

// registerKeysAndLicences registers the hosted keys of every party and the prefixes of those that have
// one. It returns each licence's number by its prefix.
func (r *registrar) registerKeysAndLicences(ctx context.Context, members []*member, founded *node.Founded) (map[string]uint64, error) {
	type batch struct {
		home  int
		key   common.Address
		calls []client.Call
		got   []*types.Receipt
	}
	byKey := map[common.Address]*batch{}
	add := func(home int, key common.Address, call client.Call) (*batch, int) {
		b := byKey[key]
		if b == nil {
			b = &batch{home: home, key: key}
			byKey[key] = b
		}
		b.calls = append(b.calls, call)
		return b, len(b.calls) - 1
	}
	type grant struct {
		from *batch
		at   int
	}
	grants := map[string]grant{}
	for _, m := range members {
		for _, key := range m.hosted {
			add(m.home, m.admin, client.SetKey(key, 1, hostedScopes, 0, 0))
		}
		for _, l := range m.Licences {
			b, at := add(m.home, founded.Operators[m.home], client.GrantPrefix(m.address, l.Prefix, 0, 0, common.Hash{}))
			grants[l.Prefix] = grant{b, at}
		}
	}
	group, gctx := errgroup.WithContext(ctx)
	for _, b := range byKey {
		group.Go(func() (err error) {
			b.got, err = r.do(gctx, b.home, b.key, b.calls)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	licences := map[string]uint64{}
	for prefix, g := range grants {
		id, err := client.GrantedLicence(g.from.got[g.at])
		if err != nil {
			return nil, err
		}
		licences[prefix] = id
	}
	return licences, nil
}

func (r *registrar) listContributors(ctx context.Context, members []*member, licences map[string]uint64) error {
	address := map[string]common.Address{}
	for _, m := range members {
		address[m.ID] = m.address
	}
	group, gctx := errgroup.WithContext(ctx)
	for _, m := range members {
		var calls []client.Call
		for _, l := range m.Licences {
			for _, id := range l.Contributors {
				party, ok := address[id]
				if !ok {
					return fmt.Errorf("party %s: contributor %q is no party", m.ID, id)
				}
				calls = append(calls, client.SetContributor(licences[l.Prefix], party))
			}
		}
		if len(calls) > 0 {
			group.Go(func() error {
				_, err := r.do(gctx, m.home, m.admin, calls)
				return err
			})
		}
	}
	return group.Wait()
}

// do makes calls with a key of validator i's keystore.
func (r *registrar) do(ctx context.Context, i int, key common.Address, calls []client.Call) ([]*types.Receipt, error) {
	signer, err := r.stores[i].Signer(key)
	if err != nil {
		return nil, err
	}
	return r.clients[i].DoAll(ctx, signer, calls)
}

// issue makes one token for a party and lets every validator accept it, each with the key it hosts.
func (r *registrar) issue(m *member) (string, error) {
	token, err := node.NewToken(1)
	if err != nil {
		return "", err
	}
	for i, v := range r.net.Validators {
		keys, err := node.OpenAPIKeys(filepath.Clean(v.Dir))
		if err != nil {
			return "", err
		}
		key := node.APIKey{Label: m.ID, Party: m.address, Agent: 1, Key: m.hosted[i], Scopes: hostedScopes.Names()}
		if err := keys.Accept(token, key); err != nil {
			return "", err
		}
	}
	return token, nil
}
