//go:build e2e

package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/suyuan-ledger/suyuan/demo"
	"github.com/suyuan-ledger/suyuan/demo/stories"
	"github.com/suyuan-ledger/suyuan/node"
	"github.com/suyuan-ledger/suyuan/node/remote"
)

// authority is an ACME server in this process. It checks challenges on the ports given, at 127.0.0.1 whatever the name.
type authority struct {
	directory string
	trust     string         // file with the certificate of its own HTTPS server
	roots     *x509.CertPool // of what it issues
}

func newAuthority(t *testing.T, httpPort, tlsPort int) authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	resolver := &dns.Server{Addr: fmt.Sprintf("127.0.0.1:%d", freePorts(1)), Net: "tcp", Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		answer := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			answer.Answer = []dns.RR{must(dns.NewRR(q.Question[0].Name + " 60 IN A 127.0.0.1"))}
		}
		_ = w.WriteMsg(answer) // the asker is gone if this fails
	})}
	listening := make(chan struct{})
	resolver.NotifyStartedFunc = func() { close(listening) }
	go func() { _ = resolver.ListenAndServe() }() // ends with Shutdown
	<-listening
	t.Cleanup(func() { _ = resolver.Shutdown() })

	logger := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	issuer := ca.New(logger, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "default"}})
	checks := va.New(logger, httpPort, tlsPort, false, resolver.Addr, store)
	front := wfe.New(logger, store, checks, issuer, []string{"ca.example"}, false, false, 1, 1)
	// The order's URL stands in the answer to its finalisation, as in RFC 8555 section 7.4 and in what Let's Encrypt runs;
	// Go's client relies on it.
	const finalize, order = "/finalize-order/", "/my-order/"
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, ok := strings.CutPrefix(r.URL.Path, finalize); ok {
			w.Header().Set("Location", "https://"+r.Host+order+id)
		}
		front.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)

	a := authority{directory: server.URL + wfe.DirectoryPath, trust: filepath.Join(t.TempDir(), "authority.pem"), roots: x509.NewCertPool()}
	require.NoError(t, os.WriteFile(a.trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	require.True(t, a.roots.AppendCertsFromPEM(issuer.GetRootCert(0).PEM()))
	return a
}

// TestOneNodeByHand is an operator's day: a node of its own with a certificate by ACME, the doctor before, while and after
// it runs, and after a disk has lost something.
func TestOneNodeByHand(t *testing.T) {
	home := filepath.Join(t.TempDir(), "node")
	https := freePorts(3)
	plain := https + 1
	acme := newAuthority(t, plain, https)
	const host = "node.suyuan.test"
	_, errOut, code := suyuan(t, "", "init", "--home", home, "--operator", "Chenxi Beverages", "--sandbox",
		"--http", fmt.Sprintf("127.0.0.1:%d", https), "--public-url", fmt.Sprintf("https://%s:%d", host, https),
		"--acme-domains", host, "--acme-directory", acme.directory, "--http-redirect", fmt.Sprintf("127.0.0.1:%d", plain))
	require.Zero(t, code, errOut)

	assert.Equal(t, map[string]string{"disk": "ok", "genesis": "ok", "keys": "ok", "keystore": "ok", "peers": "ok", "ports": "ok", "stores": "ok"},
		diagnose(t, home, 0))

	cmd := exec.Command(binary, "start", "--home", home)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+acme.trust)
	logFile, err := os.Create(filepath.Join(home, "node.log"))
	require.NoError(t, err)
	defer logFile.Close()
	cmd.Stderr = logFile
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()

	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: acme.roots},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(address)
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}}
	var leaf *x509.Certificate
	eventually(t, time.Minute, "the node is ready, by a certificate of the authority", func() error {
		// By plain HTTP: the redirect leads to the secure page.
		res, err := client.Get(fmt.Sprintf("http://%s:%d/readyz", host, plain))
		if err != nil {
			said, _ := os.ReadFile(logFile.Name())
			return fmt.Errorf("%w\n%s", err, said)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK || res.TLS == nil {
			return fmt.Errorf("%s %v", res.Status, res.Request.URL)
		}
		leaf = res.TLS.PeerCertificates[0]
		return nil
	})
	assert.Equal(t, []string{host}, leaf.DNSNames)
	_, err = client.Get(fmt.Sprintf("https://other.suyuan.test:%d/readyz", https))
	assert.Error(t, err, "no certificate is fetched for a name that isn't configured")

	eventually(t, time.Minute, "some blocks are decided", func() error {
		res, err := client.Get(fmt.Sprintf("https://%s:%d/api/v1/status", host, https))
		if err != nil {
			return err
		}
		defer res.Body.Close()
		var s node.Status
		if err := json.NewDecoder(res.Body).Decode(&s); err != nil {
			return err
		}
		if s.Height < 5 {
			return fmt.Errorf("height %d", s.Height)
		}
		return nil
	})
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	t.Run("after SIGKILL the stores agree", func(t *testing.T) {
		assert.Equal(t, "ok", diagnose(t, home, 0)["stores"])
	})
	t.Run("a lost file is found", func(t *testing.T) {
		require.NoError(t, os.Rename(filepath.Join(home, "data", "state.db"), filepath.Join(home, "kept")))
		assert.Equal(t, "failed", diagnose(t, home, 1)["stores"])
		require.NoError(t, os.RemoveAll(filepath.Join(home, "data", "state.db")))
		require.NoError(t, os.Rename(filepath.Join(home, "kept"), filepath.Join(home, "data", "state.db")))
		assert.Equal(t, "ok", diagnose(t, home, 0)["stores"])
	})
	t.Run("a damaged store is named, with what to do", func(t *testing.T) {
		for dir, cure := range map[string]string{"trace/index": "move trace/index away", "trace/lists": "suyuan list import",
			"trace/vault": "other nodes send", "trace/jobs": "send their documents again", "scans/counts": "move scans away",
			"outbox": "suyuan doctor", "ledger": "suyuan doctor", "data/blockstore.db": "suyuan doctor"} {
			manifests, err := filepath.Glob(filepath.Join(home, dir, "MANIFEST-*"))
			require.NoError(t, err)
			require.NotEmpty(t, manifests, dir)
			kept := map[string][]byte{}
			for _, m := range manifests {
				kept[m], err = os.ReadFile(m)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(m, []byte("no manifest at all"), 0o600))
			}
			assert.Equal(t, "failed", diagnose(t, home, 1)["stores"], dir)
			_, errOut, code := suyuan(t, "", "start", "--home", home)
			assert.Equal(t, 1, code, dir)
			assert.Contains(t, errOut, cure, dir)
			assert.NotContains(t, errOut, "goroutine", dir)
			for m, was := range kept {
				require.NoError(t, os.WriteFile(m, was, 0o600))
			}
		}
		assert.Equal(t, "ok", diagnose(t, home, 0)["stores"])
	})
	t.Run("a damaged key file is found", func(t *testing.T) {
		files, err := filepath.Glob(filepath.Join(home, "keystore", "UTC--*"))
		require.NoError(t, err)
		was, err := os.ReadFile(files[0])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(files[0], was[:len(was)/2], 0o600))
		assert.Equal(t, "failed", diagnose(t, home, 1)["keystore"])
		require.NoError(t, os.WriteFile(files[0], was, 0o600))
	})
	t.Run("a key open to all and a wrong password are found", func(t *testing.T) {
		require.NoError(t, os.Chmod(filepath.Join(home, "config", "priv_validator_key.json"), 0o644))
		t.Setenv("SUYUAN_KEYSTORE_PASSWORD", "wrong")
		got := diagnose(t, home, 1)
		assert.Equal(t, "warning", got["keys"])
		assert.Equal(t, "failed", got["keystore"])
	})
}

