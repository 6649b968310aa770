package verify_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// committed puts a sealed body on the subject's trunk whose tree is made of these fields, whatever they are: their hashes fit.
func (b *tiny) committed(fields ...verify.Field) {
	level := make([]format.Hash, len(fields))
	for i, f := range fields {
		level[i] = format.Keccak([]byte{0}, f.Salt[:], []byte(f.Pointer), []byte{0}, []byte(f.Value))
	}
	for len(level) > 1 {
		var up []format.Hash
		for i := 0; i+1 < len(level); i += 2 {
			up = append(up, format.Keccak([]byte{1}, level[i][:], level[i+1][:]))
		}
		if len(level)%2 == 1 {
			up = append(up, level[len(level)-1])
		}
		level = up
	}
	b.sealedTree(len(fields), level[0], verify.Sealed{Count: len(fields), Fields: fields, Hashes: verify.List[verify.Word]{}})
}

func (b *tiny) sealedTree(count int, top format.Hash, shown verify.Sealed) {
	size := word(uint64(count))
	root := format.Keccak([]byte{2}, size[24:], top[:])
	b.leaf(verify.Leaf{Party: brand, Key: brandKey, Kind: 1, Time: 1400, Sealed: &shown,
		Commitment: verify.Word(format.Commitment(format.Sealed, root))}, 0, bottle)
}

// fieldsAt are fields with these pointers, in this order.
func fieldsAt(pointers ...string) (list []verify.Field) {
	for i, p := range pointers {
		list = append(list, verify.Field{Index: i, Pointer: p, Value: "1", Salt: verify.Word{byte(i)}})
	}
	return list
}

