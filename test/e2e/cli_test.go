//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/demo"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
)

const data = "../../../shared/data/epcis"

func samples(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, pattern))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skipf("the public samples %s are not beside the checkout", filepath.Join(data, pattern))
	}
	return files
}

func TestValidateAndHash(t *testing.T) {
	out, stderr, code := suyuan(t, "", append([]string{"epcis", "validate"}, samples(t, "valid/*.json")...)...)
	assert.Equal(t, 0, code, "%s%s", out, stderr)
	for _, f := range samples(t, "invalid/*.json") {
		out, _, code := suyuan(t, "", "epcis", "validate", f)
		assert.Equal(t, 3, code, f)
		assert.Contains(t, out, f+": ", "the fault is named")
	}
	for _, f := range samples(t, "hash/*.jsonld") {
		out, stderr, code := suyuan(t, "", "epcis", "hash", f)
		require.Equal(t, 0, code, stderr)
		want, err := os.ReadFile(strings.TrimSuffix(f, ".jsonld") + ".hashes")
		require.NoError(t, err)
		assert.Equal(t, strings.TrimSpace(string(want)), strings.TrimSpace(out), f)
	}
}

// TestCaptureSamples puts every public sample on the ledger, twice: the second time nothing is recorded.
func TestCaptureSamples(t *testing.T) {
	key := shared.party(t, "sandbox").APIKey
	for _, f := range samples(t, "valid/*.json") {
		for range 2 {
			out, stderr, code := suyuan(t, "", "capture", "--node", shared.url(1), "--api-key", key, "--output", "json", f)
			require.Equal(t, 0, code, "%s: %s", f, stderr)
			var done []struct{ Success bool }
			require.NoError(t, json.Unmarshal([]byte(out), &done))
			require.True(t, len(done) == 1 && done[0].Success, out)
		}
	}
}

func TestExitCodes(t *testing.T) {
	key := shared.party(t, "sandbox").APIKey
	at := "--node=" + shared.url(0)
	broken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(broken, node.ConfigFile), []byte("name = \"x\"\nhtpp = \"127.0.0.1:1\"\n"), 0o600))
	for name, c := range map[string]struct {
		stdin string
		args  []string
		code  int
		says  string
	}{
		"no such command":  {"", []string{"frobnicate"}, 2, "unknown command"},
		"no such flag":     {"", []string{"status", "--nope"}, 2, "unknown flag"},
		"missing argument": {"", []string{"trace"}, 2, "accepts 1 arg"},
		"bad output":       {"", []string{"status", "--output", "xml"}, 2, `"xml" is not text or json`},
		"no node there":    {"", []string{"status", "--node", "http://127.0.0.1:1"}, 1, "is it running"},
		"bad folder":       {"", []string{"status", "--home", broken}, 2, node.ConfigFile + `:2:1: there is no field "htpp"`},
		"folder unused":    {"", []string{"status", "--home", broken, at}, 0, ""},
		"no API key":       {"{}", []string{"capture", at, "-"}, 2, "writing needs an API key"},
		"wrong API key":    {"{}", []string{"capture", at, "--api-key", "sy_1_x", "-"}, 1, "401"},
		"not JSON":         {"{", []string{"capture", at, "--api-key", key, "-"}, 3, "json-syntax"},
		"check digit":      {"", []string{"trace", at, "/01/09521202001012/21/X"}, 3, "check digit"},
		"never recorded":   {"", []string{"trace", at, "/01/09521202001011/21/NEVER"}, 4, "404"},
		"element strings":  {"", []string{"trace", at, "(01)09521202001011(21)NEVER"}, 4, "404"},
		"others' licence": {"", []string{"commission", at, "--api-key", key, "--gtin", "09521202001011", "--lot", "L", "--count", "2",
			"--csv", filepath.Join(t.TempDir(), "units.csv")}, 3, "403"},
		"no such folder": {"", []string{"commission", at, "--api-key", key, "--gtin", "09521987000018", "--lot", "L", "--count", "2",
			"--csv", "/nowhere/units.csv"}, 2, "--csv"},
	} {
		t.Run(name, func(t *testing.T) {
			_, stderr, code := suyuan(t, c.stdin, c.args...)
			assert.Equal(t, c.code, code, stderr)
			assert.Contains(t, stderr, c.says)
		})
	}
}

// TestScripts: what scripts and shells get: errors as an object, and completions that know keys and scopes.
func TestScripts(t *testing.T) {
	_, stderr, code := suyuan(t, "{", "capture", "--node", shared.url(0), "--api-key", shared.party(t, "sandbox").APIKey, "--output", "json", "-")
	assert.Equal(t, 3, code)
	var failure struct {
		Error struct {
			Message  string          `json:"message"`
			ExitCode int             `json:"exit_code"`
			Problem  *remote.Problem `json:"problem"`
		} `json:"error"`
	}
	require.NoError(t, json.Unmarshal([]byte(stderr), &failure), stderr)
	assert.Equal(t, 3, failure.Error.ExitCode)
	require.NotNil(t, failure.Error.Problem)
	assert.Equal(t, http.StatusBadRequest, failure.Error.Problem.Status)

	operator := operatorAt(t, shared.Validators[0].Dir)
	for name, c := range map[string]struct {
		typed []string
		want  string
	}{
		"commands":     {[]string{"doc"}, "doctor"},
		"output":       {[]string{"status", "--output", ""}, "json"},
		"scopes":       {[]string{"key", "register", "--scopes", ""}, "capture"},
		"hosted keys":  {[]string{"key", "revoke", "--home", shared.Validators[0].Dir, "--from", "0x"}, operator.Admin.Hex()},
		"API keys":     {[]string{"key", "api", "revoke", "--home", shared.Validators[0].Dir, ""}, "sandbox"},
		"node options": {[]string{"start", "--tls"}, "--tls-cert"},
	} {
		t.Run("completion of "+name, func(t *testing.T) {
			out, stderr, code := suyuan(t, "", append([]string{"__complete"}, c.typed...)...)
			require.Zero(t, code, stderr)
			assert.Contains(t, out, c.want)
		})
	}
}

