package visits

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
	"consilium/record"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/ui"
)

// visitsView is the calendar and what waits.
type visitsView struct {
	Days  []calendarDay
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

func namesOf(q *face.Request, ctx context.Context, tx ledger.Tx, ids ...ledger.HospitalID) visitNames {
	n := visitNames{}
	for _, id := range ids {
		n[id] = q.HospitalLook(ctx, tx, id)
	}
	return n
}

func visitsPage(q *face.Request) error {
	if err := access.Need(q.Caller.Who, access.List, access.What{Of: outreach.Governance}); err != nil {
		return err
	}
	var v visitsView
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := outreach.List(ctx, tx, outreach.Filter{States: openStates})
		if err != nil {
			return err
		}
		past, err := outreach.List(ctx, tx, outreach.Filter{States: pastStates, Limit: pastShown})
		if err != nil {
			return err
		}
		if v.Days, err = calendar(q, ctx, tx, slices.Concat(past, list)); err != nil {
			return err
		}
		for _, r := range list {
			v.Open = append(v.Open, visitItem(q, ctx, tx, r))
		}
		for _, r := range slices.Backward(past) {
			v.Past = append(v.Past, visitItem(q, ctx, tx, r))
		}
		v.Empty = len(list)+len(past) == 0
		return nil
	})
	if err != nil {
		return err
	}
	if q.Opens(outreach.Thread) {
		v.Do = ui.Button(ui.ButtonView{Label: q.P("visits.new", nil), URL: "/visits/new", Icon: "plus"})
	}
	return q.Show(q.Data(q.P("visits.title", nil), "visits"), visitsContent(q, v))
}

func visitItem(q *face.Request, ctx context.Context, tx ledger.Tx, r outreach.Row) ui.ListItem {
	other := q.Other(r.Host, r.Guest)
	look := q.HospitalLook(ctx, tx, other)
	item := ui.ListItem{Hospital: &look, Text: r.Skill, URL: "/visits/" + r.Thread.String(), Chips: []ui.ChipView{visitChip(q, r.State, r.From, r.Until)}}
	if item.Text == "" {
		item.Text = q.P("visits.unnamed", nil)
	}
	if r.Host == q.Desk.ID {
		item.Note = q.P("visits.tous", map[string]any{"hospital": look.Name})
	} else {
		item.Note = q.P("visits.tothem", map[string]any{"hospital": look.Name})
	}
	item.Note = face.JoinDots(item.Note, q.Days(r.From, r.Until))
	if step, ok := ownStep(q, r.Next); ok && (r.State == outreach.Asked || r.State == outreach.Agreed || r.State == outreach.Empty) {
		item.End, item.Late = q.Text(step.What), step.Overdue(q.Now())
	}
	return item
}

func visitChip(q *face.Request, s outreach.State, from, until time.Time) ui.ChipView {
	now := q.Now()
	if s == outreach.Agreed && !now.Before(from) && now.Before(until) {
		return ui.ChipView{Text: q.P("visits.underway", nil), Sort: ui.Info, Icon: "pulse"}
	}
	sorts := map[outreach.State]ui.Sort{outreach.Asked: ui.Warn, outreach.Agreed: ui.Good, outreach.TurnedDown: ui.Bad, outreach.Done: ui.Plain, outreach.Cancelled: ui.Line}
	return ui.ChipView{Text: q.Text(s.Name()), Sort: sorts[s]}
}

// ownStep is the first step that waits for this hospital.
func ownStep(q *face.Request, steps []record.Task) (record.Task, bool) {
	for _, s := range steps {
		if s.Hospital == q.Desk.ID {
			return s, true
		}
	}
	return record.Task{}, false
}

func calendar(q *face.Request, ctx context.Context, tx ledger.Tx, list []outreach.Row) ([]calendarDay, error) {
	from, until := q.Now().Add(-calendarBack), q.Now().Add(calendarAhead)
	byDay := map[string][]calendarItem{}
	days := map[string]time.Time{}
	add := func(at time.Time, item calendarItem) {
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
		other := q.Other(r.Host, r.Guest)
		look := q.HospitalLook(ctx, tx, other)
		begins := r.From.In(from.Location())
		if begins.Before(from) && r.Until.After(from) {
			begins = from
		}
		add(begins, calendarItem{Title: r.Skill, URL: "/visits/" + r.Thread.String(), Note: face.JoinDots(look.Name, q.Days(r.From, r.Until)), Hospital: &look,
			Chips: []ui.ChipView{visitChip(q, r.State, r.From, r.Until)}})
	}
	sessions, err := outreach.Sessions(ctx, tx, from, until)
	if err != nil {
		return nil, err
	}
	for _, s := range sessions {
		at, clock := sessionTime(s.Date)
		r := skill[s.Thread]
		add(at, calendarItem{Clock: clock, Title: face.Joined(": ", q.Text(outreach.WhatName(s.What)), s.Title), URL: "/visits/" + s.Thread.String(), Note: face.JoinDots(s.Place, r.Skill)})
	}
	return calendarDays(q, days, byDay), nil
}

