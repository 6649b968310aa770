package format

import (
	"bytes"
	"encoding/binary"
)

const sealedVersion = 1

// EncodeSealed writes fields for keeping and sending: a version byte 1, the number of fields, and for each its salt and
// the length and bytes of its pointer and of its value. Numbers are unsigned varints.
func EncodeSealed(fields []SealedField) []byte {
	size := 1 + binary.MaxVarintLen32
	for _, f := range fields {
		size += len(f.Salt) + len(f.Pointer) + len(f.Value) + 2*binary.MaxVarintLen32
	}
	out := make([]byte, 0, size)
	out = append(out, sealedVersion)
	out = binary.AppendUvarint(out, uint64(len(fields)))
	for _, f := range fields {
		out = append(out, f.Salt[:]...)
		out = append(binary.AppendUvarint(out, uint64(len(f.Pointer))), f.Pointer...)
		out = append(binary.AppendUvarint(out, uint64(len(f.Value))), f.Value...)
	}
	return out
}

// DecodeSealed reads what EncodeSealed wrote. It is safe on bytes from outside: there is one encoding of the same fields,
// nothing is allocated beyond the size of data, and each field is one that a sealed body can have, in order. Whether all
// of them make a body, and whose, is for Unseal and SealedRoot to say.
func DecodeSealed(data []byte) ([]SealedField, error) {
	if len(data) == 0 || data[0] != sealedVersion {
		return nil, sealedError("the encoding must begin with version %d", sealedVersion)
	}
	r := sealedReader{rest: data[1:]}
	n := r.number()
	if n == 0 || n > MaxSealedFields || n > uint64(len(data)/len(Hash{})) {
		return nil, sealedError("%d fields in %d bytes, must be 1 to %d", n, len(data), MaxSealedFields)
	}
	fields := make([]SealedField, n)
	for i := range fields {
		f := &fields[i]
		copy(f.Salt[:], r.take(uint64(len(f.Salt))))
		f.Pointer = string(r.take(r.number()))
		f.Value = bytes.Clone(r.take(r.number()))
		if r.short {
			return nil, sealedError("the encoding ends within field %d of %d", i, n)
		}
		if err := f.Check(); err != nil {
			return nil, err
		}
		if i > 0 && fields[i-1].Pointer >= f.Pointer {
			return nil, sealedError("pointer %q must come after %q", f.Pointer, fields[i-1].Pointer)
		}
	}
	if len(r.rest) > 0 {
		return nil, sealedError("%d bytes follow the encoding", len(r.rest))
	}
	if !bytes.Equal(EncodeSealed(fields), data) {
		return nil, sealedError("a length is not written in the shortest way")
	}
	return fields, nil
}

type sealedReader struct {
	rest  []byte
	short bool // more was asked for than there is
}

func (r *sealedReader) number() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.short = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *sealedReader) take(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.short = true
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}
