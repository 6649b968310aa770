package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	cmtnode "github.com/cometbft/cometbft/node"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/suyuan-ledger/suyuan/chain"
)

// stallAfter is how long without a block means that the validators don't agree any more: a block takes
// half a second when they do.
const stallAfter = 6 * time.Second

// signingWindow is over how many heights signatures are counted, and how far back a node looks when it starts.
const signingWindow = 500

// Signing watches which validators sign blocks. When no block comes, it goes by the votes for the
// next height to tell who is missing.
type Signing struct {
	ledger     *chain.Ledger
	validators func() (int64, []*cmttypes.Validator)

	moved atomic.Int64 // time of the last block in nanoseconds since 1970

	mu     sync.Mutex
	set    []*cmttypes.Validator
	height int64 // last height whose signatures were read
	at     time.Time
	last   map[string]int64 // hex address -> last height signed
	window share
	voted  map[string]int64 // hex address -> last height voted for, agreed or not
	votes  votes
}

// ValidatorState is a member of the validator set and how it does.
type ValidatorState struct {
	Name       string `json:"name"` // operator, from the genesis document
	Address    string `json:"address"`
	Power      int64  `json:"power"`
	LastSigned int64  `json:"last_signed,string"`
	Missed     int64  `json:"missed,string"` // heights since
	// Signed is how many of the last Of heights it signed, by the commits that the chain keeps: a vote that came too late
	// for the next block doesn't count.
	Signed  int  `json:"signed"`
	Of      int  `json:"of"`
	Missing bool `json:"missing"`
}

// Liveness says whether writes can become final now.
type Liveness struct {
	Height     int64            `json:"height,string"`
	Validators []ValidatorState `json:"validators"`
	// WaitingFor says in words what writes wait for; empty if they don't.
	WaitingFor string `json:"waiting_for,omitempty"`
}

// missedIsMissing is how many heights in a row a validator may miss before it counts as missing.
const missedIsMissing = 3

func newSigning(ledger *chain.Ledger) (*Signing, error) {
	env, err := ledger.Comet().ConfigureRPC()
	if err != nil {
		return nil, fmt.Errorf("CometBFT's state: %w", err)
	}
	s := &Signing{ledger: ledger, validators: env.ConsensusState.GetValidators,
		last: map[string]int64{}, voted: map[string]int64{}, votes: votes{}, at: time.Now()}
	s.moved.Store(s.at.UnixNano())
	_, s.set = s.validators()
	return s, nil
}

// run reads the signatures of every height until ctx is done.
func (s *Signing) run(ctx context.Context) {
	for {
		moved := s.ledger.Moved()
		s.read(s.ledger.Comet())
		// Consensus answers only between blocks: who asks for State shouldn't have to wait for that.
		_, set := s.validators()
		s.mu.Lock()
		s.set = set
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-moved:
		}
	}
}

// voteBacklog is how many votes may wait to be looked at. CometBFT ends a subscription that lets more
// pile up; then another begins.
const voteBacklog = 4096

// watchVotes notes every vote this node hears of until ctx is done.
func (s *Signing) watchVotes(ctx context.Context, log *slog.Logger) {
	bus := s.ledger.Comet().EventBus()
	for ctx.Err() == nil {
		sub, err := bus.Subscribe(ctx, "suyuan-signing", cmttypes.EventQueryVote, voteBacklog)
		if err != nil {
			log.Error("votes can't be watched", "err", err)
			return
		}
		for open := true; open; {
			select {
			case msg := <-sub.Out():
				if v, ok := msg.Data().(cmttypes.EventDataVote); ok {
					addr := hex.EncodeToString(v.Vote.ValidatorAddress)
					s.mu.Lock()
					s.voted[addr] = max(s.voted[addr], v.Vote.Height)
					s.votes.heard(v.Vote)
					s.mu.Unlock()
				}
			case <-sub.Canceled():
				open = false
			case <-ctx.Done():
				return
			}
		}
	}
}

func (s *Signing) read(node *cmtnode.Node) {
	store := node.BlockStore()
	top := store.Height()
	s.mu.Lock()
	defer s.mu.Unlock()
	if top <= s.height {
		return
	}
	for h := max(s.window.height+1, top-signingWindow, store.Base(), 1); h < top; h++ {
		if commit := store.LoadBlockCommit(h); commit != nil { // what the next block holds: it won't change
			s.window.add(h, commit)
		}
	}
	for h := max(s.height+1, top-signingWindow, store.Base(), 1); h <= top; h++ {
		commit := store.LoadSeenCommit(h)
		if commit == nil {
			commit = store.LoadBlockCommit(h)
		}
		if commit == nil {
			continue
		}
		for _, sig := range commit.Signatures {
			if sig.BlockIDFlag == cmttypes.BlockIDFlagCommit {
				s.last[hex.EncodeToString(sig.ValidatorAddress)] = h
			}
		}
	}
	s.height, s.at = top, time.Now()
	s.moved.Store(s.at.UnixNano())
}

// WaitingFor says what writes wait for, empty if they don't.
func (s *Signing) WaitingFor() string {
	if time.Since(time.Unix(0, s.moved.Load())) <= stallAfter { // asked by every reader of a job: no lock, no list
		return ""
	}
	return s.State().WaitingFor
}

// State tells who signs, and what writes wait for.
func (s *Signing) State() Liveness {
	names := s.names()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Liveness{Height: s.height, Validators: []ValidatorState{}}
	stalled := time.Since(s.at) > stallAfter
	var total, signing int64
	for _, v := range s.set {
		addr := hex.EncodeToString(v.Address)
		// A commit holds the votes that made it; the vote of a slower validator may come after. Both count.
		state := ValidatorState{Name: names[addr], Address: addr, Power: v.VotingPower,
			LastSigned: max(s.last[addr], min(s.voted[addr], s.height))}
		state.Missed = s.height - state.LastSigned
		state.Signed, state.Of = s.window.signed[addr], s.window.known
		state.Missing = state.Missed >= missedIsMissing
		if stalled {
			state.Missing = s.votes.absent(addr, s.height)
		}
		total += v.VotingPower
		if !state.Missing {
			signing += v.VotingPower
		}
		out.Validators = append(out.Validators, state)
	}
	if stalled {
		out.WaitingFor = fmt.Sprintf("no block for %s: %d of %d votes are present, more than two thirds are needed",
			time.Since(s.at).Round(time.Second), signing, total)
	}
	return out
}

// names maps consensus addresses to the operators' names in the genesis document.
func (s *Signing) names() map[string]string {
	out := map[string]string{}
	for _, v := range s.ledger.Genesis().Validators {
		out[hex.EncodeToString(v.PubKey.Address())] = v.Name
	}
	return out
}
