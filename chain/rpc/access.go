package rpc

import (
	"errors"
	"net"
	"net/http"
	"strings"
)

// allowed asks the node's check and answers a refusal.
func allowed(w http.ResponseWriter, r *http.Request, allow func(*http.Request) error) bool {
	if allow == nil {
		return true
	}
	err := allow(r)
	if err == nil {
		return true
	}
	status := http.StatusForbidden
	var own interface{ Status() int }
	if errors.As(err, &own) {
		status = own.Status()
	}
	http.Error(w, err.Error(), status)
	return false
}

// KnownHost says whether a request's Host header names this node. A web page that rebinds its own name
// to this address can't make a browser send another name, so names nobody configured are refused.
func KnownHost(hostport string, known []string) bool {
	name, _, err := net.SplitHostPort(hostport)
	if err != nil {
		name = hostport
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if name == "" || name == "localhost" || strings.HasSuffix(name, ".localhost") || net.ParseIP(name) != nil {
		return true
	}
	for _, h := range known {
		if h == "*" || strings.EqualFold(h, name) {
			return true
		}
	}
	return false
}
