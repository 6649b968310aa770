package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/ethereum/go-ethereum/common"
	"golang.org/x/text/language"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/problem"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Objects is what the operations on objects ask.
type Objects struct {
	Teller *trace.Teller
	Index  *index.Projection
	// Opener opens sealed events to whoever asks in this context; nil opens none.
	Opener func(context.Context) *trace.Opener
}

func (o Objects) opener(ctx context.Context) *trace.Opener {
	if o.Opener == nil {
		return nil
	}
	return o.Opener(ctx)
}

// opened is what an answer depends on beside the index: which sealed events the asker gets opened, and which are here.
func (o Objects) opened(ctx context.Context) string {
	op := o.opener(ctx)
	if op == nil {
		return ""
	}
	return fmt.Sprint(op.Who, " ", op.Vault.Version())
}

// Identifier is the part of an input that names an object. Embed it.
type Identifier struct {
	ID string `path:"id" maxLength:"512" example:"https://id.gs1.org/01/09521202001011/21/1" doc:"Identifier in any form: Digital Link URI or path, EPC URN, element string (01)..(21).., bare GTIN or SSCC. Percent-encode it: a slash is %2F"`

	id    gs1.ID
	attrs []gs1.Attribute
}

// Resolve reads the identifier.
func (i *Identifier) Resolve(ctx huma.Context) []error {
	f := i.parse(ctx)
	if f == nil {
		return nil
	}
	return []error{f}
}

func (i *Identifier) parse(ctx huma.Context) *problem.Fault {
	text, err := pathParam(ctx, i.ID)
	if err != nil {
		return &problem.Fault{Pointer: "/path/id", Rule: gs1.RuleEncoding, Value: i.ID, Message: "is not percent-encoded right"}
	}
	i.id, i.attrs, err = gs1.ParseInput(text)
	if err == nil {
		_, err = i.id.Object("")
	}
	var g *gs1.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &g):
		return &problem.Fault{Pointer: "/path/id", Rule: g.Rule, Value: text, Message: g.Error()}
	}
	return &problem.Fault{Pointer: "/path/id", Rule: gs1.RuleSyntax, Value: text, Message: err.Error()}
}

// Language is the part of an input that says which of several declared names to give. Embed it.
type Language struct {
	Lang   string `query:"lang" maxLength:"16" doc:"Language of names, a BCP 47 tag. Where there is none in it, and if absent: by Accept-Language, else en" example:"zh"`
	Accept string `header:"Accept-Language" maxLength:"1000" doc:"Languages of names where there is none in lang"`
}

// maxLanguages bounds how many languages of a request are looked at.
const maxLanguages = 8

// Prefer are the languages to give names in, best first: the one asked for, those of the header, English. Pages go by the same
// rule among the languages that they speak.
func (l Language) Prefer() string {
	var list []string
	add := func(tag language.Tag) {
		base, _ := tag.Base()
		if b := base.String(); b != "und" && b != "mul" && !slices.Contains(list, b) { // * is mul
			list = append(list, b)
		}
	}
	if tag, err := language.Parse(l.Lang); err == nil {
		add(tag)
	}
	tags, _, _ := language.ParseAcceptLanguage(l.Accept) // what can't be read says nothing
	for _, t := range tags {
		add(t)
	}
	list = list[:min(len(list), maxLanguages)]
	add(language.English)
	return strings.Join(list, ",")
}

