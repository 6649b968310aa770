package node

import (
	"context"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// register reads the register of parties at the latest final block.
type register struct{ ledger *chain.Ledger }

var partiesABI, governanceABI = contracts.NewParties(), contracts.NewGovernance()

// registerPage is how many entries one read asks for.
const registerPage = 200

func (r register) all(ctx context.Context) ([]common.Address, error) {
	var out []common.Address
	for {
		b, err := r.ledger.Call(ctx, contracts.PartiesAddr, partiesABI.PackParties(big.NewInt(int64(len(out))), big.NewInt(registerPage)))
		if err != nil {
			return nil, err
		}
		page, err := partiesABI.UnpackParties(b)
		if err != nil {
			return nil, err
		}
		out = append(out, page.Page...)
		if len(page.Page) == 0 || int64(len(out)) >= page.Total.Int64() {
			return out, nil
		}
	}
}

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

// licences lists the prefixes in force by their holder.
func (r register) licences(ctx context.Context) (map[common.Address][]string, error) {
	b, err := r.ledger.Call(ctx, contracts.PartiesAddr, partiesABI.PackLicenceCount())
	if err != nil {
		return nil, err
	}
	count, err := partiesABI.UnpackLicenceCount(b)
	if err != nil {
		return nil, err
	}
	out := map[common.Address][]string{}
	for id := uint64(1); id <= count; id++ {
		if b, err = r.ledger.Call(ctx, contracts.PartiesAddr, partiesABI.PackLicence(id)); err != nil {
			return nil, err
		}
		l, err := partiesABI.UnpackLicence(b)
		if err != nil {
			return nil, err
		}
		if l.RevokedAt == 0 && (l.Kind == companyPrefix || l.Kind == singleKey) {
			out[l.Holder] = append(out[l.Holder], strings.TrimRight(string(l.Primary[:]), "\x00"))
		}
	}
	return out, nil
}

// Kinds of licence in Parties.
const (
	companyPrefix = 1
	singleKey     = 2
)
