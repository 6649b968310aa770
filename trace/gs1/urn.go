package gs1

import (
	"fmt"
	"strings"
)

// scheme describes one EPC URN scheme: how the company prefix and what follows make up the key.
type scheme struct {
	key    string // application identifier of the key
	digits int    // digits of company prefix and reference together, 0 if the reference is free text
	// lead says that the first digit of the reference is an indicator or extension digit, which GS1 puts before the
	// company prefix.
	lead bool
	// check says that a check digit follows.
	check bool
	// rest says what stands behind the reference: "" nothing, "+" appended to the key, or the AI of a qualifier.
	rest string
	// zero is put before the key (GRAI).
	zero bool
}

// idSchemes are those of urn:epc:id:NAME:...; schemes GS1 has no application identifier for are plain URIs.
var idSchemes = map[string]scheme{
	"sgtin": {key: "01", digits: 13, lead: true, check: true, rest: "21"},
	"sscc":  {key: "00", digits: 17, lead: true, check: true},
	"sgln":  {key: "414", digits: 12, check: true, rest: "254"},
	"grai":  {key: "8003", digits: 12, check: true, rest: "+", zero: true},
	"giai":  {key: "8004"},
	"gsrn":  {key: "8018", digits: 17, check: true},
	"gsrnp": {key: "8017", digits: 17, check: true},
	"gdti":  {key: "253", digits: 12, check: true, rest: "+"},
	"cpi":   {key: "8010", rest: "8011"},
	"cpid":  {key: "8010", rest: "8011"},
	"sgcn":  {key: "255", digits: 12, check: true, rest: "+"},
	"ginc":  {key: "401"},
	"gsin":  {key: "402", digits: 16, check: true},
	"itip":  {key: "8006", digits: 13, lead: true, check: true, rest: "21"},
	"upui":  {key: "01", digits: 13, lead: true, check: true, rest: "235"},
	"pgln":  {key: "417", digits: 12, check: true},
	"lgtin": {key: "01", digits: 13, lead: true, check: true, rest: "10"}, // urn:epc:class: only
}

// patterns are the schemes of urn:epc:idpat:NAME:... that name a class when their serial is "*".
var patterns = map[string]bool{"sgtin": true, "grai": true, "gdti": true, "sgcn": true, "cpi": true, "cpid": true,
	"itip": true, "upui": true}

// otherSchemes are accepted as plain URIs: they belong to others than GS1, or to hardware.
var otherSchemes = map[string]bool{"gid": true, "usdod": true, "adi": true, "bic": true, "imovn": true, "raw": true}

// ParseURN reads an EPC URN: urn:epc:id:..., urn:epc:class:lgtin:... and urn:epc:idpat:... with the serial "*". It also
// returns the length of the GS1 company prefix, which the URN shows and the Digital Link doesn't (0 for a plain URI).
func ParseURN(urn string) (id ID, prefixLen int, err error) {
	f := strings.SplitN(urn, ":", 5)
	if len(f) < 5 || !hasFold(urn, "urn:epc:") {
		return ID{}, 0, fault("EPC URN", urn, RuleSyntax, "is not of the form urn:epc:id:SCHEME:...")
	}
	kind, name, body := strings.ToLower(f[2]), f[3], f[4]
	s, known := idSchemes[name]
	switch {
	case kind == "id" && known && name != "lgtin":
		return parseEPC(urn, s, body, false)
	case kind == "class" && name == "lgtin":
		return parseEPC(urn, s, body, false)
	case kind == "idpat" && patterns[name]:
		return parseEPC(urn, s, body, true)
	case (kind == "id" || kind == "idpat") && otherSchemes[name], kind == "raw":
		if err := checkURI(urn); err != nil {
			return ID{}, 0, err
		}
		return ID{value: urn}, 0, nil
	}
	return ID{}, 0, fault("EPC URN", urn, RuleUnknownKey, "urn:epc:%s:%s is not a scheme for identifiers", f[2], name)
}

// parseEPC reads PREFIX.REFERENCE[.PIECE.TOTAL][.REST].
func parseEPC(urn string, s scheme, body string, pattern bool) (ID, int, error) {
	if i := strings.IndexAny(body, mustEscape); i >= 0 {
		return ID{}, 0, fault("EPC URN", urn, RuleCharset, "character %q must be percent-encoded", body[i])
	}
	want := 2
	switch {
	case s.key == "8006":
		want = 5
	case s.rest != "":
		want = 3
	}
	f := strings.SplitN(body, ".", want)
	if len(f) != want {
		return ID{}, 0, fault("EPC URN", urn, RuleSyntax, "needs %d parts separated by dots, has %d", want, len(f))
	}
	if s.key == "8010" {
		// The serial stands behind the last dot; the reference can't hold one.
		f = splitLast(body)
	}
	prefix, ref := f[0], f[1]
	if len(prefix) < 6 || len(prefix) > 12 || !digits(prefix) {
		return ID{}, 0, fault("company prefix", prefix, RulePrefixLength, "must be 6 to 12 digits")
	}
	key, err := joinKey(s, prefix, ref)
	if err != nil {
		return ID{}, 0, err
	}
	if s.key == "8006" {
		key += f[2] + f[3]
	}
	var quals []qualifier
	if s.rest != "" {
		rest := f[len(f)-1]
		switch {
		case pattern && rest != "*":
			return ID{}, 0, fault("EPC URN", urn, RuleSyntax, "a pattern names a class only if its last part is *")
		case pattern:
		default:
			v, err := unescape(s.key, rest)
			if err != nil {
				return ID{}, 0, err
			}
			switch {
			case v == "":
				return ID{}, 0, fault("EPC URN", urn, RuleLength, "its last part is empty")
			case s.rest == "+":
				key += v
			case s.rest == "254" && v == "0": // no extension
			default:
				quals = []qualifier{{s.rest, v}}
			}
		}
	}
	id, err := build(s.key, key, quals)
	if err != nil {
		return ID{}, 0, err
	}
	return id, len(prefix), nil
}

