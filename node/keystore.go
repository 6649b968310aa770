package node

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// KeyStrength is the cost of opening a key file by guessing.
type KeyStrength struct{ n, p int }

var (
	// StrongKeys takes about a second and 256 MB a key: for keys of people and operators.
	StrongKeys = KeyStrength{keystore.StandardScryptN, keystore.StandardScryptP}
	// DemoKeys is quick. The demo keeps the password beside the keys anyway.
	DemoKeys = KeyStrength{1 << 10, 1}
)

// Keystore is the folder of encrypted secp256k1 keys a node can sign with (Web3 Secret Storage, the
// files that geth and every Ethereum wallet read).
type Keystore struct {
	dir      string
	password string
	store    *keystore.KeyStore
}

// OpenKeystore opens the folder keystore in home. No key is decrypted before it is used.
func OpenKeystore(home, password string, strength KeyStrength) (*Keystore, error) {
	dir := filepath.Join(home, "keystore")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keystore: %w", err)
	}
	return &Keystore{dir, password, keystore.NewKeyStore(dir, strength.n, strength.p)}, nil
}

// New makes a key and returns its address.
func (k *Keystore) New() (common.Address, error) {
	if k.password == "" {
		return common.Address{}, errors.New("keystore password: must not be empty")
	}
	a, err := k.store.NewAccount(k.password)
	return a.Address, err
}

// Import encrypts a secp256k1 key given as 32 bytes of hex and returns its address.
func (k *Keystore) Import(hexKey string) (common.Address, error) {
	key, err := crypto.HexToECDSA(strings.TrimPrefix(strings.TrimSpace(hexKey), "0x"))
	if err != nil {
		return common.Address{}, fmt.Errorf("private key: must be 64 hex digits: %w", err)
	}
	return k.ImportECDSA(key)
}

// ImportECDSA encrypts a key that is already in memory.
func (k *Keystore) ImportECDSA(key *ecdsa.PrivateKey) (common.Address, error) {
	a, err := k.store.ImportECDSA(key, k.password)
	if errors.Is(err, keystore.ErrAccountAlreadyExists) {
		return crypto.PubkeyToAddress(key.PublicKey), nil
	}
	return a.Address, err
}

// Addresses lists the keys, in the order in which they were made.
func (k *Keystore) Addresses() []common.Address {
	accts := k.store.Accounts()
	out := make([]common.Address, len(accts))
	for i, a := range accts {
		out[i] = a.Address
	}
	return out
}

// unreadable lists the files of the keystore that hold no key. The store itself passes over them.
func (k *Keystore) unreadable() (files []string) {
	entries, _ := os.ReadDir(k.dir) // it was just made, or read
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), "~") {
			continue
		}
		var key struct {
			Address string          `json:"address"`
			Crypto  json.RawMessage `json:"crypto"`
		}
		raw, err := os.ReadFile(filepath.Join(k.dir, e.Name()))
		if err == nil {
			err = json.Unmarshal(raw, &key)
		}
		if err != nil || !common.IsHexAddress(key.Address) || key.Crypto == nil {
			files = append(files, filepath.Join(k.dir, e.Name()))
		}
	}
	return files
}

// Signer decrypts the key of an address and keeps it in memory until the process ends.
func (k *Keystore) Signer(addr common.Address) (*HostedKey, error) {
	acct, store := accounts.Account{Address: addr}, k.store
	if !store.HasAddress(addr) {
		// It learns of a file that another process writes, such as `suyuan key new`, only after half a second.
		store = keystore.NewKeyStore(k.dir, StrongKeys.n, StrongKeys.p)
		if !store.HasAddress(addr) {
			return nil, fmt.Errorf("key %s is not in the keystore %s", addr.Hex(), k.dir)
		}
	}
	if err := store.Unlock(acct, k.password); err != nil {
		return nil, fmt.Errorf("key %s in %s: %w", addr.Hex(), k.dir, err)
	}
	return &HostedKey{acct, store}, nil
}

// HostedKey signs with a key of the keystore.
type HostedKey struct {
	account accounts.Account
	store   *keystore.KeyStore
}

// Address is the account of the key.
func (h *HostedKey) Address() common.Address { return h.account.Address }

// SignTx signs tx for the chain.
func (h *HostedKey) SignTx(tx *types.Transaction, chainID *big.Int) (*types.Transaction, error) {
	return h.store.SignTx(h.account, tx, chainID)
}
