package verify

import "errors"

var errRLP = errors.New("not canonical RLP")

// rlpItem is a byte string or a list of items; raw is its whole encoding.
type rlpItem struct {
	raw   []byte
	bytes []byte // of a string
	list  []rlpItem
	is    bool // a list
}

// maxRLPDepth is more than any header, account or trie node needs.
const maxRLPDepth = 4

// parseRLP reads one item and refuses what isn't the one canonical encoding of it.
func parseRLP(b []byte) (rlpItem, error) {
	item, rest, err := readRLP(b, 0)
	if err == nil && len(rest) != 0 {
		err = errRLP
	}
	return item, err
}

func readRLP(b []byte, depth int) (item rlpItem, rest []byte, err error) {
	if len(b) == 0 || depth > maxRLPDepth {
		return item, nil, errRLP
	}
	head, size := 1, 0
	switch c := b[0]; {
	case c < 0x80:
		return rlpItem{raw: b[:1], bytes: b[:1]}, b[1:], nil
	case c < 0xb8:
		size = int(c - 0x80)
	case c < 0xc0:
		head, size, err = longSize(b, int(c-0xb7))
	case c < 0xf8:
		item.is, size = true, int(c-0xc0)
	default:
		item.is = true
		head, size, err = longSize(b, int(c-0xf7))
	}
	if err != nil || size > len(b)-head {
		return item, nil, errRLP
	}
	item.raw, rest = b[:head+size], b[head+size:]
	body := b[head : head+size]
	if !item.is {
		if size == 1 && body[0] < 0x80 {
			return item, nil, errRLP // should stand for itself
		}
		item.bytes = body
		return item, rest, nil
	}
	for len(body) > 0 {
		var child rlpItem
		if child, body, err = readRLP(body, depth+1); err != nil {
			return item, nil, err
		}
		item.list = append(item.list, child)
	}
	return item, rest, nil
}

func longSize(b []byte, n int) (head, size int, err error) {
	if n > 4 || len(b) < 1+n || b[1] == 0 {
		return 0, 0, errRLP
	}
	for _, c := range b[1 : 1+n] {
		size = size<<8 | int(c)
	}
	if size < 56 {
		return 0, 0, errRLP
	}
	return 1 + n, size, nil
}

// number reads a big-endian number without leading zeros of at most n bytes.
func (i rlpItem) number(n int) ([]byte, error) {
	if i.is || len(i.bytes) > n || len(i.bytes) > 0 && i.bytes[0] == 0 {
		return nil, errRLP
	}
	return i.bytes, nil
}

func (i rlpItem) uint64() (v uint64, err error) {
	b, err := i.number(8)
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, err
}
