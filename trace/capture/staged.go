package capture

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// partSize is how much of a staged document one transaction carries, in bytes.
const partSize = 110_000

// What a seal costs beside its call data and its calls, and what an object costs more than in a call of its own, in gas.
const (
	gasSeal  = 150_000
	gasMoved = 2_500
)

// units decides what of a job is recorded together. A document is recorded as a whole: in one call if one can hold it, else
// staged and sealed. What no seal can hold is refused: leaves of several transactions can't be taken back together. An event
// with a list and one that fits in no transaction are staged in any case.
func (s *Service) units(c Caller, j *job, items []item, mode Mode) error {
	for i := range items {
		if !items[i].Staged && tooLarge([]*item{&items[i]}) {
			items[i].Staged = true
		}
	}
	whole := events(items)
	if !mode.Proceed && len(whole) > 1 {
		staged := !s.oneCall(c, whole)
		if !staged || fitsSeal(c, whole) {
			for _, it := range whole {
				it.Unit, it.Staged = 1, staged
			}
			return nil
		}
		return tooLargeForOneSeal(whole)
	}
	next := uint32(0)
	numbered := make(map[uint64]uint32) // by event
	for _, it := range whole {
		if !it.Staged {
			continue
		}
		event := max(it.Event, it.Of)
		if numbered[event] == 0 {
			next++
			numbered[event] = next
		}
		it.Unit = numbered[event]
	}
	return nil
}

func tooLargeForOneSeal(whole []*item) *Problem {
	objects := 0
	for _, it := range whole {
		objects += len(it.Objects)
	}
	return &Problem{Type: CaptureLimitExceeded, Title: "The document is larger than the ledger takes as a whole",
		Status: http.StatusRequestEntityTooLarge,
		Detail: fmt.Sprintf("%d events about %d things are to be recorded as a whole or not at all (GS1-Capture-Error-Behaviour: "+
			"rollback, also where none is sent), and that can be promised for some 500 new things. Send them with "+
			"GS1-Capture-Error-Behaviour: proceed, in several documents, or name the things of many events in one", len(whole), objects)}
}

// events are the items of a job but the names it declares.
func events(items []item) (list []*item) {
	for i := range items {
		if format.LeafKind(items[i].Kind) != format.LeafMasterData {
			list = append(list, &items[i])
		}
	}
	return list
}

// oneCall says whether one call of Heads.append holds the items.
func (s *Service) oneCall(c Caller, items []*item) bool {
	first := items[0].group(c.Key.Address())
	for _, it := range items {
		if it.Staged || it.group(c.Key.Address()) != first {
			return false
		}
	}
	return !s.cfg.full(sizeOf(items), weightOf(items), len(items)) && !tooLarge(items)
}

// tooLarge says whether the bodies of items, compressed, are too large for one transaction.
func tooLarge(items []*item) bool {
	const surely = 60_000 // this much fits, compressed or not
	if sizeOf(items) < surely {
		return false
	}
	data, err := packCall(items)
	return err != nil || len(data) > maxCallData
}

// fitsSeal says whether one seal can make the leaves of items.
func fitsSeal(c Caller, items []*item) bool {
	if sizeOf(items)+len(items)+2 > epcis.MaxPayload {
		return false
	}
	seal := sealOf(common.Hash{}, c.Key.Address(), items)
	data, err := seal.Pack()
	return err == nil && len(data) <= maxCallData && gasOfSeal(c.Key.Address(), items, data) <= submit.MaxGas
}

// sealOf are the calls that a document takes effect as: one for each lane, kind and receivers, in the order they come.
func sealOf(id common.Hash, key common.Address, items []*item) index.Seal {
	seal := index.Seal{ID: id}
	for _, list := range inCalls(key, items) {
		seal.Calls = append(seal.Calls, callOf(list))
	}
	return seal
}

func inCalls(key common.Address, items []*item) (calls [][]*item) {
	place := make(map[group]int)
	for _, it := range items {
		g := it.group(key)
		i, ok := place[g]
		if !ok {
			i = len(calls)
			place[g] = i
			calls = append(calls, nil)
		}
		calls[i] = append(calls[i], it)
	}
	return calls
}

