// Package decode puts calls, logs and errors of the ledger's contracts into named values. It reads what anyone may have
// sent: the work for one call is bounded whatever its data say, and what isn't understood is given raw.
package decode

import (
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/contracts"
)

// Value is an argument or a field. A struct or a list has Fields, anything else Text.
type Value struct {
	Name string `json:"name,omitempty"`
	Type string `json:"type"` // as Solidity writes it; a struct by its name
	// Text is a number in decimal, bytes in hex (shortened behind maxBytes bytes), a string as it is.
	Text   string  `json:"value,omitempty"`
	Fields []Value `json:"fields,omitempty"`
	// Count is the length of a list or of bytes, of which fewer may be given.
	Count int `json:"count,omitempty"`
}

// Call is a call of a contract.
type Call struct {
	To       common.Address `json:"to"`
	Contract string         `json:"contract,omitempty"` // Heads, Parties, ... or PartyAccount; empty if none of ours
	Method   string         `json:"method,omitempty"`   // empty if the call isn't understood
	Args     []Value        `json:"args,omitempty"`
	// Selector and Size say something of a call that isn't understood.
	Selector hexutil.Bytes `json:"selector,omitempty"`
	Size     int           `json:"size"` // bytes of call data
	// Inner are the calls that this one asks for: of a party's account, of a proposal.
	Inner []Call `json:"inner,omitempty"`
}

// Log is an event that a contract told of.
type Log struct {
	Address  common.Address `json:"address"`
	Contract string         `json:"contract,omitempty"`
	Event    string         `json:"event,omitempty"` // empty if it isn't understood
	Args     []Value        `json:"args,omitempty"`
	Topics   []common.Hash  `json:"topics,omitempty"` // of a log that isn't understood
	Data     hexutil.Bytes  `json:"data,omitempty"`   // likewise, at most maxBytes
	Size     int            `json:"size"`
}

// Error is what a contract reverted with.
type Error struct {
	Name string        `json:"name,omitempty"` // empty if no contract of ours declares it
	Args []Value       `json:"args,omitempty"`
	Data hexutil.Bytes `json:"data,omitempty"`
}

// contract is one of ours: its name and what it declares.
type contract struct {
	name string
	abi  abi.ABI
}

var (
	known = map[common.Address]contract{
		contracts.AccessAddr:     {"AccessManager", parsed(contracts.AccessMetaData.ParseABI())},
		contracts.GovernanceAddr: {"Governance", parsed(contracts.GovernanceMetaData.ParseABI())},
		contracts.PartiesAddr:    {"Parties", parsed(contracts.PartiesMetaData.ParseABI())},
		contracts.HeadsAddr:      {"Heads", parsed(contracts.HeadsMetaData.ParseABI())},
		contracts.PolicyAddr:     {"Policy", parsed(contracts.PolicyMetaData.ParseABI())},
		contracts.TraceLogAddr:   {"TraceLog", parsed(contracts.TraceLogMetaData.ParseABI())},
	}
	others = map[common.Address]string{
		contracts.CalendarAddr: "Calendar", contracts.SettlementAddr: "Settlement",
		contracts.Multicall3Addr: "Multicall3", contracts.Create2Addr: "Create2",
	}
	account     = contract{"PartyAccount", parsed(contracts.PartyAccountMetaData.ParseABI())}
	knownErrors = func() map[[4]byte]abi.Error {
		all := map[[4]byte]abi.Error{}
		for _, c := range known {
			for _, e := range c.abi.Errors {
				all[[4]byte(e.ID[:4])] = e
			}
		}
		for _, e := range account.abi.Errors {
			all[[4]byte(e.ID[:4])] = e
		}
		return all
	}()
)

func parsed(a *abi.ABI, err error) abi.ABI {
	if err != nil {
		panic(err) // generated with the contracts
	}
	return *a
}

// ContractName is the name of a predeployed contract, "" for any other address.
func ContractName(a common.Address) string {
	if c, ok := known[a]; ok {
		return c.name
	}
	return others[a]
}

// at is the contract at an address. A party's account is known by the caller: its address says nothing.
func at(a common.Address, isParty func(common.Address) bool) (contract, bool) {
	if c, ok := known[a]; ok {
		return c, true
	}
	if isParty != nil && isParty(a) {
		return account, true
	}
	return contract{}, false
}

// maxDepth bounds calls within calls.
const maxDepth = 4

// ReadCall reads call data. isParty tells the accounts of parties; nil if there are none.
func ReadCall(to common.Address, data []byte, isParty func(common.Address) bool) Call {
	r := &reader{left: maxValues}
	return r.call(to, data, isParty, 0)
}

