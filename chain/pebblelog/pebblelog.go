// Package pebblelog lets what a store says of itself into a node's log: its errors, not its report of every compaction.
package pebblelog

import (
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
)

// Of is the logger of the store by that name. Without a log its errors aren't told; they come back from the calls that met
// them all the same. What Pebble calls fatal is damage found while running: the process stops, rather than serve from it.
func Of(store string, log *slog.Logger) pebble.Logger { return logger{store, log} }

type logger struct {
	store string
	log   *slog.Logger
}

func (logger) Infof(string, ...any) {}

func (l logger) Errorf(format string, args ...any) {
	if l.log != nil {
		l.log.Error("a store has met an error", "store", l.store, "err", fmt.Sprintf(format, args...))
	}
}

// Fatalf must not return: Pebble's state is undefined after it.
func (l logger) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf("store of "+l.store+": "+format, args...))
}
