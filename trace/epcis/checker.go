package epcis

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// checker walks a document, gathers faults and remembers where it stands.
type checker struct {
	faults    []Fault
	limit     int
	truncated bool
	path      []byte // RFC 6901 pointer of the value at hand
	ctx       *Context
	each      bool // events with faults are left out, see ParseEach
}

// in runs fn with the pointer moved into a field.
func (c *checker) in(name string, fn func()) {
	n := len(c.path)
	c.path = append(append(c.path, '/'), format.EscapePointer(name)...)
	fn()
	c.path = c.path[:n]
}

// at runs fn with the pointer moved to an element.
func (c *checker) at(i int, fn func()) {
	n := len(c.path)
	c.path = strconv.AppendInt(append(c.path, '/'), int64(i), 10)
	fn()
	c.path = c.path[:n]
}

func (c *checker) fault(rule string, v *Value, format string, args ...any) {
	if len(c.faults) >= c.limit {
		c.truncated = true
		return
	}
	f := Fault{Pointer: string(c.path), Rule: rule, Message: fmt.Sprintf(format, args...)}
	if v != nil {
		f.Value = shorten(v)
	}
	c.faults = append(c.faults, f)
}

func (c *checker) missing(name string) {
	c.fault(RuleRequired, nil, "field %q is missing", name)
}

// shorten is v as JSON, cut at some 100 bytes.
func shorten(v *Value) string {
	const most = 100
	if (v.kind == Object || v.kind == Array) && len(v.members)+len(v.items) > 8 {
		return map[ValueKind]string{Object: "{...}", Array: "[...]"}[v.kind]
	}
	s := string(appendJSON(nil, v))
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "..."
}

var kindNames = [...]string{"null", "a boolean", "a number", "a string", "an array", "an object"}

// is checks the JSON type.
func (c *checker) is(v *Value, kind ValueKind) bool {
	if v.Kind() != kind {
		c.fault(RuleType, v, "must be %s, is %s", kindNames[kind], kindNames[v.Kind()])
		return false
	}
	return true
}

func (c *checker) array(v *Value, each func(*Value)) bool {
	if !c.is(v, Array) {
		return false
	}
	for i, item := range v.items {
		c.at(i, func() { each(item) })
	}
	return true
}

func (c *checker) notEmpty(v *Value) {
	if v.Kind() == Array && len(v.items) == 0 {
		c.fault(RuleEmpty, v, "must not be empty")
	}
}

// unique faults every element that equals an earlier one.
func (c *checker) unique(v *Value) {
	if v.Kind() != Array || len(v.items) < 2 {
		return
	}
	seen := make(map[string]int, len(v.items))
	for i, item := range v.items {
		key := item.text
		if item.kind != String {
			key = string(appendJSON([]byte{0}, item))
		}
		if first, ok := seen[key]; ok {
			c.at(i, func() { c.fault(RuleUnique, item, "is listed twice, first as element %d", first) })
			continue
		}
		seen[key] = i
	}
}

// uri checks an absolute URI or CURIE; an EPC URN among them must be valid.
func (c *checker) uri(v *Value) string {
	if !c.is(v, String) {
		return ""
	}
	if !gs1.IsURI(v.text) {
		c.fault(RuleURI, v, "must be an absolute URI")
		return ""
	}
	if strings.HasPrefix(v.text, "urn:epc:") {
		if _, _, err := gs1.ParseURN(v.text); err != nil {
			c.fault(RuleIdentifier, v, "%s", err)
			return ""
		}
	}
	return v.text
}

func (c *checker) time(v *Value) time.Time {
	if !c.is(v, String) {
		return time.Time{}
	}
	t, ok := parseTime(v.text)
	if !ok {
		c.fault(RuleTime, v, "must be a real date and time with UTC offset, like 2026-07-22T06:45:00.000+02:00")
	} else if t.Year() < firstYear || t.Year() > lastYear {
		c.fault(RuleTime, v, "must be in a year from %d to %d", firstYear, lastYear)
	}
	return t
}

// The years that are taken. What is outside is a slip, or a field that nobody filled in; and readers don't agree on how
// years of fewer or more than four digits are written, so that a page and the check of it would tell different days.
const (
	firstYear = 1900
	lastYear  = 9998 // with any offset, 9999 at most
)

// The sizes of numbers that are accepted. No quantity and no measurement is outside; numbers that no double can hold would
// be read differently by every reader (RFC 8259, section 6).
const (
	largest  = 1e40
	smallest = 1e-40
	digits   = 100
)

func (c *checker) number(v *Value) string {
	if !c.is(v, Number) {
		return ""
	}
	f, err := strconv.ParseFloat(v.text, 64)
	f = math.Abs(f)
	mantissa, _, _ := strings.Cut(strings.ToLower(v.text), "e")
	zero := strings.Trim(mantissa, "-0.") == ""
	switch {
	case err != nil || f > largest || !zero && f < smallest:
		c.fault(RuleRange, v, "must be 0, or from 1e-40 to 1e40 in size")
	case len(v.text) > digits:
		c.fault(RuleRange, v, "has %d characters, at most %d are allowed", len(v.text), digits)
	}
	return v.text
}

