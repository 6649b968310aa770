package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	cmtjson "github.com/cometbft/cometbft/libs/json"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/danielgtaylor/huma/v2"
	"github.com/ethereum/go-ethereum/common"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

// Certificates gives certificates of finality: chain.Ledger.
type Certificates interface {
	Certificate(height int64) (*cmttypes.LightBlock, error)
}

// Certificate proves a CometBFT header final.
type Certificate struct {
	Height  int64     `json:"height,string"`
	ChainID string    `json:"chain_id"`
	Time    time.Time `json:"time"`
	// Block is the EVM block that the header names by its app hash.
	Block       common.Hash `json:"block" doc:"Hash of the latest EVM block before this header: its app hash"`
	SignedPower int64       `json:"signed_power,string" doc:"Voting power that signed the header; more than two thirds of total_power"`
	TotalPower  int64       `json:"total_power,string"`
	// The rest is CometBFT's own JSON, as its light clients read it.
	SignedHeader json.RawMessage `json:"signed_header" doc:"Header and commit in CometBFT's JSON"`
	ValidatorSet json.RawMessage `json:"validator_set" doc:"The validators whose signatures they are, in CometBFT's JSON"`
}

type certificateInput struct {
	Condition
	Height int64 `path:"height" minimum:"1" example:"2" doc:"CometBFT height"`
}

type certificateOutput struct {
	Tagged
	Body Certificate
}

// MountCertificates registers the operation on certificates of finality.
func MountCertificates(a *API, c Certificates) {
	Public(a, huma.Operation{OperationID: "certificate", Path: "/certificates/{height}", Tags: []string{"ledger"}, Summary: "Certificate of finality",
		Extensions: Chinese("终局性证书"),
		Description: "What proves a block final to somebody without this node's databases: a CometBFT header, the signatures of more than two " +
			"thirds of the voting power, and the validators. The EVM block that height h carries is named by the header of h+1."},
		func(_ context.Context, in *certificateInput) (*certificateOutput, error) {
			lb, err := c.Certificate(in.Height)
			if errors.Is(err, chain.ErrNoCertificate) {
				return nil, problem.NotFound("certificate of height", fmt.Sprint(in.Height))
			}
			if err != nil {
				return nil, err
			}
			tag, err := in.Tag(lb.Hash(), lb.Commit.Hash())
			if err != nil {
				return nil, err
			}
			body, err := certificateOf(lb)
			return &certificateOutput{Keep(tag), body}, err
		})
}

func certificateOf(lb *cmttypes.LightBlock) (c Certificate, err error) {
	c = Certificate{Height: lb.Height, ChainID: lb.ChainID, Time: lb.Time, Block: common.BytesToHash(lb.AppHash), TotalPower: lb.ValidatorSet.TotalVotingPower()}
	for i, s := range lb.Commit.Signatures {
		if s.BlockIDFlag == cmttypes.BlockIDFlagCommit && i < len(lb.ValidatorSet.Validators) {
			c.SignedPower += lb.ValidatorSet.Validators[i].VotingPower
		}
	}
	if c.SignedHeader, err = cmtjson.Marshal(lb.SignedHeader); err != nil {
		return c, fmt.Errorf("certificate of height %d: %w", lb.Height, err)
	}
	if c.ValidatorSet, err = cmtjson.Marshal(lb.ValidatorSet); err != nil {
		return c, fmt.Errorf("certificate of height %d: %w", lb.Height, err)
	}
	return c, nil
}
