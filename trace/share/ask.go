package share

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// want is a body that this node may have and lacks.
type want struct {
	ref   vault.Ref
	seq   index.Seq
	tried int // of those that may have it, in this round
	round int // that nobody gave it in
	due   time.Time
}

// maxDue bounds how many bodies are asked for in one go.
const maxDue = 1024

// errLie is behind every refusal of what a peer sent.
var errLie = errors.New("it isn't what the ledger committed to")

// ask asks for the bodies that are due, each of the next peer that may have it, and answers how long nothing will be due.
func (s *Service) ask(came bool) (time.Duration, error) {
	now := time.Now()
	var due []*want
	for _, w := range s.work.wants {
		if came {
			w.due, w.tried = now, 0
		}
		if !w.due.After(now) {
			due = append(due, w)
		}
	}
	slices.SortFunc(due, func(a, b *want) int { return a.seq.Compare(b.seq) })
	due = due[:min(len(due), maxDue)]
	batches, err := s.deal(due, now)
	if err != nil {
		return s.cfg.LastRetry, err
	}
	var asking sync.WaitGroup
	for id, batch := range batches {
		asking.Go(func() { batch.answer, batch.err = s.question(id, &question{Kind: askBodies, Refs: batch.refs()}) })
	}
	asking.Wait()
	for id, batch := range batches {
		if err := s.take(id, batch); err != nil {
			return s.cfg.LastRetry, err
		}
	}
	s.m.wanted.Set(float64(len(s.work.wants)))
	wait := s.cfg.LastRetry
	for _, w := range s.work.wants {
		wait = min(wait, time.Until(w.due))
	}
	return max(wait, 0), nil
}

// batch is what one peer is asked for at once.
type batch struct {
	wants  []*want
	answer answer
	err    error
}

func (b *batch) refs() []vault.Ref {
	refs := make([]vault.Ref, len(b.wants))
	for i, w := range b.wants {
		refs[i] = w.ref
	}
	return refs
}

// deal chooses whom to ask for what. A body that everybody was asked for is left for a while.
func (s *Service) deal(due []*want, now time.Time) (map[peer.ID]*batch, error) {
	batches := make(map[peer.ID]*batch)
	if len(due) == 0 {
		return batches, nil
	}
	v, err := s.index.View()
	if err != nil {
		return nil, err
	}
	defer func() { _ = v.Close() }() // read only
	nodes := s.nodes(now)
	for _, w := range due {
		peers, err := s.sources(v, w, nodes)
		if err != nil {
			return nil, err
		}
		if w.tried >= len(peers) {
			w.leave(now, s.cfg)
			continue
		}
		id := peers[w.tried]
		b := batches[id]
		if b == nil {
			b = new(batch)
			batches[id] = b
		}
		if len(b.wants) < maxRefs {
			b.wants = append(b.wants, w)
			w.tried++
		}
	}
	return batches, nil
}

// leave lets a body rest: twice as long each time, and not all of them until the same moment.
func (w *want) leave(now time.Time, cfg Config) {
	pause := cfg.LastRetry
	if w.round < 20 {
		pause = min(pause, cfg.FirstRetry<<w.round)
	}
	w.round, w.tried = w.round+1, 0
	w.due = now.Add(pause/2 + rand.N(pause/2+1))
}

// nodes are the connected nodes of each operator that may be asked for bodies, always in the same order.
func (s *Service) nodes(now time.Time) map[common.Address][]peer.ID {
	out := make(map[common.Address][]peer.ID)
	for id, operator := range s.register.Nodes() {
		if s.reaches(id) && !s.work.penalty[id].After(now) {
			out[operator] = append(out[operator], id)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, cmp.Compare[peer.ID])
	}
	return out
}

func (s *Service) reaches(id peer.ID) bool {
	return id != s.host.ID() && s.host.Network().Connectedness(id) == network.Connected
}

// sources are the peers that may have a body, those of the recording party's operator first.
func (s *Service) sources(v *index.View, w *want, nodes map[common.Address][]peer.ID) (list []peer.ID, err error) {
	rec, stub, ok, err := v.SealedRecord(w.ref.Commitment, w.ref.Party)
	if err != nil || !ok {
		return nil, err
	}
	operators, err := s.sponsors.holders(s.ctx, v, &rec, &stub, common.Address{})
	for _, o := range operators {
		list = append(list, nodes[o]...)
	}
	return list, err
}

