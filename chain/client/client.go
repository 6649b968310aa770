// Package client calls the ledger from outside, as any Ethereum program does: over a node's /rpc, with a
// key of its own. The command line and the demo administer parties, keys and licences with it.
//
// A call is answered when its transaction is in a block: blocks are final as soon as they exist.
package client

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"github.com/suyuan-ledger/suyuan/chain/submit"
	"github.com/suyuan-ledger/suyuan/contracts"
)

// Signer is a key that signs transactions.
type Signer interface {
	Address() common.Address
	SignTx(tx *types.Transaction, chainID *big.Int) (*types.Transaction, error)
}

// Call is one call of a contract.
type Call struct {
	To   common.Address
	Data []byte
	What string // in words, for errors: "register party X"
}

// Client talks to one node.
type Client struct {
	eth     *ethclient.Client
	chainID *big.Int
}

// Dial connects to the node at base (http://host:port) and asks for its chain id. apiKey may be empty
// for a node on this machine.
func Dial(ctx context.Context, base, apiKey string) (*Client, error) {
	var opts []rpc.ClientOption
	if apiKey != "" {
		opts = append(opts, rpc.WithHeader("Authorization", "Bearer "+apiKey))
	}
	raw, err := rpc.DialOptions(ctx, strings.TrimRight(base, "/")+"/rpc", opts...)
	if err != nil {
		return nil, fmt.Errorf("node %s: %w", base, err)
	}
	c := &Client{eth: ethclient.NewClient(raw)}
	if c.chainID, err = c.eth.ChainID(ctx); err != nil {
		return nil, fmt.Errorf("no answer from the node at %s: %w", base, err)
	}
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() { c.eth.Close() }

// Read calls a contract at the latest final block.
func (c *Client) Read(ctx context.Context, to common.Address, data []byte) ([]byte, error) {
	out, err := c.eth.CallContract(ctx, ethereum.CallMsg{To: &to, Data: data}, nil)
	if err != nil {
		return nil, describe(err)
	}
	return out, nil
}

// Do makes one call as key and waits until it is final.
func (c *Client) Do(ctx context.Context, key Signer, call Call) (*types.Receipt, error) {
	receipts, err := c.DoAll(ctx, key, []Call{call})
	if err != nil {
		return nil, err
	}
	return receipts[0], nil
}

// DoAll makes calls that don't depend on each other's result as key, in order, and waits until all are
// final. Calls that would revert are refused before anything is sent.
func (c *Client) DoAll(ctx context.Context, key Signer, calls []Call) ([]*types.Receipt, error) {
	nonce, err := c.eth.PendingNonceAt(ctx, key.Address())
	if err != nil {
		return nil, err
	}
	txs := make([]*types.Transaction, len(calls))
	for i, call := range calls {
		gas, err := c.eth.EstimateGas(ctx, ethereum.CallMsg{From: key.Address(), To: &call.To, Data: call.Data})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", call.What, describe(err))
		}
		// State may have moved by the time it runs: a quarter more than it needs now.
		tx := types.NewTx(&types.DynamicFeeTx{ChainID: c.chainID, Nonce: nonce + uint64(i), Gas: gas + gas/4,
			GasTipCap: new(big.Int), GasFeeCap: new(big.Int), To: &call.To, Data: call.Data})
		if txs[i], err = key.SignTx(tx, c.chainID); err != nil {
			return nil, err
		}
	}
	for i, tx := range txs {
		if err := c.eth.SendTransaction(ctx, tx); err != nil {
			return nil, fmt.Errorf("%s: %w", calls[i].What, describe(err))
		}
	}
	receipts := make([]*types.Receipt, len(txs))
	for i, tx := range txs {
		if receipts[i], err = c.wait(ctx, tx.Hash()); err != nil {
			return nil, fmt.Errorf("%s: %w", calls[i].What, err)
		}
		if receipts[i].Status != types.ReceiptStatusSuccessful {
			return receipts, fmt.Errorf("%s: transaction %s reverted in block %s", calls[i].What, tx.Hash(), receipts[i].BlockNumber)
		}
	}
	return receipts, nil
}

func (c *Client) wait(ctx context.Context, hash common.Hash) (*types.Receipt, error) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		r, err := c.eth.TransactionReceipt(ctx, hash)
		if err == nil {
			return r, nil
		}
		if !errors.Is(err, ethereum.NotFound) && !strings.Contains(err.Error(), "indexing is in progress") {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("transaction %s is not final yet: %w", hash, ctx.Err())
		case <-tick.C:
		}
	}
}

var decoder = submit.NewDecoder(contracts.Errors())

// describe puts the custom error of one of our contracts into the message.
func describe(err error) error {
	if r, ok := decoder.Revert(err); ok && r.Reason != "" {
		return errors.New(r.Reason)
	}
	return err
}
