package verify_test

import "github.com/suyuan-ledger/suyuan/verify"

// The brand's prefix passes to a buyer at this second.
const passing = 1350

var (
	buyer, buyerKey = party(4), party(104)
	brands          = verify.Licence{Holder: brand, ID: 7}
	buyers          = verify.Licence{Holder: buyer, ID: 9}
)

// revoke ends a licence of the brand's.
func (b *tiny) revoke(at int) {
	b.record(b.party(brand), at, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, at, "9521141"))
}

// grant gives the buyer a licence for these digits.
func (b *tiny) grant(at int, digits string) {
	b.register(buyer, "Buyer", buyerKey, 0)
	b.record(b.party(buyer), at, 10, buyer, licenceRecord(buyer, 9, 1, false, at, 0, 0, digits))
}

// pass has the prefix pass to the buyer, who gets these digits.
func (b *tiny) pass(digits string) {
	b.revoke(passing)
	b.grant(passing, digits)
	b.under(bottle, brands, buyers)
	if digits != "9521141" {
		b.prefix(digits)
	}
}

// under gives an object these licences.
func (b *tiny) under(name string, l ...verify.Licence) {
	b.p.Objects[b.objects[name]].Licences = licences(l...)
}

// prefix shows the notices of a prefix.
func (b *tiny) prefix(digits string) string {
	name := "prefix " + digits
	b.objects[name] = b.add(verify.Object{Kind: 30, Primary: verify.Word(words(digits))})
	b.lane(name, 1)
	return name
}

// by puts an observation of the bottle on its trunk, or a notice.
func (b *tiny) by(who verify.Address, kind, at int, on string) {
	key := who
	key[19] += 100
	b.eventBy(who, key, kind, at, observed(bottle), on)
}

// sandboxed has everything under the catch-all licence until the brand gets one of its own.
func (b *tiny) sandboxed(grant int) {
	b.licence().Record = licenceRecord(brand, 7, 1, false, grant, 0, 0, "9521141")
	b.licence().Time = verify.U64(grant)
	b.register(haulier, "Test network", haulierKey, 0)
	b.record(b.party(haulier), 901, 10, haulier, licenceRecord(haulier, 1, 4, true, 901, 0, 0, ""))
	for _, name := range []string{bottle, lotL1, crate, juice} {
		b.under(name, sandboxes, brands)
	}
}

var sandboxes = verify.Licence{Holder: haulier, ID: 1}

