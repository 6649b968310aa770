package verify

import "github.com/suyuan-ledger/suyuan/verify/format"

// SignBytes is what a validator signs.
func SignBytes(c *Commit, at Time) []byte { return c.signBytes(c.Header.Hash(), at) }

// ValidatorsHash is the hash of a set.
func ValidatorsHash(set []Validator) Hex { h := validatorsHash(set); return h[:] }

// ParseRLP reads RLP for the fuzzer.
func ParseRLP(b []byte) error { _, err := parseRLP(b); return err }

// ParseEVMHeader reads an EVM header for the fuzzer.
func ParseEVMHeader(b []byte) error { _, err := parseHeader(b); return err }

// TrieGet looks up a key in nodes for the fuzzer.
func TrieGet(nodes []Hex, root, key [32]byte) ([]byte, error) {
	return newTrieNodes(nodes).get(root, key[:])
}

// ReadRegister reads a record in all its forms for the fuzzer.
func ReadRegister(data []byte) {
	r := &Record{Data: data}
	_, _ = readParty(r)
	_, _ = readKey(r, Address{})
	_, _ = readLicence(r, Licence{})
}

// LeafHash is the leaf on a ledger.
func LeafHash(l *Leaf, t *Trust) [32]byte { return l.fields(t).Hash() }

// Keccak is the hash of tries.
func Keccak(b []byte) [32]byte { return format.Keccak(b) }
