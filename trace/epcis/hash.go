package epcis

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// HashID is the event hash ID of CBV 2.0 (section 8.9.2), "ni:///sha-256;...?ver=CBV2.0", as the reference
// implementation computes it, which is not everywhere as its description says: certificationInfo is hashed, after
// eventTimeZoneOffset; parentID comes before epcList; fractions of a second are rounded half to even; lists of business
// transactions, sources and destinations come last, among the user's fields. eventID, recordTime and errorDeclaration
// are not hashed, so an error declaration has the hash ID of the event it declares wrong.
//
// Where the reference depends on more than the event (it looks for CBV words in the whole document, and takes type and
// value of a business transaction in the order of the text), we look at the event alone and put the type first: the hash
// of an event must not change with its neighbours or with the order of its keys.
func (e *Event) HashID() string {
	e.hashOnce.Do(func() { e.hashID = hashID(e.preHash()) })
	return e.hashID
}

func hashID(preHash string) string {
	sum := sha256.Sum256([]byte(preHash))
	return "ni:///sha-256;" + hex.EncodeToString(sum[:]) + "?ver=CBV2.0"
}

// preHash is the text that is hashed.
func (e *Event) preHash() string {
	h := hasher{ctx: e.context, words: e.expandedWords()}
	root := h.convert(e.root)
	root.restructure()
	root.kids = slices.DeleteFunc(root.kids, func(n *node) bool {
		switch n.name {
		case "eventID", "type", "errorDeclaration", "@context":
			return true
		}
		return false
	})
	return "eventType=" + e.root.Get("type").Text() + root.ordered(propertyOrder) + generic(root.kids)
}

// node is a piece of the event in the shape of the XML binding, which the reference hashes.
type node struct {
	name, text string
	kids       []*node
	// pair says that kids are the type and value of a business transaction, source or destination, which keep their order.
	pair bool
}

type hasher struct {
	ctx   *Context
	words []usedWord
	arena []node
}

// usedWord is a CBV word that the event uses.
type usedWord struct {
	word  string
	vocab *vocabulary
}

func (h *hasher) alloc() *node {
	if len(h.arena) == 0 {
		h.arena = make([]node, 32)
	}
	n := &h.arena[0]
	h.arena = h.arena[1:]
	return n
}

// expandedWords are the bare CBV words in the event's vocabulary fields. The reference expands such a word wherever it
// stands, in the user's own fields too.
func (e *Event) expandedWords() []usedWord {
	m := make([]usedWord, 0, 8)
	add := func(vocab *vocabulary, word string) {
		for _, u := range m {
			if u.word == word {
				return
			}
		}
		if vocab.words[word] {
			m = append(m, usedWord{word, vocab})
		}
	}
	add(bizSteps, e.BizStep)
	add(dispositions, e.Disposition)
	for _, w := range e.PersistentDisposition.Set {
		add(dispositions, w)
	}
	for _, w := range e.PersistentDisposition.Unset {
		add(dispositions, w)
	}
	for _, t := range e.BizTransactions {
		add(transactionTypes, t.Type)
	}
	for _, s := range e.Sources {
		add(sourceDestTypes, s.Type)
	}
	for _, s := range e.Destinations {
		add(sourceDestTypes, s.Type)
	}
	for _, s := range e.SensorElements {
		for i := range s.Reports {
			add(measurementTypes, s.Reports[i].Type)
			add(alertTypes, s.Reports[i].Exception)
			add(components, s.Reports[i].Component)
		}
	}
	if e.ErrorDeclaration != nil {
		add(errorReasons, e.ErrorDeclaration.Reason)
	}
	return m
}

