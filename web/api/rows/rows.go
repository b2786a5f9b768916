// Package rows gives the registry's rows to programs of people who may see them: how complete they are, and exports for statistics.
package rows

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/registry"
	"consilium/registry/export"
	"consilium/study"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// research is what rows are as a thing that an action is about: whoever may take part in studies.
var research = access.What{Of: study.Governance}

// Operations are everything of this group.
func Operations(s *api.API) {
	a := operations{s}
	api.Add(s, "GET", "/registry/{pathway}", desk.ScopeRead, "How complete a pathway's registry is", a.quality)
	s.Stream("GET", "/registry/{pathway}/{file}", desk.ScopeRead, "Take rows out: the files of the formats csv, r, stata, parquet, redcap, odm. Each export is noted with its reason.", a.export)
}

type qualityIn struct {
	Pathway string `path:"pathway"`
	Waiver  string `query:"waiver" doc:"Number of the ethics waiver; left out: only patients who agreed to research"`
}

type qualityView struct {
	Pathway string       `json:"pathway"`
	Rows    int          `json:"rows"`
	Columns []columnView `json:"columns"`
}

type columnView struct {
	Name  string         `json:"name"`
	Label string         `json:"label"`
	Kind  string         `json:"kind"`
	Unit  string         `json:"unit,omitempty"`
	Given int            `json:"given"`
	Why   map[string]int `json:"why" doc:"Of cells without a value, how many for each reason"`
}

func (a operations) quality(ctx context.Context, in *qualityIn) (*api.Answer[qualityView], error) {
	if err := access.Need(api.CallerOf(ctx).Who, access.See, research); err != nil {
		return nil, err
	}
	out := qualityView{Pathway: in.Pathway}
	err := a.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		q, err := a.Registry.Quality(ctx, tx, registry.Query{Pathway: in.Pathway, Research: true, Waiver: in.Waiver})
		if err != nil {
			return errors.Join(desk.ErrInput, err)
		}
		out.Rows = q.Rows
		l := api.LanguageOf(ctx)
		out.Columns = api.Each(q.Columns, func(c registry.Filled) columnView {
			return columnView{c.Name, c.Label.In(l), string(c.Kind), c.Unit, c.Given, c.Why}
		})
		return nil
	})
	return &api.Answer[qualityView]{Body: out}, err
}

// export writes one file of a format. Whoever takes rows out says why; that is noted before the first row leaves.
func (a operations) export(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	if err := access.Need(caller.Who, access.Export, research); err != nil {
		return err
	}
	format, reason := r.URL.Query().Get("format"), strings.TrimSpace(r.URL.Query().Get("reason"))
	files := export.Formats[format]
	at := slices.IndexFunc(files, func(f export.File) bool { return f.Name == r.PathValue("file") })
	if at < 0 || reason == "" || len(reason) > 500 {
		return errors.Join(desk.ErrInput, errors.New("an export names a file of one of the formats csv, r, stata, parquet, redcap, odm, and the reason for which rows are taken out"))
	}
	q := registry.Query{Pathway: r.PathValue("pathway"), Research: true, Waiver: r.URL.Query().Get("waiver")}
	if err := a.note(r.Context(), caller, q, format, reason); err != nil {
		return err
	}
	return a.DB.View(r.Context(), func(ctx context.Context, tx ledger.Tx) error {
		f, err := a.Registry.Frame(q)
		if err != nil {
			return errors.Join(desk.ErrInput, err)
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="`+files[at].Name+`"`)
		return files[at].Write(w, &export.Table{Name: strings.ReplaceAll(q.Pathway, "-", "_"), Title: lang.Text(f.Pack.Name), Columns: f.Columns,
			Mark: fmt.Sprintf("%s, taken out by %s on %s: %s", a.Name, caller.Name, a.Now().Format("2006-01-02"), reason),
			Each: func(do func([]registry.Cell) error) error {
				return a.Registry.Each(ctx, tx, q, func(_ *registry.Frame, row []registry.Cell) error { return do(row) })
			}})
	})
}

func (a operations) note(ctx context.Context, caller desk.Caller, q registry.Query, format, reason string) error {
	return a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		n, err := registry.Count(ctx, tx, q)
		if err != nil {
			return err
		}
		return registry.Note(ctx, tx, registry.Taken{At: a.Now(), Person: caller.Person, Pathway: q.Pathway, Format: format, Dates: registry.Intervals, Waiver: q.Waiver, Reason: reason, Rows: n})
	})
}
