//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/demo"
	"github.com/suyuan-ledger/suyuan/node/remote"
	"github.com/suyuan-ledger/suyuan/trace"
)

// story asks validator i for the story behind a path.
func (n *network) story(t testing.TB, i int, path string) *trace.Story {
	t.Helper()
	s := new(trace.Story)
	require.NoError(t, remote.New(n.url(i), "").Get(context.Background(), path, s))
	return s
}

// page reads a page as a browser does.
func page(t testing.TB, url string) (status int, html string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set("Accept", "text/html")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(b)
}

func bottlePath(n *network) string {
	return strings.TrimPrefix(n.Stories[0].DigitalLink, "https://id.gs1.org")
}

// phones: in the local network one identifier at a time can be read, lists can't, and the page says what plain HTTP
// lacks. On this machine all is as before.
func phones(t *testing.T, n *network, address string) {
	_, port, err := net.SplitHostPort(n.Validators[0].Address())
	require.NoError(t, err)
	base := "http://" + net.JoinHostPort(address, port)
	require.Equal(t, base, n.LAN)
	require.True(t, strings.HasPrefix(n.Stories[0].ScanURL, base+"/01/"), n.Stories[0].ScanURL)

	status, html := page(t, n.Stories[0].ScanURL+"?lang=en")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, html, "This address is plain HTTP")
	_, html = page(t, n.url(0)+bottlePath(n)+"?lang=en")
	assert.NotContains(t, html, "This address is plain HTTP")

	for _, list := range []string{"/explorer", "/epcis/events", "/metrics"} {
		status, _ = page(t, base+list)
		assert.Equal(t, http.StatusUnauthorized, status, list)
	}
	status, _ = page(t, n.url(0)+"/explorer")
	assert.Equal(t, http.StatusOK, status)
	_, err = remote.New(base, n.party(t, "sandbox").APIKey).Do(context.Background(), http.MethodGet, "/epcis/events", nil, nil)
	assert.NoError(t, err, "a key with read may list")
}

// stopAndStart: one node goes and comes back, asked for from another process; the others go on.
func stopAndStart(t *testing.T, n *network) {
	out, stderr, code := suyuan(t, "", "demo", "stop", "4", "--dir", n.dir)
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, out, "Mingchuan Bank has stopped")
	_, err := http.Get(n.url(3) + "/healthz")
	require.Error(t, err)
	assert.True(t, n.status(t, 0).Ready)
	_, stderr, code = suyuan(t, "", "demo", "stop", "bank", "--dir", n.dir)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "validator 4 (Mingchuan Bank) isn't running")
	_, stderr, code = suyuan(t, "", "demo", "stop", "5", "--dir", n.dir)
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, `validator "5": must be one of 1 (association)`)
	_, stderr, code = suyuan(t, "", "demo", "--dir", n.dir)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "runs already")

	require.NoError(t, n.load())
	assert.Zero(t, n.Validators[3].PID)
	out, stderr, code = suyuan(t, "", "demo", "start", "4", "--dir", n.dir, "--output", "json")
	require.Equal(t, 0, code, stderr)
	var v demo.Validator
	require.NoError(t, json.Unmarshal([]byte(out), &v))
	assert.Equal(t, "明川银行", v.Operator.ZH)
	assert.True(t, n.status(t, 3).Ready)
	_, stderr, code = suyuan(t, "", "demo", "start", "4", "--dir", n.dir)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "is running")
}

// tamper: the altered node says so itself, the others tell the truth, and the ledger heals it.
func tamper(t *testing.T, n *network) {
	honest := n.story(t, 0, bottlePath(n))
	require.Len(t, honest.ColdChain[0].Excursions, 1)
	out, stderr, code := suyuan(t, "", "demo", "tamper", "--dir", n.dir)
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, out, "Yuanshan Cold Chain now hides the 9.4 °C")
	lie := n.story(t, 1, bottlePath(n))
	assert.Equal(t, trace.RecordAltered, lie.Record.State)
	_, html := page(t, n.url(1)+bottlePath(n)+"?lang=en")
	assert.Contains(t, html, `class="verdict record altered"`)
	assert.Contains(t, html, "This is the node of Yuanshan Cold Chain.")
	assert.NotContains(t, html, "all within limits", "the reading that is missing may have been out of them")
	for _, i := range []int{0, 2, 3} {
		s := n.story(t, i, bottlePath(n))
		assert.Equal(t, honest.Record, s.Record, n.Validators[i].Name)
		assert.Equal(t, honest.ColdChain, s.ColdChain, n.Validators[i].Name)
	}
	_, stderr, code = suyuan(t, "", "demo", "tamper", "--dir", n.dir)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "is altered already")
	_, stderr, code = suyuan(t, "", "demo", "tour", "--yes", "--dir", n.dir)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "is altered; undo it first")

	_, stderr, code = suyuan(t, "", "demo", "tamper", "--undo", "--dir", n.dir)
	require.Equal(t, 0, code, stderr)
	n.agree(t, 0, 1, 2, 3)
	s := n.story(t, 1, bottlePath(n))
	assert.Equal(t, honest.Record, s.Record)
	assert.Equal(t, honest.ColdChain, s.ColdChain)
	_, stderr, code = suyuan(t, "", "demo", "tamper", "--undo", "--dir", n.dir)
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "isn't altered")
}

