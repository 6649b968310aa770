package node_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/node"
)

func TestConfigPrecedence(t *testing.T) {
	home := t.TempDir()
	file := "http = \"127.0.0.1:1111\"\nlog_level = \"warn\"\np2p_peers = [\"a@127.0.0.1:1\"]\nmax_body_mib = 3\n"
	require.NoError(t, os.WriteFile(filepath.Join(home, node.ConfigFile), []byte(file), 0o600))
	t.Setenv("SUYUAN_HTTP", "127.0.0.1:2222")
	t.Setenv("SUYUAN_MAX_BODY_MIB", "5")
	t.Setenv("SUYUAN_HOME", home)
	flags := pflag.NewFlagSet("start", pflag.ContinueOnError)
	node.AddFlags(flags)
	require.NoError(t, flags.Parse([]string{"--http", "127.0.0.1:3333"}))

	cfg, err := node.LoadConfig(home, flags)
	require.NoError(t, err)
	assert.Equal(t, "127.0.0.1:3333", cfg.HTTP, "a flag wins")
	assert.Equal(t, 5, cfg.MaxBodyMiB, "the environment wins over the file")
	assert.Equal(t, "warn", cfg.LogLevel, "the file wins over the default")
	assert.Equal(t, []string{"a@127.0.0.1:1"}, cfg.P2PPeers)
	assert.Equal(t, "text", cfg.LogFormat)
	assert.Equal(t, "127.0.0.1:3333", cfg.P2PListen, "the peer port has the number of the HTTP port")
	assert.Equal(t, "http://127.0.0.1:3333", cfg.LinkDomain)
}

func TestConfigRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"unknown field":   {`htpp = "127.0.0.1:1"`, `suyuan.toml:1:1: there is no field "htpp"`},
		"two of them":     {"a = 1\nb.c = 2\n", "suyuan.toml:2:1: there is no field \"b.c\""},
		"a table":         {"name = \"x\"\n[http]\nname = \"y\"", "suyuan.toml:2:2: [http]: the file has no tables"},
		"given twice":     {"name = \"x\"\n\n  name = \"y\"", "suyuan.toml:3:3: name: is given twice, first in line 1"},
		"in line 3":       {"# a\nname = \"x\"\nlog_level = \"loud\"", `suyuan.toml:3:1: log_level: "loud" is not one of`},
		"end of text":     {"name = \"x\"\nhttp = \"x", "suyuan.toml:2:10: basic string not terminated"},
		"number for text": {"http = 5", "suyuan.toml:1:1: http: 5 is not a text in quotes"},
		"text for list":   {`p2p_peers = "a"`, "suyuan.toml:1:1: p2p_peers: 'a' is not a list"},
		"list of numbers": {`p2p_peers = ["a", 5]`, "5 isn't one"},
		"text for bool":   {`profile = "yes"`, "profile: 'yes' is not true or false"},
		"of two fields":   {"\ntls_cert = \"x\"", "suyuan.toml:2:1: tls_cert, tls_key:"},
		"no port":         {`http = "localhost"`, `"localhost" is not HOST:PORT`},
		"port too high":   {`http = "127.0.0.1:70000"`, `port "70000"`},
		"bad url":         {`public_url = "ftp://x"`, `"ftp://x" is not an http or https URL`},
		"bad transport":   {`p2p_transport = "tcp"`, `p2p_transport: "tcp" is not one of libp2p, classic`},
		"bad level":       {`log_level = "loud"`, `log_level: "loud"`},
		"zero body":       {`max_body_mib = 0`, `max_body_mib: 0 is less than 1`},
		"keep nothing":    {`capture_keep_days = 0`, `capture_keep_days: 0 is not from 1 to 3650`},
		"keep for ever":   {`capture_keep_days = 100000000`, `capture_keep_days: 100000000 is not from 1 to 3650`},
		"broken file":     {`http = `, `suyuan.toml`},
		"not that number": {`cache_mib = "many"`, `suyuan.toml:1:1: cache_mib: 'many' is not a whole number`},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(home, node.ConfigFile), []byte(c.file), 0o600))
			_, err := node.LoadConfig(home, nil)
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
		})
	}
}

// TestConfigFaultElsewhere: what wins over the file isn't looked for in it.
func TestConfigFaultElsewhere(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(home, node.ConfigFile), []byte("log_level = \"info\"\n"), 0o600))
	t.Setenv("SUYUAN_LOG_LEVEL", "loud")
	_, err := node.LoadConfig(home, nil)
	require.EqualError(t, err, `log_level: "loud" is not one of debug, info, warn, error`)
	t.Setenv("SUYUAN_LOG_LEVEL", "")
	flags := pflag.NewFlagSet("start", pflag.ContinueOnError)
	node.AddFlags(flags)
	require.NoError(t, flags.Parse([]string{"--log-level", "quiet"}))
	_, err = node.LoadConfig(home, flags)
	require.EqualError(t, err, `log_level: "quiet" is not one of debug, info, warn, error`)
}

// FuzzConfigFile: no file makes reading it panic, and one that is refused is named.
func FuzzConfigFile(f *testing.F) {
	for _, seed := range []string{"", "http = \"x\"", "[a]\nb=1", "a.b.c = [1, {x = 2}]", "name = \"\"\"\nx\"\"\"\nname=1", "\"http\" = 2024-01-01", "[[x]]", "= 1", "\xff = 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		home := t.TempDir()
		path := filepath.Join(home, node.ConfigFile)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		if err := node.CheckConfigFile(path); err != nil {
			assert.Contains(t, err.Error(), path)
		}
	})
}

func TestWrittenConfigReadsBack(t *testing.T) {
	home := t.TempDir()
	want := node.DefaultConfig()
	want.HTTP, want.P2PPeers, want.RateLimit = "127.0.0.1:9000", []string{"x@127.0.0.1:9001", "y@127.0.0.1:9002"}, 7
	require.NoError(t, node.WriteConfigFile(filepath.Join(home, node.ConfigFile), want))
	got, err := node.LoadConfig(home, nil)
	require.NoError(t, err)
	assert.Equal(t, want.P2PPeers, got.P2PPeers)
	assert.Equal(t, want.RateLimit, got.RateLimit)
	assert.Equal(t, want.HTTP, got.HTTP)
}

var update = flag.Bool("update", false, "write docs/reference/configuration.md from the code")

// TestConfigurationReference keeps the reference page equal to the struct.
func TestConfigurationReference(t *testing.T) {
	const page = "../docs/reference/configuration.md"
	got := node.ConfigReference()
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(got), 0o644))
	}
	want, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "run: go test ./node -run Reference -update")
}
