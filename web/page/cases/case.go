package cases

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/face/course"
	"consilium/web/saying"
	"consilium/web/ui"
)

// casePageView is the page of one case: what is known, what is next.
type casePageView struct {
	Strip    face.StripView
	Head     ui.HeadView
	Notices  []ui.Notice
	Timeline ui.TimelineView
	Say      []sayGroup
	Side     templ.Component // the panels of all rooms
	q        *face.Request
}

// maxThen is how much of what follows is shown at once.
const maxThen = 4

// sayGroup is what may be said next, under the heading of its verb.
type sayGroup struct {
	Title string
	Links []ui.Link
}

func casePage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	d := q.Data(v.Heading(), "cases")
	d.Notices = q.CaseDone()
	page, err := page(v)
	if err != nil {
		return err
	}
	return q.Show(d, caseContent(page))
}

func page(v *face.Case) (p casePageView, err error) {
	say := v.May(access.Say)
	p = casePageView{q: v.Q, Strip: v.Strip(), Head: head(v), Timeline: timeline(v, say), Notices: notices(v)}
	if say {
		p.Say = sayGroups(v)
	}
	if glass, ok := glassNotice(v); ok {
		p.Notices = append([]ui.Notice{glass}, p.Notices...)
	}
	p.Side, err = v.Q.SidePanels(v)
	return p, err
}

// glassNotice says that the reader is here by emergency access, and for how long still.
func glassNotice(v *face.Case) (n ui.Notice, open bool) {
	q := v.Q
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := access.GlassOf(ctx, tx, v.Thread)
		for _, g := range list {
			if g.Person == q.Caller.Person && g.OpenAt(q.Now()) {
				open = true
				n = ui.Notice{Sort: ui.Warn, Title: q.P("case.glass.open", map[string]any{"left": lang.Duration(q.Lang, g.Expires.Sub(q.Now()).Round(time.Minute))}),
					Text: q.P("case.done.glass", nil)}
			}
		}
		return err
	})
	if err != nil {
		q.Desk.Log.Error("reading emergency access", "err", err)
	}
	return n, open
}

// nextPanel is the one thing to do now, and what follows.
func nextPanel(v *face.Case) (templ.Component, error) {
	next, then := next(v, v.May(access.Say))
	var later []ui.ListItem
	if len(then) > maxThen+1 {
		then, later = then[:maxThen], then[maxThen:]
	}
	return nextPart(v.Q, next, then, later), nil
}

// The size of the figure beside a case's timeline.
const sideWidth, sideHeight = 344, 168

// trendPanel is the curve of what was measured over time.
func trendPanel(v *face.Case) (templ.Component, error) {
	return trendPart(v.Q, course.Of(v, sideWidth, sideHeight)), nil
}

func consentPanel(v *face.Case) (templ.Component, error) {
	return consentPart(v, consents(v)), nil
}

// filesPanel is the newest files, with a link to all.
func filesPanel(v *face.Case) (templ.Component, error) {
	all := ui.Link{}
	if n := len(files(v)); n > filesBeside {
		all = ui.Link{Label: v.Q.P("case.files.all", map[string]any{"count": n}), URL: v.Path("files")}
	}
	return filesPart(v.Q, fileItems(v, filesBeside), all), nil
}

// filesBeside is how many files stand beside the timeline.
const filesBeside = 5

// head is what stands above every part of the case's page.
func head(v *face.Case) ui.HeadView {
	q := v.Q
	h := ui.HeadView{Title: v.Heading(), Back: ui.Link{Label: q.P("case.all", nil), URL: "/cases"}, Stages: stages(v)}
	h.Sub = who(v)
	if v.Pack != nil {
		text := q.PackText(v.Pack.Name)
		if v.Pack.Level > 0 {
			text += " · " + q.P("case.level", map[string]any{"level": strconv.Itoa(v.Pack.Level)})
		}
		h.Chips = append(h.Chips, ui.ChipView{Text: text})
	} else {
		h.Chips = append(h.Chips, ui.ChipView{Text: v.Pathway, Sort: ui.Warn})
	}
	if v.Urgency == "emergency" || v.Urgency == "soon" {
		sort := ui.Warn
		if v.Urgency == "emergency" {
			sort = ui.Bad
		}
		h.Chips = append(h.Chips, ui.ChipView{Text: q.ChoiceName("urgency", v.Urgency), Sort: sort, Icon: "alert"})
	}
	if v.Closed != nil {
		h.Chips = append(h.Chips, ui.ChipView{Text: q.P("case.closed", map[string]any{"outcome": q.ChoiceName("outcome", v.Closed.Says.Outcome)}), Sort: ui.Line})
	}
	if v.History != "" {
		h.Chips = append(h.Chips, ui.ChipView{Text: q.P("case.history", nil), Sort: ui.Line})
	}
	if v.Demo {
		h.Chips = append(h.Chips, ui.ChipView{Text: q.P("case.demo", nil), Sort: ui.Line})
	}
	return h
}

