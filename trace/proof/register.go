package proof

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

var partiesABI = contracts.NewParties()

// linkOf is a Digital Link for a name.
func linkOf(name string) string {
	if i := strings.IndexAny(name, ":/"); i >= 0 && name[i] == ':' {
		return name
	}
	key, value, _ := strings.Cut(name, "/")
	return "https://id.gs1.org/" + key + "/" + url.PathEscape(value)
}

func objectOf(o format.Object) verify.Object {
	return verify.Object{Kind: int(o.Kind), Primary: verify.Word(o.Primary), Suffix: verify.Word(o.Suffix)}
}

// registryLane takes the trunk of a registry object into the proof.
func (w *work) registryLane(o format.Object) error {
	_, err := w.lane(w.add(objectOf(o)), int(format.Trunk))
	return err
}

// party fills a proof of a party.
func (w *work) party(address verify.Address) error {
	if err := w.registryLane(format.PartyObject(format.Address(address))); err != nil {
		return err
	}
	if len(w.p.Leaves) == 0 {
		return ErrUnknown
	}
	return w.signers()
}

// licences finds the licence of every object that has records, and of the subject, and takes its history in, as well as
// the notices of the subject's prefix.
func (w *work) licences() error {
	recorded := map[int]bool{0: true}
	for i := range w.p.Lanes {
		if l := &w.p.Lanes[i]; len(l.Leaves) > 0 {
			recorded[l.Object] = true
		}
	}
	for i := range w.p.Objects {
		o := &w.p.Objects[i]
		if o.Name == nil || !recorded[i] && !needsLicence(o) {
			continue
		}
		licence, record, err := w.licenceOf(o)
		if err != nil {
			return err
		}
		if licence == nil {
			continue
		}
		w.p.Objects[i].Licence = licence
		if err := w.registryLane(format.LicenceObject(format.Address(licence.Holder), uint64(licence.ID))); err != nil {
			return err
		}
		if i == 0 && (record.Kind == 1 || record.Kind == 2) {
			prefix := w.add(verify.Object{Kind: int(format.KindPrefix), Primary: verify.Word(record.Primary)})
			if _, err := w.lane(prefix, int(format.Notice)); err != nil {
				return err
			}
		}
	}
	return nil
}

// needsLicence says that the name of an object doesn't tell where the licensed part ends, so that only the licence does.
func needsLicence(o *verify.Object) bool {
	return o.Kind == int(format.KindGIAI) || o.Kind == int(format.KindURI)
}

// licenceOf asks the register which licence an object falls under now; nil if none.
func (w *work) licenceOf(o *verify.Object) (*verify.Licence, contracts.Licence, error) {
	var record contracts.Licence
	data, err := partiesABI.TryPackLicenceFor(uint8(o.Kind), o.Primary)
	if err != nil {
		return nil, record, err
	}
	out, err := w.ledger.Call(w.ctx, contracts.PartiesAddr, data)
	if err != nil {
		return nil, record, err
	}
	id, err := partiesABI.UnpackLicenceFor(out)
	if err != nil || id == 0 {
		return nil, record, err
	}
	if out, err = w.ledger.Call(w.ctx, contracts.PartiesAddr, partiesABI.PackLicence(id)); err != nil {
		return nil, record, err
	}
	if record, err = partiesABI.UnpackLicence(out); err != nil {
		return nil, record, err
	}
	return &verify.Licence{Holder: verify.Address(record.Holder), ID: verify.U64(id)}, record, nil
}

// signers takes the register's histories of all parties and keys in. A party's own trunk holds master data, signed by
// keys in their turn.
func (w *work) signers() error {
	for i := 0; i < len(w.p.Leaves); i++ {
		party, key, kind := format.Address(w.p.Leaves[i].Party), format.Address(w.p.Leaves[i].Key), format.LeafKind(w.p.Leaves[i].Kind)
		if kind >= format.LeafParty && kind <= format.LeafLicence {
			continue
		}
		if err := w.registryLane(format.PartyObject(party)); err != nil {
			return err
		}
		if common.Address(key) == contracts.TraceLogAddr {
			continue
		}
		if err := w.registryLane(format.KeyObject(party, key)); err != nil {
			return err
		}
	}
	w.trimMasterData()
	return nil
}

// trimMasterData leaves the bodies of all but the latest declarations out, and those of the parties farthest from the
// subject where all together are too long: they only give names, and the leaves that stand for them stay.
func (w *work) trimMasterData() {
	var parties []verify.Address // as the story comes to them
	of := map[verify.Address][]*verify.Leaf{}
	for i := range w.p.Leaves {
		l := &w.p.Leaves[i]
		if l.Kind != int(format.LeafMasterData) || l.Body == nil {
			continue
		}
		if of[l.Party] == nil {
			parties = append(parties, l.Party)
		}
		of[l.Party] = append(of[l.Party], l)
	}
	size := 0
	for _, party := range parties {
		list := of[party]
		slices.Reverse(list) // the latest first
		for i, l := range list {
			if i >= maxMasters || size+len(*l.Body) > MaxMaster {
				l.Body = nil
				continue
			}
			size += len(*l.Body)
		}
	}
}
