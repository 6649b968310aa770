package chain

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	cmtnode "github.com/cometbft/cometbft/node"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	sm "github.com/cometbft/cometbft/state"
	"github.com/cometbft/cometbft/store"
	cmttypes "github.com/cometbft/cometbft/types"
)

// certificates keeps what proves finality to someone without our databases: CometBFT header, commit
// signatures and validator set. The application never sees signatures, so a follower with its own cursor
// reads them from CometBFT's stores, for every header that first names an EVM block and every header
// after which the validator set changes.
type certificates struct {
	ledger *Ledger
	blocks *store.BlockStore
	states sm.Store
	done   sync.WaitGroup
	quit   chan struct{}
}

const certificatePrefix = 'f'

var certificateCursor = []byte("r/certificates")

func certificateKey(height int64) []byte {
	return binary.BigEndian.AppendUint64([]byte{certificatePrefix}, uint64(height))
}

func newCertificates(l *Ledger, node *cmtnode.Node) (*certificates, error) {
	env, err := node.ConfigureRPC() // the only way to the state store
	if err != nil {
		return nil, fmt.Errorf("CometBFT's state store: %w", err)
	}
	return &certificates{ledger: l, blocks: node.BlockStore(), states: env.StateStore, quit: make(chan struct{})}, nil
}

func (c *certificates) start() {
	c.done.Add(1)
	go func() {
		defer c.done.Done()
		for {
			moved := c.ledger.Moved()
			if err := c.catchUp(); err != nil {
				c.ledger.cfg.Log.Error("finality certificates", "err", err)
			}
			select {
			case <-moved:
			case <-c.quit:
				return
			}
		}
	}()
}

func (c *certificates) stop() {
	close(c.quit)
	c.done.Wait()
}

// catchUp stores the certificates of all heights whose canonical commit is known: the commit of a height
// stands in the block after it.
func (c *certificates) catchUp() error {
	last, err := c.cursor()
	if err != nil {
		return err
	}
	for height := last + 1; height < c.blocks.Height(); height++ {
		select {
		case <-c.quit:
			return nil
		default:
		}
		wanted, err := c.wanted(height)
		if err != nil {
			return err
		}
		batch := c.ledger.store.NewBatch()
		if wanted {
			lb, err := c.assemble(height, c.blocks.LoadBlockCommit(height))
			if err != nil {
				return errors.Join(err, batch.Close())
			}
			if err := putCertificate(batch, lb); err != nil {
				return errors.Join(err, batch.Close())
			}
			if !bytes.Equal(lb.ValidatorsHash, lb.NextValidatorsHash) {
				if err := c.putRotation(batch, height); err != nil {
					return errors.Join(err, batch.Close())
				}
			}
		}
		if err := batch.Set(certificateCursor, binary.BigEndian.AppendUint64(nil, uint64(height)), nil); err != nil {
			return errors.Join(err, batch.Close())
		}
		// Rebuilt from CometBFT's stores when lost: no need to sync.
		if err := batch.Commit(pebble.NoSync); err != nil {
			return err
		}
	}
	return nil
}

func (c *certificates) cursor() (int64, error) {
	v, closer, err := c.ledger.store.Get(certificateCursor)
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer closer.Close()
	if len(v) != 8 {
		return 0, fmt.Errorf("certificate cursor has %d bytes", len(v))
	}
	return int64(binary.BigEndian.Uint64(v)), nil
}

// wanted tells whether the header is the first with a new app hash or the last of its validators.
func (c *certificates) wanted(height int64) (bool, error) {
	meta := c.blocks.LoadBlockMeta(height)
	if meta == nil {
		return false, fmt.Errorf("CometBFT header %d is missing", height)
	}
	if !bytes.Equal(meta.Header.ValidatorsHash, meta.Header.NextValidatorsHash) {
		return true, nil
	}
	before := c.blocks.LoadBlockMeta(height - 1)
	return before == nil || !bytes.Equal(before.Header.AppHash, meta.Header.AppHash), nil
}

func (c *certificates) assemble(height int64, commit *cmttypes.Commit) (*cmttypes.LightBlock, error) {
	meta := c.blocks.LoadBlockMeta(height)
	if meta == nil || commit == nil {
		return nil, fmt.Errorf("%w: %d", ErrNoCertificate, height)
	}
	validators, err := c.states.LoadValidators(height)
	if err != nil {
		return nil, fmt.Errorf("validators of height %d: %w", height, err)
	}
	lb := &cmttypes.LightBlock{
		SignedHeader: &cmttypes.SignedHeader{Header: &meta.Header, Commit: commit},
		ValidatorSet: validators,
	}
	if err := lb.ValidateBasic(c.ledger.doc.ChainID); err != nil {
		return nil, fmt.Errorf("certificate of height %d: %w", height, err)
	}
	return lb, nil
}

func putCertificate(batch *pebble.Batch, lb *cmttypes.LightBlock) error {
	pb, err := lb.ToProto()
	if err != nil {
		return err
	}
	raw, err := pb.Marshal()
	if err != nil {
		return err
	}
	return batch.Set(certificateKey(lb.Height), raw, nil)
}

// Certificate proves a CometBFT header final: header, signatures of more than two thirds, and the
// validators they are to be checked against. The EVM block that Block.Height carried is named by the app
// hash of the header one later, so its certificate is that of Block.Height+1; it is there one heartbeat
// after the block. ErrNoCertificate when it isn't there yet.
func (l *Ledger) Certificate(height int64) (*cmttypes.LightBlock, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.readers.Done()
	v, closer, err := l.store.Get(certificateKey(height))
	if err == nil {
		defer closer.Close()
		var pb cmtproto.LightBlock
		if err := pb.Unmarshal(v); err != nil {
			return nil, fmt.Errorf("certificate of height %d: %w", height, err)
		}
		return cmttypes.LightBlockFromProto(&pb)
	}
	if !errors.Is(err, pebble.ErrNotFound) {
		return nil, err
	}
	l.mu.Lock()
	c := l.certs
	l.mu.Unlock()
	if c == nil || height < 1 || height > c.blocks.Height() {
		return nil, fmt.Errorf("%w: %d", ErrNoCertificate, height)
	}
	// Not a stored one, or the tip, where only the commit that this node saw itself is known.
	commit := c.blocks.LoadBlockCommit(height)
	if commit == nil {
		commit = c.blocks.LoadSeenCommit(height)
	}
	return c.assemble(height, commit)
}
