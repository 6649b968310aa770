//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/contracts"
	"github.com/suyuan-ledger/suyuan/demo"
	"github.com/suyuan-ledger/suyuan/node"
)

const clients = "../clients"

// script runs one of the Node scripts and decodes the JSON it prints.
func script(t *testing.T, into any, name string, args ...string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(clients, "node_modules")); err != nil {
		install := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--silent")
		install.Dir = clients
		out, err := install.CombinedOutput()
		require.NoError(t, err, "npm ci: %s", out)
	}
	cmd := exec.Command("node", append([]string{name}, args...)...)
	cmd.Dir = clients
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s: %s%s", name, out, stderr.String())
	require.NoError(t, json.Unmarshal(out, into), "%s", out)
}

func TestWalletLibraries(t *testing.T) {
	key := privateKey(t, shared.party(t, "sandbox"))
	var result struct {
		Ethers struct{ Hash, Refusal string }
		Viem   struct{ Hash, Hosted string }
	}
	script(t, &result, "wallets.mjs", shared.RPC, key, strconv.FormatUint(shared.ChainID, 10), contracts.HeadsAddr.Hex())
	assert.NotEmpty(t, result.Ethers.Hash)
	assert.NotEmpty(t, result.Viem.Hash)
	assert.Contains(t, result.Ethers.Refusal, "not registered")
}

// privateKey opens a party's first key, as its owner would to put it into a wallet.
func privateKey(t *testing.T, p demo.Party) string {
	t.Helper()
	cfg, err := node.LoadConfig(p.Home, nil)
	require.NoError(t, err)
	password, err := cfg.Password(p.Home)
	require.NoError(t, err)
	files, err := os.ReadDir(filepath.Join(p.Home, "keystore"))
	require.NoError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), strings.ToLower(p.Admin.Hex()[2:])) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(p.Home, "keystore", f.Name()))
		require.NoError(t, err)
		k, err := keystore.DecryptKey(b, password)
		require.NoError(t, err)
		return hexutil.Encode(crypto.FromECDSA(k.PrivateKey))
	}
	require.Fail(t, "no key file", p.Admin.Hex())
	return ""
}

// visit is one page opened by browser.mjs, and what it reports.
type visit struct {
	Name   string   `json:"name"`
	URL    string   `json:"url"`
	Lang   string   `json:"lang"`
	JS     bool     `json:"js"`
	Width  int      `json:"width,omitempty"`
	Status int      `json:"status,omitempty"`
	Expect []string `json:"expect"`
}

type visited struct {
	Name      string
	Title     string
	Status    int
	AxePasses int
	Problems  []string
}

func browse(t *testing.T, shots string, visits []visit) map[string]visited {
	t.Helper()
	plan, err := json.Marshal(map[string]any{"shots": shots, "visits": visits})
	require.NoError(t, err)
	var list []visited
	script(t, &list, "browser.mjs", string(plan))
	require.Len(t, list, len(visits))
	out := map[string]visited{}
	for _, v := range list {
		assert.Empty(t, v.Problems, v.Name)
		out[v.Name] = v
	}
	return out
}

// TestScan does what a customer does: photograph the QR code, open what it says, read.
func TestScan(t *testing.T) {
	shots := t.TempDir()
	if keep := os.Getenv("SUYUAN_SHOTS"); keep != "" {
		shots = keep
	}
	link := strings.TrimPrefix(shared.Stories[0].DigitalLink, "https://id.gs1.org")
	browse(t, shots, []visit{{Name: "label", URL: shared.url(0) + "/qr" + link + ".png", Lang: "en", JS: false}})
	out, err := exec.Command("zbarimg", "--quiet", "--raw", filepath.Join(shots, "label.png")).Output()
	require.NoError(t, err, "zbarimg reads the screenshot")
	scanned := strings.TrimSpace(string(out))
	require.Equal(t, shared.url(0)+link, scanned)

	var visits []visit
	for _, lang := range []string{"zh", "en"} {
		for _, js := range []bool{true, false} {
			for _, width := range []int{390, 320} {
				name := strings.Join([]string{"scan", lang, strconv.Itoa(width), map[bool]string{true: "js", false: "nojs"}[js]}, "-")
				visits = append(visits, visit{Name: name, URL: scanned + "?lang=" + lang, Lang: lang, JS: js, Width: width, Expect: expected[lang]})
			}
		}
		visits = append(visits,
			visit{Name: "recalled-" + lang, URL: storyURL(t, "recalled") + "?lang=" + lang, Lang: lang, JS: true, Expect: recalled[lang]},
			visit{Name: "explorer-" + lang, URL: shared.url(0) + "/explorer?lang=" + lang, Lang: lang, JS: true, Width: 1200},
			visit{Name: "unknown-" + lang, URL: shared.url(0) + "/01/09521202001011/21/NOBODY?lang=" + lang, Lang: lang, JS: true, Status: 404},
			visit{Name: "malformed-" + lang, URL: shared.url(0) + "/01/09521202001012/21/X?lang=" + lang, Lang: lang, JS: true, Status: 400},
		)
	}
	browse(t, shots, visits)
}

// What a reader must find on the page of the bottle, and of a recalled one.
var (
	expected = map[string][]string{
		"zh": {"橙汁", "47", "9.4"},
		"en": {"47 minutes", "9.4", "Yunling"},
	}
	recalled = map[string][]string{"zh": {"召回"}, "en": {"Recalled"}}
)

func storyURL(t *testing.T, word string) string {
	t.Helper()
	for _, s := range shared.Stories {
		if strings.Contains(strings.ToLower(s.Name), word) {
			return s.ScanURL
		}
	}
	require.Fail(t, "no such story", word)
	return ""
}
