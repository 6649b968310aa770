package verify_test

import (
	"fmt"

	"github.com/suyuan-ledger/suyuan/verify"
)

// thenCases are about what held at the second of a record, where something else held before, afterwards, or for somebody else.
var thenCases = append([]storyCase{
	{name: "party suspended then and reinstated since", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 1150, 8, brand, partyRecord("Brand", 5000, 0))
		b.record(b.party(brand), 1400, 8, brand, partyRecord("Brand", 0, 0))
	}},
	{name: "party suspended afterwards", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 1400, 8, brand, partyRecord("Brand", 5000, 0))
	}},
	{name: "party on hold then and not since", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 1150, 8, brand, held(5000))
		b.record(b.party(brand), 1400, 8, brand, held(0))
	}},
	{name: "agent switched off then and on again since", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 1150, 8, brand, agentRecord(1, false))
		b.record(b.party(brand), 1400, 8, brand, agentRecord(1, true))
	}},
	{name: "agent switched off afterwards", ok: "good", change: func(b *tiny) { b.record(b.party(brand), 1400, 8, brand, agentRecord(1, false)) }},
	{name: "agent switched on afterwards", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 8, brand, agentRecord(1, false))
		b.record(b.party(brand), 1400, 8, brand, agentRecord(1, true))
	}},
	{name: "key registered afterwards", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 1450, 9, brand, keyRecord(haulierKey, brand, capture, 900, 0, 0))
		b.eventBy(brand, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "key whose revocation was recorded beforehand for a second later", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 0, 1301))
	}},
	{name: "key that stands on the party's trunk, revoked on an object of its own", ok: "good", change: func(b *tiny) {
		b.record(b.key(brand, brandKey), 920, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 0, 920))
	}},
	{name: "key revoked on the party's trunk, and not on an object of its own", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 920, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 0, 920))
		b.record(b.key(brand, brandKey), 930, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 0, 0))
	}},

	{name: "licence whose revocation was recorded beforehand for a second later", ok: "unlicensed", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 1301, "9521141"))
	}},
	{name: "licence whose revocation was recorded for a time to come", ok: "unlicensed", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 4_000_000_000, "9521141"))
	}},
	{name: "recalled while the licence covered other digits", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 1350, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521142"))
		b.record(b.party(brand), 1450, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521141"))
		b.by(brand, 3, 1400, bottle)
	}},
	{name: "recalled before the licence is valid", ok: "recalled", change: func(b *tiny) {
		b.record(b.party(brand), 1350, 10, brand, licenceRecord(brand, 7, 1, false, 2000, 0, 0, "9521141"))
		b.by(brand, 3, 1400, bottle)
	}},
	{name: "recalled before the licence was granted", ok: "licences", change: func(b *tiny) {
		b.by(brand, 3, 940, bottle)
	}},
	{name: "certified by an authority that is one no more", ok: "good", change: func(b *tiny) {
		b.authority(certify, 5)
		b.record(b.party(stranger), 1500, 8, stranger, partyRecord("Agency", 0, 0))
	}},
	{name: "certified by a party that became an authority afterwards", ok: "licences", change: func(b *tiny) {
		b.authority(0, 5)
		b.record(b.party(stranger), 1500, 8, stranger, partyRecord("Agency", 0, certify))
	}},
	{name: "an event among the notices, by an authority on recalls", ok: "licences", change: func(b *tiny) { b.noticing(recall) }},
	{name: "an event among the notices, by an authority that may capture", ok: "good", change: func(b *tiny) { b.noticing(capture) }},
	{name: "somebody else on the licence's list", ok: "licences", change: func(b *tiny) { b.listing(7, stranger, b.party(brand)) }},
	{name: "somebody else's record on the object of a listed party", ok: "licences", change: func(b *tiny) { b.listing(7, stranger, b.member(7, haulier)) }},
	{name: "the record of another licence's list on the object of a listed party", ok: "licences", change: func(b *tiny) {
		b.listing(8, haulier, b.member(7, haulier))
	}},
	{name: "somebody taken off the list on the holder's trunk, and not on an object of its own", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 955, 10, brand, memberRecord(7, haulier, 0))
		b.listing(7, haulier, b.member(7, haulier))
	}},
	{name: "a URI without records and without licence", ok: "licences", change: func(b *tiny) {
		b.object(uriThing)
		b.lane(uriThing, 0)
	}},
	{name: "packed into a thing with a URI", ok: "good", change: func(b *tiny) { b.shelved(0) }},
	{name: "packed into a thing with a URI, whose licence is revoked", ok: "unlicensed", change: func(b *tiny) { b.shelved(1500) }},
	{name: "handed over by an error declaration", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(bottle, 1350, haulier)
		b.last().Kind = 2
		b.by(haulier, 1, 1400, bottle)
	}},
	{name: "handed over by a list", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 7, Time: 1350, Commitment: verify.Word{1}, Next: &verify.List[verify.Address]{haulier}}, 0, bottle)
		b.by(haulier, 1, 1400, bottle)
	}},

	{name: "recalled and certified afterwards", ok: "recalled", change: func(b *tiny) {
		b.by(brand, 3, 1400, bottle)
		b.by(brand, 5, 1500, bottle)
	}},
	{name: "recalled, and a certificate revoked afterwards", ok: "recalled", change: func(b *tiny) {
		b.by(brand, 3, 1400, bottle)
		b.by(brand, 6, 1500, bottle)
	}},
	{name: "a second lot recalled", ok: "recalled", change: func(b *tiny) {
		b.ilmd(map[string]any{"x:lotNumber": "L2"})
		b.object(lotL2, verify.Licence{Holder: brand, ID: 7})
		b.lane(lotL2, 0)
		b.by(brand, 3, 1400, lotL2)
	}},
	{name: "an object like the prefix, with a suffix, recalled", ok: "good", change: func(b *tiny) {
		b.objects["like"] = b.add(verify.Object{Kind: 30, Primary: verify.Word(words("9521141")), Suffix: verify.Word{1}})
		b.by(brand, 3, 1400, "like")
	}},
	{name: "master data left out", ok: "good", change: func(b *tiny) { b.declared(brandKey, 0, b.masterData(brand)) },
		after: func(b *tiny) { b.last().Body = nil }},
}, withheldCases()...)