func calendarDays(q *face.Request, days map[string]time.Time, byDay map[string][]calendarItem) (list []calendarDay) {
	today := q.Now().Format(time.DateOnly)
	for _, key := range slices.Sorted(maps.Keys(days)) {
		list = append(list, calendarDay{Date: lang.ShortDate(q.Lang, days[key], q.Now()), Weekday: lang.Weekday(q.Lang, days[key]), Today: key == today, Items: byDay[key]})
	}
	return list
}

// sessionTime reads a date with or without a clock.
func sessionTime(s string) (at time.Time, clock string) {
	if t, err := terms.ParseMoment(s); err == nil {
		return t, t.Format("15:04")
	}
	at, _ = terms.ParseDay(s, time.UTC)
	return at, ""
}

// visitWork adds the visits that wait for this person to Today.
func visitWork(q *face.Request, w *face.TodayWork) error {
	if !q.ListsCases() || !q.Lists(outreach.Thread) {
		return nil
	}
	var items []ui.ListItem
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := outreach.List(ctx, tx, outreach.Filter{States: openStates})
		for _, r := range list {
			if item, waits := waitingVisit(q, ctx, tx, r); waits {
				items = append(items, item)
				if item.Late && item.Act != nil {
					w.Overdue++
				}
			}
		}
		return err
	})
	if len(items) > 0 {
		w.Groups = append(w.Groups, face.WorkGroup{Title: q.P("today.group.visits", nil), Items: items})
	}
	return err
}

// waitingVisit is a visit on Today: with the step that waits for this person, or because it is near.
func waitingVisit(q *face.Request, ctx context.Context, tx ledger.Tx, r outreach.Row) (ui.ListItem, bool) {
	item := visitItem(q, ctx, tx, r)
	step, ok := ownStep(q, r.Next)
	if !ok || !stepIsMine(q, step) {
		return item, r.State == outreach.Agreed && r.From.Before(q.Now().Add(face.Soon)) && r.Until.After(q.Now())
	}
	item.Note, item.Text = face.JoinDots(item.Text, item.Note), q.Text(step.What)
	item.End, item.Late = q.Day(step.By), step.Overdue(q.Now())
	item.Act = ui.Button(ui.ButtonView{Label: q.P("visits.go", nil), URL: visitStepURL(r.Thread, step.Kind), Quiet: true})
	return item, true
}

// stepIsMine: a coordinator and a head of department do what any role at their hospital left undone.
func stepIsMine(q *face.Request, s record.Task) bool {
	return slices.ContainsFunc(s.Roles, func(r string) bool { return q.Is(people.Role(r)) }) || q.Is(people.Coordinator) || q.Is(people.HeadOfDepartment)
}

func visitStepURL(t ledger.ThreadID, kind string) string {
	return "/visits/" + t.String() + "/say/" + shortKind(kind)
}

// openedVisit reads the visit of the address, through the door.
func openedVisit(q *face.Request) (*outreach.Visit, error) {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return nil, errors.Join(desk.ErrNotHere, err)
	}
	l, err := q.Desk.Door.Read(q.Context(), q.Caller.Who, id)
	if err != nil {
		return nil, err
	}
	if l.Kind != talk.Thread {
		return nil, desk.ErrNotHere
	}
	return outreach.Fold(l), nil
}

func visitCalendar(q *face.Request) error {
	v, err := openedVisit(q)
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	q.W.Header().Set("Content-Disposition", `attachment; filename="visit.ics"`)
	_, err = q.W.Write([]byte(v.Calendar(q.Lang, q.Now())))
	return err
}

func visitFile(q *face.Request) error {
	v, err := openedVisit(q)
	if err != nil {
		return err
	}
	hash, err := ledger.ParseHash(q.PathValue("hash"))
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	for _, line := range v.Timeline {
		if slices.ContainsFunc(line.Blobs, func(b ledger.BlobRef) bool { return b.Hash == hash }) {
			return face.ServeFile(q.Desk, q.W, q.Request, q.Caller, hash)
		}
	}
	return desk.ErrNotHere
}

// caseTitle is the name of a case where the reader may see it, and its number otherwise.
func caseTitle(q *face.Request, ctx context.Context, tx ledger.Tx, t ledger.ThreadID) (title, url string) {
	ok, err := q.Desk.MaySee(ctx, tx, q.Caller, t)
	if err != nil || !ok {
		return q.P("visits.case", map[string]any{"number": t.String()[:8]}), ""
	}
	row, here, err := casebook.Get(ctx, tx, t)
	if err != nil || !here {
		return q.P("visits.case", map[string]any{"number": t.String()[:8]}), ""
	}
	return row.Title, "/cases/" + t.String()
}
