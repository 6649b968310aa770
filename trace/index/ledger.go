package index

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// BlockEntry is what lists of blocks show of one.
type BlockEntry struct {
	Height uint64 // consensus height
	blockValue
}

type blockValue struct {
	Number  uint64
	Hash    common.Hash
	Time    uint64 // block time, seconds
	Txs     uint32
	Failed  uint32 // of them, reverted
	Records uint32 // of this index: seqs of the block run from 0 to this
}

func putBlock(w *writer, b *BlockEntry) error {
	v, err := rlp.EncodeToBytes(&b.blockValue)
	if err != nil {
		return fmt.Errorf("encode block %d: %w", b.Number, err)
	}
	return w.put(blockKey(b.Height), v)
}

func blockKey(height uint64) []byte { return binary.BigEndian.AppendUint64(key(kindBlock), height) }

func senderKey(sender common.Address, height uint64, pos uint32) []byte {
	return Seq{Height: height, Index: pos}.append(key(kindSender, sender[:]))
}

// Blocks lists blocks newest first from a consensus height down, at most limit.
func (v *View) Blocks(from uint64, limit int) (list []BlockEntry, err error) {
	err = v.scanBack(key(kindBlock), append(blockKey(from), 0), func(k, value []byte) (bool, error) {
		if len(list) == limit {
			return false, nil
		}
		b, err := decodeBlock(k, value)
		list = append(list, b)
		return true, err
	})
	return list, err
}

// BlocksFrom lists blocks oldest first from a consensus height up, at most limit.
func (v *View) BlocksFrom(height uint64, limit int) (list []BlockEntry, err error) {
	var bad error
	err = v.scan(blockKey(height), after(key(kindBlock)), func(k, value []byte) bool {
		var b BlockEntry
		if b, bad = decodeBlock(k, value); bad != nil {
			return false
		}
		list = append(list, b)
		return len(list) < limit
	})
	if err == nil {
		err = bad
	}
	return list, err
}

func decodeBlock(k, value []byte) (BlockEntry, error) {
	b := BlockEntry{Height: binary.BigEndian.Uint64(k[1:])}
	if err := rlp.DecodeBytes(value, &b.blockValue); err != nil {
		return b, fmt.Errorf("block of height %d in the index: %w", b.Height, err)
	}
	return b, nil
}

// TxPlace is the place of a transaction: the consensus height of its block, and its position there.
type TxPlace = Seq

// Sent lists transactions of a sender, newest first, before a place, at most limit.
func (v *View) Sent(sender common.Address, before TxPlace, limit int) (list []TxPlace, err error) {
	err = v.scanBack(key(kindSender, sender[:]), before.append(key(kindSender, sender[:])), func(k, _ []byte) (bool, error) {
		if len(list) == limit {
			return false, nil
		}
		list = append(list, seqAtEnd(k))
		return true, nil
	})
	return list, err
}

// Change is a change of the register: one log of the contract Parties, which is also a leaf.
type Change struct {
	Party common.Address // whose object the leaf stands on
	ChangeRef
	changeValue
}

// ChangeRef is the place of a change: consensus height and number of the log in its block.
type ChangeRef struct {
	Height uint64
	Log    uint32
}

type changeValue struct {
	Number    uint64
	BlockTime uint64 // seconds
	Tx        common.Hash
	Topic     common.Hash
	Data      []byte
}

// changeRefLen is one more than a seq's, which tells the two apart behind a leaf.
const changeRefLen = seqLen + 1

func (r ChangeRef) append(k []byte) []byte {
	return append(Seq{Height: r.Height, Index: r.Log}.append(k), 0)
}

func changeRefFrom(b []byte) *ChangeRef {
	s := seqFrom(b)
	return &ChangeRef{Height: s.Height, Log: s.Index}
}

func (r ChangeRef) String() string { return Seq{Height: r.Height, Index: r.Log}.String() }

// RawLog is the log that tells the change.
func (c *Change) RawLog() *types.Log {
	return &types.Log{Address: contracts.PartiesAddr, Topics: []common.Hash{c.Topic, common.BytesToHash(c.Party[:])}, Data: c.Data,
		BlockNumber: c.Number, BlockTimestamp: c.BlockTime, TxHash: c.Tx, Index: uint(c.Log)}
}

// putChange keeps a log of Parties that stands for a leaf, and answers the end of its key; nil for any other log.
func putChange(w *writer, b *Block, tx *types.Transaction, l *types.Log) ([]byte, error) {
	if _, _, _, ok := contracts.RegistryLeaf(l); !ok {
		return nil, nil
	}
	v, err := rlp.EncodeToBytes(&changeValue{Number: b.Number, BlockTime: b.Time, Tx: tx.Hash(), Topic: l.Topics[0], Data: l.Data})
	if err != nil {
		return nil, fmt.Errorf("encode a change of the register: %w", err)
	}
	party := common.BytesToAddress(l.Topics[1][:])
	ref := ChangeRef{Height: uint64(b.Height), Log: uint32(l.Index)}.append(nil)
	return ref, w.put(key(kindChange, party[:], ref), v)
}

// Change is one change of the register.
func (v *View) Change(party common.Address, ref ChangeRef) (Change, error) {
	value, err := v.get(ref.append(key(kindChange, party[:])))
	if err != nil {
		return Change{}, err
	}
	if value == nil {
		return Change{}, fmt.Errorf("change %s of %s: %w", ref, party, ErrNotFound)
	}
	return decodeChange(party, ref, value)
}

