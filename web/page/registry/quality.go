package registry

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/registry"
	"consilium/web/face"
	"consilium/web/ui"
)

// view is the page of one pathway.
type view struct {
	Pathway string
	Head    ui.HeadView
	Tabs    []ui.SavedView
	Answer  string
	Needs   []needView
	Next    *ui.NextView
	Heat    heatView
	More    heatView
	Visits  []visitView
	Overdue ui.TableView
	Faults  ui.TableView
	Pairs   ui.TableView
	Queries ui.TableView
	FaultsN int
	Works   bool
	Export  *exportView
	Empty   bool
	Why     *ui.EmptyView // why a researcher sees nothing, though there are rows
}

// needView is how many things of one sort need somebody, and where they are.
type needView struct{ Number, Label, Do, URL string }

// small is below how many patients a number is withheld from who sees no cases.
const small = registry.SmallCell

// listed bounds the lists of the page; the whole list of follow-ups has a page of its own.
const listed = 12

func firstPage(q *face.Request) error {
	if err := need(q); err != nil && !answers(q) {
		return err
	}
	var ids []string
	if err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		ids, _, err = registry.Pathways(ctx, tx)
		return err
	}); err != nil {
		return err
	}
	for _, id := range ids {
		switch {
		case q.Desk.Packs(id, "") == nil:
		case need(q) != nil: // who answers for the patients and works with no rows
			return q.See(waiversPath(id))
		default:
			return q.See("/registry/" + url.PathEscape(id))
		}
	}
	v := &view{Head: ui.HeadView{Title: q.P("registry.page.title", nil), Sub: q.P("registry.page.sub", nil)}, Empty: true}
	return q.Show(q.Data(q.P("registry.page.name", nil), "registry"), qualityContent(q, v))
}

func qualityPage(q *face.Request) error {
	if err := need(q); err != nil {
		return err
	}
	id := q.PathValue("pathway")
	if q.Desk.Packs(id, "") == nil {
		return desk.ErrNotHere
	}
	v := &view{Works: works(q), Pathway: id, Head: ui.HeadView{Title: q.P("registry.page.title", nil)}}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		c, err := q.Desk.Registry.Check(ctx, tx, id, !v.Works, q.Now())
		if err != nil {
			return err
		}
		if v.Tabs, err = tabs(q, ctx, tx, id); err != nil {
			return err
		}
		return v.fill(q, ctx, tx, c)
	})
	if err != nil {
		return err
	}
	return q.Show(q.Data(q.P("registry.page.name", nil), "registry"), qualityContent(q, v))
}

// tabs are the pathways with rows, where there is more than one.
func tabs(q *face.Request, ctx context.Context, tx ledger.Tx, current string) (list []ui.SavedView, err error) {
	ids, counts, err := registry.Pathways(ctx, tx)
	for i, id := range ids {
		if q.Desk.Packs(id, "") != nil {
			t := ui.SavedView{Label: q.PathwayName(id), URL: "/registry/" + url.PathEscape(id), Current: id == current}
			if works(q) {
				t.Count = lang.Number(q.Lang, int64(counts[i]))
			}
			list = append(list, t)
		}
	}
	if len(list) < 2 {
		list = nil
	}
	return list, err
}

// fill lays out what was counted.
func (v *view) fill(q *face.Request, ctx context.Context, tx ledger.Tx, c *registry.Checked) error {
	v.Empty = c.Rows == 0 || !v.Works && c.Rows < small
	v.Head.Sub = face.JoinDots(q.PathwayName(c.Pathway), q.P("registry.page.rows", map[string]any{"count": c.Rows}), c.Pathway+" "+c.Pack)
	if v.Works {
		v.Head.Sub = face.JoinDots(v.Head.Sub, q.P("registry.page.self", nil))
	} else {
		v.Head.Chips = []ui.ChipView{{Text: q.P("registry.page.deidentified", nil), Sort: ui.Info}}
	}
	var err error
	if mayExport(q) {
		if v.Export, err = exportOf(q, ctx, tx, c.Pathway); err != nil {
			return err
		}
	}
	if v.Empty {
		v.Head.Sub = q.PathwayName(c.Pathway)
		return v.unasked(q, ctx, tx, c)
	}
	v.FaultsN = len(c.Faults)
	v.Answer = v.answer(q, c)
	v.Needs = v.needs(q, c)
	v.Heat, v.More = v.heat(q, c, true), v.heat(q, c, false)
	v.Visits = v.visits(q, c)
	if !v.Works {
		return nil
	}
	if len(c.Overdue) > 0 {
		v.Next = next(q, c)
	}
	if v.Overdue, err = overdueTable(q, ctx, tx, c, c.Overdue[:min(len(c.Overdue), listed)]); err != nil {
		return err
	}
	v.Faults = faultTable(q, ctx, tx, c)
	v.Pairs = pairTable(q, c)
	asked, err := queriesOf(q, ctx, tx, c.Pathway)
	if err != nil {
		return err
	}
	v.Queries = queryTable(q, ctx, tx, asked[:min(len(asked), faultsListed)])
	v.Needs = append(v.Needs, needView{Number: v.count(q, len(asked)), Label: q.P("registry.page.need.queries", map[string]any{"count": len(asked)})})
	if last := &v.Needs[len(v.Needs)-1]; len(asked) > 0 {
		last.Do, last.URL = q.P("registry.page.need.answer", nil), "#queries"
	}
	return nil
}

