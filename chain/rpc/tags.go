package rpc

import (
	"bytes"
	"encoding/json"

	"github.com/ethereum/go-ethereum/common"
	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

// latest is the block tag every tag for a recent block means here: a block is final when it exists, and
// nothing of the pool is known to come next.
var latest = json.RawMessage(`"latest"`)

// tag replaces "finalized", "safe" and "pending" as a block argument, alone or as the blockNumber of an
// EIP-1898 object. Anything else is left to go-ethereum.
func tag(arg *json.RawMessage) *json.RawMessage {
	if arg == nil {
		return nil
	}
	return fields(plain(arg), "blockNumber")
}

// rangeTags does the same for the ends of a log query.
func rangeTags(arg *json.RawMessage) *json.RawMessage {
	if arg == nil {
		return nil
	}
	return fields(arg, "fromBlock", "toBlock")
}

// span is how many blocks a log query covers, with head for the tags of recent blocks. A query by block
// hash, and one go-ethereum will refuse, covers none.
func span(query *json.RawMessage, head uint64) uint64 {
	var q struct {
		FromBlock, ToBlock *gethrpc.BlockNumber
		BlockHash          *common.Hash
	}
	if query == nil || json.Unmarshal(*query, &q) != nil || q.BlockHash != nil {
		return 0
	}
	number := func(n *gethrpc.BlockNumber) uint64 {
		switch {
		case n == nil, *n < 0 && *n != gethrpc.EarliestBlockNumber:
			return head
		case *n < 0:
			return 0
		}
		return min(uint64(*n), head)
	}
	from, to := number(q.FromBlock), number(q.ToBlock)
	if from > to {
		return 0
	}
	return to - from + 1
}

// plain replaces a tag that is a string.
func plain(arg *json.RawMessage) *json.RawMessage {
	switch string(bytes.TrimSpace(*arg)) {
	case `"finalized"`, `"safe"`, `"pending"`:
		return &latest
	}
	return arg
}

// fields replaces tags in the named fields of an object.
func fields(arg *json.RawMessage, names ...string) *json.RawMessage {
	if trimmed := bytes.TrimSpace(*arg); len(trimmed) == 0 || trimmed[0] != '{' {
		return arg
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(*arg, &object) != nil {
		return arg // go-ethereum says what is wrong with it
	}
	changed := false
	for _, name := range names {
		value, ok := object[name]
		if !ok {
			continue
		}
		if next := plain(&value); next != &value {
			object[name], changed = *next, true
		}
	}
	if !changed {
		return arg
	}
	out, err := json.Marshal(object)
	if err != nil {
		return arg
	}
	raw := json.RawMessage(out)
	return &raw
}
