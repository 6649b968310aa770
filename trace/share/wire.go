package share

import (
	"errors"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/libp2p/go-libp2p/core/protocol"

	"github.com/suyuan-ledger/suyuan/trace/vault"
)

// Protocol is the libp2p protocol by which vaults speak to each other.
const Protocol protocol.ID = "/suyuan/vault/1"

// Limits of a question and an answer. A sealed body has at most 8 MiB, and its salts and pointers come on top.
const (
	maxQuestion = 16 << 10
	maxAnswer   = 24 << 20
	maxRefs     = 64
	maxErasures = 256
	// fullAnswer is from when on an answer takes no further body.
	fullAnswer = 2 << 20
)

// What a question asks for.
const (
	askBodies   uint8 = 1
	askErasures uint8 = 2
	knock       uint8 = 3 // asks for nothing: whoever hears it comes and asks for erasures
)

// question is what one stream carries to the other side.
type question struct {
	Kind  uint8
	Refs  []vault.Ref // askBodies
	Heard vault.Heard // askErasures: how far the asker has heard
}

// What the other side has of a body.
const (
	bodyHere    uint8 = 1
	bodyUnknown uint8 = 2 // not here, or not on the ledger as far as it knows
	bodyRefused uint8 = 3 // the asker may not have it
	bodyErased  uint8 = 4
	bodyLater   uint8 = 5 // the answer is full: ask again
)

// answer is what one stream carries back.
type answer struct {
	Bodies   []body // one for each ref asked for, in order
	Heard    vault.Heard
	Erasures []vault.Erasure
}

type body struct {
	Status   uint8
	Disclose []string
	Fields   []byte // format.EncodeSealed
}

// errWire is behind every refusal of bytes that aren't of this protocol.
var errWire = errors.New("not of the protocol " + string(Protocol))

func readQuestion(r io.Reader) (q question, err error) {
	if err := read(r, maxQuestion, &q); err != nil {
		return q, err
	}
	switch {
	case q.Kind < askBodies || q.Kind > knock:
		return q, fmt.Errorf("%w: question of kind %d", errWire, q.Kind)
	case (q.Kind == askBodies) != (len(q.Refs) > 0) || len(q.Refs) > maxRefs:
		return q, fmt.Errorf("%w: question of kind %d for %d bodies", errWire, q.Kind, len(q.Refs))
	}
	return q, nil
}

func readAnswer(r io.Reader, q *question) (a answer, err error) {
	if err := read(r, maxAnswer, &a); err != nil {
		return a, err
	}
	switch {
	case len(a.Bodies) != len(q.Refs):
		return a, fmt.Errorf("%w: %d bodies to a question for %d", errWire, len(a.Bodies), len(q.Refs))
	case len(a.Erasures) > maxErasures || len(a.Erasures) > 0 && q.Kind != askErasures:
		return a, fmt.Errorf("%w: %d erasures to a question of kind %d", errWire, len(a.Erasures), q.Kind)
	}
	if len(a.Bodies) > 0 && a.Bodies[0].Status == bodyLater { // whoever is asked again must have got on
		return a, fmt.Errorf("%w: no body given, and more promised", errWire)
	}
	for _, b := range a.Bodies {
		if b.Status < bodyHere || b.Status > bodyLater {
			return a, fmt.Errorf("%w: body of status %d", errWire, b.Status)
		}
	}
	return a, nil
}

// read takes one value, which ends with the stream.
func read(r io.Reader, most int64, into any) error {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return err
	}
	if int64(len(data)) > most {
		return fmt.Errorf("%w: more than %d bytes", errWire, most)
	}
	if err := rlp.DecodeBytes(data, into); err != nil {
		return fmt.Errorf("%w: %w", errWire, err)
	}
	return nil
}
