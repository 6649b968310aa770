package index

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/suyuan-ledger/suyuan/contracts"
)

// Call is one Heads.append found in call data.
type Call struct {
	Lane        uint8
	Kind        uint8
	Commitments []common.Hash
	Objects     [][]Object
	Next        []common.Address
	Payload     []byte
}

// The calls and logs the projection reads. Their selectors and topics are part of the format.
var (
	headsABI      = mustABI(contracts.HeadsMetaData.ParseABI())
	appendMethod  = headsABI.Methods["append"]
	appendedTopic = headsABI.Events["Appended"].ID
	checkMethod   = mustABI(contracts.PolicyMetaData.ParseABI()).Methods["check"]
	movedTopic    = headsABI.Events["Moved"].ID

	// executeMethod is how a party account calls on.
	executeMethod = mustMethod(`[{"type":"function","name":"execute","inputs":[{"name":"target","type":"address"},
		{"name":"value","type":"uint256"},{"name":"data","type":"bytes"}],"outputs":[{"name":"","type":"bytes"}]}]`, "execute")
)

func mustABI(a *abi.ABI, err error) *abi.ABI {
	if err != nil {
		panic(err) // generated with the contracts
	}
	return a
}

func mustMethod(text, name string) abi.Method {
	a, err := abi.JSON(strings.NewReader(text))
	if err != nil {
		panic(err) // a constant of this file
	}
	return a.Methods[name]
}

// errNotAppend means that call data isn't a well-formed append.
var errNotAppend = errors.New("not a call of Heads.append")

// ParseAppend reads the call data of Heads.append.
func ParseAppend(data []byte) (Call, error) {
	if len(data) < 4 || !bytes.Equal(data[:4], appendMethod.ID) {
		return Call{}, errNotAppend
	}
	values, err := appendMethod.Inputs.Unpack(data[4:])
	if err != nil {
		return Call{}, fmt.Errorf("%w: %w", errNotAppend, err)
	}
	var args struct {
		Lane        uint8
		Kind        uint8
		Commitments [][32]byte
		Objects     [][]contracts.Object
		Next        []common.Address
		Payload     []byte
	}
	if err := appendMethod.Inputs.Copy(&args, values); err != nil {
		return Call{}, fmt.Errorf("%w: %w", errNotAppend, err)
	}
	c := callOf(args.Lane, args.Kind, args.Commitments, args.Objects, args.Next)
	c.Payload = args.Payload
	return c, nil
}

func callOf(lane, kind uint8, commitments [][32]byte, objects [][]contracts.Object, next []common.Address) Call {
	c := Call{Lane: lane, Kind: kind, Next: next}
	for _, h := range commitments {
		c.Commitments = append(c.Commitments, h)
	}
	for _, list := range objects {
		own := make([]Object, len(list))
		for i, o := range list {
			own[i] = Object{Kind: o.Kind, Primary: o.Primary, Suffix: o.Suffix}
		}
		c.Objects = append(c.Objects, own)
	}
	return c
}

// Pack writes the call data of Heads.append.
func (c Call) Pack() ([]byte, error) {
	w := make(words, 0, 4+32*(11+len(c.Commitments)+len(c.Next))+c.objectsSize()+len(c.Payload))
	w = append(w, appendMethod.ID...)
	w = w.number(uint64(c.Lane)).number(uint64(c.Kind))
	at := 6 * 32 // where each part begins that is of no fixed size
	w = w.number(uint64(at))
	at += 32 * (1 + len(c.Commitments))
	w = w.number(uint64(at))
	at += c.objectsSize()
	w = w.number(uint64(at))
	at += 32 * (1 + len(c.Next))
	w = w.number(uint64(at))
	w = w.number(uint64(len(c.Commitments)))
	for _, h := range c.Commitments {
		w = append(w, h[:]...)
	}
	return w.objects(c.Objects).addresses(c.Next).bytes(c.Payload), nil
}

// PackCheck writes the call data of Policy.check for what key is about to append.
func (c Call) PackCheck(key common.Address) ([]byte, error) {
	w := make(words, 0, 4+32*(7+len(c.Next))+c.objectsSize())
	w = append(w, checkMethod.ID...)
	w = w.address(key).number(uint64(c.Lane)).number(uint64(c.Kind))
	w = w.number(5 * 32).number(uint64(5*32 + c.objectsSize()))
	return w.objects(c.Objects).addresses(c.Next), nil
}

