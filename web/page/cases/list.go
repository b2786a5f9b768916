package cases

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

// casesView is the list of cases.
type casesView struct {
	Head     ui.HeadView
	Views    []ui.SavedView
	ViewsAre string
	Filters  ui.FiltersView
	Table    ui.TableView
	Pager    ui.PagerView
	Empty    ui.EmptyView
	Note     string // whose cases these are
}

// perPage is how many cases one page lists.
const perPage = 50

func casesPage(q *face.Request) error {
	listing := q.Desk.Door.MayList(q.Caller.Who, "case")
	if !listing.All && !listing.Related {
		return access.Need(q.Caller.Who, access.List, access.What{Of: casebook.Governance})
	}
	query := caseQuery(q)
	rows, next, err := listCases(q, query, listing)
	if errors.Is(err, casebook.ErrCursor) {
		return errors.Join(desk.ErrInput, err)
	}
	if err != nil {
		return err
	}
	v := casesView{Head: ui.HeadView{Title: q.P("case.cases", nil)}, Filters: caseFilters(q, query), ViewsAre: q.P("case.views.title", nil)}
	if v.Views, err = savedViews(q, listing.All); err != nil {
		return err
	}
	if q.Opens("case") {
		v.Head.Actions = ui.Button(ui.ButtonView{Label: q.P("case.new.title", nil), URL: "/cases/new", Icon: "plus"})
	}
	if !listing.All {
		v.Note = q.P("case.list.related", nil)
	}
	if v.Table, err = caseTable(q, rows); err != nil {
		return err
	}
	v.Pager = casePager(q, len(rows), next)
	v.Empty = noCases(q, query)
	return q.Show(q.Data(q.P("case.cases", nil), "cases"), casesContent(v))
}

func caseQuery(q *face.Request) casebook.Query {
	get := func(name string) string { return strings.TrimSpace(q.FormValue(name)) }
	c := casebook.Query{Verb: get("verb"), Pathway: get("pathway"), SubSpecialty: get("specialty"), Urgency: get("urgency"), State: get("state"), Text: get("q"),
		Due: get("order") == "due", After: get("after"), Limit: perPage}
	if c.State == "" {
		c.State = "open"
	}
	if c.State == "any" {
		c.State = ""
	}
	if get("home") == "here" {
		c.Steward = q.Desk.ID
	}
	return c
}

// listCases gives the page of the list that the person may see. Who looks after the hospital's cases sees all; anybody else those that they have
// a part in, and open referrals to their sub-specialties.
func listCases(q *face.Request, query casebook.Query, listing access.Listing) (rows []casebook.Row, next string, err error) {
	if !listing.All {
		query.For = &casebook.Part{Hospital: q.Desk.ID, Person: q.Caller.Person, Specialties: listing.Specialties}
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, next, err = casebook.List(ctx, tx, query)
		return err
	})
	return rows, next, err
}

func caseFilters(q *face.Request, c casebook.Query) ui.FiltersView {
	f := ui.FiltersView{Action: "/cases", Query: c.Text, Placeholder: q.P("case.search", nil)}
	verb := ui.Filter{Name: "verb", Label: q.P("case.filter.verb", nil), Value: c.Verb}
	for _, v := range pathway.Verbs {
		verb.Options = append(verb.Options, ui.Option{Value: v, Label: q.P("case.verb."+v, nil)})
	}
	packs := ui.Filter{Name: "pathway", Label: q.P("case.filter.pathway", nil), Value: c.Pathway}
	specialties := ui.Filter{Name: "specialty", Label: q.P("case.filter.specialty", nil), Value: c.SubSpecialty}
	seen := map[string]bool{}
	for _, p := range saying.Pathways(q) {
		packs.Options = append(packs.Options, ui.Option{Value: p.ID, Label: q.PackText(p.Name)})
		for _, s := range p.SubSpecialties {
			if !seen[s.ID] {
				seen[s.ID] = true
				specialties.Options = append(specialties.Options, ui.Option{Value: s.ID, Label: q.PackText(s.Name)})
			}
		}
	}
	urgency := ui.Filter{Name: "urgency", Label: q.P("case.filter.urgency", nil), Value: c.Urgency}
	for _, u := range casebook.Urgencies {
		urgency.Options = append(urgency.Options, ui.Option{Value: u, Label: q.ChoiceName("urgency", u)})
	}
	state := ui.Filter{Name: "state", Label: q.P("case.filter.state", nil), Value: q.FormValue("state"),
		Options: []ui.Option{{Value: "open", Label: q.P("case.state.open", nil)}, {Value: "closed", Label: q.P("case.state.closed", nil)}, {Value: "any", Label: q.P("case.state.any", nil)}}}
	if state.Value == "" {
		state.Value = "open"
	}
	f.Filters = []ui.Filter{verb, packs, specialties, urgency, state}
	for _, name := range []string{"order", "home"} {
		if value := q.FormValue(name); value != "" {
			f.Hidden = append(f.Hidden, ui.Hidden{Name: name, Value: value})
		}
	}
	return f
}

