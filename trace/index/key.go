package index

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Key kinds; see the package comment.
const (
	kindCursor    = 'c'
	kindRecord    = 'r'
	kindLane      = 'l'
	kindObject    = 'o'
	kindXform     = 't'
	kindWitness   = 'f'
	kindEventID   = 'i'
	kindErrID     = 'y'
	kindCorrected = 'z'
	kindNamed     = 'j'
	kindPartyID   = 'w'
	kindTime      = 'T'
	kindField     = 'F'
	kindMatch     = 'm'
	kindMaster    = 'n'
	kindParty     = 'p'
	kindKey       = 'q'
	kindGLN       = 'g'
	kindBlock     = 'b'
	kindSender    = 's'
	kindChange    = 'v'
	kindMember    = 'M'
	kindGranted   = 'G'
	kindWord      = 'N'
	kindStaged    = 'S'
	kindOpened    = 'Q'
	kindPart      = 'P'
	kindList      = 'L'
	kindListEvent = 'E'
	kindPrefix    = 'R'
	kindSealed    = 'X'
)

// Kinds of entries of an object, behind its key; see of. Its events have the number of their lane there.
const (
	kindUp       = 'u'
	kindDown     = 'd'
	kindUnits    = 'U'
	kindInside   = 'a'
	kindEmptied  = 'e'
	kindListOf   = 'K'
	kindSealedOf = 'x'
	kindRoute    = 'A'
	kindName     = 0xff
)

// Seq is the place of a record on the ledger: the consensus height of its block and its position among the records
// of that block. Its text form is the cursor height-index.
type Seq struct {
	Height uint64
	Index  uint32
}

const seqLen = 12

// ErrBadCursor is returned for a text that is no cursor.
var ErrBadCursor = errors.New("not a cursor of the form height-index")

// ParseSeq reads the text form.
func ParseSeq(s string) (Seq, error) {
	h, i, ok := strings.Cut(s, "-")
	height, err1 := strconv.ParseUint(h, 10, 64)
	index, err2 := strconv.ParseUint(i, 10, 32)
	if !ok || err1 != nil || err2 != nil {
		return Seq{}, fmt.Errorf("%q: %w", s, ErrBadCursor)
	}
	return Seq{Height: height, Index: uint32(index)}, nil
}

func (s Seq) String() string {
	return strconv.FormatUint(s.Height, 10) + "-" + strconv.FormatUint(uint64(s.Index), 10)
}

// Less is ledger order.
func (s Seq) Less(o Seq) bool {
	return s.Height < o.Height || s.Height == o.Height && s.Index < o.Index
}

// Compare is ledger order, for sorting.
func (s Seq) Compare(o Seq) int {
	return cmp.Or(cmp.Compare(s.Height, o.Height), cmp.Compare(s.Index, o.Index))
}

func (s Seq) append(k []byte) []byte {
	k = binary.BigEndian.AppendUint64(k, s.Height)
	return binary.BigEndian.AppendUint32(k, s.Index)
}

func seqFrom(b []byte) Seq {
	if len(b) < seqLen {
		return Seq{}
	}
	return Seq{Height: binary.BigEndian.Uint64(b), Index: binary.BigEndian.Uint32(b[8:])}
}

// seqAtEnd reads the seq that ends a key.
func seqAtEnd(k []byte) Seq {
	if len(k) < seqLen {
		return Seq{}
	}
	return seqFrom(k[len(k)-seqLen:])
}

// timeAtEnd reads the event time that stands before the seq at the end of a key.
func timeAtEnd(k []byte) int64 {
	if len(k) < seqLen+8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(k[len(k)-seqLen-8:]) ^ 1<<63)
}

func appendTime(k []byte, ms int64) []byte {
	return binary.BigEndian.AppendUint64(k, uint64(ms)^1<<63)
}

// Millis is the time unit of the index.
func Millis(t time.Time) int64 { return t.UnixMilli() }

// idHash shortens an identifier of any length to a key part. 128 bits: an engineered collision of two identifiers
// would only mix two lists of events that each name their own identifiers.
func idHash(id string) [16]byte {
	h := sha256.Sum256([]byte(id))
	return [16]byte(h[:16])
}

func key(kind byte, parts ...[]byte) []byte {
	n := 1
	for _, p := range parts {
		n += len(p)
	}
	k := make([]byte, 1, n+20)
	k[0] = kind
	for _, p := range parts {
		k = append(k, p...)
	}
	return k
}

func recordKey(s Seq) []byte { return s.append(key(kindRecord)) }

// headKey stands behind the lane's leaves: beside each other they are stored as what they differ in.
func headKey(lane common.Hash) []byte { return leafKey(lane, math.MaxUint64) }

// nameKey stands behind the object's other entries.
func nameKey(obj common.Hash) []byte { return of(obj, kindName) }

func leafKey(lane common.Hash, n uint64) []byte {
	return binary.BigEndian.AppendUint64(key(kindLane, lane[:hashLen]), n)
}

// timed is prefix, time, seq.
func timed(prefix []byte, ms int64, s Seq) []byte { return s.append(appendTime(prefix, ms)) }

func ownPrefix(obj common.Hash, lane format.Lane) []byte { return of(obj, byte(lane)) }

// hashLen is how many bytes of the key of an object or a lane stand in keys: an engineered collision of 160 bits would
// only mix two lists of events that each name their own identifiers, and heads that agree with no ledger.
const hashLen = 20

// of is the beginning of one kind of an object's entries, or of its events in a lane. All that the index has of an object
// is in one place: a story reads few blocks, and the object is stored once in each.
func of(obj common.Hash, kind byte) []byte { return key(kindObject, obj[:hashLen], []byte{kind}) }

func matchPrefix(id string, class bool) []byte {
	h := idHash(id)
	b := byte(1)
	if class {
		b = 0
	}
	return key(kindMatch, h[:], []byte{b})
}

func flag(b bool) []byte {
	if b {
		return []byte{1}
	}
	return []byte{0}
}

// after is the smallest key above every key that starts with prefix; nil if there is none.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}
