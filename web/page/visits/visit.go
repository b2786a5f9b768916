package visits

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/people"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// visitView is one visit as a page.
type visitView struct {
	*outreach.Visit
	Head       ui.HeadView
	Next       *ui.NextView
	Facts      []ui.Fact
	Cases      []ui.ListItem
	Team       []ui.ListItem
	Grants     ui.TableView
	Days       []calendarDay
	Timeline   ui.TimelineView
	Actions    []ui.ButtonView
	names      visitNames
	relations  []string
	mayArrange bool // for this hospital
}

func visitPage(q *face.Request) error {
	visit, err := openedVisit(q)
	if err != nil {
		return err
	}
	v := &visitView{Visit: visit}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error { return fillVisit(q, ctx, tx, v) })
	if err != nil {
		return err
	}
	d := q.Data(v.Head.Title, "visits")
	if key := "visits.done." + q.FormValue("done"); lang.Has(key) {
		d.Notices = append(d.Notices, ui.Notice{Sort: ui.Good, Text: q.P(key, nil)})
	}
	return q.Show(d, visitContent(q, v))
}

func fillVisit(q *face.Request, ctx context.Context, tx ledger.Tx, v *visitView) (err error) {
	v.names = namesOf(q, ctx, tx, v.Host, v.Guest, q.Desk.ID)
	if v.relations, err = q.Desk.RelationsTo(ctx, tx, q.Caller, outreach.Thread, v.Thread); err != nil {
		return err
	}
	if slices.ContainsFunc(v.Visit.Timeline, func(i record.Item) bool { return i.By.Hospital == q.Desk.ID && i.By.Person == q.Caller.Person }) {
		v.relations = append(v.relations, "author")
	}
	v.mayArrange = access.May(q.Caller.Who, access.Say, access.What{Of: outreach.Governance, Thread: v.Thread, Relations: v.relations}).Allowed
	visitHead(q, v)
	visitNext(q, v)
	visitFacts(q, v)
	for _, c := range v.Visit.Cases() {
		title, url := caseTitle(q, ctx, tx, c)
		v.Cases = append(v.Cases, ui.ListItem{Icon: "document", Text: title, URL: url})
	}
	for _, m := range v.Visit.Team {
		look := v.names.look(m.Hospital)
		item := ui.ListItem{Hospital: &look, Text: m.Name, Note: face.JoinDots(m.Title, m.Specialty), End: q.Text(outreach.PartName(m.Part))}
		if unprivileged(q, v.Visit, m.Member) {
			item.Chips = []ui.ChipView{{Text: q.P("visits.noprivilege", nil), Sort: ui.Warn}}
		}
		v.Team = append(v.Team, item)
	}
	visitGrants(q, v)
	visitSessions(q, v)
	visitTimeline(q, v)
	visitActions(q, v)
	return nil
}

// unprivileged tells whether a guest is named as one who operates and no privilege lets them: neither now nor later in the visit.
func unprivileged(q *face.Request, v *outreach.Visit, m outreach.Member) bool {
	if m.Part != "operate" && m.Part != "lead" || len(v.Asked()) == 0 || v.State != outreach.Agreed {
		return false
	}
	return !slices.ContainsFunc(v.Grants, func(g outreach.Grant) bool {
		return g.Says.Person == m.Person && g.Says.Part == people.Operate && !g.Void && g.Until.After(q.Now())
	})
}

func visitHead(q *face.Request, v *visitView) {
	other := v.names.look(q.Other(v.Host, v.Guest))
	v.Head = ui.HeadView{Title: q.P("visits.unnamed", nil), Hospital: &other, Back: ui.Link{Label: q.P("visits.title", nil), URL: "/visits"},
		Chips: []ui.ChipView{visitChip(q, v.State, v.From(), v.Until())}}
	if v.Proposal != nil {
		v.Head.Title = v.Proposal.Says.Skill
	}
	way := q.P("visits.tothem", map[string]any{"hospital": other.Name})
	if v.Host == q.Desk.ID {
		way = q.P("visits.tous", map[string]any{"hospital": other.Name})
	}
	v.Head.Sub = face.JoinDots(way, q.Days(v.From(), v.Until()))
	v.Head.Actions = ui.Button(ui.ButtonView{Label: q.P("visits.ics", nil), URL: "/visits/" + v.Thread.String() + "/calendar.ics", Icon: "calendar", Quiet: true})
}

