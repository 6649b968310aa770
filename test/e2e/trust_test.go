//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/privval"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

// signers is a set of validators whose keys we have, in CometBFT's order.
type signers struct {
	set  *cmttypes.ValidatorSet
	keys map[string]crypto.PrivKey // by address
}

func newSigners(power int64, keys ...crypto.PrivKey) signers {
	s := signers{keys: map[string]crypto.PrivKey{}}
	var list []*cmttypes.Validator
	for _, key := range keys {
		list = append(list, cmttypes.NewValidator(key.PubKey(), power))
		s.keys[string(key.PubKey().Address())] = key
	}
	s.set = cmttypes.NewValidatorSet(list)
	return s
}

// operatorsKeys are those of the demo's validators, as their folders hold them.
func operatorsKeys(t *testing.T, n *network, trust *verify.Trust) signers {
	t.Helper()
	var keys []crypto.PrivKey
	for _, v := range n.Validators {
		raw, err := os.ReadFile(filepath.Join(v.Dir, "config", "priv_validator_key.json"))
		require.NoError(t, err)
		var key privval.FilePVKey
		require.NoError(t, cmtjson.Unmarshal(raw, &key))
		keys = append(keys, key.PrivKey)
	}
	s := newSigners(int64(trust.Validators[0].Power), keys...)
	for i, v := range s.list() {
		require.Equal(t, trust.Validators[i], v, "CometBFT orders validators as trust.json does")
	}
	return s
}

func (s signers) list() (out verify.List[verify.Validator]) {
	for _, v := range s.set.Validators {
		out = append(out, verify.Validator{PublicKey: verify.Word(v.PubKey.Bytes()), Power: verify.U64(v.VotingPower)})
	}
	return out
}

// sign has all of the set sign a header, by CometBFT's own sign bytes.
func (s signers) sign(t *testing.T, c *verify.Commit) {
	t.Helper()
	hash := c.Header.Hash()
	c.Signatures = nil
	for i, v := range s.set.Validators {
		at := time.Unix(int64(c.Header.Time.Seconds)+1, 0).UTC()
		vote := &cmtproto.Vote{Type: cmtproto.PrecommitType, Height: int64(c.Header.Height), Round: int32(c.Round), Timestamp: at,
			BlockID: cmtproto.BlockID{Hash: hash[:], PartSetHeader: cmtproto.PartSetHeader{Total: uint32(c.Parts.Total), Hash: c.Parts.Hash}}}
		sig, err := s.keys[string(v.Address)].Sign(cmttypes.VoteSignBytes(c.Header.ChainID, vote))
		require.NoError(t, err)
		c.Signatures = append(c.Signatures, verify.Signature{Validator: i, Time: verify.Time{Seconds: verify.U64(at.Unix())}, Signature: sig})
	}
}

// by is a proof with its header changed and signed anew by a set.
func by(t *testing.T, p *verify.Proof, s signers, change func(*verify.Header)) *verify.Proof {
	t.Helper()
	out, commit := *p, *p.Commit
	change(&commit.Header)
	commit.Header.ValidatorsHash = s.set.Hash()
	s.sign(t, &commit)
	out.Commit, out.Validators = &commit, s.list()
	return &out
}

// handedTo puts a signed change of the validators before a proof.
func handedTo(t *testing.T, p *verify.Proof, from, to signers, height verify.U64) *verify.Proof {
	t.Helper()
	out, c := *p, *p.Commit
	c.Header.Height, c.Header.ValidatorsHash, c.Header.NextValidatorsHash = height, from.set.Hash(), to.set.Hash()
	from.sign(t, &c)
	out.Rotations = []verify.Rotation{{Header: c.Header, Round: c.Round, Parts: c.Parts, Signatures: c.Signatures, Next: to.list()}}
	return &out
}

