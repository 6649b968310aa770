package node

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/mr-tron/base58"
)

// APIKey is what one token may do: it acts as one agent, with one hosted key, for some of the
// agent's scopes. The token itself is shown once and never stored.
type APIKey struct {
	Hash    string         `json:"hash"` // hex sha256 of the token
	Label   string         `json:"label,omitempty"`
	Party   common.Address `json:"party"`
	Agent   uint64         `json:"agent"`
	Key     common.Address `json:"key"` // hosted key that signs, in the keystore
	Scopes  []string       `json:"scopes"`
	Created time.Time      `json:"created"`
	// RateLimit is how many requests a second the token may make; 0: as the node's configuration says.
	RateLimit float64 `json:"rate_limit,omitempty"`
}

// May tells whether the key carries a scope.
func (a *APIKey) May(scope string) bool { return slices.Contains(a.Scopes, scope) }

// ErrUnknownAPIKey says that a token is malformed, revoked, or of another node.
var ErrUnknownAPIKey = errors.New("API key: unknown to this node")

const apiKeyFile = "api_keys.json"

// APIKeys is the file api_keys.json of a home. A running node sees changes made by the command line:
// it looks at the file's time when a token is used.
type APIKeys struct {
	path string

	mu     sync.Mutex
	stamp  time.Time
	size   int64
	byHash map[string]*APIKey
}

// OpenAPIKeys reads the API keys of home; a missing file means there are none.
func OpenAPIKeys(home string) (*APIKeys, error) {
	a := &APIKeys{path: filepath.Join(home, apiKeyFile)}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a, a.refresh()
}

// NewToken makes a token for an agent: sy_<agent>_<base58 of 32 random bytes>.
func NewToken(agent uint64) (string, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", err
	}
	return fmt.Sprintf("sy_%d_%s", agent, base58.Encode(secret)), nil
}

// Issue makes a token for key, stores its hash and returns the token, the only time it is seen.
func (a *APIKeys) Issue(key APIKey) (token string, err error) {
	if token, err = NewToken(key.Agent); err != nil {
		return "", err
	}
	return token, a.Accept(token, key)
}

// Accept lets a token act as key on this node too.
func (a *APIKeys) Accept(token string, key APIKey) error {
	if err := checkToken(token); err != nil {
		return err
	}
	key.Hash, key.Created = hashToken(token), time.Now().UTC().Truncate(time.Second)
	return a.change(func(keys []*APIKey) []*APIKey { return append(keys, &key) })
}

// Revoke removes every key whose hash starts with prefix (at least 8 digits) and tells how many.
func (a *APIKeys) Revoke(prefix string) (removed int, err error) {
	if len(prefix) < 8 {
		return 0, fmt.Errorf("hash %q: give at least 8 digits", prefix)
	}
	err = a.change(func(keys []*APIKey) []*APIKey {
		n := len(keys)
		keys = slices.DeleteFunc(keys, func(k *APIKey) bool { return strings.HasPrefix(k.Hash, prefix) })
		removed = n - len(keys)
		return keys
	})
	return removed, err
}

// List returns the keys, oldest first.
func (a *APIKeys) List() ([]*APIKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.refresh(); err != nil {
		return nil, err
	}
	return a.sorted(), nil
}

// Lookup finds the key of a token, or ErrUnknownAPIKey.
func (a *APIKeys) Lookup(token string) (*APIKey, error) {
	if err := checkToken(token); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.refresh(); err != nil {
		return nil, err
	}
	if k, ok := a.byHash[hashToken(token)]; ok {
		return k, nil
	}
	return nil, ErrUnknownAPIKey
}

// ByHash finds a key by the hash of its token, or ErrUnknownAPIKey.
func (a *APIKeys) ByHash(hash string) (*APIKey, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.refresh(); err != nil {
		return nil, err
	}
	if k, ok := a.byHash[hash]; ok {
		return k, nil
	}
	return nil, ErrUnknownAPIKey
}

func checkToken(token string) error {
	parts := strings.Split(token, "_")
	if len(parts) != 3 || parts[0] != "sy" {
		return fmt.Errorf("%w: it must look like sy_<agent>_<secret>", ErrUnknownAPIKey)
	}
	if _, err := strconv.ParseUint(parts[1], 10, 64); err != nil {
		return fmt.Errorf("%w: agent %q is not a number", ErrUnknownAPIKey, parts[1])
	}
	if b, err := base58.Decode(parts[2]); err != nil || len(b) != 32 {
		return fmt.Errorf("%w: its secret is not base58 of 32 bytes", ErrUnknownAPIKey)
	}
	return nil
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func (a *APIKeys) sorted() []*APIKey {
	keys := make([]*APIKey, 0, len(a.byHash))
	for _, k := range a.byHash {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y *APIKey) int {
		if c := x.Created.Compare(y.Created); c != 0 {
			return c
		}
		return strings.Compare(x.Hash, y.Hash)
	})
	return keys
}

// refresh reads the file again when it is not the one read last. The caller holds mu.
func (a *APIKeys) refresh() error {
	info, err := os.Stat(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		a.byHash = map[string]*APIKey{}
		return nil
	}
	if err != nil {
		return fmt.Errorf("API keys: %w", err)
	}
	if a.byHash != nil && info.ModTime().Equal(a.stamp) && info.Size() == a.size {
		return nil
	}
	b, err := os.ReadFile(a.path)
	if err != nil {
		return fmt.Errorf("API keys: %w", err)
	}
	var keys []*APIKey
	if err := json.Unmarshal(b, &keys); err != nil {
		return fmt.Errorf("API keys: %s: %w", a.path, err)
	}
	byHash := make(map[string]*APIKey, len(keys))
	for i, k := range keys {
		if k == nil {
			return fmt.Errorf("API keys: %s: entry %d is null", a.path, i)
		}
		byHash[k.Hash] = k
	}
	a.byHash = byHash
	a.stamp, a.size = info.ModTime(), info.Size()
	return nil
}

// change rewrites the file in one step, so that a crash leaves the old one or the new one.
func (a *APIKeys) change(edit func([]*APIKey) []*APIKey) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.refresh(); err != nil {
		return err
	}
	b, err := json.MarshalIndent(edit(a.sorted()), "", "  ")
	if err != nil {
		return err
	}
	if err := writeFileAtomic(a.path, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("API keys: %w", err)
	}
	a.byHash = nil
	return a.refresh()
}

// writeFileAtomic writes beside path, syncs, and renames.
func writeFileAtomic(path string, b []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(b); err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
