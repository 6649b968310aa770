package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"sync"
	"time"

	cmtnode "github.com/cometbft/cometbft/node"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/suyuan-ledger/suyuan/chain"
)

// stallAfter is how long without a block means that the validators don't agree any more: a block takes
// half a second when they do.
const stallAfter = 6 * time.Second

// signingWindow is how many heights back a node looks for a validator's last signature when it starts.
const signingWindow = 100

// Signing watches which validators sign blocks. When no block comes, it looks at the votes of the
// present round to tell who is missing.
type Signing struct {
	ledger *chain.Ledger
	log    *slog.Logger

	mu     sync.Mutex
	height int64 // last height whose signatures were read
	at     time.Time
	last   map[string]int64 // hex address -> last height signed
}

// ValidatorState is a member of the validator set and how it does.
type ValidatorState struct {
	Name       string `json:"name"` // operator, from the genesis document
	Address    string `json:"address"`
	Power      int64  `json:"power"`
	LastSigned int64  `json:"last_signed,string"`
	Missed     int64  `json:"missed,string"` // heights since
	Missing    bool   `json:"missing"`
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

func newSigning(ledger *chain.Ledger, log *slog.Logger) *Signing {
	return &Signing{ledger: ledger, log: log, last: map[string]int64{}, at: time.Now()}
}

// run reads the signatures of every height until ctx is done.
func (s *Signing) run(ctx context.Context) {
	for {
		moved := s.ledger.Moved()
		s.read(s.ledger.Comet())
		select {
		case <-ctx.Done():
			return
		case <-moved:
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
}

// State tells who signs, and what writes wait for.
func (s *Signing) State() Liveness {
	node := s.ledger.Comet()
	if node == nil {
		return Liveness{WaitingFor: "this node is starting"}
	}
	round := node.ConsensusState().GetRoundState()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Liveness{Height: s.height, Validators: []ValidatorState{}}
	stalled := time.Since(s.at) > stallAfter
	names := s.names()
	var total, signing int64
	for i, v := range round.Validators.Validators {
		addr := hex.EncodeToString(v.Address)
		state := ValidatorState{Name: names[addr], Address: addr, Power: v.VotingPower, LastSigned: s.last[addr]}
		state.Missed = s.height - state.LastSigned
		state.Missing = state.Missed >= missedIsMissing
		if stalled && !voted(round.Votes.Prevotes(round.Round).BitArray().GetIndex(i), round.Votes.Precommits(round.Round).BitArray().GetIndex(i)) {
			state.Missing = true
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

func voted(marks ...bool) bool {
	for _, m := range marks {
		if m {
			return true
		}
	}
	return false
}

// names maps consensus addresses to the operators' names in the genesis document.
func (s *Signing) names() map[string]string {
	out := map[string]string{}
	for _, v := range s.ledger.Genesis().Validators {
		out[hex.EncodeToString(v.PubKey.Address())] = v.Name
	}
	return out
}
