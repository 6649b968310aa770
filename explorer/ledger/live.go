package ledger

import (
	"context"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/index"
)

// Event is one message of the live stream.
type Event struct {
	// Cursor is height-index: of a record its own, of a block one behind its last record. Empty for what has no place on
	// the ledger.
	Cursor string
	Type   string // record, block or state
	Data   any
}

// LiveRecord tells of a record that became final.
type LiveRecord struct {
	RecordRef
	Party  Who         `json:"party"`
	Number uint64      `json:"block,string"`
	Time   time.Time   `json:"time"`
	Tx     common.Hash `json:"transaction"`
}

// State is how the ledger does: told when it changes, at most once a second.
type State struct {
	Height     int64    `json:"height,string"`
	Missing    []string `json:"missing" nullable:"false"`
	WaitingFor string   `json:"waiting_for,omitempty"`
}

// livePage is how many blocks or records one look at the index takes.
const livePage = 64

// pause is the least time between two states.
const pause = time.Second

// Live sends what becomes final behind a cursor, in ledger order: the records of a block, then the block. It returns when
// ctx is done or send fails. With records false only blocks are sent.
func (r *Reader) Live(ctx context.Context, from index.Seq, records bool, send func(Event) error) error {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	var told State
	for {
		next, err := r.sendFrom(ctx, from, records, send)
		if err != nil {
			return err
		}
		from = next
		if now := r.state(); now.Height != told.Height || now.WaitingFor != told.WaitingFor {
			if err := send(Event{Type: "state", Data: now}); err != nil {
				return err
			}
			told = now
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (r *Reader) state() State {
	v := r.Signing()
	names, _ := v.Missing()
	if names == nil {
		names = []string{}
	}
	return State{Height: r.Ledger.Height(), Missing: names, WaitingFor: v.WaitingFor}
}

// sendFrom sends everything that is indexed behind a cursor and answers the last one sent. No view of the index is held
// while the receiver is waited for.
func (r *Reader) sendFrom(ctx context.Context, from index.Seq, records bool, send func(Event) error) (index.Seq, error) {
	for {
		events, end, err := r.collect(ctx, from, records)
		if err != nil {
			return from, err
		}
		for _, e := range events {
			if err := send(e); err != nil {
				return from, err
			}
		}
		if from = end; len(events) == 0 {
			return from, nil
		}
	}
}

// collect reads at most livePage events behind a cursor, and where they end.
func (r *Reader) collect(ctx context.Context, from index.Seq, records bool) (list []Event, end index.Seq, err error) {
	end = from
	err = r.with(ctx, func(s *session) error {
		blocks, err := s.view.BlocksFrom(from.Height, livePage+1)
		if err != nil {
			return err
		}
		for _, b := range blocks {
			last := index.Seq{Height: b.Height, Index: b.Records}
			if !end.Less(last) {
				continue
			}
			first := uint32(0)
			if end.Height == b.Height {
				first = end.Index + 1
			}
			for i := first; records && i < b.Records; i++ {
				if len(list) >= livePage {
					return nil
				}
				e, err := s.liveRecord(b, i)
				if err != nil {
					return err
				}
				list, end = append(list, e), index.Seq{Height: b.Height, Index: i}
			}
			if len(list) >= livePage {
				return nil
			}
			list, end = append(list, Event{Cursor: last.String(), Type: "block", Data: blockOf(b)}), last
		}
		return nil
	})
	return list, end, err
}

func (s *session) liveRecord(b index.BlockEntry, i uint32) (Event, error) {
	rec, err := s.view.Record(index.Seq{Height: b.Height, Index: i})
	if err != nil {
		return Event{}, err
	}
	ref, err := s.recordRef(&rec)
	if err != nil {
		return Event{}, err
	}
	party, err := s.who(rec.Party)
	return Event{Cursor: ref.Cursor, Type: "record",
		Data: LiveRecord{RecordRef: ref, Party: party, Number: b.Number, Time: rec.RecordTime(), Tx: rec.Tx}}, err
}

// Tip is the cursor behind everything indexed.
func (r *Reader) Tip(ctx context.Context) (tip index.Seq, err error) {
	err = r.with(ctx, func(s *session) error {
		blocks, err := s.view.Blocks(1<<64-1, 1)
		if len(blocks) > 0 {
			tip = index.Seq{Height: blocks[0].Height, Index: blocks[0].Records}
		}
		return err
	})
	return tip, err
}