// savedViews are ready listings, with how many cases are in each where that is counted.
func savedViews(q *face.Request, counted bool) ([]ui.SavedView, error) {
	open := map[string]int{}
	if counted {
		err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
			counts, err := casebook.Counts(ctx, tx)
			for _, c := range counts {
				if c.State == "open" {
					open[c.Verb] += c.Cases
					open[""] += c.Cases
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	now := q.URL.Query()
	now.Del("after")
	view := func(key, query string, count int) ui.SavedView {
		s := ui.SavedView{Label: q.P("case.views."+key, nil), URL: "/cases"}
		if query != "" {
			s.URL += "?" + query
		}
		want, _ := url.ParseQuery(query)
		s.Current = want.Encode() == now.Encode()
		if counted && count >= 0 {
			s.Count = lang.Number(q.Lang, int64(count))
		}
		return s
	}
	return []ui.SavedView{view("open", "", open[""]), view("due", "order=due", -1), view("here", "home=here", -1), view("consult", "verb=consult", open["consult"]),
		view("plan", "verb=plan", open["plan"]), view("operate", "verb=operate", open["operate"]), view("follow", "verb=follow", open["follow"]),
		view("emergency", "urgency=emergency", -1)}, nil
}

func caseTable(q *face.Request, rows []casebook.Row) (ui.TableView, error) {
	t := ui.TableView{Caption: q.P("case.cases", nil), Columns: []ui.Column{{Label: q.P("case.column.case", nil)}, {Label: q.P("case.column.patient", nil)},
		{Label: q.P("case.column.stage", nil)}, {Label: q.P("case.column.next", nil)}, {Label: q.P("case.column.home", nil)}, {Label: q.P("case.column.changed", nil)}}}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, r := range rows {
			look := q.HospitalLook(ctx, tx, r.Steward)
			row := ui.TableRow{URL: "/cases/" + r.Thread.String(), Cells: []ui.Cell{{Text: r.Title, Note: face.JoinDots(q.PathwayName(r.Pathway), face.ShortID(r.Thread))},
				patientCell(q, r), {Text: q.P("case.verb."+r.Verb, nil)}, {Text: q.Text(r.Next)}, {Hospital: &look, Text: look.Name}, {Text: q.Day(r.Changed)}}}
			if !r.NextBy.IsZero() {
				row.Cells[3].Note = q.P("case.by", map[string]any{"when": q.Day(r.NextBy)})
				if record.Past(r.NextBy, q.Now()) {
					row.Cells[3].Chips = append(row.Cells[3].Chips, ui.ChipView{Text: q.P("case.overdue", nil), Sort: ui.Bad, Icon: "clock"})
				}
			}
			row.Cells[2].Chips = rowChips(q, r)
			t.Rows = append(t.Rows, row)
		}
		return nil
	})
	return t, err
}

// patientCell tells who the patient is at home, and what is shared of them elsewhere.
func patientCell(q *face.Request, r casebook.Row) ui.Cell {
	var about []string
	if r.Sex != "" {
		about = append(about, q.ChoiceName("sex", r.Sex))
	}
	if r.Age >= 0 {
		about = append(about, q.P("case.years", map[string]any{"count": r.Age}))
	}
	if r.Side != "" {
		about = append(about, q.ChoiceName("side", r.Side))
	}
	if p := r.Patient; p != nil {
		name := p.Name
		if q.Lang == lang.English && p.Latin != "" && p.Latin != p.Name {
			name = joinSpace(p.Latin, p.Name)
		}
		return ui.Cell{Text: name, Note: face.JoinDots(append([]string{p.LocalNumber}, about...)...)}
	}
	return ui.Cell{Text: face.JoinDots(about...)}
}

func joinSpace(parts ...string) string { return strings.TrimSpace(strings.Join(parts, " ")) }

func rowChips(q *face.Request, r casebook.Row) (chips []ui.ChipView) {
	switch r.Urgency {
	case "emergency":
		chips = append(chips, ui.ChipView{Text: q.ChoiceName("urgency", r.Urgency), Sort: ui.Bad, Icon: "alert"})
	case "soon":
		chips = append(chips, ui.ChipView{Text: q.ChoiceName("urgency", r.Urgency), Sort: ui.Warn})
	}
	if r.State == "closed" {
		chips = append(chips, ui.ChipView{Text: q.P("case.state.closed", nil), Sort: ui.Line})
	}
	if r.Marks > 0 {
		chips = append(chips, ui.ChipView{Text: q.P("case.marks", map[string]any{"count": r.Marks}), Sort: ui.Warn, Icon: "alert"})
	}
	if r.Demo {
		chips = append(chips, ui.ChipView{Text: q.P("case.demo", nil), Sort: ui.Line})
	}
	return chips
}

func casePager(q *face.Request, shown int, next string) ui.PagerView {
	p := ui.PagerView{Text: q.P("case.shown", map[string]any{"count": shown})}
	query := q.URL.Query()
	if query.Get("after") != "" {
		query.Del("after")
		p.PreviousURL, p.PreviousText = "/cases?"+query.Encode(), q.P("case.first", nil)
	}
	if next != "" {
		query.Set("after", next)
		p.NextURL = "/cases?" + query.Encode()
	}
	return p
}

// noCases teaches what belongs here, or says that nothing fits the search.
func noCases(q *face.Request, c casebook.Query) ui.EmptyView {
	if c.Text+c.Verb+c.Pathway+c.SubSpecialty+c.Urgency+c.After != "" || c.State != "open" || !c.Steward.IsZero() || c.Due {
		return ui.EmptyView{Icon: "search", Title: q.P("case.none.title", nil), Text: q.P("case.none.text", nil), Action: ui.Link{Label: q.P("case.none.do", nil), URL: "/cases"}}
	}
	e := ui.EmptyView{Icon: "document", Title: q.P("case.empty.title", nil), Text: q.P("case.empty.text", nil)}
	if q.Opens("case") {
		e.Action = ui.Link{Label: q.P("case.new.title", nil), URL: "/cases/new"}
	}
	return e
}
