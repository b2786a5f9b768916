package page

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
	Days       []ui.CalendarDay
	Timeline   ui.TimelineView
	Actions    []ui.ButtonView
	names      visitNames
	relations  []string
	mayArrange bool // for this hospital
}

func (q *request) visitPage() error {
	visit, err := q.openedVisit()
	if err != nil {
		return err
	}
	v := &visitView{Visit: visit}
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error { return q.fillVisit(ctx, tx, v) })
	if err != nil {
		return err
	}
	d := q.data(v.Head.Title, "visits")
	if key := "visits.done." + q.FormValue("done"); lang.Has(key) {
		d.Notices = append(d.Notices, ui.Notice{Sort: ui.Good, Text: q.p(key, nil)})
	}
	return q.show(d, visitContent(q, v))
}

func (q *request) fillVisit(ctx context.Context, tx ledger.Tx, v *visitView) (err error) {
	v.names = q.namesOf(ctx, tx, v.Host, v.Guest, q.s.ID)
	if v.relations, err = q.s.RelationsTo(ctx, tx, q.caller, "visit", v.Thread); err != nil {
		return err
	}
	if slices.ContainsFunc(v.Visit.Timeline(), func(l outreach.Line) bool { return l.Hospital == q.s.ID && l.Person == q.caller.Person }) {
		v.relations = append(v.relations, "author")
	}
	v.mayArrange = access.May(q.caller.Who, access.Say, access.What{Kind: "visit", Thread: v.Thread, Relations: v.relations}).Allowed
	q.visitHead(v)
	q.visitNext(v)
	q.visitFacts(v)
	for _, c := range v.Visit.Cases() {
		title, url := q.caseTitle(ctx, tx, c)
		v.Cases = append(v.Cases, ui.ListItem{Icon: "document", Text: title, URL: url})
	}
	for _, m := range v.Visit.Team {
		look := v.names.look(m.Hospital)
		v.Team = append(v.Team, ui.ListItem{Hospital: &look, Text: m.Name, Note: joined(" · ", m.Title, m.Specialty), End: q.text(outreach.PartName(m.Part))})
	}
	q.visitGrants(v)
	q.visitSessions(v)
	q.visitTimeline(v)
	q.visitActions(v)
	return nil
}

func (q *request) visitHead(v *visitView) {
	other := v.names.look(q.other(v.Host, v.Guest))
	v.Head = ui.HeadView{Title: q.p("visits.unnamed", nil), Hospital: &other, Back: ui.Link{Label: q.p("visits.title", nil), URL: "/visits"},
		Chips: []ui.ChipView{q.visitChip(v.State, v.From(), v.Until())}}
	if v.Proposal != nil {
		v.Head.Title = v.Proposal.Says.Skill
	}
	way := q.p("visits.tothem", map[string]any{"hospital": other.Name})
	if v.Host == q.s.ID {
		way = q.p("visits.tous", map[string]any{"hospital": other.Name})
	}
	v.Head.Sub = joined(" · ", way, q.days(v.From(), v.Until()))
	v.Head.Actions = ui.Button(ui.ButtonView{Label: q.p("visits.ics", nil), URL: "/visits/" + v.Thread.String() + "/calendar.ics", Icon: "calendar", Quiet: true})
}

func (q *request) visitNext(v *visitView) {
	steps := v.Visit.Next()
	if len(steps) == 0 {
		return
	}
	step, own := q.ownStep(steps)
	if !own {
		step = steps[0]
	}
	n := ui.NextView{Title: q.text(step.What), Meta: joined(" · ", v.names[step.Hospital].Name, q.text(step.Role.Name()), q.byText(step.By)), Late: step.Overdue(q.now())}
	if own && v.mayArrange && q.maySayKind(step.Action) {
		n.Do = ui.Button(ui.ButtonView{Label: q.p("visits.say."+shortKind(step.Action), nil), URL: visitStepURL(v.Thread, step.Action), Wide: true})
	} else if !own {
		n.Why = q.p("visits.waiting", map[string]any{"hospital": v.names[step.Hospital].Name})
	}
	v.Next = &n
}

func (q *request) byText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return q.p("visits.by", map[string]any{"day": lang.ShortDate(q.lang, t.In(q.now().Location()), q.now())})
}

