package epcis

import (
	"io"
	"slices"
	"time"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// Limits bound what is read.
type Limits struct {
	Bytes  int // of the JSON text
	Depth  int // of nesting
	Events int // in one document
	Faults int // listed; counting goes no further
}

// DefaultLimits are what a node takes unless configured otherwise.
var DefaultLimits = Limits{Bytes: 16 << 20, Depth: 64, Events: 10_000, Faults: 1_000}

// Document is a valid EPCIS document, or a bare event taken for a document of one.
type Document struct {
	// Type is EPCISDocument, EPCISQueryDocument, or "" for a bare event.
	Type string
	// ID, SchemaVersion, CreationDate, Sender, Receiver and InstanceID are as sent; zero if absent.
	ID, SchemaVersion            string
	CreationDate                 time.Time
	Sender, Receiver, InstanceID string
	Events                       []*Event
	// Faulty are the events left out of Events, by their place in the document, from 0, with what is wrong with them; see
	// ParseEach. Events[i] stood at Places[i].
	Faulty map[int][]Fault
	Places []int
	// MasterData is the EPCISMasterData of the header, nil if there is none.
	MasterData *MasterData
	Context    *Context
}

// Types of document.
const (
	EPCISDocument      = "EPCISDocument"
	EPCISQueryDocument = "EPCISQueryDocument"
)

// Parse reads an EPCISDocument, an EPCISQueryDocument, or one bare event, within DefaultLimits. The error is an
// *Invalid.
func Parse(data []byte) (*Document, error) { return ParseLimits(data, DefaultLimits) }

// Decode reads a document from r and never more than limits.Bytes of it. Errors of r are returned as they are, all
// others are *Invalid.
func Decode(r io.Reader, limits Limits) (*Document, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limits.Bytes)+1))
	if err != nil {
		return nil, err
	}
	return ParseLimits(data, limits)
}

// ParseLimits is Parse within other limits.
func ParseLimits(data []byte, limits Limits) (*Document, error) {
	root, c, err := read(data, limits)
	if err != nil {
		return nil, err
	}
	doc := c.document(root, limits)
	return doc, c.result()
}

// ParseEach is ParseLimits for a reader who takes what is valid: events with faults don't make the document invalid, but
// are left out of it and listed in Faulty.
func ParseEach(data []byte, limits Limits) (*Document, error) {
	root, c, err := read(data, limits)
	if err != nil {
		return nil, err
	}
	c.each = true
	doc := c.document(root, limits)
	return doc, c.result()
}

// ParseEvent reads one bare event as a client sends it to /epcis/events: it must carry "@context".
func ParseEvent(data []byte) (*Event, error) { return parseEvent(data, true) }

// ParseBody reads a canonical body, which carries "@context" only for the user's own entries. Body of the result is
// canonical; compare it with data if the bytes themselves matter (a commitment is over the bytes).
func ParseBody(data []byte) (*Event, error) { return parseEvent(data, false) }

func parseEvent(data []byte, needContext bool) (*Event, error) {
	root, c, err := read(data, DefaultLimits)
	if err != nil {
		return nil, err
	}
	e := c.event(root, nil, needContext)
	if err := c.result(); err != nil {
		return nil, err
	}
	return e, nil
}

// read gets the JSON of data.
func read(data []byte, limits Limits) (*Value, *checker, error) {
	c := &checker{limit: max(limits.Faults, 1)}
	if len(data) > limits.Bytes {
		c.fault(RuleSize, nil, "is larger than %d bytes", limits.Bytes)
		return nil, nil, c.result()
	}
	root, f := parseJSON(data, limits.Depth)
	if f != nil {
		return nil, nil, &Invalid{Faults: []Fault{*f}}
	}
	return root, c, nil
}

// result is the error of all faults found; a document must not be used if there is one.
func (c *checker) result() error {
	if len(c.faults) == 0 {
		return nil
	}
	return &Invalid{Faults: c.faults, Truncated: c.truncated}
}

func (c *checker) document(root *Value, limits Limits) *Document {
	doc := &Document{Context: &Context{}}
	if !c.is(root, Object) {
		return doc
	}
	t := root.Get("type")
	if t.Kind() != String || t.text != EPCISDocument && t.text != EPCISQueryDocument {
		if root.Get("epcisBody") != nil {
			c.envelopeType(t)
			return doc
		}
		if e := c.event(root, nil, true); e != nil {
			doc.Events, doc.Places = []*Event{e}, []int{0}
			doc.Context = e.context
		}
		return doc
	}
	doc.Type = t.text
	if v := root.Get("@context"); v != nil {
		c.in("@context", func() { c.readContext(v, doc.Context) })
	} else {
		c.missing("@context")
	}
	c.ctx = doc.Context
	text := func(into *string) func(*checker, *Value) {
		return func(c *checker, v *Value) {
			if c.is(v, String) {
				*into = v.text
			}
		}
	}
	table := fieldTable{
		"@context":      func(*checker, *Value) {},
		"type":          func(*checker, *Value) {},
		"id":            func(c *checker, v *Value) { doc.ID = c.uri(v) },
		"schemaVersion": func(c *checker, v *Value) { doc.SchemaVersion = c.version(v) },
		"creationDate":  func(c *checker, v *Value) { doc.CreationDate = c.time(v) },
		"epcisBody": func(c *checker, v *Value) {
			if doc.Type == EPCISDocument {
				c.body(doc, v, limits)
			} else {
				c.queryBody(doc, v, limits)
			}
		},
	}
	required := []string{"epcisBody"}
	if doc.Type == EPCISDocument {
		required = []string{"schemaVersion", "creationDate", "epcisBody"}
		table["instanceIdentifier"] = text(&doc.InstanceID)
		table["sender"] = text(&doc.Sender)
		table["receiver"] = text(&doc.Receiver)
		table["epcisHeader"] = func(c *checker, v *Value) { c.header(doc, v) }
	}
	c.object(root, table, false)
	for _, name := range required {
		if root.Get(name) == nil {
			c.missing(name)
		}
	}
	return doc
}

