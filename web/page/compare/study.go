package compare

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/figure"
	"consilium/lang"
	"consilium/ledger"
	"consilium/study"
	"consilium/study/protocol"
	"consilium/study/report"
	"consilium/web/face"
	"consilium/web/ui"
)

// studyView is one study as a page.
type studyView struct {
	*study.Study
	Head      ui.HeadView
	Next      *ui.NextView
	Notices   []ui.Notice
	Report    *report.Report
	Words     []ui.Fact // the protocol in words
	Opinions  ui.TableView
	Rounds    ui.TableView
	Otherwise figure.Table // what went otherwise than the protocol had it
	Left      ui.TableView // what left each hospital
	Signed    []ui.ListItem
	Members   []ui.ListItem
	Partners  []ui.Option // who may be invited
	Actions   []ui.ButtonView
	Timeline  ui.TimelineView
	looks     map[ledger.HospitalID]ui.Hospital
	mayGovern bool
}

func opened(q *face.Request) (*study.Study, error) {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return nil, errors.Join(desk.ErrNotHere, err)
	}
	return q.Desk.Study(q.Context(), q.Caller, id)
}

func pathOf(s *study.Study, below ...string) string {
	return strings.Join(append([]string{"/studies/" + s.Thread.String()}, below...), "/")
}

func titleOf(q *face.Request, s *study.Study) string {
	if v := s.Current(); v != nil {
		return q.Text(v.Title())
	}
	return q.P("study.page.unnamed", nil)
}

func studyPage(q *face.Request) error {
	s, err := opened(q)
	if err != nil {
		return err
	}
	v := &studyView{Study: s}
	if v.looks, err = looksOf(q, s); err != nil {
		return err
	}
	v.mayGovern = s.Log.Roster.Steward == q.Desk.ID && access.May(q.Caller.Who, access.Govern, access.What{Of: study.Governance, Thread: s.Thread}).Allowed
	v.head(q)
	v.next(q)
	v.words(q)
	v.opinions(q)
	v.run(q)
	v.members(q)
	v.actions(q)
	v.timeline(q)
	d := q.Data(v.Head.Title, "compare")
	if key := "study.done." + q.FormValue("done"); lang.Has(key) {
		d.Notices = append(d.Notices, ui.Notice{Sort: ui.Good, Text: q.P(key, nil)})
	}
	d.Notices = append(d.Notices, v.Notices...)
	return q.Show(d, studyContent(q, v))
}

// looksOf are the hospitals of a study as the reader sees them.
func looksOf(q *face.Request, s *study.Study) (map[ledger.HospitalID]ui.Hospital, error) {
	looks := map[ledger.HospitalID]ui.Hospital{}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, m := range s.Log.Roster.Members {
			looks[m.Hospital] = q.HospitalLook(ctx, tx, m.Hospital)
		}
		looks[s.Log.Roster.Steward] = q.HospitalLook(ctx, tx, s.Log.Roster.Steward)
		return nil
	})
	return looks, err
}

func (v *studyView) name(h ledger.HospitalID) string {
	if look, ok := v.looks[h]; ok {
		return look.Name
	}
	return h.String()[:9] + "…"
}

func (v *studyView) head(q *face.Request) {
	v.Head = ui.HeadView{Title: titleOf(q, v.Study), Back: ui.Link{Label: q.P("study.page.title", nil), URL: "/studies"}, Chips: []ui.ChipView{stateChip(q, v.State())}, Stages: stages(q, v.Study)}
	version := v.Current()
	if version == nil {
		return
	}
	v.Head.Title = q.Text(protocol.Both(version.Parsed.Question))
	v.Head.Sub = face.JoinDots(q.Text(version.Title()), q.P("study.page.hospitals", map[string]any{"count": len(v.Log.Roster.Readers())}),
		q.P("study.page.version", map[string]any{"version": int(version.Says.Version), "hash": version.Parsed.Hash.Short()}))
}

