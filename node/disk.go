package node

import (
	"context"
	"fmt"
	"math"
	"syscall"
	"time"
)

// A node that runs out of disk can't even stop in order, and its stores try for ever to write what they
// hold in memory. So it stops while there is room left for that.
const (
	startRoom   = 96 << 20 // bytes free below which a node doesn't start
	runningRoom = 64 << 20 // bytes free below which it stops: what it has taken in and not yet written, several times over
	roomEvery   = time.Second / 4
)

// freeSpace is how many bytes this process may still write in a folder's file system.
func freeSpace(dir string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	if st.Bsize <= 0 || st.Bavail > math.MaxUint64/uint64(st.Bsize) {
		return math.MaxUint64, nil
	}
	return st.Bavail * uint64(st.Bsize), nil
}

// enoughRoom is an error that says how much is missing.
func enoughRoom(dir string, need uint64) error {
	free, err := freeSpace(dir)
	if err != nil {
		return err
	}
	if free < need {
		return fmt.Errorf("disk full: %s has %d MiB free, a node needs %d MiB; nothing acknowledged is lost: make room and start it again",
			dir, free>>20, need>>20)
	}
	return nil
}

// watchRoom sends one error when the disk of dir is nearly full.
func watchRoom(ctx context.Context, dir string) <-chan error {
	full := make(chan error, 1)
	go func() {
		tick := time.NewTicker(roomEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := enoughRoom(dir, runningRoom); err != nil {
				full <- err
				return
			}
		}
	}()
	return full
}
