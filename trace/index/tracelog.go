package index

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/suyuan-ledger/suyuan/contracts"
)

var (
	traceLogABI  = mustABI(contracts.TraceLogMetaData.ParseABI())
	stageMethod  = traceLogABI.Methods["stage"]
	sealMethod   = traceLogABI.Methods["seal"]
	stagedTopic  = traceLogABI.Events["PartStaged"].ID
	sealedTopic  = traceLogABI.Events["DocumentSealed"].ID
	droppedTopic = traceLogABI.Events["DocumentDropped"].ID
)

// Seal is one TraceLog.seal found in call data: the calls that a staged document takes effect as. They have no payloads
// of their own: the bodies of all of them, in order, are one payload, which is what the parts are put together.
type Seal struct {
	ID      common.Hash
	Parts   uint32
	Rolling common.Hash
	Calls   []Call
}

// Claim is the payload that TraceLog gives Heads for every call of a seal.
func (s *Seal) Claim(party common.Address) []byte {
	return bytes.Join([][]byte{party[:], s.ID[:], s.Rolling[:]}, nil)
}

// Events is the number of leaves the seal makes.
func (s *Seal) Events() (n int) {
	for i := range s.Calls {
		n += len(s.Calls[i].Commitments)
	}
	return n
}

// Rolling is the rolling hash that TraceLog keeps over the parts of a document, after one more of them.
func Rolling(rolling common.Hash, index uint32, part []byte) common.Hash {
	var place [32]byte
	binary.BigEndian.PutUint32(place[28:], index)
	return crypto.Keccak256Hash(rolling[:], place[:], crypto.Keccak256(part))
}

// PackStage writes the call data of TraceLog.stage.
func PackStage(id common.Hash, index uint32, part []byte) ([]byte, error) {
	data, err := traceLogABI.Pack("stage", id, index, part)
	if err != nil {
		return nil, fmt.Errorf("pack the call of TraceLog.stage: %w", err)
	}
	return data, nil
}

// Pack writes the call data of TraceLog.seal.
func (s *Seal) Pack() ([]byte, error) {
	batches := make([]contracts.Batch, len(s.Calls))
	for i, c := range s.Calls {
		batches[i] = contracts.Batch{Lane: c.Lane, Kind: c.Kind, Objects: c.ledgerObjects(), Next: c.receivers()}
		for _, h := range c.Commitments {
			batches[i].Commitments = append(batches[i].Commitments, h)
		}
	}
	data, err := traceLogABI.Pack("seal", s.ID, s.Parts, s.Rolling, batches)
	if err != nil {
		return nil, fmt.Errorf("pack the call of TraceLog.seal: %w", err)
	}
	return data, nil
}

// errNotTraceLog means that call data isn't a well-formed call of this method of TraceLog.
var errNotTraceLog = errors.New("not this call of TraceLog")

// ParseStage reads the call data of TraceLog.stage.
func ParseStage(data []byte) (id common.Hash, index uint32, part []byte, err error) {
	if len(data) < 4 || !bytes.Equal(data[:4], stageMethod.ID) {
		return id, 0, nil, errNotTraceLog
	}
	values, err := stageMethod.Inputs.Unpack(data[4:])
	if err != nil {
		return id, 0, nil, fmt.Errorf("%w: %w", errNotTraceLog, err)
	}
	var args struct {
		Id    [32]byte
		Index uint32
		Part  []byte
	}
	if err := stageMethod.Inputs.Copy(&args, values); err != nil {
		return id, 0, nil, fmt.Errorf("%w: %w", errNotTraceLog, err)
	}
	return args.Id, args.Index, args.Part, nil
}

// ParseSeal reads the call data of TraceLog.seal.
func ParseSeal(data []byte) (Seal, error) {
	if len(data) < 4 || !bytes.Equal(data[:4], sealMethod.ID) {
		return Seal{}, errNotTraceLog
	}
	values, err := sealMethod.Inputs.Unpack(data[4:])
	if err != nil {
		return Seal{}, fmt.Errorf("%w: %w", errNotTraceLog, err)
	}
	var args struct {
		Id      [32]byte
		Parts   uint32
		Rolling [32]byte
		Batches []contracts.Batch
	}
	if err := sealMethod.Inputs.Copy(&args, values); err != nil {
		return Seal{}, fmt.Errorf("%w: %w", errNotTraceLog, err)
	}
	s := Seal{ID: args.Id, Parts: args.Parts, Rolling: args.Rolling}
	for _, b := range args.Batches {
		if len(b.Commitments) != len(b.Objects) {
			return Seal{}, fmt.Errorf("%w: %d commitments, %d lists of objects", errNotTraceLog, len(b.Commitments), len(b.Objects))
		}
		s.Calls = append(s.Calls, callOf(b.Lane, b.Kind, b.Commitments, b.Objects, b.Next))
	}
	return s, nil
}

// staging is what the logs of one transaction tell of staged documents.
type staging struct {
	kind    common.Hash // topic
	party   common.Address
	id      common.Hash
	index   uint32 // of a part staged
	key     common.Address
	parts   uint32
	rolling common.Hash
}

// stagings reads the logs of TraceLog in one transaction.
func stagings(traceLog common.Address, logs []*types.Log) (out []staging) {
	for _, l := range logs {
		if l.Address != traceLog || len(l.Topics) < 3 {
			continue
		}
		s := staging{kind: l.Topics[0], party: common.BytesToAddress(l.Topics[1][:]), id: l.Topics[2]}
		switch {
		case s.kind == stagedTopic && len(l.Topics) == 3 && len(l.Data) == 64:
			s.index, s.rolling = binary.BigEndian.Uint32(l.Data[28:]), common.Hash(l.Data[32:])
		case s.kind == sealedTopic && len(l.Topics) == 4 && len(l.Data) == 128:
			s.key = common.BytesToAddress(l.Topics[3][:])
			s.parts, s.rolling = binary.BigEndian.Uint32(l.Data[28:]), common.Hash(l.Data[32:64])
		case s.kind == droppedTopic && len(l.Topics) == 3:
		default:
			continue
		}
		out = append(out, s)
	}
	return out
}
