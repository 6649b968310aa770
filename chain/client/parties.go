package client

import (
	"context"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/suyuan-ledger/suyuan/contracts"
)

var parties = contracts.NewParties()

func partiesCall(what string, data []byte) Call {
	return Call{To: contracts.PartiesAddr, Data: data, What: what}
}

// Key answers what the ledger knows about a key; its party is zero if it isn't registered.
func (c *Client) Key(ctx context.Context, key common.Address) (contracts.Key, error) {
	out, err := c.Read(ctx, contracts.PartiesAddr, parties.PackKeyInfo(key))
	if err != nil {
		return contracts.Key{}, err
	}
	return parties.UnpackKeyInfo(out)
}

// Party answers what the ledger knows about a party; Since is 0 if it isn't registered.
func (c *Client) Party(ctx context.Context, party common.Address) (contracts.Party, error) {
	out, err := c.Read(ctx, contracts.PartiesAddr, parties.PackParty(party))
	if err != nil {
		return contracts.Party{}, err
	}
	return parties.UnpackParty(out)
}

// AllParties lists the addresses of all parties in order of registration.
func (c *Client) AllParties(ctx context.Context) ([]common.Address, error) {
	const page = 200
	var all []common.Address
	for {
		out, err := c.Read(ctx, contracts.PartiesAddr, parties.PackParties(big.NewInt(int64(len(all))), big.NewInt(page)))
		if err != nil {
			return nil, err
		}
		answer, err := parties.UnpackParties(out)
		if err != nil {
			return nil, err
		}
		all = append(all, answer.Page...)
		if len(answer.Page) == 0 || int64(len(all)) >= answer.Total.Int64() {
			return all, nil
		}
	}
}

// Ref turns a party's reference at its sponsor into the contract's fixed-size one.
func Ref(ref string) common.Hash { return crypto.Keccak256Hash([]byte(ref)) }

// RegisterParty registers a party sponsored by the caller's operator, with agent 1 and its first key.
func RegisterParty(ref string, details contracts.PartyDetails, adminKey common.Address, scopes contracts.Scope) Call {
	return partiesCall("register party "+details.Name, parties.PackRegisterParty(Ref(ref), details, adminKey, uint32(scopes)))
}

// GrantPrefix registers a GS1 company prefix of a sponsored party. Times are Unix seconds, until 0 for no end.
func GrantPrefix(holder common.Address, digits string, from, until uint64, evidence common.Hash) Call {
	const companyPrefix = 1
	return partiesCall("grant prefix "+digits, parties.PackGrantLicence(holder, companyPrefix, digits, from, until, evidence))
}

// GrantNamespace registers a URI namespace of a sponsored party.
func GrantNamespace(holder common.Address, namespace string, from, until uint64, evidence common.Hash) Call {
	const uriNamespace = 3
	return partiesCall("grant namespace "+namespace, parties.PackGrantLicence(holder, uriNamespace, namespace, from, until, evidence))
}

// GrantedLicence finds the number of the licence in the receipt of a grant, or of another change of one.
func GrantedLicence(r *types.Receipt) (uint64, error) {
	for _, l := range r.Logs {
		if l.Address != contracts.PartiesAddr {
			continue
		}
		if e, err := parties.UnpackLicenceRecordedEvent(l); err == nil {
			return e.Id, nil
		}
	}
	return 0, fmt.Errorf("transaction %s granted no licence", r.TxHash)
}

// RevokeLicence ends a licence of a sponsored party; its prefix or namespace can be registered again, for another party.
func RevokeLicence(licence uint64) Call {
	return partiesCall(fmt.Sprintf("revoke licence %d", licence), parties.PackRevokeLicence(licence))
}

// SetContributor lists a party under a licence of the caller's, so that it may write its trunks.
func SetContributor(licence uint64, party common.Address) Call {
	const contributor = 1
	return partiesCall(fmt.Sprintf("list %s under licence %d", party.Hex(), licence), parties.PackSetMember(licence, party, contributor))
}

// SetKey registers a key of the caller's party, or changes it. Times are Unix seconds; until 0 is no end.
func SetKey(key common.Address, agent uint64, scopes contracts.Scope, from, until uint64) Call {
	return partiesCall("register key "+key.Hex(), parties.PackSetKey(key, agent, uint32(scopes), from, until))
}

// RevokeKey revokes a key of the caller's party for good.
func RevokeKey(key common.Address) Call {
	return partiesCall("revoke key "+key.Hex(), parties.PackRevokeKey(key))
}

// Suspend suspends a sponsored party until a block time; 0 reinstates it.
func Suspend(party common.Address, until uint64) Call {
	return partiesCall("suspend party "+party.Hex(), parties.PackSuspend(party, until))
}

// SetNode lets a peer of the caller's operator in, or shuts it out.
func SetNode(id peer.ID, active bool) Call {
	what := "node " + id.String()
	if !active {
		what += " shut out"
	}
	return partiesCall(what, parties.PackSetNode([]byte(id), active))
}
