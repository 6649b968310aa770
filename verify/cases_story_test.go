package verify_test

import (
	"slices"
	"strings"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// recallCases are about who can turn a story red.
var recallCases = []storyCase{
	{name: "recalled", ok: "recalled", change: func(b *tiny) { b.eventBy(brand, brandKey, 3, 1400, observed(bottle), bottle) }},
	{name: "its lot recalled", ok: "recalled", change: func(b *tiny) { b.eventBy(brand, brandKey, 3, 1400, observed(lotL1), lotL1) }},
	{name: "its class recalled", ok: "recalled", change: func(b *tiny) {
		b.p.Objects[b.objects[class]].Licences = licences(verify.Licence{Holder: brand, ID: 7})
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
}

// listCases are about things that stand in a list on their lot or container.
var listCases = []storyCase{
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
	{name: "said not to be in a list that it is in, under a salt that puts it between two others", ok: "lists", change: func(b *tiny) {
		b.listed(true, bottle, "01/09521141012345/21/B2", "01/09521141012345/21/B3")
		o := &(*b.p.Openings)[0]
		for i := 0; ; i++ {
			o.Salt = verify.Word(word(uint64(i)))
			entry := format.ListEntry(format.Hash(o.Salt), b.p.Objects[0].Key())
			if at, _ := slices.BinarySearchFunc(b.entries, entry, format.CompareHashes); at == 2 {
				break
			}
		}
		o.Places = verify.List[verify.Place]{b.place(1), b.place(2)}
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
	{name: "made as one of a list, with the input it was made of", ok: "good", change: func(b *tiny) { b.madeByList() }},
	{name: "made as one of a list, the input left out", ok: "story", change: func(b *tiny) {
		b.madeByList()
		b.drop(juice)
	}},
	{name: "used up as one of a list, the other inputs left out", ok: "good", change: func(b *tiny) {
		b.lane(bottle, 0).Leaves = nil
		b.drop(crate)
		b.drop(juice)
		b.list(lotL1, 1060, made(pulp, fruit), "inputEPCList", bottle)
	}},
	{name: "the event of another party names the list", ok: "good", change: func(b *tiny) {
		b.listed(true, bottle)
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, memberRecord(7, haulier, 1))
		b.namesList(haulier, 1060)
	}},
	{name: "an event of another second names the list", ok: "good", change: func(b *tiny) {
		b.listed(true, bottle)
		b.namesList(brand, 1061)
	}},
	{name: "another event of the list's transaction names the list", ok: "story", change: func(b *tiny) {
		b.listed(true, bottle)
		b.namesList(brand, 1060)
	}},
	{name: "an event names a list that is not the subject's", ok: "good", change: func(b *tiny) {
		b.listed(false, "01/09521141012345/21/B2", "01/09521141012345/21/B3")
		b.namesList(brand, 1060)
	}},
	{name: "an event names a list for a field that holds no things", ok: "good", change: func(b *tiny) {
		b.list(lotL1, 1060, packing(barrel), "bizTransactionList", bottle)
	}},
	{name: "an event names a list of packed things, the container left out", ok: "story", change: func(b *tiny) {
		b.list(lotL1, 1060, packing(barrel), "childEPCs", bottle)
	}},
	{name: "an event for the body of a list's leaf", ok: "good", change: func(b *tiny) {
		b.p.Leaves[b.event(bottle, 1350, packing(barrel, bottle))].Kind = 7
	}},
	{name: "an event for the body of a certificate", ok: "good", change: func(b *tiny) {
		b.p.Leaves[b.event(bottle, 1350, packing(barrel, bottle))].Kind = 5
	}},
	{name: "an event for the body of a certificate names the list", ok: "good", change: func(b *tiny) {
		b.listed(true, bottle)
		b.namesList(brand, 1060)
		b.last().Kind = 5
	}},
	{name: "an error declaration that tells of another container", ok: "story", change: func(b *tiny) {
		b.p.Leaves[b.event(bottle, 1350, packing(barrel, bottle))].Kind = 2
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
}

func packed(b *tiny, action string, at int) {
	b.event(bottle, at, map[string]any{"type": "AggregationEvent", "action": action, "parentID": link(crate), "childEPCs": []any{link(bottle)}}, crate)
}

// containerCases are about what a thing was in, and its lot.
var containerCases = []storyCase{
	{name: "a container of the container left out", ok: "story", change: func(b *tiny) { b.event(crate, 1350, packing(barrel, crate)) }},
	{name: "an association left out", ok: "story", change: func(b *tiny) {
		body := packing(barrel, bottle)
		body["type"] = "AssociationEvent"
		b.event(bottle, 1350, body)
	}},
	{name: "an event of another type with parent and children", ok: "good", change: func(b *tiny) {
		body := packing(barrel, bottle)
		body["type"] = "TransactionEvent"
		b.event(bottle, 1350, body)
	}},
	{name: "packed into itself", ok: "good", change: func(b *tiny) { b.event(bottle, 1350, packing(bottle, bottle)) }},
	{name: "the container of the lot, the thing itself packed elsewhere", ok: "good", change: func(b *tiny) {
		b.event(lotL1, 1350, packingLots(barrel, lotL1))
	}},
	{name: "the container of the lot left out, the thing itself never packed", ok: "story", change: func(b *tiny) {
		b.drop(crate)
		l := b.lane(bottle, 0)
		l.Leaves = l.Leaves[:1]
		b.compact()
		b.event(lotL1, 1350, packingLots(barrel, lotL1))
	}},
	{name: "a lot in an event that didn't make it", ok: "good", change: func(b *tiny) {
		body := observed(bottle)
		body["ilmd"] = map[string]any{"cbvmda:lotNumber": "L2"}
		b.event(bottle, 1350, body)
	}},
	{name: "another lot among the outputs left out", ok: "story", change: func(b *tiny) {
		body := made(class+"/10/L2", juice)
		body["outputEPCList"] = []any{link(bottle)}
		b.event(bottle, 1110, body)
	}},
	{name: "another lot in the link left out", ok: "story", change: func(b *tiny) {
		b.event(bottle, 1110, map[string]any{"type": "ObjectEvent", "action": "ADD", "epcList": []any{link(class + "/10/L2/21/B1")}})
	}},
}

// halfPair packs the subject into something whose identifier ends in half a surrogate pair, which UTF-8 can't hold.
func halfPair(b *tiny) {
	event := packing(crate, bottle)
	event["parentID"] = "https://x.example/HALF"
	n := b.event(bottle, 1250, event)
	body := strings.Replace(*b.p.Leaves[n].Body, "HALF", `\ud800`, 1)
	b.p.Leaves[n].Body = &body
	b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: "https://x.example/\ufffd", Reason: "limit"})
}

// inputCases are about what a thing was made of, and what that was made of.
var inputCases = []storyCase{
	{name: "a container left out, named with half a surrogate pair", ok: "omitted", change: halfPair},
	{name: "an input of the input", ok: "good", change: func(b *tiny) { b.pressed(true) }},
	{name: "an input of the input left out", ok: "story", change: func(b *tiny) { b.pressed(false) }},
	{name: "an input of the input said to be left out", ok: "omitted", change: func(b *tiny) {
		b.pressed(false)
		b.p.Omitted = append(b.p.Omitted, verify.OmittedThing{Name: fruit, Reason: "limit"})
	}},
	{name: "an input of the input with hidden notices", ok: "story", change: func(b *tiny) {
		b.pressed(true)
		b.eventBy(brand, brandKey, 3, 1400, observed(fruit), fruit)
		b.hideNotices(fruit)
	}},
	{name: "an input of the input recalled", ok: "good", change: func(b *tiny) {
		b.pressed(true)
		b.eventBy(brand, brandKey, 3, 1400, observed(fruit), fruit)
	}},
	{name: "an input of the input shown until seven days after its use", ok: "good", change: func(b *tiny) {
		b.pressed(true)
		b.lane(fruit, 0).To = upTo(b, fruit, 960, 1010+sevenDays)
	}},
	{name: "an input of the input shown until a second less than seven days after its use", ok: "story", change: func(b *tiny) {
		b.pressed(true)
		b.lane(fruit, 0).To = upTo(b, fruit, 960, 1010+sevenDays-1)
	}},
	{name: "the input and its input made of each other", ok: "good", change: func(b *tiny) {
		b.pressed(true)
		b.event(fruit, 1020, made(fruit, juice))
	}},
	{name: "made of itself", ok: "good", change: func(b *tiny) { b.event(juice, 1010, made(juice, juice)) }},
	{name: "an input of what the input was used for besides", ok: "good", change: func(b *tiny) { b.event(juice, 1010, made(pulp, juice, fruit)) }},
	{name: "an input of the lot left out", ok: "story", change: func(b *tiny) { b.event(lotL1, 1050, made(lotL1, fruit)) }},
	{name: "the container of an input", ok: "good", change: func(b *tiny) { b.event(juice, 1050, packing(barrel, juice)) }},
	{name: "an input of the container", ok: "good", change: func(b *tiny) { b.event(crate, 1050, made(crate, fruit)) }},
}

// Things besides the cast.
const (
	fruit  = "01/09521141088884/10/F1"
	pulp   = "01/09521141077772/10/P1"
	barrel = "00/395211410000000028"
)

// made is the event by which a lot was made of others.
func made(output string, inputs ...string) map[string]any {
	var of []any
	for _, in := range inputs {
		of = append(of, map[string]any{"epcClass": link(in)})
	}
	return map[string]any{"type": "TransformationEvent", "outputQuantityList": []any{map[string]any{"epcClass": link(output)}}, "inputQuantityList": of}
}

// packingLots is the event by which some of each lot was packed into a container.
func packingLots(container string, lots ...string) map[string]any {
	body := packing(container)
	body["childQuantityList"] = made("", lots...)["inputQuantityList"]
	return body
}

// packing is the event by which things were packed into a container.
func packing(container string, things ...string) map[string]any {
	children := []any{}
	for _, x := range things {
		children = append(children, link(x))
	}
	return map[string]any{"type": "AggregationEvent", "action": "ADD", "parentID": link(container), "childEPCs": children}
}

// pressed tells that the input was made of fruit, which is shown or not.
func (b *tiny) pressed(shown bool) {
	b.event(juice, 1010, made(juice, fruit))
	if shown {
		b.object(fruit, verify.Licence{Holder: brand, ID: 7})
		b.lane(fruit, 1)
		b.event(fruit, 960, observed(fruit))
	}
}

// madeByList makes the subject as one of a list on its lot, of the input; nothing else tells of it.
func (b *tiny) madeByList() {
	b.lane(bottle, 0).Leaves = nil
	b.drop(crate)
	body := made(pulp, juice)
	delete(body, "outputQuantityList")
	b.list(lotL1, 1060, body, "outputEPCList", bottle)
}

// namesList puts an event on the lot that says of the list opened that its things were packed into a container that is not shown.
func (b *tiny) namesList(by verify.Address, time int) { b.namesListOn(lotL1, by, time) }
