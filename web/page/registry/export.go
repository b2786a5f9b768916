package registry

import (
	"context"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/registry"
	"consilium/registry/export"
	"consilium/registry/waiver"
	"consilium/web/face"
	"consilium/web/ui"
)

// exportView is the form that takes rows out, who did, and the freezes.
type exportView struct {
	Form    ui.FormView
	Fields  []ui.FieldView
	Log     ui.TableView
	Freeze  ui.FormView
	Frozen  []ui.FieldView
	Freezes ui.TableView
	Diff    []ui.FieldView // of which two are compared; none where there are fewer
	DiffURL string
	Waivers string // where waivers stand
}

// exportsShown bounds the log on the page.
const exportsShown = 20

func exportOf(q *face.Request, ctx context.Context, tx ledger.Tx, pathway string) (*exportView, error) {
	at := "/registry/" + url.PathEscape(pathway)
	v := &exportView{Form: ui.FormView{Action: at + "/export", CSRF: q.CSRF()}, Freeze: ui.FormView{Action: at + "/freeze", CSRF: q.CSRF()}, DiffURL: at + "/diff", Waivers: waiversPath(pathway)}
	waivers, err := waiver.Of(ctx, tx, pathway)
	if err != nil {
		return nil, err
	}
	freezes, err := q.Desk.SnapshotsOf(ctx, tx, q.Caller, pathway)
	if err != nil {
		return nil, err
	}
	var formats []ui.Option
	for _, f := range slices.Sorted(maps.Keys(export.Formats)) {
		formats = append(formats, ui.Option{Value: f, Label: q.P("registry.format."+f, nil)})
	}
	v.Fields = []ui.FieldView{{Name: "format", Type: ui.FieldCode, Label: q.P("registry.page.format", nil), Options: formats, Required: true, Value: "csv"},
		{Name: "reason", Type: ui.FieldText, Label: q.P("registry.page.reason", nil), Help: q.P("registry.page.reasonhelp", nil), Required: true}}
	v.Fields = append(v.Fields, waiverChoice(q, waivers, "waiver")...)
	v.freezes(q, ctx, tx, freezes)
	v.Frozen = append([]ui.FieldView{{Name: "name", ID: "f-freeze-name", Type: ui.FieldText, Label: q.P("registry.page.freezename", nil), Help: q.P("registry.page.freezenamehelp", nil), Required: true}},
		waiverChoice(q, waivers, "freeze-waiver")...)
	return v, v.log(q, ctx, tx, pathway)
}

// waiverChoice offers the waivers that are in force; no field where there is none.
func waiverChoice(q *face.Request, list []waiver.Row, id string) []ui.FieldView {
	options := q.WaiverOptions(list)
	if len(options) == 1 {
		return nil
	}
	return []ui.FieldView{{Name: "waiver", ID: "f-" + id, Type: ui.FieldCode, Label: q.P("waiver.page.choose", nil), Help: q.P("waiver.page.choosehelp", nil), Options: options}}
}

// freezes lists what was frozen by a name, and offers it to be taken out and compared.
func (v *exportView) freezes(q *face.Request, ctx context.Context, tx ledger.Tx, list []registry.Snapshot) {
	v.Freezes = ui.TableView{Caption: q.P("registry.page.freezes", nil), Columns: []ui.Column{{Label: q.P("registry.page.freezename", nil)}, {Label: q.P("registry.page.when", nil)}, {Label: q.P("registry.page.who", nil)},
		{Label: q.P("registry.page.rowsout", nil), Numeric: true}, {Label: q.P("registry.page.patients", nil), Numeric: true}, {Label: q.P("registry.page.freezeid", nil)}}}
	options := []ui.Option{{Value: "", Label: q.P("registry.page.now", nil)}}
	for _, s := range list {
		row := ui.TableRow{Cells: []ui.Cell{{Text: s.Label}, {Text: q.Moment(s.At)}, {Text: q.Person(q.Doer(ctx, tx, s.Person))}, {Text: lang.Number(q.Lang, int64(s.Rows))},
			{Text: lang.Number(q.Lang, int64(s.Patients))}, {Text: s.ID.Short()}}}
		if s.Waiver != "" {
			row.Cells[0].Note = q.P("registry.page.waived", map[string]any{"number": s.Waiver})
		}
		switch {
		case !s.Gone.IsZero():
			row.Cells[5].Note = q.P("registry.page.gone", nil)
		default:
			options = append(options, ui.Option{Value: s.ID.String(), Label: s.Label})
		}
		if !s.Follows.IsZero() {
			row.Cells[5].Note = face.JoinDots(row.Cells[5].Note, q.P("registry.page.follows", map[string]any{"hash": s.Follows.Short()}))
		}
		v.Freezes.Rows = append(v.Freezes.Rows, row)
	}
	if len(options) > 1 {
		v.Fields = append(v.Fields, ui.FieldView{Name: "freeze", Type: ui.FieldCode, Label: q.P("registry.page.asof", nil), Help: q.P("registry.page.asofhelp", nil), Options: options})
	}
	if len(options) > 2 {
		for _, name := range []string{"first", "second"} {
			v.Diff = append(v.Diff, ui.FieldView{Name: name, Type: ui.FieldCode, Label: q.P("registry.page."+name, nil), Options: options[1:], Required: true})
		}
		v.Diff[0].Value, v.Diff[1].Value = options[2].Value, options[1].Value
	}
}

