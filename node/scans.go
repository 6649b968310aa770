package node

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/explorer"
	"github.com/suyuan-ledger/suyuan/node/scans"
	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// openScans opens the counts of scans; where the configuration says that none are kept it removes them.
func (n *Node) openScans() (*scans.Store, error) {
	dir := filepath.Join(n.home, "scans")
	if n.cfg.ScanCounts {
		s, err := scans.Open(dir, n.log)
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, cureScans)
		}
		return s, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("remove the counts of scans: %w", err)
	}
	return nil, nil
}

// scanCounter is the store as the pages see it.
func (n *Node) scanCounter() explorer.ScanCounter {
	if n.trace.scans == nil {
		return nil
	}
	return n.trace.scans
}

// mountScans registers the door by which the operator forgets the counts of one object: DELETE /scans/01/.../21/...
func (n *Node) mountScans(e *echo.Echo) {
	e.DELETE("/scans/*", func(c echo.Context) error {
		id, err := gs1.ParsePath(c.Request().URL.EscapedPath()[len("/scans"):])
		if err != nil {
			return &refusal{http.StatusBadRequest, err.Error()}
		}
		if n.trace.scans == nil {
			return &refusal{http.StatusNotFound, "this node counts no scans (scan_counts is false)"}
		}
		if err := n.trace.scans.Erase(id); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	}, onlyHere)
}
