package epcis_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace/epcis"
)

// shared is the trade's test data beside the repository; tests skip where it isn't.
const shared = "../../../shared/data/epcis"

func sharedFiles(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared, pattern))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skipf("no %s in %s: the trade's test data is not beside the repository", pattern, shared)
	}
	return files
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func TestSharedHashes(t *testing.T) {
	t.Parallel()
	for _, path := range sharedFiles(t, "hash/*.hashes") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			want := strings.Fields(string(readFile(t, path)))
			doc, err := epcis.Parse(readFile(t, strings.TrimSuffix(path, ".hashes")+".jsonld"))
			require.NoError(t, err)
			var got []string
			for _, e := range doc.Events {
				got = append(got, e.HashID())
				again, err := epcis.ParseBody(e.Body())
				require.NoError(t, err)
				assert.Equal(t, e.HashID(), again.HashID(), "the body alone has the same hash")
			}
			assert.Equal(t, want, got)
		})
	}
}

func TestSharedValid(t *testing.T) {
	t.Parallel()
	for _, path := range sharedFiles(t, "valid/*.json") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			data := readFile(t, path)
			doc, err := epcis.Parse(data)
			require.NoError(t, err)
			var sent struct {
				EPCISBody struct{ EventList []map[string]any }
			}
			require.NoError(t, json.Unmarshal(data, &sent))
			require.Len(t, doc.Events, len(sent.EPCISBody.EventList))
			for i, e := range doc.Events {
				var got map[string]any
				require.NoError(t, json.Unmarshal(e.Body(), &got))
				delete(got, "@context")
				want := sent.EPCISBody.EventList[i]
				delete(want, "recordTime")
				assert.Equal(t, want, got)
			}
		})
	}
}

func TestSharedInvalid(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"Combination_of_events_with_missing_mandatory_fields.json": {
			"/epcisBody/eventList/0 required", "/epcisBody/eventList/1 required", "/epcisBody/eventList/1 required",
		},
		"EPCISDocument_without_context.json":                 {" required"},
		"ObjectEvent_with_ilmd_field_without_namespace.json": {"/epcisBody/eventList/0/ilmd/materialType unknown-field"},
		"ObjectEvent_with_invalid_action.json":               {"/epcisBody/eventList/0/action enum"},
		"ObjectEvent_with_non_standard_bizStep.json":         {"/epcisBody/eventList/0/bizStep vocabulary"},
		"ObjectEvent_with_quantity_as_text.json":             {"/epcisBody/eventList/0/quantityList/0/quantity type"},
	}
	for _, path := range sharedFiles(t, "invalid/*.json") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			_, err := epcis.Parse(readFile(t, path))
			require.Contains(t, want, filepath.Base(path))
			assert.Equal(t, want[filepath.Base(path)], faultsOf(t, err))
		})
	}
}

// faultsOf lists pointer and rule of each fault.
func faultsOf(t testing.TB, err error) (out []string) {
	t.Helper()
	var invalid *epcis.Invalid
	require.ErrorAs(t, err, &invalid)
	for _, f := range invalid.Faults {
		out = append(out, f.Pointer+" "+f.Rule)
	}
	return out
}
