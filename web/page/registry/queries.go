package registry

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/registry"
	"consilium/web/face"
	"consilium/web/ui"
)

// queryKinds are what ends the steps of a query: its answer, and its end.
var queryKinds = []string{casebook.KindQueryAnswered, casebook.KindQueryClosed}

// queriesRead bounds how many open queries are looked through for those of a pathway.
const queriesRead = 500

// queriesOf are the open queries of a pathway: those that wait here, and those that wait for another hospital about cases of this one.
func queriesOf(q *face.Request, ctx context.Context, tx ledger.Tx, pathway string) (list []casebook.OpenTask, err error) {
	for _, partners := range []bool{false, true} {
		tasks, err := casebook.Tasks(ctx, tx, casebook.TaskQuery{Hospital: q.Desk.ID, Kinds: queryKinds, Partners: partners, Limit: queriesRead})
		if err != nil {
			return nil, err
		}
		for _, t := range tasks {
			if t.Pathway == pathway {
				list = append(list, t)
			}
		}
	}
	return list, nil
}

// queryTable lists open queries, what is due first.
func queryTable(q *face.Request, ctx context.Context, tx ledger.Tx, list []casebook.OpenTask) ui.TableView {
	t := ui.TableView{Caption: q.P("registry.page.queries", nil), Columns: []ui.Column{{Label: q.P("registry.page.case", nil)}, {Label: q.P("registry.page.asked", nil)},
		{Label: q.P("registry.page.owes", nil)}, {Label: q.P("registry.page.by", nil)}, {Label: q.P("registry.page.next", nil)}}}
	for _, task := range list {
		by, label := "—", q.P("registry.page.answer", nil)
		if !task.By.IsZero() {
			by = lang.Date(q.Lang, task.By)
		}
		if task.Kind == casebook.KindQueryClosed {
			label = q.P("registry.page.close", nil)
		}
		row := ui.TableRow{Cells: []ui.Cell{{Content: face.SmallLink(casebook.Number(task.Thread), casePath(task.Thread))}, {Text: q.Text(task.What)}, {Text: whoOwes(q, ctx, tx, task)}, {Text: by}, {}}}
		if task.Hospital == q.Desk.ID {
			row.Cells[4].Content = face.SmallLink(label, casePath(task.Thread)+"/say/"+strings.TrimPrefix(task.Kind, "case.")+"?ref="+task.Refs[0].String())
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// whoOwes is the person who is named, the hospital that is asked, or the role.
func whoOwes(q *face.Request, ctx context.Context, tx ledger.Tx, task casebook.OpenTask) string {
	switch {
	case task.Hospital != q.Desk.ID:
		return q.HospitalName(ctx, tx, task.Hospital)
	case task.Person != "":
		return q.Person(face.NameOf(ctx, tx, task.Person))
	case len(task.Roles) > 0:
		return q.Text(people.Role(task.Roles[0]).Name())
	}
	return q.Text(people.Coordinator.Name())
}

// queryPath is the form that raises a query about a cell, to who recorded it.
func queryPath(q *face.Request, v *face.Case, col registry.Column, place int, e *ledger.Said) string {
	ask := url.Values{"operation": {strconv.Itoa(place)}, "text": {q.P("registry.page.question", map[string]any{"variable": columnName(q, col)})}}
	if col.Variable() != "" {
		ask.Set("variable", col.Variable())
	}
	if col.At != "" {
		ask.Set("at", col.At)
	}
	if e != nil {
		ask.Set("to", e.Hospital.Raw()+"/"+string(e.Person))
	}
	return v.Path("say", "query") + "?" + ask.Encode()
}
