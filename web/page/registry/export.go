package registry

import (
	"archive/zip"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/registry"
	"consilium/registry/export"
	"consilium/web/face"
	"consilium/web/ui"
)

// exportView is the form that takes rows out, and who did.
type exportView struct {
	Form   ui.FormView
	Fields []ui.FieldView
	Log    ui.TableView
}

// exportsShown bounds the log on the page.
const exportsShown = 20

func exportOf(q *face.Request, ctx context.Context, tx ledger.Tx, pathway string) (*exportView, error) {
	v := &exportView{Form: ui.FormView{Action: "/registry/" + url.PathEscape(pathway) + "/export", CSRF: q.CSRF()}}
	var formats []ui.Option
	for _, f := range slices.Sorted(maps.Keys(export.Formats)) {
		formats = append(formats, ui.Option{Value: f, Label: q.P("registry.format."+f, nil)})
	}
	v.Fields = []ui.FieldView{{Name: "format", Type: ui.FieldCode, Label: q.P("registry.page.format", nil), Options: formats, Required: true, Value: "csv"},
		{Name: "reason", Type: ui.FieldText, Label: q.P("registry.page.reason", nil), Help: q.P("registry.page.reasonhelp", nil), Required: true},
		{Name: "waiver", Type: ui.FieldText, Label: q.P("registry.page.waiver", nil), Help: q.P("registry.page.waiverhelp", nil)}}
	v.Log = ui.TableView{Caption: q.P("registry.page.log", nil), Columns: []ui.Column{{Label: q.P("registry.page.when", nil)}, {Label: q.P("registry.page.who", nil)},
		{Label: q.P("registry.page.format", nil)}, {Label: q.P("registry.page.rowsout", nil), Numeric: true}, {Label: q.P("registry.page.reason", nil)}}}
	list, err := registry.Exports(ctx, tx, pathway, exportsShown)
	for _, t := range list {
		reason := t.Reason
		if t.Waiver != "" {
			reason = face.JoinDots(reason, q.P("registry.page.waived", map[string]any{"number": t.Waiver}))
		}
		v.Log.Rows = append(v.Log.Rows, ui.TableRow{Cells: []ui.Cell{{Text: q.Moment(t.At)}, {Text: q.Person(q.Doer(ctx, tx, t.Person))}, {Text: q.P("registry.format."+t.Format, nil)},
			{Text: lang.Number(q.Lang, int64(t.Rows))}, {Text: reason}}})
	}
	return v, err
}

// taken writes all files of a format as one archive. It is noted with its reason before the first row leaves.
func taken(q *face.Request) error {
	pathway, format := q.PathValue("pathway"), q.PostForm.Get("format")
	reason := strings.TrimSpace(q.PostForm.Get("reason"))
	if q.Desk.Registry == nil || q.Desk.Packs(pathway, "") == nil {
		return desk.ErrNotHere
	}
	if err := q.Fresh(); err != nil {
		return err
	}
	query := registry.Query{Pathway: pathway, Research: true, Waiver: strings.TrimSpace(q.PostForm.Get("waiver"))}
	if err := q.Desk.TakeRows(q.Context(), q.Caller, query, format, reason); err != nil {
		return err
	}
	return q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		table, err := q.Desk.Rows(ctx, tx, q.Caller, query, reason)
		if err != nil {
			return err
		}
		q.W.Header().Set("Content-Type", "application/zip")
		q.W.Header().Set("Content-Disposition", `attachment; filename="`+table.Name+"-"+format+`.zip"`)
		z := zip.NewWriter(q.W)
		for _, f := range export.Formats[format] {
			w, err := z.Create(f.Name)
			if err != nil {
				return err
			}
			if err := f.Write(w, table); err != nil {
				return err
			}
		}
		return z.Close()
	})
}
