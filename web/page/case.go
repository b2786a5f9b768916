package page

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/ui"
)

// casePageView is the page of one case: what is known, what is next.
type casePageView struct {
	Head     ui.HeadView
	Notices  []ui.Notice
	Summary  []ui.Fact
	Timeline ui.TimelineView
	Next     *ui.NextView
	Then     []ui.ListItem
	Later    []ui.ListItem // what is further off
	Trend    *trendView
	Members  []ui.ListItem
	Consents []ui.ConsentView
	Files    []ui.ListItem
	FilesAll ui.Link
	Say      []sayGroup
	Proof    string
	Links    []ui.Link // who read it, the proof, print
	More     []templ.Component
	q        *request
	v        *caseView
}

// maxThen is how much of what follows is shown at once.
const maxThen = 4

// sayGroup is what may be said next, under the heading of its verb.
type sayGroup struct {
	Title string
	Links []ui.Link
}

func casePage(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	d := q.data(v.title(), "cases")
	d.Notices = q.caseDone()
	page, err := v.page()
	if err != nil {
		return err
	}
	return q.show(d, caseContent(page))
}

// caseDone is the notice after a form about the case was taken.
func (q *request) caseDone() []ui.Notice {
	key := "case.done." + q.FormValue("done")
	if !lang.Has(key) {
		return nil
	}
	return []ui.Notice{{Sort: ui.Good, Text: q.p(key, nil)}}
}

func (v *caseView) title() string {
	if v.Title != "" {
		return v.Title
	}
	return v.q.p("case.untitled", nil)
}

func (v *caseView) page() (casePageView, error) {
	q := v.q
	say := v.may(access.Say)
	p := casePageView{q: q, v: v, Head: v.head(), Timeline: v.timeline(say), Consents: v.consents(), Files: v.fileItems(5), Trend: v.trend(sideWidth, sideHeight), Summary: v.summary()}
	p.Next, p.Then = v.next(say)
	if len(p.Then) > maxThen+1 {
		p.Then, p.Later = p.Then[:maxThen], p.Then[maxThen:]
	}
	p.Notices = v.notices()
	if say {
		p.Say = v.sayGroups()
	}
	if n := len(v.files()); n > 5 {
		p.FilesAll = ui.Link{Label: q.p("case.files.all", map[string]any{"count": n}), URL: v.path("files")}
	}
	members, proof, err := v.members()
	if err != nil {
		return p, err
	}
	p.Members, p.Proof = members, proof
	p.Links = []ui.Link{{Label: q.p("case.print.link", nil), URL: v.path("print")}, {Label: q.p("case.proof.link", nil), URL: v.path("proof")}}
	if v.may(access.ReadAccessLog) {
		p.Links = append(p.Links, ui.Link{Label: q.p("case.access.link", nil), URL: v.path("access")})
	}
	return p, nil
}

