package page

import (
	"slices"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/web/ui"
)

// entryGroup is one part of a form under its heading.
type entryGroup struct {
	Title  string
	Lead   string
	Fields []ui.FieldView
	Fold   string // what Folded is behind
	Folded []ui.FieldView
}

// entryView is a form about a case as it is drawn.
type entryView struct {
	Head    ui.HeadView
	Form    ui.FormView
	Groups  []entryGroup
	Banners []ui.Notice
	About   []ui.ListItem // what it answers or corrects
	Tabs    []ui.SavedView
	TabsAre string
	Named   string // the tick that sends what may name somebody
	Names   string // the quiet line about names
	Actions ui.ActionsView
}

func (e *saying) view() (entryView, error) {
	q := e.q
	view := entryView{
		Head:    ui.HeadView{Title: e.title(), Sub: e.v.Title, Back: ui.Link{Label: q.p("case.back", nil), URL: e.v.path()}},
		Banners: e.banner, About: e.about(), Names: q.p("case.names", nil),
	}
	if e.v.pack == nil && e.kind.pack != nil {
		view.Banners = append(view.Banners, ui.Notice{Sort: ui.Warn, Title: q.p("case.nopack.title", map[string]any{"id": e.v.Pathway}), Text: q.p("case.nopack.text", nil)})
	}
	if e.named {
		view.Banners = append(view.Banners, ui.Notice{Sort: ui.Warn, Title: q.p("case.named.title", nil), Text: q.p("case.named.text", nil)})
		view.Named = q.p("case.named.ok", nil)
	}
	view.Groups = append(e.ownGroups(), e.packGroups()...)
	if e.ownBelow() {
		view.Groups = append(e.packGroups(), e.ownGroups()...)
	}
	if e.kind.files != "-" {
		view.Groups = append(view.Groups, e.fileGroup())
	}
	slug := e.q.PathValue("kind")
	view.Form = ui.FormView{ID: "say", Action: e.v.path("say", slug), CSRF: q.csrf(), DraftURL: draftURL(e.draftName()), Owner: string(q.caller.Person),
		Files: e.kind.files != "-", Errors: e.faultLines(view.Groups)}
	if e.form != nil {
		view.Form.Evaluate = e.v.path("evaluate", slug)
		view.Form.Hidden = append(view.Form.Hidden, ui.Hidden{Name: "_form", Value: e.form.ID})
	}
	for _, r := range e.refs {
		view.Form.Hidden = append(view.Form.Hidden, ui.Hidden{Name: "ref", Value: r.String()})
	}
	for i := range e.roomForAdvice() {
		if name := "rec." + strconv.Itoa(i) + ".id"; e.get(name) != "" {
			view.Form.Hidden = append(view.Form.Hidden, ui.Hidden{Name: name, Value: e.get(name)})
		}
	}
	for _, kept := range e.keptFiles() {
		view.Form.Hidden = append(view.Form.Hidden, ui.Hidden{Name: "_kept", Value: kept})
	}
	view.Tabs, view.TabsAre = e.tabs()
	view.Actions = ui.ActionsView{Submit: e.submit(), Cancel: ui.Link{Label: q.p("case.cancel", nil), URL: e.v.path()}, Draft: true, Saved: e.saved,
		Evaluate: e.form != nil, Danger: e.kind.kind == ledger.KindRetract}
	return view, nil
}

// ownBelow: the pack's questions come first where the rest follows from them.
func (e *saying) ownBelow() bool {
	switch e.kind.kind {
	case casebook.KindOpinion, casebook.KindFinding, casebook.KindFollowUp, casebook.KindTeaching:
		return true
	}
	return false
}

func (e *saying) submit() string {
	for _, key := range []string{"case.do." + e.kind.slug()} {
		if e.target == nil && lang.Has(key) {
			return e.q.p(key, nil)
		}
	}
	if e.target != nil && e.kind.kind != ledger.KindRetract {
		return e.q.p("case.do.amend", nil)
	}
	return e.q.p("case.do.say", nil)
}

