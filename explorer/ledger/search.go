package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Found is the answer to a search.
type Found struct {
	Query string `json:"query"`
	Hits  []Hit  `json:"hits" nullable:"false"`
	// Tried says as what the text was looked up.
	Tried []string `json:"tried" nullable:"false" doc:"As what the text was looked up: block, height, transaction, address, gs1, ending, party, ..."`
	// Fault says why what looks like a GS1 identifier isn't one.
	Fault string `json:"fault,omitempty"`
	More  bool   `json:"more,omitempty" doc:"There are more hits than are given"`
}

// Hit is something that a search found.
type Hit struct {
	Kind  string `json:"kind" enum:"block,height,transaction,address,party,validator,licence,object,record,registry"`
	Title string `json:"title"`
	// Path is the page in the explorer, Scan that of the consumer's story where there is one.
	Path string `json:"path"`
	Scan string `json:"scan,omitempty"`
}

// maxHits is how many hits of one kind are given.
const maxHits = 20

// searcher collects hits.
type searcher struct {
	*session
	Found
	q query
}

// Search looks a text up as everything it may be.
func (r *Reader) Search(ctx context.Context, text string) (out Found, err error) {
	err = r.with(ctx, func(s *session) error {
		f := &searcher{session: s, q: parseQuery(text)}
		f.Found = Found{Query: f.q.text, Hits: []Hit{}, Tried: []string{}, Fault: f.q.fault}
		for _, try := range []func() error{f.numbers, f.hashes, f.addresses, f.validators, f.cursors, f.identifiers, f.events, f.endings, f.partyNames} {
			if err := try(); err != nil {
				return err
			}
		}
		out = f.Found
		return nil
	})
	return out, err
}

func (f *searcher) tried(what string) { f.Tried = append(f.Tried, what) }

func (f *searcher) hit(kind, title, path string) {
	for _, h := range f.Hits {
		if h.Path == path && h.Kind == kind {
			return
		}
	}
	f.Hits = append(f.Hits, Hit{Kind: kind, Title: title, Path: path})
}

func (f *searcher) numbers() error {
	if f.q.number == nil {
		return nil
	}
	n := *f.q.number
	f.tried("block")
	if n <= f.Ledger.Final().Number {
		f.hit("block", decimal(n), "/explorer/blocks/"+decimal(n))
	}
	f.tried("height")
	if n > 0 && n <= uint64(f.Ledger.Height()) { //nolint:gosec // a height
		entries, err := f.view.Blocks(n, 1)
		if err != nil {
			return err
		}
		if len(entries) == 1 && (entries[0].Height == n || entries[0].Number != n) {
			f.hit("height", decimal(entries[0].Height), "/explorer/blocks/"+decimal(entries[0].Number))
		}
	}
	f.tried("licence")
	if f.q.prefix != "" {
		var digits [32]byte
		copy(digits[:], f.q.prefix)
		id, err := ask(f.ctx, f.Reader, contracts.PartiesAddr, parties.PackLicenceForDigits(digits), parties.UnpackLicenceForDigits)
		if err != nil {
			return err
		}
		if id != 0 {
			l, err := f.licence(id)
			if err != nil {
				return err
			}
			if l.Kind != "sandbox" {
				f.hit("licence", l.Text+" "+l.Holder.Name, "/explorer/licences/"+decimal(id))
			}
		}
	}
	return f.glns()
}

func (f *searcher) glns() error {
	if f.q.gln == 0 {
		return nil
	}
	f.tried("gln")
	a, err := ask(f.ctx, f.Reader, contracts.PartiesAddr, parties.PackPartyByGLN(f.q.gln), parties.UnpackPartyByGLN)
	if err != nil || a == (common.Address{}) {
		return err
	}
	return f.party(a)
}

func (f *searcher) party(a common.Address) error {
	w, err := f.who(a)
	if err == nil {
		f.hit("party", w.Name, "/explorer/parties/"+a.Hex())
	}
	return err
}

func (f *searcher) hashes() error {
	if f.q.hash == nil {
		return nil
	}
	h := *f.q.hash
	f.tried("transaction")
	_, _, ok, err := f.Ledger.Transaction(h)
	if err != nil {
		return err
	}
	if ok {
		f.hit("transaction", h.Hex(), "/explorer/transactions/"+h.Hex())
	}
	f.tried("block")
	number, ok, err := f.Ledger.NumberOf(h)
	if err != nil {
		return err
	}
	if ok {
		f.hit("block", decimal(number), "/explorer/blocks/"+decimal(number))
	}
	f.tried("object")
	return f.object(h, "", "")
}

// object adds an object if any leaf stands on it.
func (f *searcher) object(key common.Hash, title, scan string) error {
	o, err := f.session.object(key)
	if err != nil || o.Counts == [3]uint64{} {
		return err
	}
	if title == "" {
		title = o.ID
	}
	if title == "" {
		title = key.Hex()
	}
	path := "/explorer/objects/" + key.Hex()
	f.hit("object", title, path)
	if id, err := gs1.Parse(o.ID); err == nil && scan == "" && id.Key() != "" {
		scan = id.Path()
	}
	for i := range f.Hits {
		if f.Hits[i].Path == path {
			f.Hits[i].Scan = scan
		}
	}
	return nil
}

