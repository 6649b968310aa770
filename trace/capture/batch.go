package capture

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// maxCallData leaves room in the pool's 128 KB for the envelope of a transaction.
const maxCallData = 127_000

// What a call of Heads.append costs at most beside its call data, in gas: measured with objects new to the ledger, and
// rounded up. An estimate by the node would run every call once more.
const (
	gasCall     = 120_000
	gasEvent    = 3_000
	gasObject   = 26_500
	gasClass    = 15_500 // for the first object of a class: its licence is looked up
	gasReceiver = 27_500 // for each object
)

// What the bytes of a transaction cost in gas (EIP-7623), counted in tokens: one for a zero, four for any other.
const (
	gasTransaction = 21_000
	gasToken       = 4
	gasFloorToken  = 10 // a transaction that does little pays this much at least
)

// weight is what an item costs at most beyond the call itself, in gas, every object being of another class.
func (it *item) weight() int {
	return gasEvent + len(it.Objects)*(gasObject+gasClass+gasReceiver*len(it.Next))
}

// gasOf is the gas limit of a call with its data. All of it counts against the block, used or not.
func gasOf(refs []ref, data []byte) uint64 {
	return min(gasOfItems(itemsOf(refs), data), submit.MaxGas)
}

func itemsOf(refs []ref) []*item {
	items := make([]*item, len(refs))
	for i, r := range refs {
		items[i] = r.item()
	}
	return items
}

func gasOfItems(items []*item, data []byte) uint64 {
	type class struct {
		kind    uint8
		primary common.Hash
	}
	classes := make(map[class]bool)
	sum := gasCall
	for _, it := range items {
		sum += it.weight() - len(it.Objects)*gasClass
		for _, o := range it.Objects {
			classes[class{o.Kind, o.Primary}] = true
		}
	}
	tokens := 4*len(data) - 3*bytes.Count(data, []byte{0})
	sum += len(classes)*gasClass + tokens*gasToken
	return uint64(max(sum, gasTransaction+tokens*gasFloorToken))
}

// maxTries is how often a call is made again after an error that isn't the ledger's word.
const maxTries = 5

// ref names an item of a running job.
type ref struct {
	job *job
	i   int
}

func (r ref) item() *item { return &r.job.items[r.i] }

// with says that two items are recorded together or not at all.
func (r ref) with(o ref) bool {
	return r.job == o.job && r.item().Unit != 0 && r.item().Unit == o.item().Unit
}

// bucket collects items that will share a transaction.
type bucket struct {
	key        submit.Signer
	refs       []ref
	bytes, gas int
	timer      *time.Timer
}

// enqueue puts the items of a unit where they can share a transaction with others; the lock is held.
func (s *Service) enqueue(refs []ref, key submit.Signer) {
	g := refs[0].item().group(key.Address())
	size, gas := 0, 0
	for _, r := range refs {
		size += len(r.item().Body)
		gas += r.item().weight()
	}
	b := s.buckets[g]
	if b != nil && s.cfg.full(b.bytes+size, b.gas+gas, len(b.refs)+len(refs)) {
		s.flush(g)
		b = nil
	}
	if b == nil {
		b = &bucket{key: key}
		s.buckets[g] = b
		b.timer = time.AfterFunc(s.cfg.Linger, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.buckets[g] == b && !s.closed {
				s.flush(g)
			}
		})
	}
	b.refs = append(b.refs, refs...)
	b.bytes += size
	b.gas += gas
}

// flush sends a bucket; the lock is held.
func (s *Service) flush(g group) {
	b := s.buckets[g]
	b.timer.Stop()
	delete(s.buckets, g)
	s.work.Add(1)
	go func() {
		defer s.work.Done()
		s.send(b.key, b.refs, 0)
	}()
}

// send makes items one transaction and sees it through; too large ones and those that revert are halved. gas 0 means what
// the items weigh.
func (s *Service) send(key submit.Signer, refs []ref, gas uint64) {
	data, err := packCall(itemsOf(refs))
	if gas == 0 {
		gas = gasOf(refs, data)
	}
	if err != nil || len(data) > maxCallData {
		if err == nil {
			err = &submit.Invalid{Err: errTooLarge}
		}
		s.halve(key, refs, gas, err)
		return
	}
	b := &batchRecord{Key: key.Address(), Data: data, Gas: gas}
	for _, r := range refs {
		b.Refs = append(b.Refs, storedRef{Job: r.job.id, Item: uint32(r.i)})
	}
	id := b.id()
	if err := s.storeBatch(id, b); err != nil {
		s.Log.Error("a batch of captured events can't be stored; they wait for the next start", "err", err)
		return
	}
	s.submit(key, id, b, refs)
}

var errTooLarge = errors.New("the event is larger than a transaction may be")

// submit sees a stored batch through.
func (s *Service) submit(key submit.Signer, id [32]byte, b *batchRecord, refs []ref) {
	final, err := s.call(key, id, contracts.HeadsAddr, b.Data, b.Gas)
	var reverted *submit.Reverted
	var invalid *submit.Invalid
	switch {
	case errors.Is(err, errStopped): // goes on after the next start
	case errors.As(err, &reverted), errors.As(err, &invalid):
		s.dropBatch(id)
		s.halve(key, refs, b.Gas, err)
	default:
		s.settle(id, refs, final, err)
	}
}

// errStopped means that the service is being closed: what is on disk goes on after the next start.
var errStopped = errors.New("capture: stopping")

