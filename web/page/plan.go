package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/web/ui"
)

// planLabel is what a field of a plan is called: by the pack, or by a phrase.
func (v *caseView) planLabel(field string) string {
	q := v.q
	if id, ok := strings.CutPrefix(field, "value."); ok {
		if f, ok := v.field(id); ok {
			return q.pt(f.Label)
		}
		return id
	}
	if id, ok := strings.CutPrefix(field, "step."); ok {
		if v.pack != nil && v.pack.Step(id) != nil {
			return q.p("case.plan.step", map[string]any{"name": q.pt(v.pack.Step(id).Name)})
		}
		return q.p("case.plan.step", map[string]any{"name": id})
	}
	if field == "text" {
		field = "plan-text"
	}
	if key := "case.field." + field; lang.Has(key) {
		return q.p(key, nil)
	}
	return field
}

// planLines is a plan as lines: fields in the pack's order, with what a comparison changes.
func (v *caseView) planLines(p casebook.Plan, changes []casebook.Change) []ui.PlanLine {
	was := map[string]casebook.Change{}
	for _, c := range changes {
		was[c.Field] = c
	}
	var lines []ui.PlanLine
	add := func(field, text string) {
		c, changed := was[field]
		delete(was, field)
		line := ui.PlanLine{Label: v.planLabel(field)}
		switch {
		case changed:
			if old := v.changeText(c.Field, c.Old, c.OldIs); old != "" {
				line.Pieces = append(line.Pieces, ui.Change{Sort: ui.Removed, Text: old})
			}
			if text != "" {
				line.Pieces = append(line.Pieces, ui.Change{Sort: ui.Added, Text: text})
			}
		case text != "":
			line.Pieces = []ui.Change{{Text: text}}
		}
		if len(line.Pieces) > 0 {
			lines = append(lines, line)
		}
	}
	for _, f := range v.planFields(p) {
		add("value."+f.ID, v.answer(f, p.Values[f.ID]))
	}
	if p.Values["guidance_mode"].IsZero() {
		add("guidance", v.q.choiceName("guidance", p.Guidance))
	}
	add("operator", v.ownerName(p.Operator))
	add("text", p.Text)
	if len(p.Steps) > 0 {
		v.addSteps(p, add)
	}
	for _, c := range changes { // what the newer version does not speak of any more
		if _, left := was[c.Field]; left && c.Field != "title" && c.Field != "signers" && c.Field != "guidance" {
			add(c.Field, "")
		}
	}
	return lines
}

// planFields are the variables that a plan answers, in the order of the pack's form.
func (v *caseView) planFields(p casebook.Plan) (list []pathway.Field) {
	if v.pack == nil || v.pack.Form(p.Form) == nil {
		for id := range p.Values {
			list = append(list, pathway.Field{ID: id, Label: pathway.Text{En: id}})
		}
		slices.SortFunc(list, func(a, b pathway.Field) int { return strings.Compare(a.ID, b.ID) })
		return list
	}
	for _, f := range v.pack.Form(p.Form).AllFields() {
		if !p.Values[f.ID].IsZero() {
			list = append(list, f)
		}
	}
	return list
}

// addSteps joins steps without words of their own into one line; those with words have a line each.
func (v *caseView) addSteps(p casebook.Plan, add func(field, text string)) {
	var plain []string
	for _, s := range p.Steps {
		if s.Text == "" {
			plain = append(plain, v.stepName(s.Step))
		}
	}
	if len(plain) > 0 {
		add("steps", strings.Join(plain, " → "))
	}
	for _, s := range p.Steps {
		if s.Text != "" {
			add("step."+s.Step, s.Text)
		}
	}
}

func (v *caseView) stepName(id string) string {
	if v.pack != nil && v.pack.Step(id) != nil {
		return v.q.pt(v.pack.Step(id).Name)
	}
	return id
}

// changeText is an old or new text of a change as people read it.
func (v *caseView) changeText(field, text string, value pathway.Value) string {
	if id, ok := strings.CutPrefix(field, "value."); ok {
		if value.IsZero() {
			return ""
		}
		if f, ok := v.field(id); ok {
			return v.answer(f, value)
		}
		return value.String()
	}
	switch {
	case field == "guidance":
		return v.q.choiceName("guidance", text)
	case field == "operator":
		name, raw, found := strings.Cut(text, " @ ")
		if h, err := ledger.ParseHospitalID(raw); found && err == nil {
			if name == "-" {
				return v.name(h)
			}
			return joinDots(name, v.name(h))
		}
		return name
	case strings.HasPrefix(field, "step.") && lang.Has("case.step."+dashed(text)):
		return v.q.p("case.step."+dashed(text), nil)
	}
	return text
}