func (f *searcher) addresses() error {
	if f.q.address == nil {
		return nil
	}
	a := *f.q.address
	f.tried("address")
	w, err := f.who(a)
	if err != nil {
		return err
	}
	switch {
	case w.Kind == "party":
		f.hit("party", w.Name, "/explorer/parties/"+a.Hex())
	case w.Kind != "":
		f.hit("address", strings.TrimSpace(a.Hex()+" "+w.Name), "/explorer/addresses/"+a.Hex())
	default:
		sent, err := f.view.Sent(a, index.TxPlace{Height: 1<<64 - 1}, 1)
		if err != nil {
			return err
		}
		if len(sent) > 0 {
			f.hit("address", a.Hex(), "/explorer/addresses/"+a.Hex())
		}
	}
	return nil
}

func (f *searcher) validators() error {
	f.tried("validator")
	for _, v := range f.Signing().List {
		if f.q.comet != "" && strings.EqualFold(v.Address, f.q.comet) || f.q.word != "" && index.NameHas(v.Name, f.q.word) {
			f.hit("validator", v.Name, "/explorer/validators")
		}
	}
	return nil
}

func (f *searcher) cursors() error {
	if f.q.cursor == nil {
		return nil
	}
	f.tried("record")
	rec, err := f.view.Record(*f.q.cursor)
	if errors.Is(err, index.ErrNotFound) {
		return nil
	}
	if err == nil {
		f.record(&rec)
	}
	return err
}

func (f *searcher) record(rec *index.Record) {
	title := rec.ID()
	if title == "" {
		title = rec.Seq.String()
	}
	f.hit("record", title, "/explorer/transactions/"+rec.Tx.Hex())
}

// identifiers looks a GS1 identifier up: the objects recorded under its name, and that of its kind of product.
func (f *searcher) identifiers() error {
	if f.q.id.IsZero() {
		return nil
	}
	f.tried("gs1")
	if gln := f.q.id.GLN(); gln != "" {
		var n uint64
		if _, err := fmt.Sscan(strings.TrimLeft(gln, "0"), &n); err == nil {
			f.q.gln = n
			if err := f.glns(); err != nil {
				return err
			}
		}
	}
	forms := []gs1.ID{f.q.id.Canonical()}
	if lot := f.q.id.Lot(); lot != "" && f.q.id.Serial() != "" {
		if class, ok := f.q.id.Class(); ok {
			forms = append(forms, class.WithLot(lot))
		}
	}
	if class, ok := f.q.id.Class(); ok {
		forms = append(forms, class)
	}
	for _, id := range forms {
		names, err := f.view.Named(id.String())
		if err != nil {
			return err
		}
		for _, key := range names {
			if err := f.object(key, id.String(), id.Path()); err != nil {
				return err
			}
		}
		if len(names) > 0 {
			return nil // the finest that is recorded
		}
	}
	// Master data may name a kind of product no event has.
	if declared, err := f.view.Master(f.q.id.Canonical().String()); err != nil || len(declared) > 0 {
		if err == nil {
			f.Hits = append(f.Hits, Hit{Kind: "object", Title: f.q.id.String(), Path: f.q.id.Path(), Scan: f.q.id.Path()})
		}
		return err
	}
	return nil
}

func (f *searcher) events() error {
	if f.q.event == "" {
		return nil
	}
	f.tried("event")
	seqs, err := f.view.ByEventID(f.q.event, maxHits)
	if err != nil {
		return err
	}
	for _, s := range seqs {
		rec, err := f.view.Record(s)
		if err != nil {
			return err
		}
		f.record(&rec)
	}
	return nil
}

// endings looks for things by serial or lot alone.
func (f *searcher) endings() error {
	if f.q.word == "" {
		return nil
	}
	f.tried("ending")
	names, more, err := f.view.Ending(f.q.word, maxHits)
	if err != nil {
		return err
	}
	f.More = f.More || more
	for _, name := range names {
		objects, err := f.view.Named(name)
		if err != nil {
			return err
		}
		for _, key := range objects {
			if err := f.object(key, name, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// partyNames looks for organisations by words of their name. Those of the genesis block are asked of the register: the
// index has no log of them.
func (f *searcher) partyNames() error {
	if f.q.word == "" {
		return nil
	}
	f.tried("party")
	operators, err := ask(f.ctx, f.Reader, contracts.GovernanceAddr, governance.PackOperators(), governance.UnpackOperators)
	if err != nil {
		return err
	}
	for _, o := range operators {
		if w, err := f.who(o.Party); err != nil {
			return err
		} else if index.NameHas(w.Name, f.q.word) {
			f.hit("party", w.Name, "/explorer/parties/"+o.Party.Hex())
		}
	}
	list, more, err := f.view.PartiesNamed(f.q.word, maxHits)
	if err != nil {
		return err
	}
	f.More = f.More || more
	for _, p := range list {
		f.hit("party", p.Name, "/explorer/parties/"+p.Address.Hex())
	}
	return nil
}

// LaneOf reads the name of a lane; "" is the trunk.
func LaneOf(name string) (format.Lane, bool) {
	switch name {
	case "", "trunk":
		return format.Trunk, true
	case "notice":
		return format.Notice, true
	case "notes":
		return format.Notes, true
	}
	return 0, false
}
