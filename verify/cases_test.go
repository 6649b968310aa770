package verify_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// caseVector is a whole proof of a network of ours, and what must come of it.
type caseVector struct {
	Name    string          `json:"name"`
	Outcome verify.Outcome  `json:"outcome"`
	Step    verify.Step     `json:"step,omitempty"`
	Warning []string        `json:"warnings,omitempty"`
	Want    string          `json:"want,omitempty"`
	Now     string          `json:"now"`
	Trust   json.RawMessage `json:"trust"`
	Proof   json.RawMessage `json:"proof"`
}

// storyCase changes a story that is right; ok is what it must come to: a step that fails, a warning code, or "good".
type storyCase struct {
	name, ok string
	change   func(b *tiny)
	after    func(b *tiny) // the file, once everything is signed
}

func packed(b *tiny, action string, at int) {
	b.event(bottle, at, map[string]any{"type": "AggregationEvent", "action": action, "parentID": link(crate), "childEPCs": []any{link(bottle)}}, crate)
}

// busy gives a lane so many earlier leaves that it may be shown from a checkpoint on.
func busy(b *tiny, name string, from int, times ...int) {
	l := b.lane(name, 0)
	l.From = verify.U64(from)
	l.Leaves = nil
	for _, at := range times {
		b.event(name, at, map[string]any{"type": "ObjectEvent", "action": "OBSERVE", "epcList": []any{link(name)}})
	}
	b.compact()
}

func observed(name string) map[string]any {
	return map[string]any{"type": "ObjectEvent", "action": "OBSERVE", "epcList": []any{link(name)}}
}

var storyCases = []storyCase{
	{name: "nothing wrong", ok: "good", change: func(*tiny) {}},

	{name: "omitted event", ok: "leaves", after: func(b *tiny) {
		l := b.lane(bottle, 0)
		l.Leaves = l.Leaves[1:]
		b.compact()
	}},
	{name: "omitted event, and the head changed to match", ok: "slots", after: func(b *tiny) {
		l := b.lane(bottle, 0)
		l.Leaves = l.Leaves[:1]
		b.compact()
		f := b.forged
		nodes, block, commit := b.p.Nodes, b.p.Block, *b.p.Commit
		f.remake(b.t, b.p)
		b.p.Nodes, b.p.Block, b.p.Commit = nodes, block, &commit
	}},
	{name: "reordered events", ok: "leaves", after: func(b *tiny) {
		l := b.lane(bottle, 0)
		l.Leaves[0], l.Leaves[1] = l.Leaves[1], l.Leaves[0]
	}},
	{name: "event of another object", ok: "leaves", after: func(b *tiny) {
		l := b.lane(bottle, 0)
		l.Leaves = append(l.Leaves, b.lane(juice, 0).Leaves[0])
	}},
	{name: "an event more than the ledger holds", ok: "leaves", after: func(b *tiny) { b.event(bottle, 1400, observed(bottle)) }},
	{name: "lane of another object", ok: "slots", after: func(b *tiny) {
		x, y := b.lane(bottle, 0), b.lane(crate, 0)
		x.Leaves, y.Leaves = y.Leaves, x.Leaves
		x.Head, y.Head = y.Head, x.Head
	}},
	{name: "hidden recall: the notices said to be empty", ok: "slots", change: func(b *tiny) {
		b.eventBy(brand, brandKey, 3, 1400, observed(bottle), bottle)
	}, after: func(b *tiny) {
		l := b.lane(bottle, 1)
		l.Leaves, l.Head = nil, verify.Word{}
		b.compact()
	}},
	{name: "hidden recall: the leaf left out", ok: "leaves", change: func(b *tiny) {
		b.eventBy(brand, brandKey, 3, 1400, observed(lotL1), lotL1)
	}, after: func(b *tiny) {
		b.lane(lotL1, 1).Leaves = nil
		b.compact()
	}},
	{name: "hidden recall: the lot's notices left out", ok: "story", change: func(b *tiny) { b.dropLane(lotL1, 1) }},
	{name: "hidden recall: the lot left out", ok: "story", change: func(b *tiny) { b.drop(lotL1) }},
	{name: "hidden recall: the class left out", ok: "story", change: func(b *tiny) { b.drop(class) }},
	{name: "hidden recall: the prefix left out", ok: "story", change: func(b *tiny) { b.drop("prefix") }},
	{name: "the number of notes left out", ok: "story", change: func(b *tiny) { b.dropLane(bottle, 2) }},
	{name: "container left out", ok: "story", change: func(b *tiny) { b.drop(crate) }},
	{name: "container said to be left out", ok: "omitted", change: func(b *tiny) {
		b.drop(crate)
		b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: crate, Reason: "limit"})
	}},
	{name: "input left out", ok: "story", change: func(b *tiny) { b.drop(juice) }},
	{name: "lot said to be left out", ok: "story", change: func(b *tiny) {
		b.drop(lotL1)
		b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: lotL1, Reason: "limit"})
	}},
	{name: "body withheld", ok: "withheld", change: func(b *tiny) {}, after: func(b *tiny) { b.p.Leaves[len(b.p.Leaves)-1].Body = nil }},
	{name: "body of another leaf", ok: "bodies", after: func(b *tiny) {
		n := len(b.p.Leaves)
		b.p.Leaves[n-1].Body, b.p.Leaves[n-2].Body = b.p.Leaves[n-2].Body, b.p.Leaves[n-1].Body
	}},
	{name: "a register's record that the register didn't make", ok: "bodies", change: func(b *tiny) {
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 8, Time: 910, Record: partyRecord("Better Brand", 0, 0)}, 0, b.party(brand))
	}},
	{name: "a register's record on another's lane", ok: "bodies", change: func(b *tiny) {
		b.record(b.party(brand), 910, 8, stranger, partyRecord("Better Brand", 0, 0))
	}},

	{name: "key revoked before", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 999, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 0, 999))
	}},
	{name: "key revoked afterwards", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 1301, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 0, 1301))
	}},
	{name: "key revoked in the same second", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 1300, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 0, 1300))
	}},
	{name: "key run out", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 1200, 0))
	}},
	{name: "key not yet valid", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 1050, 0, 0))
	}},
	{name: "key without the scope", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, brand, certify|recall, 900, 0, 0))
	}},
	{name: "key with the scope it needs and no other", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, brand, capture, 900, 0, 0))
	}},
	{name: "key of another party", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, stranger, 1<<16-1, 900, 0, 0))
	}},
	{name: "key nobody registered", ok: "parties", change: func(b *tiny) { b.eventBy(brand, strangerKey, 1, 1400, observed(bottle), bottle) }},
	{name: "key that stands apart", ok: "good", change: func(b *tiny) {
		b.record(b.key(brand, haulierKey), 910, 9, brand, keyRecord(haulierKey, brand, 1<<16-1, 900, 0, 0))
		b.eventBy(brand, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "key that stands apart, revoked before", ok: "parties", change: func(b *tiny) {
		b.record(b.key(brand, haulierKey), 910, 9, brand, keyRecord(haulierKey, brand, 1<<16-1, 900, 0, 0))
		b.record(b.key(brand, haulierKey), 920, 9, brand, keyRecord(haulierKey, brand, 1<<16-1, 900, 0, 920))
		b.eventBy(brand, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "key that stands apart, left out", ok: "parties", change: func(b *tiny) {
		b.eventBy(brand, haulierKey, 1, 1400, observed(bottle), bottle)
		b.lane(b.key(brand, haulierKey), 0)
	}},
	{name: "key that stands apart, with another key's record", ok: "parties", change: func(b *tiny) {
		b.record(b.key(brand, haulierKey), 910, 9, brand, keyRecord(strangerKey, brand, 1<<16-1, 900, 0, 0))
		b.eventBy(brand, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "another key of the party revoked", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(haulierKey, brand, 1<<16-1, 900, 0, 910))
	}},
	{name: "agent switched off", ok: "parties", change: func(b *tiny) { b.record(b.party(brand), 999, 8, brand, agentRecord(1, false)) }},
	{name: "another agent switched off", ok: "good", change: func(b *tiny) { b.record(b.party(brand), 999, 8, brand, agentRecord(2, false)) }},
	{name: "party suspended", ok: "parties", change: func(b *tiny) { b.record(b.party(brand), 999, 8, brand, partyRecord("Brand", 2000, 0)) }},
	{name: "party suspended and reinstated", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 920, 8, brand, partyRecord("Brand", 2000, 0))
		b.record(b.party(brand), 999, 8, brand, partyRecord("Brand", 0, 0))
	}},
	{name: "party not registered yet", ok: "parties", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.event(crate, 1310, observed(crate))
		b.eventBy(haulier, haulierKey, 1, 890, observed(bottle), bottle)
	}},
	{name: "history of a party left out", ok: "parties", change: func(b *tiny) { b.drop(b.party(brand)) }},
	{name: "written through the contract that seals documents", ok: "good", change: func(b *tiny) {
		b.eventBy(brand, b.trust.Contracts.TraceLog, 1, 1400, observed(bottle), bottle)
	}},

	{name: "licence not held", ok: "licences", change: func(b *tiny) {
		b.register(stranger, "Stranger", strangerKey, 0)
		b.eventBy(stranger, strangerKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "licence of another prefix", ok: "licences", change: func(b *tiny) {
		b.licence().Record = licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521142")
	}},
	{name: "licence run out", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 1250, 0, "9521141"))
	}},
	{name: "licence revoked", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 1150, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 1150, "9521141"))
	}},
	{name: "licence granted later", ok: "licences", change: func(b *tiny) {
		b.licence().Time = 1250
	}},
	{name: "licence of somebody else's number", ok: "licences", change: func(b *tiny) {
		b.licence().Record = licenceRecord(brand, 8, 1, false, 950, 0, 0, "9521141")
	}},
	{name: "no licence shown", ok: "licences", change: func(b *tiny) { b.p.Objects[0].Licence = nil }},
	{name: "an asset without licence, whose records could be under another prefix", ok: "licences", change: func(b *tiny) {
		b.object("8004/9521141PALLET7", nil)
	}},
	{name: "an asset under its licence", ok: "good", change: func(b *tiny) {
		b.object("8004/9521141PALLET7", &verify.Licence{Holder: brand, ID: 7})
		b.p.Objects[b.objects["8004/9521141PALLET7"]] = asset("8004/9521141PALLET7", 7)
	}},
	{name: "an asset under another prefix than its licence", ok: "licences", change: func(b *tiny) {
		b.object("8004/9521141PALLET7", &verify.Licence{Holder: brand, ID: 7})
		b.p.Objects[b.objects["8004/9521141PALLET7"]] = asset("8004/9521141PALLET7", 4)
	}},
	{name: "contributor", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, memberRecord(7, haulier, 1))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "contributor taken off the list before", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, memberRecord(7, haulier, 1))
		b.record(b.party(brand), 970, 10, brand, memberRecord(7, haulier, 0))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "contributor listed apart", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.member(7, haulier), 960, 10, brand, memberRecord(7, haulier, 1))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "contributor listed apart and taken off the list before", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.member(7, haulier), 960, 10, brand, memberRecord(7, haulier, 1))
		b.record(b.member(7, haulier), 970, 10, brand, memberRecord(7, haulier, 0))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "contributor of another licence of the holder", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, memberRecord(8, haulier, 1))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "another licence of the holder revoked", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 960, 10, brand, licenceRecord(brand, 8, 1, false, 950, 0, 960, "9521142"))
	}},
	{name: "licence opened to all", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, licenceRecord(brand, 7, 1, true, 950, 0, 0, "9521141"))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "handed over", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(bottle, 1350, haulier)
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "handed over in the same second", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(bottle, 1400, stranger, haulier)
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "handed over by who got it by hand-over", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.register(stranger, "Stranger", strangerKey, 0)
		b.handOver(bottle, 1350, haulier)
		next := verify.List[verify.Address]{stranger}
		b.p.Leaves[b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)].Next = &next
		b.eventBy(stranger, strangerKey, 1, 1450, observed(bottle), bottle)
	}},
	{name: "handed over afterwards", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
		b.handOver(bottle, 1450, haulier)
	}},
	{name: "handed over by its own record", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		next := verify.List[verify.Address]{haulier}
		b.p.Leaves[b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)].Next = &next
	}},
	{name: "another object handed over", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(crate, 1350, haulier)
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "handed over to somebody else", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(bottle, 1350, stranger)
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "a hand-over that the ledger doesn't hold", ok: "leaves", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(bottle, 1350, stranger)
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}, after: func(b *tiny) { (*b.p.Leaves[len(b.p.Leaves)-2].Next)[0] = haulier }},
	{name: "a hand-over left out", ok: "leaves", change: func(b *tiny) { b.handOver(bottle, 1350, haulier) },
		after: func(b *tiny) { b.p.Leaves[len(b.p.Leaves)-1].Next = nil }},
	{name: "a hand-over to nobody", ok: "format", change: func(b *tiny) { b.handOver(bottle, 1350) }},
	{name: "a hand-over on the notice lane", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		n := b.eventBy(brand, brandKey, 5, 1350, observed(bottle), bottle)
		b.p.Leaves[n].Next = &verify.List[verify.Address]{haulier}
		b.eventBy(haulier, haulierKey, 5, 1400, observed(bottle), bottle)
	}},
	{name: "the catch-all licence of a test network", ok: "sandbox", change: func(b *tiny) {
		b.licence().Record = licenceRecord(brand, 7, 4, true, 950, 0, 0, "")
	}},
	{name: "master data on another's lane", ok: "licences", change: func(b *tiny) {
		text := "{}"
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 11, Time: 1400, Body: &text}, 0, bottle)
	}},
	{name: "master data", ok: "good", change: func(b *tiny) {
		text := "{}"
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 11, Time: 1400, Body: &text}, 0, b.masterData(brand))
	}},
	{name: "master data on the register's object", ok: "licences", change: func(b *tiny) {
		text := "{}"
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 11, Time: 1400, Body: &text}, 0, b.party(brand))
	}},
	{name: "master data on another party's object", ok: "licences", change: func(b *tiny) {
		text := "{}"
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 11, Time: 1400, Body: &text}, 0, b.masterData(haulier))
	}},

	{name: "recalled", ok: "recalled", change: func(b *tiny) { b.eventBy(brand, brandKey, 3, 1400, observed(bottle), bottle) }},
	{name: "its lot recalled", ok: "recalled", change: func(b *tiny) { b.eventBy(brand, brandKey, 3, 1400, observed(lotL1), lotL1) }},
	{name: "its class recalled", ok: "recalled", change: func(b *tiny) {
		b.p.Objects[b.objects[class]].Licence = &verify.Licence{Holder: brand, ID: 7}
		b.eventBy(brand, brandKey, 3, 1400, observed(class), class)
	}},
	{name: "its prefix recalled", ok: "recalled", change: func(b *tiny) { b.eventBy(brand, brandKey, 3, 1400, observed(class), "prefix") }},
	{name: "its container recalled", ok: "recalled", change: func(b *tiny) { b.eventBy(brand, brandKey, 3, 1400, observed(crate), crate) }},
	{name: "recalled and lifted", ok: "good", change: func(b *tiny) {
		b.eventBy(brand, brandKey, 3, 1400, observed(bottle), bottle)
		b.eventBy(brand, brandKey, 4, 1500, observed(bottle), bottle)
	}},
	{name: "lifted and recalled again", ok: "recalled", change: func(b *tiny) {
		b.eventBy(brand, brandKey, 4, 1400, observed(bottle), bottle)
		b.eventBy(brand, brandKey, 3, 1500, observed(bottle), bottle)
	}},
	{name: "an input recalled", ok: "good", change: func(b *tiny) { b.eventBy(brand, brandKey, 3, 1400, observed(juice), juice) }},
	{name: "recalled by somebody without authority", ok: "licences", change: func(b *tiny) {
		b.register(stranger, "Stranger", strangerKey, 0)
		b.eventBy(stranger, strangerKey, 3, 1400, observed(bottle), bottle)
	}},
	{name: "recalled by an authority", ok: "recalled", change: func(b *tiny) {
		b.register(stranger, "Agency", strangerKey, recall)
		b.eventBy(stranger, strangerKey, 3, 1400, observed(bottle), bottle)
	}},
	{name: "a list on the lot", ok: "list", change: func(b *tiny) {
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 7, Time: 1400, Commitment: verify.Word{1}}, 0, lotL1)
	}},

	{name: "in a list of its lot, and nowhere else", ok: "good", change: func(b *tiny) { b.listed(true, bottle, "01/09521141012345/21/B2", "01/09521141012345/21/B3") }},
	{name: "in a list of one", ok: "good", change: func(b *tiny) { b.listed(true, bottle) }},
	{name: "not in the list of its lot", ok: "good", change: func(b *tiny) {
		b.listed(false, "01/09521141012345/21/B2", "01/09521141012345/21/B3", "01/09521141012345/21/B4", "01/09521141012345/21/B5")
	}},
	{name: "said not to be in a list that it is in", ok: "lists", change: func(b *tiny) {
		b.listed(true, bottle, "01/09521141012345/21/B2", "01/09521141012345/21/B3")
		o := &(*b.p.Openings)[0]
		at := int(o.Places[0].Index)
		o.Places = nil
		for _, i := range []int{at - 1, at + 1} {
			if i >= 0 && i < 3 {
				o.Places = append(o.Places, b.place(i))
			}
		}
	}},
	{name: "a list opened with another salt", ok: "lists", change: func(b *tiny) {
		b.listed(false, "01/09521141012345/21/B2", "01/09521141012345/21/B3")
		(*b.p.Openings)[0].Salt[0] ^= 1
		(*b.p.Openings)[0].Places[0].Path[0][0] ^= 1
	}},
	{name: "a list with another number of entries", ok: "leaves", change: func(b *tiny) { b.listed(true, bottle, "01/09521141012345/21/B2") }, after: func(b *tiny) {
		l := &b.p.Leaves[(*b.p.Openings)[0].Leaf]
		l.List.Count++
		l.Commitment = verify.Word(format.Commitment(format.Listed, format.ListRootOf(uint64(l.List.Count), format.Hash(l.List.Top))))
	}},
	{name: "the head of another list", ok: "bodies", change: func(b *tiny) { b.listed(true, bottle, "01/09521141012345/21/B2") }, after: func(b *tiny) {
		b.p.Leaves[(*b.p.Openings)[0].Leaf].List.Count++
	}},
	{name: "in a list, and neither list nor lot shown", ok: "story", change: func(b *tiny) {
		b.listed(true, bottle)
		b.drop(lotL1) // only the list says that there is a lot
		b.p.Openings = nil
		b.eventBy(brand, brandKey, 1, 1100, map[string]any{"type": "TransformationEvent", "outputEPCList": []any{link(bottle)},
			"ilmd": map[string]any{"cbvmda:lotNumber": "L1"}}, bottle)
	}},
	{name: "a container known only from a list", ok: "good", change: func(b *tiny) { b.packedByList(true) }},
	{name: "a container known only from a list, left out", ok: "format", change: func(b *tiny) {
		b.packedByList(true)
		b.drop(crate)
	}},
	{name: "a list in a container that is not opened", ok: "list", change: func(b *tiny) {
		packed(b, "OBSERVE", 1350)
		b.packedByList(false)
		b.p.Openings = nil
	}},

	{name: "a container shown from a checkpoint on", ok: "good", change: func(b *tiny) { busy(b, crate, 64, 1150, 1250, 1300) }},
	{name: "a container shown from too late a checkpoint on", ok: "story", change: func(b *tiny) { busy(b, crate, 64, 1250, 1300) }},
	{name: "a container shown from a checkpoint on, and nothing after it", ok: "story", change: func(b *tiny) { busy(b, crate, 64) }},
	{name: "the subject shown from a checkpoint on", ok: "story", change: func(b *tiny) { busy(b, bottle, 64, 1150) }},
	{name: "an input shown from a checkpoint on", ok: "story", change: func(b *tiny) { busy(b, juice, 64, 1000) }},
	{name: "a party shown from a checkpoint on, behind its licence", ok: "licences", change: func(b *tiny) {
		l := b.lane(b.party(brand), 0)
		l.From, l.Leaves = 64, l.Leaves[:3]
		b.compact()
	}},
	{name: "master data shown from a checkpoint on", ok: "good", change: func(b *tiny) {
		text := "{}"
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 11, Time: 1400, Body: &text}, 0, b.masterData(brand))
		b.lane(b.masterData(brand), 0).From = 64
	}},
	{name: "master data shown up to a checkpoint", ok: "story", change: func(b *tiny) {
		text := "{}"
		n := b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 11, Time: 1400, Body: &text}, 0, b.masterData(brand))
		l := b.lane(b.masterData(brand), 0)
		for range 63 {
			l.Leaves = append(l.Leaves, n)
		}
		to := verify.U64(64)
		l.To = &to
	}},
	{name: "a party shown from a checkpoint on", ok: "good", change: func(b *tiny) { b.lane(b.party(brand), 0).From = 64 }},
	{name: "a container shown up to a checkpoint", ok: "good", change: func(b *tiny) {
		packed(b, "DELETE", 1400)
		b.lane(crate, 0).To = upTo(b, crate, 1410, 610_000)
	}},
	{name: "a container shown up to a checkpoint, still inside", ok: "story", change: func(b *tiny) {
		b.lane(crate, 0).To = upTo(b, crate, 1410, 610_000)
	}},
	{name: "a container shown up to too early a checkpoint", ok: "story", change: func(b *tiny) {
		packed(b, "DELETE", 1400)
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1500)
	}},
}

