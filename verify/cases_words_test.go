package verify_test

import (
	"testing"

	"github.com/suyuan-ledger/suyuan/verify"
	"github.com/suyuan-ledger/suyuan/verify/format"
)

// wordCases are about the words between which the leaves of a lane stand.
var wordCases = []storyCase{
	{name: "a container shown up to a checkpoint, two leaves swapped", ok: "leaves", change: upToCheckpoint, after: func(b *tiny) {
		l := b.lane(crate, 0).Leaves
		l[1], l[63] = l[63], l[1]
	}},
	{name: "a container shown up to a checkpoint, one leaf left out", ok: "leaves", change: upToCheckpoint, after: func(b *tiny) {
		l := b.lane(crate, 0)
		l.Leaves = l.Leaves[:63]
		b.compact()
	}},
	{name: "a container shown up to a checkpoint, and one leaf more", ok: "leaves", change: upToCheckpoint, after: func(b *tiny) {
		l := b.lane(crate, 0)
		l.Leaves = append(l.Leaves, l.Leaves[63])
	}},
	{name: "a container shown up to a checkpoint of another word", ok: "slots", change: upToCheckpoint, after: func(b *tiny) { b.lane(crate, 0).End[31] ^= 1 }},
	{name: "a container shown up to another checkpoint", ok: "slots", change: upToCheckpoint, after: func(b *tiny) { *b.lane(crate, 0).To = 128 }},
	{name: "a container shown up to a checkpoint, which is said to be its head", ok: "slots", change: upToCheckpoint, after: func(b *tiny) {
		l := b.lane(crate, 0)
		l.Head, l.To, l.End = *l.End, nil, nil
	}},
	{name: "a container shown from a checkpoint of another word", ok: "slots", change: fromCheckpoint, after: func(b *tiny) { b.lane(crate, 0).Start[31] ^= 1 }},
	{name: "a container shown from another checkpoint", ok: "slots", change: fromCheckpoint, after: func(b *tiny) { b.lane(crate, 0).From = 128 }},
	{name: "a container shown from a checkpoint, said to be its beginning", ok: "leaves", change: fromCheckpoint, after: func(b *tiny) {
		b.lane(crate, 0).From, b.lane(crate, 0).Start = 0, nil
		b.restate()
	}},
	{name: "a lane of almost as many leaves as a word counts", ok: "good", change: func(b *tiny) { busy(b, crate, 1<<47-64, 1150, 1250, 1300) }},
	{name: "the mark of a thing's notices on its notices too", ok: "recalled", change: func(b *tiny) {
		b.eventBy(brand, brandKey, 3, 1400, observed(bottle), bottle)
	}, after: func(b *tiny) {
		b.lane(bottle, 1).Head[0] |= 0x80
		b.restate()
	}},
	{name: "a head that counts one leaf more", ok: "leaves", after: func(b *tiny) {
		b.lane(bottle, 0).Head[5]++
		b.restate()
	}},
	{name: "a head of another chain of leaves", ok: "leaves", after: func(b *tiny) {
		b.lane(bottle, 0).Head[31] ^= 1
		b.restate()
	}},
	{name: "a head without leaves that isn't zero", ok: "leaves", after: func(b *tiny) {
		b.lane(lotL1, 0).Head[31] = 1
		b.restate()
	}},
	{name: "an empty trunk with a mark, and no notices", ok: "story", after: func(b *tiny) {
		b.lane(lotL1, 0).Head[0] = 0x80
		b.restate()
	}},
}

func upToCheckpoint(b *tiny) {
	packed(b, "DELETE", 1400)
	b.lane(crate, 0).To = upTo(b, crate, 1410, 1400+sevenDays)
}

func fromCheckpoint(b *tiny) { busy(b, crate, 64, 1150, 1250, 1300) }

// restate makes the state anew from the words of the file, whatever they are.
func (b *tiny) restate() {
	storage := map[format.Hash]verify.Word{}
	var wanted []format.Hash
	put := func(slot format.Hash, w verify.Word) {
		storage[slot], wanted = w, append(wanted, slot)
	}
	for i := range b.p.Lanes {
		l := &b.p.Lanes[i]
		key := format.LaneKey(format.Lane(l.Lane), b.p.Objects[l.Object].Key())
		checkpoint := func(n verify.U64) format.Hash {
			return mapSlot(word(uint64(n)), mapSlot(key, word(uint64(b.trust.Slots.Checkpoint))))
		}
		put(mapSlot(key, word(uint64(b.trust.Slots.Head))), l.Head)
		if l.Start != nil {
			put(checkpoint(l.From), *l.Start)
		}
		if l.End != nil {
			put(checkpoint(*l.To), *l.End)
		}
	}
	b.state(b.t, b.p, storage, wanted)
}

