package node

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
)

// refusedPatience bounds how long the rest of a refused request's body is waited for, so that its connection can be
// used again; who sends more slowly is cut off.
const refusedPatience = 5 * time.Second

// crowd is a listener that lets one address have only so many connections at once, before a byte of TLS or HTTP is
// spent on them. This machine itself has no limit: proxies and operators' tools are there.
type crowd struct {
	net.Listener
	most    int
	refused func() // counts
	log     *slog.Logger

	mu   sync.Mutex
	open map[string]int
}

func newCrowd(l net.Listener, most int, refused func(), log *slog.Logger) net.Listener {
	if most <= 0 {
		return l
	}
	return &crowd{Listener: l, most: most, refused: refused, log: log, open: map[string]int{}}
}

// Accept waits for a connection of an address that has few enough.
func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		remote := conn.RemoteAddr().String()
		if at, err := netip.ParseAddrPort(remote); err == nil && at.Addr().Unmap().IsLoopback() {
			return conn, nil
		}
		who := addressOf(remote)
		if c.enter(who) {
			return &counted{Conn: conn, leave: sync.OnceFunc(func() { c.leave(who) })}, nil
		}
		c.refused()
		c.log.Debug("connection refused: its address has too many", "most", c.most)
		_ = conn.Close() // it was never ours
	}
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
