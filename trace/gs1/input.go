package gs1

import (
	"strings"
)

// ParseInput reads what a person types or a scanner sends into a search box: everything Parse reads, a Digital Link
// path, an element string with brackets "(01)09521141012345(21)2017", or a bare number: 8, 12, 13 or 14 digits are a
// GTIN, 18 an SSCC. Spaces around it are ignored, inside a bare number too.
func ParseInput(s string) (ID, []Attribute, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return ID{}, nil, fault("identifier", s, RuleSyntax, "is empty")
	case s[0] == '(':
		return ParseElementString(s)
	case s[0] == '/':
		path, query, _ := strings.Cut(s, "?")
		id, err := ParsePath(path)
		return id, Attributes(query), err
	case strings.Contains(s, "://"):
		if id, attrs, err := ParseLink(s); err == nil {
			return id, attrs, nil
		}
	}
	if bare := strings.NewReplacer(" ", "", "-", "").Replace(s); digits(bare) {
		id, err := parseNumber(bare)
		return id, nil, err
	}
	id, err := Parse(s)
	return id, nil, err
}

func parseNumber(s string) (ID, error) {
	switch len(s) {
	case 8, 12, 13, 14:
		return build("01", s, nil)
	case 18:
		return build("00", s, nil)
	}
	return ID{}, fault("number", s, RuleLength, "has %d digits: a GTIN has 8, 12, 13 or 14, an SSCC 18", len(s))
}

// ParseElementString reads "(AI)value(AI)value..." in any order: the first primary key is the identifier, its
// qualifiers are put into order, all else becomes attributes.
func ParseElementString(s string) (ID, []Attribute, error) {
	var key, value string
	found := map[string]string{}
	var attrs []Attribute
	for rest := s; rest != ""; {
		end := strings.IndexByte(rest, ')')
		if rest[0] != '(' || end < 3 || !digits(rest[1:end]) {
			return ID{}, nil, fault("element string", s, RuleSyntax, "is not of the form (AI)value(AI)value")
		}
		ai := rest[1:end]
		rest = rest[end+1:]
		next := nextAI(rest)
		v := rest[:next]
		rest = rest[next:]
		a := applications[ai]
		switch {
		case a == nil:
			return ID{}, nil, fault("element string", ai, RuleUnknownKey, "there is no application identifier %s", ai)
		case found[ai] != "" || ai == key:
			return ID{}, nil, fault("element string", ai, RuleSyntax, "(%s) is given twice", ai)
		case a.key && key == "":
			key, value = ai, v
			continue
		}
		if err := checkValue(ai, v); err != nil {
			return ID{}, nil, err
		}
		found[ai] = v
		attrs = append(attrs, Attribute{ai, v})
	}
	if key == "" {
		return ID{}, nil, fault("element string", s, RuleUnknownKey, "has no primary key such as (01) or (00)")
	}
	var quals []qualifier
	for _, seq := range applications[key].sequences {
		for _, ai := range seq {
			if v := found[ai]; v != "" {
				quals = append(quals, qualifier{ai, v})
			}
		}
		if len(quals) > 0 {
			break
		}
	}
	id, err := build(key, value, quals)
	if err != nil {
		return ID{}, nil, err
	}
	others := attrs[:0]
	for _, a := range attrs {
		if id.Qualifier(a.AI) == "" {
			others = append(others, a)
		}
	}
	return id, others, nil
}

// nextAI is where the next "(AI)" begins, for a value may hold brackets itself.
func nextAI(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] != '(' {
			continue
		}
		if end := strings.IndexByte(s[i:], ')'); end >= 3 && end <= 5 && applications[s[i+1:i+end]] != nil {
			return i
		}
	}
	return len(s)
}
