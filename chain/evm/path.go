package evm

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/triedb/database"
)

// paths walks the Merkle Patricia tries of one state (Ethereum yellow paper, appendix D) and keeps the nodes on its ways:
// they prove what it read. go-ethereum's Trie.Prove encodes and hashes every node of a way anew for each key; here a node
// is read once, whatever number of keys lies behind it, and goes into the proof as the database has it.
type paths struct {
	reader database.NodeReader
	nodes  map[common.Hash][]byte
	list   [][]byte // the same, in the order in which they came
}

func newPaths(reader database.NodeReader) *paths {
	return &paths{reader: reader, nodes: make(map[common.Hash][]byte)}
}

var errNode = errors.New("a trie node has a form that no trie has")

// value is what a trie holds under a key's hash, nil if nothing. owner is the hash of the account whose storage it is, zero
// for the accounts themselves.
func (p *paths) value(owner, root, key common.Hash) ([]byte, error) {
	if root == types.EmptyRootHash {
		return nil, nil
	}
	way := nibbles(key[:])
	node, err := p.load(owner, nil, root)
	for at := 0; err == nil; {
		var kind rlp.Kind
		var child, content []byte
		if child, at, err = follow(node, way, at); err != nil || child == nil {
			return nil, err
		}
		if kind, content, _, err = rlp.Split(child); err != nil {
			return nil, err
		}
		switch {
		case at == len(way):
			return content, nil
		case kind == rlp.List:
			node = child // shorter than a hash: it stands in its parent
		case len(content) == 0:
			return nil, nil
		case len(content) == common.HashLength:
			node, err = p.load(owner, way[:at], common.Hash(content))
		default:
			return nil, errNode
		}
	}
	return nil, err
}

func (p *paths) load(owner common.Hash, path []byte, hash common.Hash) ([]byte, error) {
	if node, ok := p.nodes[hash]; ok {
		return node, nil
	}
	node, err := p.reader.Node(owner, path, hash)
	if err != nil {
		return nil, err
	}
	if len(node) == 0 {
		return nil, fmt.Errorf("trie node %s at %x is missing", hash, path)
	}
	p.nodes[hash] = node
	p.list = append(p.list, node)
	return node, nil
}

// follow goes one node further on a way of nibbles, of which those before at are behind it: the encoded item that comes
// next, nil if the way ends here, and the place on the way.
func follow(node, way []byte, at int) (item []byte, next int, err error) {
	items, _, err := rlp.SplitList(node)
	if err != nil {
		return nil, at, err
	}
	count, err := rlp.CountValues(items)
	if err != nil {
		return nil, at, err
	}
	switch count {
	case 17:
		item, err = itemAt(items, int(way[at]))
		return item, at + 1, err
	case 2:
		compact, rest, err := rlp.SplitString(items)
		if err != nil || len(compact) == 0 {
			return nil, at, errNode
		}
		part := nibbles(compact)
		if part[0]&1 == 1 { // of odd length: it begins behind the flags
			part = part[1:]
		} else {
			part = part[2:]
		}
		if !bytes.HasPrefix(way[at:], part) {
			return nil, at, nil
		}
		return rest, at + len(part), nil
	}
	return nil, at, errNode
}

// itemAt is the i-th of encoded items, with its head.
func itemAt(items []byte, i int) ([]byte, error) {
	for ; ; i-- {
		_, _, rest, err := rlp.Split(items)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			return items[:len(items)-len(rest)], nil
		}
		items = rest
	}
}

func nibbles(b []byte) []byte {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, c>>4, c&15)
	}
	return out
}
