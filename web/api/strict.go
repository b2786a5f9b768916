package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	jsonv2 "github.com/go-json-experiment/json"

	"consilium/desk"
	"consilium/lang"
	"consilium/record"
)

// strictJSON reads the JSON of a request: a field that is not known, one in other letter case, one that stands twice and text that is not UTF-8 are refused alike. What is passed
// over in silence is missing in the record, and whoever sent it believes that it is there.
var strictJSON = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: func(data []byte, v any) error {
	if err := fewValues(data); err != nil {
		return err
	}
	return jsonv2.Unmarshal(data, v, jsonv2.RejectUnknownMembers(true))
}}

// misread is a body of an entry that its kind does not have, with the place.
type misread struct {
	pointer string
	what    error
}

func (m *misread) Error() string        { return m.what.Error() }
func (m *misread) Is(target error) bool { return target == desk.ErrInput }

// Tell is the fault as people read it.
func (m *misread) Tell() lang.Text {
	return lang.Phrase("fault.detail.misread", map[string]any{"field": m.pointer, "what": m.what.Error()})
}

// Faults name the place.
func (m *misread) Faults() []record.Fault {
	return []record.Fault{{Field: strings.TrimPrefix(m.pointer, "/"), Text: m.Tell()}}
}

// checkSays wants of an entry's body that its kind has every field that is sent. A reader passes over what it does not know, for a newer release may have said it; who sends
// something to this node wants it to be understood.
func (a *API) checkSays(e NewEntry) error {
	kind, known := a.Door.Book.Kinds.Get(e.Kind)
	if !known || kind.Says == nil {
		return nil // the ledger says so
	}
	err := jsonv2.Unmarshal(e.Body, reflect.New(kind.Says).Interface(), jsonv2.RejectUnknownMembers(true))
	var semantic *jsonv2.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &semantic) && errors.Is(err, jsonv2.ErrUnknownName):
		return &misread{string(semantic.JSONPointer), errors.New("unknown field")}
	}
	return nil // the kind's own check says it in words
}

// plainProblem makes of huma's own errors a problem like all others, with the place of each as a JSON pointer (RFC 6901).
func plainProblem(_ huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &problem{Type: "urn:consilium:problem:request", Title: model.Title, Status: model.Status, Detail: model.Detail}
	for _, e := range model.Errors {
		fault := fieldFault{Message: e.Message, Location: e.Location}
		if place, inBody := strings.CutPrefix(e.Location, "body"); inBody {
			fault.Pointer = pointerOf(place)
		}
		p.Errors = append(p.Errors, fault)
	}
	return p, nil
}

// pointerOf is a place as huma writes it, ".entries[0].kind", as a JSON pointer.
func pointerOf(place string) string {
	return strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(place)
}

// route answers an address or a method that the API does not have with a problem, as everything else that goes wrong.
func (a *API) route(w http.ResponseWriter, r *http.Request) {
	handler, pattern := a.mux.Handler(r)
	if pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	probe := httptest.NewRecorder()
	handler.ServeHTTP(probe, r)
	ctx := context.WithValue(r.Context(), languageKey{}, lang.Match(r.Header.Get("Accept-Language"), ""))
	p := a.problem(ctx, fmt.Errorf("%s: %w", r.URL.Path, desk.ErrNotHere))
	if probe.Code == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", probe.Header().Get("Allow"))
		p.Status, p.Type = probe.Code, "urn:consilium:problem:method"
		p.Title = lang.Phrase("fault.method", nil).In(LanguageOf(ctx))
		p.Detail = lang.Phrase("fault.detail.method", map[string]any{"allow": probe.Header().Get("Allow")}).In(LanguageOf(ctx))
	}
	writePlain(w, p)
}
