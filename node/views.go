package node

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// stories tells stories to the pages.
type storyTeller struct{ teller *trace.Teller }

func (s storyTeller) Story(ctx context.Context, id gs1.ID, opts explorer.StoryOptions) (*trace.Story, error) {
	return s.teller.Story(ctx, id, trace.Options{Lang: string(opts.Lang), Printed: opts.Printed, Now: opts.Now})
}

// ledgerView is what the explorer's pages see of the ledger.
type ledgerView struct{ n *Node }

func (v ledgerView) Head(context.Context) (explorer.Head, error) {
	head := v.n.ledger.Final()
	return explorer.Head{ChainID: v.n.ledger.ChainID().Uint64(), Height: v.n.ledger.Height(), Number: head.Number,
		Hash: head.Hash, Time: time.Unix(int64(head.Time), 0).UTC()}, nil
}

func (v ledgerView) Blocks(_ context.Context, limit int) ([]explorer.Block, error) {
	var out []explorer.Block
	for number := v.n.ledger.Final().Number; len(out) < limit && number > 0; number-- {
		b, err := v.n.ledger.Block(number)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", number, err)
		}
		out = append(out, explorer.Block{Height: b.Height, Number: b.Number, Hash: b.Hash,
			Time: time.Unix(int64(b.Time), 0).UTC(), Txs: len(b.Txs), Records: records(b)})
	}
	return out, nil
}

// records counts the leaves of appends at the top level of a block's transactions.
func records(b chain.Block) int {
	n := 0
	for i, tx := range b.Txs {
		if tx.To() == nil || *tx.To() != contracts.HeadsAddr || b.Receipts[i].Status == 0 {
			continue
		}
		if call, err := index.ParseAppend(tx.Data()); err == nil {
			n += len(call.Commitments)
		}
	}
	return n
}

func (v ledgerView) Parties(ctx context.Context) ([]explorer.Party, error) {
	addrs, err := v.n.register.all(ctx)
	if err != nil {
		return nil, err
	}
	operators, err := v.n.register.operators(ctx)
	if err != nil {
		return nil, err
	}
	licences, err := v.n.register.licences(ctx)
	if err != nil {
		return nil, err
	}
	now := v.n.ledger.Final().Time
	byAddress := map[common.Address]contracts.Party{}
	for _, a := range addrs {
		if byAddress[a], err = v.n.register.party(ctx, a); err != nil {
			return nil, err
		}
	}
	var first, rest []explorer.Party
	for _, a := range addrs {
		p := byAddress[a]
		row := explorer.Party{Address: a, Name: p.Details.Name, Operator: operators[a], Licences: licences[a],
			Suspended: p.SuspendedUntil > now || p.HeldUntil > now}
		if p.Details.Gln != 0 {
			row.GLN = fmt.Sprintf("%013d", p.Details.Gln)
		}
		if row.Operator {
			first = append(first, row)
			continue
		}
		row.Sponsor = byAddress[p.Sponsor].Details.Name
		rest = append(rest, row)
	}
	return append(first, rest...), nil
}

func (v ledgerView) Validators(context.Context) ([]explorer.Validator, error) {
	state := v.n.signing.State()
	out := make([]explorer.Validator, len(state.Validators))
	for i, s := range state.Validators {
		missed := s.Missed
		if s.Missing {
			missed = max(missed, missedIsMissing)
		}
		out[i] = explorer.Validator{Name: s.Name, Operator: s.Name, Address: strings.ToUpper(s.Address), Power: s.Power,
			LastSigned: s.LastSigned, MissedFor: missed}
	}
	return out, nil
}