// Object is an object as this ledger knows it.
type Object struct {
	ID       string              `json:"id" doc:"Canonical GS1 Digital Link or URI at the finest level"`
	Path     string              `json:"path" doc:"Path of its scan page on any node"`
	Kind     trace.ObjectKind    `json:"kind" enum:"instance,lot,class,logistic,asset,other"`
	Identity trace.Identity      `json:"identity"`
	Record   trace.RecordVerdict `json:"record" doc:"Is what is shown what the ledger holds?"`
	Unit     trace.UnitVerdict   `json:"unit" doc:"What is known of this very unit?"`
	Lanes    []Lane              `json:"lanes" nullable:"false" doc:"Its lists of records on the ledger, with what the ledger's own head says of each"`
	// Dispositions are the persistent ones in force.
	Dispositions []string       `json:"dispositions" nullable:"false" doc:"Persistent dispositions in force"`
	Recalls      int            `json:"recalls" doc:"Recalls that reach it and are in force"`
	Records      int            `json:"records" doc:"Records this ledger holds on the lanes its story is told from"`
	Ledger       trace.Position `json:"ledger"`
}

// Lane is one list of records of an object.
type Lane struct {
	Lane   string      `json:"lane" enum:"trunk,notice,notes"`
	Object common.Hash `json:"object" doc:"Key of the object on the ledger"`
	Count  uint64      `json:"count,string" doc:"Records in it"`
	Head   common.Hash `json:"head" doc:"The head's storage word in contract Heads: count and chain"`
}

// Verdict is the two answers alone.
type Verdict struct {
	ID     string              `json:"id"`
	Record trace.RecordVerdict `json:"record"`
	Unit   trace.UnitVerdict   `json:"unit"`
	Ledger trace.Position      `json:"ledger"`
}

// Event is one record of an object.
type Event struct {
	Cursor     string          `json:"cursor" doc:"Place on the ledger, height-index" example:"120-3"`
	RecordTime time.Time       `json:"recordTime" doc:"Block time"`
	Party      common.Address  `json:"party" doc:"Who recorded it"`
	Commitment common.Hash     `json:"commitment"`
	Damaged    bool            `json:"damaged" doc:"The body is withheld or doesn't match its commitment"`
	Corrected  string          `json:"corrected,omitempty" doc:"Cursor of the declaration by its own party that it was an error"`
	Sealed     *Sealed         `json:"sealed,omitempty" doc:"The body is not on the ledger, but with its parties"`
	Event      json.RawMessage `json:"event,omitempty" doc:"The EPCIS 2.0 event; of a sealed one only for those entitled, where this node has it"`
}

// Sealed is what the ledger says of a sealed event.
type Sealed struct {
	Policy string      `json:"policy" enum:"chain,private" doc:"chain: for the parties on the way of its objects; private: for its party alone"`
	Fields uint64      `json:"fields" doc:"Fields of the body"`
	Of     common.Hash `json:"of,omitzero" doc:"Commitment of the sealed event that this error declaration is about"`
}

var lanes = []struct {
	name string
	lane format.Lane
}{{"trunk", format.Trunk}, {"notice", format.Notice}, {"notes", format.Notes}}

type objectInput struct {
	Identifier
	Language
	Condition
}

// Mount registers the operations on objects.
func (o Objects) Mount(a *API) {
	Public(a, huma.Operation{OperationID: "object", Path: "/objects/{id}", Tags: []string{"objects"}, Summary: "One object",
		Extensions:  Chinese("一件物品"),
		Description: "Identity, both verdicts and the heads of its lanes. An identifier nobody recorded is answered too: its record state is unknown."},
		o.object)
	Public(a, huma.Operation{OperationID: "verdict", Path: "/objects/{id}/verdict", Tags: []string{"objects"}, Summary: "Both verdicts on an object",
		Extensions:  Chinese("一件物品的两个结论"),
		Description: "Record: is what is shown what the ledger holds? Unit: what is known of this very unit? The two are never one."},
		o.verdict)
	Members(a, huma.Operation{OperationID: "object-events", Path: "/objects/{id}/events", Tags: []string{"objects"}, Summary: "Events of an object",
		Extensions:  Chinese("一件物品的事件"),
		Description: "The records of one of its lanes in ledger order, corrected ones included, with their EPCIS events."}, o.events)
	Members(a, huma.Operation{OperationID: "graph", Path: "/objects/{id}/graph", Tags: []string{"objects"}, Summary: "Provenance graph",
		Extensions:  Chinese("来源与去向图"),
		Description: "What the object was made of and holds (upstream), what was made of it and holds it (downstream), through transformations, containers and lots, and how sure that is."},
		o.graph)
}

