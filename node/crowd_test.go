package node

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// strangers is a listener whose connections come from the addresses it is told.
type strangers struct {
	net.Listener
	from []string
}

type stranger struct {
	net.Conn
	from net.Addr
	shut bool
}

func (s *stranger) RemoteAddr() net.Addr { return s.from }

func (s *stranger) Close() error {
	s.shut = true
	return s.Conn.Close()
}

func (s *strangers) Accept() (net.Conn, error) {
	if len(s.from) == 0 {
		return nil, net.ErrClosed
	}
	a, err := net.ResolveTCPAddr("tcp", s.from[0])
	if err != nil {
		return nil, err
	}
	s.from = s.from[1:]
	conn, _ := net.Pipe()
	return &stranger{Conn: conn, from: a}, nil
}

func TestConnectionsOfOneAddress(t *testing.T) {
	t.Parallel()
	refusals := 0
	refused := func() { refusals++ }
	l := &strangers{from: []string{"192.0.2.1:1", "192.0.2.1:2", "192.0.2.1:3", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "192.0.2.2:1"}}
	c := newCrowd(l, 2, seatsFor(100), refused, slog.New(slog.DiscardHandler))
	var open []net.Conn
	for {
		conn, err := c.Accept()
		if errors.Is(err, net.ErrClosed) {
			break
		}
		require.NoError(t, err)
		open = append(open, conn)
	}
	var from []string
	for _, conn := range open {
		from = append(from, conn.RemoteAddr().String())
	}
	assert.Equal(t, []string{"192.0.2.1:1", "192.0.2.1:2", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "192.0.2.2:1"}, from)
	assert.Equal(t, 1, refusals)

	require.NoError(t, open[0].Close())
	_ = open[0].Close() // the second time doesn't count
	l.from = []string{"192.0.2.1:4", "192.0.2.1:5"}
	conn, err := c.Accept()
	require.NoError(t, err, "one has gone, so one may come")
	assert.Equal(t, "192.0.2.1:4", conn.RemoteAddr().String())
	_, err = c.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

func seatsFor(n int64) *seats {
	s := &seats{}
	s.free.Store(n)
	return s
}

// TestConnectionsOfAll: the files that a node may open are not all given to readers, whatever their addresses and over all
// listeners.
func TestConnectionsOfAll(t *testing.T) {
	t.Parallel()
	refusals, s := 0, seatsFor(3)
	open := map[int][]net.Conn{}
	from := [][]string{{"127.0.0.1:1", "127.0.0.1:2"}, {"192.0.2.1:1", "192.0.2.2:1"}}
	take := func(most int) {
		for i := range from {
			c := newCrowd(&strangers{from: from[i]}, most, s, func() { refusals++ }, slog.New(slog.DiscardHandler))
			for {
				conn, err := c.Accept()
				if errors.Is(err, net.ErrClosed) {
					break
				}
				require.NoError(t, err)
				open[i] = append(open[i], conn)
			}
		}
	}
	take(0)
	assert.Len(t, open[0], 2)
	assert.Len(t, open[1], 1)
	assert.Equal(t, 1, refusals)

	for _, conn := range append(open[0], open[1]...) {
		require.NoError(t, conn.Close())
		_ = conn.Close() // the second time frees nothing
	}
	clear(open)
	take(1)
	assert.Len(t, append(open[0], open[1]...), 3, "as many as went may come")

	own, err := newSeats()
	require.NoError(t, err)
	assert.Positive(t, own.free.Load())
}

// TestARefusedBodyIsNotWaitedFor sends a body that never ends to a door that refuses it: the connection is cut long
// before a whole document's time is over.
func TestARefusedBodyIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	e := echo.New()
	e.Use(hurryRefused)
	e.POST("/", func(echo.Context) error { return echo.NewHTTPError(http.StatusForbidden) })
	s := httptest.NewUnstartedServer(e)
	s.Config.ReadTimeout = time.Hour
	s.Start()
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx")
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	answer, err := io.ReadAll(conn)
	require.NoError(t, err, "closed by the server, not by our patience")
	assert.Contains(t, string(answer), "403 Forbidden")
}
