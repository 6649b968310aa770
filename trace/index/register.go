package index

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/contracts"
)

// PartyRecord is what the register says of an organisation at the last indexed block.
type PartyRecord struct {
	Address common.Address `rlp:"-"`
	Name    string
	Country string
	GLN     uint64 // 13 digits as a number, 0 if none
	Sponsor common.Address
	// SuspendedUntil is the later of the register's two ends of suspension, block time.
	SuspendedUntil uint64
}

// KeyRecord is what the register says of a key.
type KeyRecord struct {
	Party common.Address
	Agent uint64
}

var (
	parties           = contracts.NewParties()
	partiesABI        = mustABI(contracts.PartiesMetaData.ParseABI())
	partyRecordedID   = partiesABI.Events[contracts.PartiesPartyRecordedEventName].ID
	keyRecordedID     = partiesABI.Events[contracts.PartiesKeyRecordedEventName].ID
	memberRecordedID  = partiesABI.Events[contracts.PartiesMemberRecordedEventName].ID
	licenceRecordedID = partiesABI.Events[contracts.PartiesLicenceRecordedEventName].ID
	errStrangeRecord  = "log of the register: %w"
)

// applyRegister takes over what the register's logs in one transaction tell, and answers the changes that became leaves,
// in order. Organisations of the genesis block have no log there: the register itself is asked for those when a story
// needs them.
func applyRegister(w *writer, address common.Address, b *Block, tx *types.Transaction, logs []*types.Log) (changes [][]byte, err error) {
	for _, l := range logs {
		if l.Address != address || len(l.Topics) == 0 {
			continue
		}
		ref, err := putChange(w, b, tx, l)
		if err != nil {
			return nil, err
		}
		if ref != nil {
			changes = append(changes, ref)
		}
		if err := applyRecorded(w, b, l); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// applyRecorded keeps what the register says now.
func applyRecorded(w *writer, b *Block, l *types.Log) error {
	switch l.Topics[0] {
	case licenceRecordedID:
		return applyLicence(w, b, l)
	case memberRecordedID:
		e, err := parties.UnpackMemberRecordedEvent(l)
		if err != nil {
			return fmt.Errorf(errStrangeRecord, err)
		}
		return w.put(append(memberPrefix(e.Id), e.Member[:]...), []byte{e.Standing})
	case partyRecordedID:
		e, err := parties.UnpackPartyRecordedEvent(l)
		if err != nil {
			return fmt.Errorf(errStrangeRecord, err)
		}
		before, known, err := readParty(w.get, e.Party)
		if err != nil {
			return err
		}
		if known && before.Sponsor != e.Record.Sponsor || !known && e.Record.Since < b.Time { // a founder, or new
			w.sponsored = append(w.sponsored, e.Party)
		}
		return putParty(w, NewPartyRecord(e.Party, e.Record))
	case keyRecordedID:
		e, err := parties.UnpackKeyRecordedEvent(l)
		if err != nil {
			return fmt.Errorf(errStrangeRecord, err)
		}
		v, err := rlp.EncodeToBytes(&KeyRecord{Party: e.Party, Agent: e.Record.Agent})
		if err != nil {
			return fmt.Errorf("encode key %s: %w", e.Key, err)
		}
		return w.set(key(kindKey, e.Key[:]), v)
	}
	return nil
}

// NewPartyRecord takes from the register's record what stories tell.
func NewPartyRecord(address common.Address, p contracts.Party) PartyRecord {
	return PartyRecord{
		Address: address, Name: p.Details.Name, Country: strings.TrimRight(string(p.Details.Country[:]), "\x00"),
		GLN: p.Details.Gln, Sponsor: p.Sponsor, SuspendedUntil: max(p.SuspendedUntil, p.HeldUntil),
	}
}

func putParty(w *writer, p PartyRecord) error {
	v, err := rlp.EncodeToBytes(&p)
	if err != nil {
		return fmt.Errorf("encode party %s: %w", p.Address, err)
	}
	if err := w.set(key(kindParty, p.Address[:]), v); err != nil {
		return err
	}
	for _, word := range nameWords(p.Name) {
		if err := w.put(append(wordPrefix(word), append([]byte{0}, p.Address[:]...)...), nil); err != nil {
			return err
		}
	}
	if p.GLN == 0 {
		return nil
	}
	return w.put(glnKey(p.GLN), p.Address[:])
}

func glnKey(gln uint64) []byte { return binary.BigEndian.AppendUint64(key(kindGLN), gln) }

func readParty(get func(k []byte) ([]byte, error), address common.Address) (PartyRecord, bool, error) {
	v, err := get(key(kindParty, address[:]))
	if err != nil || v == nil {
		return PartyRecord{}, false, err
	}
	p := PartyRecord{Address: address}
	if err := rlp.DecodeBytes(v, &p); err != nil {
		return PartyRecord{}, false, fmt.Errorf("party %s in the index: %w", address, err)
	}
	return p, true, nil
}

// agentOf is the agent a key acts for, 0 if the register's logs haven't told.
func agentOf(w *writer, address common.Address) (uint64, error) {
	v, err := w.get(key(kindKey, address[:]))
	if err != nil {
		return 0, err
	}
	k, _ := decodeKey(v)
	return k.Agent, nil
}

func decodeKey(v []byte) (k KeyRecord, ok bool) {
	return k, len(v) > 0 && rlp.DecodeBytes(v, &k) == nil
}