// head is what stands above every part of the case's page.
func (v *caseView) head() ui.HeadView {
	q := v.q
	h := ui.HeadView{Title: v.title(), Back: ui.Link{Label: q.p("case.all", nil), URL: "/cases"}, Stages: v.stages()}
	h.Sub = v.who()
	if v.pack != nil {
		text := q.pt(v.pack.Name)
		if v.pack.Level > 0 {
			text += " · " + q.p("case.level", map[string]any{"level": strconv.Itoa(v.pack.Level)})
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
		h.Chips = append(h.Chips, ui.ChipView{Text: q.choiceName("urgency", v.Urgency), Sort: sort, Icon: "alert"})
	}
	if v.Closed != nil {
		h.Chips = append(h.Chips, ui.ChipView{Text: q.p("case.closed", map[string]any{"outcome": q.choiceName("outcome", v.Closed.Says.Outcome)}), Sort: ui.Line})
	}
	if v.History != "" {
		h.Chips = append(h.Chips, ui.ChipView{Text: q.p("case.history", nil), Sort: ui.Line})
	}
	if v.Demo {
		h.Chips = append(h.Chips, ui.ChipView{Text: q.p("case.demo", nil), Sort: ui.Line})
	}
	return h
}

// headOf is the head of a page below the case's.
func (v *caseView) headOf(title string) ui.HeadView {
	return ui.HeadView{Title: title, Sub: joinDots(v.title(), v.patientName()), Back: ui.Link{Label: v.q.p("case.back", nil), URL: v.path()}}
}

// who is one line about the patient: the name only at home.
func (v *caseView) who() string {
	q := v.q
	parts := []string{}
	if name := v.patientName(); name != "" {
		parts = append(parts, name)
	}
	if v.Sex != "" {
		parts = append(parts, q.choiceName("sex", v.Sex))
	}
	if v.Age != nil {
		parts = append(parts, q.p("case.years", map[string]any{"count": *v.Age}))
	}
	if v.Side != "" {
		parts = append(parts, q.choiceName("side", v.Side))
	}
	parts = append(parts, q.p("case.number", map[string]any{"id": shortID(v.Thread)}), q.p("case.home", map[string]any{"hospital": v.name(v.Home)}))
	if v.Steward != v.Home {
		parts = append(parts, q.p("case.custody.with", map[string]any{"hospital": v.name(v.Steward)}))
	}
	return strings.Join(parts, " · ")
}

func (v *caseView) patientName() string {
	if v.patient == nil {
		return ""
	}
	if v.q.lang == lang.English && v.patient.Latin != "" && v.patient.Latin != v.patient.Name {
		return v.patient.Latin + " " + v.patient.Name
	}
	return v.patient.Name
}

// shortID is the end of a thread's ID, enough to tell cases apart when people talk.
func shortID(id ledger.ThreadID) string {
	s := strings.ToUpper(id.String())
	return s[len(s)-6:]
}

func joinDots(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

func (v *caseView) stages() (list []ui.Stage) {
	states := map[casebook.StageState]ui.StageState{casebook.StageDone: ui.StageDone, casebook.StageNow: ui.StageNow, casebook.StageNext: ui.StageAhead, casebook.StageNone: ui.StageAhead}
	for _, s := range v.Stages {
		stage := ui.Stage{Name: v.q.p("case.verb."+s.Verb, nil), Note: v.q.text(s.Note), State: states[s.State]}
		if day := dayOf(s.Date); day != "" {
			stage.Note = joinDots(lang.PartialDate(v.q.lang, day), stage.Note)
			if s.Verb == "refer" || s.Verb == "consult" || s.Verb == "plan" {
				stage.Note = v.q.text(s.Note)
			}
		}
		if s.Verb == "operate" && v.Operation() == nil && slices.ContainsFunc(v.Operations, func(o casebook.Operated) bool { return o.Says.Abandoned && o.Says.Elsewhere == "" }) {
			stage.State, stage.Note = ui.StageStopped, v.q.p("case.abandoned", nil)
		}
		list = append(list, stage)
	}
	return list
}

// notices are what everybody who opens the case has to know first.
func (v *caseView) notices() (list []ui.Notice) {
	q := v.q
	if v.pack == nil {
		list = append(list, ui.Notice{Sort: ui.Warn, Title: q.p("case.nopack.title", map[string]any{"id": v.Pathway}), Text: q.p("case.nopack.text", nil)})
	}
	if len(v.PlanHeads) > 1 {
		list = append(list, ui.Notice{Sort: ui.Warn, Title: q.p("case.dispute.title", nil), Text: q.p("case.dispute.text", nil), URL: v.path("say", "plan"), Do: q.p("case.dispute.do", nil)})
	}
	for _, s := range v.Consent.All() {
		if s.Disputed {
			list = append(list, ui.Notice{Sort: ui.Warn, Text: q.p("case.consent.disputed", map[string]any{"scope": s.Scope.Name()})})
		}
	}
	if len(v.log.Forks) > 0 {
		list = append(list, ui.Notice{Sort: ui.Bad, Title: q.p("case.fork.title", nil), Text: q.p("case.fork.text", nil)})
	}
	return list
}

// summary is what was said when the case was opened, for who comes to it new.
func (v *caseView) summary() (facts []ui.Fact) {
	if v.patient != nil && v.patient.LocalNumber != "" {
		facts = append(facts, ui.Fact{Label: v.q.p("case.field.local-number", nil), Value: v.patient.LocalNumber})
	}
	return facts
}

// next is the one thing to do now, with its button, and what follows.
func (v *caseView) next(say bool) (*ui.NextView, []ui.ListItem) {
	q := v.q
	tasks := v.NextWith(v.pack)
	if len(tasks) == 0 {
		return nil, nil
	}
	// Among what is open now, what is mine comes first: that is the one thing that this reader can do.
	first := slices.IndexFunc(tasks, v.mine)
	if first < 0 || tasks[first].Kind == casebook.KindFollowUp && !v.mine(tasks[0]) {
		first = 0
	}
	t := tasks[first]
	n := &ui.NextView{Title: q.text(t.What), Why: v.whyNext(t), Meta: v.whose(t)}
	if !t.By.IsZero() {
		n.Late = t.By.Before(q.now())
		n.Meta = joinDots(n.Meta, q.p("case.by", map[string]any{"when": q.day(t.By)}))
	}
	if say && v.mine(t) {
		n.Do = v.doTask(t, false)
	}
	var then []ui.ListItem
	for i, t := range tasks {
		if i == first {
			continue
		}
		item := ui.ListItem{Text: q.text(t.What), Note: v.elsewhere(t)}
		if !t.By.IsZero() {
			item.End, item.Late = q.day(t.By), t.By.Before(q.now())
		}
		if say && v.mine(t) {
			item.URL = v.taskURL(t)
		}
		then = append(then, item)
	}
	return n, then
}

// mine tells whether the reader is one of those whose task it is.
func (v *caseView) mine(t casebook.Task) bool {
	if t.Hospital != v.q.s.ID {
		return false
	}
	if t.Person != "" {
		return t.Person == v.q.caller.Person
	}
	return slices.ContainsFunc(t.Roles, func(r people.Role) bool { return slices.Contains(v.q.caller.Roles, r) })
}

func (v *caseView) whose(t casebook.Task) string {
	who := ""
	for _, p := range v.People {
		if t.Person != "" && p.Hospital == t.Hospital && p.Person == t.Person {
			who = v.q.person(p.Name)
		}
	}
	if who == "" {
		var roles []string
		for _, r := range t.Roles {
			roles = append(roles, v.q.text(r.Name()))
		}
		who = strings.Join(roles, " / ")
	}
	return joinDots(who, v.name(t.Hospital))
}

// elsewhere names whose task it is where it is not this hospital's as a whole.
func (v *caseView) elsewhere(t casebook.Task) string {
	if t.Hospital == v.q.s.ID && t.Person == "" {
		return ""
	}
	return v.whose(t)
}

// whyNext says in one line why this is the next step.
func (v *caseView) whyNext(t casebook.Task) string {
	key := "case.why." + strings.ReplaceAll(strings.TrimPrefix(t.Kind, "case."), ".", "-")
	if lang.Has(key) {
		return v.q.p(key, nil)
	}
	return ""
}

func (v *caseView) taskURL(t casebook.Task) string {
	if t.Kind == casebook.KindPlanSigned {
		return v.path() + "#" + v.planAnchor()
	}
	return actionURL(casebook.OpenTask{Task: t, Thread: v.Thread})
}

func (v *caseView) planAnchor() string {
	if p := v.Plan(); p != nil {
		return "e-" + p.Hash.Short()
	}
	return "content"
}

// doTask is the button, or for a signature the question, that does a task.
func (v *caseView) doTask(t casebook.Task, quiet bool) templ.Component {
	q := v.q
	switch t.Kind {
	case casebook.KindPlanSigned:
		if p := v.Plan(); p != nil {
			return v.signDialog(p, "sign-next")
		}
	case ledger.KindStewardAccepted:
		return ui.Button(ui.ButtonView{Label: q.p("case.custody.accept", nil), URL: v.path("custody"), Post: true, CSRF: q.csrf(), Hidden: []ui.Hidden{{Name: "step", Value: "accept"}}, Wide: true})
	case ledger.KindStewardConfirmed:
		return ui.Button(ui.ButtonView{Label: q.p("case.custody.confirm", nil), URL: v.path("custody"), Post: true, CSRF: q.csrf(), Hidden: []ui.Hidden{{Name: "step", Value: "confirm"}}, Wide: true})
	case casebook.KindAccepted:
		query := "?ref=" + t.Refs[0].String()
		return templ.Join(ui.Button(ui.ButtonView{Label: q.p("case.do.accepted", nil), URL: v.path("say", "accepted") + query, Wide: true}),
			ui.Button(ui.ButtonView{Label: q.p("case.do.declined", nil), URL: v.path("say", "declined") + query, Quiet: true, Wide: true}))
	case casebook.KindReferred:
		return templ.Join(ui.Button(ui.ButtonView{Label: q.p("case.do.referred", nil), URL: v.path("refer"), Wide: true}),
			ui.Button(ui.ButtonView{Label: q.p("case.kind.plan", nil), URL: v.path("say", "plan"), Quiet: true, Wide: true}))
	}
	label := q.p("case.do.say", nil)
	if key := "case.next." + strings.TrimPrefix(t.Kind, "case."); lang.Has(key) {
		label = q.p(key, nil)
	}
	return ui.Button(ui.ButtonView{Label: label, URL: v.taskURL(t), Wide: true, Quiet: quiet})
}

// sayGroups are all that may be said about the case now, by verb.
func (v *caseView) sayGroups() (list []sayGroup) {
	q := v.q
	group := func(verb string, slugs ...string) {
		g := sayGroup{Title: q.p("case.verb."+verb, nil)}
		for _, s := range slugs {
			k := entryKinds[s]
			if s == "refer" {
				g.Links = append(g.Links, ui.Link{Label: q.p("case.refer.title", nil), URL: v.path("refer")})
			} else if k != nil && v.sayable(k.kind) {
				g.Links = append(g.Links, ui.Link{Label: q.p("case.kind."+s, nil), URL: v.path("say", s)})
			}
		}
		if len(g.Links) > 0 {
			list = append(list, g)
		}
	}
	if v.Closed != nil {
		group("follow", "followup", "complication", "reopened", "consent", "consent-withdrawn")
		return list
	}
	refer := []string{"finding", "imaging", "consent", "consent-withdrawn"}
	if v.own() {
		refer = append(refer, "refer")
	}
	group("refer", refer...)
	group("consult", "question", "answer", "opinion", "advice")
	group("plan", "plan", "scheduled")
	group("operate", "safety-check", "operation", "hand-over")
	group("follow", "followup", "complication", "reminder", "closed")
	group("teach", "teaching")
	return list
}

// sayable leaves out what the reader's roles never say, and what there is nothing to say about.
func (v *caseView) sayable(kind string) bool {
	k, ok := v.q.s.Book.Kinds.Get(kind)
	if !ok || k.Roles != nil && !slices.ContainsFunc(v.q.caller.Roles, func(r people.Role) bool { return slices.Contains(k.Roles, string(r)) }) {
		return false
	}
	switch kind {
	case casebook.KindAnswer:
		return openQuestion(v) != nil
	case casebook.KindAdvice:
		return openAdvice(v) != nil
	case casebook.KindOpinion:
		return referralToUs(casebook.AcceptedState)(v) != nil
	case casebook.KindFollowUp, casebook.KindComplication:
		return len(v.Operations) > 0
	case access.KindConsent, casebook.KindClosed:
		return v.own()
	}
	return true
}
