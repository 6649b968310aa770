package proof

import (
	"slices"
	"sort"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// windows leaves out of the trunks of containers what was recorded long before the stay in them.
func (w *work) windows(needs []verify.Need) error {
	for _, n := range needs {
		object, ok := w.named[n.Name]
		if !ok {
			continue
		}
		i, ok := w.lanes[laneID{object, int(format.Trunk)}]
		if !ok {
			continue
		}
		l := &w.p.Lanes[i]
		from := sort.Search(len(l.Leaves)/64, func(k int) bool { // the first checkpoint that is too late
			at := (k + 1) * 64
			return at >= len(l.Leaves) || !n.MayBegin(uint64(w.p.Leaves[l.Leaves[at]].Time))
		}) * 64
		from = w.withNesting(n.Name, l.Leaves, from)
		if from = w.withHandOvers(l.Leaves, from); from == 0 {
			continue
		}
		start, err := w.checkpoint(object, int(format.Trunk), uint64(from))
		if err != nil {
			return err
		}
		word := verify.Word(start)
		l.From, l.Start, l.Leaves = verify.U64(from), &word, l.Leaves[from:]
	}
	w.dropUnused()
	return nil
}

// withNesting is the last checkpoint not after from behind which stands what put the container into another one, if it still
// was in there: it takes the thing along.
func (w *work) withNesting(name string, leaves []int, from int) int {
	inside := -1
	for i, n := range leaves[:from] {
		l := &w.p.Leaves[n]
		if l.Body == nil || l.Kind > int(format.LeafErrorDecl) {
			continue
		}
		e := w.read[n]
		if e == nil || !slices.Contains(e.Children, name) {
			continue
		}
		if inside = i; e.Action == "DELETE" {
			inside = -1
		}
	}
	if inside < 0 {
		return from
	}
	return inside / format.CheckpointEvery * format.CheckpointEvery
}

// withHandOvers is the last checkpoint not after from behind which stand the hand-overs that what is shown then hangs on.
func (w *work) withHandOvers(leaves []int, from int) int {
	last := map[verify.Address]int{} // the latest hand-over to a party so far
	before := make([]int, len(leaves))
	for i, n := range leaves {
		l := &w.p.Leaves[n]
		at, ok := last[l.Party]
		if before[i] = at; !ok {
			before[i] = i
		}
		if l.Next != nil {
			for _, party := range *l.Next {
				last[party] = i
			}
		}
	}
	for i := len(leaves) - 1; i >= from; i-- {
		from = min(from, before[i]/format.CheckpointEvery*format.CheckpointEvery)
	}
	return from
}

func (w *work) checkpoint(object, lane int, count uint64) (common.Hash, error) {
	key := common.Hash(format.LaneKey(format.Lane(lane), w.p.Objects[object].Key()))
	inner := mapSlot(key, slotCheckpoint)
	return w.prover.Word(contracts.HeadsAddr, crypto.Keccak256Hash(common.BigToHash(uint256(count)).Bytes(), inner[:]))
}

// dropUnused takes out leaves that no lane shows any more.
func (w *work) dropUnused() {
	place := make([]int, len(w.p.Leaves))
	for _, l := range w.p.Lanes {
		for _, i := range l.Leaves {
			place[i] = 1
		}
	}
	var kept []verify.Leaf
	for i := range w.p.Leaves {
		if place[i] == 1 {
			place[i] = len(kept)
			kept = append(kept, w.p.Leaves[i])
		} else {
			place[i] = -1
		}
	}
	if len(kept) == len(w.p.Leaves) {
		return
	}
	w.p.Leaves = kept
	for _, l := range w.p.Lanes {
		for j := range l.Leaves {
			l.Leaves[j] = place[l.Leaves[j]]
		}
	}
	for hash, i := range w.leaves {
		if w.leaves[hash] = place[i]; place[i] < 0 {
			delete(w.leaves, hash)
		}
	}
}