// diagnose runs the doctor and answers the worst outcome of each check but the clock, which depends on the machine.
func diagnose(t *testing.T, home string, wantCode int) map[string]string {
	t.Helper()
	out, errOut, code := suyuan(t, "", "doctor", "--home", home, "--output", "json")
	require.Equal(t, wantCode, code, "%s%s", out, errOut)
	var d node.Diagnosis
	require.NoError(t, json.Unmarshal([]byte(out), &d), out)
	rank := map[string]int{"ok": 0, "warning": 1, "failed": 2}
	worst := map[string]string{}
	for _, c := range d.Checks {
		if c.Name != "clock" && (worst[c.Name] == "" || rank[string(c.Outcome)] > rank[worst[c.Name]]) {
			worst[c.Name] = string(c.Outcome)
		}
	}
	return worst
}

// TestClassicTransport runs two operators on CometBFT's own transport.
func TestClassicTransport(t *testing.T) {
	ctx := context.Background()
	peerPort := freePorts(2)
	var parties []stories.Party
	for _, id := range []string{"north", "south"} {
		parties = append(parties, stories.Party{ID: id, Name: stories.Text{EN: id, ZH: id}, Country: "CN", GLN: "0",
			Roles: []string{"operator"}, Sponsor: id, Operator: true})
	}
	n, err := demo.Run(ctx, demo.Options{Dir: filepath.Join(t.TempDir(), "demo"), HTTP: fmt.Sprintf("127.0.0.1:%d", freePorts(2)), Binary: binary,
		Parties: parties, Configure: func(c *node.Config) {
			c.P2PTransport, c.P2PListen = "classic", fmt.Sprintf("127.0.0.1:%d", peerPort)
			peerPort++
		}})
	require.NoError(t, err)
	defer n.Stop()

	north, south := remote.New(n.Validators[0].HTTP, n.Parties[0].APIKey), remote.New(n.Validators[1].HTTP, n.Parties[1].APIKey)
	_, err = north.Capture(ctx, event("classic"), "trunk")
	require.NoError(t, err)
	eventually(t, 20*time.Second, "the other operator's node has the event", func() error {
		_, err := south.Do(ctx, http.MethodGet, "/epcis/events/urn:uuid:"+uuidOf("classic"), nil, nil)
		return err
	})
	// Vaults have a host of their own here. South comes onto the thing's way only after the sealed event.
	again := func(name, step string) []byte {
		other := strings.ReplaceAll(string(event("classic")), uuidOf("classic"), uuidOf(name))
		return []byte(strings.ReplaceAll(other, "inspecting", step))
	}
	_, err = north.CaptureAs(ctx, again("classic-sealed", "packing"), map[string]string{"Suyuan-Policy": "chain"})
	require.NoError(t, err)
	_, err = south.Capture(ctx, again("classic-later", "storing"), "trunk")
	require.NoError(t, err)
	eventually(t, time.Minute, "the sealed body is in the other operator's vault", func() error {
		res, err := south.Do(ctx, http.MethodGet, "/api/v1/vault/bodies", nil, nil)
		if err == nil && !strings.Contains(string(res.Body), uuidOf("classic-sealed")) {
			err = fmt.Errorf("it has %s", res.Body)
		}
		return err
	})
	running := diagnose(t, n.Validators[0].Dir, 0)
	assert.Equal(t, "ok", running["connections"])
	assert.Equal(t, "ok", running["vault"])
	assert.Equal(t, "ok", running["answers"])
	assert.Equal(t, "ok", running["validators"])

	// Without the other's vote nothing is written; it comes back, and things go on.
	require.NoError(t, syscall.Kill(n.Validators[1].PID, syscall.SIGKILL))
	eventually(t, 30*time.Second, "the doctor sees that writes wait", func() error {
		if got := diagnose(t, n.Validators[0].Dir, 0)["writes"]; got != "warning" {
			return fmt.Errorf("writes: %s", got)
		}
		return nil
	})
	back := exec.Command(binary, "start", "--home", n.Validators[1].Dir)
	require.NoError(t, back.Start())
	defer func() { _ = back.Process.Signal(syscall.SIGTERM); _ = back.Wait() }()
	_, err = north.Capture(ctx, event("classic-again"), "trunk")
	require.NoError(t, err)
}
