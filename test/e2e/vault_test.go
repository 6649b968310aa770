//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace/share"
	"github.com/suyuan-ledger/suyuan/trace/vault/search"
)

// Validators of the demo by who runs them.
const (
	association = iota
	logistics
	laboratory
	bank
)

// sealedFile is a document by which the brand, of the association, hands a pallet to the logistics firm.
func sealedFile(t *testing.T, n int, price string) (file, eventID string) {
	t.Helper()
	sscc := fmt.Sprintf("09521202%09d", n)
	sum := 0
	for i, c := range sscc {
		sum += int(c-'0') * (3 - i%2*2)
	}
	eventID, file = "urn:uuid:"+uuidOf(fmt.Sprint("sealed", n)), filepath.Join(t.TempDir(), "sealed.json")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
{"oj":"https://ns.chenxi.example/epcis/"}],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-11-01T08:00:00Z",
"epcisBody":{"eventList":[{"type":"ObjectEvent","eventID":%q,"eventTime":"2026-11-01T08:00:00.000Z","eventTimeZoneOffset":"+08:00",
"action":"ADD","bizStep":"shipping","epcList":["https://id.gs1.org/00/%s%d"],"oj:price":%q,
"destinationList":[{"type":"possessing_party","destination":"https://id.gs1.org/417/9521505000001"}]}]}}`, eventID, sscc, (10-sum%10)%10, price), 0o600))
	return file, eventID
}

// seal records the n-th event as the brand at the association's node, by the command line, and answers its ID.
func seal(t *testing.T, n *network, policy string, number int, price string) (eventID string) {
	t.Helper()
	file, eventID := sealedFile(t, number, price)
	_, stderr, code := suyuan(t, "", "capture", "--policy", policy, "--node", n.url(association), "--api-key", n.party(t, "brand").APIKey, file)
	require.Zero(t, code, stderr)
	return eventID
}

// vaultOf is what suyuan vault ls says at a validator's own machine.
func vaultOf(t *testing.T, n *network, i int) (list []node.SealedBody) {
	t.Helper()
	out, stderr, code := suyuan(t, "", "vault", "ls", "--node", n.url(i), "--output", "json")
	require.Zero(t, code, stderr)
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	return list
}

// holds waits until a validator's vault has the events with these IDs, and no others.
func holds(t *testing.T, n *network, i int, ids ...string) {
	t.Helper()
	slices.Sort(ids)
	eventually(t, time.Minute, fmt.Sprintf("%s holds %d sealed bodies", n.Validators[i].Name, len(ids)), func() error {
		var have []string
		for _, s := range vaultOf(t, n, i) {
			have = append(have, s.EventID)
		}
		if slices.Sort(have); !slices.Equal(have, ids) {
			return fmt.Errorf("has %v, should have %v", have, ids)
		}
		return nil
	})
}

// finds is which of the secrets some file of a validator holds.
func finds(t *testing.T, n *network, i int, secrets ...string) (there []string) {
	t.Helper()
	found, _, err := search.Files(n.Validators[i].Dir, secrets...)
	require.NoError(t, err)
	for _, s := range secrets {
		if slices.ContainsFunc(found, func(f string) bool { return strings.HasSuffix(f, fmt.Sprintf("holds %q", s)) }) {
			there = append(there, s)
		}
	}
	return there
}

// sealedAndErased: sealed bodies go to the vaults of those on the way and to no file of anybody else; what is erased is in
// no file of any node, that of one that was away included.
func sealedAndErased(t *testing.T, n *network) {
	const gone, stays, private = "thirty pieces of silver", "forty-one ducats a barrel", "below cost, tell nobody"
	idGone, idStays, idPrivate := seal(t, n, "chain", 1, gone), seal(t, n, "chain", 2, stays), seal(t, n, "private", 3, private)
	holds(t, n, association, idGone, idStays, idPrivate)
	holds(t, n, logistics, idGone, idStays)
	n.agree(t, association, logistics, laboratory, bank)
	holds(t, n, laboratory)
	holds(t, n, bank)

	assert.Equal(t, []string{gone, stays, private}, finds(t, n, association, gone, stays, private), "the search finds what is there")
	assert.Equal(t, []string{gone, stays}, finds(t, n, logistics, gone, stays, private))
	for _, uninvolved := range []int{laboratory, bank} {
		assert.Empty(t, finds(t, n, uninvolved, gone, stays, private, idGone, idStays, idPrivate))
	}

	out, stderr, code := suyuan(t, "", "vault", "show", "--node", n.url(logistics), "--api-key", n.party(t, "logistics").APIKey, idGone)
	require.Zero(t, code, stderr)
	assert.Contains(t, out, gone)
	_, _, code = suyuan(t, "", "vault", "show", "--node", n.url(logistics), "--api-key", n.party(t, "coop").APIKey, idGone)
	assert.Equal(t, 4, code, "another party of the same operator isn't on the way")
	_, _, code = suyuan(t, "", "vault", "show", "--node", n.url(bank), idGone)
	assert.Equal(t, 4, code)

	file, _ := sealedFile(t, 4, "at the wrong node")
	_, stderr, code = suyuan(t, "", "capture", "--policy", "chain", "--node", n.url(bank), "--api-key", n.party(t, "brand").APIKey, file)
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "this node's operator doesn't sponsor the party")

	all := vaultOf(t, n, association)
	commitment := all[slices.IndexFunc(all, func(s node.SealedBody) bool { return s.EventID == idGone })].Commitment.Hex()
	erase := func(i int, party string) int {
		_, _, code := suyuan(t, "", "vault", "erase", "--yes", "--node", n.url(i), "--api-key", n.party(t, party).APIKey, commitment)
		return code
	}
	assert.Equal(t, 4, erase(logistics, "logistics"), "not the carrier's to erase")
	assert.Equal(t, 3, erase(logistics, "brand"), "not at a node of another operator")
	n.kill(t, logistics) // away while it happens
	require.Zero(t, erase(association, "brand"))
	assert.Equal(t, []string{stays, private}, finds(t, n, association, gone, stays, private, idGone))
	n.revive(t, logistics)
	holds(t, n, logistics, idStays)
	eventually(t, time.Minute, "the erasure is finished", func() error {
		if there := finds(t, n, logistics, gone, idGone); len(there) > 0 {
			return fmt.Errorf("still there: %v", there)
		}
		return nil
	})
	n.kill(t, association)
	n.revive(t, association)
	holds(t, n, association, idStays, idPrivate)
	for i := range n.Validators {
		assert.Empty(t, finds(t, n, i, gone, idGone), n.Validators[i].Name)
	}
	assert.Equal(t, []string{stays}, finds(t, n, logistics, gone, stays, private))
	var s share.Status
	require.NoError(t, remote.New(n.url(logistics), "").Get(context.Background(), "/api/v1/vault", &s))
	assert.Equal(t, 1, s.Erased)
	assert.Zero(t, s.Lies)
}
