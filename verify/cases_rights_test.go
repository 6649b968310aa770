package verify_test

import (
	"fmt"

	"github.com/suyuan-ledger/suyuan/verify"
)

// standing lists the haulier with the licence and lets it write.
func (b *tiny) standing(n int) {
	b.register(haulier, "Haulier", haulierKey, 0)
	b.record(b.party(brand), 960, 10, brand, memberRecord(7, haulier, n))
	b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
}

// authority has the stranger, an authority for some kinds, write a notice.
func (b *tiny) authority(scopes, kind int) {
	b.register(stranger, "Agency", strangerKey, scopes)
	b.eventBy(stranger, strangerKey, kind, 1400, observed(bottle), bottle)
}

// held is the record of a party on hold.
func held(until int) *verify.Record {
	r := partyRecord("Brand", 0, 0)
	copy(r.Data[(2+4)*32:], words(until))
	return r
}

// short cuts a record down to words.
func short(r *verify.Record, n int) *verify.Record {
	r.Data = r.Data[:n*32]
	return r
}

// odd puts a word into a record.
func odd(r *verify.Record, at int, w any) *verify.Record {
	copy(r.Data[at*32:], words(w))
	return r
}

// large is more than a u64 holds.
var large = verify.Word{23: 1}

// addressWithMore is the brand with something before it.
var addressWithMore = func() verify.Word {
	w := verify.Word(addressWord(brand))
	w[0] = 1
	return w
}()

