package explorer

import (
	"bufio"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// closed lets nobody in but who signs in with the key "good", for as long as it is good.
type closed struct{ revoked bool }

func (*closed) MayRead(r *http.Request) error {
	if r.Header.Get("Authorization") == "Bearer good" {
		return nil
	}
	return errors.New("a key with the scope read is needed")
}

func (*closed) SignIn(key string) (Member, error) {
	if key != "good" {
		return Member{}, errors.New("unknown key")
	}
	return Member{Ref: "ref", Party: brand.Address, Name: brand.Name, Agent: 2}, nil
}

func (c *closed) Still(m Member) bool { return m.Ref == "ref" && !c.revoked }

func post(t *testing.T, target string, form url.Values, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := noRedirect.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp
}

func TestListsAreForMembers(t *testing.T) {
	access := &closed{}
	now := fixedNow
	srv := newServer(t, func(d *Deps) { d.Access, d.Now = access, func() time.Time { return now } })
	for _, path := range []string{"/explorer", "/explorer/blocks?before=9", "/explorer/parties/" + fixedParty, "/explorer/search?q=x", "/explorer/blocks?format=csv"} {
		resp, page := get(t, srv.URL+path)
		assert.Equal(t, http.StatusUnauthorized, resp.StatusCode, path)
		assert.Contains(t, page, `action="/explorer/sign-in"`, path)
		assert.NotContains(t, page, coop.Name)
	}
	resp, _ := get(t, srv.URL+bottlePath)
	assert.Equal(t, http.StatusOK, resp.StatusCode, "one identifier is for everybody")
	resp, _ = get(t, srv.URL+"/explorer", "Authorization", "Bearer good")
	assert.Equal(t, http.StatusOK, resp.StatusCode)

	assert.Equal(t, http.StatusUnauthorized, post(t, srv.URL+"/explorer/sign-in", url.Values{"key": {"bad"}}).StatusCode)
	assert.Equal(t, http.StatusForbidden, post(t, srv.URL+"/explorer/sign-in", url.Values{"key": {"good"}}, "Sec-Fetch-Site", "cross-site").StatusCode)
	assert.Equal(t, http.StatusForbidden, post(t, srv.URL+"/explorer/sign-in", url.Values{"key": {"good"}}, "Origin", "https://evil.example").StatusCode)

	resp = post(t, srv.URL+"/explorer/sign-in", url.Values{"key": {" good "}, "next": {"/explorer/blocks?before=9"}}, "Sec-Fetch-Site", "same-origin")
	require.Equal(t, http.StatusSeeOther, resp.StatusCode)
	assert.Equal(t, "/explorer/blocks?before=9", resp.Header.Get("Location"))
	require.Len(t, resp.Cookies(), 1)
	cookie := resp.Cookies()[0]
	assert.True(t, cookie.HttpOnly)
	assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	assert.Equal(t, "/explorer", cookie.Path)
	assert.NotContains(t, cookie.Value, "good")
	mine := cookie.Name + "=" + cookie.Value

	resp, page := get(t, srv.URL+"/explorer?lang=en", "Cookie", mine)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Contains(t, page, "Signed in as agent 2 of")
	assert.Contains(t, resp.Header.Get("Cache-Control"), "private")

	access.revoked = true
	resp, _ = get(t, srv.URL+"/explorer", "Cookie", mine)
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode, "a revoked key signs out at once")
	access.revoked = false
	resp, _ = get(t, srv.URL+"/explorer", "Cookie", mine)
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode, "and stays out")

	in := func() string {
		c := post(t, srv.URL+"/explorer/sign-in", url.Values{"key": {"good"}}).Cookies()[0]
		return c.Name + "=" + c.Value
	}
	mine = in()
	require.Equal(t, http.StatusOK, post(t, srv.URL+"/explorer/sign-out", nil, "Cookie", mine).StatusCode)
	resp, _ = get(t, srv.URL+"/explorer", "Cookie", mine)
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode, "signed out")
	mine = in()
	now = now.Add(sessionLife)
	resp, _ = get(t, srv.URL+"/explorer", "Cookie", mine)
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode, "run out")
}

func TestWhereToGoAfterSigningIn(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{"/explorer/blocks?before=9": "/explorer/blocks?before=9", "/explorer": "/explorer", "": "/explorer",
		"https://evil.example/explorer": "/explorer", "//evil.example/explorer": "/explorer", "/explorer/../x": "/explorer/../x", "/explorers": "/explorer", "javascript:alert(1)": "/explorer",
		"/\\evil.example": "/explorer", "/explorer/sign-out": "/explorer", "/explorer\r\nX: y": "/explorer"} {
		assert.Equal(t, want, localPath(next), next)
	}
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	var s sessions
	first, err := s.open(Member{}, fixedNow)
	require.NoError(t, err)
	for i := range maxSessions {
		_, err := s.open(Member{}, fixedNow.Add(time.Duration(i+1)))
		require.NoError(t, err)
	}
	assert.Len(t, s.byID, maxSessions)
	_, ok := s.get(first, fixedNow)
	assert.False(t, ok, "the oldest goes first")
	last, err := s.open(Member{}, fixedNow.Add(2*sessionLife))
	require.NoError(t, err)
	assert.Len(t, s.byID, 1, "what has run out is forgotten")
	_, ok = s.get(last, fixedNow.Add(2*sessionLife))
	assert.True(t, ok)
}

