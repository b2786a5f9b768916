package registry

import (
	"context"
	"slices"
	"time"

	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/registry"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/ui"
)

// followUpsPage shows all appointments of one patient after the last operation: what became of each, and for those that nobody answered, also before they are due, the
// ways to ask: the form, a link for the patient's phone, or the note that nobody answered.
func followUpsPage(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	if v.Pack == nil {
		return desk.ErrNotHere
	}
	page := listView{Head: ui.HeadView{Title: q.P("registry.visit.title", nil), Sub: q.P("registry.visit.lead", nil), Back: ui.Link{Label: casebook.Number(v.Thread), URL: v.Path()}},
		Empty: ui.EmptyView{Icon: "document", Title: q.P("registry.visit.none.title", nil), Text: q.P("registry.visit.none.text", nil)},
		Table: ui.TableView{Caption: q.P("registry.visit.title", nil), Columns: []ui.Column{{Label: q.P("registry.page.appointment", nil)}, {Label: q.P("registry.visit.due", nil)},
			{Label: q.P("registry.link.state", nil)}, {Label: q.P("registry.page.next", nil)}}}}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, d := range v.Appointments(v.Pack) {
			row, err := appointmentRow(q, ctx, tx, v, d)
			if err != nil {
				return err
			}
			page.Table.Rows = append(page.Table.Rows, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.Show(q.Data(page.Head.Title, "cases"), listContent(page))
}

func appointmentRow(q *face.Request, ctx context.Context, tx ledger.Tx, v *face.Case, d casebook.DueState) (ui.TableRow, error) {
	due, today := terms.Midday(d.Due), q.Now().Format(time.DateOnly)
	state := q.P("registry.visit.is."+standings[v.Standing(d)], nil)
	row := ui.TableRow{Cells: []ui.Cell{{Text: q.Text(d.Name)}, {Text: lang.Date(q.Lang, due)}, {Text: state}, {}}}
	if v.Standing(d) != casebook.Owed {
		return row, nil
	}
	switch {
	case due.Before(q.Now()):
		row.Cells[2].Text = q.P("registry.visit.is.overdue", nil)
	case d.Open(today):
		row.Cells[2].Text = q.P("registry.visit.is.open", nil)
	}
	if d.Until != "" {
		row.Cells[1].Note = windowOf(q, terms.Midday(d.Until))
	}
	tried, link, err := askedSoFar(q, ctx, tx, v.Thread, d.ID, due)
	if err != nil {
		return row, err
	}
	place := 1 + slices.IndexFunc(v.Operations, func(o casebook.Operated) bool { return o.Hash == d.Operation })
	o := registry.Owed{Place: registry.Place{Thread: v.Thread, Place: place}, At: d.ID}
	row.Cells[3] = ui.Cell{Content: owedActions(q, v.Pack.ID, o, link, v.Patient != nil && len(v.Patient.BirthDate) == len(time.DateOnly)), Note: tried}
	return row, nil
}

// standings are the words for what became of an appointment.
var standings = map[casebook.Standing]string{casebook.Unasked: "unasked", casebook.Owed: "waits", casebook.Kept: "kept", casebook.Unreached: "lost", casebook.BeforeTakeOver: "before"}
