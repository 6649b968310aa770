package gs1

import "strings"

// IsURI says whether s is an absolute URI as RFC 3986 has it: a scheme, a colon, something after it, and no character
// that must be percent-encoded. CURIEs ("example:x") are of that form too.
func IsURI(s string) bool { return checkURI(s) == nil }

func checkURI(s string) error {
	colon := strings.IndexByte(s, ':')
	if colon <= 0 || colon == len(s)-1 {
		return fault("URI", s, RuleSyntax, "is not an absolute URI (scheme:...)")
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