// stages are how far a study is, as the head of its page shows it.
func stages(q *face.Request, s *study.Study) []ui.Stage {
	now := map[study.State]int{study.Empty: 0, study.Asking: 1, study.Running: 2, study.Finished: 3, study.Signed: 4, study.Public: 5, study.TakenBack: -1}[s.State()]
	notes := make([]string, 5)
	if v := s.Current(); v != nil {
		notes[0] = q.P("study.page.versions", map[string]any{"count": len(s.Versions)})
		notes[1] = q.P("study.page.of", map[string]any{"n": len(v.Approved), "all": len(s.Log.Roster.Readers())})
	}
	if r := s.Last(); r != nil {
		notes[2] = q.P("study.page.rounds", map[string]any{"count": len(r.Rounds)})
		notes[3] = q.P("study.page.of", map[string]any{"n": len(r.Results), "all": len(r.Says.Hospitals)})
	}
	var list []ui.Stage
	for i, key := range []string{"protocol", "approve", "run", "sign", "publish"} {
		st := ui.Stage{Name: q.P("study.stage."+key, nil), Note: notes[i], State: ui.StageAhead}
		switch {
		case i < now:
			st.State = ui.StageDone
		case i == now:
			st.State = ui.StageNow
		}
		list = append(list, st)
	}
	return list
}

func (v *studyView) next(q *face.Request) {
	if r := v.Last(); r != nil && r.Fault != "" {
		v.Notices = append(v.Notices, ui.Notice{Sort: ui.Bad, Title: q.P("study.page.fault", nil), Text: r.Fault})
	}
	if r := v.Last(); r != nil && !r.Done() {
		for _, h := range r.Halted {
			v.Notices = append(v.Notices, ui.Notice{Sort: ui.Bad, Title: q.P("study.page.halted", map[string]any{"hospital": v.name(h.By.Hospital)}), Text: q.P("study.halt."+lang.Key(h.Says.Why), nil)})
		}
	}
	list := v.Study.Next()
	if t, ok := ownTask(q, list); ok {
		n := ui.NextView{Title: q.Text(t.What), Meta: face.JoinDots(v.name(t.Hospital), q.RoleName(t.Roles[0]))}
		n.Do = ui.Button(ui.ButtonView{Label: q.Text(study.Talk().Name(slug(t.Kind))), URL: pathOf(v.Study, "say", slug(t.Kind)), Wide: true})
		v.Next = &n
		return
	}
	if len(list) > 0 {
		v.Next = &ui.NextView{Title: q.Text(list[0].What), Meta: face.JoinDots(v.name(list[0].Hospital), q.RoleName(list[0].Roles[0])), Why: q.P("study.page.waits", map[string]any{"hospital": v.name(list[0].Hospital)})}
		return
	}
	if r := v.Last(); r != nil && v.State() == study.Running {
		var names []string
		for _, h := range r.Missing() {
			names = append(names, v.name(h))
		}
		v.Next = &ui.NextView{Title: q.P("study.page.running", nil), Why: q.P("study.page.missing", map[string]any{"hospitals": lang.List(q.Lang, names)})}
	}
}

func slug(kind string) string { return strings.TrimPrefix(kind, "study.") }

// words is the protocol as a person reads it.
func (v *studyView) words(q *face.Request) {
	version := v.Current()
	if version == nil {
		return
	}
	p := version.Parsed
	add := func(key, value string) {
		if value = q.Text(protocol.Both(value)); value != "" {
			v.Words = append(v.Words, ui.Fact{Label: q.P("study.protocol."+key, nil), Value: value})
		}
	}
	add("pathway", q.PathwayName(p.Pathway))
	add("rationale", p.Prose.Rationale)
	add("participants", p.Prose.Participants)
	add("cohort", p.Cohort.Text)
	add("exposure", p.Exposure)
	for i := range p.Variables {
		add("variable", variableText(q, &p.Variables[i]))
	}
	for _, o := range p.Outcomes {
		add("outcome", face.JoinDots(q.Text(protocol.Both(cmp.Or(o.Label, strings.ReplaceAll(o.Name, "_", " ")))), q.P("study.outcome."+string(o.Type), nil), o.Value, o.Time, o.Event))
	}
	for i := range p.Analyses {
		a := &p.Analyses[i]
		add("analysis", face.JoinDots(a.ID, q.P("study.method."+strings.ReplaceAll(string(a.Method), "_", "-"), nil), roleText(q, a.Role), strings.Join(slices.Concat(a.Of, a.Terms, a.Propensity), ", "), a.Where.Text))
	}
	add("missing", q.P("study.missing."+p.Missing.Method, map[string]any{"count": p.Missing.Imputations}))
	add("privacy", q.P("study.page.leave", map[string]any{"patients": p.Privacy.MinPatients, "ratio": fmt.Sprint(p.Privacy.MinRatio), "figures": fmt.Sprint(p.Privacy.MaxFigures)}))
	add("limits", p.Prose.Limits)
	add("ethics", p.Prose.Ethics)
}

