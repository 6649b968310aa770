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
		"unknown field":   {`htpp = "127.0.0.1:1"`, `no field "htpp"`},
		"no port":         {`http = "localhost"`, `"localhost" is not HOST:PORT`},
		"port too high":   {`http = "127.0.0.1:70000"`, `port "70000"`},
		"bad url":         {`public_url = "ftp://x"`, `"ftp://x" is not an http or https URL`},
		"bad transport":   {`p2p_transport = "tcp"`, `p2p_transport: "tcp" is not one of libp2p, classic`},
		"bad level":       {`log_level = "loud"`, `log_level: "loud"`},
		"zero body":       {`max_body_mib = 0`, `max_body_mib: 0 is less than 1`},
		"keep nothing":    {`capture_keep_days = 0`, `capture_keep_days: 0 is not from 1 to 3650`},
		"keep for ever":   {`capture_keep_days = 100000000`, `capture_keep_days: 100000000 is not from 1 to 3650`},
		"broken file":     {`http = `, `suyuan.toml`},
		"not that number": {`cache_mib = "many"`, `cache_mib`},
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
