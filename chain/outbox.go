package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/suyuan-ledger/suyuan/chain/evm"
	"github.com/suyuan-ledger/suyuan/chain/submit"
)

// Submit makes a call as a key and waits until it is final; see submit.Outbox.Submit. Asking again with
// the same ID never makes a second call.
func (l *Ledger) Submit(ctx context.Context, req submit.Request) (submit.Final, error) {
	return l.outbox.Submit(ctx, req)
}

func (l *Ledger) openOutbox() (err error) {
	l.outbox, err = submit.Open(filepath.Join(l.cfg.Dir, "outbox"), &door{evm: l.evm, rpc: l.evm.Stack().Attach()}, l.cfg.Submit)
	return err
}

// startOutbox begins to submit, and to read final blocks for the outbox.
func (l *Ledger) startOutbox(ctx context.Context) error {
	head := l.Final()
	if err := l.outbox.Start(ctx, submit.Head{Height: head.Height, Number: head.Number, Hash: head.Hash}); err != nil {
		return err
	}
	from := Cursor(l.outbox.Cursor())
	go func() {
		err := l.Follow(context.Background(), from, func(b Block) error { return l.outbox.Observe(submit.Block(b)) })
		if err != nil && !errors.Is(err, ErrStopped) && !errors.Is(err, submit.ErrClosed) {
			l.cfg.Log.Error("the outbox stopped reading blocks", "err", err)
		}
	}()
	return nil
}

// door is the ledger as the outbox sees it.
type door struct {
	evm *evm.Service
	rpc *rpc.Client // in process
}

func (d *door) ChainID() *big.Int { return new(big.Int).Set(d.evm.Chain().Config().ChainID) }

func (d *door) Nonce(ctx context.Context, addr common.Address) (nonce, number uint64, err error) {
	return d.evm.Nonce(ctx, addr)
}

func (d *door) PendingNonce(ctx context.Context, addr common.Address) (uint64, error) {
	nonce, _, err := d.evm.Nonce(ctx, addr)
	return max(nonce, d.evm.Ethereum().TxPool().PoolNonce(addr)), err
}

func (d *door) Admit(_ context.Context, key common.Address, to *common.Address) error {
	return refused(d.evm.AdmitCall(key, to), common.Hash{})
}

func (d *door) Estimate(ctx context.Context, call ethereum.CallMsg) (uint64, error) {
	gas, err := d.evm.Estimate(ctx, call.From, call.To, call.Data)
	var halted *evm.Halted
	switch {
	case !errors.As(err, &halted):
		return gas, err
	case errors.Is(halted, vm.ErrExecutionReverted):
		return 0, &submit.Reverted{Data: halted.Output}
	}
	return 0, &submit.Reverted{Name: "halt", Reason: halted.Error()} // out of gas, most of all
}

func (d *door) Send(_ context.Context, tx *types.Transaction) error {
	err := d.evm.Send(tx)
	if errors.Is(err, evm.ErrKnown) {
		return nil
	}
	return refused(err, tx.Hash())
}

func (d *door) Drop(_ context.Context, hashes []common.Hash) { d.evm.Bury(hashes) }

func (d *door) RevertData(ctx context.Context, tx *types.Transaction, from common.Address, number uint64) ([]byte, error) {
	call := map[string]any{"from": from, "to": tx.To(), "gas": hexutil.Uint64(tx.Gas()), "input": hexutil.Bytes(tx.Data())}
	err := d.rpc.CallContext(ctx, new(hexutil.Bytes), "eth_call", call, hexutil.Uint64(number-1))
	var data rpc.DataError
	if !errors.As(err, &data) {
		return nil, nil // didn't revert on that state, or it is gone
	}
	text, ok := data.ErrorData().(string)
	if !ok {
		return nil, nil
	}
	return hexutil.Decode(text)
}

// refused turns a no by admission into the outbox's words.
func refused(err error, tx common.Hash) error {
	var no *evm.Inadmissible
	if !errors.As(err, &no) {
		return err
	}
	if no.Reason.OfTransaction() {
		return &submit.Invalid{Err: fmt.Errorf("transaction %s: %w", tx, err)}
	}
	return &submit.Refused{Reason: no.Reason, Key: no.Key, To: no.To, TxHash: tx}
}
