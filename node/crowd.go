package node

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"
)

// refusedPatience bounds how long the rest of a refused request's body is waited for, so that its connection can be
// used again; who sends more slowly is cut off.
const refusedPatience = 5 * time.Second

// seats are the HTTP connections that a node may still take over all its listeners.
type seats struct{ free atomic.Int64 }

// newSeats counts half of the files that the system lets this process open. The other half is for its stores and peers:
// a validator that can't open a file stops for good.
func newSeats() (*seats, error) {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return nil, fmt.Errorf("how many files may be open: %w", err)
	}
	s := &seats{}
	s.free.Store(int64(min(files.Cur, 1<<20) / 2))
	return s, nil
}

func (s *seats) take() bool {
	if s.free.Add(-1) < 0 {
		s.free.Add(1)
		return false
	}
	return true
}

func (s *seats) leave() { s.free.Add(1) }

// crowd is a listener that lets one address have only so many connections at once, and all together only so many as there
// are seats, before a byte of TLS or HTTP is spent on them. This machine itself has as many as it wants of the seats: proxies
// and operators' tools are there.
type crowd struct {
	net.Listener
	most    int // of one address; 0: no limit
	seats   *seats
	refused func() // counts
	log     *slog.Logger

	mu   sync.Mutex
	open map[string]int
}

func newCrowd(l net.Listener, most int, s *seats, refused func(), log *slog.Logger) net.Listener {
	return &crowd{Listener: l, most: most, seats: s, refused: refused, log: log, open: map[string]int{}}
}

// Accept waits for a connection of an address that has few enough.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		leave, why := c.admit(conn.RemoteAddr().String())
		if leave != nil {
			return &counted{Conn: conn, leave: sync.OnceFunc(leave)}, nil
		}
		c.refused()
		c.log.Debug("connection refused", "why", why)
		_ = conn.Close() // it was never ours
	}
}

// admit gives a connection its place, with what frees it again, or says why there is none.
func (c *crowd) admit(remote string) (leave func(), why string) {
	if !c.seats.take() {
		return nil, "this node has too many"
	}
	at, err := netip.ParseAddrPort(remote)
	if c.most <= 0 || err == nil && at.Addr().Unmap().IsLoopback() {
		return c.seats.leave, ""
	}
	who := addressOf(remote)
	if !c.enter(who) {
		c.seats.leave()
		return nil, "its address has too many"
	}
	return func() {
		c.leave(who)
		c.seats.leave()
	}, ""
}

func (c *crowd) enter(who string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[who] >= c.most {
		return false
	}
	c.open[who]++
	return true
}

func (c *crowd) leave(who string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[who]--; c.open[who] <= 0 {
		delete(c.open, who)
	}
}

type counted struct {
	net.Conn
	leave func()
}

func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}

// hurryRefused gives the body of a request that was refused little time: net/http reads what is left of it after the
// answer, and a sender of one byte a second would hold its connection for as long as a whole document may take.
func hurryRefused(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := next(c)
		if r := c.Request(); (err != nil || c.Response().Status >= http.StatusBadRequest) && r.ProtoMajor == 1 && r.ContentLength != 0 {
			_ = http.NewResponseController(c.Response()).SetReadDeadline(time.Now().Add(refusedPatience)) // not supported: not needed
		}
		return err
	}
}
