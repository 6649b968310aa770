package verify

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// evmHeader is what a proof needs of an EVM header.
type evmHeader struct {
	hash   format.Hash
	root   format.Hash // of the state
	number uint64
	time   uint64
	height int64       // of the CometBFT block that carried it
	range_ format.Hash // root of the mountain range over all earlier blocks; zero in genesis
}

func parseHeader(raw []byte) (h evmHeader, err error) {
	item, err := parseRLP(raw)
	if err != nil {
		return h, err
	}
	if len(item.list) < 20 || len(item.list[3].bytes) != 32 {
		return h, errors.New("the block is no EVM header of this ledger")
	}
	h.hash, h.root = format.Keccak(raw), format.Hash(item.list[3].bytes)
	if h.number, err = item.list[8].uint64(); err != nil {
		return h, err
	}
	if h.time, err = item.list[11].uint64(); err != nil {
		return h, err
	}
	if h.height, err = format.ParseExtra(item.list[12].bytes); err != nil {
		return h, err
	}
	if b := item.list[19].bytes; len(b) == 32 {
		h.range_ = format.Hash(b)
	}
	return h, nil
}

// proves checks that the range under a younger header holds an older block.
func (a *Ancestry) proves(older evmHeader) (younger evmHeader, err error) {
	if younger, err = parseHeader(a.Block); err != nil {
		return younger, fmt.Errorf("the younger block: %w", err)
	}
	count, i := younger.number, older.number
	if i >= count {
		return younger, fmt.Errorf("block %d is not older than block %d", i, count)
	}
	// The tree that holds leaf i is that of the highest bit in which count and i differ.
	height := bits.Len64(count^i) - 1
	node := format.MountainLeaf(older.height, older.hash)
	if len(a.Path) != height || len(a.Peaks) != bits.OnesCount64(count)-1 {
		return younger, fmt.Errorf("%d siblings and %d other peaks, want %d and %d", len(a.Path), len(a.Peaks), height, bits.OnesCount64(count)-1)
	}
	for level, sibling := range a.Path {
		if i>>level&1 == 1 {
			node = format.MountainNode(format.Hash(sibling), node)
		} else {
			node = format.MountainNode(node, format.Hash(sibling))
		}
	}
	ours := bits.OnesCount64(count >> (height + 1)) // peaks higher than ours
	m := format.Mountains{Count: count}
	for j := 0; j <= len(a.Peaks); j++ {
		switch {
		case j < ours:
			m.Peaks = append(m.Peaks, format.Hash(a.Peaks[j]))
		case j == ours:
			m.Peaks = append(m.Peaks, node)
		default:
			m.Peaks = append(m.Peaks, format.Hash(a.Peaks[j-1]))
		}
	}
	if m.Root() != younger.range_ {
		return younger, fmt.Errorf("block %d is not under the range of block %d", older.number, count)
	}
	return younger, nil
}
