package explorer

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// plainHTTP says that a page was asked for by plain HTTP from elsewhere, so that its browser withholds what it keeps for
// secure contexts: passkeys, crypto.subtle and service workers. A browser on this machine doesn't, and behind a proxy
// that ends TLS the Host is that of the node's https URL.
func plainHTTP(r *http.Request, publicURL string) bool {
	if r.TLS != nil {
		return false
	}
	if u, err := url.Parse(publicURL); err == nil && u.Scheme == "https" && strings.EqualFold(u.Host, r.Host) {
		return false
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	ip := net.ParseIP(host)
	return host != "localhost" && !strings.HasSuffix(host, ".localhost") && (ip == nil || !ip.IsLoopback())
}
