package rpc

import (
	"errors"
	"fmt"

	"github.com/suyuan-ledger/suyuan/chain/submit"
)

// Error codes of JSON-RPC 2.0, EIP-1474 and EIP-7966.
const (
	codeInvalidParams = -32602
	codeRejected      = -32003 // transaction rejected
	codeNotSupported  = -32004 // method not supported: viem then goes on without it
	codeLimit         = -32005
	codeSyncTimeout   = 4
)

// rpcError is an error with a code and data for the caller.
type rpcError struct {
	code int
	msg  string
	data any
}

func (e *rpcError) Error() string  { return e.msg }
func (e *rpcError) ErrorCode() int { return e.code }
func (e *rpcError) ErrorData() any { return e.data }

// notHere is the refusal of a method that needs a key of the caller.
func notHere(method string) error {
	return &rpcError{code: codeNotSupported, msg: method + " is not offered: this node signs nothing for callers; " +
		"sign the transaction yourself and send it with eth_sendRawTransaction"}
}

// rejection is why a transaction wasn't taken, in the terms of JSON-RPC.
func rejection(err error) error {
	var no *submit.Refused
	if errors.As(err, &no) {
		data := map[string]any{"reason": uint8(no.Reason), "key": no.Key}
		if no.To != nil {
			data["to"] = *no.To
		}
		msg := "transaction not admitted: " + no.Reason.String()
		if no.Detail != "" {
			msg += ": " + no.Detail
		}
		return &rpcError{codeRejected, msg, data}
	}
	var bad *submit.Invalid
	if errors.As(err, &bad) {
		return &rpcError{codeRejected, fmt.Sprintf("transaction rejected: %v", bad.Err), nil}
	}
	return err
}
