// Package manifest opens Pebble stores, unless a MANIFEST was cut off.
//
// A MANIFEST names the tables of a store, edit by edit. Pebble takes an edit that it can't read for the end, because a crash
// may leave half of the last one: so a MANIFEST that was cut off, or spoilt in the middle, opens without a word, as the
// store was at an earlier flush. What was written since is in tables that nobody names any more, and Pebble removes them.
//
// What tells the two apart is the logs. A log is removed, or used again for a new one, only once a MANIFEST on disk says
// that all before a later log is in tables. So before a log goes, its number is written, for good, to a file beside the
// MANIFEST; a MANIFEST that still counts on that log has lost edits. No crash makes it so, at whatever moment.
//
// What isn't found: an edit that was lost while its log was still there, because then nothing is; it is read from the log.
package manifest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/record"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// File holds the number of the newest log that is gone, in decimal. It is missing where none went yet.
const File = "REMOVED-LOG"

// ErrCut means that the store would open with less than it held. Nothing was changed.
var ErrCut = errors.New("the MANIFEST was cut off or damaged: the store holds more than it names")

// Open opens the store in dir as pebble.Open does, or answers ErrCut.
func Open(dir string, opts *pebble.Options) (*pebble.DB, error) {
	if opts.FS == nil {
		opts.FS = vfs.Default
	}
	if err := Check(dir, opts.FS); err != nil {
		return nil, err
	}
	opts.FS = &noting{FS: opts.FS, dir: dir}
	return pebble.Open(dir, opts)
}

// Check answers ErrCut if the store in dir would open with less than it held. What else is wrong with it, opening it tells.
func Check(dir string, fs vfs.FS) error {
	// In this order a store that is in use meanwhile isn't accused: its MANIFEST knows of more, never of less.
	removed, err := removedLog(fs, dir)
	if err != nil || removed == 0 {
		return err
	}
	store, err := pebble.Peek(dir, fs)
	if err != nil || !store.Exists {
		return nil //nolint:nilerr // Open says it better
	}
	needed, err := neededLog(fs, store.ManifestFilename)
	if err != nil || needed > removed {
		return nil //nolint:nilerr // the same
	}
	return fmt.Errorf("%w (%s counts on the logs from %d on, and %s says that %d went into tables)", ErrCut, store.ManifestFilename,
		needed, fs.PathJoin(dir, File), removed)
}

// Tags of the fields with which an edit in a MANIFEST may begin, in this order. All that follows is left unread.
const (
	tagComparator = 1 // length and name
	tagLogNumber  = 2 // first log that isn't in tables yet
)

// neededLog reads how far back a MANIFEST needs logs: 0 if it says nothing of it, as that of a store does that never
// flushed. It ends where Pebble takes it to end.
func neededLog(fs vfs.FS, path string) (log uint64, err error) {
	f, err := fs.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // read only
	for edits := record.NewReader(f, 0); ; {
		edit, err := edits.Next()
		if err != nil {
			return log, nil //nolint:nilerr // the end, or what Pebble takes for it
		}
		n, whole := logOf(bufio.NewReader(edit))
		if !whole {
			return log, nil
		}
		log = max(log, n)
	}
}

// logOf reads the log of one edit, 0 if it names none. An edit that can't be read to its end isn't whole: it is no edit.
func logOf(r *bufio.Reader) (log uint64, whole bool) {
	tag, err := binary.ReadUvarint(r)
	if err == nil && tag == tagComparator {
		n, err := binary.ReadUvarint(r)
		if err != nil || n > 1<<10 {
			return 0, false
		}
		if _, err := r.Discard(int(n)); err != nil {
			return 0, false
		}
		tag, _ = binary.ReadUvarint(r)
	}
	if tag == tagLogNumber {
		log, err = binary.ReadUvarint(r)
		if err != nil {
			return 0, false
		}
	}
	_, err = io.Copy(io.Discard, r)
	return log, err == nil
}

// noting is a file system that writes down which logs go.
type noting struct {
	vfs.FS
	dir string
	mu  sync.Mutex // one note at a time: logs are removed in the background, and used again by who writes
}

// Remove removes a file.
func (fs *noting) Remove(name string) error {
	if err := fs.note(name); err != nil {
		return err
	}
	return fs.FS.Remove(name)
}

// ReuseForWrite begins a file with the space of another one.
func (fs *noting) ReuseForWrite(oldName, newName string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := fs.note(oldName); err != nil {
		return nil, err
	}
	return fs.FS.ReuseForWrite(oldName, newName, category)
}

func (fs *noting) Unwrap() vfs.FS { return fs.FS }

// note writes down that a log goes; other files don't matter.
func (fs *noting) note(name string) error {
	log, ok := strings.CutSuffix(fs.PathBase(name), ".log")
	number, err := strconv.ParseUint(log, 10, 64)
	if !ok || err != nil {
		return nil //nolint:nilerr // no log
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if had, err := removedLog(fs.FS, fs.dir); err != nil || had >= number {
		return err
	}
	if err := fs.write(strconv.FormatUint(number, 10) + "\n"); err != nil {
		return fmt.Errorf("note that log %d goes: %w", number, err)
	}
	return nil
}

// write replaces the file: whenever the machine stops it is the old one or the new one.
func (fs *noting) write(text string) error {
	path := fs.PathJoin(fs.dir, File)
	f, err := fs.FS.Create(path+".new", vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(text))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = fs.FS.Rename(path+".new", path)
	}
	if err != nil {
		return err
	}
	d, err := fs.OpenDir(fs.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// removedLog reads the number of the newest log that is gone; 0 if none is, or the file can't be read as a number: it accuses
// nobody then, and is written anew.
func removedLog(fs vfs.FS, dir string) (uint64, error) {
	f, err := fs.Open(fs.PathJoin(dir, File))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read which log went last: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, 64))
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, fmt.Errorf("read which log went last: %w", err)
	}
	number, ok := strings.CutSuffix(string(text), "\n") // without it a part of the number may be missing
	log, err := strconv.ParseUint(number, 10, 64)
	if !ok || err != nil {
		return 0, nil //nolint:nilerr // see above
	}
	return log, nil
}
