// Package tracetest is a ledger in memory for tests of the trace domain: it takes calls of Heads.append, keeps the
// heads as the contract does, and hands out blocks. Its policy admits everything unless told otherwise.
package tracetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Chain are the constants of the test ledger.
var Chain = index.Chain{ID: 900001, Heads: contracts.HeadsAddr, Parties: contracts.PartiesAddr,
	TraceLog: contracts.TraceLogAddr}

// Genesis is the block time of the first block; each later one is a second after.
var Genesis = time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)

// Tx is one transaction to mine.
type Tx struct {
	Party, Key common.Address
	Call       index.Call
	// TraceLog is the call data of a call of TraceLog in place of Call.
	TraceLog []byte
	// Record changes the register's record of Party in place of Call, and leaves the register's log.
	Record *contracts.Party
	// Licence is one that the register records, as number 7, in place of Call.
	Licence *contracts.Licence
	Failed  bool
	Via     bool // wrapped in the party account's execute
}

// Ledger is a ledger in memory.
type Ledger struct {
	// Refuse is asked by Policy.check; what it returns is reverted with. Nil admits everything.
	Refuse func(key common.Address, c index.Call) []byte
	// Standing is what the register answers for every identifier: 3 holder, 2 delegate, 1 contributor.
	Standing map[common.Address]uint8
	// Hold, if not nil, keeps Submit from mining until it is closed.
	Hold chan struct{}

	mu      sync.Mutex
	blocks  []index.Block
	heads   map[common.Hash]format.Head
	parties map[common.Address]contracts.Party
	keys    map[common.Address]contracts.Key
	finals  map[[32]byte]submit.Final
	leaves  uint64
	nonce   uint64
	moved   chan struct{}
	staged  map[stagedID]*staged
	late    uint64 // seconds by which blocks are later than one a second
}

// New starts a ledger with an empty first block.
func New() *Ledger {
	l := &Ledger{
		heads: make(map[common.Hash]format.Head), parties: make(map[common.Address]contracts.Party),
		keys: make(map[common.Address]contracts.Key), finals: make(map[[32]byte]submit.Final), moved: make(chan struct{}),
		staged: make(map[stagedID]*staged),
	}
	l.Mine()
	return l
}

// Address makes an address of a name.
func Address(name string) common.Address {
	return common.BytesToAddress(crypto.Keccak256([]byte(name)))
}

// Register makes a party with one key and answers its caller.
func (l *Ledger) Register(name string, gln uint64) (party, key common.Address) {
	l.mu.Lock()
	defer l.mu.Unlock()
	party, key = Address("party "+name), Address("key "+name)
	l.parties[party] = contracts.Party{Since: 1, Details: contracts.PartyDetails{Name: name, Gln: gln}}
	l.keys[key] = contracts.Key{Party: party, Agent: 1}
	return party, key
}

// Mine makes a block of transactions.
func (l *Ledger) Mine(txs ...Tx) index.Block {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := uint64(len(l.blocks))
	b := index.Block{
		Height: int64(2*n + 1), Number: n, Time: uint64(Genesis.Unix()) + n + l.late, Hash: crypto.Keccak256Hash([]byte(fmt.Sprint("block ", n))),
	}
	for _, tx := range txs {
		l.add(&b, tx)
	}
	l.blocks = append(l.blocks, b)
	close(l.moved)
	l.moved = make(chan struct{})
	return b
}