// variableText is a variable as it is approved: what it is called, how it is worked out from the registry, its levels or its unit.
func variableText(q *face.Request, v *protocol.Variable) string {
	name := v.Name
	if v.Label != "" {
		name = q.Text(protocol.Both(v.Label)) + " (" + v.Name + ")"
	}
	return face.JoinDots(name, v.Value.Text, v.Unit, strings.Join(v.Levels, " / "))
}

func roleText(q *face.Request, role string) string {
	if key := "study.role." + role; lang.Has(key) {
		return q.P(key, nil)
	}
	return ""
}

// opinions are what each hospital says to the protocol.
func (v *studyView) opinions(q *face.Request) {
	version := v.Current()
	if version == nil {
		return
	}
	v.Opinions = ui.TableView{Caption: q.P("study.page.opinions", nil), Columns: []ui.Column{{Label: q.P("study.report.hospital", nil)}, {Label: q.P("study.page.said", nil)},
		{Label: q.P("study.page.by", nil)}, {Label: q.P("study.page.alone", nil)}}}
	for _, h := range v.Log.Roster.Readers() {
		look := v.looks[h]
		row := []ui.Cell{{Text: look.Name, Hospital: &look}, {Chips: []ui.ChipView{{Text: q.P("study.page.unanswered", nil), Sort: ui.Line}}}, {}, {}}
		if yes := version.Approval(h); yes != nil {
			row[1] = ui.Cell{Chips: []ui.ChipView{{Text: q.P("study.page.approved", nil), Sort: ui.Good, Icon: "check"}}, Note: yes.Says.Note}
			row[2] = ui.Cell{Text: q.Person(yes.By.Name), Note: q.Moment(yes.Written)}
			row[3] = ui.Cell{Text: q.P("study.page.alone-"+fmt.Sprint(yes.Says.Alone), nil)}
		} else if no := version.Refusal(h); no != nil {
			row[1] = ui.Cell{Chips: []ui.ChipView{{Text: q.P("study.page.declined", nil), Sort: ui.Bad, Icon: "x"}}, Note: no.Says.Reason}
			row[2] = ui.Cell{Text: q.Person(no.By.Name), Note: q.Moment(no.Written)}
		}
		v.Opinions.Rows = append(v.Opinions.Rows, ui.TableRow{Cells: row})
	}
}

// run is how a run went, what left, and what it came to.
func (v *studyView) run(q *face.Request) {
	r := v.Last()
	if r == nil {
		return
	}
	v.Rounds = ui.TableView{Caption: q.P("study.page.how", nil), Columns: []ui.Column{{Label: q.P("study.report.hospital", nil)}, {Label: q.P("study.page.joined", nil)}}}
	for _, round := range r.Rounds {
		v.Rounds.Columns = append(v.Rounds.Columns, ui.Column{Label: q.P("study.page.round", map[string]any{"n": round.Number}), Numeric: true})
	}
	for _, h := range r.Says.Hospitals {
		look := v.looks[h]
		cells := []ui.Cell{{Text: v.name(h), Hospital: &look}, {Text: "…"}}
		if j := r.JoinedBy(h); j != nil {
			cells[1] = ui.Cell{Text: lang.Clock(q.Lang, j.Written.In(q.Now().Location()))}
		}
		for _, round := range r.Rounds {
			cells = append(cells, ui.Cell{Text: saidAt(q, round, h)})
		}
		v.Rounds.Rows = append(v.Rounds.Rows, ui.TableRow{Cells: cells})
	}
	v.left(q, r)
	if r.Done() {
		v.Report = report.Of(v.Versions[r.Version].Parsed, r.Fold.Results(), len(r.Says.Hospitals), v.reader(q))
		v.Otherwise = v.Report.Deviations(v.Study.Deviations(), v.reader(q))
		v.signatures(q, r)
	}
}

