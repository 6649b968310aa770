package explorer

import (
	"crypto/tls"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host, public string
		tls, want    bool
	}{
		"this machine":              {host: "127.0.0.1:8080"},
		"this machine, IPv6":        {host: "[::1]:8080"},
		"localhost":                 {host: "LocalHost:8080"},
		"a name below localhost":    {host: "brand.localhost"},
		"the local network":         {host: "192.168.1.20:8080", public: "http://192.168.1.20:8080", want: true},
		"the local network by name": {host: "nas.lan", want: true},
		"TLS":                       {host: "192.168.1.20:8443", tls: true},
		"behind a TLS proxy":        {host: "Node.example", public: "https://node.example"},
		"past the TLS proxy":        {host: "10.0.0.7:8080", public: "https://node.example", want: true},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host, r.TLS = c.host, nil
		if c.tls {
			r.TLS = &tls.ConnectionState{}
		}
		assert.Equal(t, c.want, plainHTTP(r, c.public), name)
	}
}
