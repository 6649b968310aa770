package submit

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Decoder names the errors contracts revert with.
type Decoder struct{ errors map[[4]byte]abi.Error }

// NewDecoder makes a decoder of these custom errors, besides Solidity's own Error and Panic.
func NewDecoder(known []abi.Error) *Decoder {
	d := &Decoder{errors: make(map[[4]byte]abi.Error, len(known))}
	for _, e := range known {
		d.errors[[4]byte(e.ID[:4])] = e
	}
	return d
}

var (
	errorSelector = [4]byte{0x08, 0xc3, 0x79, 0xa0} // Error(string)
	panicSelector = [4]byte{0x4e, 0x48, 0x7b, 0x71} // Panic(uint256)
)

// Decode says in words what data, the answer of a reverted call, means: the error's name and name with
// arguments. Data nobody declared is given in hex.
func (d *Decoder) Decode(data []byte) (name, reason string) {
	if len(data) < 4 {
		if len(data) == 0 {
			return "", ""
		}
		return "", hexutil.Encode(data)
	}
	selector := [4]byte(data[:4])
	switch selector {
	case errorSelector:
		if s, err := abi.UnpackRevert(data); err == nil {
			return "Error", s
		}
	case panicSelector:
		if s, err := abi.UnpackRevert(data); err == nil {
			return "Panic", "panic: " + s
		}
	}
	if e, ok := d.errors[selector]; ok {
		if args, err := e.Inputs.Unpack(data[4:]); err == nil {
			words := make([]string, len(args))
			for i, a := range args {
				words[i] = word(a)
				if n := e.Inputs[i].Name; n != "" {
					words[i] = n + "=" + words[i]
				}
			}
			return e.Name, e.Name + "(" + strings.Join(words, ", ") + ")"
		}
		return e.Name, e.Name
	}
	const most = 68 // a selector and two words
	if len(data) > most {
		return "", hexutil.Encode(data[:most]) + "..."
	}
	return "", hexutil.Encode(data)
}

// word prints an argument of an error.
func word(v any) string {
	switch v := v.(type) {
	case common.Address:
		return v.Hex()
	case [32]byte:
		return hexutil.Encode(v[:])
	case []byte:
		return hexutil.Encode(v)
	case *big.Int:
		return v.String()
	case string:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(v)
}

// Revert turns the error of a call or an estimate into a *Reverted if it is a revert.
func (d *Decoder) Revert(err error) (*Reverted, bool) {
	var own *Reverted
	if errors.As(err, &own) {
		r := *own
		if r.Name == "" {
			r.Name, r.Reason = d.Decode(r.Data)
		}
		return &r, true
	}
	var withData interface{ ErrorData() any }
	if !errors.As(err, &withData) {
		return nil, false
	}
	var data []byte
	switch raw := withData.ErrorData().(type) {
	case string:
		var decodeErr error
		if data, decodeErr = hexutil.Decode(raw); decodeErr != nil {
			return nil, false
		}
	case []byte:
		data = bytes.Clone(raw)
	default:
		return nil, false
	}
	r := &Reverted{Data: data}
	r.Name, r.Reason = d.Decode(data)
	return r, true
}
