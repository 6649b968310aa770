package trace

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

// Reach says how sure it is that a thing belongs to the provenance of another.
type Reach string

// Certain follows from records that name the thing itself; possible from such that name its lot or class and a quantity,
// where it may have been another piece.
const (
	ReachCertain  Reach = "certain"
	ReachPossible Reach = "possible"
)

// Direction of a walk through the graph.
type Direction string

// Upstream is what a thing was made of or holds; downstream what was made of it or holds it.
const (
	DirUp   Direction = "upstream"
	DirDown Direction = "downstream"
)

// LinkKind says how two things are connected.
type LinkKind string

// Kinds of link, always from input to output, from content to container, from lot to unit.
const (
	LinkMade   LinkKind = "made"
	LinkInside LinkKind = "inside"
	LinkLot    LinkKind = "lot"
)

// Bounds of a graph.
const (
	DefaultGraphDepth = 16
	MaxGraphDepth     = 64
	DefaultGraphNodes = 2_000
	MaxGraphNodes     = 10_000
	maxGraphLinks     = 4 * MaxGraphNodes
	// lotWithin is how many of a unit's events are looked at for its lot: commissioning is among the first.
	lotWithin = 8
)

// GraphOptions say how far to walk.
type GraphOptions struct {
	Up, Down     bool
	Depth, Nodes int
	// Opener opens sealed events to whoever the graph is for; nil for the public.
	Opener *Opener
}

// Graph is what an object was made of and what became of it, as known at one ledger position. Slices are never nil.
type Graph struct {
	Root  string      `json:"root" doc:"Canonical name of the object asked for"`
	Nodes []GraphNode `json:"nodes" nullable:"false" doc:"Things reached, nearest first; the first is the object itself"`
	Links []GraphLink `json:"links" nullable:"false"`
	// Certain and Possible count the nodes beside the root by reach.
	Certain   int      `json:"certain" doc:"Things certainly reached"`
	Possible  int      `json:"possible" doc:"Things possibly reached, because records name a lot or class and a quantity"`
	Truncated bool     `json:"truncated" doc:"A bound of depth, nodes or records cut the graph short"`
	Ledger    Position `json:"ledger"`
}

// GraphNode is one thing. A thing that lies upstream and downstream has two nodes.
type GraphNode struct {
	ID        string     `json:"id" doc:"Canonical GS1 Digital Link or URI"`
	Kind      ObjectKind `json:"kind" enum:"instance,lot,class,logistic,asset,other"`
	Direction Direction  `json:"direction,omitempty" enum:"upstream,downstream" doc:"Absent for the object itself"`
	Depth     int        `json:"depth" doc:"Links between it and the object"`
	Reach     Reach      `json:"reach" enum:"certain,possible"`
}

// GraphLink connects two things through an event.
type GraphLink struct {
	From    string    `json:"from" doc:"Input, content or lot"`
	To      string    `json:"to" doc:"Output, container or unit"`
	Kind    LinkKind  `json:"kind" enum:"made,inside,lot"`
	Reach   Reach     `json:"reach" enum:"certain,possible"`
	EventID string    `json:"eventID"`
	Time    time.Time `json:"time" doc:"Event time"`
	Cursor  string    `json:"cursor" doc:"Place of the record on the ledger, height-index"`
}

// Graph walks from an identifier through transformations, containers and lots. It reads what the index keeps of each
// event, not the event's body: a thing with a thousand events behind it costs a few milliseconds.
func (t *Teller) Graph(ctx context.Context, id gs1.ID, opts GraphOptions) (*Graph, error) {
	v, err := t.index.View()
	if err != nil {
		return nil, fmt.Errorf("graph of %s: %w", id, err)
	}
	s := &telling{Teller: t, ctx: ctx, view: v, id: id.Canonical(), given: id, opts: Options{Opener: opts.Opener}}
	s.init()
	g := &grapher{telling: s, opts: opts, records: map[index.Seq]*index.Record{}, names: map[common.Hash]string{}, lists: map[place]surroundings{},
		at: map[place]int{}, linked: map[link]bool{}, seen: map[visit]index.Span{}}
	err = g.walk()
	if cerr := v.Close(); err == nil && cerr != nil {
		err = cerr
	}
	if err != nil {
		return nil, fmt.Errorf("graph of %s: %w", id, err)
	}
	return &g.graph, nil
}
