// Package rows gives the registry's rows to programs of people who may see them: how complete they are, exports for statistics, freezes, and the waivers of consent under which rows are used.
package rows

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/registry"
	"consilium/registry/waiver"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a := operations{s}
	api.Add(s, "GET", "/registry/{pathway}", desk.ScopeRead, "How complete a pathway's registry is", a.quality)
	api.Add(s, "GET", "/registry/{pathway}/double", desk.ScopeRead, "How far two people agree who entered the same forms of a pathway, and what is still not the same. It names cases, so it is for those who see all of them.", a.double)
	s.Stream("POST", "/registry/{pathway}/export", desk.ScopeExport, "Take rows out as a ZIP. The body is JSON: format (csv, r, stata, parquet, redcap, odm), reason, and waiver (of those that are in force) or freeze. Each export has a number, is noted with what is in it, and says so in its files.", a.export)
	api.Add(s, "GET", "/registry/{pathway}/freezes", desk.ScopeRead, "Rows that were frozen by a name", a.freezes)
	api.Add(s, "POST", "/registry/{pathway}/freezes", desk.ScopeWrite, "Freeze rows by a name", a.freeze)
	api.Add(s, "GET", "/registry/{pathway}/freezes/{first}/diff/{second}", desk.ScopeExport, "What is otherwise between two freezes", a.diff)
	s.Speaks(waiver.Talk())
	api.Add(s, "GET", "/registry/{pathway}/waivers", desk.ScopeRead, "Waivers of consent of a pathway", a.waivers)
	api.Add(s, "POST", "/registry/{pathway}/waivers", desk.ScopeWaive, "Grant a waiver of consent, for two years at most", a.grant)
	api.Add(s, "POST", "/registry/{pathway}/waivers/{id}/revoke", desk.ScopeWrite, "Revoke a waiver of consent", a.revoke)
}

type qualityIn struct {
	Pathway string `path:"pathway"`
	Waiver  string `query:"waiver" doc:"A waiver of consent that is in force, by its id or the committee's number; the look is noted beside the exports. Left out: only patients who agreed to research"`
}

type qualityView struct {
	Pathway string       `json:"pathway"`
	Rows    int          `json:"rows" doc:"0 where they are withheld"`
	Few     bool         `json:"few,omitempty" doc:"There are rows, of too few patients for anything to be told of them"`
	Columns []columnView `json:"columns"`
}

type columnView struct {
	Name  string         `json:"name"`
	Label string         `json:"label"`
	Kind  string         `json:"kind"`
	Unit  string         `json:"unit,omitempty"`
	Given int            `json:"given" doc:"0 where it is withheld"`
	Few   bool           `json:"few,omitempty" doc:"A value, or none, is of too few rows to be told"`
	Why   map[string]int `json:"why" doc:"Of cells without a value, how many for each reason that is of enough rows to be told"`
}

func (a operations) quality(ctx context.Context, in *qualityIn) (*api.Answer[qualityView], error) {
	caller := api.CallerOf(ctx)
	if err := access.Need(caller.Who, access.See, desk.RowsFor); err != nil {
		return nil, err
	}
	q, c, err := a.CountRows(ctx, caller, in.Pathway, in.Waiver)
	if err != nil {
		return nil, err
	}
	out, l := qualityView{Pathway: in.Pathway, Rows: q.Rows, Few: q.Few, Columns: []columnView{}}, api.LanguageOf(ctx)
	for _, col := range c {
		out.Columns = append(out.Columns, columnView{col.Name, col.Label.In(l), string(col.Kind), col.Unit, col.Given, col.Few, col.Why})
	}
	return &api.Answer[qualityView]{Body: out}, nil
}

// asked is the body of an export.
type asked struct {
	Format string `json:"format"`
	Reason string `json:"reason"`
	Waiver string `json:"waiver"`
	Freeze string `json:"freeze"`
}

// maxAsked bounds that body.
const maxAsked = 16 << 10