// asset is the object of a name with a licensed part of n digits.
func asset(name string, n int) verify.Object {
	o := verify.Candidates(name)[n]
	o.Name, o.Licence = &name, &verify.Licence{Holder: brand, ID: 7}
	return o
}

// upTo fills a lane up to its first checkpoint, the last leaf at a time.
func upTo(b *tiny, name string, from, last int) *verify.U64 {
	for len(b.lane(name, 0).Leaves) < 63 {
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 1, Time: verify.U64(from), Body: b.p.Leaves[b.lane(name, 0).Leaves[0]].Body}, 0, name)
	}
	b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 1, Time: verify.U64(last), Body: b.p.Leaves[b.lane(name, 0).Leaves[0]].Body}, 0, name)
	to := verify.U64(64)
	return &to
}

// TestCases holds the verifier to one broken rule at a time, in proofs whose hashes and signatures are all right.
func TestCases(t *testing.T) {
	var out []caseVector
	add := func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof) {
		t.Helper()
		trustFile, err := trust.Encode()
		require.NoError(t, err)
		v := caseVector{Name: name, Want: want, Now: at, Trust: trustFile, Proof: encode(t, p)}
		now, err := time.Parse(time.RFC3339, at)
		require.NoError(t, err)
		r := verify.Verify(v.Proof, trust, verify.Options{Want: want, Now: now})
		v.Outcome = r.Outcome
		for _, s := range r.Steps {
			v.Warning = append(v.Warning, s.Warnings...)
		}
		switch {
		case r.Failed != nil:
			v.Step = r.Failed.Step
			assert.Equal(t, ok, string(v.Step), "%s: %s", name, r.Failed.Detail)
		case len(v.Warning) > 0:
			assert.Equal(t, []string{ok}, v.Warning, name)
		default:
			assert.Equal(t, ok, "good", name)
		}
		out = append(out, v)
	}
	for _, c := range slices.Concat(storyCases, sealedCases) {
		b := newTiny(t)
		if c.change != nil {
			c.change(b)
		}
		b.remake(t, b.p)
		if c.after != nil {
			c.after(b)
		}
		add(c.name, c.ok, link(bottle), now, &b.trust, b.p)
	}
	signatureCases(t, add)

	var got bytes.Buffer
	got.WriteString("{\"vectors\": [\n")
	for i, v := range out {
		line, err := json.Marshal(v)
		require.NoError(t, err)
		got.Write(line)
		if i < len(out)-1 {
			got.WriteByte(',')
		}
		got.WriteByte('\n')
	}
	got.WriteString("]}\n")
	path := filepath.Join("..", "testdata", "vectors", "proof", "cases.json.gz")
	if *update {
		var packed bytes.Buffer
		zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		require.NoError(t, err)
		_, err = zip.Write(got.Bytes())
		require.NoError(t, err)
		require.NoError(t, zip.Close())
		require.NoError(t, os.WriteFile(path, packed.Bytes(), 0o644))
	}
	raw, err := os.Open(path)
	require.NoError(t, err)
	defer raw.Close()
	unzip, err := gzip.NewReader(raw)
	require.NoError(t, err)
	want, err := io.ReadAll(unzip)
	require.NoError(t, err)
	assert.True(t, string(want) == got.String(), "cases.json.gz differs from what the tests make")
}

