package ledger

import (
	"context"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Object is an object of the ledger with one of its lanes.
type Object struct {
	Key  common.Hash `json:"key"`
	ID   string      `json:"id,omitempty" doc:"Canonical name; absent if no event has told it"`
	Lane Lane        `json:"lane"`
	// Counts are the numbers of leaves in trunk, notice and notes.
	Counts [3]uint64 `json:"counts" doc:"Leaves in trunk, notice lane and notes"`
}

// Lane is one lane of an object with some of its leaves.
type Lane struct {
	Name string      `json:"name" enum:"trunk,notice,notes"`
	Key  common.Hash `json:"key" doc:"Lane key, under which Heads keeps the head"`
	// Head is what the leaves this node read add up to, Contract what Heads holds.
	Head     common.Hash `json:"head" doc:"Head word recomputed from the leaves"`
	Contract common.Hash `json:"contract" doc:"Head word in the contract Heads"`
	Agrees   *bool       `json:"agrees,omitempty" doc:"Whether the two are the same; absent while the index is behind the ledger"`
	Leaves   []Leaf      `json:"leaves" nullable:"false"`
	From     uint64      `json:"from,string" doc:"Number of the first leaf given, from 1"`
	Next     uint64      `json:"next,omitempty,string" doc:"Number to go on from; absent if the list ends here"`
}

// Leaf is one leaf of a lane.
type Leaf struct {
	Number     uint64      `json:"number,string" doc:"Place in the lane, from 1"`
	Hash       common.Hash `json:"hash"`
	Commitment common.Hash `json:"commitment"`
	Kind       uint8       `json:"kind" doc:"Leaf kind; 0 if this node doesn't know what the leaf stands for"`
	Party      *Who        `json:"party,omitempty"`
	Signer     *Who        `json:"key,omitempty"`
	Time       *time.Time  `json:"time,omitempty"`
	Block      uint64      `json:"block,omitempty,string"`
	Tx         common.Hash `json:"transaction"`
	Cursor     string      `json:"cursor,omitempty"`
	EventID    string      `json:"event_id,omitempty"`
	Damaged    bool        `json:"damaged,omitempty" doc:"The body is withheld or doesn't match its commitment"`
	Sealed     *Sealed     `json:"sealed,omitempty" doc:"The body is sealed: not on the ledger, but with its parties"`
	Change     string      `json:"change,omitempty" doc:"Cursor of the change of the register it stands for"`
}

// Sealed is what the ledger says of a sealed event.
type Sealed struct {
	Policy string      `json:"policy" doc:"chain: shared with the parties on the way of its objects; private: with its party alone"`
	Fields uint64      `json:"fields" doc:"Fields of the body"`
	Top    common.Hash `json:"top" doc:"Top of the tree over the fields"`
	Of     common.Hash `json:"of,omitzero" doc:"Commitment of the sealed event that an error declaration is about"`
}

func sealedOf(rec *index.Record) *Sealed {
	stub, ok := rec.Sealed()
	if !ok {
		return nil
	}
	return &Sealed{Policy: stub.Policy, Fields: stub.Count, Top: stub.Top, Of: stub.Of}
}

// Leaves shows one lane of an object from a leaf on, counted from 1.
func (r *Reader) Leaves(ctx context.Context, key common.Hash, name string, from uint64, limit int) (out Object, err error) {
	from = max(1, from)
	lane, ok := LaneOf(name)
	if !ok {
		return out, notFound("lane", name)
	}
	err = r.with(ctx, func(s *session) error {
		if out, err = s.object(key); err != nil {
			return err
		}
		if out.Counts == [3]uint64{} {
			return notFound("object", key.Hex())
		}
		out.Lane, err = s.lane(key, lane, from, limit)
		return err
	})
	return out, err
}

func (s *session) object(key common.Hash) (out Object, err error) {
	out.Key = key
	if out.ID, err = s.view.Name(key); err != nil {
		return out, err
	}
	for _, lane := range []format.Lane{format.Trunk, format.Notice, format.Notes} {
		h, err := s.view.Head(format.LaneKey(lane, key))
		if err != nil {
			return out, err
		}
		out.Counts[lane] = h.Count
	}
	return out, nil
}

func (s *session) lane(key common.Hash, lane format.Lane, from uint64, limit int) (Lane, error) {
	out := Lane{Name: LaneName(uint8(lane)), Key: format.LaneKey(lane, key), From: from, Leaves: []Leaf{}}
	head, err := s.view.Head(out.Key)
	if err != nil {
		return out, err
	}
	out.Head = head.Word()
	word, err := ask(s.ctx, s.Reader, contracts.HeadsAddr, heads.PackHead(out.Key), heads.UnpackHead)
	if err != nil {
		return out, err
	}
	out.Contract = common.BigToHash(word)
	if agrees := out.Head == out.Contract; agrees || s.view.Position().Number == s.Ledger.Final().Number {
		out.Agrees = &agrees
	}
	leaves, err := s.view.Leaves(out.Key, from-1, limit)
	if err != nil {
		return out, err
	}
	for i, l := range leaves {
		leaf, err := s.leaf(key, from+uint64(i), l)
		if err != nil {
			return out, err
		}
		out.Leaves = append(out.Leaves, leaf)
	}
	if last := from + uint64(len(leaves)); len(leaves) == limit && last <= head.Count {
		out.Next = last
	}
	return out, nil
}

func (s *session) leaf(object common.Hash, number uint64, l index.Leaf) (Leaf, error) {
	out := Leaf{Number: number, Hash: l.Hash}
	var party, key common.Address
	switch {
	case l.HasRecord:
		rec, err := s.view.Record(l.Seq)
		if err != nil {
			return out, err
		}
		party, key = rec.Party, rec.Key
		at := rec.RecordTime()
		out.Commitment, out.Kind, out.Time, out.Block, out.Tx = rec.Commitment, rec.Kind, &at, rec.Number, rec.Tx
		out.Cursor, out.EventID, out.Damaged = rec.Seq.String(), rec.ID(), rec.Damaged
		out.Sealed = sealedOf(&rec)
	case l.Change != nil:
		c, err := s.changeOf(object, *l.Change, l.Hash)
		if err != nil || c == nil {
			return out, err
		}
		_, _, fields := c.Leaf(s.chain())
		party, key = c.Party, contracts.PartiesAddr
		at := blockTime(c.BlockTime)
		out.Commitment, out.Kind, out.Time, out.Block, out.Tx = fields.Commitment, uint8(fields.Kind), &at, c.Number, txOf(c)
		out.Change = c.ChangeRef.String()
	default:
		return out, nil
	}
	p, err := s.who(party)
	if err != nil {
		return out, err
	}
	k, err := s.who(key)
	out.Party, out.Signer = &p, &k
	return out, err
}

// changeOf finds the change a leaf of a registry object stands for. The object's key doesn't tell its party: the block
// is asked for it.
func (s *session) changeOf(object common.Hash, ref index.ChangeRef, leaf common.Hash) (*index.Change, error) {
	logs, err := s.logsAt(ref.Height)
	if err != nil {
		return nil, err
	}
	for _, l := range logs {
		if uint32(l.Index) != ref.Log || len(l.Topics) != 2 { //nolint:gosec // a place in a block
			continue
		}
		c, err := s.view.Change(common.BytesToAddress(l.Topics[1][:]), ref)
		if err != nil {
			return nil, err
		}
		if hash, o, _ := c.Leaf(s.chain()); hash == leaf && o.Key() == object {
			return &c, nil
		}
	}
	return nil, nil
}

// logsAt are the logs of the block at a height. The genesis block keeps none: it is worked out again, once.
func (s *session) logsAt(height uint64) (logs []*types.Log, err error) {
	if height == 0 {
		s.genesis.Do(func() { s.genesisLogs, s.genesisErr = chain.GenesisLogs(s.Ledger.Genesis()) })
		return s.genesisLogs, s.genesisErr
	}
	entries, err := s.view.Blocks(height, 1)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	b, err := s.Ledger.Block(entries[0].Number)
	if err != nil {
		return nil, err
	}
	for _, r := range b.Receipts {
		logs = append(logs, r.Logs...)
	}
	return logs, nil
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
