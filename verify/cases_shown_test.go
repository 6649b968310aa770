package verify_test

import (
	"github.com/suyuan-ledger/suyuan/verify"
)

const sevenDays = 7 * 24 * 3600

// shownCases are about what a file leaves out, adds or exchanges, and about lanes of which only a part is shown.
var shownCases = []storyCase{
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
	{name: "hidden recall: the lot's notices left out", ok: "story", change: func(b *tiny) {
		b.eventBy(brand, brandKey, 3, 1400, observed(lotL1), lotL1)
		b.hideNotices(lotL1)
	}},
	{name: "hidden recall: the container's notices left out", ok: "story", change: func(b *tiny) {
		b.eventBy(brand, brandKey, 3, 1400, observed(crate), crate)
		b.hideNotices(crate)
	}},
	{name: "hidden recall: the notices left out and the mark with them", ok: "slots", change: func(b *tiny) {
		b.eventBy(brand, brandKey, 3, 1400, observed(bottle), bottle)
		b.hideNotices(bottle)
	}, after: func(b *tiny) { b.lane(bottle, 0).Head[0] &^= 0x80 }},
	{name: "hidden recall: of a thing without other records, the notices left out", ok: "story", change: func(b *tiny) {
		b.eventBy(brand, brandKey, 3, 1400, observed(bottle), bottle)
		b.lane(bottle, 0).Leaves = nil
		b.drop(lotL1)
		b.drop(crate)
		b.drop(juice)
		b.hideNotices(bottle)
	}},
	{name: "hidden recall: the records as of an older block, under the header of a younger one", ok: "old", after: func(b *tiny) { b.outdate() }},
	{name: "hidden recall: the class's notices left out", ok: "story", change: func(b *tiny) { b.dropLane(class, 1) }},
	{name: "hidden recall: the prefix's notices left out", ok: "story", change: func(b *tiny) { b.dropLane("prefix", 1) }},
	{name: "no notices, and shown to be none", ok: "good", change: func(b *tiny) {
		for _, name := range []string{bottle, lotL1, crate, juice} {
			b.lane(name, 1)
		}
	}},
	{name: "no notices of the class, as its trunk says", ok: "good", change: func(b *tiny) {
		b.dropLane(class, 1)
		b.lane(class, 0)
	}},
	{name: "a mark that the ledger doesn't hold", ok: "slots", after: func(b *tiny) { b.lane(bottle, 0).Head[0] |= 0x80 }},
	{name: "a container shown from a checkpoint with a mark, which none has", ok: "leaves", change: func(b *tiny) {
		busy(b, crate, 64, 1150, 1250, 1300)
		b.marked = true
	}},
	{name: "a container with notices, shown from a checkpoint on", ok: "good", change: func(b *tiny) {
		busy(b, crate, 64, 1150, 1250, 1300)
		b.eventBy(brand, brandKey, 3, 1400, observed(crate), crate)
		b.eventBy(brand, brandKey, 4, 1500, observed(crate), crate)
	}},
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

	{name: "a container shown from a checkpoint on", ok: "good", change: func(b *tiny) { busy(b, crate, 64, 1150, 1250, 1300) }},
	{name: "a container shown from too late a checkpoint on", ok: "story", change: func(b *tiny) { busy(b, crate, 64, 1250, 1300) }},
	{name: "a container shown from a checkpoint on, and nothing after it", ok: "story", change: func(b *tiny) { busy(b, crate, 64) }},
	{name: "the subject shown from a checkpoint on", ok: "story", change: func(b *tiny) { busy(b, bottle, 64, 1150) }},
	{name: "an input shown from a checkpoint on", ok: "story", change: func(b *tiny) { busy(b, juice, 64, 1000) }},
	{name: "a party shown from a checkpoint on, behind its licence", ok: "format", change: func(b *tiny) {
		l := b.lane(b.party(brand), 0)
		l.From, l.Leaves = 64, l.Leaves[:3]
		b.compact()
	}},
	{name: "master data shown from a checkpoint on", ok: "good", change: func(b *tiny) {
		text := "{}"
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 11, Time: 1400, Body: &text}, 0, b.masterData(brand))
		b.lane(b.masterData(brand), 0).From = 64
	}},
	{name: "master data shown up to a checkpoint", ok: "format", change: func(b *tiny) {
		text := "{}"
		n := b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 11, Time: 1400, Body: &text}, 0, b.masterData(brand))
		l := b.lane(b.masterData(brand), 0)
		for range 63 {
			l.Leaves = append(l.Leaves, n)
		}
		to := verify.U64(64)
		l.To = &to
	}},
	{name: "a party shown from a checkpoint on", ok: "format", change: func(b *tiny) { b.lane(b.party(brand), 0).From = 64 }},
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
	{name: "a container shown from a checkpoint on, whose next leaf is of the second of packing", ok: "good", change: func(b *tiny) {
		busy(b, crate, 64, 1200, 1300)
	}},
	{name: "a container shown from a checkpoint on, whose next leaf is of the second after packing", ok: "story", change: func(b *tiny) {
		busy(b, crate, 64, 1201, 1300)
	}},
	{name: "a container shown until seven days after unpacking", ok: "good", change: func(b *tiny) {
		packed(b, "DELETE", 1400)
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}},
	{name: "a container shown until a second less than seven days after unpacking", ok: "story", change: func(b *tiny) {
		packed(b, "DELETE", 1400)
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays-1)
	}},
	{name: "a container it was taken out of in the moment of packing, shown until seven days afterwards", ok: "good", change: func(b *tiny) {
		packed(b, "DELETE", 1200)
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1200+sevenDays)
	}},
	{name: "a container it was taken out of without a name, shown up to a checkpoint", ok: "good", change: func(b *tiny) {
		b.event(bottle, 1400, map[string]any{"type": "AggregationEvent", "action": "DELETE", "childEPCs": []any{link(bottle)}})
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}},
	{name: "a container shown up to a checkpoint, taken out of another", ok: "story", change: func(b *tiny) {
		b.event(bottle, 1400, map[string]any{"type": "AggregationEvent", "action": "DELETE", "parentID": link(barrel), "childEPCs": []any{link(bottle)}})
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}},
	{name: "a container it came back into, shown up to a checkpoint", ok: "story", change: func(b *tiny) {
		packed(b, "DELETE", 1400)
		packed(b, "ADD", 1450)
		b.lane(crate, 0).To = upTo(b, crate, 1460, 1400+sevenDays)
	}},
	{name: "a container that is an input too, shown from a checkpoint on", ok: "story", change: func(b *tiny) {
		body := made(pulp, crate)
		body["outputEPCList"] = []any{link(bottle)}
		b.event(bottle, 1110, body)
		busy(b, crate, 64, 1150, 1300)
	}},
	{name: "an input shown until seven days after its use", ok: "good", change: func(b *tiny) {
		b.lane(juice, 0).To = upTo(b, juice, 1010, 1100+sevenDays)
	}},
	{name: "an input shown until a second less than seven days after its use", ok: "story", change: func(b *tiny) {
		b.lane(juice, 0).To = upTo(b, juice, 1010, 1100+sevenDays-1)
	}},
	{name: "a container emptied by a checkpoint that doesn't exist", ok: "story", change: func(b *tiny) {
		packed(b, "DELETE", 1400)
		emptied(b, crate, 0, 0)
	}},
	{name: "a container emptied by two checkpoints that don't exist", ok: "story", change: func(b *tiny) {
		packed(b, "DELETE", 1400)
		emptied(b, crate, 0, 64)
	}},
	{name: "an input emptied by a checkpoint that doesn't exist", ok: "story", change: func(b *tiny) { emptied(b, juice, 0, 0) }},
	{name: "the lot emptied by a checkpoint that doesn't exist", ok: "story", change: func(b *tiny) { emptied(b, lotL1, 0, 0) }},
	{name: "the lot's notices emptied by a checkpoint that doesn't exist", ok: "story", change: func(b *tiny) { emptied(b, lotL1, 1, 0) }},
	{name: "a party emptied by a checkpoint that doesn't exist", ok: "format", change: func(b *tiny) { emptied(b, b.party(brand), 0, 0) }},
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

// upTo fills a lane up to its first checkpoint, the last leaf at a time.
func upTo(b *tiny, name string, from, last int) *verify.U64 {
	for len(b.lane(name, 0).Leaves) < 63 {
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 1, Time: verify.U64(from), Body: b.p.Leaves[b.lane(name, 0).Leaves[0]].Body}, 0, name)
	}
	b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 1, Time: verify.U64(last), Body: b.p.Leaves[b.lane(name, 0).Leaves[0]].Body}, 0, name)
	to := verify.U64(64)
	return &to
}

// emptied makes a lane end, and begin if from isn't 0, with checkpoints that nobody ever wrote: their slots hold 0, as an empty
// lane's head does, so nothing is left to show between them.
func emptied(b *tiny, name string, lane, from int) {
	l, to := b.lane(name, lane), verify.U64(from+64)
	l.From, l.To, l.Leaves = verify.U64(from), &to, nil
	b.unwritten = true
	b.compact()
}
