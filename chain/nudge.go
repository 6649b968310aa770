package chain

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/cometbft/cometbft/consensus"
	cmtnode "github.com/cometbft/cometbft/node"
	"github.com/cometbft/cometbft/p2p"
	cmtcons "github.com/cometbft/cometbft/proto/tendermint/consensus"
)

// nudgeAfter is how long without a block means that validators may have missed each other's greeting.
const nudgeAfter = 5 * time.Second

// nudge tells every peer this node's place in consensus whenever no block has come for a while, until
// the ledger stops. CometBFT says it once to a new peer and then only when it changes. Over libp2p that
// one message can be lost, to a peer that is starting; and a validator that waits for the others'
// votes changes nothing. Two validators that wait like that would never send each other the votes they
// have. Repeating it is harmless: a peer ignores what it knows.
func (l *Ledger) nudge(node *cmtnode.Node) {
	env, err := node.ConfigureRPC()
	if err != nil {
		l.cfg.Log.Error("stalled consensus can't be nudged", "err", err)
		return
	}
	for {
		timer := time.NewTimer(nudgeAfter)
		select {
		case <-l.done:
			timer.Stop()
			return
		case <-l.Moved():
			timer.Stop()
			continue
		case <-timer.C:
		}
		step, err := roundStep(env.ConsensusState.GetRoundStateSimpleJSON, node)
		if err != nil {
			l.cfg.Log.Error("stalled consensus can't be nudged", "err", err)
			continue
		}
		node.Switch().Peers().ForEach(func(p p2p.Peer) {
			go p.Send(p2p.Envelope{ChannelID: consensus.StateChannel, Message: step})
		})
	}
}

// roundStep is the message in which CometBFT tells its height, round and step.
func roundStep(state func() ([]byte, error), node *cmtnode.Node) (*cmtcons.NewRoundStep, error) {
	b, err := state()
	if err != nil {
		return nil, err
	}
	var s struct {
		Place string    `json:"height/round/step"`
		Start time.Time `json:"start_time"`
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, err
	}
	m := &cmtcons.NewRoundStep{LastCommitRound: -1}
	if _, err := fmt.Sscanf(s.Place, "%d/%d/%d", &m.Height, &m.Round, &m.Step); err != nil {
		return nil, fmt.Errorf("round state %q: %w", s.Place, err)
	}
	m.SecondsSinceStartTime = int64(time.Since(s.Start).Seconds())
	if c := node.BlockStore().LoadSeenCommit(m.Height - 1); c != nil {
		m.LastCommitRound = c.Round
	}
	return m, nil
}
