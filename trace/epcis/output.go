package epcis

import (
	"slices"
	"strings"
	"time"
)

// Output is an event as it is given out, with what the repository adds.
type Output struct {
	Event *Event
	// EventID replaces the event's own; "" leaves it.
	EventID string
	// RecordTime is block time; zero leaves it out.
	RecordTime time.Time
}

// members are the event's fields for giving out, "@context" left out and returned apart.
func (o Output) members() (members []Member, ctx *Value) {
	for _, m := range o.Event.root.members {
		switch {
		case m.Name == "@context":
			ctx = m.Value
		case m.Name == "eventID" && o.EventID != "":
		default:
			members = append(members, m)
		}
	}
	if o.EventID != "" {
		members = append(members, Member{"eventID", newString(o.EventID)})
	}
	if !o.RecordTime.IsZero() {
		members = append(members, Member{"recordTime", newString(formatTime(o.RecordTime))})
	}
	return members, ctx
}

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// withStandard is the standard context followed by extra entries.
func withStandard(extra ...*Value) *Value {
	items := []*Value{newString(StandardContext)}
	for _, x := range extra {
		switch {
		case x == nil:
		case x.kind == Array:
			items = append(items, x.items...)
		default:
			items = append(items, x)
		}
	}
	return newArray(items...)
}

// MarshalEvent writes a bare event as GET /epcis/events/{eventID} returns it: with the standard context and the user's.
func MarshalEvent(o Output) []byte {
	members, ctx := o.members()
	return appendMembers(nil, append(members, Member{"@context", withStandard(ctx)}))
}

// MarshalDocument writes an EPCISDocument of the events.
func MarshalDocument(events []Output, created time.Time) []byte {
	list, ctx := eventList(events)
	return appendMembers(nil, []Member{
		{"@context", ctx},
		{"type", newString(EPCISDocument)},
		{"schemaVersion", newString("2.0")},
		{"creationDate", newString(formatTime(created))},
		{"epcisBody", newObject(Member{"eventList", list})},
	})
}

// MarshalQueryDocument writes an EPCISQueryDocument with the events as the results of queryName.
func MarshalQueryDocument(events []Output, queryName string, created time.Time) []byte {
	list, ctx := eventList(events)
	results := newObject(
		Member{"queryName", newString(queryName)},
		Member{"resultsBody", newObject(Member{"eventList", list})},
	)
	return appendMembers(nil, []Member{
		{"@context", ctx},
		{"type", newString(EPCISQueryDocument)},
		{"schemaVersion", newString("2.0")},
		{"creationDate", newString(formatTime(created))},
		{"epcisBody", newObject(Member{"queryResults", results})},
	})
}

// eventList puts events under one context. Prefixes that all events agree on move up to the document, so that the events
// read as they were sent; an event whose context says something else keeps its own.
func eventList(events []Output) (list, ctx *Value) {
	shared := sharedPrefixes(events)
	items := make([]*Value, 0, len(events))
	for _, o := range events {
		members, own := o.members()
		if own != nil && !covered(own, shared) {
			members = append(members, Member{"@context", own})
		}
		items = append(items, newObject(members...))
	}
	if len(shared) == 0 {
		return newArray(items...), withStandard()
	}
	var terms []Member
	for name, v := range shared {
		terms = append(terms, Member{name, v})
	}
	slices.SortFunc(terms, byName)
	return newArray(items...), withStandard(newObject(terms...))
}

// sharedPrefixes are those that mean one thing wherever events declare them, and that no event uses undeclared: under the
// document's context it would come to mean something.
func sharedPrefixes(events []Output) map[string]*Value {
	shared := map[string]*Value{}
	clash := map[string]bool{}
	for _, o := range events {
		for _, m := range o.Event.root.Get("@context").Members() {
			switch other := shared[m.Name]; {
			case m.Name == "" || m.Name[0] == '@' || m.Value.kind != String || other != nil && other.text != m.Value.text:
				clash[m.Name] = true
			default:
				shared[m.Name] = m.Value
			}
		}
	}
	for _, o := range events {
		own := o.Event.root.Get("@context")
		use := func(text string) {
			prefix, _, ok := strings.Cut(text, ":")
			if ok && shared[prefix] != nil && own.Get(prefix) == nil {
				clash[prefix] = true
			}
		}
		for _, m := range o.Event.root.members {
			if m.Name != "@context" && len(shared) > 0 {
				use(m.Name)
				walkStrings(m.Value, use)
			}
		}
	}
	for name := range clash {
		delete(shared, name)
	}
	return shared
}

// covered says whether a context says nothing beyond the shared prefixes.
func covered(own *Value, shared map[string]*Value) bool {
	if own.kind != Object {
		return false
	}
	for _, m := range own.members {
		if shared[m.Name] == nil {
			return false
		}
	}
	return true
}
