package api

import (
	"context"
	"encoding/json"
	"strings"

	"consilium/desk"
	"consilium/lang"
	"consilium/record"
)

// declaredView is one kind of entry that can be said in a thread, as its declaration has it.
type declaredView struct {
	Kind         string          `json:"kind"`
	Title        string          `json:"title" doc:"How the timeline calls such an entry"`
	Verb         string          `json:"verb,omitempty" doc:"The part of the course that offers it"`
	Act          string          `json:"act" doc:"What saying it amounts to: say, sign, govern, correct"`
	Roles        []string        `json:"roles,omitempty" doc:"Who may say it; left out: anybody"`
	AfterClosing bool            `json:"after_closing,omitempty" doc:"It may be said after the thread was closed"`
	Doc          string          `json:"doc"`
	Schema       string          `json:"schema" doc:"Of its body, in the OpenAPI document"`
	Example      json.RawMessage `json:"example"`
	Fields       []fieldView     `json:"fields,omitempty" doc:"What its form asks; a pathway pack may ask more"`
}

type fieldView struct {
	Name    string       `json:"name"`
	Label   string       `json:"label"`
	Sort    string       `json:"sort"`
	Needed  bool         `json:"needed,omitempty"`
	From    string       `json:"from,omitempty" doc:"The variable of the pack's form that answers it"`
	Choices []choiceView `json:"choices,omitempty"`
}

type choiceView struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Of   string `json:"of,omitempty" doc:"The part of a checklist that asks it"`
}

// Speaks shows programs what can be said in a kind of thread: every kind with its form, and the schema of every body in the OpenAPI document.
func (a *API) Speaks(talk *record.Talk) {
	refs := map[string]string{}
	for _, k := range talk.Kinds {
		schema := a.huma.OpenAPI().Components.Schemas.Schema(k.Says, true, k.Says.Name())
		refs[k.Name] = schema.Ref
		body := a.huma.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
		body.Title, body.Description, body.Examples = k.Name, k.Doc, []any{json.RawMessage(k.Example)}
	}
	Add(a, "GET", "/kinds/"+talk.Thread, desk.ScopeRead, "What can be said in a "+talk.Thread+", with the form of each kind", func(ctx context.Context, _ *struct{}) (*Answer[Items[declaredView]], error) {
		out := &Answer[Items[declaredView]]{Body: Items[declaredView]{Items: make([]declaredView, 0, len(talk.Kinds))}}
		for i := range talk.Kinds {
			view := viewOf(talk, &talk.Kinds[i], LanguageOf(ctx))
			view.Schema = refs[view.Kind]
			out.Body.Items = append(out.Body.Items, view)
		}
		return out, nil
	})
}

func viewOf(talk *record.Talk, k *record.Kind, l lang.Language) declaredView {
	v := declaredView{Kind: k.Name, Verb: k.Verb, Act: k.Act, Roles: k.Roles, AfterClosing: k.AfterClosing, Doc: k.Doc, Example: json.RawMessage(k.Example)}
	if words, err := k.Tell([]byte(k.Example)); err == nil {
		v.Title = words.Title.In(l)
	}
	slug := strings.TrimPrefix(k.Name, talk.Thread+".")
	for _, f := range k.Fields {
		field := fieldView{Name: f.Name, Label: talk.Label(slug, f.Name).In(l), Sort: string(f.Sort), Needed: f.Needed, From: f.From}
		for _, c := range f.Codes {
			field.Choices = append(field.Choices, choiceView{Code: c, Name: lang.Named(f.List, c).In(l)})
		}
		for _, part := range parts(f) {
			for _, o := range part.Options {
				field.Choices = append(field.Choices, choiceView{Code: o.Value, Name: o.Label.In(l), Of: part.Code})
			}
		}
		v.Fields = append(v.Fields, field)
	}
	return v
}

// parts are what a checklist asks, part by part.
func parts(f record.Field) []record.Part {
	if f.Parts == nil {
		return nil
	}
	return f.Parts()
}
