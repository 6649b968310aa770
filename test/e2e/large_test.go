//go:build e2e

package e2e

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace"
)

// TestUnitsByTheThousand makes 10,000 units with one command, ships them with one document, and asks for one of them at
// the node that made them, at another, and there again once it has the list.
func TestUnitsByTheThousand(t *testing.T) {
	t.Parallel()
	dir, ctx := t.TempDir(), context.Background()
	run := func(node int, args ...string) string {
		t.Helper()
		out, stderr, code := suyuan(t, "", append(args, "--node", shared.url(node), "--api-key", shared.party(t, "sandbox").APIKey)...)
		require.Zero(t, code, "suyuan %s: %s", strings.Join(args, " "), stderr)
		return out
	}
	lot := fmt.Sprint("E", time.Now().UnixNano()%1e9)
	file := filepath.Join(dir, "units.csv")
	out := run(0, "commission", "--gtin", "09521987000018", "--lot", lot, "--count", "10000", "--csv", file, "--output", "json")
	var made struct{ Root, Salt, Request string }
	require.NoError(t, json.Unmarshal([]byte(out), &made))
	f, err := os.Open(file)
	require.NoError(t, err)
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Len(t, rows, 10_001)
	assert.Equal(t, []string{"serial", "digital_link", "list_root", "list_count", "list_salt"}, rows[0])
	assert.Equal(t, []string{made.Root, "10000", made.Salt}, rows[1][2:])

	again := run(0, "commission", "--gtin", "09521987000018", "--lot", lot, "--count", "10000", "--csv", file+"2",
		"--request", made.Request, "--output", "json")
	assert.Contains(t, again, `"again": true`)
	_, stderr, code := suyuan(t, "", "commission", "--gtin", "09521987000018", "--lot", lot, "--count", "2", "--csv", file,
		"--node", shared.url(0), "--api-key", shared.party(t, "sandbox").APIKey)
	assert.Equal(t, 2, code, "a file with serials was overwritten")
	assert.Contains(t, stderr, "may hold the serials of other units")
	assert.Contains(t, again, made.Root)

	var epcs []string
	for _, row := range rows[1:] {
		epcs = append(epcs, "https://id.gs1.org/01/09521987000018/21/"+row[0])
	}
	list, err := json.Marshal(epcs)
	require.NoError(t, err)
	shipment := filepath.Join(dir, "shipment.json")
	require.NoError(t, os.WriteFile(shipment, fmt.Appendf(nil, `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],`+
		`"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2026-11-20T00:00:00Z","epcisBody":{"eventList":[{"type":"AggregationEvent",`+
		`"action":"ADD","bizStep":"packing","eventTime":%q,"eventTimeZoneOffset":"+00:00","parentID":"https://id.gs1.org/00/095219870000000018",`+
		`"childEPCs":%s}]}}`, time.Now().UTC().Format(time.RFC3339), list), 0o600))
	run(0, "capture", "--errors", "rollback", shipment)

	unit := "/01/09521987000018/10/" + lot + "/21/" + rows[4321][0]
	story := func(node int) *trace.Story { return shared.story(t, node, unit) }
	s := story(0)
	require.NotNil(t, s.Listing)
	assert.Equal(t, trace.ListingIn, s.Listing.State)
	assert.Equal(t, lot, s.Identity.Lot)
	require.Len(t, s.Containers, 1)
	require.Eventually(t, func() bool { return story(1).Ledger.Height >= s.Ledger.Height }, time.Minute, 100*time.Millisecond)
	s = story(1)
	require.NotNil(t, s.Listing)
	assert.Equal(t, trace.ListingClosed, s.Listing.State, "this node can't look into the list, and says so")
	assert.Equal(t, trace.UnitNotChecked, s.Unit.State)

	exported := filepath.Join(dir, "units.list")
	run(0, "list", "export", made.Root, "--file", exported)
	run(1, "list", "import", exported)
	assert.Equal(t, trace.ListingIn, story(1).Listing.State)

	var proof struct {
		In  []struct{ Root string }
		Out []struct{ Root string }
	}
	door := "/api/v1/memberships?id="
	require.NoError(t, remote.New(shared.url(0), "").Get(ctx, door+unit, &proof))
	assert.Len(t, proof.In, 2)
	copied := "/01/09521987000018/10/" + lot + "/21/34679CDFGHJKMNPQ"
	require.NoError(t, remote.New(shared.url(0), "").Get(ctx, door+copied, &proof))
	assert.Len(t, proof.Out, 2)
}
