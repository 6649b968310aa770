package evm

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// Prover reads the state of one block and keeps the trie nodes that prove what it read, each once.
type Prover struct {
	service  *Service
	header   *types.Header
	paths    *paths
	storages map[common.Address]storage
}

// storage is where the trie of a contract's slots is.
type storage struct{ owner, root common.Hash }

// ErrUnreadable says that a state can't be read: it was flushed away, then a younger block must be taken, or a flush of the
// same state came in between, then it can be opened anew.
var ErrUnreadable = errors.New("the state can't be read")

// Prove runs build with a prover of the state of a final block. Only the state of the last flush and of blocks since is there.
func (s *Service) Prove(header *types.Header, build func(*Prover) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.gate.RUnlock()
	reader, err := s.chain.TrieDB().NodeReader(header.Root)
	if err != nil {
		return fmt.Errorf("state of block %d: %w: %w", header.Number, ErrUnreadable, err)
	}
	return build(&Prover{service: s, header: header, paths: newPaths(reader), storages: make(map[common.Address]storage)})
}

// Header is the block whose state is proven.
func (p *Prover) Header() *types.Header { return p.header }

// Word reads and proves a storage slot of a contract, and with it the contract's account.
func (p *Prover) Word(contract common.Address, slot common.Hash) (word common.Hash, err error) {
	at, err := p.storage(contract)
	if err != nil {
		return word, err
	}
	value, err := p.paths.value(at.owner, at.root, crypto.Keccak256Hash(slot[:]))
	if err == nil && value != nil {
		_, value, _, err = rlp.Split(value)
	}
	if err != nil {
		return word, fmt.Errorf("slot %s of %s in block %d: %w: %w", slot, contract, p.header.Number, ErrUnreadable, err)
	}
	return common.BytesToHash(value), nil
}

// Call runs a read-only call on the state that is proven, with its block's time. What it reads is not proven.
func (p *Prover) Call(ctx context.Context, to common.Address, input []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, intact, err := p.service.callAt(ctx, p.header, to, input)
	if !intact {
		err = fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return out, err
}

func (p *Prover) storage(contract common.Address) (storage, error) {
	if at, ok := p.storages[contract]; ok {
		return at, nil
	}
	owner := crypto.Keccak256Hash(contract[:])
	value, err := p.paths.value(common.Hash{}, p.header.Root, owner)
	if err != nil {
		return storage{}, fmt.Errorf("account %s in block %d: %w: %w", contract, p.header.Number, ErrUnreadable, err)
	}
	if value == nil {
		return storage{}, fmt.Errorf("account %s is not in block %d", contract, p.header.Number)
	}
	var account types.StateAccount
	if err := rlp.DecodeBytes(value, &account); err != nil {
		return storage{}, fmt.Errorf("account %s in block %d: %w", contract, p.header.Number, err)
	}
	at := storage{owner, account.Root}
	p.storages[contract] = at
	return at, nil
}

// Nodes are the trie nodes that prove everything read.
func (p *Prover) Nodes() [][]byte { return p.paths.list }