// setCases are about sets of validators that are none.
func setCases(t *testing.T, add func(name, ok, want, at string, trust *verify.Trust, p *verify.Proof)) {
	put := func(name, ok string, change func(f *forged, p *verify.Proof)) {
		t.Helper()
		f, p := newForged(t), readProof(t, "block.json")
		f.resign(p)
		change(f, p)
		add(name, ok, "", now, &f.trust, p)
	}
	put("no validators listed", "validators", func(_ *forged, p *verify.Proof) { p.Validators = nil })
	put("validators listed in another order", "validators", func(f *forged, p *verify.Proof) {
		p.Validators = f.set()
		p.Validators[0], p.Validators[1] = p.Validators[1], p.Validators[0]
	})
	put("a validator listed with another power", "validators", func(f *forged, p *verify.Proof) {
		p.Validators = f.set(61)
	})
	put("a header that names other validators", "validators", func(f *forged, p *verify.Proof) {
		p.Commit.Header.ValidatorsHash = verify.ValidatorsHash(f.set(61))
		f.sign(p.Commit)
	})
	put("a header that names other validators for the next one", "good", func(f *forged, p *verify.Proof) {
		p.Commit.Header.NextValidatorsHash = verify.ValidatorsHash(f.set(61))
		f.sign(p.Commit)
	})
	put("a signature of the right validator at another place", "signatures", func(_ *forged, p *verify.Proof) {
		p.Commit.Signatures[0].Validator, p.Commit.Signatures[1].Validator = 1, 2
		p.Commit.Signatures = p.Commit.Signatures[:2]
	})
	put("a vote at another time", "signatures", func(_ *forged, p *verify.Proof) { p.Commit.Signatures[0].Time.Nanos++ })
	put("votes and a header without nanos", "good", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Time.Nanos = 0
		f.sign(p.Commit)
	})
	put("parts without hash", "good", func(f *forged, p *verify.Proof) {
		p.Commit.Parts = verify.Parts{}
		f.sign(p.Commit)
	})
	put("a header without a block before it", "good", func(f *forged, p *verify.Proof) {
		p.Commit.Header.LastBlockID = verify.BlockID{}
		f.sign(p.Commit)
	})
	put("all the power a set may have", "good", func(f *forged, p *verify.Proof) {
		f.trust.Validators = f.set(1<<60-3, 1, 1, 1)
		f.resign(p)
	})
	put("a minute ahead", "good", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Time = verify.Time{Seconds: verify.U64(at(t).Unix() + 60)}
		f.sign(p.Commit)
	})
	put("a millisecond more than a minute ahead", "future", func(f *forged, p *verify.Proof) {
		p.Commit.Header.Time = verify.Time{Seconds: verify.U64(at(t).Unix() + 60), Nanos: 1000000}
		f.sign(p.Commit)
	})
	put("a rotation of validators that weren't in charge", "validators", func(f *forged, p *verify.Proof) { rotated(f, p, f.set(61), f.set()) })
	put("a rotation to validators other than it names", "validators", func(f *forged, p *verify.Proof) {
		rotated(f, p, f.set(), f.set())
		p.Rotations[0].Next = f.set(61)
	})
	put("a rotation from the trusted height", "good", func(f *forged, p *verify.Proof) {
		rotated(f, p, f.set(), f.set())
		f.trust.Height = p.Rotations[0].Header.Height
	})
	put("a rotation from the trusted height that nobody signed", "validators", func(f *forged, p *verify.Proof) {
		rotated(f, p, f.set(), f.set())
		f.trust.Height, p.Rotations[0].Signatures = p.Rotations[0].Header.Height, nil
	})
	put("a rotation below the trusted height that nobody signed", "good", func(f *forged, p *verify.Proof) {
		rotated(f, p, f.set(), f.set())
		f.trust.Height, p.Rotations[0].Signatures = p.Rotations[0].Header.Height+1, nil
	})
}

// rotated puts a rotation at height 10 before the commit, signed by all.
func rotated(f *forged, p *verify.Proof, from, to []verify.Validator) {
	commit := *p.Commit
	commit.Header.Height = 10
	commit.Header.ValidatorsHash, commit.Header.NextValidatorsHash = verify.ValidatorsHash(from), verify.ValidatorsHash(to)
	f.sign(&commit)
	p.Rotations = []verify.Rotation{{Header: commit.Header, Round: commit.Round, Parts: commit.Parts, Signatures: commit.Signatures, Next: to}}
}
