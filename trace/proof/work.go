package proof

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

func uint256(n uint64) *big.Int { return new(big.Int).SetUint64(n) }

// work is the building of one proof.
type work struct {
	*Builder
	ctx    context.Context
	p      *verify.Proof
	prover *evm.Prover
	view   *index.View
	// patient: records that the state doesn't hold yet are waited for.
	patient bool

	objects map[common.Hash]int // by key: place in the proof
	named   map[string]int
	lanes   map[laneID]int
	leaves  map[common.Hash]int
	events  map[string][]*verify.Event // on the trunks of named objects
	read    map[int]*verify.Event      // of leaves: an event stands on the trunks of all its objects
	bodies  int                        // bytes
	total   int                        // leaves
	omitted map[string]bool
	asked   map[format.Object]bool     // whether it has a trunk of its own
	revoked *bool                      // whether any licence ever was
	digits  map[verify.U64]verify.Word // of the prefixes of licences
	listed  map[common.Hash]bool       // roots of the lists that the subject is in
	on      []string                   // objects on whose trunks those lists stand
}

type laneID struct{ object, lane int }

func newWork(ctx context.Context, b *Builder, p *verify.Proof, prover *evm.Prover, view *index.View) *work {
	return &work{Builder: b, ctx: ctx, p: p, prover: prover, view: view, objects: map[common.Hash]int{}, named: map[string]int{},
		lanes: map[laneID]int{}, leaves: map[common.Hash]int{}, events: map[string][]*verify.Event{}, read: map[int]*verify.Event{},
		omitted: map[string]bool{}, asked: map[format.Object]bool{}, digits: map[verify.U64]verify.Word{}}
}

// object fills a proof of a named thing: what its story needs, found by looking at the events that are there until
// nothing new turns up; then who wrote them.
func (w *work) object(name string) error {
	if err := w.findLists(name); err != nil {
		return err
	}
	var needs []verify.Need
	for known := -1; known != len(w.events); {
		known = len(w.events)
		needs = verify.Needs(name, w.on, w.eventsFor(name))
		for _, n := range needs {
			if err := w.need(n); err != nil {
				return err
			}
		}
	}
	if err := w.windows(needs); err != nil {
		return err
	}
	if err := w.openLists(needs); err != nil {
		return err
	}
	if err := w.licences(); err != nil {
		return err
	}
	if err := w.prefixes(needs); err != nil {
		return err
	}
	return w.entitled()
}

// need takes an object with its lanes into the proof, or lists it as omitted.
func (w *work) need(n verify.Need) error {
	if _, ok := w.named[n.Name]; ok || w.omitted[n.Name] {
		return nil
	}
	o, ok, err := w.resolve(n.Name)
	if err != nil {
		return err
	}
	optional := n.Relation == verify.RelationContainer || n.Relation == verify.RelationInput
	switch {
	case !ok && !optional:
		return fmt.Errorf("%s %w", n.Name, ErrUnprovable)
	case !ok:
		w.omit(n.Name, verify.OmittedUnknown)
		return nil
	case optional && len(w.named) >= MaxObjects:
		w.omit(n.Name, verify.OmittedLimit)
		return nil
	}
	o.Name = &n.Name
	i := w.add(o)
	w.named[n.Name] = i
	w.events[n.Name] = nil
	if err := w.lanesOf(i, n.Relation); err != nil {
		return err
	}
	return w.old(i)
}

// lanesOf takes the lanes of a thing into the proof.
func (w *work) lanesOf(i int, relation verify.Relation) error {
	if relation == verify.RelationClass {
		return w.notices(i)
	}
	if relation == verify.RelationSubject {
		if err := w.notes(i); err != nil {
			return err
		}
	}
	lane, err := w.lane(i, int(format.Trunk))
	if err != nil {
		return err
	}
	w.events[*w.p.Objects[i].Name] = w.eventsOf(lane)
	if !format.Noticed(format.Hash(w.p.Lanes[lane].Head)) {
		return nil // the trunk's word says that there are none
	}
	return w.notices(i)
}

func (w *work) notices(object int) error {
	_, err := w.lane(object, int(format.Notice))
	return err
}