func saidAt(q *face.Request, round study.Round, h ledger.HospitalID) string {
	for _, e := range round.Said {
		if e.By.Hospital == h {
			return lang.Clock(q.Lang, e.Written.In(q.Now().Location()))
		}
	}
	return "…"
}

// left tells what left each hospital: how many figures, and to how many analyses it contributes.
func (v *studyView) left(q *face.Request, r *study.Run) {
	p := v.Versions[r.Version].Parsed
	v.Left = ui.TableView{Caption: q.P("study.page.left", nil), Columns: []ui.Column{{Label: q.P("study.report.hospital", nil)}, {Label: q.P("study.page.contributes", nil)},
		{Label: q.P("study.page.bytes", nil), Numeric: true}, {Label: q.P("study.page.masked", nil)}}}
	for _, h := range r.Says.Hospitals {
		look := v.looks[h]
		cells := []ui.Cell{{Text: v.name(h), Hospital: &look}, {}, {Text: lang.Size(q.Lang, v.said(r, h))}, {}}
		if j := r.JoinedBy(h); j != nil {
			n, out, bare := 0, []string{}, []string{}
			for i, takes := range j.Says.Takes {
				switch {
				case !takes:
					out = append(out, p.Analyses[i].ID)
					continue
				case takers(r, i) < leastMasked:
					bare = append(bare, p.Analyses[i].ID)
				}
				n++
			}
			cells[3] = ui.Cell{Text: q.P("study.page.masks-"+fmt.Sprint(len(bare) == 0), map[string]any{"analyses": strings.Join(bare, ", ")})}
			cells[1] = ui.Cell{Text: q.P("study.page.of", map[string]any{"n": n, "all": len(j.Says.Takes)})}
			if len(out) > 0 {
				cells[1].Note = q.P("study.page.notin", map[string]any{"analyses": strings.Join(out, ", ")})
			}
		}
		v.Left.Rows = append(v.Left.Rows, ui.TableRow{Cells: cells})
	}
}

// leastMasked is how many hospitals have to contribute to an analysis before masks hide one from the others.
const leastMasked = 3

// takers counts the hospitals that contribute to an analysis.
func takers(r *study.Run, analysis int) (n int) {
	for _, j := range r.Joined {
		if analysis < len(j.Says.Takes) && j.Says.Takes[analysis] {
			n++
		}
	}
	return n
}

// said counts the bytes that a hospital said in the rounds of a run.
func (v *studyView) said(r *study.Run, h ledger.HospitalID) (bytes int64) {
	rounds := map[ledger.Hash]bool{}
	for _, round := range r.Rounds {
		for _, e := range round.Said {
			rounds[e.Hash] = e.By.Hospital == h
		}
	}
	for i := range v.Log.Said {
		if s := &v.Log.Said[i]; rounds[s.Hash] {
			bytes += int64(len(s.Says()))
		}
	}
	return bytes
}

// reader is who reads the report.
func (v *studyView) reader(q *face.Request) report.Words {
	return report.Words{Lang: q.Lang, Name: v.name, Label: labels(q, v.Current().Parsed.Pathway)}
}

