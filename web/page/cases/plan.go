package cases

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
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

// planLabel is what a field of a plan is called: by the pack, or by a phrase.
func planLabel(v *face.Case, field string) string {
	q := v.Q
	if id, ok := strings.CutPrefix(field, "value."); ok {
		if f, ok := fieldOf(v, id); ok {
			return q.PackText(f.Label)
		}
		return id
	}
	if id, ok := strings.CutPrefix(field, "step."); ok {
		if v.Pack != nil && v.Pack.Step(id) != nil {
			return q.P("case.plan.step", map[string]any{"name": q.PackText(v.Pack.Step(id).Name)})
		}
		return q.P("case.plan.step", map[string]any{"name": id})
	}
	if rest, ok := strings.CutPrefix(field, "rest."); ok {
		sort, name, _ := strings.Cut(rest, ".")
		return face.Joined(" ", v.Q.Text(lang.Named("case.rest", sort)), name)
	}
	if field == "text" {
		field = "plan-text"
	}
	if key := "case.field." + field; lang.Has(key) {
		return q.P(key, nil)
	}
	return field
}

// planLines is a plan as lines: fields in the pack's order, with what a comparison changes.
func planLines(v *face.Case, p casebook.Plan, changes []casebook.Change) []ui.PlanLine {
	was := map[string]casebook.Change{}
	for _, c := range changes {
		was[c.Field] = c
	}
	var lines []ui.PlanLine
	add := func(field, text string) {
		c, changed := was[field]
		delete(was, field)
		line := ui.PlanLine{Label: planLabel(v, field)}
		switch {
		case changed:
			if old := changeText(v, c.Field, c.Old, c.OldIs); old != "" {
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
	for _, f := range planFields(v, p) {
		add("value."+f.ID, v.Answer(f, p.Values[f.ID]))
	}
	if p.Values["guidance_mode"].IsZero() {
		add("guidance", v.Q.ChoiceName("guidance", p.Guidance))
	}
	add("operator", v.OwnerName(p.Operator))
	add("text", p.Text)
	if len(p.Steps) > 0 {
		addSteps(v, p, add)
	}
	for i := range p.Rests {
		add(p.Rests[i].Field(), p.Rests[i].Text())
	}
	for _, c := range changes { // what the newer version does not speak of any more
		if _, left := was[c.Field]; left && c.Field != "title" && c.Field != "signers" && c.Field != "guidance" {
			add(c.Field, "")
		}
	}
	return lines
}

// planFields are the variables that a plan answers, in the order of the pack's form.
func planFields(v *face.Case, p casebook.Plan) (list []pathway.Field) {
	if v.Pack == nil || v.Pack.Form(p.Form) == nil {
		for id := range p.Values {
			list = append(list, pathway.Field{ID: id, Label: pathway.Text{En: id}})
		}
		slices.SortFunc(list, func(a, b pathway.Field) int { return strings.Compare(a.ID, b.ID) })
		return list
	}
	for _, f := range v.Pack.Form(p.Form).AllFields() {
		if !p.Values[f.ID].IsZero() {
			list = append(list, f)
		}
	}
	return list
}

// addSteps joins steps without words of their own into one line; those with words have a line each.
func addSteps(v *face.Case, p casebook.Plan, add func(field, text string)) {
	var plain []string
	for _, s := range p.Steps {
		if s.Text == "" {
			plain = append(plain, stepName(v, s.Step))
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

func stepName(v *face.Case, id string) string {
	if v.Pack != nil && v.Pack.Step(id) != nil {
		return v.Q.PackText(v.Pack.Step(id).Name)
	}
	return id
}

// changeText is an old or new text of a change as people read it.
func changeText(v *face.Case, field, text string, value pathway.Value) string {
	if id, ok := strings.CutPrefix(field, "value."); ok {
		if value.IsZero() {
			return ""
		}
		if f, ok := fieldOf(v, id); ok {
			return v.Answer(f, value)
		}
		return value.String()
	}
	switch {
	case field == "guidance":
		return v.Q.ChoiceName("guidance", text)
	case field == "operator":
		name, raw, found := strings.Cut(text, " @ ")
		if h, err := ledger.ParseHospitalID(raw); found && err == nil {
			if name == "-" {
				return v.Name(h)
			}
			return face.JoinDots(name, v.Name(h))
		}
		return name
	case strings.HasPrefix(field, "step.") && lang.Has("case.step."+face.Dashed(text)):
		return v.Q.P("case.step."+face.Dashed(text), nil)
	}
	return text
}

// planDocument is one version as people sign it, compared with another where one is given.
func planDocument(v *face.Case, i int, other *casebook.PlanVersion, do templ.Component) ui.PlanView {
	p := v.Plans[i]
	var changes []casebook.Change
	if other != nil {
		changes = casebook.DiffPlans(other.Says, p.Says)
	}
	view := ui.PlanView{Title: p.Says.Title, Lines: planLines(v, p.Says, changes), Signatures: signatures(v, p), Do: do}
	switch {
	case p.Retracted:
		view.Chips = append(view.Chips, ui.ChipView{Text: v.Q.P("case.plan.retracted", nil), Sort: ui.Bad})
	case p.Changed:
		view.Chips = append(view.Chips, ui.ChipView{Text: v.Q.P("case.plan.changed", nil), Sort: ui.Warn, Icon: "alert"})
	case !slices.Contains(v.PlanHeads, i):
		view.Chips = append(view.Chips, ui.ChipView{Text: v.Q.P("case.plan.replaced", nil), Sort: ui.Line, Icon: "history"})
	case p.Signed():
		view.Chips = append(view.Chips, ui.ChipView{Text: v.Q.P("case.plan.signed", nil), Sort: ui.Good, Icon: "check"})
	}
	return view
}

func signatures(v *face.Case, p casebook.PlanVersion) (list []ui.Signature) {
	for _, h := range p.Says.Signers {
		s := ui.Signature{State: ui.SignatureWaiting, Hospital: v.Hospital(h), Who: v.Name(h), Note: v.Q.P("case.sign.asked", map[string]any{"when": v.Q.Moment(p.Written)})}
		for _, g := range p.Signatures {
			if g.By.Hospital != h || g.Withdrawn {
				continue
			}
			s.State, s.Who = ui.SignatureSigned, g.By.Name
			if g.Says.Meaning == "approve_with_note" {
				s.Who += " · " + g.Says.Note
			}
			s.Note = face.JoinDots(v.Name(h), v.Q.Moment(g.Written), g.Hash.Short())
			if p.Changed {
				s.State = ui.SignatureOutdated
			}
		}
		list = append(list, s)
	}
	return list
}

// planPanel shows a version of the plan as a document, which says all that its entry does.
func planPanel(v *face.Case, entry ledger.Hash, e *ui.TimelineEntry) (templ.Component, bool) {
	i := slices.IndexFunc(v.Plans, func(p casebook.PlanVersion) bool { return p.Hash == entry })
	if i < 0 {
		return nil, false
	}
	e.Said, e.Title = "", v.Q.P("case.plan.version", map[string]any{"n": strconv.FormatInt(v.Plans[i].Says.Version, 10)})
	return planInTimeline(v, i), true
}

// planInTimeline shows a version that stands as a document with its changes, and an older one folded.
func planInTimeline(v *face.Case, i int) templ.Component {
	other := replacedBy(v, i)
	if !slices.Contains(v.PlanHeads, i) {
		view := planDocument(v, i, nil, nil)
		return ui.Folded(ui.FoldView{ID: "p-" + v.Plans[i].Hash.Short(), Label: v.Plans[i].Says.Title, Content: ui.PlanDocument(view)})
	}
	view := planDocument(v, i, other, planActions(v, i))
	if other != nil {
		view.Compare = ui.Link{Label: v.Q.P("case.plan.compare", map[string]any{"n": strconv.FormatInt(other.Says.Version, 10)}), URL: comparePath(v, i, other)}
	}
	return ui.PlanDocument(view)
}

func comparePath(v *face.Case, i int, other *casebook.PlanVersion) string {
	return v.Path("plan", v.Plans[i].Hash.Short(), "compare", other.Hash.Short())
}

// replacedBy is the version that a version replaced, or nil.
func replacedBy(v *face.Case, i int) *casebook.PlanVersion {
	for j := i - 1; j >= 0; j-- {
		if slices.Contains(v.Plans[i].Refs, v.Plans[j].Hash) {
			return &v.Plans[j]
		}
	}
	return nil
}

// planActions are what can be done with a version that stands.
func planActions(v *face.Case, i int) templ.Component {
	var parts []templ.Component
	p := &v.Plans[i]
	if len(v.PlanHeads) == 1 && !p.Changed && slices.Contains(p.Missing(), v.Q.Desk.ID) && v.May(access.Sign) && saying.MaySay(v, casebook.KindPlanSigned) {
		parts = append(parts, signDialog(v, p, "sign-plan"))
	}
	if v.Closed == nil && saying.MaySay(v, casebook.KindPlan) && v.May(access.Say) {
		parts = append(parts, ui.Button(ui.ButtonView{Label: v.Q.P("case.plan.change", nil), URL: v.Path("say", "plan"), Quiet: true, Icon: "edit"}))
	}
	if len(parts) == 0 {
		return nil
	}
	return templ.Join(parts...)
}

// signDialog asks before a name is put under a plan: whose name, what it means, and which version by its hash.
func signDialog(v *face.Case, p *casebook.PlanVersion, id string) templ.Component {
	q := v.Q
	meaning := ui.FieldView{Name: "meaning", ID: id + "-meaning", Type: ui.FieldCode, Label: q.P("case.field.meaning", nil), Value: "approve", Required: true}
	for _, c := range []string{"approve", "approve_with_note", "take_part"} {
		meaning.Options = append(meaning.Options, ui.Option{Value: c, Label: q.ChoiceName("meaning", c)})
	}
	note := ui.FieldView{Name: "note", ID: id + "-note", Type: ui.FieldText, Long: true, Label: q.P("case.field.note", nil), Help: q.P("case.help.plan-signed-note", nil)}
	return ui.Confirm(ui.ConfirmView{ID: id, Open: q.P("case.sign.open", nil), Title: q.P("case.sign.title", map[string]any{"n": strconv.FormatInt(p.Says.Version, 10)}),
		Text:   q.P("case.sign.text", map[string]any{"name": q.Caller.Name, "hospital": q.Desk.Name, "hash": p.Hash.Short(), "title": p.Says.Title}),
		Action: v.Path("say", "plan-signed"), CSRF: q.CSRF(), Hidden: []ui.Hidden{{Name: "ref", Value: p.Hash.String()}}, Do: q.P("case.sign.do", nil),
		Content: templ.Join(face.SafetyStrip(v.Strip()), ui.Field(meaning), ui.Field(note))})
}

// planPage shows a version, alone or against another.
func planPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	i := planAt(v, q.PathValue("v"))
	if i < 0 {
		return desk.ErrNotHere
	}
	n := strconv.FormatInt(v.Plans[i].Says.Version, 10)
	title := q.P("case.plan.version", map[string]any{"n": n})
	var other *casebook.PlanVersion
	if w := q.PathValue("w"); w != "" {
		j := planAt(v, w)
		if j < 0 {
			return desk.ErrNotHere
		}
		other = &v.Plans[j]
		title = q.P("case.plan.comparing", map[string]any{"n": n, "m": strconv.FormatInt(other.Says.Version, 10)})
	}
	var do templ.Component
	if slices.Contains(v.PlanHeads, i) {
		do = planActions(v, i)
	}
	view := planDocument(v, i, other, do)
	if other != nil {
		view.Compare = ui.Link{Label: q.P("case.plan.alone", nil), URL: v.Path("plan", v.Plans[i].Hash.Short())}
	}
	var versions []ui.SavedView
	for k, p := range v.Plans {
		version := ui.SavedView{Label: q.P("case.plan.version", map[string]any{"n": strconv.FormatInt(p.Says.Version, 10)}), URL: v.Path("plan", p.Hash.Short()), Current: k == i}
		if k != i {
			version.Label, version.URL = q.P("case.plan.compare", map[string]any{"n": strconv.FormatInt(p.Says.Version, 10)}), comparePath(v, i, &v.Plans[k])
			version.Current = other != nil && other.Hash == p.Hash
		}
		versions = append(versions, version)
	}
	head := v.HeadOf(title)
	head.Chips = []ui.ChipView{{Text: q.P("case.plan.short", map[string]any{"hash": v.Plans[i].Hash.Short()}), Sort: ui.Line, Icon: "shield"}}
	byline := fmt.Sprint(by(v, v.Plans[i].By), " · ", q.Moment(v.Plans[i].Written))
	return q.Show(q.Data(title, "cases"), planContent(q, v.Strip(), head, versions, byline, view))
}

// planAt finds a version by the start of its hash.
func planAt(v *face.Case, short string) int {
	return slices.IndexFunc(v.Plans, func(p casebook.PlanVersion) bool { return short != "" && p.Hash.Short() == short })
}

// deviationPanel shows how an operation went otherwise than planned.
func deviationPanel(v *face.Case, entry ledger.Hash, _ *ui.TimelineEntry) (templ.Component, bool) {
	i := slices.IndexFunc(v.Operations, func(o casebook.Operated) bool { return o.Hash == entry })
	if i < 0 || len(v.Operations[i].Deviation) == 0 {
		return nil, false
	}
	view := ui.PlanView{Title: v.Q.P("case.deviation", nil)}
	for _, c := range v.Operations[i].Deviation {
		line := ui.PlanLine{Label: planLabel(v, c.Field)}
		if old := changeText(v, c.Field, c.Old, c.OldIs); old != "" {
			line.Pieces = append(line.Pieces, ui.Change{Sort: ui.Removed, Text: old})
		}
		if now := changeText(v, c.Field, c.New, c.NewIs); now != "" {
			line.Pieces = append(line.Pieces, ui.Change{Sort: ui.Added, Text: now})
		}
		view.Lines = append(view.Lines, line)
	}
	return ui.PlanDocument(view), false
}
