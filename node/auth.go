package node

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/suyuan-ledger/suyuan/chain/rpc"
)

// refusal is an error with the HTTP status it is answered with.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// Status is the HTTP status of the answer.
func (r *refusal) Status() int { return r.status }

// bearer is the API key of a request: nil, nil if it carries none.
func (n *Node) bearer(r *http.Request) (*APIKey, error) {
	if key, ok := r.Context().Value(bearerKey{}).(*APIKey); ok {
		return key, nil
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return nil, nil
	}
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return nil, &refusal{http.StatusUnauthorized, "Authorization: must be Bearer and an API key"}
	}
	key, err := n.apiKeys.Lookup(strings.TrimSpace(token))
	if errors.Is(err, ErrUnknownAPIKey) {
		return nil, &refusal{http.StatusUnauthorized, err.Error()}
	}
	return key, err
}

// mayRead lets through who may see lists: callers on this machine and API keys with the scope read.
// It looks at the connection itself, never at forwarded headers; behind a proxy on the same machine
// that means the proxy must keep strangers from these doors, or pass on the Host they asked for.
func (n *Node) mayRead(r *http.Request) error {
	key, err := n.bearer(r)
	if err != nil {
		return err
	}
	if key != nil {
		if key.May("read") {
			return nil
		}
		return &refusal{http.StatusForbidden, "this API key doesn't have the scope read"}
	}
	if loopback(r) {
		return nil
	}
	return &refusal{http.StatusUnauthorized, fmt.Sprintf("%s needs an API key with the scope read", r.URL.Path)}
}

// loopback says whether somebody on this machine asks for it by address or as localhost. A page of the
// web whose name has been rebound to 127.0.0.1 also comes from here, by the browser of whoever has it
// open, but can't ask for another name than its own.
func loopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback() && rpc.KnownHost(r.Host, nil)
}