func visitNext(q *face.Request, v *visitView) {
	steps := v.Visit.Next()
	if len(steps) == 0 {
		return
	}
	step, own := ownStep(q, steps)
	if !own {
		step = steps[0]
	}
	n := ui.NextView{Title: q.Text(step.What), Meta: face.JoinDots(v.names[step.Hospital].Name, q.RoleName(step.Roles[0]), byText(q, step.By)), Late: step.Overdue(q.Now())}
	if own && v.mayArrange && maySayKind(q, step.Kind) {
		n.Do = ui.Button(ui.ButtonView{Label: q.P("visits.kind."+shortKind(step.Kind), nil), URL: visitStepURL(v.Thread, step.Kind), Wide: true})
	} else if !own {
		n.Why = q.P("visits.waiting", map[string]any{"hospital": v.names[step.Hospital].Name})
	}
	v.Next = &n
}

func byText(q *face.Request, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return q.P("visits.by", map[string]any{"day": lang.ShortDate(q.Lang, t.In(q.Now().Location()), q.Now())})
}

// maySayKind tells whether one of the person's roles may say entries of a kind; the door decides when it is said.
func maySayKind(q *face.Request, kind string) bool {
	k, ok := q.Desk.Book.Kinds.Get(kind)
	if !ok {
		return false
	}
	for _, r := range k.Roles {
		if q.Is(people.Role(r)) {
			return true
		}
	}
	return k.Roles == nil
}

func visitFacts(q *face.Request, v *visitView) {
	if v.Proposal == nil {
		return
	}
	p := v.Proposal.Says
	add := func(key, value string) {
		if value != "" {
			v.Facts = append(v.Facts, ui.Fact{Label: q.P("visits.fact."+key, nil), Value: value})
		}
	}
	add("purpose", p.Purpose)
	add("place", p.Place)
	var procedures []string
	for _, code := range p.Procedures {
		procedures = append(procedures, q.ProcedureName(code))
	}
	add("procedures", lang.List(q.Lang, procedures))
	add("fee", p.Fee)
	add("emergency", p.Emergency)
	for _, b := range v.Proposal.Blobs {
		if b.Hash == p.Letter {
			v.Facts = append(v.Facts, ui.Fact{Label: q.P("visits.fact.letter", nil), Content: fileLink("/visits/"+v.Thread.String()+"/files/"+b.Hash.String(), b.Label)})
		}
	}
	if v.Accepted != nil && v.Accepted.Says.Approval != nil {
		a := v.Accepted.Says.Approval
		add("approval", face.JoinDots(a.Office, a.Number, lang.PartialDate(q.Lang, a.Date)))
	}
	if v.Declined != nil {
		add("declined", v.Declined.Says.Reason)
	}
	if v.State == outreach.Agreed || v.State == outreach.Done {
		add("report", reportText(q, v))
	}
}

func reportText(q *face.Request, v *visitView) string {
	r := v.ReportOf(v.Guest)
	if r == nil {
		return q.P("visits.reportdue", map[string]any{"day": lang.ShortDate(q.Lang, v.ReportDue().Add(-time.Second), q.Now())})
	}
	return q.P("visits.reported", map[string]any{"seen": int(r.Says.Seen), "operated": int(r.Says.Operated), "taught": int(r.Says.Taught)})
}

