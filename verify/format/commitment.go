package format

import "fmt"

// Form says what the root of a commitment is the root of.
type Form uint8

// The forms of a commitment.
const (
	Open   Form = 0 // root is the sha256 of the canonical body
	Sealed Form = 1 // root of a salted field tree
	Listed Form = 2 // root of a list of objects
	// Registry commits to a change of a party, key or licence: root is the keccak256 of the first topic and
	// the data of the log in which Parties tells it.
	Registry Form = 3
	HandOver Form = 4 // see HandedOver
)

// Commitment is keccak256(abi.encode(COMMIT_V1, form, root)).
func Commitment(form Form, root Hash) Hash {
	return keccakWords(CommitV1, wordUint(uint64(form)), root)
}

// HandedOver is what a leaf commits to whose objects are handed over: Commitment(HandOver, keccak256(commitment ‖
// keccak256(abi(next…)))), of the event's own commitment and the parties that may write to the objects' trunks from then on.
// Without any it is the event's own.
func HandedOver(commitment Hash, next []Address) Hash {
	if len(next) == 0 {
		return commitment
	}
	words := make([]Hash, len(next))
	for i, a := range next {
		words[i] = wordAddress(a)
	}
	receivers := keccakWords(words...)
	return Commitment(HandOver, keccakWords(commitment, receivers))
}

// SealedField is one field of a sealed body: an RFC 6901 pointer, the canonical JSON of its value
// and the salt that keeps a short value from being guessed.
type SealedField struct {
	Salt    Hash
	Pointer string
	Value   []byte
}

// Leaf is keccak256(0x00 ‖ salt ‖ pointer ‖ 0x00 ‖ value).
func (f SealedField) Leaf() Hash {
	return Keccak([]byte{0}, f.Salt[:], []byte(f.Pointer), []byte{0}, f.Value)
}

// SealedRoot is keccak256(0x02 ‖ u64 count ‖ top) over the leaves of the fields in the order of their
// pointers. It refuses an empty body and repeated or unordered pointers.
func SealedRoot(fields []SealedField) (Hash, error) {
	top, err := SealedTop(fields)
	if err != nil {
		return Hash{}, err
	}
	return sealedRootOf(uint64(len(fields)), top), nil
}

// SealedTop is the top of the tree over fields, the one hash of a Redacted that shows none of them. It refuses what
// SealedRoot does.
func SealedTop(fields []SealedField) (Hash, error) {
	leaves, err := sealedLeaves(fields)
	if err != nil {
		return Hash{}, err
	}
	return treeTop(leaves), nil
}

func sealedLeaves(fields []SealedField) ([]Hash, error) {
	if len(fields) == 0 {
		return nil, fmt.Errorf("sealed body: no fields")
	}
	leaves := make([]Hash, len(fields))
	for i, f := range fields {
		if i > 0 && fields[i-1].Pointer >= f.Pointer {
			return nil, fmt.Errorf("sealed body: pointer %q must come after %q", f.Pointer, fields[i-1].Pointer)
		}
		leaves[i] = f.Leaf()
	}
	return leaves, nil
}

func sealedRootOf(count uint64, top Hash) Hash { return Keccak([]byte{2}, bytesUint64(count), top[:]) }

// treeNode joins two subtrees: keccak256(0x01 ‖ l ‖ r).
func treeNode(l, r Hash) Hash { return Keccak([]byte{1}, l[:], r[:]) }

// treeTop folds leaves pairwise, level by level; the odd one out at the end of a level moves up as it
// is. The count bound beside the top makes that safe.
func treeTop(leaves []Hash) Hash {
	level := append([]Hash(nil), leaves...)
	for len(level) > 1 {
		level = foldLevel(level)
	}
	return level[0]
}

// foldLevel folds one level of a tree in place.
func foldLevel(level []Hash) []Hash {
	up := level[:0]
	for i := 0; i+1 < len(level); i += 2 {
		up = append(up, treeNode(level[i], level[i+1]))
	}
	if len(level)%2 == 1 {
		up = append(up, level[len(level)-1])
	}
	return up
}
