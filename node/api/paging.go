package api

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"github.com/suyuan-ledger/suyuan/trace/index"
	"github.com/suyuan-ledger/suyuan/trace/problem"
)

// Cursor is a place on the ledger, height-index: the CometBFT height of a block and the position of a record in it.
type Cursor = index.Seq

// Paging is the part of a list's input that says which piece of it is wanted. Embed it.
type Paging struct {
	After string `query:"after" pattern:"^[0-9]{1,20}-[0-9]{1,10}$" doc:"Cursor: go on after this one, as an earlier answer's next says"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most entries to answer with"`

	url url.URL
}

// Resolve remembers the request for the link to the next page.
func (p *Paging) Resolve(ctx huma.Context) []error {
	p.url = ctx.URL()
	return nil
}

// From is the cursor to go on after; ok is false at the beginning.
func (p *Paging) From() (c Cursor, ok bool, err error) {
	if p.After == "" {
		return c, false, nil
	}
	if c, err = index.ParseSeq(p.After); err != nil {
		return c, false, problem.BadParam("query", "after", p.After, "cursor", "is not a cursor of the form height-index")
	}
	return c, true, nil
}

// Next is the Link header to the page after a cursor (RFC 8288); "" for the empty cursor, the end of the list.
func (p *Paging) Next(cursor string) string {
	if cursor == "" {
		return ""
	}
	q := p.url.Query()
	q.Set("after", cursor)
	u := url.URL{Path: p.url.Path, RawPath: p.url.RawPath, RawQuery: q.Encode()}
	return fmt.Sprintf("<%s>; rel=\"next\"", u.RequestURI())
}

// Page is a piece of a list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Cursor of the last entry; absent if the list ends here" example:"120-3"`
}

// Listed is the answer of an operation that lists things.
type Listed[T any] struct {
	Link string `header:"Link" doc:"The next page (RFC 8288)"`
	Body Page[T]
}

// List answers with items; next is the cursor of the last one if there may be more, else "".
func List[T any](p *Paging, items []T, next string) *Listed[T] {
	if items == nil {
		items = []T{}
	}
	return &Listed[T]{Link: p.Next(next), Body: Page[T]{Items: items, Next: next}}
}

// Condition is the part of an input that says what its caller already has. Embed it.
type Condition struct {
	IfNoneMatch string `header:"If-None-Match" doc:"ETags the caller has; 304 if one of them is still good"`

	packed bool
}

// Resolve looks whether the answer may be compressed, which gives it another ETag (RFC 9110, 8.8.3.3).
func (c *Condition) Resolve(ctx huma.Context) []error {
	c.packed = acceptsGzip(ctx.Header("Accept-Encoding"))
	return nil
}

// Tag makes the strong ETag of an answer out of what it depends on. If the caller has it, the error is the answer: 304.
func (c *Condition) Tag(parts ...any) (string, error) {
	tag := strongTag(c.packed, parts...)
	if matches(c.IfNoneMatch, tag) {
		return tag, &notModified{http.Header{"Etag": {tag}, "Cache-Control": {cachePolicy}}}
	}
	return tag, nil
}

// cachePolicy lets callers keep answers, and ask each time whether they are still good.
const cachePolicy = "no-cache"

// Tagged is the part of an answer that goes with Condition. Embed it.
type Tagged struct {
	ETag         string `header:"ETag" doc:"Names this state of the answer"`
	CacheControl string `header:"Cache-Control" hidden:"true"`
}

// Keep is Tagged with an ETag.
func Keep(tag string) Tagged { return Tagged{ETag: tag, CacheControl: cachePolicy} }

type notModified struct{ headers http.Header }

func (*notModified) Error() string             { return "not modified" }
func (*notModified) GetStatus() int            { return http.StatusNotModified }
func (n *notModified) GetHeaders() http.Header { return n.headers }

// pathParam is a parameter of the path as its sender meant it. Where the path holds an escaped slash, echo gives the
// parameter as it was sent.
func pathParam(ctx huma.Context, value string) (string, error) {
	if u := ctx.URL(); u.RawPath != "" {
		return url.PathUnescape(value)
	}
	return value, nil
}
