package verify

import (
	"encoding/hex"
	"encoding/json"
	"strconv"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Word is 32 bytes, in JSON hex with 0x.
type Word [32]byte

// Address is the 20 bytes of an account, in JSON hex with 0x.
type Address [20]byte

// Hex is bytes of any number, in JSON hex with 0x.
type Hex []byte

// U64 is a number that is a decimal string in JSON.
type U64 uint64

// List is a slice that is [] in JSON when it is empty.
type List[T any] []T

func hexText(b []byte) []byte { return append([]byte("0x"), hex.EncodeToString(b)...) }

// MarshalText writes hex.
func (w Word) MarshalText() ([]byte, error) { return hexText(w[:]), nil }

// MarshalText writes hex.
func (a Address) MarshalText() ([]byte, error) { return hexText(a[:]), nil }

// MarshalText writes hex.
func (h Hex) MarshalText() ([]byte, error) { return hexText(h), nil }

// MarshalText writes the decimal.
func (u U64) MarshalText() ([]byte, error) { return strconv.AppendUint(nil, uint64(u), 10), nil }

// MarshalJSON writes [] for nil.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	return json.Marshal([]T(l))
}

// UnmarshalText reads hex of 32 bytes.
func (w *Word) UnmarshalText(b []byte) error {
	return fillHex(string(b), "", len(w), func(x []byte) { copy(w[:], x) })
}

// UnmarshalText reads hex of 20 bytes.
func (a *Address) UnmarshalText(b []byte) error {
	return fillHex(string(b), "", len(a), func(x []byte) { copy(a[:], x) })
}

// UnmarshalText reads hex.
func (h *Hex) UnmarshalText(b []byte) error {
	return fillHex(string(b), "", -1, func(x []byte) { *h = x })
}

// UnmarshalText reads a decimal.
func (u *U64) UnmarshalText(b []byte) error {
	n, err := strconv.ParseUint(string(b), 10, 64)
	*u = U64(n)
	return err
}

func (w Word) String() string    { return string(hexText(w[:])) }
func (a Address) String() string { return string(hexText(a[:])) }
func (h Hex) String() string     { return string(hexText(h)) }

func (a Address) word() (w format.Hash) {
	copy(w[12:], a[:])
	return w
}

func wordOf(n uint64) (w format.Hash) {
	for i := 31; n > 0; i-- {
		w[i], n = byte(n), n>>8
	}
	return w
}
