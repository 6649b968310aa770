package verify

import (
	"encoding/json"
	"io"
	"regexp"
	"sort"
	"strings"
	"time"
)

// Event is what a story needs to know of an EPCIS event's body.
type Event struct {
	Type, Action string
	Time         int64 // event time, milliseconds since 1970

	EPCs, Children, Inputs, Outputs                 []string // names
	Quantities, ChildQuants, InputQuants, OutQuants []string // names of classes and lots
	Parent                                          string
	lots                                            []string // of the ilmd
	own                                             []string // identifiers of epcList and outputEPCList, as sent
	list                                            listRef
}

// listRef is an event's reference to a list that stands for one of its fields.
type listRef struct{ field, root string }

// ListField is the name under which an event refers to a list.
const ListField = "https://github.com/suyuan-ledger/suyuan#list"

// ListRoot is the root of the list that stands for one of the event's fields; empty if there is none.
func (e *Event) ListRoot() string { return e.list.root }

// With is the event as it is for one thing that is in its list.
func (e *Event) With(name string) *Event {
	out := *e
	switch e.list.field {
	case "epcList":
		out.EPCs = append([]string{name}, e.EPCs...)
	case "childEPCs":
		out.Children = append([]string{name}, e.Children...)
	case "inputEPCList":
		out.Inputs = append([]string{name}, e.Inputs...)
	case "outputEPCList":
		out.Outputs = append([]string{name}, e.Outputs...)
	}
	return &out
}

// ReadEvent reads a body; false if it is no event.
func ReadEvent(body string) (*Event, bool) {
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(body))
	dec.UseNumber() // no number matters here, so none is too large
	if dec.Decode(&m) != nil || m == nil {
		return nil, false
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, false // something follows the object
	}
	text := func(key string) string { s, _ := m[key].(string); return s }
	at, ok := readTime(text("eventTime"))
	if !ok {
		return nil, false
	}
	e := &Event{Type: text("type"), Action: text("action"), Time: at.UnixMilli(), Parent: Name(text("parentID"))}
	e.EPCs, e.Children = names(m["epcList"]), names(m["childEPCs"])
	e.Inputs, e.Outputs = names(m["inputEPCList"]), names(m["outputEPCList"])
	e.Quantities, e.ChildQuants = classes(m["quantityList"]), classes(m["childQuantityList"])
	e.InputQuants, e.OutQuants = classes(m["inputQuantityList"]), classes(m["outputQuantityList"])
	e.own = append(texts(m["epcList"]), texts(m["outputEPCList"])...)
	if ref, ok := m[ListField].(map[string]any); ok {
		e.list.field, _ = ref["field"].(string)
		e.list.root, _ = ref["root"].(string)
	}
	if ilmd, ok := m["ilmd"].(map[string]any); ok {
		for key, v := range ilmd {
			if key[strings.LastIndexAny(key, ":#/")+1:] != "lotNumber" {
				continue
			}
			if o, ok := v.(map[string]any); ok {
				v = o["@value"]
			}
			if s, ok := v.(string); ok && s != "" {
				e.lots = append(e.lots, s)
			}
		}
		sort.Strings(e.lots)
	}
	return e, true
}

