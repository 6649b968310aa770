package epcis

import (
	"slices"
	"strings"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// appendJSON writes v canonically: no white space, keys sorted by code point (which is the order of their UTF-8 bytes),
// number literals as sent, only what must be escaped escaped.
func appendJSON(dst []byte, v *Value) []byte {
	switch v.Kind() {
	case Null:
		return append(dst, "null"...)
	case Bool, Number:
		return append(dst, v.text...)
	case String:
		return format.AppendString(dst, v.text)
	case Array:
		dst = append(dst, '[')
		for i, item := range v.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	}
	return appendMembers(dst, v.members)
}

func appendMembers(dst []byte, members []Member) []byte {
	if !slices.IsSortedFunc(members, byName) {
		members = slices.Clone(members)
		slices.SortFunc(members, byName)
	}
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = format.AppendString(dst, m.Name)
		dst = append(dst, ':')
		dst = appendJSON(dst, m.Value)
	}
	return append(dst, '}')
}

func byName(a, b Member) int { return strings.Compare(a.Name, b.Name) }
