// Package api is everything that a page can do, as JSON: OpenAPI 3.1 at /api/v1/openapi.json, errors as RFC 9457 problems, bearer tokens.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"strconv"
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

// New makes the API of one node.
func New(d *desk.Desk) *API {
	a := &API{Desk: d, mux: http.NewServeMux()}
	c := huma.DefaultConfig("Consilium", d.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = Prefix+"/openapi", "", Prefix+"/schemas"
	c.Info.Description = "One hospital's node. Whatever is said becomes a signed entry in a thread; whatever is read is a fold of entries. casebook/KINDS.md lists what can be said about a case."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "API token: consilium token create"}}
	c.Security = []map[string][]string{{"token": {}}}
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.CreateHooks = nil // no $schema links in answers: they would name the host
	a.huma = humago.New(a.mux, c)
	a.huma.UseMiddleware(a.identify)
	a.caseOperations()
	a.visitOperations()
	a.routeOperations()
	a.importOperations()
	a.fileOperations()
	a.peerOperations()
	a.peopleOperations()
	a.nodeOperations()
	return a
}

// schemaName names a type in the OpenAPI document. Types of other rooms carry the room's name, for two rooms may each have an Author.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	room := path.Base(t.PkgPath())
	if t.Name() == "" || room == "api" || room == "." {
		return name
	}
	return strings.ToUpper(room[:1]) + room[1:] + name
}

// Operations lists everything that the API does.
func (a *API) Operations() []Operation { return a.ops }

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	a.mux.ServeHTTP(w, r)
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

func write(c huma.Context, p *problem) {
	c.SetHeader("Content-Type", "application/problem+json")
	if p.retry > 0 {
		c.SetHeader("Retry-After", strconv.Itoa(p.retry))
	}
	if p.Status == http.StatusUnauthorized {
		c.SetHeader("WWW-Authenticate", `Bearer realm="consilium"`)
	}
	c.SetStatus(p.Status)
	_ = json.NewEncoder(c.BodyWriter()).Encode(p)
}

func callerOf(ctx context.Context) desk.Caller {
	c, _ := ctx.Value(callerKey{}).(desk.Caller)
	return c
}

func languageOf(ctx context.Context) lang.Language {
	l, _ := ctx.Value(languageKey{}).(lang.Language)
	return l
}

// problem is an error as RFC 9457 wants it.
type problem struct {
	Type   string       `json:"type"` // urn:consilium:problem:<code>
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty"`
	Errors []fieldFault `json:"errors,omitempty"`
	retry  int
}

type fieldFault struct {
	Message  string `json:"message"`
	Location string `json:"location,omitempty"`
}

func (p *problem) Error() string  { return p.Detail }
func (p *problem) GetStatus() int { return p.Status }

// ContentType makes huma answer with the media type of RFC 9457.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// problem tells an error in the caller's language.
func (a *API) problem(ctx context.Context, err error) *problem {
	var known *problem
	if errors.As(err, &known) {
		return known
	}
	f, l := desk.FaultOf(err), languageOf(ctx)
	if f.Hidden {
		a.Log.Error("api", slog.Any("err", err))
	}
	p := &problem{Type: "urn:consilium:problem:" + f.Code, Title: f.Title.In(l), Status: face.Status(f), Detail: f.Detail.In(l), retry: f.Retry}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, fieldFault{Message: field.Text.In(l), Location: field.Field})
	}
	return p
}

// add registers an operation. Its errors become problems.
func add[I, O any](a *API, method, address string, scope people.Scope, summary string, do func(context.Context, *I) (*O, error)) {
	addSized(a, method, address, scope, maxBody, summary, do)
}

// addSized is add for requests of another size.
func addSized[I, O any](a *API, method, address string, scope people.Scope, size int64, summary string, do func(context.Context, *I) (*O, error)) {
	a.ops = append(a.ops, Operation{method, Prefix + address, scope})
	op := huma.Operation{OperationID: operationID(method, address), Method: method, Path: Prefix + address, Summary: summary,
		MaxBodyBytes: size, Metadata: map[string]any{"scope": scope}, Errors: []int{400, 401, 403, 404, 409, 422, 429, 500}}
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

// answer is a body of JSON.
type answer[T any] struct{ Body T }

// items is a listing.
type items[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Where the next page begins; empty at the end"`
}
