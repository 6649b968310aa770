package format

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// ExtraLen is the length of an EVM header's Extra: the Comet height and nothing else.
const ExtraLen = 8

// Extra is the header field of the EVM block at a Comet height.
func Extra(height int64) []byte { return bytesUint64(uint64(height)) }

// ParseExtra reads the Comet height back; any other length is refused.
func ParseExtra(extra []byte) (int64, error) {
	if len(extra) != ExtraLen {
		return 0, fmt.Errorf("header.Extra: %d bytes, want %d", len(extra), ExtraLen)
	}
	h := binary.BigEndian.Uint64(extra)
	if h > 1<<62 {
		return 0, fmt.Errorf("header.Extra: height %d is out of range", h)
	}
	return int64(h), nil
}

// MountainLeaf is keccak256(0x00 ‖ u64 cometHeight ‖ evmHash) of one EVM block.
func MountainLeaf(height int64, evmHash Hash) Hash {
	return Keccak([]byte{0}, bytesUint64(uint64(height)), evmHash[:])
}

// MountainNode is keccak256(0x01 ‖ left ‖ right).
func MountainNode(l, r Hash) Hash { return treeNode(l, r) }

// Mountains is a Merkle mountain range over all EVM blocks so far, reduced to what the next append
// and the root need: the number of leaves and the peaks, highest first. The zero value is empty.
type Mountains struct {
	Count uint64
	Peaks []Hash
}

// Append returns the range with one more leaf; the receiver stays as it was. The nodes it creates,
// lowest first, are what a store must keep to prove old leaves later.
func (m Mountains) Append(leaf Hash) (next Mountains, created []Hash) {
	peaks := append([]Hash(nil), m.Peaks...)
	node := leaf
	created = append(created, node)
	// Every trailing 1 bit of the count is a peak of the same size as node.
	for merges := bits.TrailingZeros64(^m.Count); merges > 0; merges-- {
		node = MountainNode(peaks[len(peaks)-1], node)
		peaks = peaks[:len(peaks)-1]
		created = append(created, node)
	}
	return Mountains{Count: m.Count + 1, Peaks: append(peaks, node)}, created
}

// Root is keccak256(0x02 ‖ u64 leafCount ‖ bag), the header's ParentBeaconRoot; the peaks are bagged
// from the right. The root of an empty range is zero and stands in no block.
func (m Mountains) Root() Hash {
	if len(m.Peaks) == 0 {
		return Hash{}
	}
	bag := m.Peaks[len(m.Peaks)-1]
	for i := len(m.Peaks) - 2; i >= 0; i-- {
		bag = MountainNode(m.Peaks[i], bag)
	}
	return Keccak([]byte{2}, bytesUint64(m.Count), bag[:])
}
