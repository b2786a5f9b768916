// Package rows gives the registry's rows to programs of people who may see them: how complete they are, and exports for statistics.
package rows

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/registry"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

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
	if err := access.Need(api.CallerOf(ctx).Who, access.See, desk.RowsFor); err != nil {
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
	format, reason := r.URL.Query().Get("format"), strings.TrimSpace(r.URL.Query().Get("reason"))
	file, known := desk.RowFile(format, r.PathValue("file"))
	if err := access.Need(caller.Who, access.Export, desk.RowsFor); err == nil && !known {
		return errors.Join(desk.ErrInput, errors.New("an export names a file of one of the formats csv, r, stata, parquet, redcap, odm, and the reason for which rows are taken out"))
	}
	q := registry.Query{Pathway: r.PathValue("pathway"), Research: true, Waiver: r.URL.Query().Get("waiver")}
	if err := a.TakeRows(r.Context(), caller, q, format, reason); err != nil {
		return err
	}
	return a.DB.View(r.Context(), func(ctx context.Context, tx ledger.Tx) error {
		table, err := a.Rows(ctx, tx, caller, q, reason)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="`+file.Name+`"`)
		return file.Write(w, table)
	})
}