// checks of the tour's stations, by name: what the sentences say is asked of the network while the tour waits for the
// next key, without the tour's own code.
var tourChecks = map[string]func(t *testing.T, n *network, s demo.Shown){
	"operators": func(t *testing.T, n *network, s demo.Shown) {
		names := []string{"Yuanpin Brand Association", "Yuanshan Cold Chain", "Hengzhun Testing Laboratory", "Mingchuan Bank"}
		for i, v := range n.status(t, 0).Validators {
			assert.Contains(t, names, v.Name)
			assert.Equal(t, int64(1), v.Power/n.status(t, 0).Validators[0].Power, i)
		}
		assert.Equal(t, "4 organisations run this ledger together: "+strings.Join(names[:3], ", ")+" and "+names[3]+".", s.Sentences[0])
		assert.Contains(t, s.Sentences[1], "signatures of 3 of them")
		for _, name := range names {
			_, html := page(t, s.URL)
			assert.Contains(t, html, name)
		}
	},
	"scan": func(t *testing.T, n *network, s demo.Shown) {
		_, html := page(t, s.URL)
		story := n.story(t, 0, bottlePath(n))
		require.Equal(t, "CX7-118", story.Identity.Lot)
		assert.Contains(t, s.URL, "/10/CX7-118/21/7QW4ZK9T2M")
		assert.NotContains(t, html, "differs from")
		assert.Contains(t, s.Sentences[0], "Chenxi pressed orange juice 1 L, a bottle on the shelf of Linli Fresh, Wuyi Road store")
		assert.Contains(t, s.Sentences[0], "CX7-118")
		for _, step := range story.Journey {
			if step.BizStep == "inspecting" && step.Disposition == "conformant" && step.Relation == trace.RelationLot {
				assert.Equal(t, step.Signer.Party.Name+" found the lot conformant on "+step.Local[:10]+", in report HZ-26-8901.", s.Sentences[1])
			}
		}
		assert.Contains(t, html, "HZ-26-8901")
	},
	"cold-chain": func(t *testing.T, n *network, s demo.Shown) {
		line := n.story(t, 0, bottlePath(n)).ColdChain[0]
		require.Len(t, line.Excursions, 1)
		assert.Equal(t, []any{47, "9.4", "8"}, []any{line.Excursions[0].Minutes, line.Excursions[0].Peak, line.LimitMax})
		assert.Equal(t, "47 minutes at 9.4 °C", s.Title)
		assert.Equal(t, "On the way with Yuanshan Cold Chain it was above the limit of 8 °C for 47 minutes, up to 9.4 °C.", s.Sentences[0])
		assert.Equal(t, "Linli Fresh Supermarkets measured 5.1 °C at the core and accepted the goods.", s.Sentences[1])
	},
	"on-your-phone": func(t *testing.T, n *network, s demo.Shown) {
		out, stderr, code := suyuan(t, "", "trust", "fetch", "--node", n.url(3), "--trust", filepath.Join(t.TempDir(), "trust.json"))
		require.Equal(t, 0, code, stderr)
		assert.Contains(t, out, s.Facts["fingerprint"])
		assert.Contains(t, s.Sentences[1], "is "+s.Facts["fingerprint"]+", the same at all four operators")
		assert.Contains(t, s.Sentences[0], "You needn't believe the node of Hengzhun Testing Laboratory: in your browser its page takes 17 checks, on the card “Checked on this phone”.")
		assert.Contains(t, s.Sentences[0], "of 4 validators cover all "+s.Facts["records"]+" records")
		assert.True(t, strings.HasPrefix(s.URL, n.url(2)+bottlePath(n)), s.URL)
		card := onThePhone(t, s.URL)
		assert.Equal(t, "check good", card.Card)
		assert.Equal(t, "Checked on this phone", card.Heading)
		assert.Len(t, card.Steps, 17)
		assert.Contains(t, card.Trust, s.Facts["fingerprint"])
	},
	"hidden-excursion": func(t *testing.T, n *network, s demo.Shown) {
		assert.Equal(t, "The 9.4 °C, hidden", s.Title)
		assert.Equal(t, "Yuanshan Cold Chain has changed the 9.4 °C into 4.4 °C in its own store. On its page the phone's check turns red and names what failed: "+
			"“Each content is the one committed to”.", s.Sentences[0])
		honest := n.url(0) + bottlePath(n) + "?lang=en"
		assert.Equal(t, "The page of Yuanpin Brand Association passes, and the 9.4 °C is there: "+honest, s.Sentences[1])
		assert.Equal(t, n.url(1)+bottlePath(n)+"?lang=en", s.URL)
		assert.Equal(t, trace.RecordAltered, n.story(t, 1, bottlePath(n)).Record.State)
		lie := onThePhone(t, s.URL)
		assert.Equal(t, "check bad", lie.Card)
		assert.Equal(t, "bodies", lie.Failed)
		assert.Contains(t, lie.Answer, "Each content is the one committed to")
		truth := onThePhone(t, honest)
		assert.Equal(t, "check good", truth.Card)
		_, html := page(t, honest)
		assert.Contains(t, html, "9.4")
	},
	"sealed-sale": func(t *testing.T, n *network, s demo.Shown) {
		assert.Contains(t, s.Sentences[0], "Chenxi Beverages hands a pallet to Yuanshan Cold Chain. The price, "+s.Facts["price"]+", isn't on the ledger")
		assert.Contains(t, s.Sentences[0], "only the nodes of Yuanpin Brand Association and Yuanshan Cold Chain have it")
		assert.Contains(t, s.Sentences[1], "Mingchuan Bank has no part in it")
		for i := range n.Validators {
			out, stderr, code := suyuan(t, "", "vault", "ls", "--node", n.url(i), "--event", s.Facts["event"])
			require.Zero(t, code, stderr)
			there := finds(t, n, i, s.Facts["price"], s.Facts["event"])
			if i == association || i == logistics {
				assert.Contains(t, out, s.Facts["event"])
				assert.Len(t, there, 2, "the search finds what is there")
			} else {
				assert.Empty(t, out)
				assert.Empty(t, there)
			}
		}
		assert.Equal(t, n.url(bank)+"/00/"+s.Facts["sscc"]+"?lang=en", s.URL)
		status, html := page(t, s.URL)
		assert.Equal(t, http.StatusOK, status)
		assert.Contains(t, html, "A sealed record")
		assert.Contains(t, html, "Chenxi Beverages")
		assert.NotContains(t, html, s.Facts["price"])
	},
	"copied-label": func(t *testing.T, n *network, s demo.Shown) {
		for _, url := range []string{s.URL, n.url(0) + bottlePath(n) + "?lang=en"} {
			_, html := page(t, url)
			assert.Contains(t, html, `class="verdict unit not-checked"`)
			assert.NotContains(t, html, `class="verdict unit first-use`)
		}
		assert.True(t, strings.HasPrefix(s.URL, n.url(1)), s.URL)
		assert.Contains(t, s.Sentences[0], "the node of Yuanshan Cold Chain")
	},
	"recall": func(t *testing.T, n *network, s demo.Shown) {
		path := "/01/09506000134376/21/" + s.Facts["serial"]
		for _, i := range []int{0, 1} {
			story := n.story(t, i, path)
			assert.Equal(t, trace.UnitRecalled, story.Unit.State)
			require.Len(t, story.Recalls, 1)
			assert.Equal(t, "shown on the tour", story.Recalls[0].Reason)
			require.NotNil(t, story.Identity.Commissioned)
		}
		_, html := page(t, s.URL)
		assert.Contains(t, html, `class="verdict unit recalled"`)
	},
	"one-stopped": func(t *testing.T, n *network, s demo.Shown) {
		_, err := http.Get(n.url(3) + "/healthz")
		assert.Error(t, err)
		assert.Contains(t, s.Sentences[0], "The validator of Mingchuan Bank is stopped. The other 3 go on")
		_, err = n.as(t, 0, "sandbox").Capture(context.Background(), event("tour-one"), "trunk")
		assert.NoError(t, err)
	},
	"two-stopped": func(t *testing.T, n *network, s demo.Shown) {
		_, err := http.Get(n.url(2) + "/healthz")
		assert.Error(t, err)
		status := n.status(t, 0)
		assert.Contains(t, status.WaitingFor, "120 of 240 votes are present", "each of the four has 60")
		assert.Contains(t, s.Sentences[1], "2 of 4 vote")
		assert.Contains(t, s.Sentences[0], "Hengzhun Testing Laboratory is stopped too")
		for _, i := range []int{0, 1} {
			code, _ := page(t, n.url(i)+bottlePath(n))
			assert.Equal(t, http.StatusOK, code)
		}
		for _, v := range status.Validators {
			assert.Equal(t, v.Missing, strings.Contains(s.Sentences[1], v.Name), v.Name)
		}
	},
	"started": func(t *testing.T, n *network, s demo.Shown) {
		assert.Contains(t, s.Sentences[0], "the 2 records made meanwhile are at all 4 nodes")
		assert.Contains(t, s.Sentences[2], "The tour leaves 5 records on the ledger, about /00/")
		things := strings.Split(strings.ReplaceAll(s.Facts["things"], " and ", ", "), ", ")
		assert.Len(t, things, 4)
		for _, path := range things {
			assert.NotEmpty(t, n.story(t, 0, path).Journey, path)
		}
		n.agree(t, 0, 1, 2, 3)
		holdsAll(t, n, []string{"tour-one"})
	},
}

