package share

import (
	"bytes"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/rlp"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
	"github.com/suyuan-ledger/suyuan/trace/vault"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// liar makes a registered node of an operator that answers questions for bodies with what lie gives.
func (w *world) liar(t *testing.T, op string, lie func(q *question) []byte) *node {
	t.Helper()
	n := w.node(t, op)
	n.share.Close()
	n.host.SetStreamHandler(Protocol, func(s network.Stream) {
		defer func() { _ = s.Close() }()
		q, err := readQuestion(s)
		if err != nil || q.Kind != askBodies {
			_ = s.Reset()
			return
		}
		_, _ = s.Write(lie(&q)) // the test sees what comes of it
	})
	return n
}

func encoded(t *testing.T, value any) []byte {
	t.Helper()
	b, err := rlp.EncodeToBytes(value)
	require.NoError(t, err)
	return b
}

func TestLiarsAreFoundOutAndTheNextIsAsked(t *testing.T) {
	t.Parallel()
	here := func(fields []format.SealedField, disclose ...string) answer {
		return answer{Bodies: []body{{Status: bodyHere, Disclose: disclose, Fields: format.EncodeSealed(fields)}}}
	}
	for name, lie := range map[string]func(t *testing.T, c *captured) []byte{
		"another value": func(t *testing.T, c *captured) []byte {
			fields := append([]format.SealedField(nil), c.Fields...)
			fields[0].Value = []byte(`"LIE"`)
			return encoded(t, here(fields))
		},
		"another salt": func(t *testing.T, c *captured) []byte {
			fields := append([]format.SealedField(nil), c.Fields...)
			fields[0].Salt[0]++
			return encoded(t, here(fields))
		},
		"a field left out": func(t *testing.T, c *captured) []byte { return encoded(t, here(c.Fields[1:])) },
		"another body": func(t *testing.T, _ *captured) []byte {
			fields, err := format.Seal([]byte(`{"type":"ObjectEvent"}`), rand.NewChaCha8([32]byte{1}))
			require.NoError(t, err)
			return encoded(t, here(fields))
		},
		"to be shown what never is": func(t *testing.T, c *captured) []byte { return encoded(t, here(c.Fields, "/eventID")) },
		"no fields": func(t *testing.T, _ *captured) []byte {
			return encoded(t, answer{Bodies: []body{{Status: bodyHere, Fields: []byte("rubbish")}}})
		},
		"not RLP":           func(*testing.T, *captured) []byte { return []byte("HTTP/1.1 200 OK") },
		"nothing":           func(*testing.T, *captured) []byte { return nil },
		"too many":          func(t *testing.T, _ *captured) []byte { return encoded(t, answer{Bodies: make([]body, 2)}) },
		"an unknown status": func(t *testing.T, _ *captured) []byte { return encoded(t, answer{Bodies: []body{{Status: 9}}}) },
		"later, always":     func(t *testing.T, _ *captured) []byte { return encoded(t, answer{Bodies: []body{{Status: bodyLater}}}) },
		"without end":       func(*testing.T, *captured) []byte { return bytes.Repeat([]byte{0xf9}, maxAnswer+2) },
		"erasures not asked": func(t *testing.T, c *captured) []byte {
			return encoded(t, answer{Bodies: make([]body, 1), Erasures: []vault.Erasure{{Ref: c.Ref}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			maker, buyer := w.party("maker", "A"), w.party("buyer", "B")
			honest := w.node(t, "A")
			w.write(t, maker, "S1", buyer)
			c := honest.seal(t, maker, epcis.PolicyChain, "S1")
			honest.stop() // until the liar was asked

			answer := lie(t, &c)
			w.liar(t, "A", func(*question) []byte { return answer })
			b := w.node(t, "B")
			eventually(t, "the lie is found out", func() bool { return b.share.Status().Lies > 0 })
			assert.Zero(t, b.vault.Held())
			assert.Zero(t, b.vault.Erasures())
			honest.start(t)
			b.gets(t, &c)
			assert.Equal(t, uint64(1), b.share.Status().Lies, "who lied isn't asked again")
		})
	}
}

func TestAnErasureOfAnothersPartyIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld()
	maker := w.party("maker", "A")
	a := w.node(t, "A")
	c := a.seal(t, maker, epcis.PolicyPrivate, "S1")
	liar := w.node(t, "B")
	liar.share.Close()
	liar.host.SetStreamHandler(Protocol, func(s network.Stream) {
		defer func() { _ = s.Close() }()
		if q, err := readQuestion(s); err == nil && q.Kind == askErasures {
			_, _ = s.Write(encoded(t, answer{Heard: vault.Heard{Store: [16]byte{1}, Last: 1}, Erasures: []vault.Erasure{{Ref: c.Ref, Number: 1}}}))
		}
	})
	a.share.knocked(liar.host.ID())
	eventually(t, "the lie is found out", func() bool { return a.share.Status().Lies > 0 })
	has, err := a.vault.Has(c.Ref)
	require.NoError(t, err)
	assert.True(t, has)
	assert.Zero(t, a.vault.Erasures())
}

// TestHearingIsBounded asks a peer that tells of ever more erasures and names none, and one that claims another store with
// each answer.
func TestHearingIsBounded(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(vault.Heard) vault.Heard{
		"ever more":        func(h vault.Heard) vault.Heard { return vault.Heard{Store: [16]byte{1}, Last: h.Last + 1} },
		"ever other store": func(h vault.Heard) vault.Heard { return vault.Heard{Store: [16]byte{1 - h.Store[0]}, Last: 1} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.party("maker", "A")
			a, liar := w.node(t, "A"), w.node(t, "B")
			liar.share.Close()
			var asked atomic.Int64
			liar.host.SetStreamHandler(Protocol, func(s network.Stream) {
				defer func() { _ = s.Close() }()
				if q, err := readQuestion(s); err == nil && q.Kind == askErasures {
					asked.Add(1)
					_, _ = s.Write(encoded(t, answer{Heard: next(q.Heard)}))
				}
			})
			eventually(t, "the peers are connected", func() bool { return a.share.reaches(liar.host.ID()) })
			_ = a.share.hearPeer(liar.host.ID(), liar.share.Operator()) // it ends: what it says doesn't matter
			assert.GreaterOrEqual(t, asked.Load(), int64(hearPages))
		})
	}
}

// endless would go on for ever if it were read to the end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestReadingIsBounded(t *testing.T) {
	t.Parallel()
	_, err := readQuestion(endless{})
	require.ErrorIs(t, err, errWire)
	_, err = readQuestion(bytes.NewReader(encoded(t, question{Kind: askBodies, Refs: make([]vault.Ref, maxRefs+1)})))
	require.ErrorIs(t, err, errWire)
	_, err = readQuestion(bytes.NewReader(encoded(t, question{Kind: 4})))
	require.ErrorIs(t, err, errWire)
	_, err = readQuestion(io.MultiReader(bytes.NewReader(encoded(t, question{Kind: knock})), bytes.NewReader([]byte{0})))
	require.ErrorIs(t, err, errWire)
}

func FuzzWire(f *testing.F) {
	ref := vault.Ref{Commitment: [32]byte{1}, Party: [20]byte{2}}
	for _, v := range []any{question{Kind: askBodies, Refs: []vault.Ref{ref}}, question{Kind: askErasures, Heard: vault.Heard{Last: 7}},
		answer{Bodies: []body{{Status: bodyHere, Disclose: []string{"/type"}, Fields: []byte{1}}}},
		answer{Heard: vault.Heard{Last: 8}, Erasures: []vault.Erasure{{Ref: ref, Number: 8, Time: 9}}}} {
		b, err := rlp.EncodeToBytes(v)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if q, err := readQuestion(bytes.NewReader(data)); err == nil {
			assert.Equal(t, data, encoded(t, q), "one question, one form")
		}
		for _, q := range []question{{Kind: askBodies, Refs: []vault.Ref{ref}}, {Kind: askErasures}, {Kind: knock}} {
			a, err := readAnswer(bytes.NewReader(data), &q)
			if err != nil {
				continue
			}
			for _, b := range a.Bodies {
				if r, err := readRecord(ref, epcis.PolicyChain, b.Fields); err == nil {
					assert.Equal(t, ref, r.Ref)
				}
			}
		}
	})
}