func TestExplorerTellsWhoIsMissing(t *testing.T) {
	for down, want := range map[int]string{0: "Every validator is signing.", 1: "Missing: coop",
		2: "writing waits for coop and brand. Writes wait: 120 of 240 votes are present"} {
		srv := newServer(t, func(d *Deps) { d.Ledger = fixedLedger{down: down} })
		for _, path := range []string{"/explorer", "/explorer/validators"} {
			_, page := get(t, srv.URL+path+"?lang=en")
			assert.Contains(t, page, want, path)
		}
	}
}

func TestTransactionsInWords(t *testing.T) {
	srv := newServer(t)
	_, page := get(t, srv.URL+"/explorer/transactions/"+failedTx+"?lang=en")
	for _, want := range []string{"Nothing was done: The caller is no live key with this scope", "key revoked, or its agent switched off", "Act as the organisation&#39;s account",
		"Register or change a key", "capture, read", "13 Nov 2025"} {
		assert.Contains(t, page, want)
	}
	_, page = get(t, srv.URL+"/explorer/transactions/"+fixedTx+"?lang=zh")
	for _, want := range []string{"登记记录", "批次 09521202001011", "青山果农合作社", "/01/09521202001011/10/CX7-118", "未能识别的日志"} {
		assert.Contains(t, page, want)
	}
}

func TestSearchGoesToTheOnlyAnswer(t *testing.T) {
	srv := newServer(t)
	resp, _ := get(t, srv.URL+"/explorer/search?q=one&lang=zh")
	assert.Equal(t, http.StatusSeeOther, resp.StatusCode)
	assert.Equal(t, "/explorer/parties/"+fixedParty+"?lang=zh", resp.Header.Get("Location"))
	_, page := get(t, srv.URL+"/explorer/search?q=9521202001012&lang=en")
	assert.Contains(t, page, "Looked up as: validator, serial or lot and organisation")
	assert.Contains(t, page, "the check digit should be 1")
	_, page = get(t, srv.URL+"/explorer/search?q="+url.QueryEscape(`"><script>alert(1)</script>`))
	assert.NotContains(t, page, "<script>alert")
}

func TestCSV(t *testing.T) {
	srv := newServer(t)
	for path, head := range map[string]string{"blocks": "number,height,time,transactions,failed,records,hash", "blocks/63": "hash,call,from,to,time,result",
		"parties": "name,country,gln,sponsor,since,state,address", "parties/" + fixedParty + "/history": "time,subject,change,by,transaction,leaf", "validators": "name,uptime_percent,last_signed,power,state,address",
		"licences": "id,range,kind,holder,who_may_write,valid,state", "licences/2": "name,standing,address", "objects/" + fixedObject: "number,kind,party,key,time,leaf,commitment,transaction",
		"addresses/" + fixedKey: "hash,call,from,to,time,result", "search?q=cx7": "kind,result"} {
		resp, body := get(t, srv.URL+"/explorer/"+path+sign(path)+"format=csv&lang=en")
		require.Equal(t, http.StatusOK, resp.StatusCode, path)
		assert.Contains(t, resp.Header.Get("Content-Type"), "text/csv", path)
		body, marked := strings.CutPrefix(body, "\uFEFF")
		assert.True(t, marked, "spreadsheets know UTF-8 by its mark")
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		require.NoError(t, err, path)
		require.NotEmpty(t, rows)
		assert.Equal(t, head, strings.Join(rows[0], ","), path)
	}
	assert.Equal(t, "'=HYPERLINK(1)", harmless("=HYPERLINK(1)"))
	assert.Equal(t, "0x1", harmless("0x1"))
}

func TestRubbishAddresses(t *testing.T) {
	srv := newServer(t)
	for path, status := range map[string]int{"blocks?before=-1": 400, "blocks?before=99999999999999999999": 400, "blocks/x": 404, "blocks/63?from=x": 400, "transactions/0x12": 400,
		"transactions/" + fixedObject: 404, "parties?offset=x": 400, "parties/0xzz": 400, "parties/" + fixedKey: 404, "parties/" + fixedParty + "/history?after=1": 400, "addresses/x": 400,
		"licences/x": 400, "licences/99": 404, "objects/" + fixedObject + "?lane=x": 400, "objects/" + fixedTx: 404, "nothing": 404} {
		resp, page := get(t, srv.URL+"/explorer/"+path)
		assert.Equal(t, status, resp.StatusCode, path)
		assert.Contains(t, page, "<h1>", path)
		resp, _ = get(t, srv.URL+"/explorer/"+path, "Accept", "application/json")
		assert.Equal(t, status, resp.StatusCode, path)
		assert.Equal(t, "application/problem+json", resp.Header.Get("Content-Type"), path)
	}
}

func TestLiveStream(t *testing.T) {
	closing := make(chan struct{})
	srv := newServer(t, func(d *Deps) { d.Closing = closing })
	for name, tt := range map[string]struct{ query, header, want string }{
		"tip": {"", "", "id: 413-2"}, "after": {"?after=7-1", "", "id: 8-2"}, "resumed": {"?after=7-1", "9-0", "id: 10-2"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/explorer/live"+tt.query, nil)
		require.NoError(t, err)
		if tt.header != "" {
			req.Header.Set("Last-Event-ID", tt.header)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		lines := bufio.NewScanner(resp.Body)
		require.True(t, lines.Scan())
		assert.Equal(t, tt.want, lines.Text(), name)
		require.True(t, lines.Scan())
		assert.Equal(t, "event: block", lines.Text(), name)
		if name != "tip" {
			require.NoError(t, resp.Body.Close())
			continue
		}
		defer func() {
			for lines.Scan() { // ends when the node closes its streams
			}
			require.NoError(t, resp.Body.Close())
		}()
	}
	resp, _ := get(t, srv.URL+"/explorer/live?after=x")
	assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
	close(closing)
}
