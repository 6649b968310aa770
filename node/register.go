package node

import (
	"context"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// register reads the register of parties at the latest final block.
type register struct{ ledger *chain.Ledger }

var partiesABI, governanceABI = contracts.NewParties(), contracts.NewGovernance()

func (r register) party(ctx context.Context, addr common.Address) (contracts.Party, error) {
	b, err := r.ledger.Call(ctx, contracts.PartiesAddr, partiesABI.PackParty(addr))
	if err != nil {
		return contracts.Party{}, err
	}
	return partiesABI.UnpackParty(b)
}

func (r register) operators(ctx context.Context) (map[common.Address]bool, error) {
	b, err := r.ledger.Call(ctx, contracts.GovernanceAddr, governanceABI.PackOperators())
	if err != nil {
		return nil, err
	}
	list, err := governanceABI.UnpackOperators(b)
	if err != nil {
		return nil, err
	}
	out := map[common.Address]bool{}
	for _, o := range list {
		out[o.Party] = true
	}
	return out, nil
}

// Sponsor is the operator of a party, itself if it is one.
func (r register) Sponsor(ctx context.Context, party common.Address) (common.Address, error) {
	p, err := r.party(ctx, party)
	return p.Sponsor, err
}