const lotL2 = "01/09521141012345/10/L2"

// withheldCases leave out the contents of records of each kind.
func withheldCases() (list []storyCase) {
	for kind, c := range map[int]struct{ what, ok string }{2: {"an error declaration", "withheld"}, 3: {"a recall", "withheld, recalled"}, 4: {"a lift", "withheld"},
		5: {"a certificate", "withheld"}, 6: {"a revocation", "withheld"}} {
		list = append(list, storyCase{name: fmt.Sprintf("body of %s withheld", c.what), ok: c.ok, change: func(b *tiny) { b.by(brand, kind, 1400, bottle) },
			after: func(b *tiny) { b.last().Body = nil }})
	}
	sortCases(list)
	return list
}

// noticing has the stranger, an authority for some kinds, put an event on the notice lane.
func (b *tiny) noticing(scopes int) {
	b.register(stranger, "Agency", strangerKey, scopes)
	text := "{}"
	b.leaf(verify.Leaf{Party: stranger, Key: strangerKey, Kind: 1, Time: 1400, Body: &text}, 1, bottle)
}

// listing puts somebody on the list of a licence, on this object, and has the haulier write.
func (b *tiny) listing(licence int, who verify.Address, on string) {
	b.register(haulier, "Haulier", haulierKey, 0)
	b.record(on, 960, 10, brand, memberRecord(licence, who, 1))
	b.by(haulier, 1, 1400, bottle)
}

// shelved packs the bottle into a thing with a URI, under a licence of the brand's that is revoked at a time or not.
func (b *tiny) shelved(revoked int) {
	namespace := len("https://brand.example/")
	r := odd(licenceOf(3, 0, hashOf(uriThing[:namespace])), 0, 8)
	b.record(b.party(brand), 955, 10, brand, r)
	if revoked != 0 {
		b.record(b.party(brand), revoked, 10, brand, odd(odd(licenceOf(3, 0, hashOf(uriThing[:namespace])), 0, 8), 9, revoked))
	}
	o, name := verify.Candidates(uriThing)[namespace], uriThing
	o.Name, o.Licences = &name, licences(verify.Licence{Holder: brand, ID: 8})
	b.objects[name] = b.add(o)
	b.event(bottle, 1350, with(packing("", bottle), "parentID", uriThing), uriThing)
}
