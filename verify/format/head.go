package format

import "encoding/binary"

// Lane is one of an object's three histories.
type Lane uint8

// The lanes. Notes never count towards a verdict.
const (
	Trunk  Lane = 0
	Notice Lane = 1
	Notes  Lane = 2
)

// LeafKind says what a leaf records. It is public even where the body is not.
type LeafKind uint8

// The kinds of leaf.
const (
	LeafEvent       LeafKind = 1
	LeafErrorDecl   LeafKind = 2
	LeafRecall      LeafKind = 3
	LeafLift        LeafKind = 4
	LeafCertificate LeafKind = 5
	LeafRevocation  LeafKind = 6
	LeafList        LeafKind = 7
	LeafParty       LeafKind = 8
	LeafKey         LeafKind = 9
	LeafLicence     LeafKind = 10
	LeafMasterData  LeafKind = 11
)

// CheckpointEvery is the distance between the head words that Heads keeps for ever.
const CheckpointEvery = 64

// LaneKey is keccak256(abi.encode(LANE_V1, lane, objKey)), the index of a head in Heads' slot 0.
func LaneKey(lane Lane, objKey Hash) Hash {
	return keccakWords(LaneV1, wordUint(uint64(lane)), objKey)
}

// LeafFields is what a leaf binds. BlockTime is in seconds; Key is the account that called Heads; Next are the parties
// that the objects are handed over to.
type LeafFields struct {
	ChainID    uint64
	Heads      Address
	Party      Address
	Key        Address
	Kind       LeafKind
	BlockTime  uint64
	Commitment Hash // of the event
	Next       []Address
}

// Hash is keccak256(abi.encode(LEAF_V1, chainId, heads, party, key, kind, blockTime, HandedOver(commitment, next))).
func (l LeafFields) Hash() Hash {
	return keccakWords(LeafV1, wordUint(l.ChainID), wordAddress(l.Heads), wordAddress(l.Party),
		wordAddress(l.Key), wordUint(uint64(l.Kind)), wordUint(l.BlockTime),
		HandedOver(l.Commitment, l.Next))
}

// Head is the state of one lane: how many leaves it has and the chain of their hashes.
// Count fits 47 bits; Chain holds 208 bits, big-endian.
type Head struct {
	Count uint64
	Chain [26]byte
}

// noticed is the first bit of a head word.
const noticed = 0x80

// Noticed says whether the head word of a trunk has the mark: its object's notice lane has leaves.
func Noticed(w Hash) bool { return w[0]&noticed != 0 }

// HeadFromWord reads a storage word, noticed << 255 | uint47 count << 208 | uint208 chain, leaving the mark out.
func HeadFromWord(w Hash) (h Head) {
	var c [8]byte
	w[0] &^= noticed
	copy(c[2:], w[:6])
	h.Count = binary.BigEndian.Uint64(c[:])
	copy(h.Chain[:], w[6:])
	return h
}

// Word is the storage word of the head, without mark.
func (h Head) Word() (w Hash) {
	var c [8]byte
	binary.BigEndian.PutUint64(c[:], h.Count)
	copy(w[:6], c[2:])
	copy(w[6:], h.Chain[:])
	return w
}

// Append returns the head after one more leaf.
func (h Head) Append(laneKey, leaf Hash) Head {
	var chain Hash
	copy(chain[6:], h.Chain[:])
	next := Head{Count: h.Count + 1}
	sum := keccakWords(HeadV1, laneKey, wordUint(next.Count), chain, leaf)
	copy(next.Chain[:], sum[6:])
	return next
}
