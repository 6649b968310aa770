package verify

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// MaxFile is the most bytes a proof or trust file may have.
const MaxFile = 8 << 20

// FieldError says which field of a file breaks which rule.
type FieldError struct {
	Pointer string // RFC 6901
	Rule    string
}

func (e *FieldError) Error() string {
	if e.Pointer == "" {
		return "the file " + e.Rule
	}
	return e.Pointer + " " + e.Rule
}

// decode reads JSON into the structure v points to: exactly its fields, those that are pointers optional, no nulls,
// names in exact case. encoding/json alone is too lenient for a format that two languages must read alike.
func decode(file []byte, v any) error {
	if len(file) > MaxFile {
		return &FieldError{"", fmt.Sprintf("has %d bytes, at most %d are allowed", len(file), MaxFile)}
	}
	var tree any
	if err := json.Unmarshal(file, &tree); err != nil {
		return &FieldError{"", "isn't JSON: " + err.Error()}
	}
	return fill(tree, reflect.ValueOf(v).Elem(), "")
}

func fill(tree any, v reflect.Value, at string) error {
	switch p := v.Addr().Interface().(type) {
	case *Word:
		return fillHex(tree, at, len(p), func(b []byte) { copy(p[:], b) })
	case *Address:
		return fillHex(tree, at, len(p), func(b []byte) { copy(p[:], b) })
	case *Hex:
		return fillHex(tree, at, -1, func(b []byte) { *p = b })
	case *U64:
		s, ok := tree.(string)
		n, err := strconv.ParseUint(s, 10, 64)
		if !ok || err != nil || strconv.FormatUint(n, 10) != s {
			return &FieldError{at, fmt.Sprintf("is %s, must be a number below 2^64 as a decimal string", short(tree))}
		}
		*p = U64(n)
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		s, ok := tree.(string)
		if !ok {
			return &FieldError{at, fmt.Sprintf("is %s, must be a text", short(tree))}
		}
		v.SetString(s)
	case reflect.Int:
		n, ok := tree.(float64)
		if !ok || n < 0 || n > 1<<31-1 || n != float64(int(n)) {
			return &FieldError{at, fmt.Sprintf("is %s, must be a whole number from 0 to 2147483647", short(tree))}
		}
		v.SetInt(int64(n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fill(tree, v.Elem(), at)
	case reflect.Slice:
		list, ok := tree.([]any)
		if !ok {
			return &FieldError{at, fmt.Sprintf("is %s, must be a list", short(tree))}
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i := range list {
			if err := fill(list[i], v.Index(i), at+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return fillStruct(tree, v, at)
	default:
		panic("verify: no rule for " + v.Type().String())
	}
	return nil
}

func fillStruct(tree any, v reflect.Value, at string) error {
	m, ok := tree.(map[string]any)
	if !ok {
		return &FieldError{at, fmt.Sprintf("is %s, must be an object", short(tree))}
	}
	known := 0
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		child, ok := m[name]
		if !ok {
			if v.Field(i).Kind() == reflect.Pointer {
				continue
			}
			return &FieldError{at + "/" + name, "is missing"}
		}
		known++
		if err := fill(child, v.Field(i), at+"/"+name); err != nil {
			return err
		}
	}
	if known == len(m) {
		return nil
	}
	for name := range m {
		if !hasField(v.Type(), name) {
			return &FieldError{at + "/" + name, "is no field of this format"}
		}
	}
	return nil
}

func hasField(t reflect.Type, name string) bool {
	for i := range t.NumField() {
		if n, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); n == name {
			return true
		}
	}
	return false
}

// fillHex reads hex of n bytes, any number if n is negative.
func fillHex(tree any, at string, n int, set func([]byte)) error {
	s, ok := tree.(string)
	digits, prefixed := strings.CutPrefix(s, "0x")
	b, err := hex.DecodeString(digits)
	if !ok || !prefixed || err != nil || strings.ToLower(digits) != digits || n >= 0 && len(b) != n {
		rule := "must be lower-case hex with 0x"
		if n >= 0 {
			rule += fmt.Sprintf(" of %d bytes", n)
		}
		return &FieldError{at, fmt.Sprintf("is %s, %s", short(tree), rule)}
	}
	set(b)
	return nil
}

// short is a value in an error message.
func short(tree any) string {
	b, err := json.Marshal(tree)
	if err != nil {
		return "unreadable"
	}
	if len(b) > 40 {
		return string(b[:36]) + "..."
	}
	return string(b)
}