func (v *studyView) signatures(q *face.Request, r *study.Run) {
	for _, h := range r.Says.Hospitals {
		look := v.looks[h]
		item := ui.ListItem{Hospital: &look, Text: v.name(h), Note: q.P("study.page.unsigned", nil)}
		for _, x := range r.Results {
			if x.By.Hospital == h {
				item.Text, item.Note = q.Person(x.By.Name), face.JoinDots(v.name(h), q.Moment(x.Written), x.Says.Note)
				item.Chips = []ui.ChipView{{Text: q.P("study.page.signed", nil), Sort: ui.Good, Icon: "check"}}
			}
		}
		v.Signed = append(v.Signed, item)
	}
}

func (v *studyView) members(q *face.Request) {
	for _, m := range v.Log.Roster.Members {
		look := v.looks[m.Hospital]
		v.Members = append(v.Members, ui.ListItem{Hospital: &look, Text: look.Name, End: q.P("study.member."+string(m.State), nil)})
	}
	if !v.mayGovern {
		return
	}
	partners, err := q.Partners()
	if err != nil {
		q.Desk.Log.Error("listing partners", "err", err)
	}
	for _, p := range partners {
		if st := v.Log.Roster.State(p.Hospital); st != ledger.Joined && st != ledger.Invited {
			v.Partners = append(v.Partners, ui.Option{Value: p.Hospital.String(), Label: q.PartnerName(p)})
		}
	}
}

// actions are what else may be said now.
func (v *studyView) actions(q *face.Request) {
	if !access.May(q.Caller.Who, access.Say, access.What{Of: study.Governance, Thread: v.Thread}).Allowed {
		return
	}
	first := ""
	if t, ok := ownTask(q, v.Study.Next()); ok {
		first = t.Kind
	}
	for _, o := range formOf(q, v.Study).Offers() {
		if o.Kind.Name != first {
			v.Actions = append(v.Actions, ui.ButtonView{Label: q.Text(o.Name()), URL: pathOf(v.Study, "say", o.Slug), Quiet: true})
		}
	}
}

func (v *studyView) timeline(q *face.Request) {
	lanes := v.Log.Roster.Readers()
	for _, h := range lanes {
		v.Timeline.Lanes = append(v.Timeline.Lanes, v.looks[h])
	}
	for _, l := range slices.Backward(v.Study.Timeline) {
		if l.Kind == study.KindRound {
			continue // the rounds have a table
		}
		e := ui.TimelineEntry{ID: "e-" + l.Hash.Short(), Lane: slices.Index(lanes, l.By.Hospital), Date: lang.ShortDate(q.Lang, l.Written, q.Now()), Clock: lang.Clock(q.Lang, l.Written),
			When: l.Written.Format(time.RFC3339), Title: q.Text(l.Title), By: face.JoinDots(q.Person(l.By.Name), q.RoleName(l.By.Role), v.name(l.By.Hospital)),
			Struck: l.Retracted, Quiet: strings.HasPrefix(l.Kind, "thread.") || l.Kind == study.KindJoined}
		var said []string
		for _, t := range l.Lines {
			said = append(said, q.Text(t))
		}
		e.Said = strings.Join(said, "\n")
		for _, m := range l.Marks {
			e.Marks = append(e.Marks, q.Text(m.Text))
		}
		v.Timeline.Entries = append(v.Timeline.Entries, e)
	}
}

// invite invites a partner into the study.
func invite(q *face.Request) error {
	s, err := opened(q)
	if err != nil {
		return err
	}
	h, err := ledger.ParseHospitalID(q.PostForm.Get("hospital"))
	if err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	d, err := q.Desk.Invitation(q.Context(), h)
	if err != nil {
		return err
	}
	d.Thread = s.Thread
	if _, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, d); err != nil {
		return err
	}
	return q.See(pathOf(s) + "?done=invited")
}

// partText says of how many an analysis is, and whom it leaves out.
func partText(q *face.Request, v *studyView, s report.Section) string {
	var out []string
	for _, h := range s.LeftOut {
		out = append(out, v.name(h))
	}
	text := q.P("study.page.n", map[string]any{"count": s.N})
	if len(out) > 0 {
		text = face.JoinDots(text, q.P("study.page.leftout", map[string]any{"hospitals": lang.List(q.Lang, out)}))
	}
	return face.JoinDots(roleText(q, s.Role), text)
}
