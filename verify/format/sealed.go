package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a sealed body. They bound what a reader of bytes from outside allocates.
const (
	MaxSealedFields = 1 << 14
	MaxSealedDepth  = 64
	MaxSealedBody   = 8 << 20 // bytes
)

// ErrSealed is behind every refusal of a sealed body, of its fields and of what is disclosed of them.
var ErrSealed = errors.New("sealed body")

func sealedError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrSealed, fmt.Sprintf(format, args...))
}

// Seal cuts a canonical body into its fields, in the order of their pointers, each with 32 bytes of salt from random.
// Fields are the scalars and the empty containers of the body, which must be a JSON object. It refuses what Unseal could
// not give back byte for byte: a body that is not canonical, an object whose names are the numbers 0, 1, 2 … of a list,
// and names that hold U+0000.
func Seal(body []byte, random io.Reader) ([]SealedField, error) {
	fields, err := flatten(body)
	if err != nil {
		return nil, err
	}
	back, err := build(fields)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(back, body) {
		return nil, sealedError("the body is not canonical JSON, or one of its objects can't be told from a list")
	}
	salts := make([]byte, len(fields)*len(Hash{}))
	if _, err := io.ReadFull(random, salts); err != nil {
		return nil, fmt.Errorf("salts of a sealed body: %w", err)
	}
	for i := range fields {
		copy(fields[i].Salt[:], salts[i*len(Hash{}):])
	}
	return fields, nil
}

// Unseal gives back the canonical body that Seal made fields of. It refuses fields that no body has: unordered pointers,
// values that are not canonical, a field within another, gaps in a list.
func Unseal(fields []SealedField) ([]byte, error) {
	body, err := build(fields)
	if err != nil {
		return nil, err
	}
	again, err := flatten(body)
	if err != nil {
		return nil, err
	}
	same := func(a, b SealedField) bool { return a.Pointer == b.Pointer && bytes.Equal(a.Value, b.Value) }
	if !slices.EqualFunc(fields, again, same) {
		return nil, sealedError("no body has these fields")
	}
	return body, nil
}

// Check says whether a field can be one of a sealed body: an RFC 6901 pointer without U+0000, and a value that is one
// canonical JSON scalar or an empty container. Without it the bytes of a field's leaf could be read in two ways.
func (f SealedField) Check() error {
	switch {
	case !strings.HasPrefix(f.Pointer, "/"), !utf8.ValidString(f.Pointer), strings.IndexByte(f.Pointer, 0) >= 0:
		return sealedError("pointer %q is none of RFC 6901, or holds U+0000", f.Pointer)
	case strings.Count(f.Pointer, "/") > MaxSealedDepth:
		return sealedError("pointer %.40q… is more than %d deep", f.Pointer, MaxSealedDepth)
	case !canonicalScalar(f.Value):
		return sealedError("the value at %q is neither a canonical JSON scalar nor an empty container", f.Pointer)
	}
	for rest := f.Pointer; ; {
		_, after, escape := strings.Cut(rest, "~")
		if !escape {
			return nil
		}
		if after == "" || after[0] != '0' && after[0] != '1' {
			return sealedError("pointer %q has a ~ that is neither ~0 nor ~1", f.Pointer)
		}
		rest = after
	}
}

func canonicalScalar(v []byte) bool {
	switch string(v) {
	case "":
		return false
	case "{}", "[]", "true", "false", "null":
		return true
	}
	if v[0] == '{' || v[0] == '[' || v[0] <= ' ' || v[len(v)-1] <= ' ' || !utf8.Valid(v) || !json.Valid(v) {
		return false
	}
	if v[0] != '"' {
		return true // a number, whose literal is kept as sent
	}
	var s string
	return json.Unmarshal(v, &s) == nil && bytes.Equal(AppendString(nil, s), v)
}

