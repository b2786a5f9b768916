package registry

import (
	"context"
	"errors"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/registry"
	"consilium/web/face"
	"consilium/web/ui"
)

// perPage bounds a page of a list.
const perPage = 50

// casePath is the address of a case.
func casePath(id ledger.ThreadID) string { return "/cases/" + id.String() }

// mendPath is the address that leads to the form which mends a cell.
func mendPath(pathway string, p registry.Place, column string) string {
	return "/registry/" + url.PathEscape(pathway) + "/mend/" + p.Thread.String() + "/" + strconv.Itoa(p.Place) + "/" + url.PathEscape(column)
}

// owner is who operated, as far as they are of this hospital.
func owner(q *face.Request, ctx context.Context, tx ledger.Tx, operator string) string {
	hospital, person, _ := strings.Cut(operator, "/")
	if person == "" {
		return q.Text(people.Coordinator.Name())
	}
	if hospital != q.Desk.ID.Raw() {
		id, err := ledger.ParseHospitalID(hospital)
		if err != nil {
			return q.Text(people.Coordinator.Name())
		}
		return q.HospitalName(ctx, tx, id)
	}
	return q.Person(face.NameOf(ctx, tx, ledger.PersonID(person)))
}

func day(q *face.Request, s string) string {
	if s == "" {
		return "—"
	}
	return lang.PartialDate(q.Lang, s)
}

// since is how long ago something was, in days.
func since(q *face.Request, t time.Time) string {
	return q.P("registry.page.days", map[string]any{"count": int(q.Now().Sub(t).Hours() / 24)})
}

func overdueTable(q *face.Request, ctx context.Context, tx ledger.Tx, c *registry.Checked, list []registry.Owed) (ui.TableView, error) {
	t := ui.TableView{Caption: q.P("registry.page.longest", nil), Columns: []ui.Column{{Label: q.P("registry.page.case", nil)}, {Label: q.P("registry.page.appointment", nil)},
		{Label: q.P("registry.page.since", nil), Numeric: true}, {Label: q.P("registry.page.owes", nil)}, {Label: q.P("registry.page.next", nil)}}}
	pack := q.Desk.Packs(c.Pathway, "")
	for _, o := range list {
		p, err := casebook.IdentityOf(ctx, tx, o.Thread)
		if err != nil && !errors.Is(err, casebook.ErrNoIdentity) {
			return t, err
		}
		tried, link, err := askedSoFar(q, ctx, tx, o.Thread, o.At, o.Due)
		if err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Content: face.SmallLink(casebook.Number(o.Thread), casePath(o.Thread)), Note: face.JoinDots(p.Name, p.LocalNumber, p.Telephone)}, {Text: visitName(q, pack, o.At), Note: windowOf(q, o.Until)},
			{Text: since(q, o.Due)}, {Text: q.Text(people.Coordinator.Name())}, {Content: owedActions(q, c.Pathway, o, link, len(p.BirthDate) == len(time.DateOnly)), Note: tried}}})
	}
	return t, nil
}

func visitName(q *face.Request, pack *pathway.Pack, at string) string {
	if u := pack.FollowUp(at); u != nil {
		return q.PackText(u.Name)
	}
	return at
}

// windowOf says until when an answer still is one of an appointment.
func windowOf(q *face.Request, until time.Time) string {
	if until.Format(time.DateOnly) < q.Now().Format(time.DateOnly) {
		return q.P("registry.visit.closed", map[string]any{"day": lang.Date(q.Lang, until)})
	}
	return q.P("registry.visit.open", map[string]any{"day": lang.Date(q.Lang, until)})
}

// followUpPath is the form of one follow-up, with the appointment chosen.
func followUpPath(o registry.Owed) string {
	return casePath(o.Thread) + "/say/followup?v.followup_point=" + url.QueryEscape(o.At) + "&schedule=" + url.QueryEscape(o.At)
}

func overduePage(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	pathway := q.PathValue("pathway")
	if q.Desk.Packs(pathway, "") == nil {
		return desk.ErrNotHere
	}
	v := listView{Head: ui.HeadView{Title: q.P("registry.page.calls", nil), Sub: q.P("registry.page.callslead", nil), Back: back(q, pathway)},
		Empty: ui.EmptyView{Icon: "check", Title: q.P("registry.page.nocalls.title", nil), Text: q.P("registry.page.nocalls.text", nil)}}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		c, err := q.Desk.Registry.Check(ctx, tx, pathway, false, q.Now())
		if err != nil {
			return err
		}
		if n := before(c); n > 0 {
			v.Empty.Text += " " + q.P("registry.page.nocalls.before", map[string]any{"count": n})
		}
		from, until, pager := paged(q, len(c.Overdue))
		v.Pager = pager
		v.Table, err = overdueTable(q, ctx, tx, c, c.Overdue[from:until])
		return err
	})
	if err != nil {
		return err
	}
	return q.Show(q.Data(q.P("registry.page.name", nil), "registry"), listContent(v))
}

// before counts the follow-ups that were due before their case was taken over.
func before(c *registry.Checked) (n int) {
	for _, a := range c.Visits {
		n += a.Before
	}
	return n
}

// listView is a page of one list.
type listView struct {
	Head  ui.HeadView
	Table ui.TableView
	Pager ui.PagerView
	Empty ui.EmptyView
}

func back(q *face.Request, pathway string) ui.Link {
	return ui.Link{Label: q.PathwayName(pathway), URL: "/registry/" + url.PathEscape(pathway)}
}