func (l *Ledger) add(b *index.Block, tx Tx) {
	to, data := Chain.TraceLog, tx.TraceLog
	if data == nil {
		var err error
		if data, err = tx.Call.Pack(); err != nil {
			panic(err) // the test's own call
		}
		to = Chain.Heads
	}
	if tx.Via {
		to, data = tx.Party, wrap(to, data)
	}
	l.nonce++
	ethTx := types.NewTx(&types.LegacyTx{Nonce: l.nonce, To: &to, Data: data, Gas: 1 << 24, GasPrice: new(big.Int)})
	receipt := &types.Receipt{Status: types.ReceiptStatusSuccessful, TxHash: ethTx.Hash()}
	switch {
	case tx.Failed:
	case tx.Record != nil:
		l.parties[tx.Party] = *tx.Record
		receipt.Logs = []*types.Log{recorded(contracts.PartiesPartyRecordedEventName, tx.Party, *tx.Record, tx.Party)}
	case tx.Licence != nil:
		receipt.Logs = []*types.Log{recorded(contracts.PartiesLicenceRecordedEventName, tx.Party, uint64(7), *tx.Licence, tx.Party)}
	case tx.TraceLog != nil:
		logs, err := l.traceLog(b, tx)
		if tx.Failed = err != nil; err == nil {
			receipt.Logs = logs
		}
	default:
		key := tx.Key
		if tx.Via {
			key = tx.Party
		}
		receipt.Logs = l.append(b, tx.Party, key, tx.Via, tx.Call)
	}
	if tx.Failed {
		receipt.Status = types.ReceiptStatusFailed
	}
	b.Txs, b.Receipts = append(b.Txs, ethTx), append(b.Receipts, receipt)
	b.Senders = append(b.Senders, tx.Key)
}

// recorded is a log of the register about a party.
func recorded(event string, party common.Address, values ...any) *types.Log {
	parsed, err := contracts.PartiesMetaData.ParseABI()
	if err != nil {
		panic(err) // generated
	}
	e := parsed.Events[event]
	data, err := e.Inputs.NonIndexed().Pack(values...)
	if err != nil {
		panic(err) // the test's own record
	}
	return &types.Log{Address: Chain.Parties, Data: data, Topics: []common.Hash{e.ID, common.BytesToHash(party[:])}}
}

// wrap is the call data of PartyAccount.execute(target, 0, data).
func wrap(target common.Address, data []byte) []byte {
	out := crypto.Keccak256([]byte("execute(address,uint256,bytes)"))[:4]
	out = append(out, common.LeftPadBytes(target[:], 32)...)
	out = append(out, make([]byte, 32)...)
	out = append(out, common.LeftPadBytes([]byte{0x60}, 32)...)
	out = append(out, common.LeftPadBytes(binary.BigEndian.AppendUint64(nil, uint64(len(data))), 32)...)
	return append(out, append(data, make([]byte, (32-len(data)%32)%32)...)...)
}

var heads, parties, policy = contracts.NewHeads(), contracts.NewParties(), contracts.NewPolicy()

func (l *Ledger) append(b *index.Block, party, key common.Address, nested bool, call index.Call) []*types.Log {
	var logs []*types.Log
	var next []format.Address
	for _, a := range call.Next {
		next = append(next, format.Address(a))
	}
	for i, c := range call.Commitments {
		leaf := format.LeafFields{ChainID: Chain.ID, Heads: Chain.Heads, Party: party, Key: key,
			Kind: format.LeafKind(call.Kind), BlockTime: b.Time, Commitment: c, Next: next}.Hash()
		for _, o := range call.Objects[i] {
			lane := format.LaneKey(format.Lane(call.Lane), o.Key())
			l.heads[lane] = l.heads[lane].Append(lane, leaf)
			if nested {
				logs = append(logs, &types.Log{Address: Chain.Heads, Data: leaf[:],
					Topics: []common.Hash{crypto.Keccak256Hash([]byte("Moved(bytes32,bytes32)")), lane}})
			}
		}
	}
	first := word(l.leaves)
	l.leaves += uint64(len(call.Commitments))
	return append(logs, &types.Log{Address: Chain.Heads, Data: append(first, crypto.Keccak256(call.Payload)...),
		Topics: []common.Hash{crypto.Keccak256Hash([]byte("Appended(address,address,uint256,bytes32)")),
			common.BytesToHash(party[:]), common.BytesToHash(key[:])}})
}

