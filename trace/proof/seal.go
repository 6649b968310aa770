package proof

import (
	"context"
	"fmt"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"

	"github.com/suyuan-ledger/suyuan/chain"
	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

func heightOf(h *types.Header) int64 {
	height, err := format.ParseExtra(h.Extra)
	if err != nil {
		return 0 // a header of ours has it
	}
	return height
}

// seal puts the signed header, its validators and all rotations into a proof.
func (b *Builder) seal(p *verify.Proof, tip chain.Tip) (err error) {
	if p.Block, err = rlp.EncodeToBytes(tip.Header); err != nil {
		return err
	}
	c := commitOf(tip.Certificate)
	p.Commit, p.Validators = &c, validatorsOf(tip.Certificate.ValidatorSet)
	rotations, err := b.ledger.Rotations(1, tip.Certificate.Height)
	if err != nil {
		return err
	}
	for _, r := range rotations {
		c := commitOf(r.Certificate)
		p.Rotations = append(p.Rotations, verify.Rotation{Header: c.Header, Round: c.Round, Parts: c.Parts, Signatures: c.Signatures,
			Next: validatorsOf(r.Next)})
	}
	return nil
}

// Block proves one EVM block, by its own certificate if it is the youngest, else by the range in the youngest. The certificate of
// the latest final one is waited for.
func (b *Builder) Block(ctx context.Context, number *uint64) (*verify.Proof, error) {
	if final := b.ledger.Final(); number != nil && *number == final.Number {
		b.certified(ctx, uint64(final.Height))
	}
	tip, err := b.ledger.Tip()
	if err != nil {
		return nil, err
	}
	n := verify.U64(tip.Header.Number.Uint64())
	p := &verify.Proof{Version: 1, Kind: verify.KindBlock, Subject: verify.Subject{Number: &n}}
	if err := b.seal(p, tip); err != nil {
		return nil, err
	}
	if number == nil || *number == uint64(n) {
		return p, nil
	}
	if *number > uint64(n) {
		return nil, fmt.Errorf("block %d %w: the youngest certified one is %d", *number, ErrUnknown, uint64(n))
	}
	older, err := b.ledger.EVM().BlockByNumber(*number)
	if err != nil {
		return nil, err
	}
	siblings, peaks, err := b.ledger.Ancestry(*number, uint64(n))
	if err != nil {
		return nil, err
	}
	p.Ancestry = &verify.Ancestry{Block: p.Block, Path: wordsOf(siblings), Peaks: wordsOf(peaks)}
	n = verify.U64(*number)
	p.Block, err = rlp.EncodeToBytes(older.Header())
	return p, err
}

func wordsOf(list []format.Hash) (out []verify.Word) {
	for _, h := range list {
		out = append(out, verify.Word(h))
	}
	return out
}

// commitOf is a certificate in the form of a proof: votes for the block only.
func commitOf(lb *cmttypes.LightBlock) verify.Commit {
	h := lb.Header
	c := verify.Commit{
		Header: verify.Header{
			Version: verify.Version{Block: verify.U64(h.Version.Block), App: verify.U64(h.Version.App)},
			ChainID: h.ChainID, Height: verify.U64(h.Height), Time: timeOf(h.Time),
			LastBlockID:    verify.BlockID{Hash: verify.Hex(h.LastBlockID.Hash), Parts: partsOf(h.LastBlockID.PartSetHeader)},
			LastCommitHash: verify.Hex(h.LastCommitHash), DataHash: verify.Hex(h.DataHash),
			ValidatorsHash: verify.Hex(h.ValidatorsHash), NextValidatorsHash: verify.Hex(h.NextValidatorsHash),
			ConsensusHash: verify.Hex(h.ConsensusHash), AppHash: verify.Hex(h.AppHash), LastResultsHash: verify.Hex(h.LastResultsHash),
			EvidenceHash: verify.Hex(h.EvidenceHash), ProposerAddress: verify.Address(h.ProposerAddress),
		},
		Round: int(lb.Commit.Round), Parts: partsOf(lb.Commit.BlockID.PartSetHeader),
	}
	for i, s := range lb.Commit.Signatures {
		if s.BlockIDFlag == cmttypes.BlockIDFlagCommit {
			c.Signatures = append(c.Signatures, verify.Signature{Validator: i, Time: timeOf(s.Timestamp), Signature: verify.Hex(s.Signature)})
		}
	}
	return c
}

func partsOf(p cmttypes.PartSetHeader) verify.Parts {
	return verify.Parts{Total: int(p.Total), Hash: verify.Hex(p.Hash)}
}

func timeOf(t time.Time) verify.Time {
	return verify.Time{Seconds: verify.U64(t.Unix()), Nanos: t.Nanosecond()}
}

func validatorsOf(set *cmttypes.ValidatorSet) (out []verify.Validator) {
	for _, v := range set.Validators {
		out = append(out, verify.Validator{PublicKey: verify.Word(v.PubKey.Bytes()), Power: verify.U64(v.VotingPower)})
	}
	return out
}

// Storage places of Heads' mappings.
const (
	slotHead       = 0
	slotCheckpoint = 1
)

// Trust is what readers of proofs of this ledger must know: trust.json, from the genesis document.
func (b *Builder) Trust() (*verify.Trust, error) {
	doc := b.ledger.Genesis()
	vals := make([]*cmttypes.Validator, len(doc.Validators))
	for i, v := range doc.Validators {
		vals[i] = cmttypes.NewValidator(v.PubKey, v.Power)
	}
	genesis, err := b.ledger.EVM().BlockByNumber(0)
	if err != nil {
		return nil, err
	}
	code, err := b.ledger.EVM().Code(contracts.HeadsAddr)
	if err != nil {
		return nil, err
	}
	return &verify.Trust{
		Version: 1, ChainID: verify.U64(b.ledger.ChainID().Uint64()), GenesisHash: verify.Word(genesis.Hash()),
		Contracts: verify.Contracts{Heads: verify.Address(contracts.HeadsAddr), Parties: verify.Address(contracts.PartiesAddr),
			TraceLog: verify.Address(contracts.TraceLogAddr)},
		HeadsCodeHash: verify.Word(crypto.Keccak256Hash(code)),
		Slots:         verify.Slots{Head: slotHead, Checkpoint: slotCheckpoint},
		Height:        1, Validators: validatorsOf(cmttypes.NewValidatorSet(vals)),
	}, nil
}

// mapSlot is where a mapping at a place keeps the value of a key.
func mapSlot(key common.Hash, place uint64) common.Hash {
	return crypto.Keccak256Hash(key[:], common.BigToHash(uint256(place)).Bytes())
}