// tagOf is the ETag of what depends on the whole index and the day: stories tell of many lanes, and of expiry dates.
func (o Objects) tagOf(c *Condition, block common.Hash, in ...any) (string, error) {
	return c.Tag(append(in, block, time.Now().UTC().Format(time.DateOnly))...)
}

func (o Objects) story(ctx context.Context, in *objectInput) (*trace.Story, string, error) {
	opened, lang := o.opened(ctx), in.Prefer()
	if _, err := o.tagOf(&in.Condition, o.Index.Position().Hash, opened, lang); err != nil {
		return nil, "", err
	}
	s, err := o.Teller.Story(ctx, in.id, trace.Options{Lang: lang, Printed: in.attrs, Now: time.Now(), Opener: o.opener(ctx)})
	if err != nil {
		return nil, "", err
	}
	tag, err := o.tagOf(&in.Condition, s.Ledger.Hash, opened, lang)
	return s, tag, err
}

func (o Objects) object(ctx context.Context, in *objectInput) (*struct {
	Tagged
	Body Object
}, error) {
	s, tag, err := o.story(ctx, in)
	if err != nil {
		return nil, err
	}
	out := Object{ID: s.ID, Path: s.Path, Kind: s.Kind, Identity: s.Identity, Record: s.Record, Unit: s.Unit, Dispositions: s.Dispositions,
		Records: s.Records, Ledger: s.Ledger}
	for _, r := range s.Recalls {
		if r.Active {
			out.Recalls++
		}
	}
	v, err := o.Index.View()
	if err != nil {
		return nil, err
	}
	defer func() { _ = v.Close() }() // read only
	if out.Lanes, err = lanesOf(v, in.id); err != nil {
		return nil, err
	}
	return &struct {
		Tagged
		Body Object
	}{Keep(tag), out}, nil
}

func lanesOf(v *index.View, id gs1.ID) ([]Lane, error) {
	objs, err := trace.ObjectsOf(v, id)
	if err != nil {
		return nil, err
	}
	out := []Lane{}
	for _, obj := range objs {
		for _, l := range lanes {
			h, err := v.Head(common.Hash(format.LaneKey(l.lane, format.Hash(obj))))
			if err != nil {
				return nil, err
			}
			out = append(out, Lane{Lane: l.name, Object: obj, Count: h.Count, Head: common.Hash(h.Word())})
		}
	}
	return out, nil
}

func (o Objects) verdict(ctx context.Context, in *objectInput) (*struct {
	Tagged
	Body Verdict
}, error) {
	s, tag, err := o.story(ctx, in)
	if err != nil {
		return nil, err
	}
	return &struct {
		Tagged
		Body Verdict
	}{Keep(tag), Verdict{ID: s.ID, Record: s.Record, Unit: s.Unit, Ledger: s.Ledger}}, nil
}

type eventsInput struct {
	Identifier
	Paging
	Condition
	Lane string `query:"lane" enum:"trunk,notice,notes" default:"trunk" doc:"trunk: by those entitled; notice: recalls and their lifting; notes: what others observed"`
}

type eventsOutput struct {
	Tagged
	Link string `header:"Link" doc:"The next page (RFC 8288)"`
	Body Page[Event]
}

