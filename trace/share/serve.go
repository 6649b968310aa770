package share

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"

	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// What one peer may ask of this node.
const (
	questionsPerSecond = 20
	questionsAtOnce    = 100
	streamsAtOnce      = 2
	// patience is how long a question and its answer may take.
	patience = 30 * time.Second
)

// guest is a peer that asks.
type guest struct {
	rate    *rate.Limiter
	streams int
}

// enter lets a peer's question in, unless it asks too much at once.
func (s *Service) enter(id peer.ID) (leave func(), ok bool) {
	s.guestsMu.Lock()
	defer s.guestsMu.Unlock()
	if s.ctx.Err() != nil { // closing: the vault may be closed next
		return nil, false
	}
	g := s.guests[id]
	if g == nil {
		g = &guest{rate: rate.NewLimiter(questionsPerSecond, questionsAtOnce)}
		s.guests[id] = g
	}
	if g.streams >= streamsAtOnce || !g.rate.Allow() {
		return nil, false
	}
	g.streams++
	s.serving.Add(1)
	return func() {
		defer s.serving.Done()
		s.guestsMu.Lock()
		defer s.guestsMu.Unlock()
		g.streams--
	}, true
}

// serve answers one question. A stream that isn't worth an answer is reset. One that stayed open would count against what
// libp2p allows the peer, and consensus uses the same host.
func (s *Service) serve(stream network.Stream) {
	defer func() { _ = stream.Close() }()
	from := stream.Conn().RemotePeer()
	operator, member := s.register.Nodes()[from] // the wall lets bootstrap peers through that aren't registered
	if !member {
		s.m.refused.Inc()
		_ = stream.Reset()
		return
	}
	leave, ok := s.enter(from)
	if !ok {
		s.m.refused.Inc()
		_ = stream.Reset()
		return
	}
	defer leave()
	if err := s.answer(stream, from, operator); err != nil {
		s.log.Debug("question of a vault not answered", "peer", from, "err", err)
		_ = stream.Reset()
	}
}

func (s *Service) answer(stream network.Stream, from peer.ID, operator common.Address) error {
	if err := stream.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	stop := context.AfterFunc(s.ctx, func() { _ = stream.Reset() })
	defer stop()
	q, err := readQuestion(stream)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	var a answer
	switch q.Kind {
	case askBodies:
		a.Bodies, err = s.bodies(ctx, q.Refs, operator)
	case askErasures:
		a.Heard, a.Erasures, err = s.erasures(ctx, q.Heard)
	case knock:
		s.knocked(from)
	}
	if err != nil {
		return err
	}
	return send(stream, &a)
}

// send writes the one value of a direction, and ends it.
func send(w interface {
	io.Writer
	CloseWrite() error
}, value any) error {
	data, err := rlp.EncodeToBytes(value)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.CloseWrite()
}

// bodies answers for each body whether the operator may have it, and gives it.
func (s *Service) bodies(ctx context.Context, refs []vault.Ref, operator common.Address) ([]body, error) {
	v, err := s.index.View()
	if err != nil {
		return nil, err
	}
	defer func() { _ = v.Close() }() // read only
	list := make([]body, len(refs))
	size := 0
	for i, ref := range refs {
		if size > fullAnswer {
			list[i].Status = bodyLater
			continue
		}
		if list[i], err = s.body(ctx, v, ref, operator); err != nil {
			return nil, err
		}
		size += len(list[i].Fields)
	}
	return list, nil
}

func (s *Service) body(ctx context.Context, v *index.View, ref vault.Ref, operator common.Address) (body, error) {
	rec, stub, ok, err := v.SealedRecord(ref.Commitment, ref.Party)
	if err != nil || !ok {
		return body{Status: bodyUnknown}, err
	}
	may, err := s.sponsors.entitled(ctx, v, &rec, &stub, operator)
	if err != nil {
		return body{}, err
	}
	if !may {
		s.m.refused.Inc()
		return body{Status: bodyRefused}, nil
	}
	r, err := s.vault.Get(ref)
	switch {
	case errors.Is(err, vault.ErrUnknown):
		return body{Status: bodyUnknown}, nil
	case errors.Is(err, vault.ErrErased):
		return body{Status: bodyErased}, nil
	case err != nil:
		return body{}, err
	}
	s.m.served.Inc()
	return body{Status: bodyHere, Disclose: r.Disclose, Fields: format.EncodeSealed(r.Fields)}, nil
}

// erasures tells what was erased of the parties of this node's operator since the asker heard of it last. Others'
// erasures are theirs to tell.
func (s *Service) erasures(ctx context.Context, heard vault.Heard) (vault.Heard, []vault.Erasure, error) {
	if heard.Store != s.vault.ID() {
		heard = vault.Heard{Store: s.vault.ID()}
	}
	all, err := s.vault.ErasedSince(heard.Last, maxErasures)
	if err != nil || len(all) == 0 {
		return heard, nil, err
	}
	v, err := s.index.View()
	if err != nil {
		return heard, nil, err
	}
	defer func() { _ = v.Close() }() // read only
	own := s.Operator()
	var list []vault.Erasure
	for _, e := range all {
		sponsor, err := s.sponsors.of(ctx, v, e.Party)
		if err != nil {
			return heard, nil, err
		}
		if sponsor == own && own != (common.Address{}) {
			list = append(list, e)
		}
		heard.Last = e.Number
	}
	return heard, list, nil
}
