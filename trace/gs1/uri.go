package gs1

import (
	"strings"
	"unicode/utf8"
)

// Hidden finds a character in s that readers don't see but that changes what they see: a control character other than
// tab and line breaks, or one that embeds, overrides or isolates the direction of text (UAX #9). With U+202E a lot reads
// as another one. The marks LRM, RLM and ALM, which honest Hebrew and Arabic text needs, are none of them.
func Hidden(s string) (r rune, found bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' && c != '\t' && c != '\n' && c != '\r', c == 0x7f:
			return rune(c), true
		case c == 0xc2 && i+1 < len(s) && s[i+1] < 0xa0: // U+0080 to U+009F
			return rune(s[i+1]), true
		case c == 0xe2:
			r, _ := utf8.DecodeRuneInString(s[i:])
			if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
				return r, true
			}
		}
	}
	return 0, false
}

// IsURI says whether s is an absolute URI as RFC 3986 has it: a scheme, a colon, something after it, and no character
// that must be percent-encoded. CURIEs ("example:x") are of that form too.
func IsURI(s string) bool { return checkURI(s) == nil }

func checkURI(s string) error {
	colon := strings.IndexByte(s, ':')
	if colon <= 0 || colon == len(s)-1 {
		return fault("URI", s, RuleSyntax, "is not an absolute URI (scheme:...)")
	}
	if r, found := Hidden(s); found {
		return fault("URI", s, RuleCharset, "character %U must be percent-encoded", r)
	}
	for i := 0; i < colon; i++ {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return fault("URI", s, RuleSyntax, "%q is not a scheme", s[:colon])
		}
	}
	for i := colon + 1; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			return fault("URI", s, RuleCharset, "character %q must be percent-encoded", c)
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			return fault("URI", s, RuleEncoding, "%q is not percent-encoding", s[i:min(i+3, len(s))])
		}
	}
	return nil
}