// rfc3339 is the one form of a time that counts, so that every verifier reads the same: Go's parser takes more.
var rfc3339 = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func readTime(s string) (time.Time, bool) {
	if !rfc3339.MatchString(s) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

func texts(v any) (out []string) {
	list, _ := v.([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func names(v any) []string {
	out := texts(v)
	for i := range out {
		out[i] = Name(out[i])
	}
	return out
}

func classes(v any) (out []string) {
	list, _ := v.([]any)
	for _, x := range list {
		if o, ok := x.(map[string]any); ok {
			if s, ok := o["epcClass"].(string); ok {
				out = append(out, Name(s))
			}
		}
	}
	return out
}

func has(list []string, name string) bool {
	for _, x := range list {
		if x == name {
			return true
		}
	}
	return false
}

// Relation says why an object belongs to a story.
type Relation string

// Relations, in the order in which an object that has several is told.
const (
	RelationSubject   Relation = "subject"
	RelationLot       Relation = "lot"
	RelationClass     Relation = "class"
	RelationContainer Relation = "container"
	RelationInput     Relation = "input"
)

const never = int64(1<<63 - 1)

// Need is an object that a story can't do without.
type Need struct {
	Name     string
	Relation Relation
	Via      string // the object whose event names it; empty for the subject
	// From and Until bound the event times that matter, milliseconds: of a container the stay inside, of an input the
	// time until it was used.
	From, Until int64
	also        bool // it is an input as well as a container
}

// MayBegin says whether a stretch of the trunk may begin with a leaf of this block time in seconds: nothing recorded
// before it can have happened during the stay.
func (n *Need) MayBegin(time uint64) bool {
	return n.Relation == RelationContainer && !n.also && n.From >= int64(time)*1000
}

// Needs works out from the events on trunks which objects the story of a subject depends on, the subject first.
// events answers the events on an object's trunk, for the subject also those that it is in the list of, as far as they are
// known; calling again with more of them finds more. listed are the lots on whose trunks stands a list with the subject.
func Needs(subject string, listed []string, events func(name string) []*Event) []Need {
	s := &needing{events: events, at: map[string]int{}}
	s.add(Need{Name: subject, Relation: RelationSubject, From: -never, Until: never})
	lots := s.lots(subject, listed)
	for _, lot := range lots {
		s.add(Need{Name: lot, Relation: RelationLot, Via: subject, From: -never, Until: never})
	}
	if strings.HasPrefix(subject, "01/") && len(subject) > 17 {
		s.add(Need{Name: subject[:17], Relation: RelationClass, Via: subject, From: -never, Until: never})
	}
	s.containers(subject, lots)
	s.inputs(append([]string{subject}, lots...))
	return s.list
}

type needing struct {
	events func(string) []*Event
	list   []Need
	at     map[string]int
}

// add takes a need, or widens the one that is there; it says whether it is new.
func (s *needing) add(n Need) bool {
	i, known := s.at[n.Name]
	if !known {
		s.at[n.Name] = len(s.list)
		s.list = append(s.list, n)
		return true
	}
	old := &s.list[i]
	old.From, old.Until = min(old.From, n.From), max(old.Until, n.Until)
	old.also = old.also || old.Relation == RelationContainer && n.Relation == RelationInput
	return false
}

func (s *needing) lots(subject string, listed []string) (lots []string) {
	gtin, serial, ok := strings.Cut(strings.TrimPrefix(subject, "01/"), "/21/")
	if !ok || serial == "" || !strings.HasPrefix(subject, "01/") {
		return nil
	}
	add := func(lot string) {
		if name := "01/" + gtin + "/10/" + lot; lot != "" && !has(lots, name) {
			lots = append(lots, name)
		}
	}
	for _, name := range listed {
		if lot, ok := strings.CutPrefix(name, "01/"+gtin+"/10/"); ok {
			add(lot)
		}
	}
	for _, e := range s.events(subject) {
		made := e.Action == "ADD" && has(e.EPCs, subject) || has(e.Outputs, subject)
		if !made {
			continue
		}
		for _, id := range e.own {
			if Name(id) == subject {
				add(lotOf(id))
			}
		}
		for _, lot := range e.lots {
			add(lot)
		}
		for _, q := range e.OutQuants {
			if lot, ok := strings.CutPrefix(q, "01/"+gtin+"/10/"); ok {
				add(lot)
			}
		}
	}
	return lots
}

func (s *needing) containers(subject string, lots []string) {
	if s.walkOut(subject) {
		return
	}
	for _, lot := range lots {
		s.walkOut(lot)
	}
}

// walkOut finds what was around a thing, and around that; it says whether there was anything.
func (s *needing) walkOut(start string) bool {
	queue, seen := []string{start}, map[string]bool{start: true}
	for i := 0; i < len(queue); i++ {
		x := queue[i]
		events := s.events(x)
		inside := func(e *Event) bool {
			packs := e.Type == "AggregationEvent" || e.Type == "AssociationEvent"
			return packs && (has(e.Children, x) || has(e.ChildQuants, x))
		}
		for _, e := range events {
			if !inside(e) || e.Action == "DELETE" || e.Parent == "" || e.Parent == x {
				continue
			}
			until := never
			for _, later := range events {
				if inside(later) && later.Action == "DELETE" && later.Time >= e.Time && (later.Parent == e.Parent || later.Parent == "") {
					until = min(until, later.Time)
				}
			}
			s.add(Need{Name: e.Parent, Relation: RelationContainer, Via: x, From: e.Time, Until: until})
			if !seen[e.Parent] {
				seen[e.Parent] = true
				queue = append(queue, e.Parent)
			}
		}
	}
	return len(queue) > 1
}

func (s *needing) inputs(start []string) {
	queue, seen := start, map[string]bool{}
	for _, x := range start {
		seen[x] = true
	}
	for i := 0; i < len(queue); i++ {
		x := queue[i]
		for _, e := range s.events(x) {
			if !has(e.Outputs, x) && !has(e.OutQuants, x) {
				continue
			}
			for _, in := range append(append([]string(nil), e.Inputs...), e.InputQuants...) {
				if in == "" || in == x {
					continue
				}
				s.add(Need{Name: in, Relation: RelationInput, Via: x, From: -never, Until: e.Time})
				if !seen[in] {
					seen[in] = true
					queue = append(queue, in)
				}
			}
		}
	}
}
