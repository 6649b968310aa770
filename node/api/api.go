package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"path"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"
)

// Prefix is the path under which all operations are.
const Prefix = "/api/v1"

// Deps are what the interface needs of its node.
type Deps struct {
	// MayRead refuses callers that may not see lists. Its errors may have a method Status() int.
	MayRead func(*http.Request) error
	// Version is this software's, PublicURL where others reach this node.
	Version, PublicURL string
	// Log is slog.Default() if nil.
	Log *slog.Logger
}

// API is the interface while its operations are being registered.
type API struct {
	huma  huma.API
	paper huma.API // describes operations that echo serves
	deps  Deps
	order []struct{ method, path string } // operations as they were registered

	once       sync.Once // the description is complete when it is first asked for
	json, yaml []byte
}

// keyScheme is the name of the only way to authenticate in the description.
const keyScheme = "apiKey"

// New opens the interface on e; operations are added with Public and Members before the first request.
func New(e *echo.Echo, deps Deps) *API {
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	a := &API{deps: deps}
	cfg := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Suyuan", Version: deps.Version,
				Description: "What a node of this ledger knows of objects, parties and blocks. EPCIS 2.0 capture and query are at /epcis, " +
					"as GS1's own OpenAPI describes them; Ethereum JSON-RPC is at /rpc, CometBFT's at /comet.",
				License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaNames()),
				SecuritySchemes: map[string]*huma.SecurityScheme{keyScheme: {Type: "http", Scheme: "bearer", BearerFormat: "sy_<agent>_<secret>",
					Description: "API key with the scope read. Callers on the node's own machine need none."}},
			},
		},
		Formats:                      huma.DefaultFormats,
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{a.complete},
	}
	if deps.PublicURL != "" {
		cfg.Servers = []*huma.Server{{URL: deps.PublicURL}}
	}
	cfg.OnAddOperation = append(cfg.OnAddOperation, func(_ *huma.OpenAPI, op *huma.Operation) {
		if op.Method == http.MethodGet {
			e.HEAD(echoPath(op.Path), asGet)
		}
	})
	a.huma = humaecho.New(e, cfg)
	a.huma.UseMiddleware(a.guard)
	a.paper = huma.NewAPI(huma.Config{OpenAPI: a.huma.OpenAPI(), Formats: cfg.Formats, DefaultFormat: cfg.DefaultFormat}, paper{})
	e.GET("/openapi.json", a.serveJSON)
	e.GET("/openapi.yaml", a.serveYAML)
	e.GET("/api", a.reference)
	return a
}

// schemaNames gives every type a name of its own: types of two packages may have the same, and the second is then told
// apart by its package.
func schemaNames() func(reflect.Type, string) string {
	taken := map[string]reflect.Type{}
	return func(t reflect.Type, hint string) string {
		name := huma.DefaultSchemaNamer(t, hint)
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if other, ok := taken[name]; ok && other != t && t.PkgPath() != "" {
			pkg := path.Base(t.PkgPath())
			name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
		}
		taken[name] = t
		return name
	}
}

// Public registers an operation about one identifier that its caller already holds: it needs no API key.
func Public[I, O any](a *API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	op.Security = []map[string][]string{{}, {keyScheme: {}}}
	register(a, op, handler)
}

// Members registers an operation that lists things, for callers on this machine and API keys with the scope read.
func Members[I, O any](a *API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	op.Security = []map[string][]string{{keyScheme: {}}}
	register(a, op, handler)
}

func register[I, O any](a *API, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	if op.Method == "" {
		op.Method = http.MethodGet
	}
	op.Path = Prefix + op.Path
	a.listed(op)
	huma.Register(a.huma, op, handler)
}