// convert turns JSON into nodes: an array becomes as many nodes of its field's name.
func (h *hasher) convert(v *Value) *node {
	n := h.alloc()
	switch v.Kind() {
	case Object:
		n.kids = make([]*node, 0, len(v.members))
		for _, m := range v.members {
			switch m.Name {
			case "#text", "rdfs:comment", "comment":
				continue
			}
			name := h.expandName(m.Name)
			if m.Value.kind != Array {
				kid := h.convert(m.Value)
				kid.name = name
				n.kids = append(n.kids, kid)
				continue
			}
			for _, item := range m.Value.items {
				kid := h.convert(item)
				kid.name = name
				n.kids = append(n.kids, kid)
			}
		}
	case Array:
		for _, item := range v.items {
			n.kids = append(n.kids, h.convert(item))
		}
	case String:
		n.text = h.expandValue(v.text)
	case Number:
		n.text = v.text
	case Bool:
		// The reference writes booleans as Python does.
		n.text = "True"
		if v.text == "false" {
			n.text = "False"
		}
	case Null:
		n.text = "None"
	}
	return n
}

// expandName writes a field name with its namespace in braces, as XML parsers do.
func (h *hasher) expandName(name string) string {
	if i := strings.IndexByte(name, ':'); i > 0 {
		if iri, ok := h.ctx.declared(name[:i]); ok {
			return "{" + iri + "}" + name[i+1:]
		}
	}
	return name
}

func (h *hasher) expandValue(text string) string {
	for _, u := range h.words {
		if u.word == text {
			return u.vocab.web + text
		}
	}
	if i := strings.IndexByte(text, ':'); i > 0 {
		if iri, ok := h.ctx.declared(text[:i]); ok {
			return iri + text[i+1:]
		}
	}
	return text
}

// restructure makes lists look as in XML: one element of the list's name holding elements of the singular, whose
// irregular names are put right.
func (n *node) restructure() {
	var kept []*node
	groups := map[string]*node{}
	for _, kid := range n.kids {
		group, item := "", kid
		switch base, isList := strings.CutSuffix(kid.name, "List"); {
		case isList:
			group = kid.name
			item = &node{name: base, text: kid.text, kids: kid.kids}
			switch kid.name {
			case "sourceList", "destinationList", "bizTransactionList":
				item = pairOf(base, kid)
			}
		case kid.name == "childEPCs":
			group = kid.name
			item = &node{name: "epc", text: kid.text}
		}
		if group == "" {
			kept = append(kept, kid)
			continue
		}
		if groups[group] == nil {
			groups[group] = &node{name: group}
			kept = append(kept, groups[group])
		}
		groups[group].kids = append(groups[group].kids, item)
	}
	n.kids = kept
	for _, kid := range n.kids {
		if !kid.pair {
			kid.restructure()
		}
	}
	switch n.name {
	case "inputEPC", "outputEPC":
		n.name = "epc"
	case "inputQuantity", "outputQuantity", "childQuantity":
		n.name = "quantityElement"
	case "quantity":
		if len(n.kids) > 0 {
			n.name = "quantityElement"
		}
	}
}

// pairOf is type and value of one element of a list, the type first.
func pairOf(name string, kid *node) *node {
	p := &node{pair: true}
	for _, part := range []string{"type", name} {
		for _, k := range kid.kids {
			if k.name == part {
				p.kids = append(p.kids, k)
			}
		}
	}
	return p
}

// property is a place in the order of CBV 2.0, with the order inside it.
type property struct {
	name  string
	inner []property
}

func leaves(names ...string) (out []property) {
	for _, n := range names {
		out = append(out, property{name: n})
	}
	return out
}

var propertyOrder = func() []property {
	epcs := leaves("epc")
	quantities := []property{{"quantityElement", leaves("epcClass", "quantity", "uom")}}
	place := leaves("id")
	sensor := []property{{"sensorElement", []property{
		{"sensorMetadata", leaves("time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData",
			"dataProcessingMethod", "bizRules")},
		{"sensorReport", leaves("type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time",
			"microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue",
			"uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue", "uom",
			"coordinateReferenceSystem")},
	}}}
	return []property{
		{"eventTime", nil}, {"eventTimeZoneOffset", nil}, {"certificationInfo", nil}, {"parentID", nil},
		{"epcList", epcs}, {"inputEPCList", epcs}, {"childEPCs", epcs},
		{"quantityList", quantities}, {"childQuantityList", quantities}, {"inputQuantityList", quantities},
		{"outputEPCList", epcs}, {"outputQuantityList", quantities},
		{"action", nil}, {"transformationID", nil}, {"bizStep", nil}, {"disposition", nil},
		{"persistentDisposition", leaves("set", "unset")},
		{"readPoint", place}, {"bizLocation", place},
		{"sensorElementList", sensor},
	}
}()

