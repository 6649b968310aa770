package evm

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/trie"
)

// Prover reads the state of one block and keeps the trie nodes that prove what it read, each once.
type Prover struct {
	header   *types.Header
	service  *Service
	accounts *trie.StateTrie
	storages map[common.Address]*trie.StateTrie
	nodes    nodeSet
}

// nodeSet collects trie nodes by hash, in the order in which they came.
type nodeSet struct {
	seen map[common.Hash]bool
	list [][]byte
}

// Put takes a node; go-ethereum's prover calls it.
func (s *nodeSet) Put(hash, node []byte) error {
	if h := common.BytesToHash(hash); !s.seen[h] {
		s.seen[h] = true
		s.list = append(s.list, common.CopyBytes(node))
	}
	return nil
}

// Delete is never called.
func (s *nodeSet) Delete([]byte) error { return nil }

// Prove runs build with a prover of the state of a final block. The state of blocks before the last flush is gone: then,
// and when a flush comes in between, it returns an error, and a younger block must be taken.
func (s *Service) Prove(header *types.Header, build func(*Prover) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.gate.RUnlock()
	accounts, err := trie.NewStateTrie(trie.StateTrieID(header.Root), s.chain.TrieDB())
	if err != nil {
		return fmt.Errorf("state of block %d: %w", header.Number, err)
	}
	return build(&Prover{header: header, service: s, accounts: accounts, storages: map[common.Address]*trie.StateTrie{},
		nodes: nodeSet{seen: map[common.Hash]bool{}}})
}

// Header is the block whose state is proven.
func (p *Prover) Header() *types.Header { return p.header }

// Word reads and proves a storage slot of a contract, and with it the contract's account.
func (p *Prover) Word(contract common.Address, slot common.Hash) (word common.Hash, err error) {
	storage, err := p.storage(contract)
	if err != nil {
		return word, err
	}
	value, err := storage.GetStorage(contract, slot[:])
	if err != nil {
		return word, fmt.Errorf("slot %s of %s in block %d: %w", slot, contract, p.header.Number, err)
	}
	word = common.BytesToHash(value)
	if err := p.accounts.Prove(crypto.Keccak256(contract[:]), &p.nodes); err != nil {
		return word, fmt.Errorf("proof of account %s in block %d: %w", contract, p.header.Number, err)
	}
	if err := storage.Prove(crypto.Keccak256(slot[:]), &p.nodes); err != nil {
		return word, fmt.Errorf("proof of slot %s of %s in block %d: %w", slot, contract, p.header.Number, err)
	}
	return word, nil
}

func (p *Prover) storage(contract common.Address) (*trie.StateTrie, error) {
	if t := p.storages[contract]; t != nil {
		return t, nil
	}
	account, err := p.accounts.GetAccount(contract)
	if err != nil {
		return nil, fmt.Errorf("account %s in block %d: %w", contract, p.header.Number, err)
	}
	if account == nil {
		return nil, fmt.Errorf("account %s is not in block %d", contract, p.header.Number)
	}
	id := trie.StorageTrieID(p.header.Root, crypto.Keccak256Hash(contract[:]), account.Root)
	t, err := trie.NewStateTrie(id, p.service.chain.TrieDB())
	if err != nil {
		return nil, fmt.Errorf("storage of %s in block %d: %w", contract, p.header.Number, err)
	}
	p.storages[contract] = t
	return t, nil
}

// Nodes are the trie nodes that prove everything read.
func (p *Prover) Nodes() [][]byte { return p.nodes.list }
