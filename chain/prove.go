package chain

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Tip is the youngest EVM block that a signed CometBFT header names, with that header and its signatures.
type Tip struct {
	Certificate *cmttypes.LightBlock
	Header      *types.Header
}

// Tip returns the youngest certified EVM block. It is one heartbeat behind the latest block.
func (l *Ledger) Tip() (Tip, error) {
	node := l.Comet()
	if node == nil {
		return Tip{}, fmt.Errorf("%w: the node is starting", ErrNoCertificate)
	}
	// The header of the latest height may name a block that is being committed here this very moment.
	for height := node.BlockStore().Height(); ; height-- {
		lb, err := l.Certificate(height)
		if err != nil {
			return Tip{}, err
		}
		header, err := l.evm.Canonical(common.BytesToHash(lb.AppHash))
		if err != nil {
			return Tip{}, err
		}
		if header != nil {
			return Tip{Certificate: lb, Header: header}, nil
		}
		if height <= 1 {
			return Tip{}, fmt.Errorf("%w: %d", ErrNoCertificate, height)
		}
	}
}

// Prove runs build with the youngest certified block and a prover of its state. When that state has been flushed away
// (only that of the latest flush stays) it waits for the next heartbeat; when it is itself what was flushed meanwhile, it
// begins anew at once. build may run more than once.
func (l *Ledger) Prove(ctx context.Context, build func(Tip, *evm.Prover) error) error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.readers.Done()
	for try := 0; ; try++ {
		moved := l.Moved() // before looking, or a commit in between would be slept over
		tip, err := l.Tip()
		if err == nil {
			err = l.evm.Prove(tip.Header, func(p *evm.Prover) error { return build(tip, p) })
			if !errors.Is(err, evm.ErrUnreadable) {
				return err
			}
		}
		if try == 4 {
			return err
		}
		if l.outrun(tip) {
			if err := l.wait(ctx, moved); err != nil {
				return err
			}
		}
	}
}

// outrun says that the ledger has moved past the block of a tip, whose state may be gone.
func (l *Ledger) outrun(tip Tip) bool {
	return tip.Header == nil || l.Final().Hash != tip.Header.Hash()
}

// Ancestry proves that the EVM block with number i is an ancestor of the younger one with number count, by the range in
// that one's header.
func (l *Ledger) Ancestry(i, count uint64) (siblings, peaks []format.Hash, err error) {
	if err := l.enter(); err != nil {
		return nil, nil, err
	}
	defer l.readers.Done()
	return l.evm.Mountain().Path(i, count)
}

// Rotation is a signed header after which other validators sign, and those.
type Rotation struct {
	Certificate *cmttypes.LightBlock
	Next        *cmttypes.ValidatorSet
}

const rotationPrefix = 'v'

func rotationKey(height int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{rotationPrefix}, uint64(height))
}

// Rotations are all changes of the validators in headers from a height up to, not including, another, oldest first.
func (l *Ledger) Rotations(from, to int64) (list []Rotation, err error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.readers.Done()
	it, err := l.store.NewIter(&pebble.IterOptions{LowerBound: rotationKey(from), UpperBound: rotationKey(to)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		var pb cmtproto.ValidatorSet
		if err := pb.Unmarshal(it.Value()); err != nil {
			return nil, fmt.Errorf("validators after a rotation: %w", err)
		}
		next, err := cmttypes.ValidatorSetFromProto(&pb)
		if err != nil {
			return nil, fmt.Errorf("validators after a rotation: %w", err)
		}
		lb, err := l.Certificate(int64(binary.BigEndian.Uint64(it.Key()[1:])))
		if err != nil {
			return nil, err
		}
		list = append(list, Rotation{Certificate: lb, Next: next})
	}
	return list, it.Error()
}

// putRotation keeps the next validators beside the certificate of a header after which they sign.
func (c *certificates) putRotation(batch *pebble.Batch, height int64) error {
	next, err := c.states.LoadValidators(height + 1)
	if err != nil {
		return fmt.Errorf("validators of height %d: %w", height+1, err)
	}
	pb, err := next.ToProto()
	if err != nil {
		return err
	}
	raw, err := pb.Marshal()
	if err != nil {
		return err
	}
	return batch.Set(rotationKey(height), raw, nil)
}
