package explorer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"html/template"
	"math"
	"sync"

	"github.com/klauspost/compress/flate"
)

// An answer is kept as one gzip member (RFC 1952) cut into pieces. What is said anew whenever it is sent, such as the
// number of scans, goes between them as it is, in stored blocks of DEFLATE (RFC 1951, 3.2.4), and the checksum of the
// whole follows from theirs. Members strung together would be simpler, but browsers read only the first.

// gap stands in a rendered page where something is said anew. Nothing else can look like it: what pages show is escaped.
const gap template.HTML = "<!--gap-->"

// pieces are a packed answer with the gaps left out. They are never changed.
type pieces struct {
	tag  string
	list []piece
	raw  []byte // a picture instead, which is packed already
}

// piece is what stands before, between or after gaps.
type piece struct {
	packed []byte // whole bytes of blocks; those of the last piece end the stream
	size   int    // of what is packed
	sum    uint32 // its CRC-32
	shift  uint32 // what moves a CRC-32 past it
}

// pack packs an answer without its gaps.
func pack(body []byte) (*pieces, error) {
	p := &pieces{tag: tagOf(body)}
	texts := bytes.Split(body, []byte(gap))
	for i, text := range texts {
		packed, err := deflate(text, i == len(texts)-1)
		if err != nil {
			return nil, fmt.Errorf("pack an answer: %w", err)
		}
		p.list = append(p.list, piece{packed, len(text), crc32.ChecksumIEEE(text), shiftBy(len(text))})
	}
	return p, nil
}

// picture is a raw answer.
func picture(raw []byte) *pieces { return &pieces{tag: tagOf(raw), raw: raw} }

// tagOf tells bytes from others.
func tagOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:10])
}

// bytes is the memory that the pieces take.
func (p *pieces) bytes() int {
	n := 100 + len(p.raw)
	for i := range p.list {
		n += 50 + cap(p.list[i].packed)
	}
	return n
}

var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff} // no time, no name, system unknown

// fill is the packed answer with texts in its gaps.
func (p *pieces) fill(texts []string) ([]byte, error) {
	if len(texts) != len(p.list)-1 {
		return nil, fmt.Errorf("answer with %d gaps, not %d", len(p.list)-1, len(texts))
	}
	n := len(gzipHeader) + 8
	for i := range p.list {
		n += len(p.list[i].packed)
	}
	for _, t := range texts {
		if len(t) > math.MaxUint16 {
			return nil, fmt.Errorf("text of %d bytes for a gap", len(t))
		}
		n += 5 + len(t)
	}
	out := append(make([]byte, 0, n), gzipHeader...)
	size, sum := 0, uint32(0)
	for i := range p.list {
		q := &p.list[i]
		out = append(out, q.packed...)
		size, sum = size+q.size, product(sum, q.shift)^q.sum
		if i < len(texts) {
			t := texts[i]
			out = append(out, 0)
			out = binary.LittleEndian.AppendUint16(out, uint16(len(t)))
			out = binary.LittleEndian.AppendUint16(out, ^uint16(len(t)))
			out = append(out, t...)
			size, sum = size+len(t), crc32.Update(sum, crc32.IEEETable, []byte(t))
		}
	}
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, uint32(size)), nil
}

// packers are compressors that are not in use: each takes most of a megabyte.
var packers = sync.Pool{New: func() any {
	z, err := flate.NewWriter(nil, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is one it knows
	}
	return z
}}

// deflate packs a text by itself into whole bytes; last ends the stream.
func deflate(text []byte, last bool) ([]byte, error) {
	z := packers.Get().(*flate.Writer)
	defer packers.Put(z)
	var b bytes.Buffer
	z.Reset(&b)
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	end := z.Flush
	if last {
		end = z.Close
	}
	if err := end(); err != nil {
		return nil, err
	}
	return bytes.Clone(b.Bytes()), nil
}

// CRC-32 is the remainder of a polynomial over GF(2), written with the coefficient of x^0 in the highest bit. So the sum
// of A followed by B is that of A times x^(8·len B), plus that of B.

// product multiplies two remainders.
func product(a, b uint32) (p uint32) {
	for ; a != 0; a <<= 1 {
		if a>>31 == 1 {
			p ^= b
		}
		odd := b & 1
		b >>= 1
		if odd == 1 {
			b ^= crc32.IEEE
		}
	}
	return p
}

// shiftBy is x^(8n).
func shiftBy(n int) uint32 {
	result, power := uint32(1)<<31, uint32(1)<<(31-8)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = product(result, power)
		}
		power = product(power, power)
	}
	return result
}
