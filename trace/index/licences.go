package index

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Granted is a licence, and the time in which it holds. A prefix may pass from one to the next.
type Granted struct {
	ID      uint64      `rlp:"-"`
	Primary common.Hash `rlp:"-"` // the digits of a prefix, or the hash of a namespace
	Holder  common.Address
	Number  uint64 // EVM block of the grant
	Since   uint64 // block time of the grant, seconds
	Until   uint64 // block time of the revocation; 0: not revoked
}

// During says whether the licence may have held at a block time. In the seconds of the grant and of the revocation that hangs
// on the order of the transactions.
func (g *Granted) During(time uint64) bool {
	return g.Since <= time && (g.Until == 0 || time <= g.Until)
}

func grantsPrefix(primary common.Hash) []byte { return key(kindGranted, primary[:]) }

// revokedKey is there once any licence was revoked.
func revokedKey() []byte { return key(kindGranted) }

// applyLicence takes over what the register records of a licence. Its number, holder and range never change.
func applyLicence(w *writer, b *Block, l *types.Log) error {
	e, err := parties.UnpackLicenceRecordedEvent(l)
	if err != nil {
		return fmt.Errorf(errStrangeRecord, err)
	}
	k := binary.BigEndian.AppendUint64(grantsPrefix(e.Record.Primary), e.Id)
	g := Granted{Holder: e.Record.Holder, Number: b.Number, Since: b.Time}
	known, err := w.get(k)
	if err != nil {
		return err
	}
	if known != nil {
		if err := rlp.DecodeBytes(known, &g); err != nil {
			return fmt.Errorf("licence %d in the index: %w", e.Id, err)
		}
	}
	if g.Until = e.Record.RevokedAt; g.Until != 0 {
		if err := w.put(revokedKey(), nil); err != nil {
			return err
		}
	}
	v, err := rlp.EncodeToBytes(&g)
	if err != nil {
		return fmt.Errorf("encode licence %d: %w", e.Id, err)
	}
	return w.set(k, v)
}

// EverRevoked says whether any licence was ever revoked; often not. Until then no prefix can have passed to another holder.
func (v *View) EverRevoked() (bool, error) {
	value, err := v.get(revokedKey())
	return value != nil, err
}

// Grants lists the licences that ever covered a kind of object with a primary key, as they were granted, but for the catch-all.
func (v *View) Grants(kind format.Kind, primary common.Hash) (list []Granted, err error) {
	for _, p := range licensed(kind, primary) {
		some, err := v.GrantsOf(p)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	slices.SortFunc(list, func(a, b Granted) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// GrantsOf lists the licences that there ever were of one range, as they were granted.
func (v *View) GrantsOf(primary common.Hash) (list []Granted, err error) {
	prefix := grantsPrefix(primary)
	var bad error
	err = v.scan(prefix, after(prefix), func(k, value []byte) bool {
		g := Granted{ID: binary.BigEndian.Uint64(k[len(prefix):]), Primary: primary}
		if bad = rlp.DecodeBytes(value, &g); bad == nil {
			list = append(list, g)
		}
		return bad == nil
	})
	if err == nil && bad != nil {
		err = fmt.Errorf("licences of %s in the index: %w", primary, bad)
	}
	return list, err
}

// ShortestLicence and LongestLicence are the lengths of what the register licenses, and of what a notice may be about, in digits.
const ShortestLicence, LongestLicence = 4, 13

// LicensedDigits are the digits of an object that a prefix may be the beginning of; none where its primary key is the licensed
// part itself.
func LicensedDigits(kind format.Kind, primary common.Hash) string {
	switch {
	case kind <= format.KindGRAI: // an indicator, an extension digit or a zero comes before the prefix
		return string(primary[1 : 1+LongestLicence])
	case kind == format.KindGDTI:
		return string(primary[:LongestLicence])
	}
	return ""
}

// licensed are the primary keys of the licences that can cover an object: those that its digits begin with; itself where it is
// the licensed part.
func licensed(kind format.Kind, primary common.Hash) (list []common.Hash) {
	switch kind {
	case format.KindGIAI, format.KindURI:
		if primary == (common.Hash{}) || primary == crypto.Keccak256Hash() {
			return nil // under the catch-all
		}
		return []common.Hash{primary}
	}
	digits := LicensedDigits(kind, primary)
	for n := ShortestLicence; n <= len(digits); n++ {
		var p common.Hash
		copy(p[:], digits[:n])
		list = append(list, p)
	}
	return list
}
