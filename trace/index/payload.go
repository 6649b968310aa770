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

// bodyMatches is version 2 of the check of a body against its commitment: of an open body over the very bytes, of a list
// or a sealed body over what its head or stub says.
func bodyMatches(kind format.LeafKind, body []byte, commitment common.Hash) bool {
	switch kind {
	case format.LeafList:
		head, err := epcis.ParseListHead(body)
		return err == nil && head.Commitment() == commitment
	case format.LeafEvent, format.LeafErrorDecl:
		if stub, err := epcis.ParseStub(body); err == nil {
			return stub.Commitment() == commitment
		}
	}
	return epcis.Commitment(body) == commitment
}