// words is call data in the making, as Solidity's ABI has it. The ABI package does the same for any call; these two are
// made for every event.
type words []byte

func (w words) number(n uint64) words {
	return binary.BigEndian.AppendUint64(append(w, make([]byte, 24)...), n)
}

func (w words) address(a common.Address) words {
	return append(append(w, make([]byte, 12)...), a[:]...)
}

func (w words) addresses(list []common.Address) words {
	w = w.number(uint64(len(list)))
	for _, a := range list {
		w = w.address(a)
	}
	return w
}

func (w words) bytes(b []byte) words {
	w = append(w.number(uint64(len(b))), b...)
	return append(w, make([]byte, -len(b)&31)...)
}

func (w words) objects(lists [][]Object) words {
	w = w.number(uint64(len(lists)))
	at := 32 * len(lists)
	for _, list := range lists {
		w = w.number(uint64(at))
		at += 32 * (1 + 3*len(list))
	}
	for _, list := range lists {
		w = w.number(uint64(len(list)))
		for i := range list {
			o := &list[i]
			w = append(append(w.number(uint64(o.Kind)), o.Primary[:]...), o.Suffix[:]...)
		}
	}
	return w
}

// objectsSize is what words.objects writes, in bytes.
func (c Call) objectsSize() int {
	n := 1 + 2*len(c.Objects)
	for _, list := range c.Objects {
		n += 3 * len(list)
	}
	return 32 * n
}

func (c Call) ledgerObjects() [][]contracts.Object {
	out := make([][]contracts.Object, len(c.Objects))
	for i, list := range c.Objects {
		out[i] = make([]contracts.Object, len(list))
		for j, o := range list {
			out[i][j] = contracts.Object{Kind: o.Kind, Primary: o.Primary, Suffix: o.Suffix}
		}
	}
	return out
}

func (c Call) receivers() []common.Address {
	if c.Next == nil {
		return []common.Address{}
	}
	return c.Next
}

// findCall looks for an append in a transaction's call data: at top level, or in a party account's execute. Nowhere
// else: the list of wrappers is closed, so that every node finds the same.
func findCall(heads common.Address, tx *types.Transaction) (Call, bool) {
	c, err := ParseAppend(dataFor(heads, tx))
	return c, err == nil && len(c.Commitments) == len(c.Objects)
}

// dataFor is what a transaction calls a contract with, nil if it calls another.
func dataFor(contract common.Address, tx *types.Transaction) []byte {
	if tx.To() == nil {
		return nil
	}
	to, data := *tx.To(), tx.Data()
	if to != contract && len(data) >= 4 && bytes.Equal(data[:4], executeMethod.ID) {
		values, err := executeMethod.Inputs.Unpack(data[4:])
		if err != nil || len(values) != 3 {
			return nil
		}
		inner, ok1 := values[0].(common.Address)
		wrapped, ok2 := values[2].([]byte)
		if !ok1 || !ok2 {
			return nil
		}
		to, data = inner, wrapped
	}
	if to != contract {
		return nil
	}
	return data
}

// appended is one Appended log with the lane moves that came before it in the same transaction.
type appended struct {
	party   common.Address
	key     common.Address
	payload common.Hash
	moves   []move
}

type move struct{ lane, leaf common.Hash }

// appends reads the logs of Heads in one transaction.
func appends(heads common.Address, logs []*types.Log) []appended {
	var out []appended
	var moves []move
	for _, l := range logs {
		switch {
		case l.Address != heads || len(l.Topics) == 0:
		case l.Topics[0] == movedTopic && len(l.Topics) == 2 && len(l.Data) == 32:
			moves = append(moves, move{lane: l.Topics[1], leaf: common.Hash(l.Data)})
		case l.Topics[0] == appendedTopic && len(l.Topics) == 3 && len(l.Data) == 64:
			out = append(out, appended{
				party:   common.BytesToAddress(l.Topics[1][:]),
				key:     common.BytesToAddress(l.Topics[2][:]),
				payload: common.Hash(l.Data[32:]),
				moves:   moves,
			})
			moves = nil
		}
	}
	return out
}

// belongs says whether a log tells of this call.
func (a *appended) belongs(c *Call) bool { return a.payload == crypto.Keccak256Hash(c.Payload) }