// ordered writes the children that have a place in order, and takes them out: what is left of n stays in n.kids.
func (n *node) ordered(order []property) string {
	var b strings.Builder
	extensions := n.takeExtensions()
	var values []string
	for _, prop := range order {
		values = values[:0]
		left := n.kids[:0]
		for _, kid := range n.kids {
			if kid.name != prop.name {
				left = append(left, kid)
				continue
			}
			if s := kid.inOrder(prop.inner); s != "" {
				values = append(values, s)
			}
			if len(kid.kids) > 0 {
				left = append(left, kid)
			}
		}
		n.kids = left
		slices.Sort(values)
		for _, s := range values {
			b.WriteString(s)
		}
	}
	b.WriteString(generic(extensions))
	return b.String()
}

func (n *node) inOrder(inner []property) string {
	var below string
	if inner != nil {
		below = n.ordered(inner)
	}
	text := strings.TrimSpace(n.text)
	switch {
	case text == "" && below == "":
		return ""
	case text == "":
		return n.name + below
	case n.isTime():
		return n.name + "=" + canonicalTime(text) + below
	}
	return n.name + "=" + canonicalValue(text) + below
}

// isTime goes by the name alone. Only fields of EPCIS get here.
func (n *node) isTime() bool {
	switch n.name {
	case "eventTime", "time", "startTime", "endTime":
		return true
	}
	return false
}

// takeExtensions takes out the user's fields of an inner element, which are written after its standard ones. The event
// itself, and any element with a field whose name has "action" in it, leaves them for the end.
func (n *node) takeExtensions() (out []*node) {
	if len(n.kids) <= 1 {
		return nil
	}
	for _, kid := range n.kids {
		if strings.Contains(kid.name, "eventTime") || strings.Contains(kid.name, "action") {
			return nil
		}
	}
	left := n.kids[:0]
	for _, kid := range n.kids {
		if strings.Contains(kid.name, "{") && strings.Contains(kid.name, "/}") {
			out = append(out, kid)
		} else {
			left = append(left, kid)
		}
	}
	n.kids = left
	return out
}

// generic writes nodes that have no place in the order, sorted.
func generic(kids []*node) string {
	if len(kids) == 0 {
		return ""
	}
	values := make([]string, 0, len(kids))
	for _, kid := range kids {
		if kid.pair {
			values = append(values, kid.pairText())
			continue
		}
		below := generic(kid.kids)
		if text := strings.TrimSpace(kid.text); text != "" {
			values = append(values, kid.name+"="+canonicalValue(text)+below)
		} else {
			values = append(values, kid.name+below)
		}
	}
	slices.Sort(values)
	return strings.Join(values, "")
}

func (n *node) pairText() string {
	var b strings.Builder
	for _, k := range n.kids {
		b.WriteString(k.name)
		if text := strings.TrimSpace(k.text); text != "" {
			b.WriteByte('=')
			b.WriteString(canonicalValue(text))
		}
	}
	return b.String()
}

// canonicalTime is UTC with milliseconds, rounded half to even after cutting to microseconds.
func canonicalTime(text string) string {
	t, ok := parseTime(text)
	if !ok {
		return text
	}
	micros := t.Nanosecond() / 1000
	millis := micros / 1000
	if rest := micros % 1000; rest > 500 || rest == 500 && millis%2 == 1 {
		millis++
	}
	t = t.Truncate(time.Second).Add(time.Duration(millis) * time.Millisecond)
	return formatTime(t)
}