// who is one line about the patient: the name only at home.
func who(v *face.Case) string {
	q := v.Q
	parts := []string{}
	if name := v.PatientName(); name != "" {
		parts = append(parts, name)
	}
	if v.Sex != "" {
		parts = append(parts, q.ChoiceName("sex", v.Sex))
	}
	if age := v.AgeWords(); age != "" {
		parts = append(parts, age)
	}
	if v.Side != "" {
		parts = append(parts, q.ChoiceName("side", v.Side))
	}
	parts = append(parts, q.P("case.number", map[string]any{"id": face.ShortID(v.Thread)}), q.P("case.home", map[string]any{"hospital": v.Name(v.Home)}))
	if v.Steward != v.Home {
		parts = append(parts, q.P("case.custody.with", map[string]any{"hospital": v.Name(v.Steward)}))
	}
	return strings.Join(parts, " · ")
}

func stages(v *face.Case) (list []ui.Stage) {
	states := map[casebook.StageState]ui.StageState{casebook.StageDone: ui.StageDone, casebook.StageNow: ui.StageNow, casebook.StageNext: ui.StageAhead, casebook.StageNone: ui.StageAhead}
	for _, s := range v.Stages {
		stage := ui.Stage{Name: v.Q.P("case.verb."+s.Verb, nil), Note: v.Q.Text(s.Note), State: states[s.State]}
		if day := face.DayOf(s.Date); day != "" {
			stage.Note = face.JoinDots(lang.PartialDate(v.Q.Lang, day), stage.Note)
			if s.Verb == "refer" || s.Verb == "consult" || s.Verb == "plan" {
				stage.Note = v.Q.Text(s.Note)
			}
		}
		if s.Verb == "operate" && v.Operation() == nil && slices.ContainsFunc(v.Operations, func(o casebook.Operated) bool { return o.Says.Abandoned && o.Says.Elsewhere == "" }) {
			stage.State, stage.Note = ui.StageStopped, v.Q.P("case.abandoned", nil)
		}
		list = append(list, stage)
	}
	return list
}

// notices are what everybody who opens the case has to know first.
func notices(v *face.Case) (list []ui.Notice) {
	q := v.Q
	if v.Pack == nil {
		list = append(list, ui.Notice{Sort: ui.Warn, Title: q.P("case.nopack.title", map[string]any{"id": v.Pathway}), Text: q.P("case.nopack.text", nil)})
	}
	if len(v.PlanHeads) > 1 {
		list = append(list, ui.Notice{Sort: ui.Warn, Title: q.P("case.dispute.title", nil), Text: q.P("case.dispute.text", nil), URL: v.Path("say", "plan"), Do: q.P("case.dispute.do", nil)})
	}
	for _, s := range v.Consent.All() {
		if s.Disputed {
			list = append(list, ui.Notice{Sort: ui.Warn, Text: q.P("case.consent.disputed", map[string]any{"scope": s.Scope.Name()})})
		}
	}
	if len(v.Log.Forks) > 0 {
		list = append(list, ui.Notice{Sort: ui.Bad, Title: q.P("case.fork.title", nil), Text: q.P("case.fork.text", nil)})
	}
	return list
}

// next is the one thing to do now, with its button, and what follows.
func next(v *face.Case, say bool) (*ui.NextView, []ui.ListItem) {
	q := v.Q
	tasks := v.NextWith(v.Pack)
	if len(tasks) == 0 {
		return nil, nil
	}
	// Among what is open now, what is mine comes first: that is the one thing that this reader can do.
	first := slices.IndexFunc(tasks, func(t record.Task) bool { return mine(v, t) })
	if first < 0 || tasks[first].Kind == casebook.KindFollowUp && !mine(v, tasks[0]) {
		first = 0
	}
	t := tasks[first]
	n := &ui.NextView{Title: q.Text(t.What), Why: whyNext(v, t), Meta: whose(v, t)}
	if !t.By.IsZero() {
		n.Late = record.Past(t.By, q.Now())
		n.Meta = face.JoinDots(n.Meta, q.P("case.by", map[string]any{"when": q.Day(t.By)}))
	}
	if say && mine(v, t) {
		n.Do = doTask(v, t, false)
		if t.Kind == casebook.KindFollowUp {
			n.Do = templ.Join(n.Do, askPatient(q, v.Thread, true))
		}
	}
	var then []ui.ListItem
	for i, t := range tasks {
		if i == first {
			continue
		}
		item := ui.ListItem{Text: q.Text(t.What), Note: elsewhere(v, t)}
		if !t.By.IsZero() {
			item.End, item.Late = q.Day(t.By), record.Past(t.By, q.Now())
		}
		if say && mine(v, t) {
			item.URL = taskURL(v, t)
		}
		then = append(then, item)
	}
	return n, then
}

