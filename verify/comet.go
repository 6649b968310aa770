package verify

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// The encodings are those of CometBFT's protocol buffers: a field that is zero or empty is left out.

func protoVarint(b []byte, tag byte, v uint64) []byte {
	if v == 0 {
		return b
	}
	return binary.AppendUvarint(append(b, tag), v)
}

func protoBytes(b []byte, tag byte, v []byte) []byte {
	if len(v) == 0 {
		return b
	}
	return protoMessage(b, tag, v)
}

// protoMessage is there even if it is empty.
func protoMessage(b []byte, tag byte, v []byte) []byte {
	return append(binary.AppendUvarint(append(b, tag), uint64(len(v))), v...)
}

func (t Time) proto() []byte {
	return protoVarint(protoVarint(nil, 0x08, uint64(t.Seconds)), 0x10, uint64(t.Nanos))
}

func (p Parts) proto() []byte {
	return protoBytes(protoVarint(nil, 0x08, uint64(p.Total)), 0x12, p.Hash)
}

func (b BlockID) proto() []byte {
	return protoMessage(protoBytes(nil, 0x0a, b.Hash), 0x12, b.Parts.proto())
}

// Hash is the hash that validators sign.
func (h *Header) Hash() Word {
	field := func(v []byte) []byte { return protoBytes(nil, 0x0a, v) }
	return Word(merkle([][]byte{
		protoVarint(protoVarint(nil, 0x08, uint64(h.Version.Block)), 0x10, uint64(h.Version.App)),
		field([]byte(h.ChainID)),
		protoVarint(nil, 0x08, uint64(h.Height)),
		h.Time.proto(),
		h.LastBlockID.proto(),
		field(h.LastCommitHash), field(h.DataHash), field(h.ValidatorsHash), field(h.NextValidatorsHash),
		field(h.ConsensusHash), field(h.AppHash), field(h.LastResultsHash), field(h.EvidenceHash),
		field(h.ProposerAddress[:]),
	}))
}

// merkle is the root of RFC 6962 over items.
func merkle(items [][]byte) [32]byte {
	switch len(items) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, items[0]...))
	}
	k := 1
	for k*2 < len(items) {
		k *= 2
	}
	l, r := merkle(items[:k]), merkle(items[k:])
	return sha256.Sum256(append(append([]byte{1}, l[:]...), r[:]...))
}

func validatorsHash(set []Validator) format.Hash {
	items := make([][]byte, len(set))
	for i, v := range set {
		key := protoBytes(nil, 0x0a, v.PublicKey[:])
		items[i] = protoVarint(protoMessage(nil, 0x0a, key), 0x10, uint64(v.Power))
	}
	return merkle(items)
}

// signBytes is what one validator signed.
func (c *Commit) signBytes(hash Word, at Time) []byte {
	v := []byte{0x08, 2} // precommit
	v = binary.LittleEndian.AppendUint64(append(v, 0x11), uint64(c.Header.Height))
	if c.Round != 0 {
		v = binary.LittleEndian.AppendUint64(append(v, 0x19), uint64(c.Round))
	}
	v = protoMessage(v, 0x22, BlockID{Hash: hash[:], Parts: c.Parts}.proto())
	v = protoMessage(v, 0x2a, at.proto())
	v = protoBytes(v, 0x32, []byte(c.Header.ChainID))
	return append(binary.AppendUvarint(nil, uint64(len(v))), v...)
}

// signed checks that more than two thirds of a set signed the header, each once. It tells how many did.
func (c *Commit) signed(set []Validator) (int, error) {
	keys := map[Word]bool{}
	var total, power uint64
	for i, v := range set {
		if keys[v.PublicKey] {
			return 0, fmt.Errorf("validator %d stands twice in its set", i)
		}
		keys[v.PublicKey] = true
		total += uint64(v.Power)
	}
	hash, last := c.Header.Hash(), -1
	for _, s := range c.Signatures {
		if s.Validator >= len(set) {
			return 0, fmt.Errorf("signature by validator %d of %d: unknown signer", s.Validator, len(set))
		}
		if s.Validator <= last {
			return 0, fmt.Errorf("validator %d signs twice or out of order", s.Validator)
		}
		last = s.Validator
		v := set[s.Validator]
		if !ed25519.Verify(v.PublicKey[:], c.signBytes(hash, s.Time), s.Signature) {
			return 0, fmt.Errorf("validator %d did not sign header %d: bad signature", s.Validator, uint64(c.Header.Height))
		}
		power += uint64(v.Power)
	}
	// Powers sum to at most 2^60.
	if power*3 <= total*2 {
		return 0, fmt.Errorf("%d of %d power signed header %d: not more than two thirds", power, total, uint64(c.Header.Height))
	}
	return len(c.Signatures), nil
}

// validatorsAt follows the signed rotations from the trusted set and returns the one in charge of the commit.
func (p *Proof) validatorsAt(t *Trust) ([]Validator, error) {
	set := []Validator(t.Validators)
	for i := range p.Rotations {
		r := &p.Rotations[i]
		if r.Header.Height < t.Height {
			continue // before the trusted set was in charge
		}
		if !sameHash(r.Header.ValidatorsHash, validatorsHash(set)) {
			return nil, fmt.Errorf("rotation at height %d is not of the validators known then", uint64(r.Header.Height))
		}
		if _, err := r.commit().signed(set); err != nil {
			return nil, fmt.Errorf("rotation: %w", err)
		}
		if len(r.Next) == 0 || !sameHash(r.Header.NextValidatorsHash, validatorsHash(r.Next)) {
			return nil, fmt.Errorf("rotation at height %d leads to other validators than those listed", uint64(r.Header.Height))
		}
		set = r.Next
	}
	hash := validatorsHash(set)
	if hash != validatorsHash(p.Validators) {
		return nil, fmt.Errorf("the validators listed are not the trusted ones, nor reached from them by signed rotations")
	}
	if !sameHash(p.Commit.Header.ValidatorsHash, hash) {
		return nil, fmt.Errorf("header %d names other validators than the trusted ones", uint64(p.Commit.Header.Height))
	}
	return set, nil
}

func sameHash(a Hex, b format.Hash) bool { return string(a) == string(b[:]) }
