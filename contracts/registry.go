package contracts

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// RegistryLeaf tells which leaf stands for a log of Parties: on the trunk of which registry object, of which kind, with
// which commitment. The leaf's party is the one in the log's first indexed field, its key is Parties itself. It answers
// false for any other log.
func RegistryLeaf(l *types.Log) (object format.Object, kind format.LeafKind, commitment format.Hash, ok bool) {
	if l.Address != PartiesAddr || len(l.Topics) != 2 {
		return object, 0, commitment, false
	}
	party := format.Address(common.BytesToAddress(l.Topics[1][:]))
	parties := NewParties()
	object = format.PartyObject(party)
	switch l.Topics[0] {
	case eventID(PartiesPartyRecorded{}), eventID(PartiesAgentRecorded{}), eventID(PartiesNodeRecorded{}):
		kind = format.LeafParty
	case eventID(PartiesKeyRecorded{}):
		e, err := parties.UnpackKeyRecordedEvent(l)
		if err != nil {
			return object, 0, commitment, false
		}
		if kind = format.LeafKey; e.Record.Apart {
			object = format.KeyObject(party, format.Address(e.Key))
		}
	case eventID(PartiesLicenceRecorded{}):
		kind = format.LeafLicence
	case eventID(PartiesMemberRecorded{}):
		e, err := parties.UnpackMemberRecordedEvent(l)
		if err != nil {
			return object, 0, commitment, false
		}
		if kind = format.LeafLicence; e.Apart {
			object = format.MemberObject(party, e.Id, format.Address(e.Member))
		}
	default:
		return object, 0, commitment, false
	}
	root := crypto.Keccak256Hash(l.Topics[0][:], l.Data)
	return object, kind, format.Commitment(format.Registry, format.Hash(root)), true
}

var partiesABI = func() map[string]common.Hash {
	parsed, err := PartiesMetaData.ParseABI()
	if err != nil {
		panic(err) // the generated ABI doesn't parse: this package is broken
	}
	ids := map[string]common.Hash{}
	for name, event := range parsed.Events {
		ids[name] = event.ID
	}
	return ids
}()

// eventID is topic 0 of one of Parties' events.
func eventID(e interface{ ContractEventName() string }) common.Hash {
	return partiesABI[e.ContractEventName()]
}
