package explorer

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"image/png"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/trace"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// get asks for a page as a browser does, unless headers say otherwise (name, value pairs).
func get(t testing.TB, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	require.NoError(t, err)
	req.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := noRedirect.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

// maxWeight is what a scan page may weigh, compressed.
const maxWeight = 30 << 10

// fetched matches a reference to another host.
var fetched = regexp.MustCompile(`(?:src|href|url)[=(]"?(?:https?:)?//[^"]*`)

var styles = regexp.MustCompile(`(?s)<style>.*?</style>\n?`)

func weight(t testing.TB, page string) int {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, page)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Len()
}

// versions are those in the addresses of scripts.
var versions = regexp.MustCompile(`(/assets/[a-z0-9.]+\.js)\?v=[0-9a-f]+`)

// TestGolden renders every kind of page in both languages and compares it with the page kept under testdata.
func TestGolden(t *testing.T) {
	srv := newServer(t)
	for _, tt := range []struct {
		name, path string
		status     int
	}{
		{"bottle", bottlePath, 200}, {"recalled", recalledPath, 200}, {"lot", lotPath, 200},
		{"pallet", palletPath, 200}, {"class", classPath, 200}, {"unknown", unknownPath, 404},
		{"malformed", brokenPath, 400}, {"error", failingPath, 503}, {"home", "/", 200}, {"notfound", "/nowhere", 404},
		{"explorer", "/explorer", 200}, {"blocks", "/explorer/blocks?before=60", 200}, {"block", "/explorer/blocks/63", 200}, {"genesis", "/explorer/blocks/0", 200},
		{"transaction", "/explorer/transactions/" + fixedTx, 200}, {"failed", "/explorer/transactions/" + failedTx, 200}, {"parties", "/explorer/parties", 200},
		{"party", "/explorer/parties/" + fixedParty, 200}, {"history", "/explorer/parties/" + fixedParty + "/history", 200}, {"address", "/explorer/addresses/" + fixedKey, 200},
		{"validators", "/explorer/validators", 200}, {"licences", "/explorer/licences", 200}, {"licence", "/explorer/licences/2", 200}, {"object", "/explorer/objects/" + fixedObject, 200},
		{"search", "/explorer/search?q=cx7", 200}, {"search-none", "/explorer/search?q=9521202001012", 404}, {"search-empty", "/explorer/search?q=", 200}, {"signin", "/explorer/sign-in", 200},
		{"missing", "/explorer/blocks/999", 404}, {"badaddress", "/explorer/addresses/0x12", 400},
	} {
		for _, l := range Langs {
			t.Run(tt.name+"."+string(l), func(t *testing.T) {
				resp, body := get(t, srv.URL+tt.path+sign(tt.path)+"lang="+string(l))
				assert.Equal(t, tt.status, resp.StatusCode)
				assert.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))
				assert.Equal(t, l.Tag(), resp.Header.Get("Content-Language"))
				assert.Contains(t, resp.Header.Values("Vary"), "Accept-Language")
				assert.Contains(t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
				assert.Less(t, weight(t, body), maxWeight, "compressed size")
				assert.Empty(t, fetched.FindString(strings.ReplaceAll(body, `rel="canonical" href`, "")), "nothing is fetched from elsewhere")
				for key := range catalogue {
					if strings.Contains(key, ".") && strings.Contains(body, ">"+key+"<") {
						t.Errorf("%s: the text of %s is missing", tt.name, key)
					}
				}
				file := "testdata/" + tt.name + "." + string(l) + ".html"
				got := versions.ReplaceAllString(body, "$1") // scripts and styles have their own lives
				got = styles.ReplaceAllString(got, "")
				if *update {
					require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
					return
				}
				want, err := os.ReadFile(file)
				require.NoError(t, err)
				assert.True(t, string(want) == got, "the page differs from %s: run go test ./explorer -run Golden -update and look at the difference", file)
			})
		}
	}
}

// sign joins one more parameter to an address.
func sign(path string) string {
	if strings.Contains(path, "?") {
		return "&"
	}
	return "?"
}