// unasked says to a researcher that there are rows, and why they are not shown: the patients did not agree to research, or too few did to be counted.
func (v *view) unasked(q *face.Request, ctx context.Context, tx ledger.Tx, c *registry.Checked) error {
	all, err := registry.Count(ctx, tx, registry.Query{Pathway: c.Pathway})
	if err != nil || all == 0 || v.Works {
		return err
	}
	v.Why = &ui.EmptyView{Icon: "lock", Title: q.P("registry.page.unasked.title", map[string]any{"agreed": v.count(q, c.Rows), "all": v.count(q, all)}),
		Text: q.P("registry.page.unasked.text", map[string]any{"small": small})}
	return nil
}

// answer says in numbers how far the rows can be trusted, and what is weakest.
func (v *view) answer(q *face.Request, c *registry.Checked) string {
	var all registry.Share
	var worst registry.ColumnFill
	for _, col := range c.Columns {
		if !col.Wanted {
			continue
		}
		all.Due, all.Given = all.Due+col.Due, all.Given+col.Given
		if col.Missing() > worst.Missing() {
			worst = col
		}
	}
	there := q.P("registry.page.there", map[string]any{"share": share(q, all), "given": v.count(q, all.Given), "due": v.count(q, all.Due)})
	if len(c.Overdue)+c.Gaps+len(c.Faults)+len(c.Pairs) == 0 {
		return there + " " + q.P("registry.page.clean", nil)
	}
	if worst.Missing() == 0 {
		return there
	}
	return there + " " + q.P("registry.page.worst", map[string]any{"variable": v.weakest(q, c, worst), "share": share(q, worst.Share)})
}

// weakest names a variable, with its appointment where it is of one.
func (v *view) weakest(q *face.Request, c *registry.Checked, col registry.ColumnFill) string {
	if col.At == "" {
		return columnName(q, col.Column)
	}
	return face.JoinDots(columnName(q, col.Column), visitName(q, q.Desk.Packs(c.Pathway, ""), col.At))
}

// share is how much of something is there.
func share(q *face.Request, s registry.Share) string {
	if s.Due == 0 {
		return "—"
	}
	return lang.Percent(q.Lang, float64(s.Given)/float64(s.Due), 0)
}

// columnName is what people call a column.
func columnName(q *face.Request, c registry.Column) string {
	if c.Variable() == "" && c.Name == "operator" {
		return q.P("registry.page.operator", nil) // a pseudonym in rows, somebody's name here
	}
	return q.Text(c.Label)
}

// count is a number of patients, withheld where it is small and the reader sees no cases.
func (v *view) count(q *face.Request, n int) string {
	if !v.Works && n > 0 && n < small {
		return "<" + strconv.Itoa(small)
	}
	return lang.Number(q.Lang, int64(n))
}

func (v *view) needs(q *face.Request, c *registry.Checked) []needView {
	at := "/registry/" + url.PathEscape(c.Pathway)
	list := []needView{
		{v.count(q, len(c.Overdue)), q.P("registry.page.need.overdue", map[string]any{"count": len(c.Overdue)}), q.P("registry.page.need.ask", nil), at + "/overdue"},
		{v.count(q, c.Gaps), q.P("registry.page.need.gaps", map[string]any{"count": c.Gaps}), q.P("registry.page.need.mend", nil), "#gaps"},
		{v.count(q, len(c.Faults)), q.P("registry.page.need.faults", map[string]any{"count": len(c.Faults)}), q.P("registry.page.need.check", nil), "#faults"},
		{v.count(q, len(c.Pairs)), q.P("registry.page.need.pairs", map[string]any{"count": len(c.Pairs)}), q.P("registry.page.need.decide", nil), "#pairs"},
	}
	for i := range list {
		if !v.Works || list[i].Number == "0" {
			list[i].URL = ""
		}
	}
	return list
}

func next(q *face.Request, c *registry.Checked) *ui.NextView {
	return &ui.NextView{Title: q.P("registry.page.ask", map[string]any{"count": len(c.Overdue)}), Why: q.P("registry.page.askwhy", nil),
		Do: ui.Button(ui.ButtonView{Label: q.P("registry.page.calls", nil), URL: "/registry/" + url.PathEscape(c.Pathway) + "/overdue"})}
}

