package node

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// selfSigned writes a certificate for 127.0.0.1 with a serial number into the home.
func selfSigned(t *testing.T, home string, serial int64, modified time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "node"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	write := func(name, kind string, der []byte) {
		path := filepath.Join(home, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		require.NoError(t, os.Chtimes(path, modified, modified))
	}
	write("key.pem", "EC PRIVATE KEY", keyDER)
	write("cert.pem", "CERTIFICATE", der)
}

func secureConfig(address string) Config {
	cfg := DefaultConfig()
	cfg.HTTP, cfg.TLSCert, cfg.TLSKey = address, "cert.pem", "key.pem"
	return cfg
}

func TestTLSFilesAreServedAndTakenUpWhenRenewed(t *testing.T) {
	home := t.TempDir()
	selfSigned(t, home, 1, time.Now().Add(-time.Hour))
	files := &certificateFiles{cert: filepath.Join(home, "cert.pem"), key: filepath.Join(home, "key.pem"), log: slog.Default()}
	serial := func() int64 {
		files.asked = time.Time{} // as if a second had passed
		pair, err := files.get(nil)
		require.NoError(t, err)
		return pair.Leaf.SerialNumber.Int64()
	}
	assert.EqualValues(t, 1, serial())
	selfSigned(t, home, 2, time.Now())
	assert.EqualValues(t, 2, serial(), "a renewed certificate is taken up")
	require.NoError(t, os.WriteFile(files.cert, []byte("half a fi"), 0o600))
	assert.EqualValues(t, 2, serial(), "while the files are being written the one in use stays")

	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	selfSigned(t, home, 3, time.Now())
	certs, err := newCertificates(home, secureConfig(l.Addr().String()), slog.Default())
	require.NoError(t, err)
	server := &http.Server{TLSConfig: certs.config, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) })}
	go func() { _ = certs.serve(server, l) }()
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	res, err := client.Get("https://" + l.Addr().String())
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	assert.Equal(t, "HTTP/2.0", string(body))
	assert.EqualValues(t, 3, res.TLS.PeerCertificates[0].SerialNumber.Int64())
}

func TestTLSRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"certificate without key":    {`tls_cert = "a.pem"`, "tls_cert, tls_key"},
		"files and ACME":             {"tls_cert = \"a.pem\"\ntls_key = \"b.pem\"\nacme_domains = [\"a.example\"]", "acme_domains: set beside tls_cert"},
		"ACME for an address":        {`acme_domains = ["10.0.0.1"]`, `"10.0.0.1" is not a host name`},
		"redirect to nothing":        {`http_redirect = ":80"`, "http_redirect: there is nothing to redirect to"},
		"redirect from no port":      {"http_redirect = \"host\"\nacme_domains = [\"a.example\"]", `http_redirect: "host" is not HOST:PORT`},
		"classic on the HTTP's port": {`p2p_transport = "classic"`, "p2p_listen: 127.0.0.1:8080 is the port of http"},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(home, ConfigFile), []byte(c.file), 0o600))
			_, err := LoadConfig(home, nil)
			require.ErrorContains(t, err, c.want)
		})
	}
	t.Run("files that aren't there", func(t *testing.T) {
		_, err := newCertificates(t.TempDir(), secureConfig("127.0.0.1:1"), slog.Default())
		require.ErrorContains(t, err, "tls_cert, tls_key")
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}

func TestPublicURLFollowsTLS(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*Config)
		want string
	}{
		"plain":                 {func(*Config) {}, "http://127.0.0.1:8080"},
		"files":                 {func(c *Config) { c.TLSCert, c.TLSKey = "a", "b" }, "https://127.0.0.1:8080"},
		"ACME":                  {func(c *Config) { c.HTTP, c.ACMEDomains = "0.0.0.0:443", []string{"n.example"} }, "https://n.example"},
		"ACME behind a mapping": {func(c *Config) { c.ACMEDomains = []string{"n.example"} }, "https://n.example:8080"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConfig()
			c.set(&cfg)
			require.NoError(t, cfg.validate())
			assert.Equal(t, c.want, cfg.PublicURL)
		})
	}
}

func TestPlainHTTPLeadsToTheSecurePage(t *testing.T) {
	h := toSecure("https://n.example:8443")
	get := httptest.NewRecorder()
	h.ServeHTTP(get, httptest.NewRequest(http.MethodGet, "http://n.example/01/09506000134352?linkType=all", nil))
	assert.Equal(t, http.StatusPermanentRedirect, get.Code)
	assert.Equal(t, "https://n.example:8443/01/09506000134352?linkType=all", get.Header().Get("Location"))
	post := httptest.NewRecorder()
	h.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "http://n.example/epcis/capture", nil))
	assert.Equal(t, http.StatusBadRequest, post.Code, "an API key must not travel in the clear and be forgiven")
}
