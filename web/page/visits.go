package page

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

func (s *Server) visitRoutes() {
	s.handle("GET /visits", (*request).visitsPage)
	s.handle("GET /visits/new", (*request).newVisitPage)
	s.handle("POST /visits/new", (*request).proposeVisit)
	s.handle("GET /visits/{id}", (*request).visitPage)
	s.handle("GET /visits/{id}/calendar.ics", (*request).visitCalendar)
	s.handle("GET /visits/{id}/files/{hash}", (*request).visitFile)
	s.handle("GET /visits/{id}/say/{kind}", (*request).visitFormPage)
	s.handle("POST /visits/{id}/say/{kind}", (*request).sayInVisit)
}

// visitsView is the calendar and what waits.
type visitsView struct {
	Days  []ui.CalendarDay
	Open  []ui.ListItem
	Past  []ui.ListItem
	Do    templ.Component
	Empty bool
}

// The calendar begins some days back, so that a visit under way is on it, and ends where plans do.
const (
	calendarBack  = 7 * 24 * time.Hour
	calendarAhead = 90 * 24 * time.Hour
)

// Visits that are still to come or going on, those that are over, and how many of these are shown.
var (
	openStates = []outreach.State{outreach.Asked, outreach.Agreed, outreach.Empty}
	pastStates = []outreach.State{outreach.Done, outreach.Cancelled, outreach.TurnedDown}
)

const pastShown = 50

// visitNames are hospitals under the names that the reader reads.
type visitNames map[ledger.HospitalID]ui.Hospital

func (n visitNames) look(id ledger.HospitalID) ui.Hospital { return n[id] }

func (q *request) namesOf(ctx context.Context, tx ledger.Tx, ids ...ledger.HospitalID) visitNames {
	n := visitNames{}
	for _, id := range ids {
		n[id] = q.hospitalLook(ctx, tx, id)
	}
	return n
}

func (q *request) visitsPage() error {
	if err := access.Need(q.caller.Who, access.List, access.What{Kind: "visit"}); err != nil {
		return err
	}
	var v visitsView
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := outreach.List(ctx, tx, outreach.Filter{States: openStates})
		if err != nil {
			return err
		}
		past, err := outreach.List(ctx, tx, outreach.Filter{States: pastStates, Limit: pastShown})
		if err != nil {
			return err
		}
		if v.Days, err = q.calendar(ctx, tx, slices.Concat(past, list)); err != nil {
			return err
		}
		for _, r := range list {
			v.Open = append(v.Open, q.visitItem(ctx, tx, r))
		}
		for _, r := range slices.Backward(past) {
			v.Past = append(v.Past, q.visitItem(ctx, tx, r))
		}
		v.Empty = len(list)+len(past) == 0
		return nil
	})
	if err != nil {
		return err
	}
	if q.opens("visit") {
		v.Do = ui.Button(ui.ButtonView{Label: q.p("visits.new", nil), URL: "/visits/new", Icon: "plus"})
	}
	return q.show(q.data(q.p("visits.title", nil), "visits"), visitsContent(q, v))
}

// other is the hospital on the other side of a visit.
func (q *request) other(host, guest ledger.HospitalID) ledger.HospitalID {
	if host == q.s.ID {
		return guest
	}
	return host
}

func (q *request) visitItem(ctx context.Context, tx ledger.Tx, r outreach.Row) ui.ListItem {
	other := q.other(r.Host, r.Guest)
	look := q.hospitalLook(ctx, tx, other)
	item := ui.ListItem{Hospital: &look, Text: r.Skill, URL: "/visits/" + r.Thread.String(), Chips: []ui.ChipView{q.visitChip(r.State, r.From, r.Until)}}
	if item.Text == "" {
		item.Text = q.p("visits.unnamed", nil)
	}
	if r.Host == q.s.ID {
		item.Note = q.p("visits.tous", map[string]any{"hospital": look.Name})
	} else {
		item.Note = q.p("visits.tothem", map[string]any{"hospital": look.Name})
	}
	item.Note = joined(" · ", item.Note, q.days(r.From, r.Until))
	if step, ok := q.ownStep(r.Next); ok && (r.State == outreach.Asked || r.State == outreach.Agreed || r.State == outreach.Empty) {
		item.End, item.Late = q.text(step.What), step.Overdue(q.now())
	}
	return item
}