func (c *checker) envelopeType(t *Value) {
	if t == nil {
		c.missing("type")
		return
	}
	c.in("type", func() { c.oneOf(t, EPCISDocument, EPCISQueryDocument) })
}

func (c *checker) version(v *Value) string {
	if !c.is(v, String) {
		return ""
	}
	digit := false
	for i := 0; i < len(v.text); i++ {
		switch b := v.text[i]; {
		case b >= '0' && b <= '9':
			digit = true
		case b == '.' && digit:
			digit = false
		default:
			digit = false
			i = len(v.text)
		}
	}
	if !digit {
		c.fault(RuleFormat, v, "must be a version number like 2.0")
	}
	return v.text
}

// readContext checks an "@context" and adds it to ctx.
func (c *checker) readContext(v *Value, ctx *Context) {
	entry := func(v *Value) {
		switch v.Kind() {
		case String:
			if !gs1.IsURI(v.text) {
				c.fault(RuleContext, v, "must be an absolute URI")
			}
		case Object:
		default:
			c.fault(RuleContext, v, "must be a URI, an object, or an array of these")
			return
		}
	}
	if v.Kind() == Array {
		for i, item := range v.items {
			c.at(i, func() { entry(item) })
		}
		c.unique(v)
	} else {
		entry(v)
	}
	ctx.add(v)
}

func (c *checker) body(doc *Document, v *Value, limits Limits) {
	if !c.is(v, Object) {
		return
	}
	if v.Get("eventList") == nil {
		c.missing("eventList")
	}
	c.object(v, fieldTable{"eventList": func(c *checker, v *Value) { c.events(doc, v, limits) }}, false)
}

func (c *checker) events(doc *Document, v *Value, limits Limits) {
	if v.Kind() == Array && len(v.items) > limits.Events {
		c.fault(RuleEvents, v, "has %d events, at most %d are taken", len(v.items), limits.Events)
		return
	}
	place := -1
	c.array(v, func(item *Value) {
		place++
		if c.each {
			c.eventAlone(doc, item, place)
		} else if e := c.event(item, doc.Context, false); e != nil {
			doc.Events, doc.Places = append(doc.Events, e), append(doc.Places, place)
		}
	})
}

// faultsOfOne is how many faults of one event are listed where events are taken one by one.
const faultsOfOne = 10

// eventAlone reads an event whose faults are its own, not the document's.
func (c *checker) eventAlone(doc *Document, v *Value, place int) {
	own := &checker{limit: faultsOfOne, path: slices.Clone(c.path), ctx: c.ctx}
	e := own.event(v, doc.Context, false)
	if len(own.faults) == 0 {
		doc.Events, doc.Places = append(doc.Events, e), append(doc.Places, place)
		return
	}
	if doc.Faulty == nil {
		doc.Faulty = make(map[int][]Fault)
	}
	doc.Faulty[place] = own.faults
}

func (c *checker) queryBody(doc *Document, v *Value, limits Limits) {
	results := fieldTable{
		"eventList":      func(c *checker, v *Value) { c.events(doc, v, limits) },
		"vocabularyList": func(c *checker, v *Value) { c.vocabularies(doc, v) },
	}
	query := fieldTable{
		"queryName":      func(c *checker, v *Value) { c.is(v, String) },
		"subscriptionID": func(c *checker, v *Value) { c.is(v, String) },
		"resultsBody": func(c *checker, v *Value) {
			c.object(v, results, false)
			if v.Kind() == Object && v.Get("eventList") == nil {
				c.missing("eventList")
			}
		},
	}
	c.object(v, fieldTable{"queryResults": func(c *checker, v *Value) {
		c.object(v, query, false)
		for _, name := range []string{"queryName", "resultsBody"} {
			if v.Kind() == Object && v.Get(name) == nil {
				c.missing(name)
			}
		}
	}}, false)
	if v.Kind() == Object && v.Get("queryResults") == nil {
		c.missing("queryResults")
	}
}

func (c *checker) header(doc *Document, v *Value) {
	c.object(v, fieldTable{"epcisMasterData": func(c *checker, v *Value) {
		c.object(v, fieldTable{
			"type":           func(c *checker, v *Value) { c.is(v, String) },
			"vocabularyList": func(c *checker, v *Value) { c.vocabularies(doc, v) },
		}, false)
	}}, false)
}
