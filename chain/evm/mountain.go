package evm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Mountain keeps the nodes of the Merkle mountain range over all EVM blocks, so that any header proves
// every older block. Leaf i is the EVM block with number i.
//
// Nodes are keyed by (level, index) and never change once the blocks under them are final, so the store
// may be ahead of a replaying go-ethereum without harm, and a range of any earlier count can be read.
type Mountain struct {
	db *pebble.DB
}

const mountainPrefix = 'm'

func mountainKey(level uint8, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{mountainPrefix, level}, index)
}

func leafOf(h *types.Header) (format.Hash, error) {
	height, err := format.ParseExtra(h.Extra)
	if err != nil {
		return format.Hash{}, err
	}
	return format.MountainLeaf(height, format.Hash(h.Hash())), nil
}

// node reads one node; missing is an error that tells which.
func (m *Mountain) node(level uint8, index uint64) (h format.Hash, err error) {
	v, closer, err := m.db.Get(mountainKey(level, index))
	if err != nil {
		return h, fmt.Errorf("mountain range: node %d/%d: %w", level, index, err)
	}
	defer closer.Close()
	if len(v) != len(h) {
		return h, fmt.Errorf("mountain range: node %d/%d has %d bytes", level, index, len(v))
	}
	copy(h[:], v)
	return h, nil
}

// Range is the range over the first count blocks.
func (m *Mountain) Range(count uint64) (format.Mountains, error) {
	r := format.Mountains{Count: count}
	for rest := count; rest != 0; {
		level := bits.Len64(rest) - 1
		// The peak of this size stands right after all larger ones.
		index := (count >> (level + 1)) << 1
		peak, err := m.node(uint8(level), index)
		if err != nil {
			return r, err
		}
		r.Peaks = append(r.Peaks, peak)
		rest &^= 1 << level
	}
	return r, nil
}

// Root is the root over all blocks up to and including the parent of the block with this number: what
// that block must carry as ParentBeaconRoot.
func (m *Mountain) Root(number uint64) (common.Hash, error) {
	r, err := m.Range(number)
	return common.Hash(r.Root()), err
}

// put adds the leaf of one header to the batch, given the range before it.
func put(batch *pebble.Batch, before format.Mountains, h *types.Header) (format.Mountains, error) {
	leaf, err := leafOf(h)
	if err != nil {
		return before, err
	}
	next, created := before.Append(leaf)
	for level, node := range created {
		if err := batch.Set(mountainKey(uint8(level), before.Count>>level), node[:], nil); err != nil {
			return before, err
		}
	}
	return next, nil
}

// Add stores the leaf of a new head. The caller's batch makes it durable.
func (m *Mountain) Add(batch *pebble.Batch, head *types.Header) error {
	before, err := m.Range(head.Number.Uint64())
	if err != nil {
		return err
	}
	_, err = put(batch, before, head)
	return err
}

// Repair makes the store complete up to and including head: from the headers when it is missing nodes
// or doesn't give the root that head carries.
func (m *Mountain) Repair(head *types.Header, header func(number uint64) *types.Header) error {
	number := head.Number.Uint64()
	before, err := m.Range(number)
	good := err == nil && (number == 0 || common.Hash(before.Root()) == *head.ParentBeaconRoot)
	if err != nil && !errors.Is(err, pebble.ErrNotFound) {
		return err
	}
	batch := m.db.NewBatch()
	defer func() { batch.Close() }()
	if !good {
		before = format.Mountains{}
		for n := uint64(0); n < number; n++ {
			h := header(n)
			if h == nil {
				return fmt.Errorf("mountain range: header %d is missing", n)
			}
			if before, err = put(batch, before, h); err != nil {
				return err
			}
			if batch.Len() > 1<<20 {
				if err := batch.Commit(pebble.NoSync); err != nil {
					return err
				}
				batch = m.db.NewBatch()
			}
		}
		if number > 0 && common.Hash(before.Root()) != *head.ParentBeaconRoot {
			return fmt.Errorf("mountain range: headers 0 to %d don't give the root that header %d carries", number-1, number)
		}
	}
	if _, err := put(batch, before, head); err != nil {
		return err
	}
	return batch.Commit(pebble.Sync)
}

// Path proves the leaf of block i under the range that the block with number count carries: the siblings from the leaf
// to its peak, and the other peaks, highest first.
func (m *Mountain) Path(i, count uint64) (siblings, peaks []format.Hash, err error) {
	if i >= count {
		return nil, nil, fmt.Errorf("mountain range: block %d is not before block %d", i, count)
	}
	r, err := m.Range(count)
	if err != nil {
		return nil, nil, err
	}
	height := bits.Len64(count^i) - 1 // of the tree that holds i
	for level := range height {
		node, err := m.node(uint8(level), i>>level^1)
		if err != nil {
			return nil, nil, err
		}
		siblings = append(siblings, node)
	}
	ours := bits.OnesCount64(count >> (height + 1))
	return siblings, append(append(peaks, r.Peaks[:ours]...), r.Peaks[ours+1:]...), nil
}