// TestTrustOfABrowser: two headers signed at one height are evidence; a signed change of the validators moves the pin on,
// and nothing moves it back. What the real validators would never sign is signed here with their keys.
func TestTrustOfABrowser(t *testing.T) {
	web := needBrowser(t)
	path := "" // a pallet: its page needs no proof but its own
	for _, s := range shared.Stories {
		if _, rest, ok := strings.Cut(s.DigitalLink, "https://id.gs1.org/00/"); ok {
			path = "/00/" + rest
		}
	}
	require.NotEmpty(t, path)
	fetch := func(door string) []byte {
		out, err := exec.Command("curl", "-sf", shared.url(0)+door).Output()
		require.NoError(t, err, door)
		return out
	}
	trust, err := verify.ParseTrust(fetch("/trust.json"))
	require.NoError(t, err)
	proof := func() *verify.Proof {
		p, err := verify.Parse(fetch("/proof/object" + path))
		require.NoError(t, err)
		return p
	}
	old := operatorsKeys(t, shared, trust)
	next := newSigners(7, ed25519.GenPrivKey(), ed25519.GenPrivKey(), ed25519.GenPrivKey())
	first := proof()
	second := first
	eventually(t, time.Minute, "a younger header", func() error {
		if second = proof(); second.Commit.Header.Height < first.Commit.Header.Height+2 {
			return fmt.Errorf("at %d", second.Commit.Header.Height)
		}
		return nil
	})
	as := func(h *verify.Header) {}
	fork := by(t, second, old, func(h *verify.Header) { h.Time.Nanos ^= 1 })
	rotated := handedTo(t, by(t, second, next, as), old, next, second.Commit.Header.Height-1)

	type want struct{ card, failed, trusted string }
	dir := t.TempDir()
	visits := []struct {
		name  string
		proof *verify.Proof
		want  want
		fresh bool // a browser that has seen nothing
	}{
		{"the first header seen", first, want{"good", "", "old first"}, true},
		{"a younger one", second, want{"good", "", "old second"}, false},
		{"another of the same height", fork, want{"bad", "fork", "old second evidence"}, false},
		{"the one known", second, want{"good", "", "old second evidence"}, false},
		{"an older one", first, want{"warned", "", "old second evidence"}, false},

		{"the first header, again", first, want{"good", "", "old first"}, true},
		{"a younger one, by validators that nobody named", by(t, second, next, as), want{"bad", "validators", "old first"}, false},
		{"a change that the new ones signed themselves", handedTo(t, by(t, second, next, as), next, next, second.Commit.Header.Height-1), want{"bad", "validators", "old first"}, false},
		{"a change that the old ones signed", rotated, want{"good", "", "next second"}, false},
		{"the old ones, later", by(t, second, old, func(h *verify.Header) { h.Height += 5 }), want{"bad", "validators", "next second"}, false},
		{"an older header, by the old ones", first, want{"bad", "validators", "next second"}, false},
		{"an older header, by the new ones", by(t, first, next, as), want{"warned", "", "next second"}, false},
		{"a younger one, by the new ones", by(t, second, next, func(h *verify.Header) { h.Height += 5 }), want{"good", "", "next later"}, false},
	}
	var list []map[string]any
	for i, v := range visits {
		file := fmt.Sprintf("%d.json", i)
		raw := v.proof.Encode()
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), raw, 0o600))
		list = append(list, map[string]any{"file": file, "fresh": v.fresh})
	}
	raw, err := json.Marshal(list)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "list.json"), raw, 0o600))
	cmd := exec.Command("node", filepath.Join(web, "test", "trust.mjs"), shared.url(0), path, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	require.Len(t, lines, len(visits))
	heights := map[verify.U64]string{first.Commit.Header.Height: "first", second.Commit.Header.Height: "second", second.Commit.Header.Height + 5: "later"}
	for i, v := range visits {
		var seen struct {
			Card, Failed, Trust, Evidence string
		}
		require.NoError(t, json.Unmarshal([]byte(lines[i]), &seen))
		pinned, err := verify.ParseTrust([]byte(seen.Trust))
		require.NoError(t, err, lines[i])
		trusted := "old "
		if pinned.Validators[0] == next.list()[0] {
			trusted = "next "
		}
		trusted += heights[pinned.Latest.Height]
		if seen.Evidence != "" {
			trusted += " evidence"
			var e struct {
				First, Second struct{ Commit verify.Commit }
			}
			require.NoError(t, json.Unmarshal([]byte(seen.Evidence), &e))
			assert.Equal(t, e.First.Commit.Header.Height, e.Second.Commit.Header.Height)
			assert.NotEqual(t, e.First.Commit.Header.Hash(), e.Second.Commit.Header.Hash())
		}
		assert.Equal(t, v.want, want{seen.Card, seen.Failed, trusted}, v.name)
	}
}
