package api

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"consilium/desk"
	"consilium/lang"
	"consilium/people"
	"consilium/web/face"
)

// Prefix is where the API stands.
const Prefix = "/api/v1"

// API answers programs and commands.
type API struct {
	*desk.Desk
	huma huma.API
	mux  *http.ServeMux
	ops  []Operation
}

// Operation is one thing that the API does, for the test that tries each as everybody.
type Operation struct {
	Method, Path string
	Scope        people.Scope
}

// New makes the API of one node out of the operations of its rooms.
func New(d *desk.Desk, rooms ...func(*API)) *API {
	a := &API{Desk: d, mux: http.NewServeMux()}
	c := huma.DefaultConfig("Consilium", d.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = Prefix+"/openapi", "", Prefix+"/schemas"
	c.Info.Description = "One hospital's node. Whatever is said becomes a signed entry in a thread; whatever is read is a fold of entries. casebook/KINDS.md lists what can be said about a case."
	c.Servers = []*huma.Server{{URL: "/", Description: "The node that this document was read from"}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "API token: consilium token create"}}
	c.Security = []map[string][]string{{"token": {}}}
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	c.Transformers = append(c.Transformers, plainProblem)
	c.CreateHooks = nil // no $schema links in answers: they would name the host
	a.huma = humago.New(a.mux, c)
	a.huma.UseMiddleware(a.identify)
	for _, operations := range rooms {
		operations(a)
	}
	return a
}

// schemaName names a type in the OpenAPI document. Types of other rooms carry the room's name, for two rooms may each have an Author.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	room := path.Base(t.PkgPath())
	if t.Name() == "" || strings.HasPrefix(t.PkgPath(), "consilium/web/api") || room == "." {
		return name
	}
	return strings.ToUpper(room[:1]) + room[1:] + name
}

// Operations lists everything that the API does.
func (a *API) Operations() []Operation { return a.ops }

// ServeHTTP answers a program. No answer is kept by anybody on the way, and none is a page.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if key := r.Header.Get(KeyHeader); key != "" && r.Method == http.MethodPost && r.URL.Path != Prefix+"/blobs" {
		r.Header.Del("Cookie")
		a.once(w, r, key)
		return
	}
	a.route(unlessKnown(w, r), r)
}

type callerKey struct{}
type languageKey struct{}

// identify finds out who is asking, before any operation. The API has no cookies: a page of another site cannot speak through it.
func (a *API) identify(c huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(c)
	r.Header.Del("Cookie")
	language := lang.Match(r.Header.Get("Accept-Language"), "")
	c = huma.WithValue(c, languageKey{}, language)
	caller, err := face.Caller(a.Desk, r)
	if err != nil {
		write(c, a.problem(c.Context(), err))
		return
	}
	scope := desk.ScopeRead
	if s, ok := c.Operation().Metadata["scope"].(people.Scope); ok {
		scope = s
	}
	if !caller.Lets(scope) {
		write(c, a.problem(c.Context(), fmt.Errorf("it needs the scope %q: %w", scope, desk.ErrScope)))
		return
	}
	next(huma.WithValue(c, callerKey{}, caller))
}

// CallerOf is who asked for the operation: nobody without a scope that it needs gets there.
func CallerOf(ctx context.Context) desk.Caller {
	c, _ := ctx.Value(callerKey{}).(desk.Caller)
	return c
}

// LanguageOf is the language in which the caller is told things.
func LanguageOf(ctx context.Context) lang.Language {
	l, _ := ctx.Value(languageKey{}).(lang.Language)
	return l
}

// Add registers an operation. Its errors become problems.
func Add[I, O any](a *API, method, address string, scope people.Scope, summary string, do func(context.Context, *I) (*O, error)) {
	AddSized(a, method, address, scope, maxBody, summary, do)
}

// AddSized is add for requests of another size.
func AddSized[I, O any](a *API, method, address string, scope people.Scope, size int64, summary string, do func(context.Context, *I) (*O, error)) {
	a.ops = append(a.ops, Operation{method, Prefix + address, scope})
	op := huma.Operation{OperationID: operationID(method, address), Method: method, Path: Prefix + address, Summary: summary,
		MaxBodyBytes: size, Metadata: map[string]any{"scope": scope}, Errors: []int{400, 401, 403, 404, 409, 412, 422, 429, 500}}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// maxBody bounds the JSON of a request: a body of 1 MiB and what stands around it.
const maxBody = 2 << 20

func operationID(method, path string) string {
	id := map[string]string{"GET": "get", "POST": "post", "DELETE": "delete", "PUT": "put"}[method]
	word := true
	for _, c := range path {
		switch {
		case c == '/' || c == '{' || c == '}' || c == '-':
			word = true
		case word && c >= 'a' && c <= 'z':
			id += string(c - 'a' + 'A')
			word = false
		default:
			id += string(c)
			word = false
		}
	}
	return id
}
