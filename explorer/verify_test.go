package explorer

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestVerifyPage: the page that checks any proof may ask any node, says what it can't do, and can be kept.
func TestVerifyPage(t *testing.T) {
	srv := newServer(t, func(d *Deps) { d.Peers = []string{"https://other.example"} })
	get := func(path string) (*http.Response, string) {
		res, err := http.Get(srv.URL + path)
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, res.StatusCode, path)
		return res, string(body)
	}
	res, page := get("/verify?lang=en")
	assert.Contains(t, res.Header.Get("Content-Security-Policy"), "connect-src 'self' https: http:")
	assert.Contains(t, page, `data-peers="https://other.example"`)
	assert.Contains(t, page, "suyuan verify proof.json")
	assert.Contains(t, page, `rel="manifest"`)
	res, page = get(bottlePath)
	assert.Contains(t, res.Header.Get("Content-Security-Policy"), "connect-src 'self' https://other.example;", "a scan page asks nobody but the operators it names")
	assert.Contains(t, page, `data-peers="https://other.example"`)
	_, worker := get("/verify.sw.js")
	for file := range strings.SplitSeq(strings.Trim(worker[strings.Index(worker, "[")+1:strings.Index(worker, "]")], `"`), `","`) {
		get(file)
	}
	_, manifest := get("/verify.webmanifest?lang=zh")
	assert.Contains(t, manifest, "核对一份证明")
	_, page = get("/verify.webmanifest?lang=en&page=" + bottlePath)
	assert.Contains(t, page, `"start_url":"`+bottlePath+`?lang=en"`)
	assert.Contains(t, page, `"scope":"/"`)
	for _, bad := range []string{"https://other.example", "/explorer", "/01/1"} {
		res, err := http.Get(srv.URL + "/verify.webmanifest?page=" + url.QueryEscape(bad))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, http.StatusBadRequest, res.StatusCode, bad)
	}
}
