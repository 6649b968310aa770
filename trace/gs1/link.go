package gs1

import (
	"strings"
)

// Parse reads what may stand in an identifier field of an EPCIS event: a Digital Link URI, an EPC URN, or any other
// absolute URI. A URI that isn't recognised as a GS1 identifier is a plain URI, not an error; one that is, and breaks
// a rule, is.
func Parse(s string) (ID, error) {
	if hasFold(s, "urn:epc:") {
		id, _, err := ParseURN(s)
		return id, err
	}
	if path, ok := linkPath(s); ok {
		id, found, err := parsePath(path, onGS1(s))
		switch {
		case found, err != nil && (onGS1(s) || !toleratedGRAI(err)):
			return id, err
		case onGS1(s):
			return ID{}, fault("Digital Link", s, RuleUnknownKey, "has no primary key of GS1 (01, 00, 8003, 8004, 414, ...)")
		}
	}
	if err := checkURI(s); err != nil {
		return ID{}, err
	}
	return ID{value: s}, nil
}

// toleratedGRAI is the one wrong check digit we let pass, as a plain URI: the sensor examples of EPCIS 2.0, which
// everybody's test suites have copied, name a returnable asset by https://id.example.com/8003/030013450007718765, whose
// check digit should be 6. It stays its host's URI and is never taken for a GRAI.
func toleratedGRAI(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Rule == RuleCheckDigit && e.Field == fieldName("8003")
}

// ParseLink reads a Digital Link URI of any host, with its data attributes. Unlike Parse it refuses other URIs.
func ParseLink(uri string) (ID, []Attribute, error) {
	path, ok := linkPath(uri)
	if !ok {
		return ID{}, nil, fault("Digital Link", uri, RuleSyntax, "is not an http or https URI")
	}
	id, err := ParsePath(path)
	if err != nil {
		return ID{}, nil, err
	}
	_, query, _ := strings.Cut(uri, "?")
	query, _, _ = strings.Cut(query, "#")
	return id, Attributes(query), nil
}

// ParsePath reads the path of a Digital Link as it stands in a request, percent-encoded: "/01/09521141012345/21/2017".
// Anything before the primary key is skipped.
func ParsePath(escapedPath string) (ID, error) {
	id, found, err := parsePath(escapedPath, true)
	if err == nil && !found {
		err = fault("Digital Link", escapedPath, RuleUnknownKey, "has no primary key of GS1 (01, 00, 8003, 8004, 414, ...)")
	}
	if err != nil {
		return ID{}, err
	}
	return id, nil
}

