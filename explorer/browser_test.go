package explorer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBrowser opens every kind of page in Chromium: no finding by axe, no sideways scrolling at 320 pixels, no request
// to anybody else, no error in the console, in both languages, and with scripts off.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		t.Skip("needs Chromium: scripts/setup.sh installs it")
	}
	if _, err := os.Stat("web/node_modules/axe-core/axe.min.js"); err != nil {
		t.Skip("needs the packages of explorer/web: scripts/web.sh installs them")
	}
	srv := newServer(t, func(d *Deps) { d.Ledger = fixedLedger{down: 2} })
	paths := []string{bottlePath + "?17=261225", recalledPath, lotPath, palletPath, classPath, unknownPath, brokenPath, failingPath, "/", "/nowhere", "/verify",
		"/explorer", "/explorer/blocks?before=60", "/explorer/blocks/63", "/explorer/transactions/" + fixedTx, "/explorer/transactions/" + failedTx, "/explorer/parties",
		"/explorer/parties/" + fixedParty, "/explorer/parties/" + fixedParty + "/history", "/explorer/addresses/" + fixedKey, "/explorer/validators", "/explorer/licences/2",
		"/explorer/objects/" + fixedObject, "/explorer/search?q=cx7", "/explorer/search?q=9521202001012", "/explorer/sign-in"}
	cmd := exec.Command("node", append([]string{"web/test/pages.mjs", srv.URL}, paths...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	looks := 0
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); looks++ {
		var look struct {
			Path, Lang, Title, HTMLLang, H1 string
			Width, Overflow, Pulse          int
			Script, Refreshed               *bool
			Errors, Foreign, Violations     []string
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &look))
		where := lines.Text()
		assert.Empty(t, look.Violations, where)
		assert.Empty(t, look.Errors, where)
		assert.Empty(t, look.Foreign, where)
		assert.Zero(t, look.Overflow, where)
		assert.NotEmpty(t, look.H1, where)
		if look.Script == nil && look.Path == "/explorer" && assetPath("explorer.js") != "" {
			assert.Equal(t, 1, look.Pulse, "the live button is there with scripts on: %s", where)
			require.NotNil(t, look.Refreshed, where)
			assert.True(t, *look.Refreshed, "the tables are still there after a refresh: %s", where)
		}
		if look.Lang == "zh" {
			assert.Equal(t, "zh-Hans", look.HTMLLang, where)
		} else {
			assert.Equal(t, "en", look.HTMLLang, where)
		}
	}
	assert.Equal(t, len(paths)*4, looks)
}