// about shows what the form answers.
func (e *saying) about() (list []ui.ListItem) {
	for _, h := range e.refs {
		for _, item := range e.v.Timeline {
			if item.Hash != h {
				continue
			}
			hospital := e.v.hospital(item.By.Hospital)
			line := ui.ListItem{Hospital: &hospital, Text: e.q.text(item.Title), URL: e.v.path() + "#e-" + h.Short(), End: lang.PartialDate(e.q.lang, dayOf(item.When))}
			if len(item.Lines) > 0 {
				line.Note = e.q.text(item.Lines[0])
			}
			list = append(list, line)
		}
	}
	return list
}

// tabs are the forms of the pack that a finding may be recorded with, or the parts of the checklist.
func (e *saying) tabs() (list []ui.SavedView, label string) {
	if e.target != nil {
		return nil, ""
	}
	switch e.kind.kind {
	case casebook.KindFinding:
		if e.v.pack == nil {
			return nil, ""
		}
		for _, f := range e.v.pack.Forms {
			if !slices.Contains(otherForms, f.ID) {
				list = append(list, ui.SavedView{Label: e.q.pt(f.Name), URL: e.v.path("say", "finding") + "?_form=" + f.ID, Current: e.form != nil && e.form.ID == f.ID})
			}
		}
		list = append(list, ui.SavedView{Label: e.q.p("case.noteonly", nil), URL: e.v.path("say", "finding") + "?_form=-", Current: e.form == nil})
		return list, e.q.p("case.forms", nil)
	case casebook.KindSafetyCheck:
		for _, part := range casebook.SafetyParts {
			list = append(list, ui.SavedView{Label: e.q.choiceName("safety", part), URL: e.v.path("say", "safety-check") + "?part=" + part, Current: e.safetyPart() == part})
		}
		return list, e.q.p("case.field.part", nil)
	}
	return nil, ""
}

// ownGroups are the fields that every pathway has.
func (e *saying) ownGroups() []entryGroup {
	g := entryGroup{}
	if e.form != nil && e.ownBelow() {
		g.Title = e.q.p("case.own", nil)
	}
	var more []entryGroup
	for _, f := range e.kind.fields {
		if e.mirrored(f) || f.unless != nil && f.unless(e) {
			continue
		}
		switch f.sort {
		case sortAdvice:
			more = append(more, e.adviceGroups()...)
		case sortSteps:
			more = append(more, e.stepGroup())
		case sortScopes:
			g.Fields = append(g.Fields, e.scopeFields()...)
		case sortTeam:
			g.Fields = append(g.Fields, e.assistantFields(f)...)
		default:
			g.Fields = append(g.Fields, e.ownField(f))
		}
	}
	if e.kind.at == "_at" {
		g.Fields = append(g.Fields, ui.FieldView{Name: "_at", Type: ui.FieldDate, Label: e.q.p("case.field.at", nil), Help: e.q.p("case.help.at", nil), Value: e.get("_at"), Error: e.faults["_at"]})
	}
	if len(g.Fields) == 0 {
		return more
	}
	return append([]entryGroup{g}, more...)
}

func (e *saying) ownField(f entryField) ui.FieldView {
	v := ui.FieldView{Name: f.name, Type: ui.FieldText, Label: e.label(f.name), Help: e.help(f.name), Value: e.in.Get(f.name), Required: f.need, Error: e.faults[f.name]}
	switch f.sort {
	case sortLong, sortLines:
		v.Long = true
	case sortCode, sortHospital, sortOwner, sortStaff:
		v.Type, v.Options = ui.FieldCode, e.options(f)
		if f.name == "part" {
			v.Hidden = true
		}
	case sortCodes, sortHospitals:
		v.Type, v.Options, v.Values = ui.FieldCodes, e.options(f), e.in[f.name]
	case sortSafety:
		v.Type, v.Values = ui.FieldCodes, e.in["items"]
		for _, id := range safetyItems[e.safetyPart()] {
			v.Options = append(v.Options, ui.Option{Value: id, Label: e.q.choiceName("safety-items."+dashed(e.safetyPart()), id)})
		}
		v.Required = true
	case sortTick:
		v.Type = ui.FieldTick
	case sortInteger:
		v.Type = ui.FieldInteger
	case sortDate:
		v.Type = ui.FieldDate
	case sortDay:
		v.Type = ui.FieldDay
	case sortDateTime:
		v.Type = ui.FieldDateTime
		if len(v.Value) > 16 {
			v.Value = v.Value[:16]
		}
	}
	return v
}