func (w *work) omit(name, reason string) {
	w.omitted[name] = true
	w.p.Omitted = append(w.p.Omitted, verify.OmittedThing{Name: name, Reason: reason})
}

// resolve finds the object a name stands for: where its licence decides, the one it was recorded as.
func (w *work) resolve(name string) (verify.Object, bool, error) {
	list := verify.Candidates(name)
	if len(list) < 2 {
		return append(list, verify.Object{})[0], len(list) == 1, nil
	}
	id, err := gs1.Parse(linkOf(name))
	if err != nil {
		return verify.Object{}, false, nil
	}
	known, err := w.view.Named(id.String())
	if err != nil {
		return verify.Object{}, false, err
	}
	found, ok, now := list[0], false, false // under the catch-all licence of a test network
	for i, o := range list {
		if len(known) > 0 && !slices.Contains(known, common.Hash(o.Key())) || len(known) == 0 && i > 0 {
			continue
		}
		current, err := w.current(&o)
		if err != nil {
			return verify.Object{}, false, err
		}
		past, err := w.past(&o)
		if err != nil {
			return verify.Object{}, false, err
		}
		if current.ID == 0 && now {
			continue // recorded while the name was split at another place
		}
		found, ok, now = o, current.ID != 0 || len(past) > 0, current.ID != 0
	}
	return found, ok, nil
}

// add takes an object into the proof, once.
func (w *work) add(o verify.Object) int {
	key := common.Hash(o.Key())
	if i, ok := w.objects[key]; ok {
		return i
	}
	i := len(w.p.Objects)
	w.p.Objects = append(w.p.Objects, o)
	w.objects[key] = i
	return i
}

// head reads and proves the head of a lane.
func (w *work) head(object, lane int) (key, word common.Hash, err error) {
	key = common.Hash(format.LaneKey(format.Lane(lane), w.p.Objects[object].Key()))
	word, err = w.prover.Word(contracts.HeadsAddr, mapSlot(key, slotHead))
	return key, word, err
}

func (w *work) notes(object int) error {
	_, word, err := w.head(object, int(format.Notes))
	if err == nil {
		w.p.Lanes = append(w.p.Lanes, verify.Lane{Object: object, Lane: int(format.Notes), Head: verify.Word(word)})
	}
	return err
}

// lane takes a whole lane into the proof, once; windows may shorten it later.
func (w *work) lane(object, lane int) (int, error) { return w.stretch(object, lane, math.MaxUint64) }

// stretch takes a lane into the proof, once, from the last checkpoint on that shows at least the number of leaves given.
func (w *work) stretch(object, lane int, most uint64) (int, error) {
	if i, ok := w.lanes[laneID{object, lane}]; ok {
		return i, nil
	}
	key, word, err := w.head(object, lane)
	if err != nil {
		return 0, err
	}
	head := format.HeadFromWord(format.Hash(word))
	l := verify.Lane{Object: object, Lane: lane, Head: verify.Word(word)}
	from := (head.Count - min(most, head.Count)) / format.CheckpointEvery * format.CheckpointEvery
	if from > 0 {
		start, err := w.checkpoint(object, lane, from)
		if err != nil {
			return 0, err
		}
		word := verify.Word(start)
		l.From, l.Start = verify.U64(from), &word
	}
	if w.total += int(min(head.Count-from, MaxLeaves+1)); w.total > MaxLeaves {
		return 0, ErrTooLarge
	}
	if head.Count > 0 {
		list, err := w.view.Leaves(key, from, int(head.Count-from))
		if err != nil {
			return 0, err
		}
		if uint64(len(list)) != head.Count-from {
			return 0, fmt.Errorf("the index has %d of %d leaves of lane %s behind %d", len(list), head.Count-from, key, from)
		}
		for _, leaf := range list {
			i, err := w.leaf(leaf, &w.p.Objects[object])
			if err != nil {
				return 0, err
			}
			l.Leaves = append(l.Leaves, i)
		}
	}
	i := len(w.p.Lanes)
	w.p.Lanes = append(w.p.Lanes, l)
	w.lanes[laneID{object, lane}] = i
	return i, nil
}

