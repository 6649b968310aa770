package node

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A web page whose name was rebound to this address must not read lists through a browser on this machine.
func TestLoopbackIsAskedByAddress(t *testing.T) {
	tests := []struct {
		remote, host string
		want         bool
	}{
		{"127.0.0.1:9", "127.0.0.1:8080", true},
		{"127.0.0.1:9", "localhost:8080", true},
		{"[::1]:9", "[::1]:8080", true},
		{"127.0.0.1:9", "192.168.1.5:8080", true},
		{"127.0.0.1:9", "evil.example:8080", false},
		{"127.0.0.1:9", "localhost.evil.example", false},
		{"127.0.0.1:9", "ledger.example", false}, // a proxy that passes Host on
		{"192.0.2.1:9", "127.0.0.1:8080", false},
		{"@", "127.0.0.1:8080", false},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/explorer", nil)
		r.RemoteAddr, r.Host = tt.remote, tt.host
		assert.Equal(t, tt.want, loopback(r), "%s asked as %s", tt.remote, tt.host)
	}
}
