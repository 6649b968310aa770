package evm

import "time"

// The limits of a block. A change of one needs a height at which every validator switches.
const (
	// BlockGasLimit stands in every header. It is far above what a block may use, so that no block
	// comes near half of it and the base fee stays 0.
	BlockGasLimit uint64 = 20_000_000_000
	// MaxBlockGas bounds the sum of the gas limits of a block's transactions, and so the time a block takes.
	MaxBlockGas uint64 = 256_000_000
	// MaxTxGas bounds the gas limit of one transaction (EIP-7825).
	MaxTxGas uint64 = 16_777_216
	// MaxTxBytes bounds the encoded size of one transaction, what the pool takes as well.
	MaxTxBytes = 128 * 1024
	// MaxBlockBytes bounds the RLP of a block.
	MaxBlockBytes = 4 << 20
	// MaxBlockTxs bounds the number of transactions in a block.
	MaxBlockTxs = 4000
	// FirstHeight is the first CometBFT height that may carry an EVM block: the time of the first
	// CometBFT block is that of genesis, and EVM time must rise.
	FirstHeight int64 = 2

	// buildDeadline is how long a proposer fills a block.
	buildDeadline = 500 * time.Millisecond
	// admissionGas is the gas of one question to Parties; fixed, since it decides what a valid block is.
	admissionGas uint64 = 1_000_000
)