// leaf takes a leaf into the proof, once, with its content.
func (w *work) leaf(l index.Leaf, o *verify.Object) (int, error) {
	if i, ok := w.leaves[l.Hash]; ok {
		return i, nil
	}
	var out verify.Leaf
	switch {
	case l.Change != nil:
		c, err := w.view.Change(common.BytesToAddress(o.Primary[:]), *l.Change)
		if err != nil {
			return 0, err
		}
		_, _, f := c.Leaf(w.index.Chain())
		out = verify.Leaf{Party: verify.Address(f.Party), Key: verify.Address(f.Key), Kind: int(f.Kind), Time: verify.U64(f.BlockTime),
			Commitment: verify.Word(f.Commitment), Record: &verify.Record{Topic: verify.Word(c.Topic), Data: c.Data}}
	case l.HasRecord:
		r, err := w.view.Record(l.Seq)
		if err != nil {
			return 0, err
		}
		out = verify.Leaf{Party: verify.Address(r.Party), Key: verify.Address(r.LeafKey()), Kind: int(r.Kind), Time: verify.U64(r.BlockTime),
			Commitment: verify.Word(r.Commitment)}
		if len(r.Next) > 0 {
			next := make(verify.List[verify.Address], len(r.Next))
			for j, a := range r.Next {
				next[j] = verify.Address(a)
			}
			out.Next = &next
		}
		switch {
		case r.Damaged:
		case format.LeafKind(r.Kind) == format.LeafList:
			head, err := epcis.ParseListHead(r.Body)
			if err != nil {
				return 0, err
			}
			out.List = &verify.Head{Count: verify.U64(head.Count), Top: verify.Word(head.Top)}
		default:
			if stub, ok := r.Sealed(); ok {
				shown, err := w.vault.Disclosed(vault.Ref{Commitment: r.Commitment, Party: r.Party}, stub)
				if err != nil {
					return 0, err
				}
				out.Sealed = verify.NewSealed(shown)
				for _, f := range shown.Fields {
					w.bodies += len(f.Pointer) + len(f.Value)
				}
				if w.bodies += 32 * len(shown.Hashes); w.bodies > MaxBodies {
					return 0, ErrTooLarge
				}
				break
			}
			body := string(r.Body)
			if w.bodies += len(body); w.bodies > MaxBodies {
				return 0, ErrTooLarge
			}
			out.Body = &body
		}
	default:
		return 0, fmt.Errorf("the index doesn't know what leaf %s stands for", l.Hash)
	}
	i := len(w.p.Leaves)
	w.p.Leaves = append(w.p.Leaves, out)
	w.leaves[l.Hash] = i
	return i, nil
}

// errYoung says that a proof's thing has a record that the state proven doesn't hold yet.
var errYoung = errors.New("a record is younger than the latest signed header")

// old refuses a thing, taken into the proof, on whose trunk or notice lane the index knows more records than the proven state
// holds. A trunk without mark proves that there are no notices. Notes aren't looked at: anybody may make them.
func (w *work) old(object int) error {
	if !w.patient {
		return nil
	}
	for _, lane := range []format.Lane{format.Trunk, format.Notice} {
		var proven uint64
		if i, ok := w.lanes[laneID{object, int(lane)}]; ok {
			proven = format.HeadFromWord(format.Hash(w.p.Lanes[i].Head)).Count
		} else if lane == format.Trunk {
			continue // a class: only its notices are shown
		}
		known, err := w.view.Head(common.Hash(format.LaneKey(lane, w.p.Objects[object].Key())))
		if err != nil {
			return err
		}
		if known.Count > proven {
			return errYoung
		}
	}
	return nil
}

func (w *work) eventsOf(lane int) (list []*verify.Event) {
	for _, i := range w.p.Lanes[lane].Leaves {
		l := &w.p.Leaves[i]
		if l.Body != nil && l.Kind <= int(format.LeafErrorDecl) {
			e, known := w.read[i]
			if !known {
				e, _ = verify.ReadEvent(*l.Body)
				w.read[i] = e
			}
			if e != nil {
				list = append(list, e)
			}
		}
	}
	return list
}
