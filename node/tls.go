package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// secure says whether the HTTP server speaks TLS.
func (c *Config) secure() bool { return c.TLSCert != "" || len(c.ACMEDomains) > 0 }

// scheme is that of the URLs under which this node is reached unless public_url says otherwise.
func (c *Config) scheme() string {
	if c.secure() {
		return "https"
	}
	return "http"
}

func (c *Config) validateTLS() error {
	var errs []error
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, fmt.Errorf("tls_cert, tls_key: %q and %q: both are needed, or neither", c.TLSCert, c.TLSKey))
	}
	if c.TLSCert != "" && len(c.ACMEDomains) > 0 {
		errs = append(errs, errors.New("acme_domains: set beside tls_cert: the certificate comes from files or from ACME, not from both"))
	}
	for _, d := range c.ACMEDomains {
		if d == "" || net.ParseIP(d) != nil {
			errs = append(errs, fmt.Errorf("acme_domains: %q is not a host name", d))
		}
	}
	if c.HTTPRedirect != "" {
		if _, _, err := net.SplitHostPort(c.HTTPRedirect); err != nil {
			errs = append(errs, fmt.Errorf("http_redirect: %q is not HOST:PORT", c.HTTPRedirect))
		}
		if !c.secure() {
			errs = append(errs, errors.New("http_redirect: there is nothing to redirect to without tls_cert or acme_domains"))
		}
	}
	return errors.Join(errs...)
}

// certificates is where the HTTP server's certificates come from. nil config: plain HTTP.
type certificates struct {
	config *tls.Config
	// plain answers on the redirect port: ACME's http-01 challenges, and everything else with the https URL.
	plain http.Handler
}

// newCertificates reads the certificate files once, so that a node with bad ones doesn't start.
func newCertificates(home string, cfg Config, log *slog.Logger) (*certificates, error) {
	switch {
	case len(cfg.ACMEDomains) > 0:
		m := &autocert.Manager{
			Prompt:     autocert.AcceptTOS,
			Cache:      autocert.DirCache(filepath.Join(home, "acme")),
			HostPolicy: autocert.HostWhitelist(cfg.ACMEDomains...),
			Email:      cfg.ACMEEmail,
			Client:     &acme.Client{DirectoryURL: cfg.ACMEDirectory, UserAgent: "suyuan"},
		}
		config := m.TLSConfig()
		var told atomic.Pointer[string]
		config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			cert, err := m.GetCertificate(hello)
			if err == nil || !slices.Contains(cfg.ACMEDomains, hello.ServerName) { // other names are a scanner's
				return cert, err
			}
			// A failed try is kept for a minute, and each caller of that minute fails alike.
			if now := err.Error(); told.Load() == nil || *told.Load() != now {
				told.Store(&now)
				log.Warn("no certificate by ACME; it is tried again in a minute", "domain", hello.ServerName, "err", err)
			}
			return cert, err
		}
		return &certificates{config: config, plain: m.HTTPHandler(toSecure(cfg.PublicURL))}, nil
	case cfg.TLSCert != "":
		files := &certificateFiles{cert: inHome(home, cfg.TLSCert), key: inHome(home, cfg.TLSKey), log: log}
		if _, err := files.get(nil); err != nil {
			return nil, err
		}
		config := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: files.get, NextProtos: []string{"h2", "http/1.1"}}
		return &certificates{config: config, plain: toSecure(cfg.PublicURL)}, nil
	}
	return &certificates{}, nil
}

// toSecure sends readers to the same page at the node's URL. Whoever sends something is told instead: a redirect would
// let them believe that plain HTTP is fine.
func toSecure(publicURL string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "use "+publicURL, http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, publicURL+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}

func inHome(home, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(home, path)
}

// certificateFiles is a certificate on disk. A renewed one is taken up without a restart.
type certificateFiles struct {
	cert, key string
	log       *slog.Logger

	mu     sync.Mutex
	read   time.Time // of the certificate file when it was read
	asked  time.Time
	loaded *tls.Certificate
}

// lookEvery is how often the files are looked at, at most.
const lookEvery = time.Second

// get returns the certificate. While its renewal is half written, the one in use stays.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loaded != nil && time.Since(f.asked) < lookEvery {
		return f.loaded, nil
	}
	f.asked = time.Now()
	info, err := os.Stat(f.cert)
	if err == nil && f.loaded != nil && info.ModTime().Equal(f.read) {
		return f.loaded, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(f.cert, f.key); err == nil {
			f.loaded, f.read = &pair, info.ModTime()
		}
	}
	if f.loaded != nil {
		if err != nil {
			f.log.Warn("tls_cert: the certificate in use stays: the files can't be read", "err", err)
		}
		return f.loaded, nil
	}
	return nil, fmt.Errorf("tls_cert, tls_key: %w", err)
}

// serve answers on the listener until the server is shut down, with TLS if there is a certificate, which the server
// has been given.
func (c *certificates) serve(server *http.Server, l net.Listener) error {
	if c.config == nil {
		return server.Serve(l)
	}
	return server.ServeTLS(l, "", "")
}

// servePlain answers on the redirect port until ctx is done.
func (c *certificates) servePlain(ctx context.Context, address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("http_redirect: %w", err)
	}
	server := &http.Server{Handler: c.plain, ReadHeaderTimeout: headerPatience, ReadTimeout: headerPatience, WriteTimeout: headerPatience,
		IdleTimeout: headerPatience, MaxHeaderBytes: 16 << 10}
	go func() {
		<-ctx.Done()
		_ = server.Close() // nothing there is worth waiting for
	}()
	go func() { _ = server.Serve(l) }() // ends with Close
	return nil
}
