package page

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/web/ui"
)

// tasksShown bounds each list on Today: the follow-ups, what else has a date, and what has none, so that a hundred late follow-ups hide no plan that waits for a
// signature. A coordinator's full list is on the page of cases.
const tasksShown = 60

// todayView is what waits for one person.
type todayView struct {
	Groups  []workGroup
	Counts  []ui.CountView
	Visits  []ui.ListItem
	Alerts  []ui.Notice
	Health  *healthView // for administrators, instead of cases
	Overdue int
	Empty   bool
	Clinic  bool // the person has to do with cases at all
}

// workGroup is one sort of work, with its rows.
type workGroup struct {
	Key, Title string
	Items      []ui.ListItem
}

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

func (q *request) today() error {
	v, err := q.todayView()
	if err != nil {
		return err
	}
	d := q.data(q.p("today.title", nil), "today")
	d.Notices = q.done()
	return q.show(d, todayContent(q, v))
}

func (q *request) todayView() (todayView, error) {
	v := todayView{Clinic: q.listsCases()}
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		if v.Clinic {
			if err := q.caseWork(ctx, tx, &v); err != nil {
				return err
			}
			if err := q.visitWork(ctx, tx, &v); err != nil {
				return err
			}
		}
		return q.glassWork(ctx, tx, &v)
	})
	if err != nil {
		return v, err
	}
	if q.may(access.Administer) || q.is(people.Coordinator) {
		states, err := q.s.Network.State(q.Context())
		if err != nil {
			return v, err
		}
		v.Alerts = append(v.Alerts, q.partnerAlerts(states)...)
		if q.may(access.Administer) {
			if v.Health, err = q.health(states); err != nil {
				return v, err
			}
		}
	}
	v.Empty = len(v.Groups) == 0 && len(v.Visits) == 0 && len(v.Alerts) == 0 && v.Health == nil
	return v, nil
}

func (q *request) caseWork(ctx context.Context, tx ledger.Tx, v *todayView) error {
	followUp := []string{casebook.KindFollowUp}
	byGroup := map[string][]ui.ListItem{}
	for _, some := range []casebook.TaskQuery{{Kinds: followUp, Until: q.now().Add(soon)}, {Kinds: followUp, Others: true, Dated: true}, {Undated: true}} {
		some.Limit = tasksShown
		tasks, err := q.s.TasksOf(ctx, tx, q.caller, some)
		if err != nil {
			return err
		}
		for _, t := range tasks {
			if !t.By.IsZero() && t.By.Before(q.now()) {
				v.Overdue++
			}
			key := groupOf(t.Kind)
			byGroup[key] = append(byGroup[key], q.taskItem(t))
		}
	}
	for _, g := range groupOrder {
		if items := byGroup[g.key]; len(items) > 0 {
			v.Groups = append(v.Groups, workGroup{Key: g.key, Title: q.p("today.group."+g.key, nil), Items: items})
		}
	}
	if q.s.Door.MayList(q.caller.Who, "case").All {
		return q.verbCounts(ctx, tx, v)
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

// soon is how far ahead a follow-up appears: a year's appointments are no work of today.
const soon = 14 * 24 * time.Hour

func (q *request) taskItem(t casebook.OpenTask) ui.ListItem {
	item := ui.ListItem{Text: q.text(t.What), URL: "/cases/" + t.Thread.String(), Note: joined(" · ", t.Title, q.pathwayName(t.Pathway))}
	if !t.By.IsZero() {
		item.End, item.Late = q.day(t.By), t.By.Before(q.now())
	}
	if item.Late {
		item.Chips = append(item.Chips, ui.ChipView{Text: q.p("today.overdue", nil), Sort: ui.Bad, Icon: "clock"})
	}
	if t.Urgency == "emergency" || t.Urgency == "urgent" {
		item.Chips = append(item.Chips, ui.ChipView{Text: q.choiceName("urgency", t.Urgency), Sort: ui.Warn, Icon: "alert"})
	}
	if t.Demo {
		item.Chips = append(item.Chips, ui.ChipView{Text: q.p("today.demo", nil), Sort: ui.Line})
	}
	item.Act = ui.Button(ui.ButtonView{Label: q.p("today.do."+groupOf(t.Kind), nil), URL: actionURL(t), Quiet: true})
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

func (q *request) verbCounts(ctx context.Context, tx ledger.Tx, v *todayView) error {
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
		v.Counts = append(v.Counts, ui.CountView{Label: q.p("today.verb."+verb, nil), Count: at[verb], URL: "/cases?verb=" + verb})
	}
	return nil
}

// glassWork shows who reviews emergency access what waits for it.
func (q *request) glassWork(ctx context.Context, tx ledger.Tx, v *todayView) error {
	if !q.may(access.ReviewBreak) {
		return nil
	}
	open, err := access.ToReview(ctx, tx)
	if err != nil || len(open) == 0 {
		return err
	}
	v.Alerts = append(v.Alerts, ui.Notice{Sort: ui.Warn, Title: q.p("today.glass", map[string]any{"count": len(open)}), Text: q.p("today.glassdo", nil),
		URL: "/settings/glass", Do: q.p("today.review", nil)})
	return nil
}

// quietLink is how long a link may be down before Today says so: a node that restarts is no problem.
const quietLink = 5 * time.Minute

func (q *request) partnerAlerts(states []network.State) (list []ui.Notice) {
	for _, s := range states {
		p := s.Partner
		if p.State != network.Accepted || s.Up && len(s.RefusedByThem) == 0 {
			continue
		}
		page := partnerPath(p.Hospital)
		if !s.Up && (p.Seen.IsZero() || q.now().Sub(p.Seen) > quietLink) {
			list = append(list, ui.Notice{Sort: ui.Warn, Title: q.p("today.down", map[string]any{"hospital": q.partnerName(p)}), Text: q.downText(s), URL: page, Do: q.p("today.look", nil)})
		}
		if n := len(s.RefusedByThem); n > 0 {
			list = append(list, ui.Notice{Sort: ui.Bad, Title: q.p("today.refused", map[string]any{"hospital": q.partnerName(p), "count": n}), URL: page, Do: q.p("today.look", nil)})
		}
	}
	return list
}

func (q *request) downText(s network.State) string {
	text := q.text(s.LastErr)
	if s.BehindEntries > 0 {
		text = joined(" ", text, q.p("today.behind", map[string]any{"count": s.BehindEntries}))
	}
	return text
}

// joined joins what is not empty.
func joined(by string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), by)
}

func (q *request) greeting() string {
	switch h := q.now().Hour(); {
	case h < 11:
		return q.p("today.morning", map[string]any{"name": q.person(q.caller.Name)})
	case h < 18:
		return q.p("today.afternoon", map[string]any{"name": q.person(q.caller.Name)})
	}
	return q.p("today.evening", map[string]any{"name": q.person(q.caller.Name)})
}

func (q *request) todaySub() string {
	now := q.now()
	return lang.Weekday(q.lang, now) + " · " + lang.Date(q.lang, now)
}