func visitGrants(q *face.Request, v *visitView) {
	v.Grants = ui.TableView{Caption: q.P("visits.grants", nil), Columns: []ui.Column{{Label: q.P("visits.grant.who", nil)}, {Label: q.P("visits.grant.what", nil)},
		{Label: q.P("visits.grant.part", nil)}, {Label: q.P("visits.grant.until", nil)}, {Label: q.P("visits.grant.state", nil)}}}
	for _, g := range v.Visit.Grants {
		state := ui.ChipView{Text: q.P("visits.grant.over", nil), Sort: ui.Line}
		switch {
		case g.Void:
			state = ui.ChipView{Text: q.P("visits.grant.void", nil), Sort: ui.Bad, Icon: "x"}
		case g.HoldsAt(q.Now()):
			state = ui.ChipView{Text: q.P("visits.grant.holds", nil), Sort: ui.Good, Icon: "check"}
		case q.Now().Before(g.From):
			state = ui.ChipView{Text: q.P("visits.grant.begins", map[string]any{"day": q.Day(g.From)}), Sort: ui.Info, Icon: "clock"}
		case len(g.Ended) > 0:
			state = ui.ChipView{Text: q.P("visits.grant.revoked", nil), Sort: ui.Warn, Icon: "x"}
		}
		cell := ui.Cell{Chips: []ui.ChipView{state}}
		if !g.Void && q.Now().Before(g.Until) && v.mayArrange && maySayKind(q, outreach.KindRevoked) {
			cell.Content = revokeLink("/visits/"+v.Thread.String()+"/say/privilege-revoked?ref="+g.Hash.String(), q.P("visits.grant.revoke", nil))
		}
		v.Grants.Rows = append(v.Grants.Rows, ui.TableRow{Cells: []ui.Cell{{Text: g.Says.Name}, {Text: q.ProcedureName(g.Says.Procedure), Note: q.P("visits.grant.level", map[string]any{"level": strconv.FormatInt(g.Says.Level, 10)})},
			{Text: q.Text(g.Says.Part.Name())}, {Text: q.Moment(g.Until)}, cell}})
	}
}

func visitSessions(q *face.Request, v *visitView) {
	byDay, days := map[string][]calendarItem{}, map[string]time.Time{}
	for _, s := range v.Visit.Sessions {
		at, clock := sessionTime(s.Says.Date)
		look, key := v.names.look(s.By.Hospital), at.Format(time.DateOnly)
		days[key] = at
		count := ""
		if s.Says.Count > 0 {
			count = q.P("visits.count", map[string]any{"count": int(s.Says.Count)})
		}
		byDay[key] = append(byDay[key], calendarItem{Clock: clock, Title: face.Joined(": ", q.Text(outreach.WhatName(s.Says.What)), s.Says.Title),
			Note: face.JoinDots(s.Says.Place, count, s.Says.Note), Hospital: &look})
	}
	v.Days = calendarDays(q, days, byDay)
}

func visitTimeline(q *face.Request, v *visitView) {
	lanes := []ledger.HospitalID{v.Host, v.Guest}
	v.Timeline.Lanes = []ui.Hospital{v.names.look(v.Host), v.names.look(v.Guest)}
	for _, l := range slices.Backward(v.Visit.Timeline) {
		e := ui.TimelineEntry{ID: "e-" + l.Hash.Short(), Lane: -1, Date: lang.ShortDate(q.Lang, l.Written, q.Now()), Clock: lang.Clock(q.Lang, l.Written), When: l.Written.Format(time.RFC3339),
			Title: q.Text(l.Title), By: face.JoinDots(q.Person(l.By.Name), q.RoleName(l.By.Role), v.names[l.By.Hospital].Name), Struck: l.Retracted, Quiet: strings.HasPrefix(l.Kind, "thread.")}
		for k, h := range lanes {
			if h == l.By.Hospital {
				e.Lane = k
			}
		}
		var said []string
		for _, t := range l.Lines {
			said = append(said, readable(q, v, q.Text(t)))
		}
		e.Said = strings.Join(said, "\n")
		for _, m := range l.Marks {
			e.Marks = append(e.Marks, q.Text(m.Text))
		}
		v.Timeline.Entries = append(v.Timeline.Entries, e)
	}
}

// storedDate is a date as entries hold it.
var storedDate = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?`)

// readable writes the dates and the codes of procedures in an entry's words as people read them.
func readable(q *face.Request, v *visitView, text string) string {
	text = storedDate.ReplaceAllStringFunc(text, func(d string) string { return lang.PartialDate(q.Lang, d) })
	for _, g := range v.Visit.Grants {
		text = strings.ReplaceAll(text, g.Says.Procedure, q.ProcedureName(g.Says.Procedure))
	}
	return text
}

// visitActions are what else may be said now.
func visitActions(q *face.Request, v *visitView) {
	if !v.mayArrange {
		return
	}
	for _, o := range formOf(q, v.Visit).Offers() {
		v.Actions = append(v.Actions, ui.ButtonView{Label: q.Text(o.Name()), URL: visitStepURL(v.Thread, o.Kind.Name), Quiet: true})
	}
}

func shortKind(kind string) string { return strings.TrimPrefix(kind, "visit.") }