// paged is which part of a list of n the address asks for.
func paged(q *face.Request, n int) (from, until int, p ui.PagerView) {
	page, _ := strconv.Atoi(q.FormValue("page"))
	page = min(max(page, 1), max((n+perPage-1)/perPage, 1))
	from, until = (page-1)*perPage, min(page*perPage, n)
	p.Text = q.P("registry.page.range", map[string]any{"from": from + 1, "until": until, "all": n})
	if page > 1 {
		p.PreviousURL = "?page=" + strconv.Itoa(page-1)
	}
	if until < n {
		p.NextURL = "?page=" + strconv.Itoa(page+1)
	}
	return from, until, p
}

func gapsPage(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	pathway, column := q.PathValue("pathway"), q.PathValue("column")
	if q.Desk.Packs(pathway, "") == nil {
		return desk.ErrNotHere
	}
	v := listView{Head: ui.HeadView{Sub: q.P("registry.page.gapslead", nil), Back: back(q, pathway)},
		Empty: ui.EmptyView{Icon: "check", Title: q.P("registry.page.nogaps.title", nil), Text: q.P("registry.page.nogaps.text", nil)},
		Table: ui.TableView{Columns: []ui.Column{{Label: q.P("registry.page.case", nil)}, {Label: q.P("registry.page.operated", nil)}, {Label: q.P("registry.page.owes", nil)}, {Label: q.P("registry.page.next", nil)}}}}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		c, err := q.Desk.Registry.Check(ctx, tx, pathway, false, q.Now())
		if err != nil {
			return err
		}
		list, err := q.Desk.Registry.Gaps(ctx, tx, pathway, column, q.Now())
		if err != nil {
			return errors.Join(desk.ErrNotHere, err)
		}
		for _, col := range c.Columns {
			if col.Name == column {
				v.Head.Title = q.P("registry.page.gapsof", map[string]any{"variable": columnName(q, col.Column)})
				v.Table.Caption = v.Head.Title
			}
		}
		from, until, pager := paged(q, len(list))
		v.Pager = pager
		for _, p := range list[from:until] {
			v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: []ui.Cell{{Content: face.SmallLink(casebook.Number(p.Thread), casePath(p.Thread))}, {Text: day(q, p.Day)},
				{Text: owner(q, ctx, tx, p.Operator)}, {Content: gapActions(q, pathway, p, column)}}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.Show(q.Data(q.P("registry.page.name", nil), "registry"), listContent(v))
}

// faultsListed bounds the list of values that are out of place; with one mended the next one appears.
const faultsListed = 40

func faultTable(q *face.Request, ctx context.Context, tx ledger.Tx, c *registry.Checked) ui.TableView {
	t := ui.TableView{Caption: q.P("registry.page.faults", nil), Columns: []ui.Column{{Label: q.P("registry.page.case", nil)}, {Label: q.P("registry.page.variable", nil)},
		{Label: q.P("registry.page.value", nil), Numeric: true}, {Label: q.P("registry.page.wrong", nil)}, {Label: q.P("registry.page.owes", nil)}, {Label: q.P("registry.page.next", nil)}}}
	for _, f := range c.Faults[:min(len(c.Faults), faultsListed)] {
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Content: face.SmallLink(casebook.Number(f.Thread), casePath(f.Thread)), Note: day(q, f.Day)}, {Text: columnName(q, *f.Column)},
			{Text: valueOf(q, f.Column, f.Value)}, {Text: wrong(q, f)}, {Text: owner(q, ctx, tx, f.Operator)}, {Content: faultActions(q, c.Pathway, f)}}})
	}
	return t
}

// valueOf is a value as people read it: a date as a date, a number with its unit.
func valueOf(q *face.Request, c *registry.Column, v float64) string {
	switch {
	case math.IsNaN(v):
		return "—"
	case c.Kind == registry.Date:
		return lang.Date(q.Lang, time.Unix(int64(v)*86400, 0).UTC())
	}
	return strings.TrimSpace(strconv.FormatFloat(v, 'f', -1, 32) + " " + face.UnitName(q.Lang, c.Unit))
}

// wrong says what is wrong with a value.
func wrong(q *face.Request, f registry.Fault) string {
	args := map[string]any{"low": valueOf(q, f.Column, f.Low), "high": valueOf(q, f.Column, f.High)}
	if f.Sort == registry.WrongOrder {
		args["low"] = valueOf(q, f.Column, f.Low)
		if f.Value > f.High {
			return q.P("registry.fault.future", nil)
		}
	}
	return q.P("registry.fault."+string(f.Sort), args)
}

func pairTable(q *face.Request, c *registry.Checked) ui.TableView {
	t := ui.TableView{Caption: q.P("registry.page.pairs", nil), Columns: []ui.Column{{Label: q.P("registry.page.case", nil)}, {Label: q.P("registry.page.another", nil)},
		{Label: q.P("registry.page.operated", nil)}, {Label: q.P("registry.page.wrong", nil)}, {Label: q.P("registry.page.next", nil)}}}
	for _, p := range c.Pairs[:min(len(c.Pairs), faultsListed)] {
		days := day(q, p.A.Day)
		if p.A.Day != p.B.Day {
			days += " · " + day(q, p.B.Day)
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Content: face.SmallLink(casebook.Number(p.A.Thread), casePath(p.A.Thread))}, {Content: face.SmallLink(casebook.Number(p.B.Thread), casePath(p.B.Thread))},
			{Text: days}, {Text: q.P("registry.pair."+p.Same, nil)}, {Content: pairActions(q, c.Pathway, p)}}})
	}
	return t
}

// pairOf makes one value of what settles something.
func pairOf(what, value string) [2]string { return [2]string{what, value} }
