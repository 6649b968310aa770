package epcis

import (
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// eventFields are the fields of all event types. Each checks its value and fills in the event.
var eventFields map[string]func(*checker, *Event, *Value)

// ofType are the event types each field goes with; fields of every type aren't listed.
var ofType = map[string][]string{
	"action":                {ObjectEvent, AggregationEvent, TransactionEvent, AssociationEvent},
	"epcList":               {ObjectEvent, TransactionEvent},
	"quantityList":          {ObjectEvent, TransactionEvent},
	"parentID":              {AggregationEvent, TransactionEvent, AssociationEvent},
	"childEPCs":             {AggregationEvent, AssociationEvent},
	"childQuantityList":     {AggregationEvent, AssociationEvent},
	"inputEPCList":          {TransformationEvent},
	"inputQuantityList":     {TransformationEvent},
	"outputEPCList":         {TransformationEvent},
	"outputQuantityList":    {TransformationEvent},
	"transformationID":      {TransformationEvent},
	"ilmd":                  {ObjectEvent, TransformationEvent},
	"bizStep":               allTypes,
	"disposition":           allTypes,
	"persistentDisposition": allTypes,
	"readPoint":             allTypes,
	"bizLocation":           allTypes,
	"bizTransactionList":    allTypes,
	"sourceList":            allTypes,
	"destinationList":       allTypes,
	"sensorElementList":     allTypes,
}

var allTypes = []string{ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent, AssociationEvent}

func init() {
	eventFields = map[string]func(*checker, *Event, *Value){
		"@context":   func(*checker, *Event, *Value) {}, // read before all else
		"type":       func(*checker, *Event, *Value) {},
		"eventTime":  func(c *checker, e *Event, v *Value) { e.EventTime = c.time(v) },
		"recordTime": func(c *checker, e *Event, v *Value) { e.RecordTime = c.time(v) },
		"eventTimeZoneOffset": func(c *checker, e *Event, v *Value) {
			if c.is(v, String) && !validOffset(v.text) {
				c.fault(RuleOffset, v, "must be a UTC offset from -14:00 to +14:00, like +08:00")
			}
			e.EventTimeZoneOffset = v.text
		},
		"eventID":           func(c *checker, e *Event, v *Value) { e.EventID = c.uri(v) },
		"certificationInfo": func(c *checker, e *Event, v *Value) { c.certificationInfo(e, v) },
		"errorDeclaration":  func(c *checker, e *Event, v *Value) { c.errorDeclaration(e, v) },
		"action": func(c *checker, e *Event, v *Value) {
			e.Action = c.oneOf(v, ActionObserve, ActionAdd, ActionDelete)
		},
		"bizStep":               func(c *checker, e *Event, v *Value) { e.BizStep = c.vocab(v, bizSteps) },
		"disposition":           func(c *checker, e *Event, v *Value) { e.Disposition = c.vocab(v, dispositions) },
		"persistentDisposition": func(c *checker, e *Event, v *Value) { c.persistentDisposition(e, v) },
		"readPoint":             func(c *checker, e *Event, v *Value) { e.ReadPoint = c.place(v) },
		"bizLocation":           func(c *checker, e *Event, v *Value) { e.BizLocation = c.place(v) },
		"epcList":               func(c *checker, e *Event, v *Value) { e.EPCs = c.epcs(v, e.Type == ObjectEvent) },
		"quantityList":          func(c *checker, e *Event, v *Value) { e.Quantities = c.quantities(v) },
		"parentID":              func(c *checker, e *Event, v *Value) { e.ParentID = c.instance(v) },
		"childEPCs":             func(c *checker, e *Event, v *Value) { e.ChildEPCs = c.epcs(v, false) },
		"childQuantityList":     func(c *checker, e *Event, v *Value) { e.ChildQuants = c.quantities(v) },
		"inputEPCList":          func(c *checker, e *Event, v *Value) { e.InputEPCs = c.epcs(v, true) },
		"inputQuantityList":     func(c *checker, e *Event, v *Value) { e.InputQuants = c.quantities(v) },
		"outputEPCList":         func(c *checker, e *Event, v *Value) { e.OutputEPCs = c.epcs(v, true) },
		"outputQuantityList":    func(c *checker, e *Event, v *Value) { e.OutputQuants = c.quantities(v) },
		"transformationID":      func(c *checker, e *Event, v *Value) { e.TransformationID = c.uri(v) },
		"bizTransactionList":    func(c *checker, e *Event, v *Value) { c.bizTransactions(e, v) },
		"sourceList":            func(c *checker, e *Event, v *Value) { e.Sources = c.sourceDests(v, "source") },
		"destinationList":       func(c *checker, e *Event, v *Value) { e.Destinations = c.sourceDests(v, "destination") },
		"sensorElementList":     func(c *checker, e *Event, v *Value) { c.sensorElements(e, v) },
		"ilmd":                  func(c *checker, e *Event, v *Value) { c.ilmd(e, v) },
	}
}

// event checks one event and types it. outer is the document's context; needContext is set for a bare event.
func (c *checker) event(v *Value, outer *Context, needContext bool) *Event {
	if !c.is(v, Object) {
		return nil
	}
	e := &Event{context: outer}
	if ctx := v.Get("@context"); ctx != nil {
		e.context = &Context{parent: outer}
		c.in("@context", func() { c.readContext(ctx, e.context) })
	} else if needContext {
		c.missing("@context")
	}
	before := c.ctx
	c.ctx = e.context
	defer func() { c.ctx = before }()

	known := c.eventType(e, v)
	for _, m := range v.members {
		c.in(m.Name, func() { c.eventField(e, m, known) })
	}
	for _, name := range []string{"eventTime", "eventTimeZoneOffset"} {
		if v.Get(name) == nil {
			c.missing(name)
		}
	}
	if known {
		c.together(e, v)
	}
	e.root = bodyOf(v, e.context)
	return e
}

// eventType reads the type; known is false for a type of the user's own.
func (c *checker) eventType(e *Event, v *Value) (known bool) {
	t := v.Get("type")
	if t == nil {
		c.missing("type")
		return false
	}
	c.in("type", func() {
		if !c.is(t, String) {
			return
		}
		e.Type = t.text
		for _, name := range allTypes {
			known = known || t.text == name
		}
		if known {
			return
		}
		if !gs1.IsURI(t.text) {
			c.fault(RuleEnum, t, "is neither an event type of EPCIS 2.0 (ObjectEvent, AggregationEvent, TransactionEvent, "+
				"TransformationEvent, AssociationEvent) nor a URI")
			return
		}
		e.Type = c.ctx.Expand(t.text)
		for _, name := range allTypes {
			if e.Type == "https://ref.gs1.org/epcis/"+name || e.Type == "https://ns.gs1.org/epcis/"+name {
				c.fault(RuleEnum, t, "must be written as %s in JSON", name)
			}
		}
	})
	return known
}

func (c *checker) eventField(e *Event, m Member, known bool) {
	check := eventFields[m.Name]
	types, restricted := ofType[m.Name]
	switch {
	case check == nil && !known && e.Type != "" && !gs1.IsURI(m.Name):
		// A type of the user's own may have fields we don't know.
		c.nested(m.Value)
		e.Extensions = append(e.Extensions, c.field(m))
	case check == nil:
		c.userField(m.Name, m.Value)
		e.Extensions = append(e.Extensions, c.field(m))
	case known && restricted && !contains(types, e.Type):
		c.fault(RuleNotAllowed, m.Value, "%s has no field %q", article(e.Type), m.Name)
	default:
		check(c, e, m.Value)
	}
}

// together checks which fields need each other.
func (c *checker) together(e *Event, v *Value) {
	has := func(name string) bool { x := v.Get(name); return x != nil && !(x.kind == Array && len(x.items) == 0) }
	if contains(ofType["action"], e.Type) && v.Get("action") == nil {
		c.missing("action")
	}
	switch e.Type {
	case ObjectEvent:
		if !has("epcList") && !has("quantityList") && !(has("sensorElementList") && has("readPoint")) {
			c.fault(RuleRequired, nil, "an ObjectEvent needs an epcList, a quantityList, or a sensorElementList with a readPoint")
		}
		if x := v.Get("ilmd"); x != nil && (e.Action == ActionObserve || e.Action == ActionDelete) {
			c.in("ilmd", func() { c.fault(RuleNotAllowed, x, "ilmd goes with action ADD only, not with %s", e.Action) })
		}
	case AggregationEvent, AssociationEvent:
		if e.Action != ActionDelete && !has("childEPCs") && !has("childQuantityList") {
			c.fault(RuleRequired, nil, "%s needs childEPCs or a childQuantityList unless its action is DELETE", article(e.Type))
		}
		if v.Get("parentID") == nil && (e.Type == AssociationEvent || e.Action == ActionAdd || e.Action == ActionDelete) {
			c.missing("parentID")
		}
	case TransactionEvent:
		if v.Get("bizTransactionList") == nil {
			c.missing("bizTransactionList")
		} else if !has("bizTransactionList") {
			c.in("bizTransactionList", func() { c.notEmpty(v.Get("bizTransactionList")) })
		}
		if e.Action != ActionDelete && !has("epcList") && !has("quantityList") {
			c.fault(RuleRequired, nil, "a TransactionEvent needs an epcList or a quantityList unless its action is DELETE")
		}
	case TransformationEvent:
		in := has("inputEPCList") || has("inputQuantityList")
		out := has("outputEPCList") || has("outputQuantityList")
		switch {
		case in && out, (in || out) && v.Get("transformationID") != nil:
		case in || out:
			c.fault(RuleRequired, nil, "a TransformationEvent needs inputs and outputs, or a transformationID that links it to those that have them")
		default:
			c.fault(RuleRequired, nil, "a TransformationEvent needs inputs or outputs")
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func article(eventType string) string {
	switch eventType[0] {
	case 'O', 'A':
		return "an " + eventType
	}
	return "a " + eventType
}