func (o Objects) events(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	after, going, err := in.From()
	if err != nil {
		return nil, err
	}
	v, err := o.Index.View()
	if err != nil {
		return nil, err
	}
	defer func() { _ = v.Close() }() // read only
	objs, err := trace.ObjectsOf(v, in.id)
	if err != nil {
		return nil, err
	}
	if len(objs) > 1 {
		return nil, problem.New(http.StatusConflict, fmt.Sprintf("%s is recorded as %d objects, because the licence it falls under changed", in.id, len(objs)))
	}
	lane := format.Trunk
	for _, l := range lanes {
		if l.name == in.Lane {
			lane = l.lane
		}
	}
	key := common.Hash(format.LaneKey(lane, format.Hash(objs[0])))
	head, err := v.Head(key)
	if err != nil {
		return nil, err
	}
	tag, err := in.Tag(key, head.Word(), o.opened(ctx))
	if err != nil {
		return nil, err
	}
	from := uint64(0)
	if going {
		if from, err = behind(v, key, head.Count, after); err != nil {
			return nil, err
		}
	}
	leaves, err := v.Leaves(key, from, in.Limit)
	if err != nil {
		return nil, err
	}
	list, next := []Event{}, ""
	for _, l := range leaves {
		if !l.HasRecord {
			continue
		}
		e, err := eventOf(v, l.Seq, o.opener(ctx))
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		next = e.Cursor
	}
	if from+uint64(len(leaves)) >= head.Count {
		next = ""
	}
	return &eventsOutput{Keep(tag), in.Next(next), Page[Event]{Items: list, Next: next}}, nil
}

// behind finds the first leaf of a lane behind a cursor.
func behind(v *index.View, lane common.Hash, count uint64, after Cursor) (uint64, error) {
	var bad error
	n := sort.Search(int(count), func(i int) bool {
		l, err := v.Leaves(lane, uint64(i), 1)
		bad = errors.Join(bad, err)
		return len(l) == 0 || after.Less(l[0].Seq)
	})
	return uint64(n), bad
}

func eventOf(v *index.View, seq index.Seq, op *trace.Opener) (Event, error) {
	rec, err := v.Record(seq)
	if err != nil {
		return Event{}, err
	}
	out := Event{Cursor: seq.String(), RecordTime: rec.RecordTime(), Party: rec.Party, Commitment: rec.Commitment,
		Damaged: rec.Damaged || !rec.Matches()}
	if decl, ok, err := v.Correction(seq); err != nil {
		return Event{}, err
	} else if ok {
		out.Corrected = decl.String()
	}
	if out.Damaged {
		return out, nil
	}
	if stub, ok := rec.Sealed(); ok {
		out.Sealed = &Sealed{Policy: stub.Policy, Fields: stub.Count, Of: stub.Of}
		if opened, err := op.Open(v, &rec); err != nil || !opened {
			return out, err
		}
	}
	if e, err := epcis.ParseBody(rec.Body); err == nil {
		o := epcis.Output{Event: e, RecordTime: rec.RecordTime()}
		if e.EventID == "" {
			o.EventID = rec.ID()
		}
		out.Event = epcis.MarshalEvent(o)
	}
	return out, nil
}

type graphInput struct {
	Identifier
	Condition
	Direction string `query:"direction" enum:"up,down,both" default:"both" doc:"up: what it was made of and holds; down: what was made of it and holds it"`
	Depth     int    `query:"depth" minimum:"1" maximum:"64" default:"16" doc:"Most links in a row"`
	Nodes     int    `query:"nodes" minimum:"1" maximum:"10000" default:"2000" doc:"Most things beside the object"`
}

func (o Objects) graph(ctx context.Context, in *graphInput) (*struct {
	Tagged
	Body *trace.Graph
}, error) {
	who := o.opened(ctx)
	if _, err := in.Tag(o.Index.Position().Hash, who); err != nil {
		return nil, err
	}
	g, err := o.Teller.Graph(ctx, in.id, trace.GraphOptions{Up: in.Direction != "down", Down: in.Direction != "up", Depth: in.Depth, Nodes: in.Nodes,
		Opener: o.opener(ctx)})
	if err != nil {
		return nil, err
	}
	tag, err := in.Tag(g.Ledger.Hash, who)
	if err != nil {
		return nil, err
	}
	return &struct {
		Tagged
		Body *trace.Graph
	}{Keep(tag), g}, nil
}