func TestScanPageSaysWhatMatters(t *testing.T) {
	srv := newServer(t)
	_, page := get(t, srv.URL+bottlePath+"?lang=en")
	for _, want := range []string{
		"Chenxi pressed orange juice 1 L", "CX7-118", "4 Jan 2027", "7QW4ZK9T2M", // identity, to compare
		"<dd>47 min</dd>", "Mean kinetic temperature", "<dd>4.5 °C</dd>", "83.144 kJ/mol", "9.4", "Accepted nonetheless by Linli Fresh Supermarkets", // cold chain
		`<s>Received</s>`, "Withdrawn by its author (the data were wrong)", // correction
		"recorded late", "put on record", // late event, both times
		"this scan does not show the pack to be genuine",
		"records this ledger holds are shown; it can&#39;t know what nobody recorded.",
		"1 note by others", `property="og:title"`, `property="og:image"`,
	} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, page, `role="alert"`)
	assert.NotContains(t, page, "first-use-now\"", "green is kept for the first use")

	_, page = get(t, srv.URL+recalledPath+"?lang=zh")
	for _, want := range []string{`role="alert"`, "已召回", "酵母和霉菌超标", "召回对象：整个批次"} {
		assert.Contains(t, page, want)
	}
}

func TestPrintedDiffers(t *testing.T) {
	srv := newServer(t)
	_, page := get(t, srv.URL+"/01/09521202001011/10/OTHER-1/21/7QW4ZK9T2M?17=270101&lang=en")
	assert.Contains(t, page, "The link says OTHER-1")
	assert.Contains(t, page, "The link says 1 Jan 2027")
	_, page = get(t, srv.URL+"/01/09521202001011/10/CX7-118/21/7QW4ZK9T2M?17=270104&lang=en")
	assert.NotContains(t, page, "The link says")
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		accept string
		want   form
	}{
		{"", formHTML}, {"*/*", formHTML}, {"text/html,*/*;q=0.1", formHTML}, {"application/json", formJSON},
		{"application/ld+json, application/json;q=0.9", formLD}, {"application/linkset+json", formLinkset},
		{"application/*", formJSON}, {"application/json;q=0.5, text/html;q=0.4", formJSON}, {"image/png", formNone},
		{"text/html;q=0, application/json", formJSON}, {"*/*;q=0.1, text/html;q=0", formJSON}, {";;,", formNone},
	} {
		assert.Equal(t, tt.want, negotiate(tt.accept), tt.accept)
	}
}

func TestPrograms(t *testing.T) {
	srv := newServer(t)
	resp, body := get(t, srv.URL+bottlePath, "Accept", "application/json")
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, "*", resp.Header.Get("Access-Control-Allow-Origin"))
	var st trace.Story
	require.NoError(t, json.Unmarshal([]byte(body), &st))
	assert.Equal(t, "CX7-118", st.Identity.Lot)

	for _, ask := range [][]string{{"?linkType=linkset", "text/html"}, {"?linkType=all", "*/*"}, {"", "application/linkset+json"}} {
		resp, body = get(t, srv.URL+bottlePath+ask[0], "Accept", ask[1])
		assert.Equal(t, "application/linkset+json", resp.Header.Get("Content-Type"))
		var ls linkset
		require.NoError(t, json.Unmarshal([]byte(body), &ls))
		require.Len(t, ls.Linkset, 1)
		assert.Equal(t, "https://node.example"+bottlePath, ls.Linkset[0].Anchor)
		assert.NotEmpty(t, ls.Linkset[0].DefaultLink)
	}

	for path, status := range map[string]int{unknownPath: 404, brokenPath: 400, failingPath: 503, "/nowhere": 404, "/01/": 400,
		"/01/" + strings.Repeat("9", 600): 414} {
		resp, body = get(t, srv.URL+path, "Accept", "application/json")
		assert.Equal(t, status, resp.StatusCode, path)
		assert.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"), path)
		var p struct {
			Status int
			Detail string
			Errors []problem.Fault
		}
		require.NoError(t, json.Unmarshal([]byte(body), &p))
		assert.Equal(t, status, p.Status)
		assert.NotContains(t, body, "on fire", "causes stay in the log")
		if path == brokenPath {
			require.Len(t, p.Errors, 1)
			assert.Equal(t, "check-digit", p.Errors[0].Rule)
		}
	}
	resp, _ = get(t, srv.URL+bottlePath, "Accept", "image/png")
	assert.Equal(t, http.StatusNotAcceptable, resp.StatusCode)
}

func TestMalformedNamesTheRule(t *testing.T) {
	srv := newServer(t)
	_, page := get(t, srv.URL+brokenPath+"?lang=en")
	assert.Contains(t, page, "The check digit should be 1, so the whole number would be 09521202001011.")
	for _, path := range []string{"/01/123", "/01/09521202001011/99/x", "/00/1", "/01/09521202001011/21/" + strings.Repeat("x", 21),
		"/8004/ab", "/414/9521606000129", "/01/09521202001011/21", "/01/09521202001011/21/%3Cscript%3E"} {
		for _, l := range Langs {
			resp, page := get(t, srv.URL+path+"?lang="+string(l))
			if resp.StatusCode == 404 {
				continue // well formed after all
			}
			assert.Equal(t, 400, resp.StatusCode, path)
			assert.NotContains(t, page, "<script>")
		}
	}
}

