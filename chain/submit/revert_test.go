package submit

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/stretchr/testify/assert"
)

const testErrors = `[{"type":"error","name":"NotEntitled","inputs":[{"name":"party","type":"address"},{"name":"","type":"bytes32"},{"name":"why","type":"string"}]},
{"type":"error","name":"Closed","inputs":[]}]`

func testDecoder(t testing.TB) *Decoder {
	t.Helper()
	a, err := abi.JSON(strings.NewReader(testErrors))
	if err != nil {
		t.Fatal(err)
	}
	var known []abi.Error
	for _, e := range a.Errors {
		known = append(known, e)
	}
	return NewDecoder(known)
}

func TestDecode(t *testing.T) {
	d := testDecoder(t)
	closed := hexutil.Encode(d.selector("Closed"))
	entitled := hexutil.Encode(d.selector("NotEntitled"))
	for name, tt := range map[string]struct{ data, name, reason string }{
		"nothing": {"0x", "", ""},
		"short":   {"0x0102", "", "0x0102"},
		"require": {"0x08c379a0" + word32("20") + word32("2") + "6e6f" + strings.Repeat("00", 30), "Error", "no"},
		"panic":   {"0x4e487b71" + word32("11"), "Panic", "panic: arithmetic underflow or overflow"},
		"custom":  {closed, "Closed", "Closed()"},
		"arguments": {entitled + word32("aa") + word32("7") + word32("60") + word32("2") + "6e6f" + strings.Repeat("00", 30), "NotEntitled",
			`NotEntitled(party=0x00000000000000000000000000000000000000AA, arg1=0x` + word32("7") + `, why="no")`},
		"cut off":  {entitled + word32("aa"), "NotEntitled", "NotEntitled"},
		"unknown":  {"0xdeadbeef", "", "0xdeadbeef"},
		"long":     {"0xdeadbeef" + strings.Repeat("11", 100), "", "0xdeadbeef" + strings.Repeat("11", 64) + "..."},
		"bad text": {"0x08c379a0ff", "", "0x08c379a0ff"},
	} {
		t.Run(name, func(t *testing.T) {
			gotName, reason := d.Decode(hexutil.MustDecode(tt.data))
			assert.Equal(t, tt.name, gotName)
			assert.Equal(t, tt.reason, reason)
		})
	}
}

func (d *Decoder) selector(name string) []byte {
	for id, e := range d.errors {
		if e.Name == name {
			return id[:]
		}
	}
	return nil
}

// word32 is a number as a 32-byte word in hex.
func word32(digits string) string { return strings.Repeat("0", 64-len(digits)) + digits }

func FuzzDecode(f *testing.F) {
	d := testDecoder(f)
	f.Add([]byte{})
	f.Add(hexutil.MustDecode("0x08c379a0" + word32("20") + word32("ffffffffffffffff")))
	f.Add(hexutil.MustDecode("0x4e487b71" + word32("11")))
	f.Add(append(d.selector("NotEntitled"), make([]byte, 96)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		d.Decode(data)
	})
}
