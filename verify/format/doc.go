// Package format holds the bytes of Suyuan that can't change once a chain exists: object keys,
// lanes, leaves, heads, commitments, lists and the mountain range in the block header.
//
// Everything that writes or checks the ledger agrees on these functions: the contract Heads computes
// the same values in Solidity, and a proof is checked with them. They are pure, know nothing of the
// rest of the project, and their results are pinned by testdata/vectors.
//
// Encodings: abi is Solidity's abi.encode of static types, one 32-byte big-endian word a value;
// integers inside the mountain range and in header.Extra are big-endian; domain constants are the
// keccak256 of their string.
package format
