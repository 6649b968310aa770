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
	return w.entitled()
}

// entitled takes the register's histories of all who recorded something in.
func (w *work) entitled() error {
	if err := w.signers(0); err != nil {
		return err
	}
	if err := w.contributors(); err != nil {
		return err
	}
	known := len(w.p.Leaves)
	if err := w.masterData(); err != nil {
		return err
	}
	return w.signers(known)
}

// signers takes in the histories of the parties and keys of the leaves from a place on.
func (w *work) signers(from int) error {
	for i := from; i < len(w.p.Leaves); i++ {
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
		if err := w.apart(format.KeyObject(party, key)); err != nil {
			return err
		}
	}
	return nil
}

// contributors takes in the histories of those whom the holders of licences list, where they stand apart.
func (w *work) contributors() error {
	lanes := w.p.Lanes
	for i := range lanes {
		o := &w.p.Objects[lanes[i].Object]
		if o.Licences == nil || lanes[i].Lane != int(format.Trunk) {
			continue
		}
		for _, licence := range *o.Licences {
			for _, n := range lanes[i].Leaves {
				member := format.MemberObject(format.Address(licence.Holder), uint64(licence.ID), format.Address(w.p.Leaves[n].Party))
				if err := w.apart(member); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// apart takes in the trunk of an object that a key or a listed party has only if it isn't among the first of its party.
func (w *work) apart(o format.Object) error {
	if w.asked[o] {
		return nil
	}
	w.asked[o] = true
	some, err := w.recorded(o)
	if err != nil || !some {
		return err
	}
	return w.registryLane(o)
}

// recorded says whether an object's trunk has leaves, as far as the index knows.
func (w *work) recorded(o format.Object) (bool, error) {
	head, err := w.view.Head(common.Hash(format.LaneKey(format.Trunk, o.Key())))
	return head.Count > 0, err
}

// masterData takes in what those declared who recorded something, in the order in which the story comes to them: the names
// of places and products. It says nothing of the thing itself, so it takes the room that the aim leaves.
func (w *work) masterData() error {
	var order []verify.Address
	for i := range w.p.Leaves {
		l := &w.p.Leaves[i]
		if (w.p.Kind == verify.KindParty || l.Record == nil) && !slices.Contains(order, l.Party) {
			order = append(order, l.Party)
		}
	}
	for _, party := range order {
		if w.weight()+nameWeight > w.aim() {
			break
		}
		o := format.MasterDataObject(format.Address(party))
		some, err := w.recorded(o)
		if err != nil {
			return err
		}
		if !some {
			continue
		}
		if _, err := w.stretch(w.add(objectOf(o)), int(format.Trunk), maxMasters); err != nil {
			return err
		}
	}
	w.trimMasterData()
	return nil
}

// nameWeight is what a lane of declarations weighs on a ledger of a million lanes, in bytes.
const nameWeight = 2200

// weight estimates what the proof weighs packed, in bytes: nodes are hashes, which nothing packs; the rest packs well.
func (w *work) weight() int {
	n := 3000 // header, votes, validators
	for _, node := range w.prover.Nodes() {
		n += len(node)
	}
	for i := range w.p.Leaves {
		n += 60
		if b := w.p.Leaves[i].Body; b != nil {
			n += len(*b) / 8
		}
	}
	return n
}

// aim is what a proof of so many lanes of things should weigh at most, in bytes: 25 kB for 4, 60 for 12.
func (w *work) aim() int {
	heads := 0
	for i := range w.p.Lanes {
		if format.Kind(w.p.Objects[w.p.Lanes[i].Object].Kind) < format.KindRegistry {
			heads++
		}
	}
	return 25_000 + 35_000*(min(max(heads, 4), 12)-4)/8
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
