package index

import (
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
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

// bodyMatches is version 1 of the check of an open body against its commitment: over the very bytes.
func bodyMatches(body []byte, commitment common.Hash) bool {
	return epcis.Commitment(body) == commitment
}
