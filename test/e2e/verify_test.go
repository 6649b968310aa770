//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/verify"
)

// TestVerify: what any node says is checked with what was trusted before, and by nothing else.
func TestVerify(t *testing.T) {
	trust := filepath.Join(t.TempDir(), "trust.json")
	node := func(i int) string { return "--node=" + shared.url(i) }
	run := func(want int, args ...string) string {
		t.Helper()
		out, stderr, code := suyuan(t, "", append(args, "--trust", trust)...)
		require.Equal(t, want, code, "%s\n%s", out, stderr)
		return out + stderr
	}
	first := run(0, "trust", "fetch", node(0))
	run(3, "trust", "fetch", node(0))

	t.Run("every story, by every node", func(t *testing.T) {
		for i, s := range shared.Stories {
			out, stderr, code := suyuan(t, "", "verify", strings.TrimPrefix(s.DigitalLink, "https://id.gs1.org"), "--trust", trust, node(i%4), "--output", "json")
			require.Contains(t, []int{0, 6}, code, "%s: %s", s.DigitalLink, stderr)
			var r verify.Result
			require.NoError(t, json.Unmarshal([]byte(out), &r))
			assert.Equal(t, verify.Name(s.DigitalLink), r.Facts.Subject)
			assert.Len(t, r.Steps, len(verify.Steps))
		}
	})
	t.Run("a scan page's address, asked of the node that serves it", func(t *testing.T) {
		address := shared.url(1) + strings.TrimPrefix(shared.Stories[0].DigitalLink, "https://id.gs1.org")
		assert.Contains(t, run(0, "verify", address, "--node="), "Proof from "+shared.url(1)+"/proof/object/")
	})
	t.Run("a node that hides a record", func(t *testing.T) {
		res, err := http.Get(shared.url(2) + "/proof/object" + strings.TrimPrefix(shared.Stories[0].DigitalLink, "https://id.gs1.org"))
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, verify.MediaType, res.Header.Get("Content-Type"))
		raw, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		p, err := verify.Parse(raw)
		require.NoError(t, err)
		lane := &p.Lanes[1]
		require.NotEmpty(t, lane.Leaves)
		lane.Leaves = lane.Leaves[:len(lane.Leaves)-1]
		file := filepath.Join(t.TempDir(), "proof.json")
		hidden := p.Encode()
		require.NoError(t, os.WriteFile(file, hidden, 0o644))
		assert.Contains(t, run(5, "verify", file), "REFUSED at step")
		require.NoError(t, os.WriteFile(file, bytes.Replace(raw, []byte("temperature"), []byte("Temperature"), 1), 0o644))
		assert.Contains(t, run(5, "verify", file), "REFUSED at step")
		require.NoError(t, os.WriteFile(file, raw, 0o644))
		assert.Contains(t, run(5, "verify", file, "--want", "/01/09521202001011/21/OTHER"), "asked for")
	})
	t.Run("a unit that only a list knows", func(t *testing.T) {
		csv := filepath.Join(t.TempDir(), "units.csv")
		_, stderr, code := suyuan(t, "", "commission", node(1), "--api-key", shared.party(t, "sandbox").APIKey, "--gtin", "09529999000002", "--lot", "LISTED",
			"--count", "300", "--csv", csv)
		require.Equal(t, 0, code, stderr)
		raw, err := os.ReadFile(csv)
		require.NoError(t, err)
		serial, _, _ := strings.Cut(strings.Split(string(raw), "\n")[1], ",")
		eventually(t, 20*time.Second, "the list in a proof", func() error {
			out, stderr, code := suyuan(t, "", "verify", "/01/09529999000002/21/"+serial, "--trust", trust, node(1), "--output", "json")
			var r verify.Result
			if err := json.Unmarshal([]byte(out), &r); err != nil || r.Facts == nil {
				return fmt.Errorf("exit %d: %s%s", code, out, stderr)
			}
			if len(r.Facts.Lists) != 1 || !r.Facts.Lists[0].Member {
				return fmt.Errorf("lists: %+v", r.Facts.Lists)
			}
			return nil
		})
		for _, path := range []string{"/01/09529999000002/21/" + serial, "/01/09529999000002/10/LISTED"} {
			assert.Equal(t, "check warned", onThePhone(t, shared.url(1)+path+"?lang=en").Card, "%s: of nothing but the sandbox's open licence", path)
		}
	})
	t.Run("pages of many kinds", func(t *testing.T) { pagesOfManyKinds(t, shared) })
	t.Run("a dishonest server, seen by a phone", func(t *testing.T) {
		web := needBrowser(t)
		const sealed = "/01/09521202001011/21/SEALEDLIFE"
		file := filepath.Join(t.TempDir(), "sealed.json")
		require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],"type":"EPCISDocument",
"schemaVersion":"2.0","creationDate":"2026-11-01T08:00:00Z","epcisBody":{"eventList":[{"type":"ObjectEvent","eventTime":"2026-11-01T08:00:00.000Z",
"eventTimeZoneOffset":"+08:00","action":"ADD","bizStep":"commissioning","epcList":["https://id.gs1.org%s"]}]}}`, sealed), 0o600))
		_, stderr, code := suyuan(t, "", "capture", "--policy", "private", node(association), "--api-key", shared.party(t, "brand").APIKey, file)
		require.Zero(t, code, stderr)
		for i := range shared.Validators { // one has the body, the others don't
			eventually(t, 20*time.Second, "the sealed record on a page", func() error {
				_, body := page(t, shared.url(i)+sealed+"?lang=en")
				if !strings.Contains(body, "Who registered it isn&#39;t known here") || strings.Contains(body, "Not yet in use") {
					return fmt.Errorf("the page of %s says something else", shared.Validators[i].Name)
				}
				return nil
			})
		}
		assert.Equal(t, "check good", onThePhone(t, shared.url(association)+sealed).Card)
		cmd := exec.Command("node", filepath.Join(web, "test", "tamper.mjs"), shared.url(bank), bottlePath(shared), strings.TrimPrefix(shared.Stories[1].DigitalLink, "https://id.gs1.org"), sealed, "--some")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		require.NoError(t, err)
		for line := range strings.Lines(string(out)) {
			var c struct {
				Name, Want, Card, Failed string
				Marked                   bool // as this node's word, more than the page as it is
			}
			require.NoError(t, json.Unmarshal([]byte(line), &c))
			if strings.HasPrefix(c.Want, "harmless") || c.Want == "marked" {
				assert.Equal(t, c.Want == "marked", c.Marked && c.Want == "marked", line)
				assert.Contains(t, []string{"good", "warned"}, c.Card, line)
				continue
			}
			assert.Equal(t, "bad", c.Card, line)
			if c.Want != "*" {
				assert.Equal(t, c.Want, c.Failed, line)
			}
		}
	})
	t.Run("a scan page whose server is gone", func(t *testing.T) {
		cmd := exec.Command("node", filepath.Join(needBrowser(t), "test", "offline.mjs"), shared.url(0), "/00/095213030007301181")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		require.NoError(t, err)
		var seen [2]struct {
			Gone     bool
			Card     string
			Rows     int
			Manifest string
		}
		for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
			require.NoError(t, json.Unmarshal([]byte(line), &seen[i]))
		}
		assert.True(t, seen[1].Gone)
		assert.Equal(t, "good", seen[1].Card, "checked again by what the browser kept: %s", out)
		assert.Equal(t, seen[0].Rows, seen[1].Rows)
		assert.Positive(t, seen[1].Rows)
		status, manifest := page(t, shared.url(0)+seen[1].Manifest)
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, manifest, `"start_url":"/00/095213030007301181?lang=en"`)
	})
	t.Run("a pin proves the past", func(t *testing.T) {
		run(0, "trust", "update", node(3))
		run(0, "trust", "pin", node(1))
		run(0, "verify", "block/1", node(2))
		run(4, "verify", "0x0000000000000000000000000000000000000001", node(0))
		assert.Contains(t, run(4, "verify", "/01/09521202001011/21/NOBODYMADETHIS", node(0)), "NO RECORD", "proven, but no good news")
		run(1, "verify", "block/999999", "--node=http://127.0.0.1:1")
		show := run(0, "trust", "show")
		assert.Equal(t, strings.Fields(first)[1], strings.Fields(show)[1], "the fingerprint stays, for the validators do")
		assert.Contains(t, show, "pinned")
	})
}