// signatureCases are about who signed what.
func signatureCases(t *testing.T, add func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof)) {
	fresh := func() (*forged, *verify.Proof) {
		f := newForged(t)
		p := readProof(t, "block.json")
		f.resign(p)
		return f, p
	}
	simple := func(name, ok string, change func(f *forged, p *verify.Proof)) {
		f, p := fresh()
		change(f, p)
		add(name, ok, "", now, &f.trust, p)
	}
	simple("signed by all", "good", func(*forged, *verify.Proof) {})
	simple("three of four", "good", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 0, 1, 3) })
	simple("two of four", "signatures", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 0, 1) })
	simple("nobody", "signatures", func(f *forged, p *verify.Proof) { p.Commit.Signatures = nil })
	powers := func(f *forged, p *verify.Proof, powers ...uint64) {
		f.trust.Validators = f.set(powers...)
		f.resign(p)
	}
	simple("exactly two thirds", "signatures", func(f *forged, p *verify.Proof) {
		powers(f, p, 20, 20, 10, 10)
		f.sign(p.Commit, 0, 1)
	})
	simple("one more than two thirds", "good", func(f *forged, p *verify.Proof) {
		powers(f, p, 20, 21, 10, 10)
		f.sign(p.Commit, 0, 1)
	})
	simple("duplicate signer", "signatures", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 0, 1, 1) })
	simple("signers out of order", "signatures", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 1, 0, 2) })
	simple("a signer who isn't in the set", "signatures", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 0, 1, 2, 4) })
	simple("one validator twice in the set", "signatures", func(f *forged, p *verify.Proof) {
		f.trust.Validators = append(f.set(), f.set()[3])
		f.resign(p)
	})
	simple("a vote for another round", "signatures", func(f *forged, p *verify.Proof) { p.Commit.Round++ })
	simple("round 3", "good", func(f *forged, p *verify.Proof) {
		p.Commit.Round = 3
		f.sign(p.Commit)
	})
	simple("a vote for other parts", "signatures", func(f *forged, p *verify.Proof) { p.Commit.Parts.Total++ })
	simple("strangers signed, and name themselves", "validators", func(f *forged, p *verify.Proof) {
		f.trust.Validators = newSigners("others", 4).set()
	})
	simple("other chain id", "network", func(f *forged, p *verify.Proof) {
		p.Commit.Header.ChainID = "suyuan-1"
		f.sign(p.Commit)
	})
	simple("other EVM block", "block", func(f *forged, p *verify.Proof) {
		p.Commit.Header.AppHash = make([]byte, 32)
		f.sign(p.Commit)
	})
	simple("no EVM block", "block", func(f *forged, p *verify.Proof) {
		p.Commit.Header.AppHash = nil
		f.sign(p.Commit)
	})
	simple("an EVM block from the future", "block", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Height = 1
		f.sign(p.Commit)
	})
	simple("two headers at one height", "fork", func(f *forged, p *verify.Proof) {
		f.trust.Latest = &verify.Seen{Height: p.Commit.Header.Height, Hash: verify.Word{1}}
	})
	simple("the header seen before", "good", func(f *forged, p *verify.Proof) {
		f.trust.Latest = &verify.Seen{Height: p.Commit.Header.Height, Hash: p.Commit.Header.Hash()}
	})
	simple("stale: older than what was seen", "old", func(f *forged, p *verify.Proof) {
		f.trust.Latest = &verify.Seen{Height: p.Commit.Header.Height + 1, Hash: verify.Word{1}}
	})
	simple("stale: eleven minutes", "old", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Time.Seconds = verify.U64(at(t).Add(-11 * time.Minute).Unix())
		f.sign(p.Commit)
	})
	simple("ten minutes", "good", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Time = verify.Time{Seconds: verify.U64(at(t).Add(-10 * time.Minute).Unix())}
		f.sign(p.Commit)
	})
	simple("two minutes ahead", "future", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Time.Seconds = verify.U64(at(t).Add(2 * time.Minute).Unix())
		f.sign(p.Commit)
	})
	simple("other code at the address of Heads", "heads", func(f *forged, p *verify.Proof) {
		*p = *readProof(t, "class.json")
		f.remake(t, p)
		f.trust.HeadsCodeHash[0] ^= 1
	})
	simple("other slot of Heads", "slots", func(f *forged, p *verify.Proof) {
		*p = *readProof(t, "lot.json")
		f.remake(t, p)
		f.trust.Slots.Head = 5
	})
	simple("of another chain's Heads", "leaves", func(f *forged, p *verify.Proof) {
		*p = *readProof(t, "lot.json")
		f.trust.ChainID = 1
		f.remake(t, p)
		f.trust.ChainID = 789826
	})
	rotationCases(simple)
	pinCases(t, add)
}