// gasOfSeal is the gas limit of a seal with its call data.
func gasOfSeal(key common.Address, items []*item, data []byte) uint64 {
	sum := uint64(gasSeal)
	for _, list := range inCalls(key, items) {
		sum += gasOfItems(list, nil) // what is known of a class is known within one call only
		for _, it := range list {
			sum += uint64(len(it.Objects)) * gasMoved
		}
	}
	tokens := 4*len(data) - 3*bytes.Count(data, []byte{0})
	return max(sum+uint64(tokens*gasToken), uint64(gasTransaction+tokens*gasFloorToken))
}

// sendStaged stages the items of a unit in parts and seals them.
func (s *Service) sendStaged(refs []ref, key submit.Signer) {
	items := unitOf(refs)
	id := unitID(refs)
	payload, seal, err := s.document(id, key.Address(), items)
	if err != nil {
		s.settle([32]byte{}, refs, nil, err)
		return
	}
	for i := 0; i*partSize < len(payload); i++ {
		part := payload[i*partSize : min((i+1)*partSize, len(payload))]
		seal.Rolling = index.Rolling(seal.Rolling, uint32(i), part)
		seal.Parts++
		data, err := index.PackStage(id, uint32(i), part)
		if err == nil {
			_, err = s.call(key, requestID("stage", id, uint64(i)), contracts.TraceLogAddr, data, gasOfStage(data))
		}
		if err != nil {
			s.giveUp(refs, key, id, err)
			return
		}
	}
	data, err := seal.Pack()
	if err != nil {
		s.giveUp(refs, key, id, err)
		return
	}
	final, err := s.call(key, requestID("seal", id, 0), contracts.TraceLogAddr, data, min(gasOfSeal(key.Address(), items, data), submit.MaxGas))
	if err != nil {
		s.giveUp(refs, key, id, err)
		return
	}
	s.settle([32]byte{}, refs, final, nil)
}

// document is the payload and the seal of items; a list's things come after what names them.
func (s *Service) document(id common.Hash, key common.Address, items []*item) ([]byte, index.Seal, error) {
	seal := sealOf(id, key, items)
	var bodies [][]byte
	for _, list := range inCalls(key, items) {
		for _, it := range list {
			bodies = append(bodies, it.Body)
		}
	}
	payload, err := epcis.EncodePayload(bodies)
	return payload, seal, err
}

// giveUp books the end of a document that the ledger refused, and takes back what was staged of it.
func (s *Service) giveUp(refs []ref, key submit.Signer, id common.Hash, cause error) {
	if errors.Is(cause, errStopped) {
		return
	}
	s.settle([32]byte{}, refs, nil, cause)
	data := traceLog.PackDrop(id)
	if _, err := s.call(key, requestID("drop", id, 0), contracts.TraceLogAddr, data, gasOfStage(data)); err != nil && !errors.Is(err, errStopped) {
		s.Log.Debug("a staged document wasn't dropped; nodes forget it after a day", "id", id, "err", err)
	}
}

var traceLog = contracts.NewTraceLog()

// gasOfStage covers a part: its bytes, and the few words that TraceLog keeps.
func gasOfStage(data []byte) uint64 {
	tokens := 4*len(data) - 3*bytes.Count(data, []byte{0})
	return uint64(max(gasTransaction+gasSeal+tokens*gasToken, gasTransaction+tokens*gasFloorToken))
}

// unitID names a staged document for ever, by what is in it.
func unitID(refs []ref) common.Hash {
	h := sha256.New()
	h.Write([]byte("suyuan/capture/document"))
	h.Write(refs[0].job.id[:])
	for _, r := range refs {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(r.i)))
	}
	return common.Hash(h.Sum(nil))
}

func requestID(what string, id common.Hash, n uint64) [32]byte {
	h := sha256.New()
	h.Write([]byte("suyuan/capture/" + what))
	h.Write(id[:])
	h.Write(binary.BigEndian.AppendUint64(nil, n))
	return [32]byte(h.Sum(nil))
}
