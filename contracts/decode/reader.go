package decode

import (
	"encoding/binary"
	"errors"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

const (
	// maxValues bounds the values of one call: lists within lists can name the same bytes again and again, so the size
	// of the data bounds nothing.
	maxValues = 1200
	// maxItems is how many entries of a list are given.
	maxItems = 40
	// maxBytes is how many bytes of a byte string are given.
	maxBytes = 128
	// maxText is how many bytes of a text are given.
	maxText = 2048
)

var (
	errShort  = errors.New("the data end too early")
	errBounds = errors.New("a value is outside of its type")
	errBudget = errors.New("too many values")
)

// reader reads values of the contract ABI, at most left of them.
type reader struct{ left int }

func (r *reader) arguments(args abi.Arguments, data []byte) ([]Value, error) {
	out := make([]Value, 0, len(args))
	at := 0
	for _, a := range args {
		v, err := r.value(a.Type, data, at)
		if err != nil {
			return nil, err
		}
		v.Name = a.Name
		out = append(out, v)
		at += headSize(a.Type)
	}
	return out, nil
}

// headSize is how many bytes a value takes where its siblings are.
func headSize(t abi.Type) int {
	if dynamic(t) {
		return 32
	}
	switch t.T {
	case abi.ArrayTy:
		return t.Size * headSize(*t.Elem)
	case abi.TupleTy:
		n := 0
		for _, e := range t.TupleElems {
			n += headSize(*e)
		}
		return n
	}
	return 32
}

func dynamic(t abi.Type) bool {
	switch t.T {
	case abi.StringTy, abi.BytesTy, abi.SliceTy:
		return true
	case abi.ArrayTy:
		return dynamic(*t.Elem)
	case abi.TupleTy:
		for _, e := range t.TupleElems {
			if dynamic(*e) {
				return true
			}
		}
	}
	return false
}

// value reads the value whose head is at data[at:]; offsets count from the start of data.
func (r *reader) value(t abi.Type, data []byte, at int) (Value, error) {
	if r.left--; r.left < 0 {
		return Value{}, errBudget
	}
	if dynamic(t) {
		offset, ok := offsetAt(data, at)
		if !ok {
			return Value{}, errShort
		}
		return r.behind(t, data[offset:])
	}
	switch t.T {
	case abi.TupleTy, abi.ArrayTy:
		if len(data) < at {
			return Value{}, errShort
		}
		return r.behind(t, data[at:])
	}
	w, ok := word(data, at)
	if !ok {
		return Value{}, errShort
	}
	text, err := single(t, w)
	return Value{Type: t.String(), Text: text}, err
}

// behind reads a value that begins at the start of data.
func (r *reader) behind(t abi.Type, data []byte) (Value, error) {
	switch t.T {
	case abi.StringTy, abi.BytesTy:
		body, ok := lengthAndBytes(data)
		if !ok {
			return Value{}, errShort
		}
		v := Value{Type: t.String(), Count: len(body)}
		if t.T == abi.StringTy {
			v.Text = text(body)
		} else {
			v.Text = hexutil.Encode(body[:min(len(body), maxBytes)])
		}
		return v, nil
	case abi.SliceTy:
		count, ok := offsetAt(data, 0)
		if !ok {
			return Value{}, errShort
		}
		return r.list(t, data[32:], count)
	case abi.ArrayTy:
		return r.list(t, data, t.Size)
	}
	v := Value{Type: structName(t)}
	at := 0
	for i, e := range t.TupleElems {
		f, err := r.value(*e, data, at)
		if err != nil {
			return Value{}, err
		}
		f.Name = t.TupleRawNames[i]
		v.Fields = append(v.Fields, f)
		at += headSize(*e)
	}
	return v, nil
}

func (r *reader) list(t abi.Type, data []byte, count int) (Value, error) {
	size := headSize(*t.Elem)
	if count > len(data)/size {
		return Value{}, errShort
	}
	v := Value{Type: listName(t), Count: count}
	for i := range min(count, maxItems) {
		if r.left <= 0 {
			break // what follows is left out, as behind maxItems
		}
		item, err := r.value(*t.Elem, data, i*size)
		if errors.Is(err, errBudget) {
			break
		}
		if err != nil {
			return Value{}, err
		}
		v.Fields = append(v.Fields, item)
	}
	return v, nil
}

// indexed reads an indexed argument of an event: of anything longer than a word only the hash is there.
func (r *reader) indexed(t abi.Type, topic common.Hash) (Value, error) {
	switch {
	case dynamic(t), t.T == abi.TupleTy, t.T == abi.ArrayTy:
		return Value{Type: "hash of " + t.String(), Text: topic.Hex()}, nil
	}
	text, err := single(t, topic[:])
	return Value{Type: t.String(), Text: text}, err
}

func structName(t abi.Type) string {
	if t.TupleRawName != "" {
		return t.TupleRawName
	}
	return "struct" // the generated ABIs don't carry names of structs
}

func listName(t abi.Type) string {
	switch elem := *t.Elem; elem.T {
	case abi.TupleTy:
		return structName(elem) + "[]"
	case abi.SliceTy, abi.ArrayTy:
		return listName(elem) + "[]"
	}
	return t.String()
}

// single writes a value of one word.
func single(t abi.Type, w []byte) (string, error) {
	switch t.T {
	case abi.BoolTy:
		if n := new(big.Int).SetBytes(w); n.BitLen() > 1 {
			return "", errBounds
		}
		return strconv.FormatBool(w[31] == 1), nil
	case abi.AddressTy:
		for _, b := range w[:12] {
			if b != 0 {
				return "", errBounds
			}
		}
		return common.BytesToAddress(w).Hex(), nil
	case abi.UintTy:
		n := new(big.Int).SetBytes(w)
		if n.BitLen() > t.Size {
			return "", errBounds
		}
		return n.String(), nil
	case abi.IntTy:
		n := new(big.Int).SetBytes(w)
		if n.Bit(255) == 1 {
			n.Sub(n, new(big.Int).Lsh(common.Big1, 256))
		}
		return n.String(), nil
	case abi.FixedBytesTy:
		return hexutil.Encode(w[:t.Size]), nil
	case abi.FunctionTy:
		return hexutil.Encode(w[:24]), nil
	}
	return hexutil.Encode(w), nil
}

// text is a string for people: valid UTF-8, no control characters, of bounded length.
func text(b []byte) string {
	s := b
	if len(s) > maxText {
		s = s[:maxText]
		for len(s) > 0 && !utf8.Valid(s[max(0, len(s)-4):]) && len(b) > len(s) && len(s) > maxText-4 {
			s = s[:len(s)-1]
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(s), "\uFFFD"))
}

// word is the 32 bytes at data[at:].
func word(data []byte, at int) ([]byte, bool) {
	if at < 0 || len(data) < 32 || at > len(data)-32 {
		return nil, false
	}
	return data[at : at+32], true
}

// offsetAt reads the offset or length at data[at:]; it is at most the length of data.
func offsetAt(data []byte, at int) (int, bool) {
	w, ok := word(data, at)
	if !ok {
		return 0, false
	}
	for _, b := range w[:24] {
		if b != 0 {
			return 0, false
		}
	}
	n := binary.BigEndian.Uint64(w[24:])
	if n > uint64(len(data)) {
		return 0, false
	}
	return int(n), true
}

// tail is the byte string that argument number place points to.
func tail(data []byte, place int) ([]byte, bool) {
	offset, ok := offsetAt(data, place*32)
	if !ok {
		return nil, false
	}
	return lengthAndBytes(data[offset:])
}

func lengthAndBytes(data []byte) ([]byte, bool) {
	n, ok := offsetAt(data, 0)
	if !ok || n > len(data)-32 {
		return nil, false
	}
	return data[32 : 32+n], true
}