// linkPath is the path of an http(s) URI, percent-encoded, without query and fragment.
func linkPath(uri string) (string, bool) {
	var rest string
	switch {
	case hasFold(uri, "https://"):
		rest = uri[len("https://"):]
	case hasFold(uri, "http://"):
		rest = uri[len("http://"):]
	default:
		return "", false
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	slash := strings.IndexByte(rest, '/')
	if slash <= 0 {
		return "", false
	}
	return rest[slash:], true
}

// onGS1 says that uri is on GS1's own resolver, where everything is meant to be a Digital Link.
func onGS1(uri string) bool {
	_, rest, _ := strings.Cut(uri, "//")
	return hasFold(rest, "id.gs1.org/")
}

// parsePath looks for the first segment that is a primary key followed by something that looks like its value, and
// reads all that follows as pairs. strict takes any value for one that looks like it.
func parsePath(path string, strict bool) (id ID, found bool, err error) {
	segs := strings.Split(strings.Trim(path, "/"), "/")
	for i := 0; i+1 < len(segs); i++ {
		key := resolveAI(segs[i])
		if a := applications[key]; a != nil && a.key && (strict || looksLikeValue(segs[i+1])) {
			id, err = parsePairs(key, segs[i+1:])
			return id, err == nil, err
		}
	}
	return ID{}, false, nil
}

// looksLikeValue is what tells /01/09521141012345 from the /01/ of somebody's own path: GS1 keys begin with a company
// prefix.
func looksLikeValue(segment string) bool {
	return len(segment) >= 4 && digits(segment[:4])
}

func resolveAI(segment string) string {
	if ai, ok := aliases[segment]; ok {
		return ai
	}
	return segment
}

// parsePairs reads value, AI, value, AI, value ... of a primary key.
func parsePairs(key string, segs []string) (ID, error) {
	if len(segs)%2 == 0 {
		return ID{}, fault("Digital Link", segs[len(segs)-1], RuleSyntax, "a qualifier stands without a value")
	}
	value, err := unescape(key, segs[0])
	if err != nil {
		return ID{}, err
	}
	var quals []qualifier
	for i := 1; i < len(segs); i += 2 {
		ai := resolveAI(segs[i])
		v, err := unescape(ai, segs[i+1])
		if err != nil {
			return ID{}, err
		}
		quals = append(quals, qualifier{ai, v})
	}
	return build(key, value, quals)
}

// build checks a decoded key and its qualifiers against the table.
func build(key, value string, quals []qualifier) (ID, error) {
	a := applications[key]
	if a == nil || !a.key {
		return ID{}, fault("primary key", key, RuleUnknownKey, "is not a primary key of GS1")
	}
	if key == "01" {
		padded, err := padGTIN(value)
		if err != nil {
			return ID{}, err
		}
		value = padded
	}
	if err := checkValue(key, value); err != nil {
		return ID{}, err
	}
	if key == "8004" || key == "8010" || key == "401" || key == "8013" {
		if len(value) < 4 || !digits(value[:4]) {
			return ID{}, fault(fieldName(key), value, RulePrefixLength, "must begin with the digits of a GS1 company prefix")
		}
	}
	if err := checkOrder(a, quals); err != nil {
		return ID{}, err
	}
	id := ID{key: key, value: value}
	for i, q := range quals {
		if err := checkValue(q.ai, q.value); err != nil {
			return ID{}, err
		}
		id.quals[i] = q
	}
	return id, nil
}

// checkOrder holds the qualifiers against the alternatives of the key: a subsequence of one of them.
func checkOrder(a *application, quals []qualifier) error {
	if len(quals) == 0 {
		return nil
	}
	for _, seq := range a.sequences {
		n := 0
		for _, ai := range seq {
			if n < len(quals) && quals[n].ai == ai {
				n++
			}
		}
		if n == len(quals) {
			return nil
		}
	}
	given := make([]string, len(quals))
	for i, q := range quals {
		given[i] = q.ai
	}
	if len(a.sequences) == 0 {
		return fault(fieldName(a.ai), strings.Join(given, ","), RuleQualifier, "takes no qualifiers")
	}
	var allowed []string
	for _, seq := range a.sequences {
		allowed = append(allowed, strings.Join(seq, ","))
	}
	return fault(fieldName(a.ai), strings.Join(given, ","), RuleQualifier, "takes the qualifiers %s, in this order",
		strings.Join(allowed, " or "))
}

// padGTIN makes GTIN-8, -12 and -13 a GTIN-14.
func padGTIN(s string) (string, error) {
	switch len(s) {
	case 14:
		return s, nil
	case 8, 12, 13:
		if digits(s) {
			return strings.Repeat("0", 14-len(s)) + s, nil
		}
		return "", fault(fieldName("01"), s, RuleCharset, "digits only")
	}
	return "", fault(fieldName("01"), s, RuleLength, "has %d characters, needs 8, 12, 13 or 14", len(s))
}

// unescape decodes percent-encoding strictly.
func unescape(ai, s string) (string, error) {
	if strings.IndexByte(s, '%') < 0 {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
			return "", fault(fieldName(ai), s, RuleEncoding, "%q is not percent-encoding", s[i:min(i+3, len(s))])
		}
		out = append(out, unhex(s[i+1])<<4|unhex(s[i+2]))
		i += 2
	}
	return string(out), nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
