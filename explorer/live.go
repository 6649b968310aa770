package explorer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/explorer/ledger"
	"github.com/suyuan-ledger/suyuan/trace/index"
)

const (
	// writePatience is how long a reader may take for one message of the stream.
	writePatience = 30 * time.Second
	// maxStreams bounds how many streams a node serves at once.
	maxStreams = 256
)

var streams atomic.Int64

// Stream serves what becomes final as server-sent events. It begins behind the header Last-Event-ID or the parameter
// after (a cursor height-index), else at the tip. With records=false only blocks come. closing ends all streams.
func Stream(c echo.Context, view LedgerView, closing <-chan struct{}) error {
	if streams.Add(1) > maxStreams {
		streams.Add(-1)
		return echo.NewHTTPError(http.StatusServiceUnavailable, "too many live streams at this node")
	}
	defer streams.Add(-1)
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	go func() {
		select {
		case <-closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	from, err := startOf(ctx, c, view)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(c.Response())
	// The server ends answers after some minutes; a stream has a deadline for every message instead.
	send := func(e ledger.Event) error {
		if err := out.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
			return err
		}
		data, err := json.Marshal(e.Data)
		if err != nil {
			return err
		}
		if e.Cursor != "" {
			_, err = fmt.Fprintf(c.Response(), "id: %s\nevent: %s\ndata: %s\n\n", e.Cursor, e.Type, data)
		} else {
			_, err = fmt.Fprintf(c.Response(), "event: %s\ndata: %s\n\n", e.Type, data)
		}
		if err != nil {
			return err
		}
		return out.Flush()
	}
	if err := view.Live(ctx, from, c.QueryParam("records") != "false", send); err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// startOf is the cursor a stream begins behind.
func startOf(ctx context.Context, c echo.Context, view LedgerView) (index.Seq, error) {
	after := c.Request().Header.Get("Last-Event-ID")
	if after == "" {
		after = c.QueryParam("after")
	}
	if after == "" {
		return view.Tip(ctx)
	}
	seq, err := index.ParseSeq(after)
	if err != nil {
		return seq, echo.NewHTTPError(http.StatusBadRequest, "after: "+err.Error())
	}
	return seq, nil
}

func (s *server) live(c echo.Context) error { return Stream(c, s.Ledger, s.Closing) }