func TestTraceAndStatus(t *testing.T) {
	out, stderr, code := suyuan(t, "", "trace", "--node", shared.url(2), strings.TrimPrefix(shared.Stories[0].DigitalLink, "https://id.gs1.org"))
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, out, "out of limits for 47 minutes, up to 9.4")
	out, stderr, code = suyuan(t, "", "status", "--home", shared.Validators[2].Dir, "--output", "json")
	require.Equal(t, 0, code, "the node of a folder is asked where it listens: %s", stderr)
	assert.Contains(t, out, shared.Validators[2].Name)
	out, stderr, code = suyuan(t, "", "status", "--node", shared.url(3), "--output", "json")
	require.Equal(t, 0, code, stderr)
	assert.Contains(t, out, `"ready": true`)
	t.Run("the doctor asks the node that is named, where no folder is", func(t *testing.T) {
		t.Setenv("HOME", t.TempDir())
		out, stderr, code := suyuan(t, "", "doctor")
		assert.Equal(t, 1, code, out)
		assert.Contains(t, stderr, "--node a node to look at from outside")
		t.Setenv("SUYUAN_NODE", shared.url(3))
		out, stderr, code = suyuan(t, "", "doctor", "--output", "json")
		assert.Zero(t, code, stderr)
		var d node.Diagnosis
		require.NoError(t, json.Unmarshal([]byte(out), &d), out)
		assert.Equal(t, shared.url(3), d.Node)
		assert.Empty(t, d.Home)
		assert.Contains(t, out, "all 4 sign")
		assert.NotContains(t, out, "disk")
		t.Setenv("SUYUAN_HOME", shared.Validators[2].Dir)
		out, _, _ = suyuan(t, "", "doctor")
		assert.Contains(t, out, "node in "+shared.Validators[2].Dir+", running")
		out, _, _ = suyuan(t, "", "doctor", "--node", shared.url(1))
		assert.Contains(t, out, "node at "+shared.url(1))
		_, stderr, code = suyuan(t, "", "doctor", "--node", "http://127.0.0.1:1")
		assert.Equal(t, 1, code)
		assert.Contains(t, stderr, "at least one check failed")
		_, stderr, code = suyuan(t, "", "doctor", "--node", shared.url(1), "--home", shared.Validators[2].Dir)
		assert.Equal(t, 2, code)
		assert.Contains(t, stderr, "give one of them")
	})
	out, stderr, code = suyuan(t, "", "party", "list", "--node", shared.url(0))
	require.Equal(t, 0, code, stderr)
	assert.GreaterOrEqual(t, strings.Count(out, "\n"), 13)
}

// TestSuspendedParty: a suspended party is refused with the reason, others go on; reinstated, it writes again.
func TestSuspendedParty(t *testing.T) {
	p := shared.party(t, "haulage")
	sponsor := operatorAt(t, p.Home)
	admin := func(verb string) {
		_, stderr, code := suyuan(t, "", "party", verb, p.Address.Hex(), "--home", p.Home, "--node", shared.url(0), "--from", sponsor.Admin.Hex())
		require.Equal(t, 0, code, stderr)
	}
	admin("suspend")
	refused(t, 0, "haulage", "suspended-1", "suspended")
	_, err := shared.as(t, 0, "sandbox").Capture(context.Background(), event("others-go-on"), "trunk")
	require.NoError(t, err)
	admin("reinstate")
	_, err = shared.as(t, 0, "haulage").Capture(context.Background(), event("reinstated"), "trunk")
	require.NoError(t, err)
}

// TestExpiredKey: a key whose time is over is refused with the reason.
func TestExpiredKey(t *testing.T) {
	p := shared.party(t, "consumers")
	out, stderr, code := suyuan(t, "", "key", "api", "list", "--home", shared.Validators[3].Dir, "--output", "json")
	require.Equal(t, 0, code, stderr)
	var keys []struct{ Label, Key string }
	require.NoError(t, json.Unmarshal([]byte(out), &keys))
	var hosted string
	for _, k := range keys {
		if k.Label == "consumers" {
			hosted = k.Key
		}
	}
	require.NotEmpty(t, hosted)
	_, stderr, code = suyuan(t, "", "key", "register", hosted, "--home", p.Home, "--node", shared.url(0), "--from", p.Admin.Hex(),
		"--scopes", "capture,read", "--valid-until", "2026-01-01T00:00:00Z")
	require.Equal(t, 0, code, stderr)
	refused(t, 3, "consumers", "expired-1", "expired")
}

// refused captures at validator i and expects a 403 that names the reason.
func refused(t *testing.T, i int, party, serial, reason string) {
	t.Helper()
	_, err := shared.as(t, i, party).Do(context.Background(), http.MethodPost, "/epcis/capture", event(serial), map[string]string{"Content-Type": "application/json"})
	var p *remote.Problem
	require.ErrorAs(t, err, &p)
	assert.Equal(t, http.StatusForbidden, p.Status, p.Error())
	assert.Contains(t, p.Error(), reason)
}

func operatorAt(t *testing.T, home string) demo.Party {
	t.Helper()
	for _, p := range shared.Parties {
		if p.Home == home && len(p.Roles) > 0 && p.Roles[0] == "operator" {
			return p
		}
	}
	require.Fail(t, "no operator", home)
	return demo.Party{}
}