// planDocument is one version as people sign it, compared with another where one is given.
func (v *caseView) planDocument(i int, other *casebook.PlanVersion, do templ.Component) ui.PlanView {
	p := v.Plans[i]
	var changes []casebook.Change
	if other != nil {
		changes = casebook.DiffPlans(other.Says, p.Says)
	}
	view := ui.PlanView{Title: p.Says.Title, Lines: v.planLines(p.Says, changes), Signatures: v.signatures(p), Do: do}
	switch {
	case p.Retracted:
		view.Chips = append(view.Chips, ui.ChipView{Text: v.q.p("case.plan.retracted", nil), Sort: ui.Bad})
	case p.Changed:
		view.Chips = append(view.Chips, ui.ChipView{Text: v.q.p("case.plan.changed", nil), Sort: ui.Warn, Icon: "alert"})
	case !slices.Contains(v.PlanHeads, i):
		view.Chips = append(view.Chips, ui.ChipView{Text: v.q.p("case.plan.replaced", nil), Sort: ui.Line, Icon: "history"})
	case p.Signed():
		view.Chips = append(view.Chips, ui.ChipView{Text: v.q.p("case.plan.signed", nil), Sort: ui.Good, Icon: "check"})
	}
	return view
}

func (v *caseView) signatures(p casebook.PlanVersion) (list []ui.Signature) {
	for _, h := range p.Says.Signers {
		s := ui.Signature{State: ui.SignatureWaiting, Hospital: v.hospital(h), Who: v.name(h), Note: v.q.p("case.sign.asked", map[string]any{"when": v.q.moment(p.Written)})}
		for _, g := range p.Signatures {
			if g.By.Hospital != h || g.Withdrawn {
				continue
			}
			s.State, s.Who = ui.SignatureSigned, g.By.Name
			if g.Says.Meaning == "approve_with_note" {
				s.Who += " · " + g.Says.Note
			}
			s.Note = joinDots(v.name(h), v.q.moment(g.Written), g.Hash.Short())
			if p.Changed {
				s.State = ui.SignatureOutdated
			}
		}
		list = append(list, s)
	}
	return list
}

// planInTimeline shows a version that stands as a document with its changes, and an older one folded.
func (v *caseView) planInTimeline(i int) templ.Component {
	other := v.replacedBy(i)
	if !slices.Contains(v.PlanHeads, i) {
		view := v.planDocument(i, nil, nil)
		return ui.Folded(ui.FoldView{ID: "p-" + v.Plans[i].Hash.Short(), Label: v.Plans[i].Says.Title, Content: ui.PlanDocument(view)})
	}
	view := v.planDocument(i, other, v.planActions(i))
	if other != nil {
		view.Compare = ui.Link{Label: v.q.p("case.plan.compare", map[string]any{"n": strconv.FormatInt(other.Says.Version, 10)}), URL: v.comparePath(i, other)}
	}
	return ui.PlanDocument(view)
}

func (v *caseView) comparePath(i int, other *casebook.PlanVersion) string {
	return v.path("plan", v.Plans[i].Hash.Short(), "compare", other.Hash.Short())
}

// replacedBy is the version that a version replaced, or nil.
func (v *caseView) replacedBy(i int) *casebook.PlanVersion {
	for j := i - 1; j >= 0; j-- {
		if slices.Contains(v.Plans[i].Refs, v.Plans[j].Hash) {
			return &v.Plans[j]
		}
	}
	return nil
}

// planActions are what can be done with a version that stands.
func (v *caseView) planActions(i int) templ.Component {
	var parts []templ.Component
	p := &v.Plans[i]
	if len(v.PlanHeads) == 1 && !p.Changed && slices.Contains(p.Missing(), v.q.s.ID) && v.may(access.Sign) && v.sayable(casebook.KindPlanSigned) {
		parts = append(parts, v.signDialog(p, "sign-plan"))
	}
	if v.Closed == nil && v.sayable(casebook.KindPlan) && v.may(access.Say) {
		parts = append(parts, ui.Button(ui.ButtonView{Label: v.q.p("case.plan.change", nil), URL: v.path("say", "plan"), Quiet: true, Icon: "edit"}))
	}
	if len(parts) == 0 {
		return nil
	}
	return templ.Join(parts...)
}

