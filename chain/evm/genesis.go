package evm

import (
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// ChainConfig is the rule book of a ledger: Osaka rules from the first block on.
func ChainConfig(chainID uint64) *params.ChainConfig {
	zero, now := new(big.Int), new(uint64)
	return &params.ChainConfig{
		ChainID:                 new(big.Int).SetUint64(chainID),
		HomesteadBlock:          zero,
		EIP150Block:             zero,
		EIP155Block:             zero,
		EIP158Block:             zero,
		ByzantiumBlock:          zero,
		ConstantinopleBlock:     zero,
		PetersburgBlock:         zero,
		IstanbulBlock:           zero,
		MuirGlacierBlock:        zero,
		BerlinBlock:             zero,
		LondonBlock:             zero,
		ArrowGlacierBlock:       zero,
		GrayGlacierBlock:        zero,
		MergeNetsplitBlock:      zero,
		ShanghaiTime:            now,
		CancunTime:              now,
		PragueTime:              now,
		OsakaTime:               now,
		TerminalTotalDifficulty: zero,
		// Blob transactions are refused, but go-ethereum wants a schedule.
		BlobScheduleConfig: &params.BlobScheduleConfig{
			Cancun: params.DefaultCancunBlobConfig,
			Prague: params.DefaultPragueBlobConfig,
		},
	}
}

// systemContracts are called by the protocol in every block; without the last two every block fails.
var systemContracts = map[common.Address][]byte{
	params.BeaconRootsAddress:        params.BeaconRootsCode,        // EIP-4788
	params.HistoryStorageAddress:     params.HistoryStorageCode,     // EIP-2935
	params.WithdrawalQueueAddress:    params.WithdrawalQueueCode,    // EIP-7002
	params.ConsolidationQueueAddress: params.ConsolidationQueueCode, // EIP-7251
}

// WithSystemContracts returns a copy of alloc that holds the contracts the protocol itself calls.
func WithSystemContracts(alloc types.GenesisAlloc) types.GenesisAlloc {
	all := make(types.GenesisAlloc, len(alloc)+len(systemContracts))
	for addr, code := range systemContracts {
		all[addr] = types.Account{Nonce: 1, Code: code, Balance: new(big.Int)}
	}
	for addr, acc := range alloc {
		if acc.Balance == nil {
			acc.Balance = new(big.Int)
		}
		all[addr] = acc
	}
	return all
}

// Genesis is the first EVM block. The time counts in whole seconds.
func Genesis(chainID uint64, at time.Time, alloc types.GenesisAlloc) *core.Genesis {
	return &core.Genesis{
		Config:     ChainConfig(chainID),
		Timestamp:  uint64(at.Unix()),
		ExtraData:  format.Extra(0),
		GasLimit:   BlockGasLimit,
		Difficulty: new(big.Int),
		BaseFee:    new(big.Int),
		Alloc:      alloc,
	}
}