// visitView is one appointment of the schedule as a bar of 600 units.
type visitView struct {
	Name, Text, Late  string
	Given, Lost, Over int
}

const barWidth = 600

func (v *view) visits(q *face.Request, c *registry.Checked) (list []visitView) {
	pack := q.Desk.Packs(c.Pathway, "")
	for _, a := range c.Visits {
		u := pack.FollowUp(a.ID)
		if a.Due == 0 || u == nil || !v.Works && a.Due < small {
			continue
		}
		part := func(n int) int { return n * barWidth / a.Due }
		row := visitView{Name: q.PackText(u.Name), Given: part(a.Given), Lost: part(a.Lost), Over: part(a.Overdue),
			Text: q.P("registry.page.answered", map[string]any{"share": share(q, a.Share), "given": v.count(q, a.Given), "due": v.count(q, a.Due)})}
		for _, part := range []struct {
			key string
			n   int
		}{{"overdue", a.Overdue}, {"lostto", a.Lost}, {"takenover", a.Before}} {
			if part.n > 0 {
				row.Late = face.JoinDots(row.Late, q.P("registry.page."+part.key, map[string]any{"count": v.count(q, part.n)}))
			}
		}
		list = append(list, row)
	}
	return list
}

// heatView is completeness by variable and month.
type heatView struct {
	Months []string
	Groups []heatGroup
	Trend  []int // the share of all wanted cells of a month that are there, of 40
}

type heatGroup struct {
	Name string
	Rows []heatRow
}

type heatRow struct {
	Name, Help, Share, Why, Gaps, URL string
	Cells                             []heatCell
}

type heatCell struct{ Text, Class, Title string }

// heat lays out the variables that are wanted, or the others as far as anybody fills them in.
func (v *view) heat(q *face.Request, c *registry.Checked, wanted bool) (h heatView) {
	for _, m := range c.Months {
		h.Months = append(h.Months, m[2:])
	}
	pack := q.Desk.Packs(c.Pathway, "")
	at := "-"
	for _, col := range c.Columns {
		if col.Wanted != wanted || col.Due == 0 || !wanted && col.Given == 0 || !v.Works && col.Due < small {
			continue
		}
		if col.At != at {
			at = col.At
			name := q.P("registry.page.before", nil)
			if u := pack.FollowUp(at); u != nil {
				name = q.PackText(u.Name)
			}
			h.Groups = append(h.Groups, heatGroup{Name: name})
		}
		g := &h.Groups[len(h.Groups)-1]
		g.Rows = append(g.Rows, v.heatRow(q, c, col))
	}
	for _, s := range c.All {
		h.Trend = append(h.Trend, s.Given*40/max(s.Due, 1))
	}
	return h
}

func (v *view) heatRow(q *face.Request, c *registry.Checked, col registry.ColumnFill) heatRow {
	r := heatRow{Name: columnName(q, col.Column), Share: share(q, col.Share), Why: v.why(q, col)}
	for i, s := range col.Months {
		r.Cells = append(r.Cells, v.heatCell(q, c.Months[i], s))
	}
	if n := col.Unexplained(); n > 0 {
		r.Gaps = v.count(q, n)
		if v.Works {
			r.URL = "/registry/" + url.PathEscape(c.Pathway) + "/gaps/" + url.PathEscape(col.Name)
		}
	}
	return r
}

// why lists the reasons of what is missing, the most frequent first.
func (v *view) why(q *face.Request, col registry.ColumnFill) string {
	var reasons []string
	for why := range col.Why {
		reasons = append(reasons, why)
	}
	slices.SortFunc(reasons, func(a, b string) int {
		if n := col.Why[b] - col.Why[a]; n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	var list []string
	for _, why := range reasons {
		list = append(list, q.P("registry.why."+why, nil)+" "+v.count(q, col.Why[why]))
	}
	return strings.Join(list, " · ")
}

// heatCell is one month of one variable: ink is what is missing. Of fewer than small patients nothing is told to who sees no cases.
func (v *view) heatCell(q *face.Request, month string, s registry.Share) heatCell {
	if s.Due == 0 || !v.Works && s.Due < small {
		return heatCell{Text: "–", Class: "none"}
	}
	missing := 100 * s.Missing() / s.Due
	c := heatCell{Class: "h" + strconv.Itoa(heatStep(missing)), Title: fmt.Sprintf("%s: %s / %s", month, v.count(q, s.Missing()), v.count(q, s.Due))}
	if missing >= 10 && (v.Works || s.Missing() >= small) {
		c.Text = strconv.Itoa(missing)
	}
	return c
}

func heatStep(missing int) int {
	for step, below := range []int{1, 5, 10, 20, 30} {
		if missing < below {
			return step
		}
	}
	return 5
}
