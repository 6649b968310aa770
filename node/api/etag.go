package api

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// strongTag is the ETag of a state: equal parts, equal bytes.
func strongTag(packed bool, parts ...any) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%v\x00", p)
	}
	tag := base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:15])
	if packed {
		tag += "-gz"
	}
	return `"` + tag + `"`
}

// matches says whether the header If-None-Match names a tag. It compares weakly, as RFC 9110 (13.1.2) wants it.
func matches(header, tag string) bool {
	for _, t := range strings.Split(header, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == tag || t == "*" {
			return true
		}
	}
	return false
}

// acceptsGzip says whether the answer may be compressed; it needn't be exact, only the same for the same header.
func acceptsGzip(header string) bool { return strings.Contains(header, "gzip") }
