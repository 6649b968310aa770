package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/contracts/decode"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// ErrNotFound is returned for what this node doesn't know.
var ErrNotFound = errors.New("not known to this node")

// Reader reads one node's ledger and index.
type Reader struct {
	Ledger *chain.Ledger
	Index  *index.Projection
	// Signing tells how the validators do.
	Signing func() Validators

	genesis     sync.Once
	genesisLogs []*types.Log
	genesisErr  error
}

// Head is the ledger's latest final position.
type Head struct {
	ChainID uint64      `json:"chain_id,string"`
	Height  int64       `json:"height,string" doc:"CometBFT height, rises with every heartbeat"`
	Number  uint64      `json:"number,string" doc:"Number of the latest EVM block"`
	Hash    common.Hash `json:"hash" doc:"EVM block hash"`
	Time    time.Time   `json:"time" doc:"Block time of the latest EVM block"`
}

// Who is an address with what is known of it.
type Who struct {
	Address common.Address `json:"address"`
	// Name is that of the party, of the key's party, or of the contract; empty if the address is none.
	Name string `json:"name,omitempty"`
	Kind string `json:"kind,omitempty" enum:"party,key,contract" doc:"Absent if the address is none of them"`
	// Party is the key's party, Agent the agent of that party it acts for.
	Party *common.Address `json:"party,omitempty"`
	Agent uint64          `json:"agent,omitempty,string"`
}

// Head is the latest final position.
func (r *Reader) Head(context.Context) (Head, error) {
	h := r.Ledger.Final()
	return Head{ChainID: r.Ledger.ChainID().Uint64(), Height: r.Ledger.Height(), Number: h.Number, Hash: h.Hash, Time: blockTime(h.Time)}, nil
}

func blockTime(seconds uint64) time.Time { return time.Unix(int64(seconds), 0).UTC() } //nolint:gosec // block time

// date is a time of the register: nil where 0 means that there is none.
func date(seconds uint64) *time.Time {
	if seconds == 0 || seconds > 1<<40 {
		return nil
	}
	t := blockTime(seconds)
	return &t
}

var (
	parties    = contracts.NewParties()
	governance = contracts.NewGovernance()
	heads      = contracts.NewHeads()
)

// ask calls a contract at the latest final block and unpacks the answer.
func ask[T any](ctx context.Context, r *Reader, to common.Address, call []byte, unpack func([]byte) (T, error)) (out T, err error) {
	b, err := r.Ledger.Call(ctx, to, call)
	if err != nil {
		return out, err
	}
	return unpack(b)
}

// session is one answer being put together: one view of the index, and names looked up once.
type session struct {
	*Reader
	ctx   context.Context
	view  *index.View
	names map[common.Address]Who
}

// with opens a view for one answer.
func (r *Reader) with(ctx context.Context, f func(*session) error) (err error) {
	v, err := r.Index.View()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	return f(&session{Reader: r, ctx: ctx, view: v, names: map[common.Address]Who{}})
}

// who says what is known of an address.
func (s *session) who(a common.Address) (Who, error) {
	if w, ok := s.names[a]; ok {
		return w, nil
	}
	w := Who{Address: a}
	var err error
	if name := decode.ContractName(a); name != "" {
		w.Name, w.Kind = name, "contract"
	} else if w.Name, err = s.partyName(a); err == nil && w.Name != "" {
		w.Kind = "party"
	} else if err == nil {
		err = s.whoseKey(&w)
	}
	if err != nil {
		return w, err
	}
	s.names[a] = w
	return w, nil
}

// partyName is the name of a party, "" if the address is none.
func (s *session) partyName(a common.Address) (string, error) {
	p, ok, err := s.view.Party(a)
	if err != nil || ok {
		return orAddress(p.Name, a), err
	}
	known, err := ask(s.ctx, s.Reader, contracts.PartiesAddr, parties.PackIsParty(a), parties.UnpackIsParty)
	if err != nil || !known {
		return "", err
	}
	full, err := s.party(a)
	return orAddress(full.Details.Name, a), err
}

func orAddress(name string, a common.Address) string {
	if name == "" {
		return a.Hex()
	}
	return name
}

func (s *session) party(a common.Address) (contracts.Party, error) {
	return ask(s.ctx, s.Reader, contracts.PartiesAddr, parties.PackParty(a), parties.UnpackParty)
}

func (s *session) whoseKey(w *Who) error {
	k, ok, err := s.view.KeyOf(w.Address)
	if err != nil {
		return err
	}
	if !ok {
		info, err := ask(s.ctx, s.Reader, contracts.PartiesAddr, parties.PackKeyInfo(w.Address), parties.UnpackKeyInfo)
		if err != nil || info.Party == (common.Address{}) {
			return err
		}
		k = index.KeyRecord{Party: info.Party, Agent: info.Agent}
	}
	owner, err := s.who(k.Party)
	if err != nil {
		return err
	}
	w.Kind, w.Name, w.Party, w.Agent = "key", owner.Name, &k.Party, k.Agent
	return nil
}

// isParty tells the accounts of parties to the decoder.
func (s *session) isParty(a common.Address) bool {
	w, err := s.who(a)
	return err == nil && w.Kind == "party"
}

func notFound(thing, name string) error { return fmt.Errorf("%s %q: %w", thing, name, ErrNotFound) }

func bigOf(n uint64) *big.Int { return new(big.Int).SetUint64(n) }

func trimZeros(b []byte) string { return strings.TrimRight(string(b), "\x00") }
