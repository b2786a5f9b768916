package registry

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/registry"
	"consilium/stats/tail"
	"consilium/web/face"
	"consilium/web/ui"
)

// doubleView is how far two people agree who entered the same forms.
type doubleView struct {
	Head      ui.HeadView
	Answer    string
	Variables ui.TableView
	Plots     []plot
	Open      ui.TableView
	More      int // disagreements beyond those listed
	Again     ui.TableView
	Empty     ui.EmptyView
}

// drawn is how many cases the page proposes to enter a second time.
const drawn = 10

func doublePath(pathway string) string { return "/registry/" + url.PathEscape(pathway) + "/double" }

func doublePage(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	id := q.PathValue("pathway")
	pack := q.Desk.Packs(id, "")
	if pack == nil {
		return desk.ErrNotHere
	}
	v := doubleView{Head: ui.HeadView{Title: q.P("registry.double.title", nil), Sub: q.P("registry.double.lead", nil), Back: back(q, id)},
		Empty: ui.EmptyView{Icon: "document", Title: q.P("registry.double.none.title", nil), Text: q.P("registry.double.none.text", nil)}}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, forms, err := q.Desk.Registry.Concordance(ctx, tx, id)
		if err != nil {
			return err
		}
		again, err := registry.EnteredOnce(ctx, tx, id, drawn)
		if err != nil {
			return err
		}
		v.Again = againTable(q, ctx, tx, again)
		if forms > 0 {
			v.fill(q, pack, list, forms)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.Show(q.Data(q.P("registry.page.name", nil), "registry"), doubleContent(q, v))
}

func (v *doubleView) fill(q *face.Request, pack *pathway.Pack, list []registry.Concordance, forms int) {
	var n, same, open int
	v.Variables = ui.TableView{Caption: q.P("registry.double.variables", nil), Columns: []ui.Column{{Label: q.P("registry.page.variable", nil)}, {Label: q.P("registry.double.forms", nil), Numeric: true},
		{Label: q.P("registry.double.same", nil), Numeric: true}, {Label: q.P("registry.double.kappa", nil), Numeric: true}, {Label: q.P("registry.double.difference", nil), Numeric: true},
		{Label: q.P("registry.double.limits", nil), Numeric: true}, {Label: q.P("registry.double.left", nil), Numeric: true}}}
	v.Open = ui.TableView{Caption: q.P("registry.double.open", nil), Columns: []ui.Column{{Label: q.P("registry.page.case", nil)}, {Label: q.P("registry.page.variable", nil)},
		{Label: q.P("registry.double.first", nil)}, {Label: q.P("registry.double.second", nil)}, {Label: q.P("registry.page.next", nil)}}}
	for i := range list {
		c := &list[i]
		n, same, open = n+c.N, same+c.Same, open+len(c.Open)
		f := fieldOf(pack, c.Variable)
		v.Variables.Rows = append(v.Variables.Rows, concordanceRow(q, f, c))
		if p, ok := plotOf(q, f, c); ok {
			v.Plots = append(v.Plots, p)
		}
		for _, d := range c.Open {
			if len(v.Open.Rows) == faultsListed {
				v.More++
				continue
			}
			v.Open.Rows = append(v.Open.Rows, ui.TableRow{Cells: []ui.Cell{{Content: face.SmallLink(casebook.Number(d.Thread), casePath(d.Thread))}, {Text: q.PackText(f.Label)},
				{Text: answerOf(q, f, c.Kind, d.Answers[0])}, {Text: answerOf(q, f, c.Kind, d.Answers[1])}, {Content: doubleActions(q, d)}}})
		}
	}
	v.Answer = q.P("registry.double.answer", map[string]any{"count": forms, "answers": lang.Number(q.Lang, int64(n)), "share": share(q, registry.Share{Due: n, Given: same}), "open": open})
}

// concordanceRow is one variable: kappa of what is chosen, limits of agreement of numbers.
func concordanceRow(q *face.Request, f pathway.Field, c *registry.Concordance) ui.TableRow {
	row := ui.TableRow{Cells: []ui.Cell{{Text: q.PackText(f.Label)}, {Text: lang.Number(q.Lang, int64(c.N))}, {Text: share(q, registry.Share{Due: c.N, Given: c.Same})}, {Text: "—"}, {Text: "—"}, {Text: "—"}, {Text: lang.Number(q.Lang, int64(len(c.Open)))}}}
	if k := c.Kappa; k != nil && k.N >= registry.LeastDoubles && k.Value == k.Value {
		z := tail.NormalCritical(0.95)
		row.Cells[3] = ui.Cell{Text: decimal(k.Value, 2), Note: "95 % " + decimal(k.Value-z*k.SE, 2) + " – " + decimal(min(k.Value+z*k.SE, 1), 2)}
	}
	if l := c.Limits; l != nil && l.N >= registry.LeastDoubles {
		digits, unit := f.Digits+1, face.UnitName(q.Lang, f.Unit)
		if c.Kind == registry.Date {
			unit = face.UnitName(q.Lang, "d")
		}
		row.Cells[4] = ui.Cell{Text: decimal(l.Mean, digits), Note: unit}
		row.Cells[5] = ui.Cell{Text: decimal(l.Low, digits) + " – " + decimal(l.High, digits), Note: q.P("registry.double.pairs", map[string]any{"count": l.N})}
	}
	return row
}

// decimal writes a number with a true minus.
func decimal(v float64, digits int) string {
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if text[0] == '-' {
		return "−" + text[1:]
	}
	return text
}

// fieldOf is a variable as the forms of its pack ask for it.
func fieldOf(pack *pathway.Pack, id string) pathway.Field {
	for _, form := range pack.Forms {
		fields := form.AllFields()
		if at := slices.IndexFunc(fields, func(f pathway.Field) bool { return f.ID == id }); at >= 0 {
			return fields[at]
		}
	}
	return pathway.Field{ID: id, Label: pathway.Text{En: id, Zh: id}}
}

// answerOf is an answer in words, or why there is none.
func answerOf(q *face.Request, f pathway.Field, kind registry.Kind, cell registry.Cell) string {
	switch {
	case cell.Why != "":
		return q.P("registry.why."+cell.Why, nil)
	case kind == registry.Date:
		return lang.PartialDate(q.Lang, cell.Value)
	}
	return q.PackText(f.Answer(cell.Answer(kind)))
}

func againTable(q *face.Request, ctx context.Context, tx ledger.Tx, list []registry.Place) ui.TableView {
	t := ui.TableView{Caption: q.P("registry.double.again", nil), Columns: []ui.Column{{Label: q.P("registry.page.case", nil)}, {Label: q.P("registry.page.operated", nil)}, {Label: q.P("registry.page.owes", nil)}, {Label: q.P("registry.page.next", nil)}}}
	for _, p := range list {
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Content: face.SmallLink(casebook.Number(p.Thread), casePath(p.Thread))}, {Text: day(q, p.Day)}, {Text: owner(q, ctx, tx, p.Operator)},
			{Content: face.SmallLink(q.P("registry.double.enter", nil), casePath(p.Thread)+"/say/double-entry")}}})
	}
	return t
}
