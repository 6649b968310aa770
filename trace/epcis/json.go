package epcis

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// parseJSON reads one JSON text strictly (RFC 8259): UTF-8 throughout, no duplicate keys, no lone surrogates, bounded
// depth. Numbers stay literals.
func parseJSON(data []byte, maxDepth int) (*Value, *Fault) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	p := parser{data: string(data), maxDepth: maxDepth}
	if i := invalidUTF8(p.data); i >= 0 {
		p.pos = i
		return nil, p.fault(RuleSyntax, "the text is not UTF-8 at %s", p.place())
	}
	p.space()
	v, f := p.value(1)
	if f != nil {
		return nil, f
	}
	if p.space(); p.pos < len(p.data) {
		return nil, p.fault(RuleSyntax, "more text follows the JSON value at %s", p.place())
	}
	return v, nil
}

func invalidUTF8(data string) int {
	if utf8.ValidString(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRuneInString(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// parser reads one text. Strings of the values are parts of it, not copies.
type parser struct {
	data     string
	pos      int
	maxDepth int

	// Values, and the members and items of finished ones, are allocated many at once; open is the stack of those that
	// aren't finished.
	arena       []Value
	members     []Member
	items       []*Value
	openMembers []Member
	openItems   []*Value
}

func (p *parser) alloc() *Value {
	if len(p.arena) == 0 {
		p.arena = make([]Value, min(64, 4+(len(p.data)-p.pos)/16))
	}
	v := &p.arena[0]
	p.arena = p.arena[1:]
	return v
}

// moved takes list off a stack into memory of its own, out of room.
func moved[T any](list []T, room *[]T) []T {
	n := len(list)
	if n > len(*room) {
		*room = make([]T, max(n, 64))
	}
	out := (*room)[:n:n]
	*room = (*room)[n:]
	copy(out, list)
	clear(list)
	return out
}

func (p *parser) fault(rule, format string, args ...any) *Fault {
	return &Fault{Rule: rule, Message: fmt.Sprintf(format, args...)}
}

// place is where the parser stands, for people.
func (p *parser) place() string {
	before := p.data[:min(p.pos, len(p.data))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("line %d, column %d", line, column)
}

func (p *parser) unexpected(wanted string) *Fault {
	if p.pos >= len(p.data) {
		return p.fault(RuleSyntax, "the JSON text ends early, expected %s", wanted)
	}
	r, _ := utf8.DecodeRuneInString(p.data[p.pos:])
	return p.fault(RuleSyntax, "unexpected %q at %s, expected %s", r, p.place(), wanted)
}

func (p *parser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) value(depth int) (*Value, *Fault) {
	if depth > p.maxDepth {
		return nil, p.fault(RuleDepth, "nested more than %d deep at %s", p.maxDepth, p.place())
	}
	if p.pos >= len(p.data) {
		return nil, p.unexpected("a value")
	}
	switch c := p.data[p.pos]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		s, f := p.str()
		if f != nil {
			return nil, f
		}
		v := p.alloc()
		v.kind, v.text = String, s
		return v, nil
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for word, kind := range map[string]ValueKind{"true": Bool, "false": Bool, "null": Null} {
		if strings.HasPrefix(p.data[p.pos:], word) {
			p.pos += len(word)
			v := p.alloc()
			v.kind = kind
			if kind == Bool {
				v.text = word
			}
			return v, nil
		}
	}
	return nil, p.unexpected("a value")
}

func (p *parser) object(depth int) (*Value, *Fault) {
	v := p.alloc()
	v.kind = Object
	p.pos++
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == '}' {
		p.pos++
		return v, nil
	}
	var seen map[string]bool // only for large objects
	from := len(p.openMembers)
	for {
		if p.pos >= len(p.data) || p.data[p.pos] != '"' {
			return nil, p.unexpected("a field name")
		}
		at := p.pos
		name, f := p.str()
		if f != nil {
			return nil, f
		}
		duplicate := false
		if members := p.openMembers[from:]; len(members) < 16 {
			duplicate = slices.ContainsFunc(members, func(m Member) bool { return m.Name == name })
		} else {
			if seen == nil {
				seen = make(map[string]bool, 64)
				for _, m := range members {
					seen[m.Name] = true
				}
			}
			duplicate = seen[name]
			seen[name] = true
		}
		if duplicate {
			p.pos = at
			f := p.fault(RuleDuplicateKey, "field %q is given twice, the second time at %s", name, p.place())
			f.Pointer = "/" + format.EscapePointer(name)
			return nil, f
		}
		p.space()
		if p.pos >= len(p.data) || p.data[p.pos] != ':' {
			return nil, p.unexpected("a colon")
		}
		p.pos++
		p.space()
		child, f := p.value(depth + 1)
		if f != nil {
			f.Pointer = "/" + format.EscapePointer(name) + f.Pointer
			return nil, f
		}
		p.openMembers = append(p.openMembers, Member{name, child})
		p.space()
		if p.pos >= len(p.data) {
			return nil, p.unexpected("a comma or a closing brace")
		}
		switch p.data[p.pos] {
		case ',':
			p.pos++
			p.space()
		case '}':
			p.pos++
			v.members = moved(p.openMembers[from:], &p.members)
			p.openMembers = p.openMembers[:from]
			return v, nil
		default:
			return nil, p.unexpected("a comma or a closing brace")
		}
	}
}

func (p *parser) array(depth int) (*Value, *Fault) {
	v := p.alloc()
	v.kind = Array
	p.pos++
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == ']' {
		p.pos++
		return v, nil
	}
	from := len(p.openItems)
	for {
		child, f := p.value(depth + 1)
		if f != nil {
			f.Pointer = "/" + strconv.Itoa(len(p.openItems)-from) + f.Pointer
			return nil, f
		}
		p.openItems = append(p.openItems, child)
		p.space()
		if p.pos >= len(p.data) {
			return nil, p.unexpected("a comma or a closing bracket")
		}
		switch p.data[p.pos] {
		case ',':
			p.pos++
			p.space()
		case ']':
			p.pos++
			v.items = moved(p.openItems[from:], &p.items)
			p.openItems = p.openItems[:from]
			return v, nil
		default:
			return nil, p.unexpected("a comma or a closing bracket")
		}
	}
}

func (p *parser) number() (*Value, *Fault) {
	start := p.pos
	digitRun := func() bool {
		from := p.pos
		for p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
			p.pos++
		}
		return p.pos > from
	}
	at := func(c byte) bool { return p.pos < len(p.data) && p.data[p.pos] == c }
	if at('-') {
		p.pos++
	}
	if at('0') {
		p.pos++
	} else if !digitRun() {
		return nil, p.unexpected("a digit")
	}
	if at('.') {
		p.pos++
		if !digitRun() {
			return nil, p.unexpected("a digit")
		}
	}
	if at('e') || at('E') {
		p.pos++
		if at('+') || at('-') {
			p.pos++
		}
		if !digitRun() {
			return nil, p.unexpected("a digit")
		}
	}
	v := p.alloc()
	v.kind, v.text = Number, p.data[start:p.pos]
	return v, nil
}

// str reads a string whose opening quote is at pos.
func (p *parser) str() (string, *Fault) {
	p.pos++
	start, plain := p.pos, true
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; {
		case c == '"':
			s := p.data[start:p.pos]
			p.pos++
			if plain {
				return s, nil
			}
			return s, p.visible(s)
		case c == '\\':
			s, f := p.escaped(start)
			if f == nil {
				f = p.visible(s)
			}
			return s, f
		case c >= 0x7f:
			plain = false
		case c < 0x20:
			return "", p.unexpected("no control character in a string")
		}
		p.pos++
	}
	return "", p.unexpected("a closing quote")
}

// visible refuses a string that has just been read if people could not see all that is in it.
func (p *parser) visible(s string) *Fault {
	if r, found := gs1.Hidden(s); found {
		return p.fault(RuleCharacter, "the text that ends at %s holds %U, which readers don't see", p.place(), r)
	}
	return nil
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (p *parser) escaped(start int) (string, *Fault) {
	out := append([]byte(nil), p.data[start:p.pos]...)
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		switch {
		case c == '"':
			p.pos++
			return string(out), nil
		case c < 0x20:
			return "", p.unexpected("no control character in a string")
		case c != '\\':
			out = append(out, c)
			p.pos++
			continue
		}
		p.pos++
		if p.pos >= len(p.data) {
			break
		}
		if plain, ok := escapes[p.data[p.pos]]; ok {
			out = append(out, plain)
			p.pos++
			continue
		}
		r, ok := p.hex4()
		if ok && utf16.IsSurrogate(r) {
			low := rune(-1)
			if strings.HasPrefix(p.data[p.pos:], `\u`) {
				p.pos++
				low, ok = p.hex4()
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				return "", p.fault(RuleSyntax, "half of a surrogate pair at %s", p.place())
			}
		}
		if !ok {
			return "", p.unexpected("an escape")
		}
		out = utf8.AppendRune(out, r)
	}
	return "", p.unexpected("a closing quote")
}

// hex4 reads uXXXX.
func (p *parser) hex4() (rune, bool) {
	if p.pos+5 > len(p.data) || p.data[p.pos] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(p.data[p.pos+1:p.pos+5], 16, 16)
	if err != nil {
		return 0, false
	}
	p.pos += 5
	return rune(n), true
}