// signDialog asks before a name is put under a plan: whose name, what it means, and which version by its hash.
func (v *caseView) signDialog(p *casebook.PlanVersion, id string) templ.Component {
	q := v.q
	meaning := ui.FieldView{Name: "meaning", ID: id + "-meaning", Type: ui.FieldCode, Label: q.p("case.field.meaning", nil), Value: "approve", Required: true}
	for _, c := range []string{"approve", "approve_with_note", "take_part"} {
		meaning.Options = append(meaning.Options, ui.Option{Value: c, Label: q.choiceName("meaning", c)})
	}
	note := ui.FieldView{Name: "note", ID: id + "-note", Type: ui.FieldText, Long: true, Label: q.p("case.field.note", nil), Help: q.p("case.help.plan-signed-note", nil)}
	return ui.Confirm(ui.ConfirmView{ID: id, Open: q.p("case.sign.open", nil), Title: q.p("case.sign.title", map[string]any{"n": strconv.FormatInt(p.Says.Version, 10)}),
		Text:   q.p("case.sign.text", map[string]any{"name": q.caller.Name, "hospital": q.s.Name, "hash": p.Hash.Short(), "title": p.Says.Title}),
		Action: v.path("say", "plan-signed"), CSRF: q.csrf(), Hidden: []ui.Hidden{{Name: "ref", Value: p.Hash.String()}}, Do: q.p("case.sign.do", nil),
		Content: templ.Join(ui.Field(meaning), ui.Field(note))})
}

// planPage shows a version, alone or against another.
func planPage(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	i := v.planAt(q.PathValue("v"))
	if i < 0 {
		return desk.ErrNotHere
	}
	n := strconv.FormatInt(v.Plans[i].Says.Version, 10)
	title := q.p("case.plan.version", map[string]any{"n": n})
	var other *casebook.PlanVersion
	if w := q.PathValue("w"); w != "" {
		j := v.planAt(w)
		if j < 0 {
			return desk.ErrNotHere
		}
		other = &v.Plans[j]
		title = q.p("case.plan.comparing", map[string]any{"n": n, "m": strconv.FormatInt(other.Says.Version, 10)})
	}
	var do templ.Component
	if slices.Contains(v.PlanHeads, i) {
		do = v.planActions(i)
	}
	view := v.planDocument(i, other, do)
	if other != nil {
		view.Compare = ui.Link{Label: q.p("case.plan.alone", nil), URL: v.path("plan", v.Plans[i].Hash.Short())}
	}
	var versions []ui.SavedView
	for k, p := range v.Plans {
		version := ui.SavedView{Label: q.p("case.plan.version", map[string]any{"n": strconv.FormatInt(p.Says.Version, 10)}), URL: v.path("plan", p.Hash.Short()), Current: k == i}
		if k != i {
			version.Label, version.URL = q.p("case.plan.compare", map[string]any{"n": strconv.FormatInt(p.Says.Version, 10)}), v.comparePath(i, &v.Plans[k])
			version.Current = other != nil && other.Hash == p.Hash
		}
		versions = append(versions, version)
	}
	head := v.headOf(title)
	head.Chips = []ui.ChipView{{Text: q.p("case.plan.short", map[string]any{"hash": v.Plans[i].Hash.Short()}), Sort: ui.Line, Icon: "shield"}}
	byline := fmt.Sprint(v.by(v.Plans[i].By), " · ", q.moment(v.Plans[i].Written))
	return q.show(q.data(title, "cases"), planContent(q, head, versions, byline, view))
}

// planAt finds a version by the start of its hash.
func (v *caseView) planAt(short string) int {
	return slices.IndexFunc(v.Plans, func(p casebook.PlanVersion) bool { return short != "" && p.Hash.Short() == short })
}

// deviation shows how an operation went otherwise than planned.
func (v *caseView) deviation(o casebook.Operated) templ.Component {
	view := ui.PlanView{Title: v.q.p("case.deviation", nil)}
	for _, c := range o.Deviation {
		line := ui.PlanLine{Label: v.planLabel(c.Field)}
		if old := v.changeText(c.Field, c.Old, c.OldIs); old != "" {
			line.Pieces = append(line.Pieces, ui.Change{Sort: ui.Removed, Text: old})
		}
		if now := v.changeText(c.Field, c.New, c.NewIs); now != "" {
			line.Pieces = append(line.Pieces, ui.Change{Sort: ui.Added, Text: now})
		}
		view.Lines = append(view.Lines, line)
	}
	return ui.PlanDocument(view)
}