func (r *reader) call(to common.Address, data []byte, isParty func(common.Address) bool, depth int) Call {
	c := Call{To: to, Size: len(data), Contract: ContractName(to)}
	if len(data) < 4 {
		return c
	}
	c.Selector = data[:4]
	of, ok := at(to, isParty)
	if !ok {
		return c
	}
	c.Contract = of.name
	method, err := of.abi.MethodById(data[:4])
	if err != nil {
		return c
	}
	args, err := r.arguments(method.Inputs, data[4:])
	if err != nil {
		return c
	}
	c.Method, c.Args, c.Selector = method.RawName, args, nil
	if depth < maxDepth {
		for _, in := range innerCalls(of.name, method, data[4:]) {
			c.Inner = append(c.Inner, r.call(in.Target, in.Data, isParty, depth+1))
		}
	}
	return c
}

// maxInner bounds the calls within one call that are looked at.
const maxInner = 20

// innerCalls finds what a call asks another contract to do. Their data lie within this call's, which bounds them.
func innerCalls(of string, m *abi.Method, data []byte) (list []contracts.Call) {
	switch {
	case of == "PartyAccount" && m.RawName == "execute", of == "AccessManager" && m.RawName == "execute":
		target, ok1 := word(data, 0)
		place := 2
		if of == "AccessManager" {
			place = 1
		}
		body, ok2 := tail(data, place)
		if ok1 && ok2 {
			list = append(list, contracts.Call{Target: common.BytesToAddress(target[12:]), Data: body})
		}
	case of == "Governance" && (m.RawName == "propose" || m.RawName == "execute"):
		place := 0
		if m.RawName == "execute" {
			place = 1
		}
		offset, ok := offsetAt(data, place*32)
		if !ok {
			return nil
		}
		count, ok := offsetAt(data, offset)
		if !ok {
			return nil
		}
		base := data[offset+32:]
		for i := 0; i < count && i < maxInner; i++ {
			start, ok := offsetAt(base, i*32)
			if !ok || start > len(base) {
				return list
			}
			target, ok1 := word(base[start:], 0)
			body, ok2 := tail(base[start:], 1)
			if !ok1 || !ok2 {
				return list
			}
			list = append(list, contracts.Call{Target: common.BytesToAddress(target[12:]), Data: body})
		}
	}
	return list
}

// ReadLog reads a log.
func ReadLog(l *types.Log, isParty func(common.Address) bool) Log {
	out := Log{Address: l.Address, Size: len(l.Data), Contract: ContractName(l.Address)}
	if of, ok := at(l.Address, isParty); ok {
		out.Contract = of.name
		if args, name, ok := readEvent(of.abi, l); ok {
			out.Event, out.Args = name, args
			return out
		}
	}
	out.Topics, out.Data = l.Topics, l.Data[:min(len(l.Data), maxBytes)]
	return out
}

func readEvent(a abi.ABI, l *types.Log) (args []Value, name string, ok bool) {
	if len(l.Topics) == 0 {
		return nil, "", false
	}
	event, err := a.EventByID(l.Topics[0])
	if err != nil {
		return nil, "", false
	}
	r := &reader{left: maxValues}
	rest, err := r.arguments(event.Inputs.NonIndexed(), l.Data)
	if err != nil {
		return nil, "", false
	}
	topics := l.Topics[1:]
	for _, in := range event.Inputs {
		if !in.Indexed {
			args, rest = append(args, rest[0]), rest[1:]
			continue
		}
		if len(topics) == 0 {
			return nil, "", false
		}
		v, err := r.indexed(in.Type, topics[0])
		if err != nil {
			return nil, "", false
		}
		v.Name = in.Name
		args, topics = append(args, v), topics[1:]
	}
	return args, event.RawName, len(topics) == 0
}

// ReadError reads what a call reverted with, Solidity's own Error and Panic included.
func ReadError(data []byte) Error {
	out := Error{Data: data[:min(len(data), maxBytes)]}
	if len(data) < 4 {
		return out
	}
	e, ok := knownErrors[[4]byte(data[:4])]
	if !ok {
		e, ok = solidityErrors[[4]byte(data[:4])]
	}
	if !ok {
		return out
	}
	r := &reader{left: maxValues}
	args, err := r.arguments(e.Inputs, data[4:])
	if err != nil {
		return out
	}
	return Error{Name: e.Name, Args: args}
}

// solidityErrors are what the compiler's own checks revert with.
var solidityErrors = map[[4]byte]abi.Error{
	{0x08, 0xc3, 0x79, 0xa0}: abi.NewError("Error", abi.Arguments{{Name: "message", Type: solidityType("string")}}),
	{0x4e, 0x48, 0x7b, 0x71}: abi.NewError("Panic", abi.Arguments{{Name: "code", Type: solidityType("uint256")}}),
}

func solidityType(name string) abi.Type {
	t, err := abi.NewType(name, "", nil)
	if err != nil {
		panic(err) // a constant of this file
	}
	return t
}

// NameCall names a call by its first bytes: contract and method, empty where it isn't known. What follows may still be
// anything.
func NameCall(to common.Address, data []byte, isParty func(common.Address) bool) (of, method string) {
	c, ok := at(to, isParty)
	if !ok {
		return ContractName(to), ""
	}
	if m, err := c.abi.MethodById(data); err == nil {
		method = m.RawName
	}
	return c.name, method
}
