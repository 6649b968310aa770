package evm

import (
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"

	"github.com/suyuan-ledger/suyuan/verify/format"
)

// Rejected is the error for a proposed block that breaks a rule.
type Rejected struct {
	Rule   string // short name of the rule, stable, used as a metric label
	Detail string
}

func (e *Rejected) Error() string { return e.Rule + ": " + e.Detail }

// Verify checks a proposed block on top of the head: everything that can be checked without executing
// first, then by executing. The block is stored afterwards, the head unmoved.
func (s *Service) Verify(height int64, cometTime time.Time, raw []byte) (*types.Block, error) {
	block, err := s.Decode(raw)
	if err != nil {
		return nil, err
	}
	if err := s.checkHeader(block.Header(), height, cometTime); err != nil {
		return nil, err
	}
	if err := s.checkBody(block); err != nil {
		return nil, err
	}
	if err := s.Execute(block); err != nil {
		return nil, &Rejected{Rule: "execution", Detail: err.Error()}
	}
	return block, nil
}

// checkHeader holds the rules on the header. What it doesn't name (roots, gas used, bloom, requests) is
// checked by executing.
func (s *Service) checkHeader(h *types.Header, height int64, cometTime time.Time) error {
	parent := s.chain.CurrentBlock()
	reject := func(rule string, have, want any) error {
		return &Rejected{Rule: rule, Detail: fmt.Sprintf("%v, want %v", have, want)}
	}
	if height < FirstHeight {
		return reject("height", height, fmt.Sprintf("%d or more", FirstHeight))
	}
	if h.ParentHash != parent.Hash() {
		return reject("parent", h.ParentHash, parent.Hash())
	}
	if want := new(big.Int).Add(parent.Number, common.Big1); h.Number.Cmp(want) != 0 {
		return reject("number", h.Number, want)
	}
	if want := uint64(cometTime.Unix()); h.Time != want {
		return reject("time", h.Time, want)
	}
	if h.Time <= parent.Time {
		return reject("time", h.Time, fmt.Sprintf("more than %d", parent.Time))
	}
	if got, err := format.ParseExtra(h.Extra); err != nil || got != height {
		return reject("extra", fmt.Sprintf("%#x", h.Extra), height)
	}
	root, err := s.mountain.Root(h.Number.Uint64())
	if err != nil {
		return err
	}
	if h.ParentBeaconRoot == nil || *h.ParentBeaconRoot != root {
		return reject("beacon root", h.ParentBeaconRoot, root)
	}
	switch {
	case h.Coinbase != (common.Address{}):
		return reject("coinbase", h.Coinbase, "zero")
	case h.GasLimit != BlockGasLimit:
		return reject("gas limit", h.GasLimit, BlockGasLimit)
	case h.BaseFee == nil || h.BaseFee.Sign() != 0:
		return reject("base fee", h.BaseFee, 0)
	case h.Difficulty.Sign() != 0:
		return reject("difficulty", h.Difficulty, 0)
	case h.MixDigest != (common.Hash{}):
		// Contracts read it as randomness: a proposer must not choose it.
		return reject("mix digest", h.MixDigest, "zero")
	case h.WithdrawalsHash == nil || *h.WithdrawalsHash != types.EmptyWithdrawalsHash:
		return reject("withdrawals", h.WithdrawalsHash, types.EmptyWithdrawalsHash)
	case h.BlobGasUsed == nil || *h.BlobGasUsed != 0 || h.ExcessBlobGas == nil || *h.ExcessBlobGas != 0:
		return reject("blob gas", "not zero", 0)
	case h.GasUsed > MaxBlockGas:
		return reject("gas used", h.GasUsed, fmt.Sprintf("at most %d", MaxBlockGas))
	}
	return nil
}

// checkBody holds the rules on the transactions, one by one and in sum.
func (s *Service) checkBody(block *types.Block) error {
	txs := block.Transactions()
	if len(block.Uncles()) != 0 || len(block.Withdrawals()) != 0 {
		return &Rejected{Rule: "body", Detail: "uncles or withdrawals"}
	}
	if len(txs) == 0 || len(txs) > MaxBlockTxs {
		return &Rejected{Rule: "transactions", Detail: fmt.Sprintf("%d, want 1 to %d", len(txs), MaxBlockTxs)}
	}
	var gas uint64
	for i, tx := range txs {
		// The limit of one transaction is checked below; here it keeps the sum from overflowing.
		if gas += min(tx.Gas(), MaxBlockGas); gas > MaxBlockGas {
			return &Rejected{Rule: "gas sum", Detail: fmt.Sprintf("over %d at transaction %d of %d", MaxBlockGas, i+1, len(txs))}
		}
	}
	core.SenderCacher().Recover(types.LatestSigner(s.chain.Config()), txs)
	adm, err := s.admission()
	if err != nil {
		return err
	}
	for i, tx := range txs {
		_, _, err := adm.admissible(tx, block.Time())
		var no *Inadmissible
		if errors.As(err, &no) {
			return &Rejected{Rule: "admission", Detail: fmt.Sprintf("transaction %d: %v", i, no)}
		}
		if err != nil {
			s.forgetAdmission(adm)
			return err
		}
	}
	return nil
}
