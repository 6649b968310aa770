// Package search looks through the files of a node for what should not be in them.
package search

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/klauspost/compress/zstd"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/storage"
	"github.com/syndtr/goleveldb/leveldb/table"
)

// Files looks for secrets in every file under dir, and answers where it found which, and how many files it read: as they are, in hex and in base64,
// in tables of Pebble and LevelDB entry by entry, deleted and overwritten ones included, and in whatever is packed with
// zstd anywhere. Files that go away meanwhile are passed by.
func Files(dir string, secrets ...string) (found []string, files int, err error) {
	s := searcher{}
	for _, secret := range secrets {
		s.secrets = append(s.secrets, forms(secret))
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		s.path = path
		files++
		if err := s.file(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("search %s: %w", path, err)
		}
		return nil
	})
	return s.found, files, err
}

type searcher struct {
	secrets [][][]byte // of each its forms
	path    string
	found   []string
}

// forms are the ways a secret may be written. Base64 depends on what stands before it: of each of the three cases the
// characters that don't.
func forms(secret string) [][]byte {
	b := []byte(secret)
	list := [][]byte{b, []byte(hex.EncodeToString(b)), bytes.ToUpper([]byte(hex.EncodeToString(b)))}
	for shift := range 3 {
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := enc.EncodeToString(append(make([]byte, shift), b...))
			list = append(list, []byte(text[(shift*8+5)/6:len(text)-2]))
		}
	}
	return list
}

func (s *searcher) file(path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s.look(content)
	switch filepath.Ext(path) {
	case ".sst":
		return s.pebble(path)
	case ".ldb":
		return s.level(content)
	}
	s.unpack(content)
	return nil
}

// look searches bytes as they are.
func (s *searcher) look(b []byte) {
	for _, forms := range s.secrets {
		for _, form := range forms {
			if bytes.Contains(b, form) {
				s.found = append(s.found, fmt.Sprintf("%s holds %q", s.path, forms[0]))
				break
			}
		}
	}
}

var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// maxUnpacked bounds what is unpacked of one frame.
const maxUnpacked = 16 << 20

// unpack searches what is packed with zstd somewhere in some bytes.
func (s *searcher) unpack(b []byte) {
	for {
		i := bytes.Index(b, zstdMagic)
		if i < 0 {
			return
		}
		b = b[i:]
		if d, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1)); err == nil {
			var out bytes.Buffer
			_, _ = io.Copy(&out, io.LimitReader(d, maxUnpacked)) // what comes before a fault is searched
			d.Close()
			s.look(out.Bytes())
		}
		b = b[len(zstdMagic):]
	}
}

func (s *searcher) entry(k, v []byte) {
	s.look(k)
	s.look(v)
	s.unpack(v)
}

// pebble searches a table of Pebble.
func (s *searcher) pebble(path string) (err error) {
	f, err := vfs.Default.Open(path)
	if err != nil {
		return err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r, err := sstable.NewReader(context.Background(), readable, sstable.ReaderOptions{})
	if err != nil {
		return errors.Join(err, readable.Close())
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	it, err := r.NewIter(sstable.NoTransforms, nil, nil, sstable.AssertNoBlobHandles)
	if err != nil {
		return err
	}
	for kv := it.First(); kv != nil; kv = it.Next() {
		v, _, err := kv.Value(nil)
		if err != nil {
			return errors.Join(err, it.Close())
		}
		s.entry(kv.K.UserKey, v)
	}
	return errors.Join(it.Error(), it.Close())
}

// level searches a table of LevelDB.
func (s *searcher) level(content []byte) error {
	r, err := table.NewReader(bytes.NewReader(content), int64(len(content)), storage.FileDesc{Type: storage.TypeTable}, nil, nil, &opt.Options{})
	if err != nil {
		return err
	}
	defer r.Release()
	it := r.NewIterator(nil, nil)
	defer it.Release()
	for it.Next() {
		s.entry(it.Key(), it.Value())
	}
	return it.Error()
}