// card is the card of the check on the phone, as a reader sees it.
type card struct {
	Card, Failed, Heading, Answer, Trust string
	Steps                                []string
}

// onThePhone opens a page in Chromium at phone size and waits for its check.
func onThePhone(t *testing.T, url string) (c card) {
	t.Helper()
	web := needBrowser(t)
	cmd := exec.Command("node", filepath.Join(web, "test", "check.mjs"), "", url)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &c), "%s", out)
	return c
}

// needBrowser answers the folder of the browser's scripts, or skips the test.
func needBrowser(t *testing.T) (web string) {
	t.Helper()
	web = filepath.Join("..", "..", "explorer", "web")
	if _, err := os.Stat(filepath.Join(web, "node_modules", "playwright-core")); err != nil {
		t.Skip("needs the packages of explorer/web: scripts/web.sh installs them")
	}
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		t.Skip("needs Chromium: scripts/setup.sh installs it")
	}
	return web
}

// tour presses the keys, and asserts every sentence against the network before the next.
func tour(t *testing.T, n *network) {
	before, err := os.ReadFile(n.dir + "/demo.json")
	require.NoError(t, err)
	cmd := exec.Command(binary, "demo", "tour", "--dir", n.dir, "--lang", "en", "--output", "json")
	keys, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	begin := time.Now()
	require.NoError(t, cmd.Start())
	seen := map[string]bool{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var s demo.Shown
		require.NoError(t, json.Unmarshal(lines.Bytes(), &s), lines.Text())
		check := tourChecks[s.Beat]
		require.NotNil(t, check, "nobody checks %q", s.Beat)
		t.Run(s.Beat, func(t *testing.T) {
			for _, sentence := range append(s.Sentences, s.Title) {
				assert.NotContains(t, sentence, "{", "a fact is missing")
			}
			check(t, n, s)
		})
		seen[s.Beat] = true
		if s.Number < s.Of {
			_, err = fmt.Fprintln(keys)
			require.NoError(t, err)
		}
	}
	require.NoError(t, cmd.Wait(), stderr.String())
	t.Logf("the tour took %s", time.Since(begin).Round(time.Second))
	assert.Len(t, seen, len(tourChecks))

	// All four run as before; nothing else in the description has changed.
	require.NoError(t, n.load())
	for _, v := range n.Validators {
		assert.NotZero(t, v.PID, v.Name)
	}
	var was, is map[string]any
	after, err := os.ReadFile(n.dir + "/demo.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(before, &was))
	require.NoError(t, json.Unmarshal(after, &is))
	delete(was, "validators")
	delete(is, "validators")
	assert.Equal(t, was, is)
}

// tourEndsEarly: the audience leaves while a store is altered, or a validator is stopped: it is as before.
func tourEndsEarly(t *testing.T, n *network) {
	leave := func(beats int) (stderr string) {
		_, stderr, code := suyuan(t, strings.Repeat("\n", beats-1), "demo", "tour", "--dir", n.dir, "--lang", "zh")
		assert.Equal(t, 1, code)
		assert.Contains(t, stderr, "ended early")
		return stderr
	}
	assert.NotContains(t, leave(5), "留下", "nothing is left behind yet")
	n.agree(t, 0, 1)
	assert.NotEqual(t, trace.RecordAltered, n.story(t, 1, bottlePath(n)).Record.State)
	assert.Contains(t, leave(8), "留下 3 条记录")
	assert.True(t, n.status(t, 3).Ready)
	require.NoError(t, n.load())
	assert.Empty(t, n.Validators[1].Altered)
}
