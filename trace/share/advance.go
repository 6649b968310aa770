package share

import (
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// work is what the asking goroutine knows.
type work struct {
	wants   map[vault.Ref]*want
	penalty map[peer.ID]time.Time // until when a peer isn't asked for bodies
	heard   map[peer.ID]time.Time // when a peer was asked for erasures last

	erasures int // when wants were compared with them last

	started  bool
	operator common.Address // as of the last look at the index
	height   uint64         // up to which records were looked at
	review   review
}

// review is a walk through all sealed events of the ledger.
type review struct {
	on    bool
	at    vault.Ref
	again bool // something came that it may have gone past
}

func newWork() work {
	return work{wants: make(map[vault.Ref]*want), penalty: make(map[peer.ID]time.Time), heard: make(map[peer.ID]time.Time)}
}

// Bounds of one step through the index.
const (
	stepBlocks = 100
	stepSealed = 500
	// maxWanted is how many wants are kept in memory; a review goes on when there is room.
	maxWanted = 20_000
	// maxSealedOf bounds the sealed events of one object that a party's joining its way opens.
	maxSealedOf = 100_000
)

// advance looks at what the index has learned, and answers whether there is more to look at. What was there before the
// node started, before it got another operator, or before this operator took a party over, is looked at in a review: an
// index by party of all that it is on the way of would cost every record more than such a walk, which is rare. sponsored
// are the parties that got another sponsor.
func (s *Service) advance(sponsored []common.Address) (more bool, err error) {
	v, err := s.index.View()
	if err != nil {
		return false, err
	}
	defer func() { _ = v.Close() }() // read only
	w := &s.work
	operator := s.Operator()
	if !w.started {
		w.height = uint64(v.Position().Height)
	}
	if !w.started || operator != w.operator {
		w.started, w.operator, w.review = true, operator, review{on: true}
	}
	for _, party := range sponsored {
		sponsor, err := s.sponsors.of(s.ctx, v, party)
		if err != nil {
			w.review.again = true // it may be ours
			return false, err
		}
		w.review.again = w.review.again || sponsor == operator
	}
	if w.review.again && !w.review.on {
		w.review = review{on: true}
	}
	if operator == (common.Address{}) {
		return false, nil // who isn't registered may have nothing; a review begins when it is
	}
	if w.review.on && len(w.wants) < maxWanted {
		if err := s.reviewStep(v); err != nil {
			return false, err
		}
		more = w.review.on
	}
	behind, err := s.blockStep(v)
	return more && len(w.wants) < maxWanted || behind, err
}

// reviewStep looks at some sealed events.
func (s *Service) reviewStep(v *index.View) error {
	r := &s.work.review
	list, err := v.SealedEvents(r.at.Commitment, r.at.Party, stepSealed)
	if err != nil {
		return err
	}
	for _, seq := range list {
		rec, err := v.Record(seq)
		if err != nil {
			return err
		}
		if err := s.look(v, &rec); err != nil {
			return err
		}
		r.at = vault.Ref{Commitment: rec.Commitment, Party: rec.Party}
	}
	if len(list) < stepSealed {
		*r = review{on: r.again}
	}
	return nil
}

// blockStep looks at the records of some blocks.
func (s *Service) blockStep(v *index.View) (more bool, err error) {
	w := &s.work
	top := uint64(v.Position().Height)
	if w.height >= top {
		return false, nil
	}
	any, err := v.SealedEvents(common.Hash{}, common.Address{}, 1)
	if err != nil {
		return false, err
	}
	if len(any) == 0 { // no way leads to a sealed event
		w.height = top
		return false, nil
	}
	blocks, err := v.BlocksFrom(w.height+1, stepBlocks)
	if err != nil {
		return false, err
	}
	for _, b := range blocks {
		for i := range b.Records {
			if err := s.record(v, index.Seq{Height: b.Height, Index: i}); err != nil {
				return false, err
			}
		}
		w.height = b.Height
	}
	if len(blocks) < stepBlocks {
		w.height = top
	}
	return w.height < top, nil
}

// record looks at one record: it may be a sealed event, and it may put one of this operator's parties on the way of an
// object, which opens the sealed events of that object.
func (s *Service) record(v *index.View, seq index.Seq) error {
	rec, err := v.Record(seq)
	if err != nil {
		return err
	}
	if _, ok := rec.Sealed(); ok {
		if err := s.look(v, &rec); err != nil {
			return err
		}
	}
	if format.Lane(rec.Lane) != format.Trunk {
		return nil
	}
	var ours []common.Address
	for _, p := range append(rec.Next, rec.Party) {
		operator, err := s.sponsors.of(s.ctx, v, p)
		if err != nil {
			return err
		}
		if operator == s.work.operator {
			ours = append(ours, p)
		}
	}
	for _, o := range rec.Objects { // what comes after this record is looked at when it comes
		if joins, err := joining(v, o.Key(), ours, rec.Seq); err != nil {
			return err
		} else if !joins {
			continue
		}
		list, err := v.SealedOf(o.Key(), maxSealedOf)
		if err != nil {
			return err
		}
		for _, seq := range slices.DeleteFunc(list, func(q index.Seq) bool { return q.Compare(rec.Seq) >= 0 }) {
			event, err := v.Record(seq)
			if err != nil {
				return err
			}
			if err := s.look(v, &event); err != nil {
				return err
			}
		}
	}
	return nil
}

// joining says whether one of the parties came onto the way of an object by a record.
func joining(v *index.View, obj common.Hash, parties []common.Address, by index.Seq) (bool, error) {
	for _, p := range parties {
		since, on, err := v.OnWay(obj, p)
		if err != nil || on && since == by {
			return err == nil, err
		}
	}
	return false, nil
}

// look wants the body of a sealed event, if this node may have it and lacks it.
func (s *Service) look(v *index.View, rec *index.Record) error {
	ref := vault.Ref{Commitment: rec.Commitment, Party: rec.Party}
	stub, ok := rec.Sealed()
	if !ok || s.work.wants[ref] != nil {
		return nil
	}
	if has, err := s.vault.Has(ref); has || err != nil {
		return err
	}
	if _, erased, err := s.vault.Erased(ref); erased || err != nil {
		return err
	}
	may, err := s.sponsors.entitled(s.ctx, v, rec, &stub, s.work.operator)
	if may && err == nil {
		s.work.wants[ref] = &want{ref: ref, seq: rec.Seq}
	}
	return err
}
