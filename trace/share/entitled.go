package share

import (
	"context"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// Register is what sharing reads of the register of parties and nodes at the latest final block.
type Register interface {
	// Nodes are the registered nodes, active ones only, with the operators that answer for them.
	Nodes() map[peer.ID]common.Address
	// Sponsor is the operator of a party, itself if it is one; zero if there is no such party.
	Sponsor(ctx context.Context, party common.Address) (common.Address, error)
}

// sponsors answers for operators of parties: from the index where its logs tell, from the register for the founders.
type sponsors struct {
	register Register
	founders sync.Map // common.Address -> common.Address; the register tells of every change
}

func (s *sponsors) of(ctx context.Context, v *index.View, party common.Address) (common.Address, error) {
	if p, ok, err := v.Party(party); err != nil || ok {
		return p.Sponsor, err
	}
	if known, ok := s.founders.Load(party); ok {
		return known.(common.Address), nil
	}
	operator, err := s.register.Sponsor(ctx, party)
	if err == nil && operator != (common.Address{}) {
		s.founders.Store(party, operator)
	}
	return operator, err
}

// holders lists the operators that may have a body, the recording party's first. It stops at until, if that isn't zero:
// whoever asks for one operator needn't know the others.
func (s *sponsors) holders(ctx context.Context, v *index.View, rec *index.Record, stub *epcis.Stub, until common.Address,
) (list []common.Address, err error) {
	add := func(party common.Address) (done bool, err error) {
		operator, err := s.of(ctx, v, party)
		if err == nil && operator != (common.Address{}) && !slices.Contains(list, operator) {
			list = append(list, operator)
		}
		return operator == until && operator != (common.Address{}), err
	}
	if done, err := add(rec.Party); done || err != nil || stub.Policy != epcis.PolicyChain {
		return list, err
	}
	var asked []common.Address
	for _, o := range rec.Objects {
		route, err := v.Route(o.Key())
		if err != nil {
			return nil, err
		}
		for _, party := range route {
			if slices.Contains(asked, party) {
				continue
			}
			asked = append(asked, party)
			if done, err := add(party); done || err != nil {
				return list, err
			}
		}
	}
	return list, nil
}

// entitled says whether an operator's nodes may have a body.
func (s *sponsors) entitled(ctx context.Context, v *index.View, rec *index.Record, stub *epcis.Stub, operator common.Address) (bool, error) {
	if operator == (common.Address{}) {
		return false, nil
	}
	list, err := s.holders(ctx, v, rec, stub, operator)
	return slices.Contains(list, operator), err
}

// MaySee says whether a party may have a body: it recorded the event, or, if the policy is chain, is on the way of one of
// its objects.
func MaySee(v *index.View, rec *index.Record, stub *epcis.Stub, party common.Address) (bool, error) {
	if party == rec.Party || stub.Policy != epcis.PolicyChain {
		return party == rec.Party, nil
	}
	for _, o := range rec.Objects {
		if _, on, err := v.OnWay(o.Key(), party); on || err != nil {
			return on, err
		}
	}
	return false, nil
}
