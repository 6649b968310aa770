package vault

import (
	"crypto/rand"
	"encoding/binary"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Heard is how far a node has heard the erasures of another one's store. Numbers mean something in one store only.
type Heard struct {
	Store [16]byte
	Last  uint64
}

// name reads the name of the store, or gives it one.
func (s *Store) name() error {
	v, ok, err := s.get([]byte{'i'})
	if err != nil {
		return err
	}
	if ok && len(v) == len(s.id) {
		copy(s.id[:], v)
		return nil
	}
	if _, err := rand.Read(s.id[:]); err != nil {
		return err
	}
	return s.db.Set([]byte{'i'}, s.id[:], pebble.Sync)
}

// ID is the name of this store: another one than that of a store that was lost.
func (s *Store) ID() [16]byte { return s.id }

// Heard is how far this node has heard a peer.
func (s *Store) Heard(peer string) (h Heard, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok, err := s.get(append([]byte{'o'}, peer...))
	if err != nil || !ok || len(v) != len(h.Store)+8 {
		return h, err
	}
	copy(h.Store[:], v)
	h.Last = binary.BigEndian.Uint64(v[len(h.Store):])
	return h, nil
}

// SetHeard remembers how far this node has heard a peer. What a crash takes of it is heard again.
func (s *Store) SetHeard(peer string, h Heard) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.lost != nil {
		return s.lost
	}
	return s.db.Set(append([]byte{'o'}, peer...), slices.Concat(h.Store[:], number(h.Last)), pebble.NoSync)
}
