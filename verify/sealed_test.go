package verify_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// sealed puts a sealed event on the subject's trunk, of which the pointers given are shown.
func (b *tiny) sealed(shown ...string) {
	body, err := json.Marshal(map[string]any{"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "epcList": []any{link(bottle)},
		"eventTime": "1970-01-01T00:23:20Z", "eventTimeZoneOffset": "+08:00", "x:temperature": -1.5, "x:note": "köln/溯源"})
	require.NoError(b.t, err)
	fields, err := format.Seal(body, rand.NewChaCha8([32]byte{1}))
	require.NoError(b.t, err)
	b.sealedFields(fields, shown...)
}

func (b *tiny) sealedFields(fields []format.SealedField, shown ...string) {
	r, err := format.Redact(fields, func(p string) bool { return slices.Contains(shown, p) })
	require.NoError(b.t, err)
	root, err := r.Root()
	require.NoError(b.t, err)
	b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 1, Time: 1400, Sealed: verify.NewSealed(r),
		Commitment: verify.Word(format.Commitment(format.Sealed, root))}, 0, bottle)
}

// last is the leaf that sealed put there.
func (b *tiny) last() *verify.Leaf { return &b.p.Leaves[len(b.p.Leaves)-1] }

// afterSealing is a case in which a file with a sealed event is changed once everything is signed.
func afterSealing(name, ok string, change func(b *tiny, s *verify.Sealed)) storyCase {
	return storyCase{name: "sealed: " + name, ok: ok,
		change: func(b *tiny) { b.sealed("/bizStep", "/eventTime", "/type", "/x:temperature") },
		after:  func(b *tiny) { change(b, b.last().Sealed) }}
}