// maySayKind tells whether one of the person's roles may say entries of a kind; the door decides when it is said.
func (q *request) maySayKind(kind string) bool {
	k, ok := q.s.Book.Kinds.Get(kind)
	if !ok {
		return false
	}
	for _, r := range k.Roles {
		if q.is(people.Role(r)) {
			return true
		}
	}
	return k.Roles == nil
}

func (q *request) visitFacts(v *visitView) {
	if v.Proposal == nil {
		return
	}
	p := v.Proposal.Says
	add := func(key, value string) {
		if value != "" {
			v.Facts = append(v.Facts, ui.Fact{Label: q.p("visits.fact."+key, nil), Value: value})
		}
	}
	add("purpose", p.Purpose)
	add("place", p.Place)
	var procedures []string
	for _, code := range p.Procedures {
		procedures = append(procedures, q.procedureName(code))
	}
	add("procedures", lang.List(q.lang, procedures))
	add("fee", p.Fee)
	add("emergency", p.Emergency)
	for _, b := range v.Proposal.Blobs {
		if b.Hash == p.Letter {
			v.Facts = append(v.Facts, ui.Fact{Label: q.p("visits.fact.letter", nil), Content: fileLink("/visits/"+v.Thread.String()+"/files/"+b.Hash.String(), b.Label)})
		}
	}
	if v.Accepted != nil && v.Accepted.Says.Approval != nil {
		a := v.Accepted.Says.Approval
		add("approval", joined(" · ", a.Office, a.Number, lang.PartialDate(q.lang, a.Date)))
	}
	if v.Declined != nil {
		add("declined", v.Declined.Says.Reason)
	}
	if v.State == outreach.Agreed || v.State == outreach.Done {
		add("report", q.reportText(v))
	}
}

func (q *request) reportText(v *visitView) string {
	r := v.ReportOf(v.Guest)
	if r == nil {
		return q.p("visits.reportdue", map[string]any{"day": lang.ShortDate(q.lang, v.ReportDue().Add(-time.Second), q.now())})
	}
	return q.p("visits.reported", map[string]any{"seen": int(r.Says.Seen), "operated": int(r.Says.Operated), "taught": int(r.Says.Taught)})
}

// procedureName is the name of a procedure as some pack here calls it.
func (q *request) procedureName(id string) string {
	for _, p := range q.s.AllPacks() {
		for _, o := range p.Procedures {
			if o.ID == id {
				return q.pt(o.Name)
			}
		}
	}
	return id
}

func (q *request) visitGrants(v *visitView) {
	v.Grants = ui.TableView{Caption: q.p("visits.grants", nil), Columns: []ui.Column{{Label: q.p("visits.grant.who", nil)}, {Label: q.p("visits.grant.what", nil)},
		{Label: q.p("visits.grant.part", nil)}, {Label: q.p("visits.grant.until", nil)}, {Label: q.p("visits.grant.state", nil)}}}
	for _, g := range v.Visit.Grants {
		state := ui.ChipView{Text: q.p("visits.grant.over", nil), Sort: ui.Line}
		switch {
		case g.Void:
			state = ui.ChipView{Text: q.p("visits.grant.void", nil), Sort: ui.Bad, Icon: "x"}
		case g.HoldsAt(q.now()):
			state = ui.ChipView{Text: q.p("visits.grant.holds", nil), Sort: ui.Good, Icon: "check"}
		case q.now().Before(g.From):
			state = ui.ChipView{Text: q.p("visits.grant.begins", map[string]any{"day": q.day(g.From)}), Sort: ui.Info, Icon: "clock"}
		case len(g.Ended) > 0:
			state = ui.ChipView{Text: q.p("visits.grant.revoked", nil), Sort: ui.Warn, Icon: "x"}
		}
		cell := ui.Cell{Chips: []ui.ChipView{state}}
		if !g.Void && q.now().Before(g.Until) && v.mayArrange && q.maySayKind(outreach.KindRevoked) {
			cell.Content = revokeLink("/visits/"+v.Thread.String()+"/say/privilege-revoked?ref="+g.Entry.String(), q.p("visits.grant.revoke", nil))
		}
		v.Grants.Rows = append(v.Grants.Rows, ui.TableRow{Cells: []ui.Cell{{Text: g.Says.Name}, {Text: q.procedureName(g.Says.Procedure), Note: q.p("visits.grant.level", map[string]any{"level": strconv.FormatInt(g.Says.Level, 10)})},
			{Text: q.text(g.Says.Part.Name())}, {Text: q.moment(g.Until)}, cell}})
	}
}