// Blocks are all blocks so far.
func (l *Ledger) Blocks() []index.Block {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]index.Block(nil), l.blocks...)
}

// Final is the last block.
func (l *Ledger) Final() index.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.blocks[len(l.blocks)-1]
	return index.Position{Height: b.Height, Number: b.Number, Hash: b.Hash, Time: b.Time}
}

// Follow hands out blocks behind a cursor until ctx is done.
func (l *Ledger) Follow(ctx context.Context, from index.Cursor, fn func(index.Block) error) error {
	next := 0
	for {
		l.mu.Lock()
		blocks, moved := l.blocks, l.moved
		l.mu.Unlock()
		for ; next < len(blocks); next++ {
			if from.Hash != (common.Hash{}) && blocks[next].Height <= from.Height {
				continue
			}
			if err := fn(blocks[next]); err != nil {
				return err
			}
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Call answers the calls that trace makes.
func (l *Ledger) Call(_ context.Context, to common.Address, data []byte) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch to {
	case contracts.PolicyAddr:
		return l.check(data)
	case contracts.HeadsAddr:
		word := l.heads[common.Hash(data[4:])].Word()
		return word[:], nil
	case contracts.PartiesAddr:
		return l.registry(data)
	}
	return nil, fmt.Errorf("call of %s", to)
}

// ErrReverted is the error of a call that the policy refuses.
var ErrReverted = errors.New("execution reverted")

func (l *Ledger) check(data []byte) ([]byte, error) {
	parsed, err := contracts.PolicyMetaData.ParseABI()
	if err != nil {
		return nil, err
	}
	m, err := parsed.MethodById(data)
	if err != nil {
		return nil, err
	}
	values, err := m.Inputs.Unpack(data[4:])
	if err != nil {
		return nil, err
	}
	var args struct {
		Key     common.Address
		Lane    uint8
		Kind    uint8
		Objects [][]contracts.Object
		Next    []common.Address
	}
	if err := m.Inputs.Copy(&args, values); err != nil {
		return nil, err
	}
	c := index.Call{Lane: args.Lane, Kind: args.Kind, Next: args.Next}
	for _, list := range args.Objects {
		var objects []index.Object
		for _, o := range list {
			objects = append(objects, index.Object{Kind: o.Kind, Primary: o.Primary, Suffix: o.Suffix})
		}
		c.Objects = append(c.Objects, objects)
	}
	if l.Refuse != nil {
		if revert := l.Refuse(args.Key, c); revert != nil {
			return revert, ErrReverted
		}
	}
	party := l.keys[args.Key].Party
	return common.LeftPadBytes(party[:], 32), nil
}

func (l *Ledger) registry(data []byte) ([]byte, error) {
	parsed, err := contracts.PartiesMetaData.ParseABI()
	if err != nil {
		return nil, err
	}
	m, err := parsed.MethodById(data)
	if err != nil {
		return nil, err
	}
	args, err := m.Inputs.Unpack(data[4:])
	if err != nil {
		return nil, err
	}
	switch m.Name {
	case "party":
		return m.Outputs.Pack(l.parties[args[0].(common.Address)])
	case "keyInfo":
		return m.Outputs.Pack(l.keys[args[0].(common.Address)])
	case "partyByGLN":
		for address, p := range l.parties {
			if p.Details.Gln == args[0].(uint64) {
				return m.Outputs.Pack(address)
			}
		}
		return m.Outputs.Pack(common.Address{})
	case "standing":
		return m.Outputs.Pack(contracts.Standing{Standing: l.Standing[args[0].(common.Address)]})
	case "licenceForDigits":
		return m.Outputs.Pack(uint64(0))
	case "licenceForURI":
		return m.Outputs.Pack(uint64(0), new(big.Int))
	}
	return nil, fmt.Errorf("call of Parties.%s", m.Name)
}

// Submit mines a call at once, or answers what it answered before.
func (l *Ledger) Submit(ctx context.Context, req submit.Request) (submit.Final, error) {
	if hold := l.Hold; hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return submit.Final{}, &submit.Waiting{Err: ctx.Err()}
		}
	}
	l.mu.Lock()
	if f, ok := l.finals[req.ID]; ok {
		l.mu.Unlock()
		return f, nil
	}
	key := req.Key.Address()
	party := l.keys[key].Party
	l.mu.Unlock()
	tx := Tx{Party: party, Key: key}
	var calls []index.Call
	if *req.To == Chain.TraceLog {
		tx.TraceLog = req.Data
		if seal, err := index.ParseSeal(req.Data); err == nil {
			calls = seal.Calls
		}
	} else {
		call, err := index.ParseAppend(req.Data)
		if err != nil {
			return submit.Final{}, err
		}
		tx.Call, calls = call, []index.Call{call}
	}
	for _, call := range calls {
		if l.Refuse == nil {
			break
		}
		if revert := l.Refuse(key, call); revert != nil {
			return submit.Final{}, &submit.Reverted{Data: bytes.Clone(revert)}
		}
	}
	b := l.Mine(tx)
	if b.Receipts[0].Status == types.ReceiptStatusFailed {
		return submit.Final{}, &submit.Reverted{}
	}
	f := submit.Final{Height: b.Height, Number: b.Number, BlockHash: b.Hash, BlockTime: b.Time, TxHash: b.Txs[0].Hash()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finals[req.ID] = f
	return f, nil
}

// Key is a signer that only has an address.
type Key common.Address

// Address is the key's account.
func (k Key) Address() common.Address { return common.Address(k) }

// SignTx is never asked for: the test ledger takes calls, not transactions.
func (k Key) SignTx(*types.Transaction, *big.Int) (*types.Transaction, error) {
	return nil, errors.New("a test key doesn't sign")
}

// CallOf packs events of one kind and lane as one call; the objects are everything the events name.
func CallOf(t testing.TB, lane format.Lane, kind format.LeafKind, events ...*epcis.Event) index.Call {
	t.Helper()
	c := index.Call{Lane: uint8(lane), Kind: uint8(kind)}
	var bodies [][]byte
	for _, e := range events {
		bodies = append(bodies, e.Body())
		c.Commitments = append(c.Commitments, epcis.Commitment(e.Body()))
		c.Objects = append(c.Objects, ObjectsOf(t, e))
	}
	payload, err := epcis.EncodePayload(bodies)
	require.NoError(t, err)
	c.Payload = payload
	return c
}

// ObjectsOf are the ledger's objects of everything an event names.
func ObjectsOf(t testing.TB, e *epcis.Event) []index.Object {
	t.Helper()
	var out []index.Object
	seen := make(map[index.Object]bool)
	for _, x := range e.Objects() {
		if x.ID.Level() == gs1.LevelPlace {
			continue
		}
		o, err := x.ID.Object("")
		require.NoError(t, err)
		if obj := index.NewObject(o); !seen[obj] {
			seen[obj] = true
			out = append(out, obj)
		}
	}
	return out
}

// Event parses one event of a type from the other fields of its JSON object; context and offset are added.
func Event(t testing.TB, typ, fields string) *epcis.Event {
	t.Helper()
	text := `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",` +
		`{"ex":"https://ex.example/"},{"cbvmda":"urn:epcglobal:cbv:mda:"}],"type":"` + typ +
		`","eventTimeZoneOffset":"+08:00",` + fields + `}`
	e, err := epcis.ParseEvent([]byte(text))
	require.NoError(t, err, text)
	return e
}

// Open opens a fresh index in a folder that is removed with the test.
func Open(t testing.TB) *index.Projection {
	t.Helper()
	p, err := index.Open(t.TempDir(), Chain, 8<<20)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}
