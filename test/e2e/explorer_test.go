//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/explorer/ledger"
	"github.com/suyuan-ledger/suyuan/node/api/apitest"
)

// elsewhere is a host name by which nobody counts as being on the node's own machine.
const elsewhere = "members.example"

// observed is a document with one event, at TIME.
const observed = `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument","schemaVersion":"2.0",
"creationDate":"2026-11-20T00:00:00Z","epcisBody":{"eventList":[{"type":"ObjectEvent","action":"OBSERVE","bizStep":"inspecting",
"eventTime":"TIME","eventTimeZoneOffset":"+00:00","epcList":["https://id.gs1.org/01/09521987000018/21/EXPLORED"]}]}}`

// get asks validator 0, as somebody of this machine or, with a host, as a stranger.
func get(t testing.TB, path, host string, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, shared.url(0)+path, nil)
	require.NoError(t, err)
	if host != "" {
		req.Host = host
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// into reads a JSON answer of the interface.
func into[T any](t testing.TB, path string) (v T) {
	t.Helper()
	res := get(t, path, "")
	require.Equal(t, http.StatusOK, res.StatusCode, path)
	require.NoError(t, json.NewDecoder(res.Body).Decode(&v))
	return v
}

type listOf[T any] struct {
	Items []T
	Next  string
}

// TestExplorer is a member's visit: signs in with an API key, looks everything up, watches blocks come in, signs out.
func TestExplorer(t *testing.T) {
	t.Parallel()
	member := shared.party(t, "sandbox")
	block := into[listOf[ledger.Block]](t, "/api/v1/blocks?limit=1").Items[0]
	row := into[ledger.BlockDetail](t, "/api/v1/blocks/"+strconv.FormatUint(block.Number, 10)).Transactions[0]
	party := into[listOf[ledger.Party]](t, "/api/v1/parties?limit=1").Items[0]
	searches := []struct{ Q, Want string }{
		{"09521202001011", "/01/09521202001011"},
		{"7QW4ZK9T2M", "/explorer/objects/0x"},
		{"CX7-118", "/explorer/objects/0x"},
		{"095213030007301181", "/explorer/objects/0x"},
		{strconv.FormatUint(block.Number, 10), "/explorer/blocks/" + strconv.FormatUint(block.Number, 10)},
		{block.Hash.Hex(), "/explorer/blocks/"},
		{row.Hash.Hex(), "/explorer/transactions/" + row.Hash.Hex()},
		{party.Name, "/explorer/parties/" + party.Address.Hex()},
		{party.Address.Hex(), "/explorer/parties/" + party.Address.Hex()},
		{"nothing of this name", ""},
	}
	type search struct {
		Q string `json:"q"`
	}
	plan := map[string]any{"base": "http://" + elsewhere + ":" + port(shared.url(0)), "key": member.APIKey, "document": observed,
		"capture": shared.url(0) + "/epcis/capture", "api": shared.url(0) + "/api/v1"}
	var asked []search
	for _, s := range searches {
		asked = append(asked, search{s.Q})
	}
	plan["searches"] = asked
	text, err := json.Marshal(plan)
	require.NoError(t, err)
	var saw struct {
		Stranger, After, SeenElsewhere, Resumed int
		Refused, Asked, SignedIn, SignedOut     string
		Curl                                    string
		Still                                   bool
		Errors                                  []string
		Found                                   []struct {
			Q, Path string
			Wide    int
			Hits    []string
		}
		CSV struct {
			Status     int
			Type, Name string
			Lines      []string
		}
	}
	script(t, &saw, "explorer.mjs", string(text))

	assert.Equal(t, http.StatusUnauthorized, saw.Stranger)
	assert.NotEmpty(t, saw.Refused)
	assert.Equal(t, "/explorer/parties", saw.Asked, "signed in, the page that was asked for comes")
	assert.Contains(t, saw.SignedIn, member.Name)
	assert.Empty(t, saw.Errors)
	require.Len(t, saw.Found, len(searches))
	for i, want := range searches {
		got := saw.Found[i]
		assert.Zero(t, got.Wide, "%s scrolls sideways", got.Path)
		paths := strings.ToLower(strings.Join(append(got.Hits, got.Path), " "))
		assert.Contains(t, paths, strings.ToLower(want.Want), want.Q)
		if want.Want == "" {
			assert.Equal(t, "/explorer/search", got.Path)
			assert.Empty(t, got.Hits)
		}
	}
	assert.True(t, saw.Still, "a stopped page stays as it is")
	assert.GreaterOrEqual(t, saw.Resumed, saw.SeenElsewhere)
	assert.Equal(t, http.StatusOK, saw.CSV.Status)
	assert.Contains(t, saw.CSV.Type, "text/csv")
	assert.Contains(t, saw.CSV.Name, ".csv")
	assert.Contains(t, saw.CSV.Lines[0], "number,height,time")
	assert.Regexp(t, `^\d+,\d+,`, saw.CSV.Lines[1])
	assert.NotEmpty(t, saw.SignedOut)
	assert.Equal(t, http.StatusUnauthorized, saw.After)

	// The command to copy works as it stands.
	cmd := exec.Command("bash", "-c", strings.Replace(saw.Curl, "curl ", "curl -s --resolve "+elsewhere+":"+port(shared.url(0))+":127.0.0.1 ", 1))
	cmd.Env = append(cmd.Environ(), "SUYUAN_API_KEY="+member.APIKey)
	answer, err := cmd.Output()
	require.NoError(t, err, saw.Curl)
	var blocks listOf[ledger.Block]
	require.NoError(t, json.Unmarshal(answer, &blocks), "%s: %s", saw.Curl, answer)
	assert.NotEmpty(t, blocks.Items)
}

func port(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Port()
}

// TestInterface holds a running validator to the description it gives of itself, and its lists to members.
func TestInterface(t *testing.T) {
	t.Parallel()
	key := "Bearer " + shared.party(t, "sandbox").APIKey
	founder := into[listOf[ledger.Party]](t, "/api/v1/parties?limit=1").Items[0]
	block := into[listOf[ledger.Block]](t, "/api/v1/blocks?limit=1").Items[0]
	tx := into[ledger.BlockDetail](t, "/api/v1/blocks/"+strconv.FormatUint(block.Number, 10)).Transactions[0]
	found := into[ledger.Found](t, "/api/v1/search?q=7QW4ZK9T2M")
	require.NotEmpty(t, found.Hits)
	bottle := found.Hits[0].Title

	t.Run("description", func(t *testing.T) {
		apitest.Check(t, func(t testing.TB, path string, withKey bool) *http.Response {
			if !withKey {
				return get(t, path, elsewhere)
			}
			assert.Equal(t, http.StatusUnauthorized, get(t, path, elsewhere).StatusCode, "a list isn't for strangers: %s", path)
			assert.Equal(t, http.StatusUnauthorized, get(t, path, elsewhere, "Authorization", "Bearer sy_1_wrong").StatusCode, path)
			return get(t, path, elsewhere, "Authorization", key)
		}, map[string]string{
			"transaction.hash": tx.Hash.Hex(), "leaves.key": strings.TrimPrefix(found.Hits[0].Path, "/explorer/objects/"), "object.id": bottle,
			"object-events.id": bottle, "graph.id": bottle, "verdict.id": bottle, "party.address": founder.Address.Hex(),
			"partyHistory.address": founder.Address.Hex(), "block.id": block.Hash.Hex(), "certificate.height": strconv.FormatInt(block.Height, 10), "licence.id": "1",
		})
	})
	t.Run("pages are for members", func(t *testing.T) {
		for _, path := range []string{"/explorer", "/explorer/blocks", "/explorer/search?q=1", "/explorer/live", "/explorer/blocks?format=csv", "/api/v1/live", "/epcis/events"} {
			assert.Equal(t, http.StatusUnauthorized, get(t, path, elsewhere).StatusCode, path)
		}
		assert.Equal(t, http.StatusOK, get(t, "/01/09521202001011/21/7QW4ZK9T2M", elsewhere, "Accept", "text/html").StatusCode, "what is scanned is for everybody")
	})
	t.Run("ETag", func(t *testing.T) {
		path := "/api/v1/objects/" + url.PathEscape(bottle)
		tag := get(t, path, "", "Accept-Encoding", "identity").Header.Get("ETag")
		require.NotEmpty(t, tag)
		assert.Equal(t, http.StatusNotModified, get(t, path, "", "Accept-Encoding", "identity", "If-None-Match", tag).StatusCode)
		assert.Equal(t, http.StatusOK, get(t, path, "", "Accept-Encoding", "identity", "If-None-Match", `"other"`).StatusCode)
	})
	t.Run("events by pages", func(t *testing.T) {
		count, path := 0, "/epcis/events?EQ_bizStep=commissioning&LT_recordTime="+url.QueryEscape(block.Time.Format(time.RFC3339))+"&perPage=7"
		seen := map[string]bool{}
		for path != "" {
			require.False(t, seen[path], "a page comes once")
			seen[path] = true
			res := get(t, path, elsewhere, "Authorization", key)
			require.Equal(t, http.StatusOK, res.StatusCode)
			var doc struct {
				Body struct {
					Results struct {
						Body struct{ EventList []json.RawMessage } `json:"resultsBody"`
					} `json:"queryResults"`
				} `json:"epcisBody"`
			}
			require.NoError(t, json.NewDecoder(res.Body).Decode(&doc))
			for _, e := range doc.Body.Results.Body.EventList {
				require.False(t, seen[string(e)], "an event comes once")
				seen[string(e)] = true
				count++
			}
			path = next(res)
		}
		assert.Greater(t, count, 7)
	})
	t.Run("pages of a list", func(t *testing.T) {
		var all []string
		for path := "/api/v1/parties?limit=5"; path != ""; {
			res := get(t, path, "")
			var page listOf[ledger.Party]
			require.NoError(t, json.NewDecoder(res.Body).Decode(&page))
			for _, p := range page.Items {
				all = append(all, p.Address.Hex())
			}
			path = next(res)
		}
		total := into[struct {
			Total int `json:",string"`
		}](t, "/api/v1/parties?limit=1").Total
		assert.Len(t, all, total)
	})
	t.Run("founders", func(t *testing.T) {
		history := into[listOf[ledger.Change]](t, "/api/v1/parties/"+founder.Address.Hex()+"/history").Items
		require.NotEmpty(t, history)
		first := history[len(history)-1]
		assert.Zero(t, first.Number)
		assert.Equal(t, "party", first.Kind)
		assert.Zero(t, first.Tx, "the genesis block has no transactions")
		leaves := into[ledger.Object](t, "/api/v1/objects/"+first.Object.Hex()+"/leaves").Lane
		require.NotEmpty(t, leaves.Leaves)
		assert.Equal(t, first.Leaf, leaves.Leaves[0].Hash)
		assert.Equal(t, first.Cursor, leaves.Leaves[0].Change)
		assert.Contains(t, textOf(t, get(t, "/explorer/parties/"+founder.Address.Hex()+"/history?lang=en", "", "Accept", "text/html")), "genesis block")
	})
	t.Run("stream resumes", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, shared.url(0)+"/api/v1/live?records=false", nil)
		require.NoError(t, err)
		req.Header.Set("Last-Event-ID", fmt.Sprintf("%d-0", block.Height-1))
		res, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && strings.Contains(data, block.Hash.Hex()) {
				return
			}
		}
		t.Error("the block that came after Last-Event-ID isn't told again")
	})
}

// next is the address in a Link header.
func next(res *http.Response) string {
	link, _, ok := strings.Cut(res.Header.Get("Link"), ">; rel=\"next\"")
	if !ok {
		return ""
	}
	return strings.TrimPrefix(link, "<")
}

func textOf(t testing.TB, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return string(b)
}
