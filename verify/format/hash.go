package format

import (
	"encoding/binary"

	"golang.org/x/crypto/sha3"
)

// Hash is a keccak256 digest.
type Hash = [32]byte

// Address is the last 20 bytes of an account's hash, as in Ethereum.
type Address = [20]byte

// Domain constants keep a hash made for one purpose from being taken for another.
var (
	ObjectV1 = Keccak([]byte("suyuan/object/v1"))
	LaneV1   = Keccak([]byte("suyuan/lane/v1"))
	LeafV1   = Keccak([]byte("suyuan/leaf/v1"))
	HeadV1   = Keccak([]byte("suyuan/head/v1"))
	CommitV1 = Keccak([]byte("suyuan/commit/v1"))
	BlindV1  = Keccak([]byte("suyuan/blind/v1"))
	ListV1   = Keccak([]byte("suyuan/list/v1"))
)

// Keccak returns the keccak256 hash of the concatenation of parts.
func Keccak(parts ...[]byte) (h Hash) {
	d := sha3.NewLegacyKeccak256()
	for _, p := range parts {
		d.Write(p)
	}
	d.Sum(h[:0])
	return h
}

// keccakWords hashes words laid out as Solidity's abi.encode lays out static values.
func keccakWords(words ...Hash) Hash {
	d := sha3.NewLegacyKeccak256()
	for i := range words {
		d.Write(words[i][:])
	}
	var h Hash
	d.Sum(h[:0])
	return h
}

func wordUint(v uint64) (w Hash) {
	binary.BigEndian.PutUint64(w[24:], v)
	return w
}

func wordAddress(a Address) (w Hash) {
	copy(w[12:], a[:])
	return w
}

func bytesUint64(v uint64) []byte {
	return binary.BigEndian.AppendUint64(nil, v)
}
