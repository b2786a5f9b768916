package cases

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"consilium/casebook"
	"consilium/ledger"
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
	byGroup := map[string][]ui.ListItem{}
	for _, some := range []casebook.TaskQuery{{Kinds: followUp, Until: q.Now().Add(face.Soon)}, {Kinds: followUp, Others: true, Dated: true}, {Undated: true}} {
		some.Limit = tasksShown
		tasks, err := q.Desk.TasksOf(ctx, tx, q.Caller, some)
		if err != nil {
			return err
		}
		for _, t := range tasks {
			if !t.By.IsZero() && t.By.Before(q.Now()) {
				w.Overdue++
			}
			key := groupOf(t.Kind)
			byGroup[key] = append(byGroup[key], taskItem(q, t))
		}
	}
	for _, g := range groupOrder {
		if items := byGroup[g.key]; len(items) > 0 {
			w.Groups = append(w.Groups, face.WorkGroup{Title: q.P("today.group."+g.key, nil), Items: items})
		}
	}
	if q.Desk.Door.MayList(q.Caller.Who, "case").All {
		return verbCounts(ctx, tx, q, w)
	}
	return nil
}

func groupOf(kind string) string {
	for _, g := range groupOrder {
		if slices.Contains(g.kinds, kind) {
			return g.key
		}
	}
	return "course"
}

func taskItem(q *face.Request, t casebook.OpenTask) ui.ListItem {
	item := ui.ListItem{Text: q.Text(t.What), URL: "/cases/" + t.Thread.String(), Note: face.JoinDots(t.Title, q.PathwayName(t.Pathway))}
	if !t.By.IsZero() {
		item.End, item.Late = q.Day(t.By), t.By.Before(q.Now())
	}
	if item.Late {
		item.Chips = append(item.Chips, ui.ChipView{Text: q.P("today.overdue", nil), Sort: ui.Bad, Icon: "clock"})
	}
	if t.Urgency == "emergency" || t.Urgency == "urgent" {
		item.Chips = append(item.Chips, ui.ChipView{Text: q.ChoiceName("urgency", t.Urgency), Sort: ui.Warn, Icon: "alert"})
	}
	if t.Demo {
		item.Chips = append(item.Chips, ui.ChipView{Text: q.P("today.demo", nil), Sort: ui.Line})
	}
	item.Act = ui.Button(ui.ButtonView{Label: q.P("today.do."+groupOf(t.Kind), nil), URL: actionURL(t), Quiet: true})
	return item
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
