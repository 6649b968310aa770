package epcis

import (
	"strings"
	"time"
)

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
func (h *hasher) ordered(n *node, order []property) {
	extensions := n.takeExtensions()
	for i := range order {
		prop := &order[i]
		if !n.has(prop.name) {
			continue
		}
		left, from := n.kids[:0], len(h.marks)
		for _, kid := range n.kids {
			if kid.name != prop.name {
				left = append(left, kid)
				continue
			}
			h.mark()
			h.inOrder(kid, prop.inner)
			if len(kid.kids) > 0 {
				left = append(left, kid)
			}
		}
		n.kids = left
		h.sorted(from)
	}
	h.generic(extensions)
}

func (n *node) has(name string) bool {
	for _, kid := range n.kids {
		if kid.name == name {
			return true
		}
	}
	return false
}

// inOrder writes a node and what is below it; nothing if both are empty.
func (h *hasher) inOrder(n *node, inner []property) {
	start := len(h.text)
	h.write(n.name)
	text := strings.TrimSpace(n.text)
	switch {
	case text == "":
	case n.isTime():
		h.write("=", canonicalTime(text))
	default:
		h.write("=", canonicalValue(text))
	}
	below := len(h.text)
	if inner != nil {
		h.ordered(n, inner)
	}
	if text == "" && len(h.text) == below {
		h.text = h.text[:start]
	}
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
func (h *hasher) generic(kids []*node) {
	from := len(h.marks)
	for _, kid := range kids {
		h.mark()
		if kid.pair {
			for _, k := range kid.kids {
				h.named(k)
			}
			continue
		}
		h.named(kid)
		h.generic(kid.kids)
	}
	h.sorted(from)
}

// named writes the name of a node, and its text if it has one.
func (h *hasher) named(n *node) {
	h.write(n.name)
	if text := strings.TrimSpace(n.text); text != "" {
		h.write("=", canonicalValue(text))
	}
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