// question puts one question to a connected peer.
func (s *Service) question(id peer.ID, q *question) (a answer, err error) {
	ctx, cancel := context.WithTimeout(network.WithNoDial(s.ctx, "vault"), patience)
	defer cancel()
	stream, err := s.host.NewStream(ctx, id, Protocol)
	if err != nil {
		return a, fmt.Errorf("reach %s: %w", id, err)
	}
	defer func() { _ = stream.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = stream.Reset() }) // ends with this node, too
	defer stop()
	if err := send(stream, q); err != nil {
		return a, errors.Join(err, stream.Reset())
	}
	if a, err = readAnswer(stream, q); err != nil {
		return a, errors.Join(err, stream.Reset())
	}
	return a, nil
}

// take keeps what a peer sent. An error is one of this node.
func (s *Service) take(id peer.ID, b *batch) error {
	if b.err != nil {
		s.log.Debug("a peer gave no answer about sealed bodies", "peer", id, "err", b.err)
		if errors.Is(b.err, errWire) {
			s.lied(id, vault.Ref{}, b.err)
		}
		return nil
	}
	v, err := s.index.View()
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }() // read only
	for i := range b.answer.Bodies {
		w, got := b.wants[i], &b.answer.Bodies[i]
		switch got.Status {
		case bodyLater:
			w.tried--
		case bodyErased, bodyRefused, bodyUnknown: // an erasure is believed when it is heard of
		case bodyHere:
			err := s.keep(v, id, w, got)
			switch {
			case errors.Is(err, errLie):
				s.lied(id, w.ref, err)
				return nil // nothing more of this answer
			case err != nil && !errors.Is(err, vault.ErrErased):
				return err
			}
			delete(s.work.wants, w.ref)
		}
	}
	return nil
}

// lied notes that a peer sent something else than it should.
func (s *Service) lied(id peer.ID, ref vault.Ref, err error) {
	s.m.lies.Inc()
	s.work.penalty[id] = time.Now().Add(s.cfg.Penalty)
	s.log.Warn("a peer's answer about sealed bodies is refused; it isn't asked for a while", "peer", id,
		"operator", s.register.Nodes()[id], "commitment", ref.Commitment, "for", s.cfg.Penalty, "err", err)
}

// keep checks a body that came and puts it into the vault. Which fields may be shown is the recording party's to say:
// from others' nodes it isn't taken over.
func (s *Service) keep(v *index.View, from peer.ID, w *want, got *body) error {
	rec, stub, ok, err := v.SealedRecord(w.ref.Commitment, w.ref.Party)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("the index doesn't hold the sealed event %s any more", w.ref.Commitment)
	}
	r, err := readRecord(w.ref, stub.Policy, got.Fields)
	if err != nil {
		return fmt.Errorf("%w: %w", errLie, err)
	}
	sponsor, err := s.sponsors.of(s.ctx, v, rec.Party)
	if err != nil {
		return err
	}
	r.Disclose = epcis.DefaultDisclosed
	if sponsor == s.register.Nodes()[from] {
		if err := epcis.CheckDisclosed(got.Disclose); err != nil {
			return fmt.Errorf("%w: %w", errLie, err)
		}
		r.Disclose = got.Disclose
	}
	if err := s.vault.Put(r); err != nil {
		return err
	}
	s.m.fetched.Inc()
	return nil
}

// readRecord makes a record of fields from outside.
func readRecord(ref vault.Ref, policy string, encoded []byte) (r vault.Record, err error) {
	fields, err := format.DecodeSealed(encoded)
	if err != nil {
		return r, err
	}
	r = vault.Record{Head: vault.Head{Ref: ref, Policy: policy, Captured: uint64(time.Now().Unix())}, Fields: fields}
	if err := r.Check(); err != nil {
		return r, err
	}
	body, err := r.Body()
	if err != nil {
		return r, err
	}
	facts, err := index.ReadFacts(body)
	if err != nil {
		return r, err
	}
	r.EventID, r.Hash = facts.EventID, facts.Hash
	return r, nil
}