// flatten cuts body into its fields, sorted by pointer, without salts. Whether body is canonical is not looked at.
func flatten(body []byte) ([]SealedField, error) {
	switch {
	case len(body) > MaxSealedBody:
		return nil, sealedError("%d bytes, at most %d", len(body), MaxSealedBody)
	case len(body) == 0 || body[0] != '{' || !utf8.Valid(body) || !json.Valid(body):
		return nil, sealedError("the body is not a JSON object in UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	f := flattener{decoder: d}
	if err := f.value(""); err != nil {
		return nil, err
	}
	slices.SortFunc(f.fields, func(a, b SealedField) int { return strings.Compare(a.Pointer, b.Pointer) })
	for i := range f.fields {
		if err := f.fields[i].Check(); err != nil {
			return nil, err
		}
		if i > 0 && f.fields[i-1].Pointer == f.fields[i].Pointer {
			return nil, sealedError("%q is given twice", f.fields[i].Pointer)
		}
	}
	return f.fields, nil
}

type flattener struct {
	decoder *json.Decoder
	fields  []SealedField
	size    int // bytes of pointers and values
}

func (f *flattener) add(pointer string, value []byte) error {
	if f.size += len(pointer) + len(value); f.size > MaxSealedBody {
		return sealedError("pointers and values of more than %d bytes", MaxSealedBody)
	}
	if len(f.fields) == MaxSealedFields {
		return sealedError("more than %d fields", MaxSealedFields)
	}
	f.fields = append(f.fields, SealedField{Pointer: pointer, Value: value})
	return nil
}

// value reads the value that stands next; the body is known to be JSON.
func (f *flattener) value(pointer string) error {
	if strings.Count(pointer, "/") > MaxSealedDepth {
		return sealedError("nested more than %d deep", MaxSealedDepth)
	}
	token, err := f.decoder.Token()
	if err != nil {
		return sealedError("%v", err)
	}
	open, container := token.(json.Delim)
	if !container {
		return f.add(pointer, f.literal(token))
	}
	n := 0
	for ; f.decoder.More(); n++ {
		name := strconv.Itoa(n)
		if open == '{' {
			key, err := f.decoder.Token()
			if err != nil {
				return sealedError("%v", err)
			}
			name = EscapePointer(key.(string)) //nolint:forcetypeassert // a name in valid JSON
		}
		if err := f.value(pointer + "/" + name); err != nil {
			return err
		}
	}
	if _, err := f.decoder.Token(); err != nil {
		return sealedError("%v", err)
	}
	if n > 0 {
		return nil
	}
	if pointer == "" {
		return sealedError("the body is empty")
	}
	if open == '{' {
		return f.add(pointer, []byte("{}"))
	}
	return f.add(pointer, []byte("[]"))
}

// literal is a scalar as it stands in the canonical form; numbers as sent.
func (f *flattener) literal(token json.Token) []byte {
	switch v := token.(type) {
	case string:
		return AppendString(nil, v)
	case json.Number:
		return []byte(v)
	case bool:
		return strconv.AppendBool(nil, v)
	}
	return []byte("null")
}

// node is a value on its way from fields to a body.
type node struct {
	value []byte // of a scalar or an empty container
	names []string
	under map[string]*node
}

// build joins fields to the canonical body they could be of.
func build(fields []SealedField) ([]byte, error) {
	if len(fields) == 0 {
		return nil, sealedError("no fields")
	}
	if len(fields) > MaxSealedFields {
		return nil, sealedError("%d fields, at most %d", len(fields), MaxSealedFields)
	}
	root, size := &node{}, 0
	for i, f := range fields {
		if err := f.Check(); err != nil {
			return nil, err
		}
		if i > 0 && fields[i-1].Pointer >= f.Pointer {
			return nil, sealedError("pointer %q must come after %q", f.Pointer, fields[i-1].Pointer)
		}
		if size += len(f.Value) + len(f.Pointer); size > MaxSealedBody {
			return nil, sealedError("pointers and values of more than %d bytes", MaxSealedBody)
		}
		if err := root.put(f); err != nil {
			return nil, err
		}
	}
	if root.list() {
		return nil, sealedError("the body would be a list")
	}
	return root.append(make([]byte, 0, size)), nil
}

func (n *node) put(f SealedField) error {
	for _, name := range strings.Split(f.Pointer[1:], "/") {
		if n.value != nil {
			return sealedError("%q lies within another field", f.Pointer)
		}
		name = pointerUnescaper.Replace(name)
		next := n.under[name]
		if next == nil {
			if n.under == nil {
				n.under = make(map[string]*node)
			}
			next = &node{}
			n.under[name] = next
			n.names = append(n.names, name)
		}
		n = next
	}
	if n.value != nil || n.under != nil {
		return sealedError("other fields lie within %q", f.Pointer)
	}
	n.value = f.Value
	return nil
}

// list says whether the names are 0, 1, 2 … without a gap: then the container is a list.
func (n *node) list() bool {
	for i := range n.names {
		if n.under[strconv.Itoa(i)] == nil {
			return false
		}
	}
	return true
}

func (n *node) append(dst []byte) []byte {
	if n.value != nil {
		return append(dst, n.value...)
	}
	if n.list() {
		dst = append(dst, '[')
		for i := range n.names {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = n.under[strconv.Itoa(i)].append(dst)
		}
		return append(dst, ']')
	}
	slices.Sort(n.names)
	dst = append(dst, '{')
	for i, name := range n.names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, name), ':')
		dst = n.under[name].append(dst)
	}
	return append(dst, '}')
}