// hashedCases are about contents that are committed to as they are, and yet are none.
var hashedCases = func() (list []storyCase) {
	put := func(name, ok string, change func(b *tiny)) {
		list = append(list, storyCase{name: name, ok: ok, change: change})
	}
	pointers := func(name, ok string, p ...string) {
		put("sealed and committed to: "+name, ok, func(b *tiny) { b.committed(fieldsAt(p...)...) })
	}
	pointers("a pointer", "good", "/a")
	pointers("an empty name", "good", "/", "//")
	pointers("~0 and ~1", "good", "/~0~1")
	pointers("64 deep", "good", strings.Repeat("/", 64))
	pointers("65 deep", "bodies", strings.Repeat("/", 65))
	pointers("~2", "bodies", "/~2")
	pointers("~ at the end", "bodies", "/a~")
	pointers("~~0", "bodies", "/~~0")
	pointers("U+0000 in a pointer", "bodies", "/a\x00b")
	pointers("no slash", "bodies", "a")
	pointers("an empty pointer", "bodies", "")
	pointers("a pointer twice", "bodies", "/a", "/a")
	pointers("pointers out of order", "bodies", "/b", "/a")
	pointers("pointers in the order of UTF-16", "bodies", "/\U0001f34a", "/\uffee")
	pointers("a pointer and one within it", "good", "/a", "/a/b")
	for value, ok := range map[string]string{"0": "good", "-0": "good", "1.50": "good", "1E+2": "good", "1e-2": "good", "01": "bodies", "+1": "bodies", "1.": "bodies", ".5": "bodies",
		"-": "bodies", "1e": "bodies", "NaN": "bodies", "0x1": "bodies", "1 ": "bodies", " 1": "bodies", "1\n": "bodies", "True": "bodies", "nul": "bodies", "{ }": "bodies", "[ ]": "bodies",
		"[1]": "bodies", "{}{}": "bodies", "": "bodies", `""`: "good", `"`: "bodies", `"a`: "bodies", `"a"b`: "bodies", `"a"b"`: "bodies", `"\/"`: "bodies", `"/"`: "good", `"\b\t\n\f\r\"\\"`: "good",
		`"\u0008"`: "bodies", `"\u000b"`: "good", `"\u000B"`: "bodies", `"\u001f"`: "good", `"\u001F"`: "bodies", `"\u0020"`: "bodies", `"\u007f"`: "bodies", `"\u6eaf"`: "bodies",
		`"\ud83c\udf4a"`: "bodies", "\"\x7f\"": "good", "\"\x01\"": "bodies", "\"\u2028\"": "good", "\"<>&\"": "good", `"\u003c"`: "bodies", `"\x"`: "bodies", "'a'": "bodies", "１": "bodies"} {
		put("sealed and committed to: the value "+value, ok, func(b *tiny) {
			f := fieldsAt("/a")
			f[0].Value = value
			b.committed(f...)
		})
	}
	put("sealed and committed to: places that fall", "bodies", func(b *tiny) {
		f := fieldsAt("/b", "/a")
		b.committed(f...)
		f[0], f[1] = f[1], f[0]
		b.last().Sealed.Fields = f
	})
	put("sealed and committed to: places that rise", "good", func(b *tiny) { b.committed(fieldsAt("/a", "/b")...) })
	top := format.Keccak([]byte("top"))
	for _, c := range []struct {
		name, ok string
		count    int
		fields   []verify.Field
	}{
		{"16384 fields", "good", 1 << 14, nil}, {"16385 fields", "bodies", 1<<14 + 1, nil}, {"no fields", "bodies", 0, nil}, {"one field", "good", 1, nil},
	} {
		put("sealed and committed to: "+c.name, c.ok, func(b *tiny) {
			b.sealedTree(c.count, top, verify.Sealed{Count: c.count, Fields: c.fields, Hashes: verify.List[verify.Word]{verify.Word(top)}})
		})
	}
	more := func(name string, change func(s *verify.Sealed)) {
		list = append(list, storyCase{name: "sealed and committed to: " + name, ok: "bodies", change: func(b *tiny) { b.committed(fieldsAt("/a", "/b")...) },
			after: func(b *tiny) { change(b.last().Sealed) }})
	}
	more("a field more at the same place", func(s *verify.Sealed) { s.Fields = append(s.Fields, verify.Field{Index: 1, Pointer: "/c", Value: "1"}) })
	more("a field more at a place that isn't there", func(s *verify.Sealed) { s.Fields = append(s.Fields, verify.Field{Index: 2, Pointer: "/c", Value: "1"}) })
	more("a hash more", func(s *verify.Sealed) { s.Hashes = append(s.Hashes, verify.Word{1}) })

	put("a list by a leaf of kind 1", "bodies", func(b *tiny) {
		b.listed(true, bottle, class+"/21/B2")
		b.p.Leaves[(*b.p.Openings)[0].Leaf].Kind = 1
	})
	put("a list by a leaf of kind 11", "bodies", func(b *tiny) {
		b.listed(true, bottle, class+"/21/B2")
		b.p.Leaves[(*b.p.Openings)[0].Leaf].Kind = 11
	})
	put("a sealed certificate", "bodies", func(b *tiny) {
		b.sealed()
		b.last().Kind = 5
	})
	put("a sealed error declaration", "good", func(b *tiny) {
		b.sealed()
		b.last().Kind = 2
	})
	registered := func(name, ok string, kind int, change func(b *tiny, l *verify.Leaf)) {
		put(name, ok, func(b *tiny) {
			b.record(b.party(brand), 1400, kind, brand, agentRecord(2, true))
			change(b, b.last())
		})
	}
	registered("a record of the register's own", "good", 8, func(*tiny, *verify.Leaf) {})
	registered("a record by a leaf of kind 1", "bodies", 1, func(*tiny, *verify.Leaf) {})
	registered("a record by a leaf of kind 11", "bodies", 11, func(*tiny, *verify.Leaf) {})
	registered("a leaf of the register without record", "bodies", 8, func(_ *tiny, l *verify.Leaf) { l.Record = nil })
	registered("a leaf of the register with a body", "bodies", 9, func(_ *tiny, l *verify.Leaf) {
		text := "{}"
		l.Record, l.Body = nil, &text
	})
	elsewhere := func(name string, lane int, on func(b *tiny) string) {
		put(name, "bodies", func(b *tiny) {
			b.leaf(verify.Leaf{Party: brand, Key: b.trust.Contracts.Parties, Kind: 8, Time: 1400, Record: agentRecord(2, true)}, lane, on(b))
		})
	}
	elsewhere("a record on a thing", 0, func(*tiny) string { return bottle })
	elsewhere("a record on the object of master data", 0, func(b *tiny) string { return b.masterData(brand) })
	elsewhere("a record on the notices of the party", 1, func(b *tiny) string { return b.party(brand) })
	elsewhere("a record on another party", 0, func(b *tiny) string { return b.party(stranger) })

	opened := func(name, ok string, member bool, change func(b *tiny, o *verify.Opening), names ...string) {
		put(name, ok, func(b *tiny) {
			b.listed(member, names...)
			change(b, &(*b.p.Openings)[0])
		})
	}
	b2, b3, b4, b5 := class+"/21/B2", class+"/21/B3", class+"/21/B4", class+"/21/B5"
	opened("the only one of a list, as its second", "lists", true, func(_ *tiny, o *verify.Opening) { o.Places[0].Index = 1 }, bottle)
	opened("the only one of a list, with a path", "lists", true, func(_ *tiny, o *verify.Opening) { o.Places[0].Path = append(o.Places[0].Path, verify.Word{1}) }, bottle)
	opened("one of two, with a path too long", "lists", true, func(_ *tiny, o *verify.Opening) { o.Places[0].Path = append(o.Places[0].Path, verify.Word{1}) }, bottle, b2)
	opened("one of two, without path", "lists", true, func(_ *tiny, o *verify.Opening) { o.Places[0].Path = nil }, bottle, b2)
	opened("one of two, as the other", "lists", true, func(_ *tiny, o *verify.Opening) { o.Places[0].Index ^= 1 }, bottle, b2)
	opened("one of two, another path", "lists", true, func(_ *tiny, o *verify.Opening) { o.Places[0].Path[0][0] ^= 1 }, bottle, b2)
	opened("the last of three, as the seventh", "lists", false, func(b *tiny, o *verify.Opening) {
		o.Places = verify.List[verify.Place]{b.place(2)}
		o.Places[0].Index = 6
	}, b2, b3, b4)
	opened("not in the list, shown by its first", "lists", false, func(b *tiny, o *verify.Opening) {
		o.Places = verify.List[verify.Place]{b.place(int(o.Places[0].Index))}
		if o.Places[0].Index == 0 || int(o.Places[0].Index) == len(b.entries)-1 {
			o.Places = verify.List[verify.Place]{b.place(len(b.entries) / 2)}
		}
	}, b2, b3, b4, b5)
	opened("not in the list, by both its ends", "lists", false, func(b *tiny, o *verify.Opening) {
		o.Places = verify.List[verify.Place]{b.place(0), b.place(len(b.entries) - 1)}
	}, b2, b3, b4, b5)
	opened("not in the list, twice by the same", "lists", false, func(b *tiny, o *verify.Opening) {
		o.Places = verify.List[verify.Place]{o.Places[0], o.Places[0]}
	}, b2, b3, b4, b5)
	opened("in the list, with another place besides", "lists", true, func(b *tiny, o *verify.Opening) {
		o.Places = append(o.Places, b.place(int(o.Places[0].Index^1)))
	}, bottle, b2)
	put("not in the list, the entries around it in the wrong order", "lists", func(b *tiny) {
		names := []string{b2, b3, b4, b5, class + "/21/B6", class + "/21/B7", class + "/21/B8"}
		for len((func() verify.List[verify.Place] { b.listed(false, names...); return (*b.p.Openings)[0].Places })()) < 2 {
			*b, names = *newTiny(b.t), append(names, names[len(names)-1]+"x")
		}
		o := &(*b.p.Openings)[0]
		o.Places[0], o.Places[1] = o.Places[1], o.Places[0]
	})
	sortCases(list)
	return list
}()