var sealedCases = []storyCase{
	{name: "sealed: nothing shown", ok: "good", change: func(b *tiny) { b.sealed() }},
	{name: "sealed: one field shown", ok: "good", change: func(b *tiny) { b.sealed("/eventTime") }},
	{name: "sealed: the last field shown", ok: "good", change: func(b *tiny) { b.sealed("/x:temperature") }},
	{name: "sealed: all fields shown", ok: "good", change: func(b *tiny) {
		b.sealed("/action", "/bizStep", "/epcList/0", "/eventTime", "/eventTimeZoneOffset", "/type", "/x:note", "/x:temperature")
	}},
	{name: "sealed: a body of one field", ok: "good", change: func(b *tiny) {
		b.sealedFields([]format.SealedField{{Pointer: "/a", Value: []byte("[]")}}, "/a")
	}},
	{name: "sealed: names and values of all kinds", ok: "good", change: func(b *tiny) {
		b.sealedFields([]format.SealedField{{Pointer: "/", Value: []byte("1E400")}, {Pointer: "/a~0b~1c", Value: []byte("-0.0")},
			{Pointer: "/d", Value: []byte("{}")}, {Pointer: "/e", Value: []byte(`"\u0001\n\"\\/"`)}, {Pointer: "/f", Value: []byte("null")},
			{Pointer: "/\uffee", Value: []byte("true")}, {Pointer: "/\U0001f34a", Value: []byte(`"🍊"`)}},
			"/", "/a~0b~1c", "/d", "/e", "/f", "/\uffee", "/\U0001f34a")
	}},
	afterSealing("the salt of a field changed", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[0].Salt[0] ^= 1 }),
	afterSealing("the value of a field changed", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[0].Value = `"storing"` }),
	afterSealing("a value in another notation", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[3].Value = "-1.50" }),
	afterSealing("a value with a space", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[3].Value = " -1.5" }),
	afterSealing("a value with an escape too many", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[0].Value = `"\u0073hipping"` }),
	afterSealing("a value that is no JSON", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[0].Value = "shipping" }),
	afterSealing("a value that is an object", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[0].Value = `{"a":1}` }),
	afterSealing("no value", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[0].Value = "" }),
	afterSealing("the pointer of a field changed", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[0].Pointer = "/bizStop" }),
	afterSealing("two pointers swapped", "bodies", func(_ *tiny, s *verify.Sealed) {
		s.Fields[0].Pointer, s.Fields[1].Pointer = s.Fields[1].Pointer, s.Fields[0].Pointer
	}),
	afterSealing("two values swapped", "bodies", func(_ *tiny, s *verify.Sealed) {
		s.Fields[0].Value, s.Fields[2].Value = s.Fields[2].Value, s.Fields[0].Value
	}),
	afterSealing("a pointer without its slash", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[0].Pointer = "bizStep" }),
	afterSealing("a pointer that takes in the value", "bodies", func(_ *tiny, s *verify.Sealed) {
		s.Fields[0].Pointer, s.Fields[0].Value = "/bizStep\x00\"shipping\"", ""
	}),
	afterSealing("a field hidden", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields = s.Fields[1:] }),
	afterSealing("a field hidden by a hash that isn't its own", "bodies", func(_ *tiny, s *verify.Sealed) {
		s.Fields, s.Hashes = s.Fields[1:], append(verify.List[verify.Word]{{1}}, s.Hashes...)
	}),
	afterSealing("a field more", "bodies", func(_ *tiny, s *verify.Sealed) {
		s.Fields = append(s.Fields, verify.Field{Index: 8, Pointer: "/z", Value: "1"})
	}),
	afterSealing("a field more, and the number of fields", "bodies", func(_ *tiny, s *verify.Sealed) {
		s.Count++
		s.Fields = append(s.Fields, verify.Field{Index: 8, Pointer: "/z", Value: "1"})
	}),
	afterSealing("a field twice", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields = append(s.Fields[:1:1], s.Fields...) }),
	afterSealing("a field at another place", "bodies", func(_ *tiny, s *verify.Sealed) { s.Fields[0].Index-- }),
	afterSealing("fields in another order", "bodies", func(_ *tiny, s *verify.Sealed) {
		s.Fields[0], s.Fields[1] = s.Fields[1], s.Fields[0]
	}),
	afterSealing("one field more counted", "bodies", func(_ *tiny, s *verify.Sealed) { s.Count++ }),
	afterSealing("one field fewer counted", "bodies", func(_ *tiny, s *verify.Sealed) { s.Count-- }),
	afterSealing("no fields counted", "bodies", func(_ *tiny, s *verify.Sealed) { s.Count, s.Fields, s.Hashes = 0, nil, nil }),
	afterSealing("more fields counted than there can be", "bodies", func(_ *tiny, s *verify.Sealed) { s.Count = 1<<14 + 1 }),
	afterSealing("a hash changed", "bodies", func(_ *tiny, s *verify.Sealed) { s.Hashes[0][0] ^= 1 }),
	afterSealing("a hash left out", "bodies", func(_ *tiny, s *verify.Sealed) { s.Hashes = s.Hashes[1:] }),
	afterSealing("a hash more", "bodies", func(_ *tiny, s *verify.Sealed) { s.Hashes = append(s.Hashes, verify.Word{}) }),
	afterSealing("two hashes swapped", "bodies", func(_ *tiny, s *verify.Sealed) {
		s.Hashes[0], s.Hashes[1] = s.Hashes[1], s.Hashes[0]
	}),
	afterSealing("said to be withheld", "withheld", func(b *tiny, _ *verify.Sealed) { b.last().Sealed = nil }),
	afterSealing("with an open body beside", "format", func(b *tiny, _ *verify.Sealed) {
		text := "{}"
		b.last().Body = &text
	}),
	afterSealing("given to another leaf", "bodies", func(b *tiny, s *verify.Sealed) {
		l := &b.p.Leaves[len(b.p.Leaves)-2]
		l.Body, l.Record, l.Sealed = nil, nil, s
	}),
	{name: "sealed: an open body passed off as sealed", ok: "bodies", after: func(b *tiny) {
		l := &b.p.Leaves[len(b.p.Leaves)-1]
		l.Body, l.Sealed = nil, &verify.Sealed{Count: 1, Hashes: verify.List[verify.Word]{l.Commitment}}
	}},
	{name: "sealed: a recall", ok: "bodies", change: func(b *tiny) {
		b.sealed()
		b.last().Kind = 3
		lane := b.lane(bottle, 0)
		n := len(b.p.Leaves) - 1
		lane.Leaves = lane.Leaves[:len(lane.Leaves)-1]
		b.lane(bottle, 1).Leaves = append(b.lane(bottle, 1).Leaves, n)
	}},
}
