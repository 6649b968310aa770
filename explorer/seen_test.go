package explorer

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/suyuan-ledger/suyuan/trace/gs1"
)

// tally counts, and answers what it is told to.
type tally struct {
	counted map[string]int
	answer  ScanCount
}

func (s *tally) Count(id gs1.ID, _ time.Time) { s.counted[id.Canonical().Path()]++ }
func (s *tally) Scans(gs1.ID) ScanCount       { return s.answer }

func TestOnlyPeopleAreCounted(t *testing.T) {
	s := &tally{counted: map[string]int{}}
	srv := newServer(t, func(d *Deps) { d.Scans = s })
	const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
	for name, tt := range map[string]struct {
		path    string
		headers []string
		counts  bool
	}{
		"a phone":             {bottlePath, nil, true},
		"scanned by an app":   {bottlePath, []string{"User-Agent", phone + " MicroMessenger/8.0.60", "Sec-Fetch-Site", "none", "Sec-Fetch-Dest", "document"}, true},
		"printed lot in link": {"/01/09521202001011/10/CX7-118/21/7QW4ZK9T2M", nil, true},
		"prefetch":            {bottlePath, []string{"Sec-Purpose", "prefetch;prerender"}, false},
		"old prefetch":        {bottlePath, []string{"X-Moz", "prefetch"}, false},
		"a crawler":           {bottlePath, []string{"User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1)"}, false},
		"a link preview":      {bottlePath, []string{"User-Agent", "facebookexternalhit/1.1"}, false},
		"a script":            {bottlePath, []string{"User-Agent", "curl/8.5"}, false},
		"a program":           {bottlePath, []string{"Accept", "application/json"}, false},
		"our own link":        {bottlePath, []string{"Sec-Fetch-Site", "same-origin"}, false},
		"inside a frame":      {bottlePath, []string{"Sec-Fetch-Dest", "iframe"}, false},
		"nothing recorded":    {unknownPath, nil, false},
		"malformed":           {brokenPath, nil, false},
		"the preview picture": {"/preview" + bottlePath + ".png", nil, false},
		"the QR code":         {"/qr" + bottlePath + ".svg", nil, false},
	} {
		clear(s.counted)
		get(t, srv.URL+tt.path, append([]string{"User-Agent", phone}, tt.headers...)...)
		want := map[string]int{}
		if tt.counts {
			want[bottlePath] = 1
		}
		assert.Equal(t, want, s.counted, name)
	}
	clear(s.counted)
	req, _ := http.NewRequest(http.MethodHead, srv.URL+bottlePath, nil)
	req.Header.Set("Accept", "text/html")
	req.Header.Set("User-Agent", phone)
	resp, err := http.DefaultClient.Do(req)
	if assert.NoError(t, err) {
		resp.Body.Close()
	}
	assert.Empty(t, s.counted, "HEAD")
}

func TestCountsAreCoarse(t *testing.T) {
	srv := newServer(t, func(d *Deps) {
		d.Scans = &tally{map[string]int{}, ScanCount{Range{20, 49}, Range{1, 4}}}
	})
	_, page := get(t, srv.URL+bottlePath+"?lang=en")
	assert.Contains(t, page, "On this node: 20 to 49 scans on fewer than 5 days.")
	_, page = get(t, srv.URL+bottlePath+"?lang=zh")
	assert.Contains(t, page, "在本节点：20 至 49 次，不到 5 天。")
	assert.Equal(t, "1000 or more", coarse(EN, Range{From: 1000}))
	_, page = get(t, newServer(t).URL+bottlePath+"?lang=en")
	assert.NotContains(t, page, "Scans</h2>", "a node that doesn't count says nothing")
}
