package gs1

import (
	"strings"
	"unicode/utf8"
)

// CheckDigit is the GS1 check digit of a string of digits that doesn't hold one yet (GS1 General Specifications 7.9.1):
// weights 3, 1, 3, ... from the right, modulo 10.
func CheckDigit(digits string) byte {
	sum, weight := 0, 3
	for i := len(digits) - 1; i >= 0; i-- {
		sum += int(digits[i]-'0') * weight
		weight = 4 - weight
	}
	return byte('0' + (10-sum%10)%10)
}

// checkValue holds a decoded value against the specification of its application identifier.
func checkValue(ai, value string) error {
	a := applications[ai]
	if a == nil {
		return fault("("+ai+")", value, RuleUnknownKey, "there is no application identifier %s", ai)
	}
	if len(value) < a.min || len(value) > a.max {
		if a.min == a.max {
			return fault(fieldName(ai), value, RuleLength, "has %d characters, needs %d", len(value), a.min)
		}
		return fault(fieldName(ai), value, RuleLength, "has %d characters, needs %d to %d", len(value), a.min, a.max)
	}
	rest := value
	for i, p := range a.parts {
		if rest == "" && p.optional {
			return nil
		}
		n := min(p.max, len(rest))
		if i == len(a.parts)-1 {
			n = len(rest)
		}
		if n < p.min || n > p.max {
			return fault(fieldName(ai), value, RuleLength, "the part %q needs %d to %d characters", rest, p.min, p.max)
		}
		if err := checkPart(ai, value, rest[:n], p); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

func checkPart(ai, whole, s string, p part) error {
	for i := 0; i < len(s); i++ {
		if !inSet(p.set, s[i]) {
			r, _ := utf8.DecodeRuneInString(s[i:])
			return fault(fieldName(ai), whole, RuleCharset, "character %q is not allowed: %s", r, setNames[p.set])
		}
	}
	bad := func(rule, format string, args ...any) error {
		return fault(fieldName(ai), whole, rule, format, args...)
	}
	switch p.check {
	case "csum":
		if want := CheckDigit(s[:len(s)-1]); s[len(s)-1] != want {
			return bad(RuleCheckDigit, "check digit %c, expected %c", s[len(s)-1], want)
		}
	case "csumalpha":
		if len(s) < 3 {
			return bad(RuleLength, "needs at least one character before its check pair")
		}
		if want := checkPair(s[:len(s)-2]); s[len(s)-2:] != want {
			return bad(RuleCheckDigit, "check characters %s, expected %s", s[len(s)-2:], want)
		}
	case "zero":
		if s != "0" {
			return bad(RuleValue, "begins with %s, must begin with 0", s)
		}
	case "nozeroprefix":
		if len(s) > 1 && s[0] == '0' {
			return bad(RuleValue, "must not begin with 0")
		}
	case "pieceoftotal":
		piece, total := s[:2], s[2:]
		if piece == "00" || total == "00" || piece > total {
			return bad(RuleValue, "piece %s of %s is not possible", piece, total)
		}
	case "yymmdd", "yymmd0":
		if _, ok := parseDate(s, p.check == "yymmd0"); !ok {
			return bad(RuleValue, "%s is not a date YYMMDD", s)
		}
	}
	return nil
}

const (
	// set82 is GS1 AI encodable character set 82 beyond letters and digits; set39 that of character set 39.
	set82 = "!\"%&'()*+,-./:;<=>?_"
	set39 = "#-/"
)

var setNames = map[byte]string{
	'N': "digits only",
	'X': "letters, digits and " + set82,
	'Y': "capital letters, digits and " + set39,
	'Z': "letters, digits, - and _",
}

func inSet(set, c byte) bool {
	switch set {
	case 'N':
		return c >= '0' && c <= '9'
	case 'X':
		return isAlnum(c) || strings.IndexByte(set82, c) >= 0
	case 'Y':
		return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || strings.IndexByte(set39, c) >= 0
	}
	return isAlnum(c) || c == '-' || c == '_' || c == '='
}

// primes weigh the characters of a GMN from the right (GS1 General Specifications 7.9.5).
var primes = [...]int{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83}

const (
	order82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
	order32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
)

// checkPair is the alphanumeric check character pair of a GMN.
func checkPair(s string) string {
	sum := 0
	for i := 0; i < len(s); i++ {
		sum += strings.IndexByte(order82, s[len(s)-1-i]) * primes[i]
	}
	sum %= 1021
	return string([]byte{order32[sum>>5], order32[sum&31]})
}

// digits says whether s is one or more digits.
func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