// call makes one call of a contract and waits until the index has read it: a job that is done can be read.
func (s *Service) call(key submit.Signer, id [32]byte, to common.Address, data []byte, gas uint64) (*submit.Final, error) {
	for try := 1; ; try++ {
		final, err := s.Submit.Submit(s.ctx, submit.Request{ID: id, Key: key, To: &to, Data: data, Gas: gas})
		var reverted *submit.Reverted
		var refused *submit.Refused
		var invalid *submit.Invalid
		switch {
		case err == nil:
			if s.Index.WaitFor(s.ctx, final.Height) != nil { // only Close makes this fail
				return nil, errStopped
			}
			return &final, nil
		case s.ctx.Err() != nil || errors.Is(err, submit.ErrClosed):
			return nil, errStopped
		case errors.As(err, &reverted), errors.As(err, &invalid), errors.As(err, &refused), errors.Is(err, submit.ErrConflict),
			try == maxTries:
			return nil, err
		}
		s.Log.Warn("captured events couldn't be sent, trying again", "err", err, "try", try)
		select {
		case <-time.After(time.Duration(try) * time.Second):
		case <-s.ctx.Done():
			return nil, errStopped
		}
	}
}

// halve sends two halves of a batch that didn't go as one, or gives up on what can't be parted. One that reverted without a
// word ran out of gas: it is tried with all the gas there is.
func (s *Service) halve(key submit.Signer, refs []ref, gas uint64, err error) {
	mid := middle(refs)
	if mid == 0 {
		var reverted *submit.Reverted
		if errors.As(err, &reverted) && len(reverted.Data) == 0 && gas < submit.MaxGas {
			s.send(key, refs, submit.MaxGas)
			return
		}
		s.settle([32]byte{}, refs, nil, err)
		return
	}
	s.send(key, refs[:mid:mid], 0)
	s.send(key, refs[mid:], 0)
}

// middle is the place nearest to the middle where items can be told apart without parting what belongs together; 0 if
// there is none.
func middle(refs []ref) int {
	half := len(refs) / 2
	for d := 0; d <= half; d++ {
		for _, i := range []int{half - d, half + d} {
			if i > 0 && i < len(refs) && !refs[i-1].with(refs[i]) {
				return i
			}
		}
	}
	return 0
}

// packCall packs items as a call of Heads.append.
func packCall(items []*item) ([]byte, error) {
	bodies := make([][]byte, len(items))
	for i, it := range items {
		bodies[i] = it.Body
	}
	payload, err := epcis.EncodePayload(bodies)
	if err != nil {
		return nil, err
	}
	call := callOf(items)
	call.Payload = payload
	return call.Pack()
}

// settle books the end of a batch: with its block, or with the error of every item in it. Without either, another job
// has recorded it.
func (s *Service) settle(id [32]byte, refs []ref, final *submit.Final, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.db.NewBatch()
	if err := b.Delete(batchKey(id), nil); err != nil {
		s.Log.Error("book captured events", "err", err)
		return
	}
	touched := make(map[*job][]int)
	for k, r := range refs {
		j := r.job
		touched[j] = append(touched[j], r.i)
		j.pending--
		switch {
		case cause != nil && k > 0 && refs[k-1].with(r): // told once for all that go together
		case cause != nil:
			j.errors = append(j.errors, problemOf(cause, unitOf(refs[k:])))
		case final == nil && r.item().Event > 0:
			j.rec.Already++
		case final != nil && r.item().Event > 0:
			j.rec.Final++
		}
		if final != nil {
			j.rec.Height = max(j.rec.Height, uint64(final.Height))
		}
	}
	// One commit: a crash leaves all of it to be asked for again, or nothing.
	for j, settled := range touched {
		var err error
		if j.pending == 0 {
			err = j.end(b)
		} else if err = j.encodeProblems(); err == nil {
			err = errors.Join(putJob(b, j), j.book(b, settled))
		}
		if err != nil {
			s.Log.Error("book captured events", "job", j.id, "err", err)
			return
		}
	}
	if err := b.Commit(pebble.NoSync); err != nil {
		s.Log.Error("book captured events", "err", err)
		return
	}
	for _, r := range refs {
		s.settled(r.job, r.item())
		if final == nil {
			s.dropList(r.item())
		}
	}
	for j := range touched {
		if j.pending == 0 {
			s.release(j)
		}
	}
}

// unitOf are the items at the head of refs that go together.
func unitOf(refs []ref) []*item {
	items := []*item{refs[0].item()}
	for i := 1; i < len(refs) && refs[i-1].with(refs[i]); i++ {
		items = append(items, refs[i].item())
	}
	return items
}

// batchRecord is a transaction on disk before it is sent.
type batchRecord struct {
	Key  common.Address
	Refs []storedRef
	Data []byte
	Gas  uint64
}

type storedRef struct {
	Job  jobID
	Item uint32
}

// id names the batch for ever: the same items with the same gas never make two transactions.
func (b *batchRecord) id() [32]byte {
	h := sha256.New()
	h.Write([]byte("suyuan/capture/batch"))
	for _, r := range b.Refs {
		h.Write(r.Job[:])
		h.Write([]byte{byte(r.Item >> 24), byte(r.Item >> 16), byte(r.Item >> 8), byte(r.Item)})
	}
	h.Write([]byte{byte(b.Gas >> 24), byte(b.Gas >> 16), byte(b.Gas >> 8), byte(b.Gas)})
	return [32]byte(h.Sum(nil))
}

func sizeOf(items []*item) (n int) {
	for _, it := range items {
		n += len(it.Body)
	}
	return n
}

func weightOf(items []*item) (n int) {
	for _, it := range items {
		n += it.weight()
	}
	return n
}
