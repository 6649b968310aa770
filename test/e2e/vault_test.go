//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/share"
	"github.com/suyuan-ledger/suyuan/trace/vault/search"
	"github.com/suyuan-ledger/suyuan/verify"
)

// Validators of the demo by who runs them.
const (
	association = iota
	logistics
	laboratory
	bank
)

// handOver is the part of an event by which the logistics firm gets its things.
const handOver = `,"destinationList":[{"type":"possessing_party","destination":"https://id.gs1.org/417/9521505000001"}]`

// sealedEvent is an event of the brand, of the association, about a pallet.
func sealedEvent(n int, price, more string) (event, eventID, path string) {
	sscc := fmt.Sprintf("09521202%09d", n)
	sum := 0
	for i, c := range sscc {
		sum += int(c-'0') * (3 - i%2*2)
	}
	path, eventID = fmt.Sprintf("/00/%s%d", sscc, (10-sum%10)%10), "urn:uuid:"+uuidOf(fmt.Sprint("sealed", n))
	return fmt.Sprintf(`{"type":"ObjectEvent","eventID":%q,"eventTime":"2026-11-01T08:00:00.000Z","eventTimeZoneOffset":"+08:00",
"action":"ADD","bizStep":"shipping","epcList":["https://id.gs1.org%s"],"oj:price":%q%s}`, eventID, path, price, more), eventID, path
}