func sortCases(list []storyCase) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j].name < list[j-1].name; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// blockCases are about EVM headers, and sets of validators.
func blockCases(t *testing.T, add func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof)) {
	header := func(name, ok string, change func(items []any) []any) {
		t.Helper()
		f, p := newForged(t), readProof(t, "block.json")
		var raw []rlp.RawValue
		require.NoError(t, rlp.DecodeBytes(p.Block, &raw))
		items := make([]any, len(raw))
		for i := range raw {
			items[i] = raw[i]
		}
		var err error
		p.Block, err = rlp.EncodeToBytes(change(items))
		require.NoError(t, err)
		f.resign(p)
		add(name, ok, "", now, &f.trust, p)
	}
	set := func(i int, v any) func([]any) []any {
		return func(items []any) []any {
			items[i] = v
			return items
		}
	}
	header("a block as it is", "good", func(items []any) []any { return items })
	header("a block of 19 items", "block", func(items []any) []any { return items[:19] })
	header("a block of 20 items", "good", func(items []any) []any { return items[:20] })
	header("a block whose state root has 31 bytes", "block", set(3, make([]byte, 31)))
	header("a block whose state root is a list", "block", set(3, []any{}))
	header("a block whose number has a zero before it", "block", set(8, []byte{0, 25}))
	header("a block whose number has nine bytes", "block", set(8, []byte{1, 0, 0, 0, 0, 0, 0, 0, 25}))
	header("a block whose number is a list", "block", set(8, []any{}))
	header("a block whose time has a zero before it", "block", set(11, []byte{0, 25}))
	header("a block whose height has seven bytes", "block", set(12, make([]byte, 7)))
	header("a block whose height has nine bytes", "block", set(12, make([]byte, 9)))
	header("a block of the commit's own height", "block", set(12, []byte{0, 0, 0, 0, 0, 0, 0, 50}))
	plain := func(name string, change func(b []byte) []byte) {
		f, p := newForged(t), readProof(t, "block.json")
		p.Block = change(p.Block)
		f.resign(p)
		add(name, "block", "", now, &f.trust, p)
	}
	plain("a block with a byte behind it", func(b []byte) []byte { return append(b, 0) })
	plain("a block cut off", func(b []byte) []byte { return b[:len(b)-1] })
	plain("a block of no bytes", func([]byte) []byte { return nil })
	plain("a block that is no list", func([]byte) []byte { return []byte{0x80} })
	plain("a block whose length has a zero before it", func(b []byte) []byte { return append([]byte{0xfa, 0}, b[1:]...) })

	// By a range of 5 blocks, block 6: the tree that would hold it isn't one of the range's.
	f, p := newForged(t), readProof(t, "block.json")
	var h types.Header
	require.NoError(t, rlp.DecodeBytes(p.Block, &h))
	h.Number = big.NewInt(6)
	older, err := rlp.EncodeToBytes(&h)
	require.NoError(t, err)
	sibling, peak := word(1), word(2)
	node := format.MountainNode(format.MountainLeaf(int64(new(big.Int).SetBytes(h.Extra).Int64()), format.Keccak(older)), sibling)
	root := format.Mountains{Count: 5, Peaks: []format.Hash{peak, node}}.Root()
	h.Number, h.ParentBeaconRoot = big.NewInt(5), (*common.Hash)(&root)
	p.Block, err = rlp.EncodeToBytes(&h)
	require.NoError(t, err)
	six := verify.U64(6)
	p.Subject.Number = &six
	p.Ancestry = &verify.Ancestry{Block: p.Block, Path: verify.List[verify.Word]{verify.Word(sibling)}, Peaks: verify.List[verify.Word]{verify.Word(peak)}}
	f.resign(p)
	p.Block = older
	add("a block by a range of fewer blocks", "block", "", now, &f.trust, p)
}