// Changes lists the changes of a party, newest first, before a place, at most limit.
func (v *View) Changes(party common.Address, before ChangeRef, limit int) (list []Change, err error) {
	prefix := key(kindChange, party[:])
	err = v.scanBack(prefix, before.append(clone(prefix)), func(k, value []byte) (bool, error) {
		if len(list) == limit {
			return false, nil
		}
		c, err := decodeChange(party, *changeRefFrom(k[len(prefix):]), value)
		list = append(list, c)
		return true, err
	})
	return list, err
}

func decodeChange(party common.Address, ref ChangeRef, value []byte) (Change, error) {
	c := Change{Party: party, ChangeRef: ref}
	if err := rlp.DecodeBytes(value, &c.changeValue); err != nil {
		return c, fmt.Errorf("change %s of %s in the index: %w", ref, party, err)
	}
	return c, nil
}

// Leaf is the leaf that stands for the change.
func (c *Change) Leaf(chain Chain) (leaf common.Hash, object format.Object, fields format.LeafFields) {
	object, kind, commitment, _ := contracts.RegistryLeaf(c.RawLog())
	fields = format.LeafFields{ChainID: chain.ID, Heads: chain.Heads, Party: c.Party, Key: chain.Parties, Kind: kind,
		BlockTime: c.BlockTime, Commitment: commitment}
	return fields.Hash(), object, fields
}

func memberPrefix(licence uint64) []byte {
	return binary.BigEndian.AppendUint64(key(kindMember), licence)
}

// Member is a party listed under a licence.
type Member struct {
	Party    common.Address
	Standing uint8 // 1 contributor, 2 delegate
}

// Members lists the parties a licence's holder has listed, beginning behind an address, at most limit.
func (v *View) Members(licence uint64, behind common.Address, limit int) (list []Member, err error) {
	prefix := memberPrefix(licence)
	err = v.scan(append(append(clone(prefix), behind[:]...), 0), after(prefix), func(k, value []byte) bool {
		if len(value) == 1 && value[0] != 0 {
			list = append(list, Member{Party: common.Address(k[len(k)-20:]), Standing: value[0]})
		}
		return len(list) < limit
	})
	return list, err
}

// KeyOf is what the register's logs told of a key.
func (v *View) KeyOf(address common.Address) (KeyRecord, bool, error) {
	value, err := v.get(key(kindKey, address[:]))
	if err != nil {
		return KeyRecord{}, false, err
	}
	k, ok := decodeKey(value)
	return k, ok, nil
}

func wordPrefix(word string) []byte { return append(key(kindWord), word...) }

// maxWord bounds a word of a name in the index, in runes.
const maxWord = 16

// nameWords are the words a name is found by: runs of letters and digits in lower case; of Han, where nothing tells
// words apart, every place one may begin.
func nameWords(name string) (words []string) {
	for _, run := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		runes := []rune(run)
		for i, r := range runes {
			if i == 0 || unicode.Is(unicode.Han, r) {
				words = append(words, string(runes[i:min(len(runes), i+maxWord)]))
			}
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// PartiesNamed lists organisations in whose name every word of text begins a word, at most limit. Organisations of the
// genesis block are not among them until the register changes them.
func (v *View) PartiesNamed(text string, limit int) (list []PartyRecord, more bool, err error) {
	words := queryWords(text)
	if len(words) == 0 {
		return nil, false, nil
	}
	longest := slices.MaxFunc(words, func(a, b string) int { return len(a) - len(b) })
	prefix := wordPrefix(longest)
	var found []common.Address
	err = v.scan(prefix, after(prefix), func(k, _ []byte) bool {
		if a := common.Address(k[len(k)-20:]); !slices.Contains(found, a) {
			found = append(found, a)
		}
		return len(found) < maxNamed
	})
	if err != nil {
		return nil, false, err
	}
	for _, a := range found {
		p, ok, err := readParty(v.get, a)
		if err != nil {
			return nil, false, err
		}
		if !ok || !NameHas(p.Name, text) { // it had the word once
			continue
		}
		if more = len(list) == limit; more {
			return list, true, nil
		}
		list = append(list, p)
	}
	return list, len(found) == maxNamed, nil
}

// maxNamed bounds how many organisations one search by name looks at.
const maxNamed = 200

func queryWords(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// NameHas says whether every word of text begins a word of the name.
func NameHas(name, text string) bool {
	words, asked := nameWords(name), queryWords(text)
	for _, q := range asked {
		if r := []rune(q); len(r) > maxWord {
			q = string(r[:maxWord])
		}
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, q) }) {
			return false
		}
	}
	return len(asked) > 0
}

// endingPrefix is 64 bits of the last part of a name; with 64 bits of the whole it is as good as idHash.
func endingPrefix(part string) []byte {
	h := idHash(part)
	return key(kindNamed, h[:8])
}

func namedPrefix(name string) []byte {
	h := idHash(name)
	return append(endingPrefix(lastPart(name)), h[:8]...)
}

// lastPart is what follows the last slash of a canonical name, or the last colon of a plain URI.
func lastPart(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[i+1:]
	}
	return name[strings.LastIndexByte(name, ':')+1:]
}

// escapedPart is a serial or lot as canonical names write it.
func escapedPart(part string) string { return gs1.EscapeSegment(part) }

// scanBack calls f with the entries that start with prefix and are below upper, last first, until it answers false.
func (v *View) scanBack(prefix, upper []byte, f func(k, value []byte) (bool, error)) error {
	it, release, err := v.iter(prefix, upper)
	if err != nil {
		return err
	}
	for ok := it.Last(); ok && err == nil; ok = ok && it.Prev() {
		v.entries.Add(1)
		ok, err = f(it.Key(), it.Value())
	}
	if releaseErr := release(); err == nil && releaseErr != nil {
		err = fmt.Errorf("read the index: %w", releaseErr)
	}
	return err
}