func (q *request) visitSessions(v *visitView) {
	byDay, days := map[string][]ui.CalendarItem{}, map[string]time.Time{}
	for _, s := range v.Visit.Sessions {
		at, clock := sessionTime(s.Says.Date)
		look, key := v.names.look(s.Hospital), at.Format(time.DateOnly)
		days[key] = at
		count := ""
		if s.Says.Count > 0 {
			count = q.p("visits.count", map[string]any{"count": int(s.Says.Count)})
		}
		byDay[key] = append(byDay[key], ui.CalendarItem{Clock: clock, Title: joined(": ", q.text(outreach.WhatName(s.Says.What)), s.Says.Title),
			Note: joined(" · ", s.Says.Place, count, s.Says.Note), Hospital: &look})
	}
	v.Days = q.calendarDays(days, byDay)
}

func (q *request) visitTimeline(v *visitView) {
	lanes := []ledger.HospitalID{v.Host, v.Guest}
	v.Timeline.Lanes = []ui.Hospital{v.names.look(v.Host), v.names.look(v.Guest)}
	lines := v.Visit.Timeline()
	for i := len(lines) - 1; i >= 0; i-- {
		l := lines[i]
		e := ui.TimelineEntry{ID: "e-" + l.Entry.Short(), Lane: -1, Date: lang.ShortDate(q.lang, l.Written, q.now()), Clock: lang.Clock(q.lang, l.Written), When: l.Written.Format(time.RFC3339),
			Title: q.text(l.Title), By: joined(" · ", q.person(l.Author.Name), q.roleName(l.Author.Role), v.names[l.Hospital].Name), Struck: l.Retracted, Quiet: strings.HasPrefix(l.Kind, "thread.")}
		for k, h := range lanes {
			if h == l.Hospital {
				e.Lane = k
			}
		}
		var said []string
		for _, t := range l.Lines {
			said = append(said, q.readable(v, q.text(t)))
		}
		e.Said = strings.Join(said, "\n")
		for _, m := range l.Marks {
			e.Marks = append(e.Marks, q.text(m.Text))
		}
		v.Timeline.Entries = append(v.Timeline.Entries, e)
	}
}

// storedDate is a date as entries hold it.
var storedDate = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?`)

// readable writes the dates and the codes of procedures in an entry's words as people read them.
func (q *request) readable(v *visitView, text string) string {
	text = storedDate.ReplaceAllStringFunc(text, func(d string) string { return lang.PartialDate(q.lang, d) })
	for _, g := range v.Visit.Grants {
		text = strings.ReplaceAll(text, g.Says.Procedure, q.procedureName(g.Says.Procedure))
	}
	return text
}

// visitActions are what else may be said now.
func (q *request) visitActions(v *visitView) {
	if !v.mayArrange {
		return
	}
	host, guest := v.Host == q.s.ID, v.Guest == q.s.ID
	agreed := v.State == outreach.Agreed
	for _, a := range []struct {
		kind string
		show bool
	}{
		{outreach.KindAccepted, guest && v.State == outreach.Asked}, {outreach.KindDeclined, guest && (v.State == outreach.Asked || agreed)},
		{outreach.KindTeam, agreed && (host || guest)}, {outreach.KindPrivilege, agreed && host}, {outreach.KindSession, agreed && (host || guest)},
		{outreach.KindReport, (agreed || v.State == outreach.Done) && (host || guest)},
		{outreach.KindProposed, host && (v.State == outreach.Asked || agreed || v.State == outreach.Empty || v.State == outreach.TurnedDown)},
		{outreach.KindClosed, host && v.Closing == nil && v.State != outreach.Empty},
	} {
		if a.show && q.maySayKind(a.kind) {
			v.Actions = append(v.Actions, ui.ButtonView{Label: q.p("visits.say."+shortKind(a.kind), nil), URL: visitStepURL(v.Thread, a.kind), Quiet: true})
		}
	}
}

func shortKind(kind string) string { return strings.TrimPrefix(kind, "visit.") }