// mine tells whether the reader is one of those whose task it is.
func mine(v *face.Case, t record.Task) bool {
	if t.Hospital != v.Q.Desk.ID {
		return false
	}
	if t.Person != "" {
		return t.Person == v.Q.Caller.Person
	}
	return slices.ContainsFunc(t.Roles, func(r string) bool { return v.Q.Is(people.Role(r)) })
}

func whose(v *face.Case, t record.Task) string {
	who := ""
	for _, p := range v.People {
		if t.Person != "" && p.Hospital == t.Hospital && p.Person == t.Person {
			who = v.Q.Person(p.Name)
		}
	}
	if who == "" {
		var roles []string
		for _, r := range t.Roles {
			roles = append(roles, v.Q.RoleName(r))
		}
		who = strings.Join(roles, " / ")
	}
	return face.JoinDots(who, v.Name(t.Hospital))
}

// elsewhere names whose task it is where it is not this hospital's as a whole.
func elsewhere(v *face.Case, t record.Task) string {
	if t.Hospital == v.Q.Desk.ID && t.Person == "" {
		return ""
	}
	return whose(v, t)
}

// whyNext says in one line why this is the next step.
func whyNext(v *face.Case, t record.Task) string {
	key := "case.why." + strings.ReplaceAll(strings.TrimPrefix(t.Kind, "case."), ".", "-")
	if lang.Has(key) {
		return v.Q.P(key, nil)
	}
	return ""
}

func taskURL(v *face.Case, t record.Task) string {
	if t.Kind == casebook.KindPlanSigned {
		return v.Path() + "#" + planAnchor(v)
	}
	return actionURL(casebook.OpenTask{Task: t, Thread: v.Thread})
}

func planAnchor(v *face.Case) string {
	if p := v.Plan(); p != nil {
		return "e-" + p.Hash.Short()
	}
	return "content"
}

// doTask is the button, or for a signature the question, that does a task.
func doTask(v *face.Case, t record.Task, quiet bool) templ.Component {
	q := v.Q
	switch t.Kind {
	case casebook.KindPlanSigned:
		if p := v.Plan(); p != nil {
			return signDialog(v, p, "sign-next")
		}
	case ledger.KindStewardAccepted:
		return ui.Button(ui.ButtonView{Label: q.P("case.custody.accept", nil), URL: v.Path("custody"), Post: true, CSRF: q.CSRF(), Hidden: []ui.Hidden{{Name: "step", Value: "accept"}}, Wide: true})
	case ledger.KindStewardConfirmed:
		return ui.Button(ui.ButtonView{Label: q.P("case.custody.confirm", nil), URL: v.Path("custody"), Post: true, CSRF: q.CSRF(), Hidden: []ui.Hidden{{Name: "step", Value: "confirm"}}, Wide: true})
	case casebook.KindAccepted:
		query := "?ref=" + t.Refs[0].String()
		return templ.Join(ui.Button(ui.ButtonView{Label: q.P("case.do.accepted", nil), URL: v.Path("say", "accepted") + query, Wide: true}),
			ui.Button(ui.ButtonView{Label: q.P("case.do.declined", nil), URL: v.Path("say", "declined") + query, Quiet: true, Wide: true}))
	case casebook.KindReferred:
		return templ.Join(ui.Button(ui.ButtonView{Label: q.P("case.do.referred", nil), URL: v.Path("refer"), Wide: true}),
			ui.Button(ui.ButtonView{Label: q.P("case.kind.plan", nil), URL: v.Path("say", "plan"), Quiet: true, Wide: true}))
	}
	label := q.P("case.do.say", nil)
	if key := "case.next." + strings.TrimPrefix(t.Kind, "case."); lang.Has(key) {
		label = q.P(key, nil)
	}
	return ui.Button(ui.ButtonView{Label: label, URL: taskURL(v, t), Wide: true, Quiet: quiet})
}

// sayGroups are all that may be said about the case now, by the verb that offers it.
func sayGroups(v *face.Case) (list []sayGroup) {
	links := map[string][]ui.Link{}
	for _, o := range saying.Offers(v) {
		link := ui.Link{Label: v.Q.Text(o.Name()), URL: v.Path("say", o.Slug)}
		if o.Component != "" {
			link = ui.Link{Label: v.Q.P("case."+o.Component+".title", nil), URL: v.Path(o.Component)}
		}
		links[o.Verb] = append(links[o.Verb], link)
	}
	for _, verb := range pathway.Verbs {
		if len(links[verb]) > 0 {
			list = append(list, sayGroup{Title: v.Q.P("case.verb."+verb, nil), Links: links[verb]})
		}
	}
	return list
}