// passedCases are about prefixes that pass from one holder to another.
var passedCases = []storyCase{
	{name: "a passed prefix, with records before and after", ok: "good", change: func(b *tiny) {
		b.pass("9521141")
		b.by(buyer, 1, 1400, bottle)
	}},
	{name: "a passed prefix, with records before", ok: "good", change: func(b *tiny) { b.pass("9521141") }},
	{name: "a passed prefix, with records after", ok: "good", change: func(b *tiny) {
		b.pass("9521141")
		b.lane(bottle, 0).Leaves = nil
		b.compact()
		b.by(buyer, 1, 1400, bottle)
	}},
	{name: "a passed prefix, the old licence left out that nothing shown needs", ok: "good", change: func(b *tiny) {
		b.pass("9521141")
		b.lane(bottle, 0).Leaves = nil
		b.compact()
		b.by(buyer, 1, 1400, bottle)
		b.under(bottle, buyers)
	}},
	{name: "a passed prefix, records of both in the second of the passing", ok: "good", change: func(b *tiny) {
		b.pass("9521141")
		b.by(brand, 1, passing, bottle)
		b.by(buyer, 1, passing, bottle)
	}},
	{name: "a passed prefix, the old licence left out", ok: "licences", change: func(b *tiny) {
		b.pass("9521141")
		b.by(buyer, 1, 1400, bottle)
		b.under(bottle, buyers)
	}},
	{name: "a passed prefix, the new licence left out", ok: "licences", change: func(b *tiny) {
		b.pass("9521141")
		b.by(buyer, 1, 1400, bottle)
		b.under(bottle, brands)
	}},
	{name: "a passed prefix, the new licence left out that nothing shown needs", ok: "unlicensed", change: func(b *tiny) {
		b.pass("9521141")
		b.under(bottle, brands)
	}},
	{name: "a passed prefix, the new holder's history left out", ok: "licences", change: func(b *tiny) {
		b.pass("9521141")
		b.drop(b.party(buyer))
	}},
	{name: "a passed prefix, the licences in another order", ok: "format", change: func(b *tiny) {
		b.pass("9521141")
		b.under(bottle, buyers, brands)
	}},
	{name: "a passed prefix, a licence twice", ok: "format", change: func(b *tiny) {
		b.pass("9521141")
		b.under(bottle, brands, brands, buyers)
	}},
	{name: "a passed prefix, a licence more that is of another", ok: "licences", change: func(b *tiny) {
		b.pass("9521141")
		b.record(b.party(buyer), 1360, 10, buyer, licenceRecord(buyer, 10, 1, false, 1360, 0, 0, "9521142"))
		b.under(bottle, brands, buyers, verify.Licence{Holder: buyer, ID: 10})
	}},
	{name: "a passed prefix, a licence more that was never granted", ok: "licences", change: func(b *tiny) {
		b.pass("9521141")
		b.under(bottle, brands, buyers, verify.Licence{Holder: buyer, ID: 10})
	}},
	{name: "a passed prefix, sixteen licences of which most were never granted", ok: "licences", change: func(b *tiny) {
		var list []verify.Licence
		for i := range verify.MaxLicences {
			list = append(list, verify.Licence{Holder: brand, ID: verify.U64(7 + i)})
		}
		b.under(bottle, list...)
	}},
	{name: "a passed prefix, a licence more by which nothing was recorded", ok: "good", change: func(b *tiny) {
		b.pass("9521141")
		b.record(b.party(buyer), 955, 10, buyer, licenceRecord(buyer, 8, 1, false, 955, 0, 956, "9521141"))
		b.under(bottle, brands, verify.Licence{Holder: buyer, ID: 8}, buyers)
	}},
	{name: "a prefix that passed and came back", ok: "good", change: func(b *tiny) {
		b.pass("9521141")
		b.record(b.party(buyer), 1500, 10, buyer, licenceRecord(buyer, 9, 1, false, passing, 0, 1500, "9521141"))
		b.record(b.party(brand), 1510, 10, brand, licenceRecord(brand, 10, 1, false, 1510, 0, 0, "9521141"))
		b.under(bottle, brands, buyers, verify.Licence{Holder: brand, ID: 10})
		b.by(buyer, 1, 1400, bottle)
		b.by(brand, 1, 1600, bottle)
	}},
	{name: "a passed prefix, recorded by the old holder afterwards", ok: "licences", change: func(b *tiny) {
		b.pass("9521141")
		b.by(brand, 1, passing+1, bottle)
	}},
	{name: "a passed prefix, recorded by the new holder beforehand", ok: "licences", change: func(b *tiny) {
		b.pass("9521141")
		b.by(buyer, 1, passing-1, bottle)
	}},
	{name: "a passed prefix, recorded between two holders", ok: "licences", change: func(b *tiny) {
		b.revoke(passing)
		b.grant(1500, "9521141")
		b.under(bottle, brands, buyers)
		b.by(brand, 1, 1400, bottle)
	}},
	{name: "a passed prefix, recorded between two holders by whom it was handed over to", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(bottle, 1310, haulier)
		b.revoke(passing)
		b.grant(1500, "9521141")
		b.under(bottle, brands, buyers)
		b.by(haulier, 1, 1400, bottle)
	}},
	{name: "a passed prefix, recorded afterwards by whom the old holder handed it over to", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(bottle, 1310, haulier)
		b.pass("9521141")
		b.by(haulier, 1, 1400, bottle)
	}},
	{name: "a passed prefix, recorded afterwards by a contributor of the old holder's", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, memberRecord(7, haulier, 1))
		b.pass("9521141")
		b.by(haulier, 1, 1400, bottle)
	}},
	{name: "a passed prefix, recorded by a contributor of each holder in its time", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, memberRecord(7, haulier, 1))
		b.pass("9521141")
		b.register(stranger, "Stranger", strangerKey, 0)
		b.record(b.party(buyer), 1360, 10, buyer, memberRecord(9, stranger, 1))
		b.by(haulier, 1, 1320, bottle)
		b.by(stranger, 1, 1400, bottle)
	}},
	{name: "a passed prefix, the listing by the new holder under the old number", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.pass("9521141")
		b.record(b.party(buyer), 1360, 10, buyer, memberRecord(7, haulier, 1))
		b.by(haulier, 1, 1400, bottle)
	}},
	{name: "two licences at a time", ok: "good", change: func(b *tiny) { // which the register never grants
		b.grant(1000, "9521141")
		b.under(bottle, brands, buyers)
		b.by(buyer, 1, 1150, bottle)
	}},

	{name: "a passed prefix, recalled by the old holder beforehand", ok: "recalled", change: func(b *tiny) {
		b.by(brand, 3, 1320, bottle)
		b.pass("9521141")
	}},
	{name: "a passed prefix, recalled by the old holder afterwards", ok: "licences", change: func(b *tiny) {
		b.pass("9521141")
		b.by(brand, 3, 1400, bottle)
	}},
	{name: "a passed prefix, recalled by the new holder", ok: "recalled", change: func(b *tiny) {
		b.pass("9521141")
		b.by(buyer, 3, 1400, bottle)
	}},
	{name: "a passed prefix, recalled by an authority between two holders", ok: "recalled", change: func(b *tiny) {
		b.register(stranger, "Agency", strangerKey, recall)
		b.revoke(passing)
		b.grant(1500, "9521141")
		b.under(bottle, brands, buyers)
		b.by(stranger, 3, 1400, bottle)
	}},
	{name: "a passed prefix, the whole of it recalled by the old holder", ok: "recalled", change: func(b *tiny) {
		b.by(brand, 3, 1320, "prefix")
		b.pass("9521141")
	}},

	{name: "a prefix passed to a longer one", ok: "good", change: func(b *tiny) {
		b.pass("952114101")
		b.by(buyer, 1, 1400, bottle)
	}},
	{name: "a prefix passed to a shorter one", ok: "good", change: func(b *tiny) {
		b.pass("95211")
		b.by(buyer, 1, 1400, bottle)
	}},
	{name: "a prefix passed to a longer one that is of other goods", ok: "licences", change: func(b *tiny) { b.pass("952114102") }},
	{name: "a prefix passed to a longer one, the old one's notices left out", ok: "story", change: func(b *tiny) {
		b.pass("952114101")
		b.drop("prefix")
	}},
	{name: "a prefix passed to a longer one, the new one's notices left out", ok: "story", change: func(b *tiny) {
		b.pass("952114101")
		b.drop("prefix 952114101")
	}},
	{name: "a prefix passed to a longer one, the old one recalled", ok: "recalled", change: func(b *tiny) {
		b.by(brand, 3, 1320, "prefix")
		b.pass("952114101")
	}},
	{name: "a prefix passed to a longer one, the new one recalled", ok: "recalled", change: func(b *tiny) {
		b.pass("952114101")
		b.by(buyer, 3, 1400, "prefix 952114101")
	}},
	{name: "a prefix passed to a longer one, the recall of the old one hidden", ok: "story", change: func(b *tiny) {
		b.by(brand, 3, 1320, "prefix")
		b.pass("952114101")
		b.drop("prefix")
	}},
	{name: "a prefix passed to a longer one, the recall of the old one hidden with its licence", ok: "licences", change: func(b *tiny) {
		b.by(brand, 3, 1320, "prefix")
		b.pass("952114101")
		b.drop("prefix")
		b.under(bottle, buyers)
	}},
	{name: "a prefix passed to a longer one, the recall of the new one hidden with its licence", ok: "unlicensed", change: func(b *tiny) {
		b.pass("952114101")
		b.by(buyer, 3, 1400, "prefix 952114101")
		b.drop("prefix 952114101")
		b.under(bottle, brands)
	}},
	{name: "a prefix passed to a longer one, the old one under a record of the lot only", ok: "good", change: passedLot},
	{name: "a prefix passed to a longer one, the old one under a record of the lot only, its notices left out", ok: "story", change: func(b *tiny) {
		passedLot(b)
		b.drop("prefix")
	}},
	{name: "a prefix passed to a longer one, the old one under a notice of the class only, its notices left out", ok: "story", change: func(b *tiny) {
		passedLot(b)
		b.drop("prefix")
		b.lane(lotL1, 0).Leaves = nil
		b.compact()
		b.under(lotL1, buyers)
		b.under(class, brands, buyers)
		b.by(brand, 5, 1320, class)
	}},
	{name: "a prefix of an input passed to a longer one", ok: "good", change: func(b *tiny) {
		b.pass("9521141")
		b.record(b.party(buyer), 1500, 10, buyer, licenceRecord(buyer, 10, 1, false, 1500, 0, 0, "952114109"))
		b.under(juice, brands, verify.Licence{Holder: buyer, ID: 10})
	}},
	{name: "digits that begin with the prefix recalled", ok: "recalled", change: func(b *tiny) { b.by(brand, 3, 1400, b.prefix("952114101")) }},
	{name: "digits that the prefix begins with recalled", ok: "recalled", change: func(b *tiny) { b.by(brand, 3, 1400, b.prefix("9521")) }},
	{name: "digits of other goods recalled", ok: "good", change: func(b *tiny) { b.by(brand, 3, 1400, b.prefix("952114102")) }},

	{name: "a sandbox's thing, then granted", ok: "sandbox", change: func(b *tiny) { b.sandboxed(1050) }},
	{name: "a sandbox's thing, then granted, the sandbox's licence left out", ok: "licences", change: func(b *tiny) {
		b.sandboxed(1150)
		b.under(bottle, brands)
	}},
	{name: "a sandbox's thing, then granted, the grant left out", ok: "sandbox", change: func(b *tiny) {
		b.sandboxed(1150)
		b.under(bottle, sandboxes)
	}},
	{name: "a sandbox's thing granted before its records", ok: "good", change: func(b *tiny) { b.sandboxed(951) }},
	{name: "recorded by somebody else after the grant", ok: "sandbox", change: func(b *tiny) {
		b.sandboxed(951)
		b.register(stranger, "Stranger", strangerKey, 0)
		b.by(stranger, 1, 1400, bottle)
	}},
	{name: "granted, revoked, and the sandbox's again", ok: "sandbox", change: func(b *tiny) {
		b.sandboxed(951)
		b.revoke(passing)
		b.register(stranger, "Stranger", strangerKey, 0)
		b.by(stranger, 1, 1400, bottle)
	}},
	{name: "granted and revoked, the catch-all besides", ok: "sandbox", change: func(b *tiny) {
		b.sandboxed(951)
		b.revoke(passing)
	}},
	{name: "a thing without records under the catch-all", ok: "sandbox", change: func(b *tiny) {
		b.sandboxed(951)
		b.lane(bottle, 0).Leaves = nil
		b.compact()
		b.under(bottle, sandboxes)
	}},

	{name: "a thing that only an authority wrote of, without licence", ok: "unlicensed, recalled", change: func(b *tiny) {
		b.lane(bottle, 0).Leaves = nil
		b.compact()
		b.under(bottle)
		b.authority(recall, 3)
	}},
	{name: "an asset whose licence is revoked", ok: "unlicensed", change: func(b *tiny) {
		b.revoke(passing)
		b.grant(passing, "9521141")
		b.under(bottle, brands, buyers)
		b.objects[asset7] = b.add(asset(asset7, 7))
	}},
	{name: "an asset whose prefix passed", ok: "good", change: func(b *tiny) {
		b.pass("9521141")
		b.objects[asset7] = b.add(asset(asset7, 7))
		b.under(asset7, brands, buyers)
		b.event(asset7, 1320, observed(asset7))
		b.by(buyer, 1, 1400, asset7)
	}},
	{name: "an asset whose prefix passed to another length", ok: "licences", change: func(b *tiny) {
		b.pass("952114101")
		b.objects[asset7] = b.add(asset(asset7, 7))
		b.under(asset7, brands, buyers)
	}},
	{name: "an asset under two prefixes", ok: "format", change: func(b *tiny) {
		b.record(b.party(brand), 960, 10, brand, licenceRecord(brand, 8, 1, false, 960, 0, 0, "9521"))
		b.objects[asset7] = b.add(asset(asset7, 7))
		b.objects["again"] = b.add(asset(asset7, 4))
		b.under("again", verify.Licence{Holder: brand, ID: 8})
	}},
}

// passedLot makes the subject one that the new holder alone wrote of, of a lot that the old one did, whose digits were shorter.
func passedLot(b *tiny) {
	b.pass("952114101")
	b.lane(bottle, 0).Leaves = nil
	b.drop(crate)
	b.drop(juice)
	b.compact()
	b.event(lotL1, 1320, map[string]any{"type": "ObjectEvent", "action": "OBSERVE"})
	b.eventBy(buyer, buyerKey, 1, 1400, map[string]any{"type": "ObjectEvent", "action": "ADD", "epcList": []any{link(bottle)},
		"ilmd": map[string]any{"cbvmda:lotNumber": "L1"}}, bottle)
	b.under(bottle, buyers)
	b.under(lotL1, brands, buyers)
}