// Described registers an operation that reads or writes streams, so that its handler is echo's own; it looks for the API
// key itself. I and O describe it like the others.
func Described[I, O any](a *API, e *echo.Echo, op huma.Operation, handler echo.HandlerFunc) {
	op.Path = Prefix + op.Path
	op.Security = []map[string][]string{{keyScheme: {}}}
	extensions := map[string]any{ownKey: true}
	maps.Copy(extensions, op.Extensions)
	op.Extensions = extensions
	a.listed(op)
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	huma.Register[I, O](a.paper, op, nil)
	delete(op.Responses, "422") // huma's own check of bodies, which isn't made here
	if again, first := op.Responses["200"], op.Responses["202"]; again != nil && first != nil {
		again.Content = first.Content
	}
	e.Add(op.Method, echoPath(op.Path), handler)
}

// ownKey is the field of an operation that is about what the API key's own party has.
const ownKey = "x-own-party"

func (a *API) listed(op huma.Operation) {
	a.order = append(a.order, struct{ method, path string }{op.Method, op.Path})
}

// paper is an adapter that serves nothing: what is registered with it stands in the description only.
type paper struct{}

func (paper) Handle(*huma.Operation, func(huma.Context)) {}

func (paper) ServeHTTP(http.ResponseWriter, *http.Request) {}

// guard asks for an API key where the operation doesn't say that none is needed.
func (a *API) guard(ctx huma.Context, next func(huma.Context)) {
	if !public(ctx.Operation()) {
		if err := a.deps.MayRead(humaecho.Unwrap(ctx).Request()); err != nil {
			_ = huma.WriteErr(a.huma, ctx, http.StatusUnauthorized, "", err) // the caller is gone if this fails
			return
		}
	}
	next(ctx)
}

// public says whether an operation may be asked by anybody.
func public(op *huma.Operation) bool {
	for _, s := range op.Security {
		if len(s) == 0 {
			return true
		}
	}
	return false
}

// asGet answers HEAD by the handler of GET; net/http sends no body then.
func asGet(c echo.Context) error {
	c.Echo().Router().Find(http.MethodGet, echo.GetPath(c.Request()), c)
	return c.Handler()(c)
}

// describe writes the description once all operations are known.
func (a *API) describe() {
	a.once.Do(func() {
		asEncoded(a.huma.OpenAPI().Components.Schemas)
		var err error
		if a.json, err = json.Marshal(a.huma.OpenAPI()); err == nil {
			a.yaml, err = a.huma.OpenAPI().YAML()
		}
		if err != nil {
			a.deps.Log.Error("the description of the interface can't be written", "err", err)
		}
	})
}

// asEncoded corrects what huma's schemas say of our JSON: numbers written as decimal strings (64 bits don't fit into a
// JavaScript number), and pointers to structs that are written as null.
func asEncoded(r huma.Registry) {
	for name, schema := range r.Map() {
		t := r.TypeFromRef("#/components/schemas/" + name)
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(t) {
			field, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := schema.Properties[field]
			switch {
			case p == nil:
			case strings.Contains(options, "string") && p.Type != huma.TypeString:
				p.Type, p.Format, p.Pattern, p.Minimum = huma.TypeString, "", "^-?[0-9]+$", nil
			case p.Ref != "" && f.Type.Kind() == reflect.Pointer && !strings.Contains(options, "omitempty"):
				schema.Properties[field] = &huma.Schema{AnyOf: []*huma.Schema{p, {Type: "null"}}, Description: p.Description}
			}
		}
	}
}

func (a *API) serveJSON(c echo.Context) error {
	a.describe()
	return a.serveDescription(c, "application/openapi+json", a.json)
}

func (a *API) serveYAML(c echo.Context) error {
	a.describe()
	return a.serveDescription(c, "application/openapi+yaml", a.yaml)
}

func (a *API) serveDescription(c echo.Context, media string, body []byte) error {
	if len(body) == 0 {
		return fmt.Errorf("%s: there is no description", c.Request().URL.Path)
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Access-Control-Allow-Origin", "*")
	return c.Blob(http.StatusOK, media, body)
}

// echoPath is a path of the description as echo writes it: {id} is :id there.
func echoPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }
