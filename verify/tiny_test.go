package verify_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// tiny builds small proofs by hand: a product with a lot, a case it was packed in and an input it was made of, recorded
// by its brand. Everything happens at second 1,000 and after, unless a test says otherwise.
type tiny struct {
	*forged
	t       testing.TB
	p       *verify.Proof
	objects map[string]int
	entries []format.Hash // of the list
}

// The cast.
const (
	bottle = "01/09521141012345/21/B1"
	lotL1  = "01/09521141012345/10/L1"
	class  = "01/09521141012345"
	crate  = "00/395211410000000011"
	juice  = "01/09521141099991/10/J1"
)

var (
	brand, haulier, stranger = party(1), party(2), party(3)
	brandKey, haulierKey     = party(101), party(102)
	strangerKey              = party(103)
)

func party(n byte) (a verify.Address) {
	a[0], a[19] = 0xa1, n
	return a
}

// words is ABI-encoded data.
func words(parts ...any) (out verify.Hex) {
	for _, x := range parts {
		var w format.Hash
		switch v := x.(type) {
		case int:
			w = word(uint64(v))
		case verify.Address:
			w = addressWord(v)
		case bool:
			if v {
				w = word(1)
			}
		case string: // left-aligned
			copy(w[:], v)
		case verify.Word:
			w = format.Hash(v)
		}
		out = append(out, w[:]...)
	}
	return out
}

func topic(signature string) verify.Word { return verify.Word(format.Keccak([]byte(signature))) }

var (
	partyTopic = topic("PartyRecorded(address,(address,uint64,uint32,uint64,uint64,uint64,uint32,bool,bool," +
		"(string,bytes2,uint64,bytes20,bytes32),(uint8,uint64,uint64,uint32)),address)")
	agentTopic   = topic("AgentRecorded(address,uint64,bool,address)")
	keyTopic     = topic("KeyRecorded(address,address,(address,uint64,uint32,uint64,uint64,uint64,bool),address)")
	licenceTopic = topic("LicenceRecorded(address,uint64,(address,uint8,uint16,bool,uint64,uint64,uint64,bytes32,bytes32,string),address)")
	memberTopic  = topic("MemberRecorded(address,uint64,address,uint8,bool,address)")
)

func partyRecord(name string, suspended, authority int) *verify.Record {
	return &verify.Record{Topic: partyTopic, Data: words(64, brand, // offset of the party, by
		brand, 900, 0, suspended, 0, 1, authority, false, false, 14*32, 0, 0, 0, 0,
		5*32, "CN", 0, "", 0, len(name), name)}
}

func agentRecord(agent int, active bool) *verify.Record {
	return &verify.Record{Topic: agentTopic, Data: words(agent, active, brand)}
}

func keyRecord(key, owner verify.Address, scopes, from, until, revoked int) *verify.Record {
	return &verify.Record{Topic: keyTopic, Data: words(key, owner, 1, scopes, from, until, revoked, false, owner)}
}

func licenceRecord(holder verify.Address, id, kind int, open bool, from, until, revoked int, text string) *verify.Record {
	return &verify.Record{Topic: licenceTopic, Data: words(id, 96, holder,
		holder, kind, len(text), open, from, until, revoked, text, 0, 10*32, len(text), text)}
}

func memberRecord(id int, member verify.Address, standing int) *verify.Record {
	return &verify.Record{Topic: memberTopic, Data: words(id, member, standing, false, brand)}
}

const capture, certify, recall = 4, 16, 32

// newTiny is a story with nothing wrong.
func newTiny(t testing.TB) *tiny {
	b := &tiny{forged: newForged(t), t: t, objects: map[string]int{}}
	b.p = readProof(t, "block.json")
	subject := bottle
	b.p.Kind, b.p.Subject = verify.KindObject, verify.Subject{ID: &subject}
	for _, name := range []string{bottle, lotL1, class, crate, juice} {
		b.object(name, verify.Licence{Holder: brand, ID: 7})
	}
	b.p.Objects[b.objects[class]].Licences = nil
	b.objects["prefix"] = b.add(verify.Object{Kind: 30, Primary: verify.Word(words("9521141"))})
	for _, name := range []string{bottle, lotL1, crate, juice} {
		b.lane(name, 0) // not marked, so their notices needn't be there
	}
	b.lane(bottle, 2)
	b.lane(class, 1)
	b.lane("prefix", 1)
	b.register(brand, "Brand", brandKey, 0)
	b.record(b.party(brand), 950, 10, brand, licenceRecord(brand, 7, 1, false, 950, 0, 0, "9521141"))
	b.event(juice, 1000, map[string]any{"type": "ObjectEvent", "action": "ADD", "quantityList": []any{map[string]any{"epcClass": link(juice)}}})
	b.event(bottle, 1100, map[string]any{"type": "TransformationEvent", "outputEPCList": []any{link(bottle)},
		"inputQuantityList": []any{map[string]any{"epcClass": link(juice)}}, "ilmd": map[string]any{"cbvmda:lotNumber": "L1"}})
	b.event(bottle, 1200, map[string]any{"type": "AggregationEvent", "action": "ADD", "parentID": link(crate), "childEPCs": []any{link(bottle)}}, crate)
	b.event(crate, 1300, map[string]any{"type": "ObjectEvent", "action": "OBSERVE", "epcList": []any{link(crate)}})
	return b
}

