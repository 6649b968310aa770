package lists

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Max is the number of things a list may have.
const Max = 1 << 20

const (
	pageLevels = 8
	pageSize   = 1 << pageLevels
)

// Errors of building a list.
var (
	ErrTooLong = fmt.Errorf("a list holds at most %d things", Max)
	ErrTwice   = errors.New("a thing is listed twice")
	ErrEmpty   = errors.New("a list holds at least one thing")
)

// Builder collects the things of one list.
type Builder struct {
	salt    format.Hash
	entries []entry
	names   []byte // one after the other
	offsets []uint32
}

type entry struct {
	hash format.Hash
	name uint32 // place in offsets
}

// NewBuilder begins a list under a fresh random salt.
func NewBuilder() (*Builder, error) {
	var salt format.Hash
	if _, err := rand.Read(salt[:]); err != nil {
		return nil, fmt.Errorf("salt of a list: %w", err)
	}
	return WithSalt(salt), nil
}

// WithSalt begins a list under a known salt.
func WithSalt(salt format.Hash) *Builder { return &Builder{salt: salt, offsets: []uint32{0}} }

// Add lists a thing: its canonical name and its object's key.
func (b *Builder) Add(name string, objKey format.Hash) error {
	if len(b.entries) == Max {
		return ErrTooLong
	}
	b.entries = append(b.entries, entry{hash: format.ListEntry(b.salt, objKey), name: uint32(len(b.offsets) - 1)})
	b.names = append(b.names, name...)
	b.offsets = append(b.offsets, uint32(len(b.names)))
	return nil
}

// Len is the number of things so far.
func (b *Builder) Len() int { return len(b.entries) }

// List is a finished list in memory.
type List struct {
	Salt, Top, Root format.Hash
	b               *Builder
	tops            []format.Hash
}

// Finish sorts the entries and folds their tree.
func (b *Builder) Finish() (*List, error) {
	if len(b.entries) == 0 {
		return nil, ErrEmpty
	}
	slices.SortFunc(b.entries, func(x, y entry) int { return format.CompareHashes(x.hash, y.hash) })
	l := &List{Salt: b.salt, b: b}
	for i := range b.pages() {
		hashes := b.page(i)
		for j := range hashes {
			if at := i*pageSize + j; at > 0 && b.entries[at].hash == b.entries[at-1].hash {
				return nil, fmt.Errorf("%w: %s", ErrTwice, b.name(at))
			}
		}
		l.tops = append(l.tops, format.ListLevels(hashes, pageLevels)[0])
	}
	l.Top = format.ListTop(l.Salt, l.tops)
	l.Root = format.ListRootOf(l.Count(), l.Top)
	return l, nil
}

// Count is the number of things.
func (l *List) Count() uint64 { return uint64(len(l.b.entries)) }

func (b *Builder) pages() int { return (len(b.entries) + pageSize - 1) / pageSize }

// page are the entries of a page.
func (b *Builder) page(i int) []format.Hash {
	own := b.entries[i*pageSize : min((i+1)*pageSize, len(b.entries))]
	out := make([]format.Hash, len(own))
	for j := range own {
		out[j] = own[j].hash
	}
	return out
}

// name is the name of the entry at a place.
func (b *Builder) name(at int) string {
	n := b.entries[at].name
	return string(b.names[b.offsets[n]:b.offsets[n+1]])
}

// ErrPrefixed means a thing whose object depends on the register: a list could not be checked by its names alone.
var ErrPrefixed = errors.New("GIAI, CPID and URIs can't be listed: name up to 256 of them in an event")

// ObjectKey is the key of the object that a name in a list stands for.
func ObjectKey(name string) (format.Hash, error) {
	id, err := gs1.Parse(name)
	if err != nil {
		return format.Hash{}, err
	}
	if id.String() != name {
		return format.Hash{}, fmt.Errorf("%s is not the canonical name %s", name, id)
	}
	o, err := id.Object("")
	if err != nil {
		return format.Hash{}, err
	}
	switch o.Kind {
	case format.KindGIAI, format.KindCPID, format.KindURI:
		return format.Hash{}, ErrPrefixed
	}
	return o.Key(), nil
}