// rightsCases are more about who was entitled, and to what.
var rightsCases = append([]storyCase{
	{name: "party on hold", ok: "parties", change: func(b *tiny) { b.record(b.party(brand), 999, 8, brand, held(2000)) }},
	{name: "party on hold until that second", ok: "good", change: func(b *tiny) { b.record(b.party(brand), 910, 8, brand, held(1000)) }},
	{name: "party on hold until a second later", ok: "parties", change: func(b *tiny) { b.record(b.party(brand), 910, 8, brand, held(1001)) }},
	{name: "key recorded and revoked in the same second", ok: "good", change: func(b *tiny) {
		b.record(b.party(brand), 1400, 9, brand, keyRecord(haulierKey, brand, capture, 900, 0, 0))
		b.record(b.party(brand), 1400, 9, brand, keyRecord(haulierKey, brand, capture, 900, 0, 1400))
		b.eventBy(brand, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "key of an agent that was never active", ok: "parties", change: func(b *tiny) {
		r := odd(keyRecord(haulierKey, brand, capture, 900, 0, 0), 2, 5)
		b.record(b.party(brand), 910, 9, brand, r)
		b.eventBy(brand, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "recall by a key that may only capture", ok: "parties", change: func(b *tiny) { b.scoped(capture|certify, 3) }},
	{name: "lift by a key that may only capture", ok: "parties", change: func(b *tiny) { b.scoped(capture|certify, 4) }},
	{name: "recall by a key that may recall", ok: "recalled", change: func(b *tiny) { b.scoped(recall, 3) }},
	{name: "certificate by a key that may not certify", ok: "parties", change: func(b *tiny) { b.scoped(capture|recall, 5) }},
	{name: "revocation by a key that may not certify", ok: "parties", change: func(b *tiny) { b.scoped(capture|recall, 6) }},
	{name: "certificate by a key that may certify", ok: "good", change: func(b *tiny) { b.scoped(certify, 5) }},
	{name: "error declaration by a key that may not capture", ok: "parties", change: func(b *tiny) { b.scoped(certify|recall, 2) }},
	{name: "list by a key that may not capture", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(haulierKey, brand, certify|recall, 900, 0, 0))
		b.leaf(verify.Leaf{Party: brand, Key: haulierKey, Kind: 7, Time: 1400, Commitment: verify.Word{1}}, 0, lotL1)
	}},
	{name: "master data by a key that may not capture", ok: "parties", change: func(b *tiny) {
		b.record(b.party(brand), 910, 9, brand, keyRecord(haulierKey, brand, certify|recall, 900, 0, 0))
		b.declared(haulierKey, 0, b.masterData(brand))
	}},
	{name: "master data of a key nobody registered", ok: "parties", change: func(b *tiny) { b.declared(strangerKey, 0, b.masterData(brand)) }},
	{name: "master data on the notice lane", ok: "licences", change: func(b *tiny) { b.declared(brandKey, 1, b.masterData(brand)) }},
	{name: "master data on an object with a suffix", ok: "licences", change: func(b *tiny) {
		name := b.masterData(brand)
		b.p.Objects[b.objects[name]].Suffix = verify.Word{1}
		b.declared(brandKey, 0, name)
	}},
	{name: "an event on the object of master data", ok: "good", change: func(b *tiny) { b.event(b.masterData(brand), 1400, observed(bottle)) }},

	{name: "contributor of standing 2", ok: "good", change: func(b *tiny) { b.standing(2) }},
	{name: "contributor of standing 3", ok: "licences", change: func(b *tiny) { b.standing(3) }},
	{name: "contributor recorded by the party itself", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(haulier), 960, 10, haulier, memberRecord(7, haulier, 1))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "contributor when the licence has run out", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 1400, 0, "9521141"))
		b.standing(1)
	}},
	{name: "contributor listed and taken off in the same second", ok: "good", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 1400, 10, brand, memberRecord(7, haulier, 1))
		b.record(b.party(brand), 1400, 10, brand, memberRecord(7, haulier, 0))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "an open licence that has run out", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, licenceRecord(brand, 7, 1, true, 950, 1400, 0, "9521141"))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}},
	{name: "licence that names another holder", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(stranger, 7, 1, false, 950, 0, 0, "9521141"))
	}},
	{name: "licence revoked after all records", ok: "unlicensed", change: func(b *tiny) {
		b.record(b.party(brand), 1500, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 1500, "9521141"))
	}},
	{name: "licence that last covers another prefix", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 1500, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521142"))
	}},
	{name: "licence that covered another prefix at first", ok: "licences", change: func(b *tiny) {
		b.licence().Record = licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521142")
		b.record(b.party(brand), 1250, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521141"))
	}},
	{name: "a thing without records under a licence never granted", ok: "licences", change: func(b *tiny) {
		b.object(fruit, verify.Licence{Holder: brand, ID: 9})
		b.lane(fruit, 0)
	}},
	{name: "a thing without records under a licence of another prefix", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 9, 1, false, 950, 0, 0, "9521142"))
		b.object(fruit, verify.Licence{Holder: brand, ID: 9})
		b.lane(fruit, 0)
	}},
	{name: "a thing without records under a licence of somebody not shown", ok: "licences", change: func(b *tiny) {
		b.object(fruit, verify.Licence{Holder: stranger, ID: 7})
		b.lane(fruit, 0)
	}},
	{name: "a thing without records and without licence", ok: "good", change: func(b *tiny) {
		b.object(fruit)
		b.lane(fruit, 0)
	}},

	{name: "recalled after the licence has run out", ok: "recalled", change: func(b *tiny) {
		b.record(b.party(brand), 951, 10, brand, licenceRecord(brand, 7, 1, false, 950, 1350, 0, "9521141"))
		b.eventBy(brand, brandKey, 3, 1400, observed(bottle), bottle)
	}},
	{name: "recalled after the licence was revoked", ok: "licences", change: func(b *tiny) {
		b.record(b.party(brand), 1350, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 1350, "9521141"))
		b.eventBy(brand, brandKey, 3, 1400, observed(bottle), bottle)
	}},
	{name: "recalled by an authority after the licence was revoked", ok: "unlicensed, recalled", change: func(b *tiny) {
		b.record(b.party(brand), 1350, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 1350, "9521141"))
		b.authority(recall, 3)
	}},
	{name: "recalled by an authority that may only certify", ok: "licences", change: func(b *tiny) { b.authority(certify, 3) }},
	{name: "recalled by an authority that may only capture", ok: "licences", change: func(b *tiny) { b.authority(capture, 3) }},
	{name: "certified by an authority that may only recall", ok: "licences", change: func(b *tiny) { b.authority(recall, 5) }},
	{name: "certified by an authority", ok: "good", change: func(b *tiny) { b.authority(certify, 5) }},
	{name: "certificate revoked by an authority that may only recall", ok: "licences", change: func(b *tiny) { b.authority(recall, 6) }},
	{name: "an authority on the trunk", ok: "licences", change: func(b *tiny) { b.authority(capture|certify|recall, 1) }},
	{name: "recalled by an authority that is one no more", ok: "licences", change: func(b *tiny) {
		b.register(stranger, "Agency", strangerKey, recall)
		b.record(b.party(stranger), 1300, 8, stranger, partyRecord("Agency", 0, 0))
		b.eventBy(stranger, strangerKey, 3, 1400, observed(bottle), bottle)
	}},
	{name: "recalled by a contributor", ok: "licences", change: func(b *tiny) {
		b.standing(2)
		b.eventBy(haulier, haulierKey, 3, 1500, observed(bottle), bottle)
	}},
	{name: "recalled by anybody under an open licence", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, licenceRecord(brand, 7, 1, true, 950, 0, 0, "9521141"))
		b.eventBy(haulier, haulierKey, 3, 1500, observed(bottle), bottle)
	}},
	{name: "recalled by whom it was handed over to", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.handOver(bottle, 1350, haulier)
		b.eventBy(haulier, haulierKey, 3, 1500, observed(bottle), bottle)
	}},
}, recordCases()...)

