package trace

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/lists"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Ledger is what stories and capture ask of the ledger itself: its present state.
type Ledger interface {
	// Call runs a read-only call at the latest final block. A call that reverts answers an error and, as the bytes,
	// what it reverted with.
	Call(ctx context.Context, to common.Address, data []byte) ([]byte, error)
	// Final is the latest final block.
	Final() index.Position
}

// Bounds of a story. What lies beyond is counted, and the story says that it is cut short.
const (
	MaxSteps      = 500   // events of one object
	MaxStory      = 2_000 // events in all
	MaxUpstream   = 1_000 // things an object was made of
	MaxDepth      = 16    // transformations or containers in a row
	MaxContainers = 200
	MaxNotes      = 20    // notes shown
	MaxUnits      = 50    // transformations that put out units of a lot
	MaxClaims     = 100   // certificates and reports named
	MaxReadings   = 1_000 // readings of one measure listed; all are summed up
	maxMembers    = 1_000

	// LateAfter is how much later another event of the same object must have happened, and been recorded before, for
	// an event to be called late.
	LateAfter = time.Hour
	// MaxAhead is how much later than it is put on record an event may say that it happened: for clocks that go wrong. An
	// event is something that happened.
	MaxAhead = 10 * time.Minute
	// maxBehind is how many blocks a node may lag before it says that it can't check.
	maxBehind = 5
)

// Teller tells stories from the index.
type Teller struct {
	index  *index.Projection
	ledger Ledger
	told   *told        // nil: nothing is remembered
	lists  *lists.Store // nil: none
	vault  *vault.Store // nil: none
}

// NewTeller makes a teller. Without a ledger (nil) it can't compare the index with the ledger's heads, and knows of
// organisations only what their register's logs told.
func NewTeller(x *index.Projection, ledger Ledger) *Teller { return &Teller{index: x, ledger: ledger} }

// Remember makes the teller keep stories in so many bytes of memory (an estimate) for as long as telling them again
// would give the same. Call it once, before the first story.
func (t *Teller) Remember(bytes int) *Teller {
	t.told = newTold(t.index, bytes)
	return t
}

// Options are what a scan says beside its identifier, and for whom the story is told.
type Options struct {
	// Lang is the language to prefer where a name was declared in several, as a BCP 47 tag, or several with commas between
	// them, the best first; "en" if empty.
	Lang string
	// Printed are the data attributes of the scanned link: lot and dates as printed on the pack.
	Printed []gs1.Attribute
	// Now is the time against which expiry is judged; the ledger's own if zero.
	Now time.Time
	// Opener opens sealed events to whoever the story is told to; nil for the public.
	Opener *Opener
}

// Story tells the story of an identifier. One that nobody recorded has a story too, with the record state unknown.
// id may carry a lot beside its serial: then it counts as printed. A story is shared between those who ask the same, and
// must not be changed.
func (t *Teller) Story(ctx context.Context, id gs1.ID, opts Options) (*Story, error) {
	if opts.Lang == "" {
		opts.Lang = "en"
	}
	unclear := opts.Now.IsZero() && len(opts.Printed) > 0 // the century of a printed date goes by the ledger's clock
	if t.told == nil || unclear || opts.Opener != nil || t.behind() {
		return t.tell(ctx, id, opts)
	}
	if story := t.told.take(t.question(id, opts), opts.Now); story != nil {
		return story, nil
	}
	return t.tell(ctx, id, opts)
}

// behind says that the index is so far behind the ledger that stories say so.
func (t *Teller) behind() bool {
	return t.ledger != nil && t.ledger.Final().Number > t.index.Position().Number+maxBehind
}

// tell tells a story from the index, and remembers it if it may.
func (t *Teller) tell(ctx context.Context, id gs1.ID, opts Options) (*Story, error) {
	v, err := t.index.View()
	if err != nil {
		return nil, fmt.Errorf("story of %s: %w", id, err)
	}
	s := &telling{Teller: t, ctx: ctx, view: v, opts: opts, id: id.Canonical(), given: id}
	var reads *index.Reads
	asked := t.question(id, opts) // before it is told: a list that comes meanwhile makes it another question
	if t.told != nil && opts.Opener == nil {
		reads = v.Note()
		s.Teller = &Teller{index: t.index, lists: t.lists, vault: t.vault}
		if t.ledger != nil {
			s.Teller.ledger = &notedLedger{Ledger: t.ledger, reads: reads}
		}
	}
	s.init()
	err = s.tell()
	if cerr := v.Close(); err == nil && cerr != nil {
		err = cerr
	}
	if err != nil {
		return nil, fmt.Errorf("story of %s: %w", id, err)
	}
	story := s.story // apart from the work on it, which may go
	if reads != nil {
		if a := s.answer(asked, &story, reads); a != nil {
			t.told.keep(a, v.Position())
		}
	}
	return &story, nil
}

// telling is the work on one story.
type telling struct {
	*Teller
	ctx   context.Context
	view  *index.View
	opts  Options
	id    gs1.ID // canonical
	given gs1.ID // as scanned
	story Story

	taken         map[index.Seq]bool  // records already in the story
	primary       map[common.Hash]int // event hash: place in steps of its first record
	steps         []*step             // in the order found
	ordered       []*step             // the same by time, as long as none was added
	events        map[index.Seq]*epcis.Event
	unsealed      map[index.Seq]*opened
	revealed      map[common.Hash][]revealed // by object, for those who may read sealed events
	mentioned     map[common.Hash]string     // names that opened events give objects
	agents        map[common.Address]uint64
	parties       map[common.Address]Party
	masters       map[string][]index.Declared
	ranks         map[claimant]int        // standing of parties
	trusted       map[common.Address]bool // parties that wrote to the object's own trunk
	lots          map[string]bool         // lots recorded at commissioning
	expiries      map[string]bool
	lot           gs1.ID // lot recorded for an instance
	inLists       []inList
	held          int // leaves the ledger holds on the lanes told in full
	mismatch      []Reason
	prefixNotices bool                // the ledger holds notices on prefixes
	prefixes      map[string][]string // digits of a company: its prefixes that have notices
	certificates  []*step             // of the notice lanes
	corrected     map[string]string   // corrective event ID: erroneous event ID
	until         uint64              // block time at which the first suspension told of ends; 0 for none
}

