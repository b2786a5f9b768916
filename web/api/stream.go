package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"consilium/desk"
	"consilium/people"
	"consilium/web/face"
)

// Stream registers an operation that reads and writes by itself, and describes it for OpenAPI.
func (a *API) Stream(method, path string, scope people.Scope, summary string, do func(http.ResponseWriter, *http.Request, desk.Caller) error) {
	a.ops = append(a.ops, Operation{method, Prefix + path, scope})
	a.huma.OpenAPI().AddOperation(&huma.Operation{OperationID: operationID(method, path), Method: method, Path: Prefix + path, Summary: summary, Parameters: pathParameters(path),
		Responses: map[string]*huma.Response{"200": {Description: "OK"}, "default": {Description: "A problem (RFC 9457)"}}})
	a.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Cookie")
		caller, err := face.Caller(a.Desk, r)
		if err == nil && !caller.Lets(scope) {
			err = fmt.Errorf("it needs the scope %q: %w", scope, desk.ErrScope)
		}
		if err == nil {
			err = do(w, r, caller)
		}
		if err != nil {
			a.tell(w, r, err)
		}
	})
}

func (a *API) tell(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		err = errors.Join(desk.ErrInput, fmt.Errorf("a file may have %d bytes at most", large.Limit))
	}
	p := a.problem(r.Context(), err)
	writePlain(w, p)
}

// writePlain answers with a problem outside of huma.
func writePlain(w http.ResponseWriter, p *problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Del("Content-Disposition")
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="consilium"`)
	}
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.retry))
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// pathParameters are the parameters in the address of an operation that huma does not read.
func pathParameters(path string) (list []*huma.Param) {
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			list = append(list, &huma.Param{Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
		}
	}
	return list
}