// sealedFile is a document of events.
func sealedFile(t *testing.T, events ...string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "sealed.json")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
{"oj":"https://ns.chenxi.example/epcis/"}],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-11-01T08:00:00Z",
"epcisBody":{"eventList":[%s]}}`, strings.Join(events, ",")), 0o600))
	return file
}

// seal records the n-th event as the brand at the association's node, by the command line, and answers its ID.
func seal(t *testing.T, n *network, policy string, number int, price string) (eventID string) {
	t.Helper()
	event, eventID, _ := sealedEvent(number, price, handOver)
	file := sealedFile(t, event)
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

	event, _, _ := sealedEvent(4, "at the wrong node", handOver)
	file := sealedFile(t, event)
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

	stagedAndSealed(t, n, []string{idStays, idPrivate}, []string{idStays})
}

// stagedAndSealed: sealed events that are too many for one transaction are recorded together, and their bodies go where those
// of any others go. here and there are the IDs of what the nodes of the brand and of the carrier have already.
func stagedAndSealed(t *testing.T, n *network, here, there []string) {
	const many, handed = 210, 120 // a transaction takes 200, and either those that are handed over or the others
	staged := logsOf(t, n, contracts.TraceLogAddr)
	var events, ids, prices []string
	var path string
	for i := range many {
		price, more := fmt.Sprintf("farthings, %d of them, a crate", 7_000_000+i), ""
		if i < handed {
			more = handOver
		}
		event, id, at := sealedEvent(100+i, price, more)
		events, ids, prices, path = append(events, event), append(ids, id), append(prices, price), at
	}
	_, stderr, code := suyuan(t, "", "capture", "--policy", "chain", "--node", n.url(association), "--api-key", n.party(t, "brand").APIKey, sealedFile(t, events...))
	require.Zero(t, code, stderr)
	holds(t, n, association, slices.Concat(here, ids)...)
	holds(t, n, logistics, slices.Concat(there, ids[:handed])...)
	blocks := map[string]int{}
	for _, s := range vaultOf(t, n, association) {
		if height, _, ok := strings.Cut(s.Cursor, "-"); ok && slices.Contains(ids, s.EventID) {
			blocks[height]++
		}
	}
	assert.Len(t, blocks, 1, "all in one block: %v", blocks)
	assert.Greater(t, logsOf(t, n, contracts.TraceLogAddr), staged+1, "a part and the seal")
	n.agree(t, association, logistics, laboratory, bank)
	for _, uninvolved := range []int{laboratory, bank} {
		holds(t, n, uninvolved)
		assert.Empty(t, finds(t, n, uninvolved, prices[0], prices[many-1], ids[0], ids[many-1]))
	}
	out, stderr, code := suyuan(t, "", "vault", "show", "--node", n.url(logistics), "--api-key", n.party(t, "logistics").APIKey, ids[handed-1])
	require.Zero(t, code, stderr)
	assert.Contains(t, out, prices[handed-1])
	assert.Equal(t, prices[handed-1:handed], finds(t, n, logistics, prices[handed-1], prices[handed]))

	trust := filepath.Join(t.TempDir(), "trust.json")
	_, stderr, code = suyuan(t, "", "trust", "fetch", "--node", n.url(bank), "--trust", trust)
	require.Zero(t, code, stderr)
	out, stderr, code = suyuan(t, "", "verify", path, "--trust", trust, "--node", n.url(bank), "--output", "json")
	require.Contains(t, []int{0, 6}, code, stderr)
	var r verify.Result
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Len(t, r.Facts.Events, 1)
	require.NotNil(t, r.Facts.Events[0].Sealed, "its record is proven by a node without the body")

	_, stderr, code = suyuan(t, "", "vault", "erase", "--yes", "--node", n.url(association), "--api-key", n.party(t, "brand").APIKey, ids[0])
	require.Zero(t, code, stderr)
	holds(t, n, association, slices.Concat(here, ids[1:])...)
	holds(t, n, logistics, slices.Concat(there, ids[1:handed])...)
	assert.Equal(t, prices[1:2], finds(t, n, association, prices[0], prices[1]))
	lotOfSealed(t, n)
}

// lotOfSealed: a lot that a sealed event names in the master data of its units only leads to them for those entitled, until the
// event is erased; then it is in no file.
func lotOfSealed(t *testing.T, n *network) {
	const unit, lot = "https://id.gs1.org/01/09521202001011/21/SEALED1", "RIESLING-2026-NS"
	eventID := "urn:uuid:" + uuidOf("lot of sealed")
	file := sealedFile(t, fmt.Sprintf(`{"type":"TransformationEvent","eventID":%q,"eventTime":"2026-11-01T08:00:00.000Z","eventTimeZoneOffset":"+08:00","bizStep":"commissioning",
"inputQuantityList":[{"epcClass":"https://id.gs1.org/01/09521202009024/10/BULK","quantity":2,"uom":"LTR"}],"outputEPCList":[%q],"ilmd":{"cbvmda:lotNumber":%q}}`, eventID, unit, lot))
	brand := n.party(t, "brand").APIKey
	_, stderr, code := suyuan(t, "", "capture", "--policy", "private", "--node", n.url(association), "--api-key", brand, file)
	require.Zero(t, code, stderr)
	n.agree(t, association, logistics, laboratory, bank)
	leads := func(i int, key string) bool {
		var g trace.Graph
		require.NoError(t, remote.New(n.url(i), key).Get(context.Background(), "/api/v1/objects/"+url.PathEscape("https://id.gs1.org/01/09521202001011/10/"+lot)+"/graph", &g))
		return slices.ContainsFunc(g.Nodes, func(x trace.GraphNode) bool { return x.ID == unit })
	}
	assert.True(t, leads(association, brand))
	assert.False(t, leads(association, n.party(t, "coop").APIKey), "not entitled")
	assert.False(t, leads(logistics, ""), "the body isn't there")
	assert.Equal(t, []string{lot}, finds(t, n, association, lot))
	_, stderr, code = suyuan(t, "", "vault", "erase", "--yes", "--node", n.url(association), "--api-key", brand, eventID)
	require.Zero(t, code, stderr)
	assert.False(t, leads(association, brand))
	for i := range n.Validators {
		assert.Empty(t, finds(t, n, i, lot), n.Validators[i].Name)
	}
}

// logsOf is how many logs a contract has made.
func logsOf(t *testing.T, n *network, contract common.Address) int {
	t.Helper()
	client, err := ethclient.Dial(n.RPC)
	require.NoError(t, err)
	defer client.Close()
	logs, err := client.FilterLogs(t.Context(), ethereum.FilterQuery{FromBlock: new(big.Int), Addresses: []common.Address{contract}})
	require.NoError(t, err)
	return len(logs)
}
