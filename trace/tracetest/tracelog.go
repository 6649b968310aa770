package tracetest

import (
	"encoding/binary"
	"errors"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

type stagedID struct {
	party common.Address
	id    common.Hash
}

// staged is what TraceLog keeps of a document.
type staged struct {
	rolling common.Hash
	key     common.Address
	parts   uint32
	opened  uint64
	sealed  bool
}

var errTraceLog = errors.New("TraceLog reverts")

// traceLog does what the contract does.
func (l *Ledger) traceLog(b *index.Block, tx Tx) ([]*types.Log, error) {
	if id, n, part, err := index.ParseStage(tx.TraceLog); err == nil {
		return l.stage(b, tx, id, n, part)
	}
	if seal, err := index.ParseSeal(tx.TraceLog); err == nil {
		return l.seal(b, tx, &seal)
	}
	id := common.Hash(tx.TraceLog[4:])
	s := l.staged[stagedID{tx.Party, id}]
	if s == nil || s.sealed {
		return nil, errTraceLog
	}
	delete(l.staged, stagedID{tx.Party, id})
	return []*types.Log{traceLogLog("DocumentDropped(address,bytes32)", nil, tx.Party, id)}, nil
}

func (l *Ledger) stage(b *index.Block, tx Tx, id common.Hash, n uint32, part []byte) ([]*types.Log, error) {
	s := l.staged[stagedID{tx.Party, id}]
	if n == 0 && s == nil {
		s = &staged{key: tx.Key, opened: b.Time}
		l.staged[stagedID{tx.Party, id}] = s
	}
	if s == nil || s.sealed || s.parts != n || s.key != tx.Key || b.Time > s.opened+24*3600 || len(part) == 0 {
		return nil, errTraceLog
	}
	s.rolling = index.Rolling(s.rolling, n, part)
	s.parts++
	return []*types.Log{traceLogLog("PartStaged(address,bytes32,uint32,bytes32)", append(word(uint64(n)), s.rolling[:]...),
		tx.Party, id)}, nil
}

func (l *Ledger) seal(b *index.Block, tx Tx, seal *index.Seal) ([]*types.Log, error) {
	s := l.staged[stagedID{tx.Party, seal.ID}]
	if s == nil || s.sealed || s.key != tx.Key || s.parts != seal.Parts || s.rolling != seal.Rolling || b.Time > s.opened+24*3600 {
		return nil, errTraceLog
	}
	s.sealed = true
	var logs []*types.Log
	first := word(l.leaves)
	for _, c := range seal.Calls {
		c.Payload = seal.Claim(tx.Party)
		logs = append(logs, l.append(b, tx.Party, Chain.TraceLog, true, c)...)
	}
	data := append(append(append(word(uint64(seal.Parts)), seal.Rolling[:]...), first...), word(uint64(seal.Events()))...)
	return append(logs, traceLogLog("DocumentSealed(address,bytes32,address,uint32,bytes32,uint256,uint256)", data, tx.Party,
		seal.ID, common.BytesToHash(tx.Key[:]))), nil
}

func traceLogLog(event string, data []byte, party common.Address, topics ...common.Hash) *types.Log {
	return &types.Log{Address: Chain.TraceLog, Data: data,
		Topics: append([]common.Hash{crypto.Keccak256Hash([]byte(event)), common.BytesToHash(party[:])}, topics...)}
}

func word(n uint64) []byte { return common.LeftPadBytes(binary.BigEndian.AppendUint64(nil, n), 32) }

// PackDrop is the call data of TraceLog.drop.
func PackDrop(id common.Hash) []byte { return contracts.NewTraceLog().PackDrop(id) }

// MineAt is Mine at a block time of its own, later than the last.
func (l *Ledger) MineAt(time uint64, txs ...Tx) index.Block {
	l.mu.Lock()
	l.late = time - (uint64(Genesis.Unix()) + uint64(len(l.blocks)))
	l.mu.Unlock()
	return l.Mine(txs...)
}
