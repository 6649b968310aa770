package ledger

import (
	"context"
	"math"
	"sort"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/contracts/decode"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Transaction is one transaction, decoded where it calls contracts of ours.
type Transaction struct {
	TxRow
	Height   int64           `json:"height,string"`
	Nonce    uint64          `json:"nonce,string"`
	Gas      uint64          `json:"gas,string" doc:"Limit"`
	GasUsed  uint64          `json:"gas_used,string"`
	Created  *common.Address `json:"created,omitempty" doc:"Address of the contract it created"`
	Call     decode.Call     `json:"call"`
	Logs     []decode.Log    `json:"logs" nullable:"false"`
	LogCount int             `json:"log_count"`
	Failure  *Failure        `json:"failure,omitempty"`
	Records  []RecordRef     `json:"records" nullable:"false" doc:"What it put on record, at most 50"`
	// Names are what is known of the addresses that call and logs name.
	Names map[common.Address]Who `json:"-"`
}

// Failure is why a transaction did nothing.
type Failure struct {
	Reason string       `json:"reason,omitempty" doc:"The EVM's words; absent if this node doesn't know"`
	Error  decode.Error `json:"error" doc:"What the contract reverted with"`
}

// RecordRef is a record that a transaction made.
type RecordRef struct {
	Cursor  string      `json:"cursor"`
	Lane    uint8       `json:"lane"`
	Kind    uint8       `json:"kind"`
	EventID string      `json:"event_id,omitempty"`
	Damaged bool        `json:"damaged,omitempty"`
	Sealed  *Sealed     `json:"sealed,omitempty"`
	Objects []ObjectRef `json:"objects" nullable:"false"`
	Count   int         `json:"object_count"`
}

// ObjectRef is an object with the name the events give it.
type ObjectRef struct {
	Key  common.Hash `json:"key"`
	Kind uint8       `json:"kind"`
	ID   string      `json:"id,omitempty" doc:"Canonical name; absent if no event has told it"`
}

const (
	logsShown    = 60
	recordsShown = 50
	objectsShown = 8
)

// Transaction is one transaction by hash.
func (r *Reader) Transaction(ctx context.Context, hash common.Hash) (out Transaction, err error) {
	b, pos, ok, err := r.Ledger.Transaction(hash)
	if err != nil {
		return out, err
	}
	if !ok {
		return out, notFound("transaction", hash.Hex())
	}
	tx, receipt := b.Txs[pos], b.Receipts[pos]
	err = r.with(ctx, func(s *session) error {
		row, err := s.txRow(b, pos)
		if err != nil {
			return err
		}
		out = Transaction{TxRow: row, Height: b.Height, Nonce: tx.Nonce(), Gas: tx.Gas(), GasUsed: receipt.GasUsed,
			Logs: []decode.Log{}, LogCount: len(receipt.Logs), Records: []RecordRef{}}
		if to := tx.To(); to != nil {
			out.Call = decode.ReadCall(*to, tx.Data(), s.isParty)
		} else if out.Call.Size = len(tx.Data()); row.OK {
			out.Created = &receipt.ContractAddress
		}
		for _, l := range receipt.Logs[:min(len(receipt.Logs), logsShown)] {
			out.Logs = append(out.Logs, decode.ReadLog(l, s.isParty))
		}
		if !row.OK {
			f, _, err := s.Ledger.Failure(hash)
			if err != nil {
				return err
			}
			out.Failure = &Failure{Reason: f.Reason, Error: decode.ReadError(f.Data)}
		} else if out.Records, err = s.recordsOf(uint64(b.Height), hash, positions(b.Txs)); err != nil { //nolint:gosec // a height
			return err
		}
		s.nameAll(&out)
		out.Names = s.names
		return nil
	})
	return out, err
}

func positions[T interface{ Hash() common.Hash }](txs []T) map[common.Hash]int {
	out := make(map[common.Hash]int, len(txs))
	for i, tx := range txs {
		out[tx.Hash()] = i
	}
	return out
}

// recordsOf lists the records of one transaction. Records of a block stand in the order of its transactions: the first
// is found by bisection.
func (s *session) recordsOf(height uint64, tx common.Hash, pos map[common.Hash]int) ([]RecordRef, error) {
	list := []RecordRef{}
	entries, err := s.view.Blocks(height, 1)
	if err != nil || len(entries) == 0 || entries[0].Height != height {
		return list, err // not indexed yet
	}
	var bad error
	read := func(i int) (rec index.Record) {
		if rec, err = s.view.Record(index.Seq{Height: height, Index: uint32(i)}); err != nil { //nolint:gosec // below a uint32
			bad = err
		}
		return rec
	}
	total, want := int(entries[0].Records), pos[tx]
	first := sort.Search(total, func(i int) bool { return pos[read(i).Tx] >= want })
	for i := first; i < total && bad == nil && len(list) < recordsShown; i++ {
		rec := read(i)
		if rec.Tx != tx {
			break
		}
		ref, err := s.recordRef(&rec)
		if err != nil {
			return nil, err
		}
		list = append(list, ref)
	}
	return list, bad
}

func (s *session) recordRef(rec *index.Record) (RecordRef, error) {
	ref := RecordRef{Cursor: rec.Seq.String(), Lane: rec.Lane, Kind: rec.Kind, EventID: rec.ID(), Damaged: rec.Damaged, Sealed: sealedOf(rec),
		Objects: []ObjectRef{}, Count: len(rec.Objects)}
	for _, o := range rec.Objects[:min(len(rec.Objects), objectsShown)] {
		key := o.Key()
		name, err := s.view.Name(key)
		if err != nil {
			return ref, err
		}
		ref.Objects = append(ref.Objects, ObjectRef{Key: key, Kind: o.Kind, ID: name})
	}
	return ref, nil
}

// nameAll looks up the addresses that call and logs name. A name that can't be had is left out: the address stays.
func (s *session) nameAll(t *Transaction) {
	left := 100
	var visit func(list []decode.Value)
	visit = func(list []decode.Value) {
		for _, v := range list {
			if v.Type == "address" && left > 0 {
				left--
				_, _ = s.who(common.HexToAddress(v.Text))
			}
			visit(v.Fields)
		}
	}
	var calls func(c decode.Call)
	calls = func(c decode.Call) {
		_, _ = s.who(c.To)
		visit(c.Args)
		for _, in := range c.Inner {
			calls(in)
		}
	}
	calls(t.Call)
	for _, l := range t.Logs {
		_, _ = s.who(l.Address)
		visit(l.Args)
	}
	if t.Failure != nil {
		visit(t.Failure.Error.Args)
	}
}

// Address is what is known of an address.
type Address struct {
	Who
	Nonce uint64   `json:"nonce,string" doc:"Transactions it has sent"`
	Key   *KeyInfo `json:"key,omitempty" doc:"If it is a key"`
	// Transactions are those it sent, newest first.
	Transactions []TxRow `json:"transactions" nullable:"false"`
	Next         string  `json:"next,omitempty" doc:"Cursor to go on after; absent if the list ends here"`
}

// Address tells what is known of an address and lists the transactions it sent, newest first, after a cursor.
func (r *Reader) Address(ctx context.Context, a common.Address, after string, limit int) (out Address, err error) {
	before := index.TxPlace{Height: math.MaxUint64}
	if after != "" {
		if before, err = index.ParseSeq(after); err != nil {
			return out, err
		}
	}
	err = r.with(ctx, func(s *session) error {
		if out.Who, err = s.who(a); err != nil {
			return err
		}
		if out.Nonce, err = s.Ledger.Nonce(ctx, a); err != nil {
			return err
		}
		if out.Kind == "key" {
			k, err := s.keyInfo(a)
			if err != nil {
				return err
			}
			out.Key = &k
		}
		places, err := s.view.Sent(a, before, limit+1)
		if err != nil {
			return err
		}
		if len(places) > limit {
			places = places[:limit]
			out.Next = places[limit-1].String()
		}
		out.Transactions, err = s.txRows(places)
		return err
	})
	return out, err
}

// txRows reads the transactions at places of the ledger.
func (s *session) txRows(places []index.TxPlace) ([]TxRow, error) {
	list := []TxRow{}
	for _, p := range places {
		entries, err := s.view.Blocks(p.Height, 1)
		if err != nil || len(entries) == 0 {
			return list, err
		}
		b, err := s.Ledger.Block(entries[0].Number)
		if err != nil {
			return nil, err
		}
		row, err := s.txRow(b, int(p.Index))
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, nil
}

// LaneName is the word for a lane.
func LaneName(lane uint8) string {
	switch format.Lane(lane) {
	case format.Trunk:
		return "trunk"
	case format.Notice:
		return "notice"
	}
	return "notes"
}
