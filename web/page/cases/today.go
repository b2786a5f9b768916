package cases

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// tasksShown bounds each list on Today: the follow-ups, what else has a date, and what has none, so that a hundred late follow-ups hide no plan that waits for a
// signature. A coordinator's full list is on the page of cases.
const tasksShown = 60

// groupOrder says under which heading a task stands, by the kind of entry that does it.
var groupOrder = []struct {
	key   string
	kinds []string
}{
	{"asked", []string{casebook.KindAccepted, casebook.KindOpinion, casebook.KindAnswer}},
	{"sign", []string{casebook.KindPlanSigned}},
	{"review", []string{casebook.KindPrivilegeReviewed}},
	{"advice", []string{casebook.KindAdvice, casebook.KindReminder}},
	{"follow", []string{casebook.KindFollowUp}},
	{"course", nil}, // everything else that moves a case on
}

// caseWork adds to Today what is to be done about cases.
func caseWork(q *face.Request, w *face.TodayWork) error {
	if !q.ListsCases() {
		return nil
	}
	w.Empty = nothingToDo(q)
	if q.Opens("case") {
		w.Start = ui.Button(ui.ButtonView{Label: q.P("today.empty.do", nil), URL: "/cases/new", Icon: "plus"})
	}
	return q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error { return tasksFor(ctx, tx, q, w) })
}

func tasksFor(ctx context.Context, tx ledger.Tx, q *face.Request, w *face.TodayWork) error {
	followUp := []string{casebook.KindFollowUp}
	byGroup := map[string][]face.TaskView{}
	verb := q.FormValue("verb")
	for _, some := range []casebook.TaskQuery{{Kinds: followUp, Until: q.Now().Add(face.Soon)}, {Kinds: followUp, Others: true, Dated: true}, {Undated: true}} {
		some.Limit = tasksShown
		tasks, err := q.Desk.TasksOf(ctx, tx, q.Caller, some)
		if err != nil {
			return err
		}
		for _, t := range tasks {
			if verb != "" && t.Verb != verb {
				continue
			}
			if record.Past(t.By, q.Now()) {
				w.Overdue++
			}
			key := groupOf(t.Kind)
			view := taskView(ctx, tx, q, t)
			view.Act = ui.Button(ui.ButtonView{Label: q.P("today.do."+key, nil), URL: actionURL(t), Quiet: true})
			if t.Kind == casebook.KindFollowUp && t.Hospital == q.Desk.ID {
				view.Act = templ.Join(view.Act, askPatient(q, t.Thread, false))
			}
			byGroup[key] = append(byGroup[key], view)
		}
	}
	for _, g := range groupOrder {
		if items := byGroup[g.key]; len(items) > 0 {
			w.Groups = append(w.Groups, face.WorkGroup{Title: q.P("today.group."+g.key, nil), Tasks: items})
		}
	}
	if q.Desk.Door.MayList(q.Caller.Who, "case").All {
		return verbCounts(ctx, tx, q, w)
	}
	return nil
}

// askPatient leads who looks after the hospital's cases to the follow-ups of a patient, with the links for the patient's phone.
func askPatient(q *face.Request, id ledger.ThreadID, wide bool) templ.Component {
	if q.Desk.Registry == nil || !boards(q) {
		return templ.NopComponent
	}
	return ui.Button(ui.ButtonView{Label: q.P("registry.link.make", nil), URL: "/cases/" + id.String() + "/followups", Quiet: true, Wide: wide})
}

func groupOf(kind string) string {
	for _, g := range groupOrder {
		if slices.Contains(g.kinds, kind) {
			return g.key
		}
	}
	return "course"
}

// taskView is a task as Today and the board show it.
func taskView(ctx context.Context, tx ledger.Tx, q *face.Request, t casebook.OpenTask) face.TaskView {
	from := t.Steward
	if from == q.Desk.ID && t.Hospital != q.Desk.ID {
		from = t.Hospital
	}
	v := face.TaskView{Who: patientName(q, t), About: aboutPatient(q, t), What: q.Text(t.What), URL: "/cases/" + t.Thread.String(), Urgency: t.Urgency,
		Urgent: q.ChoiceName("urgency", t.Urgency), Hospital: q.HospitalLook(ctx, tx, from)}
	v.From = face.JoinDots(v.Hospital.Name, t.Title)
	if t.Side != "" {
		v.Side = face.SideView{Code: t.Side, Word: q.ChoiceName("side", t.Side)}
	}
	if !t.By.IsZero() {
		v.When, v.Late = q.P("case.by", map[string]any{"when": q.Day(t.By)}), record.Past(t.By, q.Now())
	}
	if v.Late {
		v.When = q.P("today.late", map[string]any{"count": max(daysBetween(t.By, q.Now()), 1)})
	}
	if t.Demo {
		v.Chips = append(v.Chips, ui.ChipView{Text: q.P("today.demo", nil), Sort: ui.Line})
	}
	return v
}

// daysBetween counts days of the calendar.
func daysBetween(from, until time.Time) int {
	noon := func(t time.Time) time.Time {
		y, m, d := t.In(until.Location()).Date()
		return time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	}
	return int(noon(until).Sub(noon(from)).Hours() / 24)
}

// patientName is who a case is about, where this hospital knows; otherwise it says that the name is not shared.
func patientName(q *face.Request, t casebook.OpenTask) string {
	p := t.Patient
	switch {
	case p == nil:
		return q.P("today.unnamed", nil)
	case q.Lang == lang.English && p.Latin != "" && p.Latin != p.Name:
		return joinSpace(p.Latin, p.Name)
	case p.Name == "":
		return p.LocalNumber
	}
	return p.Name
}

func aboutPatient(q *face.Request, t casebook.OpenTask) string {
	var parts []string
	if t.Sex != "" {
		parts = append(parts, q.ChoiceName("sex", t.Sex))
	}
	if t.Age >= 0 {
		parts = append(parts, q.P("case.years", map[string]any{"count": t.Age}))
	}
	return face.JoinDots(append(parts, casebook.Number(t.Thread))...)
}

// actionURL leads to the form of the entry that does the task.
func actionURL(t casebook.OpenTask) string {
	at := "/cases/" + t.Thread.String()
	if strings.HasPrefix(t.Kind, "thread.") {
		return at + "/members"
	}
	switch t.Kind {
	case ledger.KindAmend, casebook.KindPlanSigned:
		return at
	case casebook.KindReferred:
		return at + "/refer"
	}
	query := url.Values{}
	for _, ref := range t.Refs {
		query.Add("ref", ref.String())
	}
	at += "/say/" + url.PathEscape(strings.TrimPrefix(t.Kind, "case."))
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	return at
}

// verbs are the nine, in their order.
var verbs = []string{"refer", "consult", "plan", "rehearse", "visit", "operate", "follow", "compare", "teach"}

func verbCounts(ctx context.Context, tx ledger.Tx, q *face.Request, w *face.TodayWork) error {
	counts, err := casebook.Counts(ctx, tx)
	if err != nil {
		return err
	}
	at := map[string]int{}
	for _, c := range counts {
		if c.State == "open" {
			at[c.Verb] += c.Cases
		}
	}
	for _, verb := range verbs {
		w.Counts = append(w.Counts, ui.CountView{Label: q.P("today.verb."+verb, nil), Count: at[verb], URL: "/cases?verb=" + verb})
	}
	return nil
}