func (e *saying) adviceGroups() (list []entryGroup) {
	for i := range e.roomForAdvice() {
		name := "rec." + strconv.Itoa(i)
		if i >= 2 && e.get(name+".text") == "" && e.get("rec."+strconv.Itoa(i-1)+".text") == "" {
			continue
		}
		list = append(list, entryGroup{Title: e.q.p("case.rec.title", map[string]any{"n": strconv.Itoa(i + 1)}), Fields: []ui.FieldView{
			{Name: name + ".text", Type: ui.FieldText, Label: e.q.p("case.rec.text", nil), Value: e.get(name + ".text")},
			{Name: name + ".owner", Type: ui.FieldCode, Options: e.owners(), Label: e.q.p("case.rec.owner", nil), Value: e.get(name + ".owner"), Error: e.faults[name+".owner"]},
			{Name: name + ".due", Type: ui.FieldDay, Label: e.q.p("case.rec.due", nil), Value: e.get(name + ".due"), Error: e.faults[name+".due"]},
		}})
	}
	return list
}

func (e *saying) stepGroup() entryGroup {
	g := entryGroup{Title: e.q.p("case.field.steps", nil), Lead: e.q.p("case.help.steps", nil)}
	if e.v.pack == nil || len(e.v.pack.Plan.Steps) == 0 {
		g.Fields = append(g.Fields, ui.FieldView{Name: "steps", Type: ui.FieldText, Long: true, Label: e.q.p("case.field.steps", nil), Value: e.get("steps")})
		return g
	}
	all := ui.FieldView{Name: "steps", Type: ui.FieldCodes, Label: e.q.p("case.steps.in", nil), Values: e.in["steps"]}
	for _, s := range e.v.pack.Plan.Steps {
		o := ui.Option{Value: s.ID, Label: e.q.pt(s.Name)}
		if s.Key {
			o.Label += " · " + e.q.p("case.steps.key", nil)
		}
		all.Options = append(all.Options, o)
	}
	g.Fields = append(g.Fields, all)
	g.Fold = e.q.p("case.steps.words", nil)
	for _, s := range e.v.pack.Plan.Steps {
		g.Folded = append(g.Folded, ui.FieldView{Name: "step." + s.ID, Type: ui.FieldText, Label: e.q.pt(s.Name), Help: e.q.pt(s.Help), Value: e.get("step." + s.ID)})
	}
	return g
}

func (e *saying) scopeFields() (list []ui.FieldView) {
	for _, s := range access.Scopes {
		name := "scope." + string(s)
		list = append(list, ui.FieldView{Name: name, Type: ui.FieldCode, Label: e.q.text(s.Name()), Help: e.q.p("case.scope."+string(s), nil), Value: e.get(name), Error: e.faults[name],
			Options: []ui.Option{{Value: string(access.Granted), Label: e.q.text(access.Granted.Name())}, {Value: string(access.Refused), Label: e.q.text(access.Refused.Name())},
				{Value: "", Label: e.q.text(access.Unasked.Name())}}})
	}
	if text := e.faults["scopes"]; text != "" && len(list) > 0 {
		list[0].Error = text
	}
	return list
}

// packGroups are the sections of the pack's form.
func (e *saying) packGroups() (list []entryGroup) {
	if e.form == nil {
		return nil
	}
	visible := map[string]bool{}
	for _, f := range e.v.pack.Visible(e.form, e.v.Answers().With(e.values)) {
		visible[f.ID] = true
	}
	for _, s := range e.form.Sections {
		g := entryGroup{Title: e.q.pt(s.Name)}
		for _, f := range s.Fields {
			g.Fields = append(g.Fields, e.packField(f, visible[f.ID])...)
		}
		if len(g.Fields) > 0 {
			list = append(list, g)
		}
	}
	return list
}

