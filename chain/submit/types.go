package submit

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// MaxGas is the most gas one transaction may ask for (EIP-7825).
const MaxGas = 1 << 24

// Signer is a key that signs transactions. A hosted key of the keystore is one.
type Signer interface {
	// Address is the key's account.
	Address() common.Address
	// SignTx returns tx signed for the chain.
	SignTx(tx *types.Transaction, chainID *big.Int) (*types.Transaction, error)
}

// Request is one call to be made as a key.
type Request struct {
	// ID names the request for ever: asking again with the same ID never makes a second call. The caller
	// derives it from what must happen once (a capture job's id and batch number). It must not be zero.
	ID [32]byte
	// Key signs the call.
	Key Signer
	// To is the contract called; nil creates a contract (needs the deploy scope).
	To *common.Address
	// Data is the call data.
	Data []byte
	// Gas is the gas limit, at most MaxGas. 0 lets the outbox estimate at the latest final block and add
	// a fifth, at most 500,000; a call that would revert there then fails without a transaction.
	Gas uint64
}

// Final is the result of a transaction in a final block.
type Final struct {
	Height    int64       // CometBFT height whose block carried it
	Number    uint64      // EVM block number
	BlockHash common.Hash // EVM block hash
	BlockTime uint64      // seconds since 1970
	TxHash    common.Hash
	TxIndex   uint   // place in the EVM block
	Nonce     uint64 // nonce of the key
	GasUsed   uint64
	Receipt   *types.Receipt // without bloom and logs, which are on the ledger and many
}

// Block is a final EVM block as the outbox reads it. chain.Block converts to it.
type Block struct {
	Height   int64
	Number   uint64
	Hash     common.Hash
	Time     uint64 // seconds since 1970
	Txs      types.Transactions
	Senders  []common.Address // Senders[i] signed Txs[i]
	Receipts types.Receipts   // Receipts[i] is the result of Txs[i]
}

// Head names the latest final block of the ledger.
type Head struct {
	Height int64 // CometBFT height; 0 is genesis
	Number uint64
	Hash   common.Hash
}

// Cursor is the last block the outbox has consumed. The zero value: none yet.
type Cursor struct {
	Height int64
	Hash   common.Hash
}

// Ledger is what the outbox needs of the chain.
type Ledger interface {
	// ChainID is the EVM chain id.
	ChainID() *big.Int
	// Nonce is the next nonce of addr in the state of a final block, and the number of that block.
	Nonce(ctx context.Context, addr common.Address) (nonce, number uint64, err error)
	// Admit says whether a call of key to the contract (nil: creation) would be admitted now. The answer
	// no is a *Refused; other errors mean that it can't be known at present.
	Admit(ctx context.Context, key common.Address, to *common.Address) error
	// Estimate is the gas that call needs at the latest final block. The error of a call that reverts
	// carries the revert data (rpc.DataError) or is a *Reverted.
	Estimate(ctx context.Context, call ethereum.CallMsg) (uint64, error)
	// Send puts tx into the pool and lets it be gossiped. A transaction already known is no error. A
	// no by admission is a *Refused, a transaction that no block may ever hold an *Invalid; pool errors of
	// go-ethereum come as they are, and any other means: later. An old transaction of
	// the same key and nonce that is not admissible any more must not keep tx out.
	Send(ctx context.Context, tx *types.Transaction) error
	// Drop takes transactions out of this node's pool as far as that is possible.
	Drop(ctx context.Context, hashes []common.Hash)
	// RevertData is what tx returned when it reverted in block number, found by running it again on the
	// state before. It may be approximate or empty when that state is gone.
	RevertData(ctx context.Context, tx *types.Transaction, from common.Address, number uint64) ([]byte, error)
}