// export writes the archive of a format. Nothing of it leaves before the export is noted.
func (a operations) export(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	var in asked
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxAsked))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return errors.Join(desk.ErrInput, fmt.Errorf("the body is JSON with format, reason, and waiver or freeze: %w", err))
	}
	return a.TakeRows(r.Context(), caller, desk.RowsAsked{Pathway: r.PathValue("pathway"), Format: in.Format, Reason: in.Reason, Waiver: in.Waiver, Freeze: in.Freeze}, func(name, number string) io.Writer {
		w.Header().Set(api.ExportHeader, number)
		w.Header().Set("Content-Type", "application/zip")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		return w
	})
}

type pathwayIn struct {
	Pathway string `path:"pathway"`
}

type freezeView struct {
	ID       ledger.Hash  `json:"id"`
	Name     string       `json:"name"`
	At       time.Time    `json:"at"`
	Rows     int          `json:"rows"`
	Patients int          `json:"patients"`
	Pack     string       `json:"pack"`
	Waiver   string       `json:"waiver,omitempty"`
	Follows  *ledger.Hash `json:"follows,omitempty" doc:"The freeze in whose place it stands, after an erasure"`
	Gone     bool         `json:"gone,omitempty" doc:"Its rows were destroyed"`
}

func viewOf(s registry.Snapshot) freezeView {
	v := freezeView{ID: s.ID, Name: s.Label, At: s.At, Rows: s.Rows, Patients: s.Patients, Pack: s.Pack, Waiver: s.Waiver, Gone: !s.Gone.IsZero()}
	if !s.Follows.IsZero() {
		v.Follows = &s.Follows
	}
	return v
}

func (a operations) freezes(ctx context.Context, in *pathwayIn) (*api.Answer[api.Items[freezeView]], error) {
	var list []registry.Snapshot
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = a.SnapshotsOf(ctx, tx, api.CallerOf(ctx), in.Pathway)
		return err
	})
	return &api.Answer[api.Items[freezeView]]{Body: api.Items[freezeView]{Items: api.Each(list, viewOf)}}, err
}

type freezeIn struct {
	Pathway string `path:"pathway"`
	Body    struct {
		Name   string `json:"name"`
		Waiver string `json:"waiver,omitempty" doc:"A waiver of consent that is in force"`
	}
}

func (a operations) freeze(ctx context.Context, in *freezeIn) (*api.Answer[freezeView], error) {
	s, err := a.FreezeRows(ctx, api.CallerOf(ctx), in.Pathway, in.Body.Waiver, in.Body.Name)
	return &api.Answer[freezeView]{Body: viewOf(s)}, err
}

type diffIn struct {
	Pathway string `path:"pathway"`
	First   string `path:"first" doc:"A freeze, by its name or the beginning of its hash"`
	Second  string `path:"second"`
}

type diffView struct {
	First        int          `json:"first" doc:"Rows of the first"`
	Second       int          `json:"second" doc:"Rows of the second"`
	Added        int          `json:"added" doc:"Rows of the second alone"`
	Gone         int          `json:"gone" doc:"Rows of the first alone"`
	Changed      int          `json:"changed" doc:"Rows of both with another value"`
	Reasons      int          `json:"reasons" doc:"Rows of both in which only reasons of empty cells are otherwise"`
	Same         int          `json:"same"`
	ColumnsAdded []string     `json:"columns_added"`
	ColumnsGone  []string     `json:"columns_gone"`
	Columns      []columnDiff `json:"columns"`
}

type columnDiff struct {
	Name    string `json:"name"`
	Changed int    `json:"changed"`
	Filled  int    `json:"filled"`
	Emptied int    `json:"emptied"`
	Reason  int    `json:"reason" doc:"Empty in both, for another reason"`
}

func (a operations) diff(ctx context.Context, in *diffIn) (*api.Answer[diffView], error) {
	d, err := a.CompareSnapshots(ctx, api.CallerOf(ctx), in.Pathway, in.First, in.Second)
	if err != nil {
		return nil, err
	}
	same := func(s string) string { return s }
	return &api.Answer[diffView]{Body: diffView{First: d.Rows[0], Second: d.Rows[1], Added: d.Added, Gone: d.Gone, Changed: d.Changed, Reasons: d.Reasons, Same: d.Same,
		ColumnsAdded: api.Each(d.ColumnsAdded, same), ColumnsGone: api.Each(d.ColumnsGone, same),
		Columns: api.Each(d.Columns, func(c registry.ColumnDifference) columnDiff { return columnDiff(c) })}}, nil
}
