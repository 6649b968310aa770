package submit

import (
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain/admit"
)

var (
	// ErrClosed is returned once the outbox is closed. Requests that were signed go on after a restart.
	ErrClosed = errors.New("submit: the outbox is closed")
	// ErrConflict is returned for an ID that was used for another call before.
	ErrConflict = errors.New("submit: this id was used for another call")
)

// Refused is the error of a call that the ledger doesn't admit. A transaction that was refused after it
// was sent (TxHash not zero) is not sent again, but it may still be executed if the refusal is lifted
// before its nonce is used up; Submit with the same ID then returns its Final.
type Refused struct {
	Reason admit.Reason
	Detail string          // more than the reason, or empty
	Key    common.Address  // who called
	To     *common.Address // nil: contract creation
	TxHash common.Hash     // zero if nothing was ever sent
}

func (e *Refused) Error() string {
	to := "contract creation"
	if e.To != nil {
		to = "call to " + e.To.Hex()
	}
	detail := ""
	if e.Detail != "" {
		detail = ": " + e.Detail
	}
	return fmt.Sprintf("submit: %s by %s is not admitted: %s%s", to, e.Key.Hex(), e.Reason, detail)
}

// Invalid is the error of a transaction that no pool takes (too large, too little gas for its size).
// It was not sent.
type Invalid struct{ Err error }

func (e *Invalid) Error() string { return "submit: not a valid transaction: " + e.Err.Error() }
func (e *Invalid) Unwrap() error { return e.Err }

// Reverted is the error of a call that reverted. Final is nil if it reverted in the estimate and no
// transaction was made.
type Reverted struct {
	Final  *Final
	Name   string // the error's name ("Error", "Panic" or a contract's own), "" if not known
	Reason string // name and arguments in words
	Data   []byte // what the call returned; may be empty
}

func (e *Reverted) Error() string {
	reason := e.Reason
	if reason == "" {
		reason = "no reason given"
	}
	if e.Final == nil {
		return "submit: the call would revert: " + reason
	}
	return fmt.Sprintf("submit: transaction %s reverted in block %d: %s", e.Final.TxHash.Hex(), e.Final.Number, reason)
}

// Waiting is the error of a caller who stopped waiting. The request goes on: ask again with its ID.
type Waiting struct {
	Err    error       // why the caller stopped: the context's error
	TxHash common.Hash // zero if nothing is signed yet
	For    string      // what the request waits for
}

func (e *Waiting) Error() string {
	return fmt.Sprintf("submit: not final yet (%s): %v", e.For, e.Err)
}
func (e *Waiting) Unwrap() error { return e.Err }