// joinKey puts company prefix and reference together as the key has them, with the check digit.
func joinKey(s scheme, prefix, ref string) (string, error) {
	if s.digits == 0 {
		ref, err := unescape(s.key, ref)
		if err == nil && ref == "" {
			err = fault(fieldName(s.key), prefix, RuleLength, "has no reference behind the company prefix")
		}
		return prefix + ref, err
	}
	if n := s.digits - len(prefix); len(ref) != n || n > 0 && !digits(ref) {
		return "", fault(fieldName(s.key), prefix+"."+ref, RuleLength, "needs %d digits after a company prefix of %d", n,
			len(prefix))
	}
	key := prefix + ref
	if s.lead {
		key = ref[:1] + prefix + ref[1:]
	}
	if s.check {
		key += string(CheckDigit(key))
	}
	if s.zero {
		key = "0" + key
	}
	return key, nil
}

func splitLast(body string) []string {
	first, last := strings.IndexByte(body, '.'), strings.LastIndexByte(body, '.')
	return []string{body[:first], body[first+1 : last], body[last+1:]}
}

// URN is the EPC URN of id for a GS1 company prefix of prefixLen digits: urn:epc:id:... for one thing, class:lgtin for a
// lot, idpat:... for a class. A plain URI is returned as it is. It fails where no such URN exists (a GTIN-8's prefix,
// GMN, a party's importer index) or prefixLen is impossible.
func (id ID) URN(prefixLen int) (string, error) {
	if id.key == "" {
		return id.value, nil
	}
	name, class := urnScheme(id)
	s, ok := idSchemes[name]
	if !ok {
		return "", fault(fieldName(id.key), id.value, RuleUnknownKey, "has no EPC URN")
	}
	if prefixLen < 6 || prefixLen > 12 {
		return "", fault("company prefix", fmt.Sprint(prefixLen), RulePrefixLength, "must be 6 to 12 digits long")
	}
	value := id.value
	if s.zero {
		value = value[1:]
	}
	var prefix, ref, tail string
	if s.digits == 0 {
		if len(value) <= prefixLen || !digits(value[:prefixLen]) {
			return "", fault(fieldName(id.key), value, RulePrefixLength, "has no company prefix of %d digits", prefixLen)
		}
		prefix, ref = value[:prefixLen], escapeURN(value[prefixLen:])
	} else {
		whole := value[:s.digits]
		if s.lead {
			whole = whole[1:] + whole[:1]
			prefix = whole[:prefixLen]
			ref = whole[len(whole)-1:] + whole[prefixLen:len(whole)-1]
		} else {
			prefix, ref = whole[:prefixLen], whole[prefixLen:]
		}
		tail = value[s.digits+1:] // behind the check digit
	}
	out := prefix + "." + ref
	if s.key == "8006" {
		out += "." + tail[:2] + "." + tail[2:]
	}
	switch {
	case class:
		out += ".*"
	case s.rest == "+":
		out += "." + escapeURN(tail)
	case s.rest == "254" && id.Qualifier("254") == "":
		out += ".0"
	case s.rest != "":
		out += "." + escapeURN(id.Qualifier(s.rest))
	}
	space := "id"
	switch {
	case class:
		space = "idpat"
	case name == "lgtin":
		space = "class"
	}
	return "urn:epc:" + space + ":" + name + ":" + out, nil
}

// urnScheme is the EPC scheme for id, and whether id is a class that only a pattern names.
func urnScheme(id ID) (name string, class bool) {
	serial := id.Serial()
	switch id.key {
	case "01":
		switch {
		case id.Qualifier("235") != "":
			return "upui", false
		case serial == "" && id.Lot() != "":
			return "lgtin", false
		}
		return "sgtin", serial == ""
	case "8006":
		return "itip", serial == ""
	case "8003":
		return "grai", serial == ""
	case "253":
		return "gdti", serial == ""
	case "255":
		return "sgcn", serial == ""
	case "8010":
		return "cpi", serial == ""
	}
	for name, s := range idSchemes {
		if s.key == id.key && s.rest == "" {
			return name, false
		}
	}
	if id.key == "414" {
		return "sgln", false
	}
	return "", false
}

// mustEscape are the characters of GS1 keys that an EPC URN holds only percent-encoded (EPC Tag Data Standard, table A-1),
// and # which ends a URN. The percent sign itself is the eighth.
const mustEscape = "\"&/<>?#"

// escapeURN writes what an EPC URN may not hold as percent-encoding.
func escapeURN(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '%' || strings.IndexByte(mustEscape, c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
