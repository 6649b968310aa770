package epcis

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// MaxPayload bounds the decompressed size of a payload, in bytes.
const MaxPayload = 8 << 20

// window is how far back a payload's frame refers, in bytes: more than a transaction's bodies, and memory of the encoder.
const window = 1 << 20

const (
	payloadVersion = 1
	payloadHeader  = 5 // version byte and dictionary id
)

// Encoder and decoder are safe for concurrent EncodeAll and DecodeAll. One goroutine each: the node has better use for
// its cores.
var (
	zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault),
			zstd.WithEncoderCRC(false), zstd.WithWindowSize(window))
		if err != nil {
			panic(err) // options are constant
		}
		return e
	})
	zstdDecoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(MaxPayload),
			zstd.WithDecoderMaxWindow(MaxPayload))
		if err != nil {
			panic(err)
		}
		return d
	})
)

// EncodePayload packs canonical bodies as the payload of one append: version byte 1, four bytes of dictionary id (0),
// and a zstd frame of the JSON array of the bodies. It fails if the array is larger than MaxPayload.
func EncodePayload(bodies [][]byte) ([]byte, error) {
	size := 2
	for _, b := range bodies {
		size += len(b) + 1
	}
	if size > MaxPayload {
		return nil, fmt.Errorf("payload: %d bytes, at most %d", size, MaxPayload)
	}
	array := make([]byte, 0, size)
	array = append(array, '[')
	for i, b := range bodies {
		if i > 0 {
			array = append(array, ',')
		}
		array = append(array, b...)
	}
	array = append(array, ']')
	out := make([]byte, payloadHeader, payloadHeader+len(array)/3)
	out[0] = payloadVersion
	return zstdEncoder().EncodeAll(array, out), nil
}

// DecodePayload unpacks a payload into its bodies, byte by byte as they were packed. It is safe on hostile input: it
// fails rather than allocate more than MaxPayload.
func DecodePayload(payload []byte) ([][]byte, error) {
	if len(payload) < payloadHeader {
		return nil, fmt.Errorf("payload: %d bytes, needs at least %d", len(payload), payloadHeader)
	}
	if payload[0] != payloadVersion {
		return nil, fmt.Errorf("payload: version %d is not known", payload[0])
	}
	if id := binary.BigEndian.Uint32(payload[1:payloadHeader]); id != 0 {
		return nil, fmt.Errorf("payload: dictionary %d is not known", id)
	}
	array, err := zstdDecoder().DecodeAll(payload[payloadHeader:], nil)
	if err != nil {
		return nil, fmt.Errorf("payload: zstd: %w", err)
	}
	if len(array) > MaxPayload {
		return nil, fmt.Errorf("payload: %d bytes decompressed, at most %d", len(array), MaxPayload)
	}
	return splitArray(array)
}

// splitArray cuts the text of a JSON array into the texts of its elements: what stands between commas outside of strings
// and brackets. The array itself holds no white space. Whether an element is JSON is for its reader to find out.
func splitArray(array []byte) ([][]byte, error) {
	if !utf8.Valid(array) || !bytes.HasPrefix(array, []byte{'['}) {
		return nil, fmt.Errorf("payload: is not a JSON array")
	}
	if bytes.Equal(array, []byte("[]")) {
		return nil, nil
	}
	var out [][]byte
	depth, inString := 0, false
	for start, i := 1, 1; i < len(array); i++ {
		c := array[i]
		switch {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth > 0:
		case c == ',', c == ']':
			if i == start {
				return nil, fmt.Errorf("payload: body %d is empty", len(out))
			}
			out = append(out, array[start:i:i])
			start = i + 1
			if c == ',' {
				continue
			}
			if start != len(array) {
				return nil, fmt.Errorf("payload: something follows its array")
			}
			return out, nil
		case c == '}', c == ' ', c == '\t', c == '\n', c == '\r':
			return nil, fmt.Errorf("payload: %q stands between bodies, at %d", c, i)
		}
	}
	return nil, fmt.Errorf("payload: ends within body %d", len(out))
}