func (s *telling) init() {
	s.taken = make(map[index.Seq]bool)
	s.primary = make(map[common.Hash]int)
	s.parties = make(map[common.Address]Party)
	s.masters = make(map[string][]index.Declared)
	s.ranks = make(map[claimant]int)
	s.trusted = make(map[common.Address]bool)
	s.lots = make(map[string]bool)
	s.expiries = make(map[string]bool)
	s.corrected = make(map[string]string)
	s.events = make(map[index.Seq]*epcis.Event)
	s.unsealed = make(map[index.Seq]*opened)
	s.revealed = make(map[common.Hash][]revealed)
	s.mentioned = make(map[common.Hash]string)
	s.agents = make(map[common.Address]uint64)
	pos := s.view.Position()
	if s.opts.Now.IsZero() {
		s.opts.Now = time.Unix(int64(pos.Time), 0)
	}
	s.story = Story{
		ID: s.id.String(), Path: s.id.Path(), Kind: kindOf(s.id),
		Recalls: []Recall{}, Journey: []Step{}, Containers: []Containment{}, Contents: []Membership{},
		Inputs: []Upstream{}, Notes: Notes{Latest: []Step{}}, ColdChain: []ColdChain{}, Claims: []Claim{}, Dispositions: []string{},
		Ledger: positionOf(pos),
	}
	s.story.Identity.Attributes = []Attribute{}
	s.story.Identity.Compare, s.story.Identity.Ask = []string{}, []string{}
}

func positionOf(p index.Position) Position {
	return Position{Height: p.Height, Number: p.Number, Hash: p.Hash, Time: time.Unix(int64(p.Time), 0).UTC()}
}

// tell walks from the object outwards: its own events, its lot's, its containers', what it was made of; then recalls,
// notes, and what follows from all of them.
func (s *telling) tell() error {
	own, err := s.objectsOf(s.id)
	if err != nil {
		return err
	}
	for _, obj := range own {
		if err := s.gather(source{obj: obj, relation: RelationOwn, whole: true}); err != nil {
			return err
		}
	}
	if err := s.takeUnits(own); err != nil {
		return err
	}
	if err := s.readLists(own); err != nil {
		return err
	}
	s.readCommissioning()
	if err := s.readPrintedLot(own); err != nil {
		return err
	}
	if !s.lot.IsZero() {
		objs, err := s.objectsOf(s.lot)
		if err != nil {
			return err
		}
		for _, obj := range objs {
			if err := s.gather(source{obj: obj, relation: RelationLot, via: s.lot.String(), whole: true}); err != nil {
				return err
			}
		}
	}
	if err := s.readContainers(own); err != nil {
		return err
	}
	if err := s.readUpstream(own); err != nil {
		return err
	}
	if err := s.readRecalls(); err != nil {
		return err
	}
	if err := s.readNotes(own); err != nil {
		return err
	}
	s.finishSteps()
	if err := s.identify(); err != nil {
		return err
	}
	if err := s.nameInputs(); err != nil {
		return err
	}
	s.foldDispositions()
	s.readClaims()
	s.readExpected()
	s.readContents()
	if err := s.readColdChain(); err != nil {
		return err
	}
	return s.judge()
}

// kindOf is the level of a story.
func kindOf(id gs1.ID) ObjectKind {
	switch id.Key() {
	case "01":
		switch id.Level() {
		case gs1.LevelInstance:
			return KindInstance
		case gs1.LevelLot:
			return KindLot
		}
		return KindClass
	case "00":
		return KindLogistic
	case "8003", "8004":
		return KindAsset
	}
	return KindOther
}

// objectsOf finds the ledger's objects of an identifier. Where the key alone decides there is one; else those that the
// identifier was recorded as, and the one it would be under the catch-all licence.
func (s *telling) objectsOf(id gs1.ID) ([]common.Hash, error) { return ObjectsOf(s.view, id) }

// ObjectsOf finds the ledger's objects of an identifier; none for a place or party.
func ObjectsOf(v *index.View, id gs1.ID) ([]common.Hash, error) {
	plain, err := id.Object("")
	if err != nil {
		return nil, nil // a place or party has no object
	}
	switch plain.Kind {
	case format.KindGIAI, format.KindCPID, format.KindURI:
		list, err := v.Named(id.String())
		if err != nil || len(list) > 0 {
			return list, err
		}
	}
	return []common.Hash{plain.Key()}, nil
}

// headOf asks the ledger for the head word of a lane.
func (t *Teller) headOf(ctx context.Context, lane common.Hash) (format.Head, error) {
	data, err := heads.TryPackHead(lane)
	if err != nil {
		return format.Head{}, err
	}
	out, err := t.ledger.Call(ctx, contracts.HeadsAddr, data)
	if err != nil {
		return format.Head{}, fmt.Errorf("ask for the head of %s: %w", lane, err)
	}
	if len(out) != 32 {
		return format.Head{}, fmt.Errorf("head of %s has %d bytes", lane, len(out))
	}
	return format.HeadFromWord(format.Hash(out)), nil
}

var heads = contracts.NewHeads()