// log lists who took rows out.
func (v *exportView) log(q *face.Request, ctx context.Context, tx ledger.Tx, pathway string) error {
	v.Log = ui.TableView{Caption: q.P("registry.page.log", nil), Columns: []ui.Column{{Label: q.P("registry.page.number", nil)}, {Label: q.P("registry.page.when", nil)}, {Label: q.P("registry.page.who", nil)},
		{Label: q.P("registry.page.format", nil)}, {Label: q.P("registry.page.rowsout", nil), Numeric: true}, {Label: q.P("registry.page.patients", nil), Numeric: true}, {Label: q.P("registry.page.reason", nil)}}}
	list, err := registry.Exports(ctx, tx, pathway, exportsShown)
	for _, t := range list {
		under := ""
		if t.Waiver != "" {
			under = q.P("registry.page.waived", map[string]any{"number": t.Waiver})
		}
		if !t.Freeze.IsZero() {
			under = face.JoinDots(under, q.P("registry.page.offreeze", map[string]any{"hash": t.Freeze.Short()}))
		}
		patients := "—"
		if t.Patients > 0 {
			patients = lang.Number(q.Lang, int64(t.Patients))
		}
		v.Log.Rows = append(v.Log.Rows, ui.TableRow{Cells: []ui.Cell{{Text: t.Number}, {Text: q.Moment(t.At)}, {Text: q.Person(q.Doer(ctx, tx, t.Person))}, {Text: q.P("registry.format."+t.Format, nil)},
			{Text: lang.Number(q.Lang, int64(t.Rows))}, {Text: patients}, {Text: t.Reason, Note: under}}})
	}
	return err
}

// taken writes all files of a format as one archive. It is noted with its reason before the first row leaves.
func taken(q *face.Request) error {
	pathway := q.PathValue("pathway")
	if q.Desk.Registry == nil || q.Desk.Packs(pathway, "") == nil {
		return desk.ErrNotHere
	}
	if err := q.Fresh(); err != nil {
		return err
	}
	asked := desk.RowsAsked{Pathway: pathway, Format: q.PostForm.Get("format"), Reason: strings.TrimSpace(q.PostForm.Get("reason")), Waiver: q.PostForm.Get("waiver"), Freeze: q.PostForm.Get("freeze")}
	return q.Desk.TakeRows(q.Context(), q.Caller, asked, func(name, _ string) io.Writer {
		q.W.Header().Set("Content-Type", "application/zip")
		q.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		return q.W
	})
}

// frozen freezes rows under a name.
func frozen(q *face.Request) error {
	pathway := q.PathValue("pathway")
	if q.Desk.Registry == nil || q.Desk.Packs(pathway, "") == nil {
		return desk.ErrNotHere
	}
	if _, err := q.Desk.FreezeRows(q.Context(), q.Caller, pathway, q.PostForm.Get("waiver"), q.PostForm.Get("name")); err != nil {
		return err
	}
	return q.See("/registry/" + url.PathEscape(pathway) + "#export")
}

// diffView is what is otherwise between two freezes.
type diffView struct {
	Head  ui.HeadView
	Facts []ui.Fact
	Table ui.TableView
	Same  string // where no column differs
}

func diffPage(q *face.Request) error {
	pathway := q.PathValue("pathway")
	if q.Desk.Registry == nil || q.Desk.Packs(pathway, "") == nil {
		return desk.ErrNotHere
	}
	d, err := q.Desk.CompareSnapshots(q.Context(), q.Caller, pathway, q.FormValue("first"), q.FormValue("second"))
	if err != nil {
		return err
	}
	v := diffView{Head: ui.HeadView{Title: q.P("registry.diff.title", nil), Sub: q.P("registry.diff.lead", nil), Back: back(q, pathway)}, Same: q.P("registry.diff.none", nil)}
	fact := func(key string, n int) {
		v.Facts = append(v.Facts, ui.Fact{Label: q.P("registry.diff."+key, nil), Value: lang.Number(q.Lang, int64(n))})
	}
	fact("first", d.Rows[0])
	fact("second", d.Rows[1])
	fact("added", d.Added)
	fact("gone", d.Gone)
	fact("changed", d.Changed)
	fact("reasons", d.Reasons)
	fact("same", d.Same)
	v.Table = diffTable(q, pathway, d)
	return q.Show(q.Data(q.P("registry.page.name", nil), "registry"), diffContent(q, v))
}

func diffTable(q *face.Request, pathway string, d *registry.Difference) ui.TableView {
	t := ui.TableView{Caption: q.P("registry.diff.columns", nil), Columns: []ui.Column{{Label: q.P("registry.page.variable", nil)}, {Label: q.P("registry.diff.othervalue", nil), Numeric: true},
		{Label: q.P("registry.diff.filled", nil), Numeric: true}, {Label: q.P("registry.diff.emptied", nil), Numeric: true}, {Label: q.P("registry.diff.reason", nil), Numeric: true}}}
	names := map[string]string{}
	pack := q.Desk.Packs(pathway, "")
	for _, c := range registry.Columns(pack) {
		names[c.Name] = columnName(q, c)
		if c.At != "" {
			names[c.Name] = face.JoinDots(names[c.Name], visitName(q, pack, c.At))
		}
	}
	row := func(name, note string, counts ...int) {
		cells := []ui.Cell{{Text: strings.TrimSpace(names[name]), Note: note}}
		if cells[0].Text == "" {
			cells[0].Text = name
		}
		for i := range 4 {
			cell := ui.Cell{Text: "–"}
			if i < len(counts) && counts[i] > 0 {
				cell.Text = strconv.Itoa(counts[i])
			}
			cells = append(cells, cell)
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: cells})
	}
	for _, c := range d.Columns {
		row(c.Name, "", c.Changed, c.Filled, c.Emptied, c.Reason)
	}
	for _, name := range d.ColumnsAdded {
		row(name, q.P("registry.diff.newcolumn", nil))
	}
	for _, name := range d.ColumnsGone {
		row(name, q.P("registry.diff.oldcolumn", nil))
	}
	return t
}
