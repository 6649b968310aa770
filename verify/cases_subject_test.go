package verify_test

import (
	"strings"
	"testing"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Things of other kinds than the cast's.
const (
	asset7   = "8004/9521141PALLET7"
	grai1    = "8003/09521141000016A1"
	gdti1    = "253/9521141000013C1"
	uriThing = "https://brand.example/thing/1"
)

// alone is a proof about one thing with one record, under licence 7 of the brand as r grants it. what is its place among the
// objects that its name can stand for.
func alone(t testing.TB, name string, what int, r *verify.Record) *tiny {
	b := &tiny{forged: newForged(t), t: t, objects: map[string]int{}, p: readProof(t, "block.json")}
	b.p.Kind, b.p.Subject = verify.KindObject, verify.Subject{ID: &name}
	o := verify.Candidates(name)[what]
	o.Name, o.Licences = &name, licences(verify.Licence{Holder: brand, ID: 7})
	b.objects[name] = b.add(o)
	b.lane(name, 0)
	b.lane(name, 2)
	if o.Kind <= 2 {
		b.object(class)
		b.lane(class, 1)
	}
	b.objects["prefix"] = b.add(verify.Object{Kind: 30, Primary: verify.Word(words("9521141"))})
	b.lane("prefix", 1)
	b.register(brand, "Brand", brandKey, 0)
	b.record(b.party(brand), 950, 10, brand, r)
	b.event(name, 1100, map[string]any{"type": "ObjectEvent", "action": "OBSERVE"})
	return b
}

// licenceOf is a licence of any length and primary, a text or a word.
func licenceOf(kind, length int, primary any) *verify.Record {
	return &verify.Record{Topic: licenceTopic, Data: words(7, 96, brand,
		brand, kind, length, false, 950, 0, 0, primary, 0, 10*32, 4, "text")}
}

func gs1Licence() *verify.Record { return licenceOf(1, 7, "9521141") }

func hashOf(text string) verify.Word { return verify.Word(format.Keccak([]byte(text))) }

// ofParty makes the proof one about the brand.
func (b *tiny) ofParty() {
	b.p.Kind, b.p.Subject = verify.KindParty, verify.Subject{Party: &brand}
	b.p.Objects, b.p.Lanes, b.p.Leaves, b.objects = nil, nil, nil, map[string]int{}
	b.register(brand, "Brand", brandKey, 0)
}

// subjectCases are about what was asked for, and which object a name stands for.
func subjectCases(t *testing.T, add func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof)) {
	put := func(name, ok, want string, b *tiny, after ...func(b *tiny)) {
		t.Helper()
		b.remake(t, b.p)
		for _, change := range after {
			change(b)
		}
		add(name, ok, want, now, &b.trust, b.p)
	}
	for _, c := range []struct{ name, ok, want string }{
		{"nothing asked for", "good", ""},
		{"asked for by its name", "good", bottle},
		{"asked for by its URN", "good", "urn:epc:id:sgtin:9521141.001234.B1"},
		{"asked for with a lot in the link", "good", "https://brand.example/01/9521141012345/10/L9/21/B1?x=1"},
		{"asked for with another serial", "subject", link(class + "/21/B2")},
		{"asked for with another GTIN", "subject", link("01/09521141012352/21/B1")},
		{"asked for the class", "subject", link(class)},
		{"asked for the lot", "subject", link(lotL1)},
		{"asked for by a name in other case", "subject", class + "/21/b1"},
		{"asked for a text that names nothing", "subject", "B1"},
		{"asked for a link to nothing known", "subject", "https://brand.example/"},
		{"asked for a party", "subject", brand.String()},
		{"asked for a block", "subject", "25"},
	} {
		put(c.name, c.ok, c.want, newTiny(t))
	}
	party := func() *tiny {
		b := newTiny(t)
		b.ofParty()
		return b
	}
	put("a party", "good", brand.String(), party())
	put("a party, another asked for", "subject", stranger.String(), party())
	put("a party, a thing asked for", "subject", bottle, party())
	b := party()
	b.lane(b.party(stranger), 0)
	b.p.Objects[0], b.p.Objects[1] = b.p.Objects[1], b.p.Objects[0]
	put("a party, the first object another's", "format", "", b)
	b = party()
	b.p.Objects[0].Suffix = verify.Word{1}
	put("a party, the first object one of its keys", "format", "", b)
	b = party()
	b.p.Objects[0].Kind = 41
	put("a party, the first object its master data", "format", "", b)
	b = party()
	b.record(b.party(brand), 910, 8, brand, short(partyRecord("Brand", 0, 0), 22))
	put("a party of which a record can't be read", "recall", "", b)
	put("a party without its trunk", "story", "", party(), func(b *tiny) {
		b.p.Lanes, b.p.Leaves, b.p.Nodes = nil, nil, nil
		b.remake(t, b.p)
	})
	for _, c := range []struct{ name, ok, want string }{
		{"a block", "good", "25"}, {"a block, another asked for", "subject", "24"}, {"a block, its number with a zero before it", "subject", "025"},
		{"a block, a thing asked for", "subject", bottle},
	} {
		f := newForged(t)
		p := readProof(t, "block.json")
		f.resign(p)
		add(c.name, c.ok, c.want, now, &f.trust, p)
	}
	f, p := newForged(t), readProof(t, "block.json")
	number := *p.Subject.Number - 1
	p.Subject.Number = &number
	f.resign(p)
	add("a block of another number than it says", "block", "", now, &f.trust, p)

	namespace := len("https://brand.example/")
	ofURI := licenceOf(3, 0, hashOf(uriThing[:namespace]))
	put("a GRAI under a prefix", "good", link(grai1), alone(t, grai1, 0, gs1Licence()))
	put("a GDTI under a prefix", "good", link(gdti1), alone(t, gdti1, 0, gs1Licence()))
	put("an asset under a prefix", "good", link(asset7), alone(t, asset7, 7, gs1Licence()))
	put("an asset asked for by its URN", "good", "urn:epc:id:giai:9521141.PALLET7", alone(t, asset7, 7, gs1Licence()))
	put("an SSCC under a prefix", "good", link(crate), alone(t, crate, 0, gs1Licence()))
	put("a lot under a prefix", "good", link(lotL1), alone(t, lotL1, 0, gs1Licence()))
	put("a class under a prefix", "good", link(class), alone(t, class, 0, gs1Licence()))
	put("a URI under a namespace", "good", uriThing, alone(t, uriThing, namespace, ofURI))
	put("a URI, another asked for", "subject", uriThing+"0", alone(t, uriThing, namespace, ofURI))
	put("a link, answered with the object of its text", "subject", link(bottle), alone(t, link(bottle), len("https://id.gs1.org/"), licenceOf(3, 0, hashOf("https://id.gs1.org/"))))
	put("a GDTI's link, answered with the object of its text", "subject", link(gdti1), alone(t, link(gdti1), len("https://id.gs1.org/"), licenceOf(3, 0, hashOf("https://id.gs1.org/"))))

	bend := func(o string, what int, change func(o *verify.Object)) *tiny {
		b := alone(t, o, what, gs1Licence())
		change(&b.p.Objects[0])
		return b
	}
	for _, o := range []struct {
		name, id string
		what     int
	}{{"an instance", bottle, 0}, {"a lot", lotL1, 0}, {"a class", class, 0}, {"an SSCC", crate, 0}, {"a GRAI", grai1, 0}, {"an asset", asset7, 7}, {"a GDTI", gdti1, 0}} {
		put(o.name+" with another primary than its name", "subject", "", bend(o.id, o.what, func(o *verify.Object) { o.Primary[13] ^= 1 }))
		put(o.name+" with another suffix than its name", "subject", "", bend(o.id, o.what, func(o *verify.Object) { o.Suffix[0] ^= 1 }))
		put(o.name+" with another kind than its name", "subject", "", bend(o.id, o.what, func(o *verify.Object) { o.Kind = map[bool]int{true: 2, false: 1}[o.Kind == 1] }))
	}
	put("an asset with a suffix of another length than its primary", "subject", "", bend(asset7, 7, func(o *verify.Object) { o.Suffix = verify.Candidates(asset7)[6].Suffix }))
	put("a URI with a suffix of another length than its primary", "subject", "", func() *tiny {
		b := alone(t, uriThing, namespace, ofURI)
		b.p.Objects[0].Suffix = verify.Candidates(uriThing)[namespace-1].Suffix
		return b
	}())
	named := func(name string) *tiny {
		b := alone(t, bottle, 0, gs1Licence())
		b.p.Subject.ID, b.p.Objects[0].Name = &name, &name
		return b
	}
	for _, name := range []string{"", "B1", "01/" + strings.Repeat("9", 13), class + "/21/", class + "/10/", class + "/17/B1", class + "/", "00/39521141000000001", "8003/0952114100001",
		"253/952114100001", "414/9521141000013", "01/0952114101234x/21/B1"} {
		put("a name that stands for nothing: "+name, "subject", "", named(name))
	}
	put("an asset of the shortest name", "licences", "", alone(t, "8004/", 0, gs1Licence()))
	long := uriThing + strings.Repeat("x", 2048-len(uriThing))
	put("a URI of 2048 bytes", "good", long, alone(t, long, namespace, ofURI))
	put("a URI of 2049 bytes", "format", "", alone(t, long+"x", namespace, ofURI))
	far := "https://brand.example/" + strings.Repeat("n", 178)
	put("a URI whose namespace has 200 bytes", "good", "", alone(t, far+"/1", 200, licenceOf(3, 0, hashOf(far))))
	put("a URI whose namespace has 201 bytes", "subject", "", func() *tiny {
		b := alone(t, far+"//1", 200, licenceOf(3, 0, hashOf(far+"/")))
		b.p.Objects[0].Primary, b.p.Objects[0].Suffix = hashOf(far+"/"), hashOf("/1")
		return b
	}())
	put("a URI with nothing behind its namespace", "good", "", alone(t, uriThing, len(uriThing), licenceOf(3, 0, hashOf(uriThing))))

	for _, c := range []struct {
		name, ok, id string
		what         int
		r            *verify.Record
	}{
		{"a licence of kind 2", "good", bottle, 0, licenceOf(2, 7, "9521141")},
		{"a licence of kind 2 for an asset", "good", asset7, 7, licenceOf(2, 7, "9521141")},
		{"a licence of kind 3 for a GTIN", "licences", bottle, 0, licenceOf(3, 7, "9521141")},
		{"a licence of kind 3 for a GTIN, its primary the GTIN's", "licences", bottle, 0, licenceOf(3, 7, "09521141012345")},
		{"a licence of kind 3 for an asset", "licences", asset7, 7, licenceOf(3, 7, "9521141")},
		{"a licence of kind 1 for a URI", "licences", uriThing, namespace, licenceOf(1, 7, hashOf(uriThing[:namespace]))},
		{"a licence of kind 3 for a URI of another namespace", "licences", uriThing, namespace, licenceOf(3, 0, hashOf("https://brand.example"))},
		{"a licence of kind 0", "licences", bottle, 0, licenceOf(0, 7, "9521141")},
		{"a licence of kind 5", "licences", bottle, 0, licenceOf(5, 7, "9521141")},
		{"a licence of length 0", "licences", bottle, 0, licenceOf(1, 0, "9521141")},
		{"a licence of length 0 and of no digits", "licences", bottle, 0, licenceOf(1, 0, "")},
		{"a licence of other digits, fewer", "licences", bottle, 0, licenceOf(1, 3, "951")},
		{"a licence of length 13, of one number", "story", bottle, 0, licenceOf(1, 13, "9521141012345")},
		{"a licence of length 14", "licences", bottle, 0, licenceOf(1, 14, "9521141012345")},
		{"a licence of another number of that length", "licences", bottle, 0, licenceOf(1, 13, "9521141012346")},
		{"a licence that begins with the indicator", "licences", bottle, 0, licenceOf(1, 8, "09521141")},
		{"a licence for a GDTI that leaves out its first digit", "licences", gdti1, 0, licenceOf(1, 6, "521141")},
		{"a licence for an asset of another number of digits", "licences", asset7, 7, licenceOf(1, 6, "952114")},
		{"the catch-all licence for a GDTI", "sandbox", gdti1, 0, licenceOf(4, 0, "")},
		{"the catch-all licence for an asset", "sandbox", asset7, 0, licenceOf(4, 0, "")},
		{"the catch-all licence for an asset with a licensed part", "licences", asset7, 7, licenceOf(4, 0, "")},
		{"the catch-all licence for a URI", "sandbox", uriThing, 0, licenceOf(4, 0, "")},
		{"the catch-all licence for a URI with a licensed part", "licences", uriThing, namespace, licenceOf(4, 0, "")},
	} {
		put(c.name, c.ok, "", alone(t, c.id, c.what, c.r))
	}
}
