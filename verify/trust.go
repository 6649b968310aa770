package verify

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"
)

// Trust is what a verifier must know beforehand: trust.json.
type Trust struct {
	Version       int             `json:"version"`
	ChainID       U64             `json:"chain_id"`
	GenesisHash   Word            `json:"genesis_hash"`
	Contracts     Contracts       `json:"contracts"`
	HeadsCodeHash Word            `json:"heads_code_hash"`
	Slots         Slots           `json:"slots"`
	Height        U64             `json:"height"`
	Validators    List[Validator] `json:"validators"`
	Latest        *Seen           `json:"latest,omitempty"`
	Pin           *Pin            `json:"pin,omitempty"`
}

// Contracts are the addresses of those contracts that a proof speaks of.
type Contracts struct {
	Heads    Address `json:"heads"`
	Parties  Address `json:"parties"`
	TraceLog Address `json:"trace_log"`
}

// Slots are the places of Heads' mappings.
type Slots struct {
	Head       int `json:"head"`
	Checkpoint int `json:"checkpoint"`
}

// Seen is a CometBFT header that was found good.
type Seen struct {
	Height U64  `json:"height"`
	Hash   Word `json:"hash"`
}

// Pin is an EVM block that is believed without signatures.
type Pin struct {
	Number U64  `json:"number"`
	Hash   Word `json:"hash"`
}

// ParseTrust reads trust.json.
func ParseTrust(file []byte) (*Trust, error) {
	t := new(Trust)
	if err := decode(file, t); err != nil {
		return nil, err
	}
	switch {
	case t.Version != 1:
		return nil, &FieldError{"/version", fmt.Sprintf("is %d, must be 1", t.Version)}
	case len(t.Validators) == 0:
		return nil, &FieldError{"/validators", "is empty"}
	}
	if err := checkPowers("/validators", t.Validators); err != nil {
		return nil, err
	}
	return t, nil
}

// Encode writes trust.json.
func (t *Trust) Encode() ([]byte, error) {
	b, err := json.MarshalIndent(t, "", "  ")
	return append(b, '\n'), err
}

var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Fingerprint is what two people compare by voice to know that they trust the same network and validators: 16
// characters in groups of four.
func (t *Trust) Fingerprint() string {
	var b strings.Builder
	line := func(v any) { fmt.Fprintf(&b, "%v\n", v) }
	line("suyuan/trust/v1")
	line(uint64(t.ChainID))
	line(t.GenesisHash)
	line(t.Contracts.Heads)
	line(t.Contracts.Parties)
	line(t.Contracts.TraceLog)
	line(t.HeadsCodeHash)
	line(uint64(t.Slots.Head))
	line(uint64(t.Slots.Checkpoint))
	line(Word(validatorsHash(t.Validators)))
	sum := sha256.Sum256([]byte(b.String()))
	s := crockford.EncodeToString(sum[:10])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// Advance takes over what a good proof showed: the header, if it is younger than the latest one seen, and the validators
// in charge of it. It never goes back, and says whether anything changed.
func (t *Trust) Advance(r *Result) bool {
	if !r.OK() || r.Facts == nil || r.Facts.Signed == nil {
		return false
	}
	s := r.Facts.Signed
	if t.Latest != nil && t.Latest.Height >= s.Height || s.Height < t.Height {
		return false
	}
	t.Latest = &Seen{Height: s.Height, Hash: s.Hash}
	if s.Rotations > 0 {
		t.Height, t.Validators = s.Height, r.validators
	}
	return true
}

// cometChainID is the chain id in CometBFT's headers.
func (t *Trust) cometChainID() string { return fmt.Sprintf("suyuan-%d", uint64(t.ChainID)) }
