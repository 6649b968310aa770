package verify_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// signatureCases are about who signed what.
func signatureCases(t *testing.T, add func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof)) {
	fresh := func() (*forged, *verify.Proof) {
		f := newForged(t)
		p := readProof(t, "block.json")
		f.resign(p)
		return f, p
	}
	simple := func(name, ok string, change func(f *forged, p *verify.Proof)) {
		f, p := fresh()
		change(f, p)
		add(name, ok, "", now, &f.trust, p)
	}
	simple("signed by all", "good", func(*forged, *verify.Proof) {})
	simple("three of four", "good", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 0, 1, 3) })
	simple("two of four", "signatures", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 0, 1) })
	simple("nobody", "signatures", func(f *forged, p *verify.Proof) { p.Commit.Signatures = nil })
	powers := func(f *forged, p *verify.Proof, powers ...uint64) {
		f.trust.Validators = f.set(powers...)
		f.resign(p)
	}
	simple("exactly two thirds", "signatures", func(f *forged, p *verify.Proof) {
		powers(f, p, 20, 20, 10, 10)
		f.sign(p.Commit, 0, 1)
	})
	simple("one more than two thirds", "good", func(f *forged, p *verify.Proof) {
		powers(f, p, 20, 21, 10, 10)
		f.sign(p.Commit, 0, 1)
	})
	simple("duplicate signer", "signatures", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 0, 1, 1) })
	simple("signers out of order", "signatures", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 1, 0, 2) })
	simple("a signer who isn't in the set", "signatures", func(f *forged, p *verify.Proof) { f.sign(p.Commit, 0, 1, 2, 4) })
	simple("one validator twice in the set", "signatures", func(f *forged, p *verify.Proof) {
		f.trust.Validators = append(f.set(), f.set()[3])
		f.resign(p)
	})
	simple("a vote for another round", "signatures", func(f *forged, p *verify.Proof) { p.Commit.Round++ })
	simple("round 3", "good", func(f *forged, p *verify.Proof) {
		p.Commit.Round = 3
		f.sign(p.Commit)
	})
	simple("a vote for other parts", "signatures", func(f *forged, p *verify.Proof) { p.Commit.Parts.Total++ })
	simple("strangers signed, and name themselves", "validators", func(f *forged, p *verify.Proof) {
		f.trust.Validators = newSigners("others", 4).set()
	})
	simple("other chain id", "network", func(f *forged, p *verify.Proof) {
		p.Commit.Header.ChainID = "suyuan-1"
		f.sign(p.Commit)
	})
	simple("other EVM block", "block", func(f *forged, p *verify.Proof) {
		p.Commit.Header.AppHash = make([]byte, 32)
		f.sign(p.Commit)
	})
	simple("no EVM block", "block", func(f *forged, p *verify.Proof) {
		p.Commit.Header.AppHash = nil
		f.sign(p.Commit)
	})
	simple("an EVM block from the future", "block", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Height = 1
		f.sign(p.Commit)
	})
	simple("two headers at one height", "fork", func(f *forged, p *verify.Proof) {
		f.trust.Latest = &verify.Seen{Height: p.Commit.Header.Height, Hash: verify.Word{1}}
	})
	simple("the header seen before", "good", func(f *forged, p *verify.Proof) {
		f.trust.Latest = &verify.Seen{Height: p.Commit.Header.Height, Hash: p.Commit.Header.Hash()}
	})
	simple("stale: older than what was seen", "old", func(f *forged, p *verify.Proof) {
		f.trust.Latest = &verify.Seen{Height: p.Commit.Header.Height + 1, Hash: verify.Word{1}}
	})
	simple("stale: eleven minutes", "old", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Time.Seconds = verify.U64(at(t).Add(-11 * time.Minute).Unix())
		f.sign(p.Commit)
	})
	simple("ten minutes", "good", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Time = verify.Time{Seconds: verify.U64(at(t).Add(-10 * time.Minute).Unix())}
		f.sign(p.Commit)
	})
	simple("two minutes ahead", "future", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Time.Seconds = verify.U64(at(t).Add(2 * time.Minute).Unix())
		f.sign(p.Commit)
	})
	simple("other code at the address of Heads", "heads", func(f *forged, p *verify.Proof) {
		*p = *readProof(t, "class.json")
		f.remake(t, p)
		f.trust.HeadsCodeHash[0] ^= 1
	})
	simple("other slot of Heads", "slots", func(f *forged, p *verify.Proof) {
		*p = *readProof(t, "lot.json")
		f.remake(t, p)
		f.trust.Slots.Head = 5
	})
	simple("of another chain's Heads", "leaves", func(f *forged, p *verify.Proof) {
		*p = *readProof(t, "lot.json")
		f.trust.ChainID = 1
		f.remake(t, p)
		f.trust.ChainID = 789826
	})
	rotationCases(simple)
	pinCases(t, add)
}

// rotationCases are about validators that follow one another.
func rotationCases(simple func(name, ok string, change func(f *forged, p *verify.Proof))) {
	a, b, c := newSigners("forge", 4), newSigners("second", 3), newSigners("third", 5)
	rotation := func(p *verify.Proof, from, to signers, height verify.U64) verify.Rotation {
		commit := *p.Commit
		commit.Header.Height = height
		commit.Header.ValidatorsHash = verify.ValidatorsHash(from.set())
		commit.Header.NextValidatorsHash = verify.ValidatorsHash(to.set())
		from.sign(&commit)
		return verify.Rotation{Header: commit.Header, Round: commit.Round, Parts: commit.Parts, Signatures: commit.Signatures, Next: to.set()}
	}
	rotated := func(p *verify.Proof) {
		p.Rotations = []verify.Rotation{rotation(p, a, b, 10), rotation(p, b, c, 20)}
		p.Validators = c.set()
		p.Commit.Header.ValidatorsHash = verify.ValidatorsHash(c.set())
		p.Commit.Header.NextValidatorsHash = p.Commit.Header.ValidatorsHash
		c.sign(p.Commit)
	}
	case_ := func(name, ok string, change func(f *forged, p *verify.Proof)) {
		simple(name, ok, func(f *forged, p *verify.Proof) {
			rotated(p)
			change(f, p)
		})
	}
	case_("validators changed twice", "good", func(*forged, *verify.Proof) {})
	case_("validators changed twice, trusted between", "good", func(f *forged, p *verify.Proof) {
		f.trust.Height, f.trust.Validators = 11, b.set()
	})
	case_("validators changed twice, trusted afterwards", "good", func(f *forged, p *verify.Proof) {
		f.trust.Height, f.trust.Validators = 21, c.set()
	})
	case_("a change of validators left out", "validators", func(f *forged, p *verify.Proof) { p.Rotations = p.Rotations[1:] })
	case_("the last change of validators left out", "validators", func(f *forged, p *verify.Proof) { p.Rotations = p.Rotations[:1] })
	case_("changes of validators in the wrong order", "format", func(f *forged, p *verify.Proof) {
		p.Rotations[0], p.Rotations[1] = p.Rotations[1], p.Rotations[0]
	})
	case_("a change signed by two thirds only", "validators", func(f *forged, p *verify.Proof) {
		p.Rotations[1].Signatures = p.Rotations[1].Signatures[:2]
	})
	case_("a change to others than those listed", "validators", func(f *forged, p *verify.Proof) { p.Rotations[1].Next = a.set() })
	case_("a change to strangers, who sign from then on", "validators", func(f *forged, p *verify.Proof) {
		strangers := newSigners("strangers", 3)
		p.Rotations[1].Next, p.Validators = strangers.set(), strangers.set()
		p.Commit.Header.ValidatorsHash = verify.ValidatorsHash(strangers.set())
		strangers.sign(p.Commit)
	})
	case_("a change signed by those who come", "validators", func(f *forged, p *verify.Proof) {
		r := &p.Rotations[0]
		commit := verify.Commit{Header: r.Header, Round: r.Round, Parts: r.Parts}
		b.sign(&commit)
		r.Signatures = commit.Signatures
	})
	case_("a change on another chain", "network", func(f *forged, p *verify.Proof) { p.Rotations[0].Header.ChainID = "suyuan-1" })
	case_("rotated-out validators sign later", "validators", func(f *forged, p *verify.Proof) {
		f.trust.Height, f.trust.Validators = 11, b.set()
		p.Rotations = nil
		p.Validators = a.set()
		p.Commit.Header.ValidatorsHash = verify.ValidatorsHash(a.set())
		a.sign(p.Commit)
	})
	case_("rotated-out validators sign a header that names their followers", "signatures", func(f *forged, p *verify.Proof) {
		a.sign(p.Commit, 0, 1, 2, 3)
	})
	case_("a change to nobody", "validators", func(f *forged, p *verify.Proof) {
		p.Rotations[1] = rotation(p, b, nil, 20)
		p.Validators = nil
		p.Commit.Header.ValidatorsHash = verify.ValidatorsHash(nil)
		p.Commit.Signatures = nil
	})
}

// pinCases are about blocks that are proven by a younger one.
func pinCases(t *testing.T, add func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof)) {
	pinned := func() (*verify.Trust, *verify.Proof) {
		trust, p := readTrust(t, "trust.json"), readProof(t, "ancestor.json")
		tip := readProof(t, "block.json")
		trust.Pin = &verify.Pin{Number: *tip.Subject.Number, Hash: verify.Word(format.Keccak(tip.Block))}
		p.Commit, p.Validators, p.Rotations = nil, nil, nil
		return trust, p
	}
	trust, p := pinned()
	add("an old block by a pin, nothing signed", "pinned", "3", now, trust, p)
	trust, p = pinned()
	trust.Pin = nil
	add("nothing signed and no pin", "block", "3", now, trust, p)
	trust, p = pinned()
	trust.Pin.Hash[0] ^= 1
	add("another pin", "block", "3", now, trust, p)
	trust, p = pinned()
	trust.Pin.Number--
	add("the pin's block under another number", "block", "3", now, trust, p)
	trust, p = pinned()
	p.Block = readProof(t, "genesis.json").Block
	add("another old block under the pin", "block", "", now, trust, p)
	trust, p = pinned()
	p.Ancestry = nil
	add("nothing signed and no way to a pin", "format", "", now, trust, p)
	trust, p = pinned()
	p.Ancestry.Block, p.Block = p.Block, p.Ancestry.Block
	add("a younger block by an older one", "block", "", now, trust, p)
}

func at(t testing.TB) time.Time {
	out, err := time.Parse(time.RFC3339, now)
	require.NoError(t, err)
	return out
}
