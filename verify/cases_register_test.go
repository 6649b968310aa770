package verify_test

import (
	"github.com/suyuan-ledger/suyuan/verify"
)

// registerCases are about who was a party, and whose key a key was.
var registerCases = []storyCase{
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
	{name: "key that runs out in that second", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 1300, 0))
	}},
	{name: "key that runs out a second later", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 1301, 0))
	}},
	{name: "key valid from that second", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 1000, 0, 0))
	}},
	{name: "key whose revocation was recorded beforehand for that second", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(brandKey, brand, 1<<16-1, 900, 0, 1300))
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
	{name: "party suspended until that second", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 910, 8, brand, partyRecord("Brand", 1000, 0))
	}},
	{name: "party suspended until a second later", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 8, brand, partyRecord("Brand", 1001, 0))
	}},
	{name: "party, key and place on the list recorded in that second", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, memberRecord(7, haulier, 1))
		b.eventBy(haulier, haulierKey, 1, 960, observed(bottle), bottle)
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
}

// licenceCases are about who may write to an object.
var licenceCases = []storyCase{
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
	{name: "licence that runs out in that second", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 1300, 0, "9521141"))
	}},
	{name: "licence that runs out a second later", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 1301, 0, "9521141"))
	}},
	{name: "licence valid from that second", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 1000, 0, 0, "9521141"))
	}},
	{name: "licence not yet valid", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 1001, 0, 0, "9521141"))
	}},
	{name: "licence revoked", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 1150, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 1150, "9521141"))
	}},
	{name: "licence whose revocation was recorded beforehand for that second", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 1300, "9521141"))
	}},
	{name: "licence granted later", ok: "licences", change: func(b *tiny) {
		b.licence().Time = 1250
	}},
	{name: "licence of somebody else's number", ok: "licences", change: func(b *tiny) {
		b.licence().Record = licenceRecord(brand, 8, 1, false, 950, 0, 0, "9521141")
	}},
	{name: "no licence shown", ok: "licences", change: func(b *tiny) { b.p.Objects[0].Licences = nil }},
	{name: "an asset without licence, whose records could be under another prefix", ok: "licences", change: func(b *tiny) {
		b.object("8004/9521141PALLET7")
	}},
	{name: "an asset under its licence", ok: "good", change: func(b *tiny) {
		b.object("8004/9521141PALLET7", verify.Licence{Holder: brand, ID: 7})
		b.p.Objects[b.objects["8004/9521141PALLET7"]] = asset("8004/9521141PALLET7", 7)
	}},
	{name: "an asset under another prefix than its licence", ok: "licences", change: func(b *tiny) {
		b.object("8004/9521141PALLET7", verify.Licence{Holder: brand, ID: 7})
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
	{name: "handed over, and the licence has run out since", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 1380, 0, "9521141"))
		b.handOver(bottle, 1350, haulier)
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "handed over back to the holder, whose licence has run out since", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 1380, 0, "9521141"))
		b.handOver(bottle, 1350, brand)
		b.event(bottle, 1400, observed(bottle))
	}},
	{name: "handed over by the holder, whose licence has run out", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 1350, 0, "9521141"))
		b.handOver(bottle, 1350, haulier)
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "handed over, and the licence revoked since", ok: "unlicensed", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(bottle, 1350, haulier)
		b.record(b.party(brand), 1380, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 1380, "9521141"))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
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
}

// asset is the object of a name with a licensed part of n digits.
func asset(name string, n int) verify.Object {
	o := verify.Candidates(name)[n]
	o.Name, o.Licences = &name, licences(verify.Licence{Holder: brand, ID: 7})
	return o
}
