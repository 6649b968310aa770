package explorer

import (
	"net/http"
	"strings"
)

// seen says how often a page was scanned on this node.
func seen(l Lang, n ScanCount) string {
	if n.Scans == (Range{}) {
		return l.Say("seen.none")
	}
	return l.Say("seen.text", "scans", coarse(l, n.Scans), "days", coarse(l, n.Days))
}

// coarse writes a range.
func coarse(l Lang, r Range) string {
	switch {
	case r.From <= 1 && r.To > 0:
		return l.Say("seen.fewer", "n", r.To+1)
	case r.To == 0:
		return l.Say("seen.more", "n", r.From)
	}
	return l.Say("seen.range", "from", r.From, "to", r.To)
}

// machines are words in the User-Agent of programs that aren't people with a pack in hand: crawlers, link previews,
// monitors, scripts.
var machines = []string{"bot", "crawl", "spider", "preview", "facebookexternalhit", "slurp", "monitor", "headless", "curl", "wget",
	"python", "java/", "go-http", "okhttp", "lighthouse", "scan/", "fetch", "whatsapp", "embed"}

// countable says whether a request for a page is somebody's scan, as far as one can tell: a browser that shows the page
// to a person who didn't come from another page of ours. What is looked at here is not kept.
func countable(r *http.Request) bool {
	h := r.Header
	if r.Method != http.MethodGet || !strings.Contains(h.Get("Accept"), "text/html") {
		return false
	}
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if v := strings.ToLower(h.Get(name)); strings.Contains(v, "prefetch") || strings.Contains(v, "prerender") || strings.Contains(v, "preview") {
			return false
		}
	}
	if d := h.Get("Sec-Fetch-Dest"); d != "" && d != "document" {
		return false
	}
	if h.Get("Sec-Fetch-Site") == "same-origin" { // the language switch, a link from a case to its bottles
		return false
	}
	agent := strings.ToLower(h.Get("User-Agent"))
	if !strings.Contains(agent, "mozilla/") {
		return false
	}
	for _, m := range machines {
		if strings.Contains(agent, m) {
			return false
		}
	}
	return true
}
