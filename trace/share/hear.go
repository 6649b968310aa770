package share

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/suyuan-ledger/suyuan/trace/vault"
)

// errNotTheirs means that a peer told of an erasure that isn't its operator's to make.
var errNotTheirs = errors.New("it isn't of a party that the peer's operator sponsors")

// Erase removes bodies from this node's vault, and has the other nodes do so. Whether the caller may is for the caller to
// know; others believe it only of a node of the recording parties' operator.
func (s *Service) Erase(refs ...vault.Ref) error {
	now := uint64(time.Now().Unix())
	list := make([]vault.Erasure, len(refs))
	for i, ref := range refs {
		list[i] = vault.Erasure{Ref: ref, Time: now}
	}
	fresh, err := s.vault.Erase(list...)
	if len(fresh) > 0 {
		s.post(func(b *inbox) { b.tell = true })
	}
	return err
}

// hear asks for erasures whoever knocked, and everybody now and then; and knocks itself where something was erased here.
func (s *Service) hear(box inbox) {
	now := time.Now()
	var asking sync.WaitGroup
	for id, operator := range s.register.Nodes() {
		if !s.reaches(id) {
			continue
		}
		if box.tell {
			asking.Go(func() {
				if _, err := s.question(id, &question{Kind: knock}); err != nil {
					s.log.Debug("a peer can't be told of an erasure now; it asks by itself", "peer", id, "err", err)
				}
			})
		}
		if box.knocked[id] || now.Sub(s.work.heard[id]) >= s.cfg.HearEvery {
			s.work.heard[id] = now
			asking.Go(func() {
				if err := s.hearPeer(id, operator); err != nil && s.ctx.Err() == nil {
					s.log.Debug("a peer's erasures can't be heard", "peer", id, "err", err)
				}
			})
		}
	}
	asking.Wait()
	erasures := s.vault.Erasures()
	if erasures == s.work.erasures {
		return
	}
	s.work.erasures = erasures
	for ref := range s.work.wants {
		if _, erased, err := s.vault.Erased(ref); erased && err == nil {
			delete(s.work.wants, ref)
		}
	}
}

// hearPages bounds how much of one peer is heard at once: the others wait meanwhile. It goes on at the next knock or turn.
const hearPages = 64

// hearPeer takes over the erasures that a peer tells and this node hasn't heard.
func (s *Service) hearPeer(id peer.ID, operator common.Address) error {
	heard, err := s.vault.Heard(string(id))
	if err != nil {
		return err
	}
	for range hearPages {
		a, err := s.question(id, &question{Kind: askErasures, Heard: heard})
		if err != nil {
			return err
		}
		if err := s.believe(id, operator, a.Erasures); err != nil {
			return err
		}
		if a.Heard == heard {
			return nil
		}
		if a.Heard.Store == heard.Store && a.Heard.Last <= heard.Last {
			return fmt.Errorf("%w: erasures go from %d to %d", errWire, heard.Last, a.Heard.Last)
		}
		heard = a.Heard
		if err := s.vault.SetHeard(string(id), heard); err != nil {
			return err
		}
	}
	return nil
}

// believe erases what a peer tells, if it is its operator's to tell.
func (s *Service) believe(id peer.ID, operator common.Address, list []vault.Erasure) error {
	if len(list) == 0 {
		return nil
	}
	v, err := s.index.View()
	if err != nil {
		return err
	}
	defer func() { _ = v.Close() }() // read only
	for _, e := range list {
		sponsor, err := s.sponsors.of(s.ctx, v, e.Party)
		if err != nil {
			return err
		}
		if sponsor != operator {
			s.m.lies.Inc()
			s.log.Warn("a peer tells of an erasure that isn't its operator's to make", "peer", id, "operator", operator,
				"commitment", e.Commitment, "party", e.Party)
			return errNotTheirs
		}
	}
	fresh, err := s.vault.Erase(list...)
	if err == nil && len(fresh) > 0 {
		s.log.Info("sealed bodies were erased, as the operator of who recorded them tells", "operator", operator, "bodies", len(fresh))
	}
	return err
}
