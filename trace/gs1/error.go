package gs1

import "fmt"

// Error says which field of an identifier breaks which rule.
type Error struct {
	Field   string // name and application identifier, "GTIN (01)", or the part of the syntax at fault
	Value   string // the value at fault
	Rule    string // one of the Rule constants
	Message string // the rule in words, with what was expected
}

// Rules an identifier can break.
const (
	RuleSyntax       = "syntax"         // not of the form of an identifier at all
	RuleUnknownKey   = "unknown-key"    // no such application identifier, or not a primary key
	RuleQualifier    = "qualifier"      // not a qualifier of this key, or in the wrong order
	RuleLength       = "length"         // too short or too long
	RuleCharset      = "charset"        // a character this field does not allow
	RuleCheckDigit   = "check-digit"    // the check digit does not fit
	RuleEncoding     = "encoding"       // bad percent-encoding
	RulePrefixLength = "company-prefix" // company prefix of an impossible length, or not the key's
	RuleValue        = "value"          // another rule of the field: zero digit, piece of total, date
	RuleLevel        = "level"          // the identifier is too coarse or too fine for its place
)

func (e *Error) Error() string {
	return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Message)
}

func fault(field, value, rule, format string, args ...any) *Error {
	return &Error{Field: field, Value: value, Rule: rule, Message: fmt.Sprintf(format, args...)}
}
