package epcis

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// canonicalValue is the one spelling that the event hash takes a value in.
func canonicalValue(text string) string {
	if strings.Contains(text, "urn:epcglobal:cbv:") {
		text = webVocabulary.Replace(text)
	}
	text = canonicalNumber(text)
	if uri, ok := canonicalURI(text); ok {
		return uri
	}
	return text
}

var webVocabulary = strings.NewReplacer(
	"urn:epcglobal:cbv:bizstep:", bizSteps.web,
	"urn:epcglobal:cbv:disp:", dispositions.web,
	"urn:epcglobal:cbv:btt:", transactionTypes.web,
	"urn:epcglobal:cbv:sdt:", sourceDestTypes.web,
	"urn:epcglobal:cbv:er:", errorReasons.web,
)

// canonicalNumber writes whatever reads as a binary floating point number as that number is written shortest: "026.10"
// becomes 26.1. Like the reference it allows underscores between digits and takes texts for numbers too.
func canonicalNumber(text string) string {
	plain, ok := numeral(text)
	if !ok {
		return text
	}
	f, err := strconv.ParseFloat(plain, 64)
	if err != nil || math.IsInf(f, 0) {
		return text
	}
	if f == math.Trunc(f) {
		if math.Abs(f) < 1<<53 {
			return strconv.FormatInt(int64(f), 10)
		}
		i, _ := big.NewFloat(f).Int(nil)
		return i.String()
	}
	if math.Abs(f) < 1e-4 {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// numeral says whether text is a decimal number, and takes its underscores out.
func numeral(text string) (plain string, ok bool) {
	if text == "" {
		return "", false
	}
	underscores := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case isDigit(c), c == '.', c == '+', c == '-', c == 'e', c == 'E':
		case c == '_' && i > 0 && i+1 < len(text) && isDigit(text[i-1]) && isDigit(text[i+1]):
			underscores = true
		default:
			return "", false
		}
	}
	if underscores {
		return strings.ReplaceAll(text, "_", ""), true
	}
	return text, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// canonicalURI is the canonical Digital Link of a GS1 identifier, as the reference makes it. ok is false where it leaves
// a value alone: other URIs, and Digital Links with percent-encoded characters.
func canonicalURI(text string) (uri string, ok bool) {
	switch {
	case strings.HasPrefix(text, "urn:epc:"):
		id, _, err := gs1.ParseURN(text)
		if err != nil || id.IsURI() {
			return "", false
		}
		return id.String(), true
	case strings.HasPrefix(text, "https:"), strings.HasPrefix(text, "http:"):
		return canonicalLink(text)
	}
	return "", false
}

// linkKeys are the keys that the reference knows, in the order it looks for them.
var linkKeys = []string{"00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8017",
	"8018"}

var linkNames = map[string]string{"gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417",
	"gsrnp": "8017", "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402",
	"grai": "8003", "giai": "8004", "cpv": "22", "lot": "10", "ser": "21"}

const gs1Host = "https://id.gs1.org/"

func canonicalLink(uri string) (string, bool) {
	path, _, _ := strings.Cut(uri, "?")
	// scheme, "", host, and what follows
	var room [12]string
	seg := room[:0]
	for {
		s, rest, more := strings.Cut(path, "/")
		if ai, ok := linkNames[s]; ok && more && len(seg) > 2 {
			s = ai
		}
		seg = append(seg, s)
		if !more {
			break
		}
		path = rest
	}
	keyed := false
	for i := 1; i+1 < len(seg) && !keyed; i++ {
		keyed = isLinkKey(seg[i]) && startsValue(seg[i+1])
	}
	if !keyed {
		return "", false
	}
	if len(seg) > 4 && strings.HasPrefix(uri, gs1Host) && isLinkKey(seg[3]) && startsValue(seg[4]) {
		seg = seg[3:]
	} else {
		seg = fromFirstKey(seg)
	}
	if seg[0] == "01" {
		if n := leadingDigits(seg[1]); n == 8 || n == 12 || n == 13 {
			seg[1] = strings.Repeat("0", 14-n) + seg[1]
		}
	}
	seg = finest(seg)
	if !validLink(seg) {
		return "", false
	}
	return gs1Host + strings.Join(seg, "/"), true
}

func isLinkKey(s string) bool {
	if len(s) < 2 || len(s) > 4 || !isDigit(s[0]) {
		return false
	}
	return contains(linkKeys, s)
}

// fromFirstKey cuts off what stands before the key that comes first in the order of linkKeys.
func fromFirstKey(seg []string) []string {
	for _, key := range linkKeys {
		for i := 1; i+1 < len(seg); i++ {
			if seg[i] == key {
				return seg[i:]
			}
		}
	}
	return seg
}

func startsValue(s string) bool { return len(s) > 4 && leadingDigits(s[:4]) == 4 }

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// finest drops the consumer product variant, and the lot where a serial follows. What the reference's patterns for that
// don't match stays, and is then no valid link.
func finest(seg []string) []string {
	if len(seg) < 4 || !(seg[0] == "01" && allDigits(seg[1], 14) || seg[0] == "8006" && allDigits(seg[1], 18)) {
		return seg
	}
	if seg[2] == "22" {
		if tail := strings.Join(seg[3:], "/"); len(tail) <= 20 && inLinkSet(strings.ReplaceAll(tail, "/", "")) {
			seg = append(seg[:2:2], seg[4:]...)
		}
	}
	if len(seg) == 6 && seg[2] == "10" && seg[4] == "21" && short(seg[3], 20) && short(seg[5], 20) {
		seg = append(seg[:2:2], seg[4:]...)
	}
	return seg
}

// validLink is what the reference accepts as the end of its work.
func validLink(seg []string) bool {
	if len(seg) < 2 {
		return false
	}
	v, n := seg[1], len(seg)
	qualified := func(max int, ais ...string) bool {
		return n == 4 && contains(ais, seg[2]) && short(seg[3], max)
	}
	switch seg[0] {
	case "00", "8017", "8018":
		return n == 2 && allDigits(v, 18)
	case "01":
		return allDigits(v, 14) && (n == 2 || qualified(20, "21", "10") || qualified(28, "235"))
	case "253":
		return n == 2 && len(v) >= 13 && allDigits(v[:13], 13) && short(v[13:], 17)
	case "255":
		return n == 2 && len(v) >= 13 && len(v) <= 25 && leadingDigits(v) == len(v)
	case "401", "8004":
		return n == 2 && short(v, 30)
	case "402":
		return n == 2 && allDigits(v, 17)
	case "414":
		return allDigits(v, 13) && (n == 2 || qualified(20, "254"))
	case "417":
		return n == 2 && allDigits(v, 13)
	case "8003":
		return n == 2 && len(v) >= 14 && allDigits(v[:14], 14) && short(v[14:], 16)
	case "8006":
		return allDigits(v, 18) && (n == 2 || qualified(20, "21", "10"))
	case "8010":
		if n >= 4 && seg[n-2] == "8011" && leadingDigits(seg[n-1]) == len(seg[n-1]) && len(seg[n-1]) <= 12 {
			n -= 2
		}
		part := strings.Join(seg[1:n], "/")
		for i := 0; i < len(part); i++ {
			if c := part[i]; !(isDigit(c) || c >= 'A' && c <= 'Z' || c == '#' || c == '-' || c == '/') {
				return false
			}
		}
		return len(part) <= 30
	}
	return false
}

func allDigits(s string, n int) bool { return len(s) == n && leadingDigits(s) == n }

func short(s string, max int) bool { return len(s) <= max && inLinkSet(s) }

// inLinkSet is the characters that the reference takes unescaped in a Digital Link.
func inLinkSet(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(isDigit(c) || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.IndexByte("\"'-.;<=>?_", c) >= 0) {
			return false
		}
	}
	return true
}