// recordCases are about records in a form that the register doesn't write.
func recordCases() (list []storyCase) {
	for _, c := range []struct {
		what, ok string
		words    int // it must have
		record   func() *verify.Record
		kind     int
	}{
		{"party", "parties", 23, func() *verify.Record { return partyRecord("Brand", 0, 0) }, 8},
		{"agent", "parties", 2, func() *verify.Record { return agentRecord(1, true) }, 8},
		{"key", "parties", 7, func() *verify.Record { return keyRecord(brandKey, brand, 1<<16-1, 900, 0, 0) }, 9},
		{"licence", "licences", 15, func() *verify.Record { return licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521141") }, 10},
	} {
		put := func(name, ok string, r func() *verify.Record) {
			list = append(list, storyCase{name: name, ok: ok, change: func(b *tiny) { b.record(b.party(brand), 955, c.kind, brand, r()) }})
		}
		put(fmt.Sprintf("the %s's record too short", c.what), c.ok, func() *verify.Record { return short(c.record(), c.words-1) })
		if c.what != "party" && c.what != "licence" {
			put(fmt.Sprintf("the %s's record, no longer than it must be", c.what), "good", func() *verify.Record { return short(c.record(), c.words) })
		}
	}
	for _, c := range []struct {
		name, ok string
		r        *verify.Record
		kind     int
	}{
		{"the offset of the party behind the record", "parties", odd(partyRecord("Brand", 0, 0), 0, 4000), 8},
		{"the offset of the party too large for a u64", "parties", odd(partyRecord("Brand", 0, 0), 0, large), 8},
		{"the time of a suspension too large for a u64", "parties", odd(partyRecord("Brand", 0, 0), 5, large), 8},
		{"a sponsor that is no address", "parties", odd(partyRecord("Brand", 0, 0), 2, verify.Word{1}), 8},
		{"the length of the party's name behind the record", "parties", odd(partyRecord("Brand", 0, 0), 21, 400), 8},
		{"scopes too large for a u64", "parties", odd(keyRecord(brandKey, brand, capture, 900, 0, 0), 3, verify.Word{23: 1, 31: capture}), 9},
		{"a key of a party that is no address", "parties", odd(keyRecord(brandKey, brand, capture, 900, 0, 0), 1, addressWithMore), 9},
		{"an agent active twice", "parties", odd(agentRecord(1, true), 1, 2), 8},
		{"a licence open twice", "licences", odd(licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521141"), 6, 2), 10},
		{"a licence of a length too large for a u64", "licences", odd(licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521141"), 5, large), 10},
		{"the offset of the licence behind the record", "licences", odd(licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521141"), 1, 4000), 10},
		{"the text of the licence behind the record", "licences", odd(licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521141"), 13, 400), 10},
		{"a record about a key longer than an address", "good", odd(keyRecord(brandKey, brand, 0, 900, 0, 0), 0, verify.Word{0: 1, 31: 1}), 9},
		{"a record of a topic that isn't read", "good", &verify.Record{Topic: topic("NodeRecorded(address,(bytes,address,bytes32,bool),address)")}, 8},
		{"a record of no topic of the register", "good", &verify.Record{Topic: verify.Word{1}, Data: words(7)}, 10},
	} {
		list = append(list, storyCase{name: c.name, ok: c.ok, change: func(b *tiny) { b.record(b.party(brand), 955, c.kind, brand, c.r) }})
	}
	list = append(list, storyCase{name: "a party's record that can't be read, in the second of one that can", ok: "recall", change: func(b *tiny) {
		b.record(b.party(brand), 900, 8, brand, short(partyRecord("Brand", 0, 0), 22))
		for i := range b.p.Leaves {
			if l := &b.p.Leaves[i]; l.Record == nil {
				l.Time = 900
			}
		}
		b.licence().Time, b.licence().Record = 900, licenceRecord(brand, 7, 1, false, 900, 0, 0, "9521141")
	}}, storyCase{name: "a party's record that can't be read, after all of the story", ok: "recall", change: func(b *tiny) {
		b.record(b.party(brand), 5000, 8, brand, short(partyRecord("Brand", 0, 0), 22))
	}})
	return append(list, storyCase{name: "a listed party's record too short", ok: "licences", change: func(b *tiny) {
		b.register(haulier, "Haulier", haulierKey, 0)
		b.record(b.party(brand), 960, 10, brand, short(memberRecord(7, haulier, 1), 2))
		b.eventBy(haulier, haulierKey, 1, 1400, observed(bottle), bottle)
	}})
}

// scoped has a key of the brand's with some scopes write a record of a kind.
func (b *tiny) scoped(scopes, kind int) {
	b.record(b.party(brand), 910, 9, brand, keyRecord(haulierKey, brand, scopes, 900, 0, 0))
	b.eventBy(brand, haulierKey, kind, 1400, observed(bottle), bottle)
}

// declared puts master data of the brand's on a lane.
func (b *tiny) declared(key verify.Address, lane int, on string) {
	text := "{}"
	b.leaf(verify.Leaf{Party: brand, Key: key, Kind: 11, Time: 1400, Body: &text}, lane, on)
}