// rotationCases are about validators that follow one another.
func rotationCases(simple func(name, ok string, change func(f *forged, p *verify.Proof))) {
	a, b, c := newSigners("forge", 4), newSigners("second", 3), newSigners("third", 5)
	rotation := func(p *verify.Proof, from, to signers, height verify.U64) verify.Rotation {
		commit := *p.Commit
		commit.Header.Height = height
		commit.Header.ValidatorsHash = verify.ValidatorsHash(from.set())
		commit.Header.NextValidatorsHash = verify.ValidatorsHash(to.set())
		from.sign(&commit)
		return verify.Rotation{Header: commit.Header, Round: commit.Round, Parts: commit.Parts, Signatures: commit.Signatures, Next: to.set()}
	}
	rotated := func(p *verify.Proof) {
		p.Rotations = []verify.Rotation{rotation(p, a, b, 10), rotation(p, b, c, 20)}
		p.Validators = c.set()
		p.Commit.Header.ValidatorsHash = verify.ValidatorsHash(c.set())
		p.Commit.Header.NextValidatorsHash = p.Commit.Header.ValidatorsHash
		c.sign(p.Commit)
	}
	case_ := func(name, ok string, change func(f *forged, p *verify.Proof)) {
		simple(name, ok, func(f *forged, p *verify.Proof) {
			rotated(p)
			change(f, p)
		})
	}
	case_("validators changed twice", "good", func(*forged, *verify.Proof) {})
	case_("validators changed twice, trusted between", "good", func(f *forged, p *verify.Proof) {
		f.trust.Height, f.trust.Validators = 11, b.set()
	})
	case_("validators changed twice, trusted afterwards", "good", func(f *forged, p *verify.Proof) {
		f.trust.Height, f.trust.Validators = 21, c.set()
	})
	case_("a change of validators left out", "validators", func(f *forged, p *verify.Proof) { p.Rotations = p.Rotations[1:] })
	case_("the last change of validators left out", "validators", func(f *forged, p *verify.Proof) { p.Rotations = p.Rotations[:1] })
	case_("changes of validators in the wrong order", "format", func(f *forged, p *verify.Proof) {
		p.Rotations[0], p.Rotations[1] = p.Rotations[1], p.Rotations[0]
	})
	case_("a change signed by two thirds only", "validators", func(f *forged, p *verify.Proof) {
		p.Rotations[1].Signatures = p.Rotations[1].Signatures[:2]
	})
	case_("a change to others than those listed", "validators", func(f *forged, p *verify.Proof) { p.Rotations[1].Next = a.set() })
	case_("a change signed by those who come", "validators", func(f *forged, p *verify.Proof) {
		r := &p.Rotations[0]
		commit := verify.Commit{Header: r.Header, Round: r.Round, Parts: r.Parts}
		b.sign(&commit)
		r.Signatures = commit.Signatures
	})
	case_("a change on another chain", "network", func(f *forged, p *verify.Proof) { p.Rotations[0].Header.ChainID = "suyuan-1" })
	case_("rotated-out validators sign later", "validators", func(f *forged, p *verify.Proof) {
		f.trust.Height, f.trust.Validators = 11, b.set()
		p.Rotations = nil
		p.Validators = a.set()
		p.Commit.Header.ValidatorsHash = verify.ValidatorsHash(a.set())
		a.sign(p.Commit)
	})
	case_("rotated-out validators sign a header that names their followers", "signatures", func(f *forged, p *verify.Proof) {
		a.sign(p.Commit, 0, 1, 2, 3)
	})
	case_("a change to nobody", "validators", func(f *forged, p *verify.Proof) {
		p.Rotations[1] = rotation(p, b, nil, 20)
		p.Validators = nil
		p.Commit.Header.ValidatorsHash = verify.ValidatorsHash(nil)
		p.Commit.Signatures = nil
	})
}