func link(name string) string { return "https://id.gs1.org/" + name }

func (b *tiny) add(o verify.Object) int {
	b.p.Objects = append(b.p.Objects, o)
	return len(b.p.Objects) - 1
}

// licences are those of an object; nil if none is given.
func licences(l ...verify.Licence) *verify.List[verify.Licence] {
	if len(l) == 0 {
		return nil
	}
	list := verify.List[verify.Licence](l)
	return &list
}

func (b *tiny) object(name string, l ...verify.Licence) int {
	o := verify.Candidates(name)[0]
	o.Name, o.Licences = &name, licences(l...)
	b.objects[name] = b.add(o)
	return b.objects[name]
}

func (b *tiny) lane(name string, lane int) *verify.Lane {
	object, ok := b.objects[name]
	require.True(b.t, ok, name)
	for i := range b.p.Lanes {
		if l := &b.p.Lanes[i]; l.Object == object && l.Lane == lane {
			return l
		}
	}
	b.p.Lanes = append(b.p.Lanes, verify.Lane{Object: object, Lane: lane})
	return &b.p.Lanes[len(b.p.Lanes)-1]
}

// leaf puts a leaf at the end of lanes.
func (b *tiny) leaf(l verify.Leaf, lane int, names ...string) int {
	b.p.Leaves = append(b.p.Leaves, l)
	n := len(b.p.Leaves) - 1
	for _, name := range names {
		at := b.lane(name, lane)
		at.Leaves = append(at.Leaves, n)
	}
	return n
}

// event puts an event by the brand on trunks.
func (b *tiny) event(name string, time int, body map[string]any, more ...string) int {
	return b.eventBy(brand, brandKey, 1, time, body, append([]string{name}, more...)...)
}

func (b *tiny) eventBy(by, key verify.Address, kind, time int, body map[string]any, names ...string) int {
	body["eventTime"] = fmt.Sprintf("1970-01-01T00:%02d:%02dZ", time/60, time%60)
	raw, err := json.Marshal(body)
	require.NoError(b.t, err)
	text := string(raw)
	lane := 0
	if kind >= 3 && kind <= 6 {
		lane = 1
	}
	return b.leaf(verify.Leaf{Party: by, Key: key, Kind: kind, Time: verify.U64(time), Body: &text}, lane, names...)
}

// handOver puts an event by the brand on a trunk that hands the thing over.
func (b *tiny) handOver(name string, time int, to ...verify.Address) {
	next := verify.List[verify.Address](to)
	b.p.Leaves[b.event(name, time, observed(name))].Next = &next
}

func (b *tiny) record(name string, time, kind int, of verify.Address, r *verify.Record) {
	b.leaf(verify.Leaf{Party: of, Key: b.trust.Contracts.Parties, Kind: kind, Time: verify.U64(time), Record: r}, 0, name)
}

func (b *tiny) registry(name string, o format.Object) string {
	if _, ok := b.objects[name]; !ok {
		b.objects[name] = b.add(verify.Object{Kind: int(o.Kind), Primary: verify.Word(o.Primary), Suffix: verify.Word(o.Suffix)})
	}
	return name
}

func (b *tiny) party(a verify.Address) string {
	return b.registry("party "+a.String(), format.PartyObject(format.Address(a)))
}

func (b *tiny) key(a, key verify.Address) string {
	return b.registry("key "+key.String(), format.KeyObject(format.Address(a), format.Address(key)))
}

// licence is the leaf by which the brand got its licence, behind party, agent and key.
func (b *tiny) licence() *verify.Leaf {
	return &b.p.Leaves[b.lane(b.party(brand), 0).Leaves[3]]
}

// member is the object of a party that the brand's licence lists apart.
func (b *tiny) member(licence uint64, member verify.Address) string {
	return b.registry("member "+member.String(), format.MemberObject(format.Address(brand), licence, format.Address(member)))
}

func (b *tiny) masterData(a verify.Address) string {
	return b.registry("master data "+a.String(), format.MasterDataObject(format.Address(a)))
}

// register makes a party with an agent and a key that may do everything.
func (b *tiny) register(a verify.Address, name string, key verify.Address, authority int) {
	b.record(b.party(a), 900, 8, a, partyRecord(name, 0, authority))
	b.record(b.party(a), 900, 8, a, agentRecord(1, true))
	b.record(b.party(a), 900, 9, a, keyRecord(key, a, 1<<16-1, 900, 0, 0))
}

// drop takes an object with its lanes out of the proof.
func (b *tiny) drop(name string) {
	gone := b.objects[name]
	var lanes []verify.Lane
	for _, l := range b.p.Lanes {
		if l.Object == gone {
			continue
		}
		if l.Object > gone {
			l.Object--
		}
		lanes = append(lanes, l)
	}
	b.p.Lanes = lanes
	b.p.Objects = append(b.p.Objects[:gone], b.p.Objects[gone+1:]...)
	delete(b.objects, name)
	for n, i := range b.objects {
		if i > gone {
			b.objects[n] = i - 1
		}
	}
	b.compact()
}

