package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/suyuan-ledger/suyuan/explorer"
)

//go:embed reference.html
var referencePage string

//go:embed reference.css
var referenceStyle string

var referenceTemplate = template.Must(template.New("reference").Parse(referencePage))

// summaryZH is the field of an operation that holds its summary in Chinese.
const summaryZH = "x-summary-zh"

// Chinese is the summary of an operation for Chinese readers of the reference page.
func Chinese(summary string) map[string]any { return map[string]any{summaryZH: summary} }

// refPage is what the reference page shows of the description.
type refPage struct {
	ZH       bool
	Style    template.CSS
	Info     *huma.Info
	Tags     []refTag
	Schemas  []refSchema
	Security string
}

type refTag struct {
	Name string
	Ops  []refOp
}

type refOp struct {
	ID, Method, Path, Summary, Description string
	Public, Own                            bool
	Params                                 []refParam
	Takes, Answer                          refType
	Curl                                   string
}

type refParam struct {
	Name, In, Type, Doc, Example string
	Required                     bool
}

type refType struct {
	Name string // in words
	Ref  string // schema it leads to, or ""
}

type refSchema struct {
	Name, Doc string
	Fields    []refField
}

type refField struct {
	Name, Doc string
	Type      refType
	Required  bool
}

// reference answers GET /api: the description as a page, complete without script and without requests to elsewhere.
func (a *API) reference(c echo.Context) error {
	a.describe()
	o := a.huma.OpenAPI()
	p := refPage{ZH: readsChinese(c.Request()), Style: template.CSS(referenceStyle), Info: o.Info, //nolint:gosec // our own file
		Security: o.Components.SecuritySchemes[keyScheme].Description}
	p.Tags, p.Schemas = a.operations(p.ZH), schemas(o.Components.Schemas)
	var b bytes.Buffer
	if err := referenceTemplate.Execute(&b, p); err != nil {
		return fmt.Errorf("render the reference page: %w", err)
	}
	h := c.Response().Header()
	sum := sha256.Sum256([]byte(referenceStyle))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	h.Add(echo.HeaderVary, "Accept-Language")
	return c.HTMLBlob(http.StatusOK, b.Bytes())
}

// readsChinese says whether a reader would rather read Chinese.
func readsChinese(r *http.Request) bool {
	return explorer.NegotiateLang(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language")) == explorer.ZH
}

// operations are all operations by their first tag, in the order they were registered in.
func (a *API) operations(zh bool) []refTag {
	var tags []refTag
	o := a.huma.OpenAPI()
	for _, at := range a.order {
		op := o.Paths[at.path].Get
		if at.method == http.MethodPost {
			op = o.Paths[at.path].Post
		}
		if op == nil {
			continue
		}
		r := refOp{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description,
			Public: public(op), Own: op.Extensions[ownKey] != nil, Curl: a.curl(op)}
		if op.RequestBody != nil {
			if m := op.RequestBody.Content["application/json"]; m != nil {
				r.Takes = typeOf(m.Schema)
			}
		}
		if s, ok := op.Extensions[summaryZH].(string); ok && zh {
			r.Summary = s
		}
		for _, q := range op.Parameters {
			r.Params = append(r.Params, refParam{Name: q.Name, In: q.In, Type: typeOf(q.Schema).Name, Doc: q.Description,
				Example: example(q), Required: q.Required})
		}
		for _, status := range []string{"200", "202"} {
			if res := op.Responses[status]; res != nil && r.Answer.Name == "" {
				if m := res.Content["application/json"]; m != nil {
					r.Answer = typeOf(m.Schema)
				}
			}
		}
		tag := "node"
		if len(op.Tags) > 0 {
			tag = op.Tags[0]
		}
		i := slices.IndexFunc(tags, func(t refTag) bool { return t.Name == tag })
		if i < 0 {
			tags = append(tags, refTag{Name: tag})
			i = len(tags) - 1
		}
		tags[i].Ops = append(tags[i].Ops, r)
	}
	return tags
}

// curl is a command that asks an operation with the examples of its parameters.
func (a *API) curl(op *huma.Operation) string {
	cmd := "curl"
	if !public(op) {
		cmd += ` -H "Authorization: Bearer $KEY"`
	}
	if op.RequestBody != nil {
		for media := range op.RequestBody.Content {
			cmd += " -H 'Content-Type: " + media + "' --data-binary @FILE"
		}
	}
	return cmd + " '" + a.deps.PublicURL + examplePath(op) + "'"
}

// examplePath is the path of an operation with the examples of its parameters filled in.
func examplePath(op *huma.Operation) string {
	path, query := op.Path, url.Values{}
	for _, q := range op.Parameters {
		switch v := example(q); {
		case v == "":
		case q.In == "path":
			path = strings.ReplaceAll(path, "{"+q.Name+"}", url.PathEscape(v))
		case q.In == "query":
			query.Set(q.Name, v)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// example is a value of a parameter, "" if the description has none.
func example(q *huma.Param) string {
	if q.Schema == nil || len(q.Schema.Examples) == 0 {
		return ""
	}
	return text(q.Schema.Examples[0])
}

func schemas(r huma.Registry) []refSchema {
	var list []refSchema
	for name, s := range r.Map() {
		out := refSchema{Name: name, Doc: s.Description}
		for field, f := range s.Properties {
			out.Fields = append(out.Fields, refField{Name: field, Doc: f.Description, Type: typeOf(f), Required: slices.Contains(s.Required, field)})
		}
		sort.Slice(out.Fields, func(i, j int) bool { return out.Fields[i].Name < out.Fields[j].Name })
		list = append(list, out)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// typeOf says in words what a schema allows.
func typeOf(s *huma.Schema) refType {
	switch {
	case s == nil:
		return refType{}
	case s.Ref != "":
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		return refType{Name: name, Ref: name}
	case len(s.AnyOf) > 0:
		return typeOf(s.AnyOf[0])
	case s.Type == "array":
		t := typeOf(s.Items)
		return refType{Name: "list of " + t.Name, Ref: t.Ref}
	}
	t := s.Type
	if t == "" {
		t = "any"
	}
	if s.Format != "" {
		t += ", " + s.Format
	}
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, text(v))
		}
		t = strings.Join(values, " | ")
	}
	if s.Minimum != nil && s.Maximum != nil {
		t += fmt.Sprintf(" %g–%g", *s.Minimum, *s.Maximum)
	}
	if s.Default != nil {
		t += ", default " + text(s.Default)
	}
	return refType{Name: t}
}

// text is a value of the description for people.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
