package chain

import (
	"context"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/evm"
)

// Header is a block of consensus without its content.
type Header struct {
	Height   int64
	Hash     common.Hash
	Time     time.Time // to the nanosecond, as the validators agreed
	Proposer []byte    // consensus address
	AppHash  common.Hash
}

// Header is the header of a consensus height; false if this node doesn't have it.
func (l *Ledger) Header(height int64) (Header, bool, error) {
	if err := l.enter(); err != nil {
		return Header{}, false, err
	}
	defer l.readers.Done()
	node := l.Comet()
	if node == nil || height < 1 {
		return Header{}, false, nil
	}
	meta := node.BlockStore().LoadBlockMeta(height)
	if meta == nil {
		return Header{}, false, nil
	}
	h := meta.Header
	return Header{Height: h.Height, Hash: common.BytesToHash(meta.BlockID.Hash), Time: h.Time.UTC(), Proposer: h.ProposerAddress,
		AppHash: common.BytesToHash(h.AppHash)}, true, nil
}

// NumberOf is the number of a final EVM block by its hash; false if there is none.
func (l *Ledger) NumberOf(hash common.Hash) (uint64, bool, error) {
	header, err := l.evm.Canonical(hash)
	if err != nil || header == nil || header.Number.Uint64() > l.Final().Number {
		return 0, false, err
	}
	return header.Number.Uint64(), true, nil
}

// Transaction finds a final transaction: its block and its place there. A block becomes final a moment before its
// transactions are found.
func (l *Ledger) Transaction(hash common.Hash) (b Block, pos int, ok bool, err error) {
	number, index, ok, err := l.evm.Transaction(hash)
	if err != nil || !ok || number > l.Final().Number {
		return Block{}, 0, false, err
	}
	if b, err = l.Block(number); err != nil {
		return Block{}, 0, false, err
	}
	if index >= uint64(len(b.Txs)) || b.Txs[index].Hash() != hash {
		return Block{}, 0, false, fmt.Errorf("chain: transaction %s isn't at place %d of block %d", hash, index, number)
	}
	return b, int(index), true, nil
}

// Failure is why a final transaction did nothing, for as far as this node knows.
func (l *Ledger) Failure(tx common.Hash) (evm.Failure, bool, error) { return l.evm.Failure(tx) }

// Nonce is the next nonce of an account at the latest final block.
func (l *Ledger) Nonce(ctx context.Context, addr common.Address) (uint64, error) {
	nonce, _, err := l.evm.Nonce(ctx, addr)
	return nonce, err
}