// pinCases are about blocks that are proven by a younger one.
func pinCases(t *testing.T, add func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof)) {
	pinned := func() (*verify.Trust, *verify.Proof) {
		trust, p := readTrust(t, "trust.json"), readProof(t, "ancestor.json")
		tip := readProof(t, "block.json")
		trust.Pin = &verify.Pin{Number: *tip.Subject.Number, Hash: verify.Word(format.Keccak(tip.Block))}
		p.Commit, p.Validators, p.Rotations = nil, nil, nil
		return trust, p
	}
	trust, p := pinned()
	add("an old block by a pin, nothing signed", "pinned", "3", now, trust, p)
	trust, p = pinned()
	trust.Pin = nil
	add("nothing signed and no pin", "block", "3", now, trust, p)
	trust, p = pinned()
	trust.Pin.Hash[0] ^= 1
	add("another pin", "block", "3", now, trust, p)
	trust, p = pinned()
	p.Block = readProof(t, "genesis.json").Block
	add("another old block under the pin", "block", "", now, trust, p)
	trust, p = pinned()
	p.Ancestry = nil
	add("nothing signed and no way to a pin", "format", "", now, trust, p)
	trust, p = pinned()
	p.Ancestry.Block, p.Block = p.Block, p.Ancestry.Block
	add("a younger block by an older one", "block", "", now, trust, p)
}