// An address with two slashes is a page of ours that must not link to a host named by whoever made the link.
func TestLanguageSwitchStaysHere(t *testing.T) {
	srv := newServer(t)
	for _, path := range []string{"//evil.example/x", "///evil.example/", "/%5Cevil.example", "//evil.example/01/09521202001011"} {
		_, page := get(t, srv.URL+path)
		assert.NotRegexp(t, `href="[/\\]{2}`, page, path)
		assert.Contains(t, page, `lang=zh`, path)
	}
}

func TestForms(t *testing.T) {
	srv := newServer(t)
	for path, want := range map[string]string{
		classPath + "?lot=CX7-118&lang=zh":                   "/01/09521202001011/10/CX7-118?lang=zh",
		classPath + "?lot=&serial=7QW4ZK9T2M":                bottlePath,
		classPath + "?lot=a%2Fb&serial=%20x%20":              "/01/09521202001011/10/a%2Fb/21/x",
		"/lookup?q=9521202001011":                            classPath,
		"/lookup?q=%2801%2909521202001011%2821%297QW4ZK9T2M": bottlePath,
		"/lookup?q=https%3A%2F%2Fscan.chenxi.example" + strings.ReplaceAll(bottlePath, "/", "%2F") + "&lang=en": bottlePath + "?lang=en",
		"/lookup?q=urn%3Aepc%3Aid%3Asgtin%3A9521202.000101.7QW4ZK9T2M":                                          bottlePath,
	} {
		resp, body := get(t, srv.URL+path)
		assert.Equal(t, http.StatusSeeOther, resp.StatusCode, "%s: %s", path, body)
		assert.Equal(t, want, resp.Header.Get("Location"), path)
	}
	for _, q := range []string{"", "hello", "https%3A%2F%2Fexample.com%2F", "9521202001012", strings.Repeat("a", 2000)} {
		resp, page := get(t, srv.URL+"/lookup?q="+q)
		assert.Equal(t, 400, resp.StatusCode, q)
		assert.Contains(t, page, `action="/lookup"`)
	}
}

func TestQR(t *testing.T) {
	srv := newServer(t)
	resp, body := get(t, srv.URL+"/qr"+bottlePath+".svg")
	assert.Equal(t, 200, resp.StatusCode)
	assert.Equal(t, "image/svg+xml", resp.Header.Get("Content-Type"))
	assert.Contains(t, body, "https://scan.chenxi.example"+bottlePath)

	resp, body = get(t, srv.URL+"/qr"+bottlePath+".png?size=300")
	require.Equal(t, 200, resp.StatusCode)
	img, err := png.Decode(strings.NewReader(body))
	require.NoError(t, err)
	m, err := qrMatrix("https://scan.chenxi.example" + bottlePath)
	require.NoError(t, err)
	assert.Equal(t, 0, img.Bounds().Dx()%len(m), "whole pixels a module")
	assert.LessOrEqual(t, img.Bounds().Dx(), 300)
	for i := range m {
		for j := range quietZone {
			assert.False(t, m[i][j] || m[j][i] || m[i][len(m)-1-j] || m[len(m)-1-j][i], "quiet zone")
		}
	}
	assert.True(t, m[quietZone][quietZone], "the finder pattern begins right after it")

	if zbar, err := exec.LookPath("zbarimg"); err == nil {
		file := filepath.Join(t.TempDir(), "qr.png")
		require.NoError(t, os.WriteFile(file, []byte(body), 0o600))
		out, err := exec.Command(zbar, "--quiet", "--raw", file).Output()
		require.NoError(t, err)
		assert.Equal(t, "https://scan.chenxi.example"+bottlePath, strings.TrimSpace(string(out)), "another's decoder reads it")
	}

	for path, status := range map[string]int{"/qr" + bottlePath: 404, "/qr" + brokenPath + ".svg": 400, "/qr" + bottlePath + ".png?size=9999999": 400,
		"/qr" + bottlePath + ".png?size=x": 400, "/qr/.svg": 400} {
		resp, _ := get(t, srv.URL+path)
		assert.Equal(t, status, resp.StatusCode, path)
	}
}

func FuzzNegotiate(f *testing.F) {
	for _, s := range []string{"", "*/*", "text/html;q=0.5, application/json", ";q=", ",,;;q=1;q=2", "a/*;q=NaN"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		if got := negotiate(accept); got < formHTML || got > formNone {
			t.Fatal(got)
		}
	})
}
