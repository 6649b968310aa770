package index

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// readPayload unpacks the bodies of n commitments; nil if the payload isn't one or holds another number of them, which
// leaves every one of them withheld or damaged.
func readPayload(payload []byte, n int) [][]byte {
	bodies, err := epcis.DecodePayload(payload)
	if err != nil || len(bodies) != n {
		return nil
	}
	return bodies
}

// bodyMatches is version 1 of the check of a body against its commitment: of an open body over the very bytes, of a list
// over what its head says.
func bodyMatches(kind format.LeafKind, body []byte, commitment common.Hash) bool {
	if kind == format.LeafList {
		head, err := epcis.ParseListHead(body)
		return err == nil && head.Commitment() == commitment
	}
	return epcis.Commitment(body) == commitment
}