func (q *request) visitChip(s outreach.State, from, until time.Time) ui.ChipView {
	now := q.now()
	if s == outreach.Agreed && !now.Before(from) && now.Before(until) {
		return ui.ChipView{Text: q.p("visits.underway", nil), Sort: ui.Info, Icon: "pulse"}
	}
	sorts := map[outreach.State]ui.Sort{outreach.Asked: ui.Warn, outreach.Agreed: ui.Good, outreach.TurnedDown: ui.Bad, outreach.Done: ui.Plain, outreach.Cancelled: ui.Line}
	return ui.ChipView{Text: q.text(s.Name()), Sort: sorts[s]}
}

// days writes from when to when, both days counted.
func (q *request) days(from, until time.Time) string {
	if from.IsZero() {
		return ""
	}
	zone := q.now().Location()
	first, last := lang.ShortDate(q.lang, from.In(zone), q.now()), lang.ShortDate(q.lang, until.Add(-time.Second).In(zone), q.now())
	if first == last {
		return first
	}
	return first + " – " + last
}

// ownStep is the first step that waits for this hospital.
func (q *request) ownStep(steps []outreach.Step) (outreach.Step, bool) {
	for _, s := range steps {
		if s.Hospital == q.s.ID {
			return s, true
		}
	}
	return outreach.Step{}, false
}

func (q *request) calendar(ctx context.Context, tx ledger.Tx, list []outreach.Row) ([]ui.CalendarDay, error) {
	from, until := q.now().Add(-calendarBack), q.now().Add(calendarAhead)
	byDay := map[string][]ui.CalendarItem{}
	days := map[string]time.Time{}
	add := func(at time.Time, item ui.CalendarItem) {
		if at.Before(from) || at.After(until) {
			return
		}
		key := at.Format(time.DateOnly)
		days[key] = at
		byDay[key] = append(byDay[key], item)
	}
	skill := map[ledger.ThreadID]outreach.Row{}
	for _, r := range list {
		skill[r.Thread] = r
		if r.State != outreach.Agreed && r.State != outreach.Asked {
			continue
		}
		other := q.other(r.Host, r.Guest)
		look := q.hospitalLook(ctx, tx, other)
		begins := r.From.In(from.Location())
		if begins.Before(from) && r.Until.After(from) {
			begins = from
		}
		add(begins, ui.CalendarItem{Title: r.Skill, URL: "/visits/" + r.Thread.String(), Note: joined(" · ", look.Name, q.days(r.From, r.Until)), Hospital: &look,
			Chips: []ui.ChipView{q.visitChip(r.State, r.From, r.Until)}})
	}
	sessions, err := outreach.Sessions(ctx, tx, from, until)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		at, clock := sessionTime(s.Date)
		r := skill[s.Thread]
		add(at, ui.CalendarItem{Clock: clock, Title: joined(": ", q.text(outreach.WhatName(s.What)), s.Title), URL: "/visits/" + s.Thread.String(), Note: joined(" · ", s.Place, r.Skill)})
	}
	return q.calendarDays(days, byDay), nil
}

func (q *request) calendarDays(days map[string]time.Time, byDay map[string][]ui.CalendarItem) (list []ui.CalendarDay) {
	today := q.now().Format(time.DateOnly)
	for _, key := range slices.Sorted(maps.Keys(days)) {
		list = append(list, ui.CalendarDay{Date: lang.ShortDate(q.lang, days[key], q.now()), Weekday: lang.Weekday(q.lang, days[key]), Today: key == today, Items: byDay[key]})
	}
	return list
}

