package node

import (
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Status is what a node says of itself: GET /api/v1/status.
type Status struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	ChainID    uint64 `json:"chain_id"`
	CometChain string `json:"comet_chain_id"`
	// Height is the latest CometBFT height, Block the latest EVM block.
	Height int64       `json:"height,string"`
	Block  StatusBlock `json:"block"`
	Peers  int         `json:"peers"`
	// Indexed is the EVM block up to which stories and queries know the ledger.
	Indexed uint64 `json:"indexed,string"`
	// Ready says that reads are current; WaitingFor what writes wait for, empty if they don't.
	Ready      bool             `json:"ready"`
	Reason     string           `json:"reason,omitempty"`
	WaitingFor string           `json:"waiting_for,omitempty"`
	Validators []ValidatorState `json:"validators"`
}

// StatusBlock is an EVM block.
type StatusBlock struct {
	Number uint64    `json:"number,string"`
	Hash   string    `json:"hash"`
	Time   time.Time `json:"time"`
}

// indexLag is how many EVM blocks the index may be behind and the node still be ready.
const indexLag = 5

func (n *Node) state() Status {
	live := n.signing.State()
	head := n.ledger.Final()
	s := Status{Name: n.cfg.Name, Version: n.version, ChainID: n.ledger.ChainID().Uint64(), CometChain: n.ledger.Genesis().ChainID,
		Height: n.ledger.Height(), Block: StatusBlock{head.Number, head.Hash.Hex(), time.Unix(int64(head.Time), 0).UTC()},
		Peers: n.ledger.Comet().Switch().Peers().Size(), Indexed: n.trace.index.Position().Number,
		WaitingFor: live.WaitingFor, Validators: live.Validators}
	switch {
	case n.ledger.Comet().ConsensusReactor().WaitSync():
		s.Reason = "catching up with the other validators"
	case s.Height < 1:
		s.Reason = "waiting for the first block"
	case s.Indexed+indexLag < s.Block.Number:
		s.Reason = fmt.Sprintf("the index is behind the ledger: at block %d of %d", s.Indexed, s.Block.Number)
	default:
		s.Ready = true
	}
	return s
}

// readyz says whether this node answers with current facts. It stays ready when validators are missing:
// reads go on, and WaitingFor says what writes wait for.
func (n *Node) readyz(c echo.Context) error {
	s := n.state()
	if !s.Ready {
		return &refusal{http.StatusServiceUnavailable, s.Reason}
	}
	return c.JSON(http.StatusOK, map[string]any{"status": "ready", "height": s.Height, "waiting_for": s.WaitingFor})
}