// dropLane takes one lane out.
func (b *tiny) dropLane(name string, lane int) {
	for i := range b.p.Lanes {
		if b.p.Lanes[i].Object == b.objects[name] && b.p.Lanes[i].Lane == lane {
			b.p.Lanes = append(b.p.Lanes[:i], b.p.Lanes[i+1:]...)
			break
		}
	}
	b.compact()
}

// hideNotices takes the notices of a thing out of the file; the ledger keeps them.
func (b *tiny) hideNotices(name string) {
	b.noticed[b.p.Objects[b.objects[name]].Key()] = true
	b.dropLane(name, 1)
}

// compact takes out leaves that no lane shows.
func (b *tiny) compact() {
	used := map[int]int{}
	for _, l := range b.p.Lanes {
		for _, n := range l.Leaves {
			used[n] = 0
		}
	}
	var kept []verify.Leaf
	for i, l := range b.p.Leaves {
		if _, ok := used[i]; ok {
			used[i] = len(kept)
			kept = append(kept, l)
		}
	}
	b.p.Leaves = kept
	for _, l := range b.p.Lanes {
		for j := range l.Leaves {
			l.Leaves[j] = used[l.Leaves[j]]
		}
	}
	if b.p.Openings != nil {
		for i := range *b.p.Openings {
			o := &(*b.p.Openings)[i]
			if at, ok := used[o.Leaf]; ok {
				o.Leaf = at
			} else {
				o.Leaf = 1 << 20
			}
		}
	}
}

// listed makes the subject one that is only in a list of its lot, or not even there: its own trunk is empty.
func (b *tiny) listed(member bool, names ...string) {
	b.lane(bottle, 0).Leaves = nil
	b.drop(crate)
	b.drop(juice)
	b.compact()
	if !member { // then something else must name the lot
		b.event(bottle, 1050, map[string]any{"type": "ObjectEvent", "action": "ADD", "epcList": []any{link(bottle)},
			"ilmd": map[string]any{"cbvmda:lotNumber": "L1"}})
	}
	b.list(lotL1, 1060, map[string]any{"type": "ObjectEvent", "action": "ADD",
		"quantityList": []any{map[string]any{"epcClass": link(lotL1), "quantity": len(names)}}}, "epcList", names...)
}

// packedByList packs the subject into the crate by a list on the crate.
func (b *tiny) packedByList(member bool) {
	names := []string{"01/09521141012345/21/B7", "01/09521141012345/21/B8"}
	if member {
		names = append(names, bottle)
	}
	b.list(crate, 1250, map[string]any{"type": "AggregationEvent", "action": "ADD", "parentID": link(crate)}, "childEPCs", names...)
}

// list puts a list leaf and the event that names its root on a trunk, and opens the list for the subject.
func (b *tiny) list(on string, time int, body map[string]any, field string, names ...string) {
	salt := format.Keccak([]byte("salt"))
	b.entries = nil
	for _, name := range names {
		o := verify.Candidates(name)[0]
		b.entries = append(b.entries, format.ListEntry(salt, o.Key()))
	}
	require.NoError(b.t, format.SortList(b.entries))
	head := verify.Head{Count: verify.U64(len(names)), Top: verify.Word(format.ListTop(salt, b.entries))}
	root := format.ListRootOf(uint64(head.Count), format.Hash(head.Top))
	n := b.leaf(verify.Leaf{Party: brand, Key: b.trust.Contracts.TraceLog, Kind: 7, Time: verify.U64(time), List: &head,
		Commitment: verify.Word(format.Commitment(format.Listed, root))}, 0, on)
	body[verify.ListField] = map[string]any{"count": len(names), "field": field, "root": verify.Word(root).String()}
	b.eventBy(brand, b.trust.Contracts.TraceLog, 1, time, body, on)
	o := verify.Candidates(bottle)[0]
	entry := format.ListEntry(salt, o.Key())
	opening := verify.Opening{Leaf: n, Salt: verify.Word(salt)}
	after := len(b.entries)
	for i, e := range b.entries {
		if format.CompareHashes(e, entry) >= 0 {
			after = i
			break
		}
	}
	switch {
	case after < len(b.entries) && b.entries[after] == entry:
		opening.Places = append(opening.Places, b.place(after))
	default:
		for _, i := range []int{after - 1, after} {
			if i >= 0 && i < len(b.entries) {
				opening.Places = append(opening.Places, b.place(i))
			}
		}
	}
	b.p.Openings = &verify.List[verify.Opening]{opening}
}

// place is an entry of the list with its path.
func (b *tiny) place(i int) verify.Place {
	p := verify.Place{Entry: verify.Word(b.entries[i]), Index: verify.U64(i)}
	for _, h := range format.ListPath(b.entries, i, 64) {
		p.Path = append(p.Path, verify.Word(h))
	}
	return p
}