// sessionTime reads a date with or without a clock.
func sessionTime(s string) (at time.Time, clock string) {
	for _, layout := range []string{"2006-01-02T15:04Z07:00", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, t.Format("15:04")
		}
	}
	at, _ = time.Parse(time.DateOnly, s)
	return at, ""
}

// visitWork adds the visits that wait for this person to Today.
func (q *request) visitWork(ctx context.Context, tx ledger.Tx, v *todayView) error {
	if !q.lists("visit") {
		return nil
	}
	list, err := outreach.List(ctx, tx, outreach.Filter{States: openStates})
	if err != nil {
		return err
	}
	for _, r := range list {
		step, ok := q.ownStep(r.Next)
		if !ok || !q.stepIsMine(step) {
			if r.State == outreach.Agreed && r.From.Before(q.now().Add(soon)) && r.Until.After(q.now()) {
				v.Visits = append(v.Visits, q.visitItem(ctx, tx, r))
			}
			continue
		}
		item := q.visitItem(ctx, tx, r)
		item.Note, item.Text = joined(" · ", item.Text, item.Note), q.text(step.What)
		item.End, item.Late = q.day(step.By), step.Overdue(q.now())
		if item.Late {
			v.Overdue++
		}
		item.Act = ui.Button(ui.ButtonView{Label: q.p("visits.go", nil), URL: visitStepURL(r.Thread, step.Action), Quiet: true})
		v.Visits = append(v.Visits, item)
	}
	return nil
}

// stepIsMine: a coordinator and a head of department do what any role at their hospital left undone.
func (q *request) stepIsMine(s outreach.Step) bool {
	return q.is(s.Role) || q.is(people.Coordinator) || q.is(people.HeadOfDepartment)
}

func visitStepURL(t ledger.ThreadID, kind string) string {
	return "/visits/" + t.String() + "/say/" + shortKind(kind)
}

// openedVisit reads the visit of the address, through the door.
func (q *request) openedVisit() (*outreach.Visit, error) {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return nil, errors.Join(desk.ErrNotHere, err)
	}
	l, err := q.s.Door.Read(q.Context(), q.caller.Who, id)
	if err != nil {
		return nil, err
	}
	if l.Kind != "visit" {
		return nil, desk.ErrNotHere
	}
	v := outreach.Fold(l)
	return &v, nil
}

func (q *request) visitCalendar() error {
	v, err := q.openedVisit()
	if err != nil {
		return err
	}
	q.w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	q.w.Header().Set("Content-Disposition", `attachment; filename="visit.ics"`)
	_, err = q.w.Write([]byte(v.Calendar(q.lang, q.now())))
	return err
}

func (q *request) visitFile() error {
	v, err := q.openedVisit()
	if err != nil {
		return err
	}
	hash, err := ledger.ParseHash(q.PathValue("hash"))
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	for _, line := range v.Timeline() {
		if slices.ContainsFunc(line.Blobs, func(b ledger.BlobRef) bool { return b.Hash == hash }) {
			return face.ServeFile(q.s.Desk, q.w, q.Request, q.caller, hash)
		}
	}
	return desk.ErrNotHere
}

// caseTitle is the name of a case where the reader may see it, and its number otherwise.
func (q *request) caseTitle(ctx context.Context, tx ledger.Tx, t ledger.ThreadID) (title, url string) {
	ok, err := q.s.MaySee(ctx, tx, q.caller, t)
	if err != nil || !ok {
		return q.p("visits.case", map[string]any{"number": t.String()[:8]}), ""
	}
	row, here, err := casebook.Get(ctx, tx, t)
	if err != nil || !here {
		return q.p("visits.case", map[string]any{"number": t.String()[:8]}), ""
	}
	return row.Title, "/cases/" + t.String()
}
