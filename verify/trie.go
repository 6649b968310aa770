package verify

import (
	"errors"
	"fmt"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// trieNodes are the nodes of tries, found by their hash. It remembers which were used.
type trieNodes struct {
	byHash map[format.Hash][]byte
	used   map[format.Hash]bool
}

func newTrieNodes(list []Hex) *trieNodes {
	t := &trieNodes{byHash: make(map[format.Hash][]byte, len(list)), used: make(map[format.Hash]bool, len(list))}
	for _, n := range list {
		t.byHash[format.Keccak(n)] = n
	}
	return t
}

var (
	emptyTrie = format.Keccak([]byte{0x80})
	emptyCode = format.Keccak(nil)
	errNode   = errors.New("a trie node has a form that no trie has")
)

// get looks up keccak(key) under a root; nil if it isn't there.
func (t *trieNodes) get(root format.Hash, key []byte) ([]byte, error) {
	if root == emptyTrie {
		return nil, nil
	}
	hash := format.Keccak(key)
	path := nibbles(hash[:])
	node, err := t.load(root)
	for {
		if err != nil {
			return nil, err
		}
		var child rlpItem
		switch len(node.list) {
		case 17:
			if len(path) == 0 {
				return valueOf(node.list[16])
			}
			child, path = node.list[path[0]], path[1:]
		case 2:
			part, leaf, err := compactPath(node.list[0])
			if err != nil {
				return nil, err
			}
			if len(part) > len(path) || string(path[:len(part)]) != string(part) {
				return nil, nil
			}
			if path = path[len(part):]; leaf {
				if len(path) != 0 {
					return nil, nil
				}
				return valueOf(node.list[1])
			}
			if len(part) == 0 {
				return nil, errNode // would go round in circles
			}
			child = node.list[1]
		default:
			return nil, errNode
		}
		switch {
		case child.is:
			node = child
		case len(child.bytes) == 0:
			return nil, nil
		case len(child.bytes) == 32:
			node, err = t.load(format.Hash(child.bytes))
		default:
			return nil, errNode
		}
	}
}

func (t *trieNodes) load(hash format.Hash) (rlpItem, error) {
	raw, ok := t.byHash[hash]
	if !ok {
		return rlpItem{}, fmt.Errorf("trie node %s is not in the file", Word(hash))
	}
	t.used[hash] = true
	node, err := parseRLP(raw)
	if err != nil || !node.is {
		return rlpItem{}, errNode
	}
	return node, nil
}

func valueOf(item rlpItem) ([]byte, error) {
	if item.is {
		return nil, errNode
	}
	if len(item.bytes) == 0 {
		return nil, nil
	}
	return item.bytes, nil
}

func nibbles(b []byte) []byte {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, c>>4, c&15)
	}
	return out
}

// compactPath reads a hex-prefix encoded path.
func compactPath(item rlpItem) (path []byte, leaf bool, err error) {
	if item.is || len(item.bytes) == 0 || item.bytes[0] >= 0x40 {
		return nil, false, errNode
	}
	flags := item.bytes[0] >> 4
	path = nibbles(item.bytes)
	if flags&1 == 1 {
		return path[1:], flags&2 != 0, nil
	}
	if path[1] != 0 {
		return nil, false, errNode
	}
	return path[2:], flags&2 != 0, nil
}

// account is what the state trie holds of a contract.
type account struct{ storage, code format.Hash }

func (t *trieNodes) account(root format.Hash, a Address) (acc account, err error) {
	v, err := t.get(root, a[:])
	if err != nil {
		return acc, err
	}
	if v == nil {
		return acc, fmt.Errorf("there is no account at %s", a)
	}
	item, err := parseRLP(v)
	if err != nil || len(item.list) != 4 || len(item.list[2].bytes) != 32 || len(item.list[3].bytes) != 32 {
		return acc, errNode
	}
	return account{format.Hash(item.list[2].bytes), format.Hash(item.list[3].bytes)}, nil
}

// word reads a storage slot; what isn't there is zero.
func (t *trieNodes) word(root format.Hash, slot format.Hash) (w Word, err error) {
	v, err := t.get(root, slot[:])
	if err != nil || v == nil {
		return w, err
	}
	item, err := parseRLP(v)
	if err != nil {
		return w, errNode
	}
	n, err := item.number(32)
	if err != nil || len(n) == 0 {
		return w, errNode
	}
	copy(w[32-len(n):], n)
	return w, nil
}

// mapSlot is where a mapping at a place keeps the value of a key.
func mapSlot(key, place format.Hash) format.Hash { return format.Keccak(key[:], place[:]) }
