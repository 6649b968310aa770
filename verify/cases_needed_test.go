package verify_test

import (
	"fmt"
	"testing"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// neededCases are about things of a story and members of lists that a file leaves out or shows in part.
var neededCases = []storyCase{
	{name: "a container's trunk left out, its notices shown", ok: "story", change: func(b *tiny) { b.onlyNotices(crate) }},
	{name: "the lot's trunk left out, its notices shown", ok: "story", change: func(b *tiny) { b.onlyNotices(lotL1) }},
	{name: "an input's trunk left out, its notices shown", ok: "story", change: func(b *tiny) { b.onlyNotices(juice) }},
	{name: "under the catch-all licence at first, then under a prefix", ok: "good", change: func(b *tiny) { b.turned(4, 1) }},
	{name: "under the catch-all licence at first, then under a prefix, whose notices are left out", ok: "story", change: func(b *tiny) {
		b.turned(4, 1)
		b.drop("prefix")
	}},
	{name: "under a prefix at first, then under the catch-all licence, the prefix's notices left out", ok: "sandbox", change: func(b *tiny) {
		b.turned(1, 4)
		b.drop("prefix")
	}},
	{name: "under a licence of kind 2, the prefix's notices left out", ok: "story", change: func(b *tiny) {
		b.licence().Record = licenceRecord(brand, 7, 2, false, 950, 0, 0, "9521141")
		b.drop("prefix")
	}},

	{name: "in a container's list of made things, with the lot", ok: "good", change: func(b *tiny) { b.madeInCrate("ADD", "L1") }},
	{name: "in a container's list of made things, another lot left out", ok: "story", change: func(b *tiny) { b.madeInCrate("ADD", "L2") }},
	{name: "in a container's list of seen things, another lot left out", ok: "good", change: func(b *tiny) { b.madeInCrate("OBSERVE", "L2") }},
	{name: "an event on its own trunk names the list", ok: "good", change: func(b *tiny) {
		b.listed(true, bottle)
		b.namesListOn(bottle, brand, 1060)
	}},
	{name: "not in the list of another lot, whose notices are left out", ok: "good", change: func(b *tiny) { b.onLotL2(false) }},
	{name: "in the list of another lot, whose notices are left out", ok: "story", change: func(b *tiny) { b.onLotL2(true) }},
	{name: "in a list, and said not to be by its first entry, which is smaller", ok: "lists", change: func(b *tiny) {
		b.hidden(func(_, _ int) []int { return []int{0} })
	}},
	{name: "in a list, and said not to be by its last entry, which is greater", ok: "lists", change: func(b *tiny) {
		b.hidden(func(_, last int) []int { return []int{last} })
	}},
	{name: "in a list, and said not to be by two neighbours that are smaller", ok: "lists", change: func(b *tiny) {
		b.hidden(func(at, _ int) []int { return []int{at - 2, at - 1} })
	}},
	{name: "in a list, and said not to be by two neighbours that are greater", ok: "lists", change: func(b *tiny) {
		b.hidden(func(at, _ int) []int { return []int{at + 1, at + 2} })
	}},
	{name: "in a list, and said not to be by the entry before it", ok: "lists", change: func(b *tiny) {
		b.hidden(func(at, _ int) []int { return []int{at - 1} })
	}},
	{name: "in a list, and said not to be by the entry after it", ok: "lists", change: func(b *tiny) {
		b.hidden(func(at, _ int) []int { return []int{at + 1} })
	}},
	{name: "a list in a container of the container that is not opened", ok: "list", change: func(b *tiny) {
		b.object(barrel, verify.Licence{Holder: brand, ID: 7})
		b.event(crate, 1350, packing(barrel, crate), barrel)
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 7, Time: 1400, Commitment: verify.Word{1}}, 0, barrel)
	}},
	{name: "a list on an input that is not opened", ok: "good", change: func(b *tiny) {
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 7, Time: 1400, Commitment: verify.Word{1}}, 0, juice)
	}},

	{name: "taken out of its container as a quantity", ok: "good", change: func(b *tiny) {
		b.event(bottle, 1400, with(packingLots(crate, bottle), "action", "DELETE"))
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}},
	{name: "taken out of its container as another thing's quantity", ok: "story", change: func(b *tiny) {
		b.event(bottle, 1400, with(packingLots(crate, class), "action", "DELETE"))
		b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
	}},
	{name: "packed twice, the container shown from a checkpoint between", ok: "story", change: func(b *tiny) {
		packed(b, "ADD", 1250)
		busy(b, crate, 64, 1240, 1300)
	}},
	{name: "packed twice, the container shown from a checkpoint before", ok: "good", change: func(b *tiny) {
		packed(b, "ADD", 1250)
		busy(b, crate, 64, 1150, 1300)
	}},
	{name: "used twice, the input shown until seven days after the first time", ok: "story", change: func(b *tiny) { b.usedAgain(1100 + sevenDays) }},
	{name: "used twice, the input shown until seven days after the second time", ok: "good", change: func(b *tiny) { b.usedAgain(1250 + sevenDays) }},
	{name: "packed into its own lot, which is shown from a checkpoint on", ok: "story", change: func(b *tiny) {
		b.event(bottle, 1350, packing(lotL1, bottle))
		busy(b, lotL1, 64, 1000)
	}},
	{name: "packed into what is packed into it, shown from a checkpoint on", ok: "story", change: func(b *tiny) {
		b.event(crate, 1350, packing(bottle, crate))
		b.lane(bottle, 0).From = 64
	}},
}

