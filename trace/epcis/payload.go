package epcis

// MaxPayload bounds the decompressed size of a payload, in bytes.
const MaxPayload = 8 << 20

// EncodePayload packs canonical bodies as the payload of one append: version byte 1, four bytes of dictionary id (0),
// and a zstd frame of the JSON array of the bodies. It fails if the array is larger than MaxPayload.
func EncodePayload(bodies [][]byte) ([]byte, error) { panic("being written") }

// DecodePayload unpacks a payload into its bodies, byte by byte as they were packed. It is safe on hostile input: it
// fails rather than allocate more than MaxPayload.
func DecodePayload(payload []byte) ([][]byte, error) { panic("being written") }

// Commitment is the form 0 commitment to an open body: over its sha256.
func Commitment(body []byte) [32]byte { panic("being written") }