func at(t testing.TB) time.Time {
	out, err := time.Parse(time.RFC3339, now)
	require.NoError(t, err)
	return out
}

// TestForge holds the forge itself: what it makes of a good proof is good.
func TestForge(t *testing.T) {
	for _, name := range []string{"bottle.json", "lot.json", "handbag.json", "party.json"} {
		f := newForged(t)
		p := readProof(t, name)
		f.remake(t, p)
		r := verify.Verify(encode(t, p), &f.trust, verify.Options{})
		require.True(t, r.OK(), "%s: %+v", name, r.Failed)
	}
}

// TestJunkNotes: a million notes by others change one number.
func TestJunkNotes(t *testing.T) {
	b := newTiny(t)
	b.remake(t, b.p)
	before := len(encode(t, b.p))
	b.lane(bottle, 2).Head = verify.Word(format.Head{Count: 1_000_000, Chain: [26]byte{1, 2, 3, 4, 5, 6, 7, 8, 9}}.Word())
	b.remake(t, b.p)
	file := encode(t, b.p)
	r := verify.Verify(file, &b.trust, verify.Options{})
	require.True(t, r.OK(), "%+v", r.Failed)
	assert.EqualValues(t, 1_000_000, r.Facts.Notes)
	assert.Less(t, len(file)-before, 400, "characters of hex: twice the bytes")
	t.Logf("%d characters, %d more", len(file), len(file)-before)
}
