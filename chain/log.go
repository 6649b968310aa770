package chain

import (
	"fmt"
	"log/slog"
	"os"
)

// quietPebble drops Pebble's reports of every compaction.
type quietPebble struct{ log *slog.Logger }

func (quietPebble) Infof(string, ...any)             {}
func (q quietPebble) Errorf(format string, a ...any) { q.log.Error(fmt.Sprintf(format, a...)) }

// Fatalf must not return: Pebble's state is undefined after it.
func (q quietPebble) Fatalf(format string, a ...any) {
	q.log.Error(fmt.Sprintf(format, a...))
	os.Exit(1)
}