// onlyNotices leaves the trunk of a thing out and shows its notices.
func (b *tiny) onlyNotices(name string) {
	b.dropLane(name, 0)
	b.lane(name, 1)
}

// turned makes the brand's licence one of a kind at first and of another from the next second on.
func (b *tiny) turned(first, then int) {
	digits := map[int]string{1: "9521141", 4: ""}
	b.licence().Record = licenceRecord(brand, 7, first, false, 950, 0, 0, digits[first])
	b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, then, false, 950, 0, 0, digits[then]))
}

// madeInCrate puts a list with the subject on the crate, of things of a lot.
func (b *tiny) madeInCrate(action, lot string) {
	b.list(crate, 1250, map[string]any{"type": "ObjectEvent", "action": action, "ilmd": map[string]any{"x:lotNumber": lot}}, "epcList", bottle, class+"/21/B2")
}

// onLotL2 puts a list on another lot, which is recalled; its notices are left out.
func (b *tiny) onLotL2(member bool) {
	names := []string{class + "/21/B2", class + "/21/B3", class + "/21/B4"}
	if member {
		names = append(names, bottle)
	}
	b.object(lotL2, verify.Licence{Holder: brand, ID: 7})
	b.list(lotL2, 1060, map[string]any{"type": "ObjectEvent", "action": "OBSERVE"}, "epcList", names...)
	b.by(brand, 3, 1400, lotL2)
	b.hideNotices(lotL2)
}

// usedAgain tells of a second use of the input, which is shown up to a leaf of this second.
func (b *tiny) usedAgain(last int) {
	b.event(bottle, 1250, map[string]any{"type": "TransformationEvent", "outputEPCList": []any{link(bottle)}, "inputQuantityList": []any{map[string]any{"epcClass": link(juice)}}})
	b.lane(juice, 0).To = upTo(b, juice, 1010, last)
}

// hidden puts the subject into a list on its lot, with two entries or more on either side of it, and opens the list at other places.
func (b *tiny) hidden(places func(at, last int) []int) {
	names := []string{bottle}
	for i := 2; len(names) < 9; i++ {
		names = append(names, fmt.Sprint(class, "/21/B", i))
	}
	for n := 0; ; n++ {
		b.listed(true, append(names, fmt.Sprint(class, "/21/C", n))...)
		o := &(*b.p.Openings)[0]
		at, last := int(o.Places[0].Index), len(b.entries)-1
		if at >= 2 && at <= last-2 {
			o.Places = nil
			for _, i := range places(at, last) {
				o.Places = append(o.Places, b.place(i))
			}
			return
		}
		*b = *newTiny(b.t)
	}
}

// namesListOn puts an event on a trunk that says of the list opened that its things were packed into a container that is not shown.
func (b *tiny) namesListOn(name string, by verify.Address, time int) {
	body := packing(barrel)
	head := b.p.Leaves[(*b.p.Openings)[0].Leaf].List
	body[verify.ListField] = map[string]any{"field": "childEPCs",
		"root": verify.Word(format.ListRootOf(uint64(head.Count), format.Hash(head.Top))).String()}
	b.eventBy(by, b.trust.Contracts.TraceLog, 1, time, body, name)
}

// otherCases are about stories of other things than the bottle, and parties that are none.
func otherCases(t *testing.T, add func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof)) {
	put := func(name, ok, want string, b *tiny) {
		t.Helper()
		b.remake(t, b.p)
		add(name, ok, want, now, &b.trust, b.p)
	}
	b := alone(t, lotL1, 0, gs1Licence())
	b.drop(class)
	put("a lot, its class left out", "story", lotL1, b)
	b = newTiny(t)
	b.ofParty()
	b.lane(b.party(brand), 0).Leaves = nil
	b.compact()
	put("a party that the register has no record of", "story", brand.String(), b)
	for _, c := range []struct {
		name, ok, id string
		what         int
		digits       string
	}{
		{"a lot, digits that the prefix begins with recalled", "recalled", lotL1, 0, "95211"},
		{"a class, digits that the prefix begins with recalled", "recalled", class, 0, "95211"},
		{"an SSCC, digits that the prefix begins with recalled", "recalled", crate, 0, "95211"},
		{"a GRAI, digits that the prefix begins with recalled", "recalled", grai1, 0, "95211"},
		{"a GDTI, digits that the prefix begins with recalled", "recalled", gdti1, 0, "95211"},
		{"an asset, digits that the prefix begins with recalled", "good", asset7, 7, "95211"},
		{"an asset, its prefix recalled", "recalled", asset7, 7, "9521141"},
		{"a lot, digits recalled that begin with the prefix", "recalled", lotL1, 0, "952114101"},
		{"a lot, all digits recalled that it has", "recalled", lotL1, 0, "9521141012345"},
		{"an SSCC, digits recalled that begin with its indicator", "good", crate, 0, "39521141"},
	} {
		b := alone(t, c.id, c.what, gs1Licence())
		on := "prefix"
		if c.digits != "9521141" {
			on = b.prefix(c.digits)
		}
		b.by(brand, 3, 1400, on)
		put(c.name, c.ok, "", b)
	}
}