// packField is a question of the pack. A score is shown as it is worked out; where only its total is known, that is typed.
func (e *saying) packField(f pathway.Field, visible bool) []ui.FieldView {
	q, name := e.q, "v."+f.ID
	v := ui.FieldView{Name: name, Type: ui.FieldType(f.Type), Label: q.pt(f.Label), Help: q.pt(f.Help), Unit: unitName(q.lang, f.Unit), Min: f.Min, Max: f.Max,
		Digits: f.Digits, Long: f.Long, Required: f.Required, Missing: !f.Computed, Hidden: !visible, Error: e.faults[name], Reason: e.get(name + ".missing"),
		Value: e.in.Get(name), Values: e.in[name]}
	for _, c := range f.Choices {
		v.Options = append(v.Options, ui.Option{Value: c.Code, Label: q.pt(c.Label), Help: q.pt(c.Help)})
	}
	if f.Type == pathway.KindCodes && !slices.ContainsFunc(f.Choices, func(c pathway.Choice) bool { return c.Code == "none" }) {
		v.Options = append(v.Options, ui.Option{Value: noneOfThem, Label: q.p("case.none-of-them", nil)})
	}
	if f.Type == pathway.KindInteger && len(f.Choices) > 0 {
		v.Type = ui.FieldCode
	}
	if f.Type == pathway.KindMedia {
		v.Multiple, v.Missing = true, false
	}
	if f.Type == pathway.KindDateTime && len(v.Value) > 16 {
		v.Value = v.Value[:16]
	}
	if e.answers(f.ID) {
		v.Missing = false // the entry cannot be without it
	}
	v.Reasons = e.reasons()
	v.Definition, v.Source = e.definition(f)
	if !f.Computed {
		return []ui.FieldView{v}
	}
	worked, score := e.worked(f)
	v.Name, v.Computed, v.Value, v.Required = "score."+f.ID, true, score, false
	if f.Scale == "" || worked {
		return []ui.FieldView{v}
	}
	total := v
	total.Name, total.Computed, total.Help, total.Definition, total.Source = name, false, q.p("case.help.total", nil), "", ""
	total.Label, total.Value, total.Required, total.Missing = q.p("case.total", map[string]any{"scale": v.Label}), e.in.Get(name), f.Required, true
	return []ui.FieldView{v, total}
}

// answers tells whether a variable answers a field that the entry must have.
func (e *saying) answers(id string) bool {
	return slices.ContainsFunc(e.kind.fields, func(f entryField) bool { return f.need && f.from == id })
}

// worked gives a computed value in words, with the band of a score, and whether it was worked out rather than typed.
func (e *saying) worked(f pathway.Field) (bool, string) {
	value := e.values[f.ID]
	if !value.Given() {
		return false, ""
	}
	text := e.q.pt(f.Answer(value))
	if s := e.v.pack.Scale(f.Scale); s != nil && f.ID == s.ID {
		if score, err := s.Score(e.v.Answers().With(e.values)); err == nil && !score.Text.IsZero() {
			text += " · " + e.q.pt(score.Text)
		}
	}
	return e.get("v."+f.ID) == "", text
}

func (e *saying) reasons() (list []ui.Option) {
	for _, c := range pathway.MissingReasons {
		list = append(list, ui.Option{Value: c.Code, Label: e.q.pt(c.Label)})
	}
	return list
}

// definition is the exact meaning of a variable and where it comes from, which is shown also where it is our own judgment.
func (e *saying) definition(f pathway.Field) (definition, source string) {
	v := e.v.pack.Variable(f.ID)
	if v == nil {
		return "", ""
	}
	definition = e.q.pt(v.Definition)
	id := v.Source
	if s := e.v.pack.Scale(f.Scale); s != nil && f.ID == s.ID {
		id = s.Source
		if definition == "" {
			definition = e.q.pt(s.Help)
		}
		if definition == "" {
			definition = e.q.pt(s.Name)
		}
	}
	if s := e.v.pack.SourceOf(id); s != nil {
		source = s.Text
		if s.DOI != "" {
			source += " · doi:" + s.DOI
		}
		if !s.Checked {
			source += " · " + e.q.p("case.unchecked", nil)
		}
	}
	if definition == "" && source != "" && f.Scale != "" && f.Computed {
		definition = e.q.pt(f.Label)
	}
	return definition, source
}

func (e *saying) fileGroup() entryGroup {
	f := ui.FieldView{Name: "_files", Type: ui.FieldMedia, Multiple: true, Label: e.label("files"), Help: e.help("files"), Error: e.faults["_files"],
		Required: e.kind.kind == casebook.KindImaging}
	if n := len(e.blobs); n > 0 {
		f.Help = e.q.p("case.files.kept", map[string]any{"count": n})
	}
	return entryGroup{Fields: []ui.FieldView{f}}
}