// notNegative checks a number that can't be below zero.
func (c *checker) notNegative(v *Value) string {
	s := c.number(v)
	if strings.HasPrefix(s, "-") && strings.Trim(s, "-0.eE+") != "" {
		c.fault(RuleRange, v, "must not be negative")
	}
	return s
}

func (c *checker) oneOf(v *Value, allowed ...string) string {
	if !c.is(v, String) {
		return ""
	}
	for _, a := range allowed {
		if v.text == a {
			return a
		}
	}
	c.fault(RuleEnum, v, "must be one of %s", strings.Join(allowed, ", "))
	return ""
}

func (c *checker) vocab(v *Value, vocab *vocabulary) string {
	if !c.is(v, String) {
		return ""
	}
	normal, message := vocabularyValue(vocab, v.text, c.ctx)
	switch {
	case message != "":
		c.fault(RuleVocabulary, v, "%s", message)
	case !vocab.words[normal] && !gs1.IsURI(v.text):
		c.fault(RuleVocabulary, v, "is neither a %s of CBV 2.0 nor a URI", vocab.name)
	}
	return normal
}

// identifier checks a GS1 identifier or other URI in an identifier field.
func (c *checker) identifier(v *Value) gs1.ID {
	if !c.is(v, String) {
		return gs1.ID{}
	}
	id, err := gs1.Parse(c.ctx.expandUser(v.text))
	if err != nil {
		rule := RuleIdentifier
		var e *gs1.Error
		if errors.As(err, &e) && e.Field == "URI" {
			rule = RuleURI
		}
		c.fault(rule, v, "%s", err)
	}
	return id
}

// instance checks an identifier of one thing, as EPC fields take them.
func (c *checker) instance(v *Value) gs1.ID {
	id := c.identifier(v)
	if level := id.Level(); level == gs1.LevelClass || level == gs1.LevelLot {
		c.fault(RuleLevel, v, "names a %s; this field takes identifiers of single things (with a serial)", levelName(level))
	}
	return id
}

// class checks an identifier of a class or lot.
func (c *checker) class(v *Value) gs1.ID {
	id := c.identifier(v)
	if level := id.Level(); (level == gs1.LevelInstance || level == gs1.LevelPlace) && !id.IsURI() {
		c.fault(RuleLevel, v, "names a single %s; this field takes classes and lots", levelName(level))
	}
	return id
}

func levelName(l gs1.Level) string {
	switch l {
	case gs1.LevelClass:
		return "class"
	case gs1.LevelLot:
		return "lot"
	case gs1.LevelPlace:
		return "place"
	}
	return "thing"
}

// userField checks the name of a field that EPCIS doesn't know: it must be in a declared namespace.
func (c *checker) userField(name string, v *Value) {
	switch {
	case !gs1.IsURI(name):
		message := "EPCIS 2.0 has no such field here; a field of one's own needs a namespace (prefix:" + name + ")"
		if bare, ok := strings.CutPrefix(name, "@"); ok {
			message = fmt.Sprintf("EPCIS writes this field as %q", bare)
		}
		c.fault(RuleUnknownField, v, "%s", message)
	case !c.ctx.knows(name):
		prefix, _, _ := strings.Cut(name, ":")
		c.fault(RuleNamespace, v, "no @context declares the prefix %q", prefix)
	default:
		c.nested(v)
	}
}

// nested checks the names inside a user's field. There a name without namespace may be a term of somebody's context, and
// passes; one with a prefix must have it declared.
func (c *checker) nested(v *Value) {
	switch v.Kind() {
	case Array:
		for i, item := range v.items {
			if item.kind == Object || item.kind == Array {
				c.at(i, func() { c.nested(item) })
			}
		}
	case Object:
		for _, m := range v.members {
			bad := strings.IndexByte(m.Name, ':') > 0 && !c.ctx.knows(m.Name)
			if !bad && m.Value.kind != Object && m.Value.kind != Array {
				continue
			}
			c.in(m.Name, func() {
				if bad {
					prefix, _, _ := strings.Cut(m.Name, ":")
					c.fault(RuleNamespace, m.Value, "no @context declares the prefix %q", prefix)
				}
				c.nested(m.Value)
			})
		}
	}
}

// field is a user's field as typed.
func (c *checker) field(m Member) Field {
	return Field{Name: m.Name, IRI: c.ctx.Expand(m.Name), Value: m.Value}
}

// object is fill for tables that are made for one object.
func (c *checker) object(v *Value, table fieldTable, closed bool) (fields []Field) {
	return fill(c, v, nil, func(name string) func(*checker, *struct{}, *Value) {
		if check := table[name]; check != nil {
			return func(c *checker, _ *struct{}, v *Value) { check(c, v) }
		}
		return nil
	}, closed)
}

// fill walks an object: fields that find knows are checked and put into the target, all others are the user's and
// returned. closed says that there may be none.
func fill[T any](c *checker, v *Value, into *T, find func(string) func(*checker, *T, *Value), closed bool) (fields []Field) {
	if !c.is(v, Object) {
		return nil
	}
	for _, m := range v.members {
		c.in(m.Name, func() {
			switch check := find(m.Name); {
			case check != nil:
				check(c, into, m.Value)
			case closed:
				c.fault(RuleUnknownField, m.Value, "this object takes no fields but those of EPCIS 2.0")
			default:
				c.userField(m.Name, m.Value)
				fields = append(fields, c.field(m))
			}
		})
	}
	return fields
}
