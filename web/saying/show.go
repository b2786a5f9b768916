package saying

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/saying/attach"
	"consilium/web/saying/beside"
	"consilium/web/ui"
)

// Group is one part of a form under its heading.
type Group struct {
	Title  string
	Lead   string
	Wide   bool // takes both columns of an instrument
	Open   bool // folds nothing that is asked in an instrument
	Fields []ui.FieldView
	Fold   string // what Folded is behind
	Folded []ui.FieldView
	More   templ.Component // what a component draws by itself
}

// FormView is a form about a case as it is drawn.
type FormView struct {
	Head      ui.HeadView
	Form      ui.FormView
	Groups    []Group
	Banners   []ui.Notice
	About     []ui.ListItem // what it answers or corrects
	Tabs      []ui.SavedView
	TabsAre   string
	Named     string // the tick that sends what may name somebody
	Names     string // the quiet line about names
	Actions   ui.ActionsView
	Laid                      // the groups as an instrument, where the form is one
	Strip     *face.StripView // of the patient; nil: the thread is not about one
	Checklist *checklistView  // nil: the form is none
	Beside    *beside.View    // the case beside the form; nil: none
	Odd       *oddView        // what is to be confirmed; nil: nothing
	Nothing   *ui.EmptyView   // instead of the form: what has to be chosen is not there yet
}

func (e *Form) view() (FormView, error) {
	q := e.Q
	view := FormView{
		Head:    ui.HeadView{Title: e.title(), Sub: e.sub(), Back: ui.Link{Label: e.P("back", nil), URL: e.M.Path()}},
		Banners: e.Banner, About: e.about(),
	}
	if list := slices.IndexFunc(e.Kind.Fields, func(f record.Field) bool { return f.Sort == sortChecks }); list >= 0 {
		view.Checklist = e.checklist(e.Kind.Fields[list])
	}
	if e.V != nil {
		e.aboutPatient(&view)
	}
	if e.M.Pack == nil && e.Kind.Pack != nil {
		view.Banners = append(view.Banners, ui.Notice{Sort: ui.Warn, Title: q.P("case.nopack.title", map[string]any{"id": e.M.Pathway}), Text: q.P("case.nopack.text", nil)})
	}
	if e.Named {
		view.Banners = append(view.Banners, ui.Notice{Sort: ui.Warn, Title: q.P("case.named.title", nil), Text: q.P("case.named.text", nil)})
		view.Named = q.P("case.named.ok", nil)
	}
	view.Groups = append(e.OwnGroups(), e.PackGroups()...)
	if e.Kind.PackFirst {
		view.Groups = append(e.PackGroups(), e.OwnGroups()...)
	}
	if e.Kind.Attach {
		view.Groups = append(view.Groups, e.fileGroup())
	}
	slug := e.Q.PathValue("kind")
	view.Form = ui.FormView{ID: "say", Action: e.M.Path("say", slug), CSRF: q.CSRF(), Draft: e.draftView(),
		Files: e.Kind.Attach, Errors: e.FaultLines(view.Groups)}
	if e.PackForm != nil {
		view.Form.Evaluate = e.M.Path("evaluate", slug)
		view.Form.Hidden = append(view.Form.Hidden, ui.Hidden{Name: "_form", Value: e.PackForm.ID})
		view.Laid = e.LayOut(&view.Form, view.Groups)
	}
	view.Form.Hidden = append(view.Form.Hidden, e.carried()...)
	view.Odd, view.Nothing = e.odd(), e.nothing(view.Groups)
	view.Tabs, view.TabsAre = e.tabs()
	view.Actions = ui.ActionsView{Instrument: view.Form.Instrument, Submit: e.submit(), Cancel: ui.Link{Label: q.P("case.cancel", nil), URL: e.M.Path()}, Draft: true, Saved: e.Drafted.Saved,
		Evaluate: e.PackForm != nil, Danger: e.Kind.Name == ledger.KindRetract}
	return view, nil
}

// aboutPatient puts beside the form what nobody may forget of its patient: who it is, which side, what is dangerous, and the case itself.
func (e *Form) aboutPatient(view *FormView) {
	strip := e.V.Strip()
	if view.Checklist != nil {
		strip.Risks = append(strip.Risks, e.V.Blood())
	}
	view.Strip, view.Names = &strip, e.Q.P("case.names", nil)
	if e.target != nil {
		return
	}
	if e.Kind.Name == casebook.KindOperation {
		view.Banners = append(view.Banners, e.unconfirmed()...)
	}
	view.Beside = beside.Of(e.V, e.Kind)
}

// carried is what the form sends along unseen: what it is about, which advice its lines were, the files that are kept already.
func (e *Form) carried() (list []ui.Hidden) {
	for _, r := range e.refs {
		list = append(list, ui.Hidden{Name: "ref", Value: r.String()})
	}
	for i := range e.roomForAdvice() {
		if name := "rec." + strconv.Itoa(i) + ".id"; e.Get(name) != "" {
			list = append(list, ui.Hidden{Name: name, Value: e.Get(name)})
		}
	}
	for _, kept := range e.keptFiles() {
		list = append(list, ui.Hidden{Name: attach.Field, Value: kept})
	}
	return list
}

// nothing says why a form cannot be answered, before anybody fills it in: a field that has to be has nothing to choose from.
func (e *Form) nothing(groups []Group) *ui.EmptyView {
	for _, g := range groups {
		for _, f := range g.Fields {
			if !f.Required || f.Hidden || !f.Chooses() || len(f.Options) > 0 {
				continue
			}
			if e.M.Nothing != nil {
				if v := e.M.Nothing(f.Name); v != nil {
					return v
				}
			}
			return &ui.EmptyView{Icon: "people", Title: e.Q.P("case.nochoice.title", map[string]any{"field": f.Label}), Text: e.Q.P("case.nochoice.text", nil), Action: ui.Link{Label: e.P("back", nil), URL: e.M.Path()}}
		}
	}
	return nil
}

func (e *Form) draftView() *ui.DraftView {
	v := e.Drafted.View(e.Q, e.path())
	return &v
}

// sub is the line below the title: what the form is for, or what it is about.
func (e *Form) sub() string {
	if key := "lead." + e.slug(); e.has(key) {
		return e.P(key, nil)
	}
	return e.M.Title
}

func (e *Form) submit() string {
	if key := "do." + e.slug(); e.target == nil && e.has(key) {
		return e.P(key, nil)
	}
	if e.target != nil && e.Kind.Name != ledger.KindRetract {
		return e.Q.P("case.do.amend", nil)
	}
	return e.Q.P("case.do.say", nil)
}

// about shows what the form answers.
func (e *Form) about() (list []ui.ListItem) {
	for _, h := range e.refs {
		for _, item := range e.M.Timeline {
			if item.Hash != h {
				continue
			}
			hospital := e.M.Hospital(item.By.Hospital)
			line := ui.ListItem{Hospital: &hospital, Text: e.TitleOf(item), URL: e.M.Path() + "#e-" + h.Short(), End: lang.PartialDate(e.Q.Lang, face.DayOf(item.When))}
			if len(item.Lines) > 0 && !e.Kind.Blind {
				line.Note = e.Q.Text(item.Lines[0])
			}
			list = append(list, line)
		}
	}
	return list
}

// TitleOf is an entry as its page tells it: with the names that the pack has for its codes.
func (e *Form) TitleOf(item record.Item) string {
	if k, s := e.M.Talk.Kind(item.Kind), e.M.Log.Find(item.Hash); k != nil && s != nil && !item.Unread && !item.Erased {
		if t := k.Told(s, e.asking()); !t.Title.Empty() {
			return e.Q.Text(t.Title)
		}
	}
	return e.Q.Text(item.Title)
}

// tabs are the forms of the pack that a finding may be recorded with, or the parts of the checklist.
func (e *Form) tabs() (list []ui.SavedView, label string) {
	if e.target != nil {
		return nil, ""
	}
	switch e.Kind.Name {
	case casebook.KindFinding:
		if e.M.Pack == nil {
			return nil, ""
		}
		for _, f := range casebook.FindingForms(e.M.Pack) {
			list = append(list, ui.SavedView{Label: e.Q.PackText(f.Name), URL: e.M.Path("say", "finding") + "?_form=" + f.ID, Current: e.PackForm != nil && e.PackForm.ID == f.ID})
		}
		list = append(list, ui.SavedView{Label: e.Q.P("case.noteonly", nil), URL: e.M.Path("say", "finding") + "?_form=-", Current: e.PackForm == nil})
		return list, e.Q.P("case.forms", nil)
	}
	return nil, ""
}

// OwnGroups are the fields that every pathway has.
func (e *Form) OwnGroups() []Group {
	g := Group{}
	if key := "own." + e.slug(); e.PackForm != nil && e.has(key) {
		g.Title = e.P(key, nil)
	} else if e.PackForm != nil {
		g.Title = e.P("own.note", nil)
	}
	var more []Group
	for _, f := range e.Kind.Fields {
		if e.mirrored(f) || !e.asked(f) {
			continue
		}
		if c, ok := e.M.Sorts[f.Sort]; ok {
			if c.Show == nil {
				g.Fields = append(g.Fields, e.OwnField(f))
			} else {
				more = append(more, c.Show(e, f)...)
			}
			continue
		}
		switch f.Sort {
		case sortVisit:
			if v := e.OwnField(f); len(v.Options) > 0 {
				g.Fields = append(g.Fields, v)
			}
		case sortAdvice:
			more = append(more, e.adviceGroups()...)
		case sortSteps:
			more = append(more, e.stepGroup())
		case sortChecks, sortSide: // the checklist
		case sortAdviceTaken:
			more = append(more, e.adviceTakenGroup())
		case sortScopes:
			g.Fields = append(g.Fields, e.ScopeFields()...)
		case sortTeam:
			g.Fields = append(g.Fields, e.assistantFields(f)...)
		default:
			g.Fields = append(g.Fields, e.OwnField(f))
		}
	}
	if e.Kind.At == record.AskAt {
		g.Fields = append(g.Fields, ui.FieldView{Name: "_at", Type: ui.FieldDate, Label: e.Q.P("case.field.at", nil), Help: e.Q.P("case.help.at", nil), Value: e.Get("_at"), Error: e.Faults["_at"]})
	}
	if len(g.Fields) == 0 {
		return more
	}
	return append([]Group{g}, more...)
}

func (e *Form) OwnField(f record.Field) ui.FieldView {
	v := ui.FieldView{Name: f.Name, Type: ui.FieldText, Label: e.label(f.Name), Help: e.help(f.Name), Value: e.In.Get(f.Name), Required: f.Needed, Error: e.Faults[f.Name]}
	if c, ok := e.M.Sorts[f.Sort]; ok && c.Options != nil {
		v.Type, v.Options = ui.FieldCode, c.Options(e, f)
		return v
	}
	switch f.Sort {
	case sortAge: // a line, "54" or "7 months": how people say it
	case record.Long, record.Lines:
		v.Long = true
	case record.Owner, record.Staff, sortOperator:
		v.Type, v.Options = ui.FieldPerson, e.options(f)
	case record.Code, record.Hospital, sortVisit:
		v.Type, v.Options = ui.FieldCode, e.options(f)
	case record.Codes, record.Hospitals:
		v.Type, v.Options, v.Values = ui.FieldCodes, e.options(f), e.In[f.Name]
	case sortPart:
		v.Type, v.Options, v.Hidden = ui.FieldCode, e.options(f), true
	case record.Tick:
		v.Type = ui.FieldTick
	case record.Integer:
		v.Type = ui.FieldInteger
		if f.Options != nil {
			v.Type, v.Options = ui.FieldCode, e.options(f)
		}
	case record.Date:
		v.Type = ui.FieldDate
	case record.Day:
		v.Type = ui.FieldDay
	case record.DateTime:
		v.Type = ui.FieldDateTime
		if len(v.Value) > 16 {
			v.Value = v.Value[:16]
		}
	}
	return v
}

func (e *Form) adviceGroups() (list []Group) {
	for i := range e.roomForAdvice() {
		name := "rec." + strconv.Itoa(i)
		if i >= 2 && e.Get(name+".text") == "" && e.Get("rec."+strconv.Itoa(i-1)+".text") == "" {
			continue
		}
		list = append(list, Group{Title: e.Q.P("case.rec.title", map[string]any{"n": strconv.Itoa(i + 1)}), Fields: []ui.FieldView{
			{Name: name + ".text", Type: ui.FieldText, Label: e.Q.P("case.rec.text", nil), Value: e.Get(name + ".text")},
			{Name: name + ".owner", Type: ui.FieldPerson, Options: e.owners(), Label: e.Q.P("case.rec.owner", nil), Value: e.Get(name + ".owner"), Error: e.Faults[name+".owner"]},
			{Name: name + ".due", Type: ui.FieldDay, Label: e.Q.P("case.rec.due", nil), Value: e.Get(name + ".due"), Error: e.Faults[name+".due"]},
		}})
	}
	return list
}

func (e *Form) stepGroup() Group {
	g := Group{Title: e.Q.P("case.field.steps", nil), Lead: e.Q.P("case.help.steps", nil)}
	if e.M.Pack == nil || len(e.M.Pack.Plan.Steps) == 0 {
		g.Fields = append(g.Fields, ui.FieldView{Name: "steps", Type: ui.FieldText, Long: true, Label: e.Q.P("case.field.steps", nil), Value: e.Get("steps")})
		return g
	}
	all := ui.FieldView{Name: "steps", Type: ui.FieldCodes, Label: e.Q.P("case.steps.in", nil), Values: e.In["steps"]}
	for _, s := range e.M.Pack.Plan.Steps {
		o := ui.Option{Value: s.ID, Label: e.Q.PackText(s.Name)}
		if s.Key {
			o.Label += " · " + e.Q.P("case.steps.key", nil)
		}
		all.Options = append(all.Options, o)
	}
	g.Fields = append(g.Fields, all)
	g.Fold = e.Q.P("case.steps.words", nil)
	for _, s := range e.M.Pack.Plan.Steps {
		g.Folded = append(g.Folded, ui.FieldView{Name: "step." + s.ID, Type: ui.FieldText, Label: e.Q.PackText(s.Name), Help: e.Q.PackText(s.Help), Value: e.Get("step." + s.ID)})
	}
	return g
}

func (e *Form) ScopeFields() (list []ui.FieldView) {
	for _, s := range access.Scopes {
		name := "scope." + string(s)
		list = append(list, ui.FieldView{Name: name, Type: ui.FieldCode, Label: e.Q.Text(s.Name()), Help: e.Q.P("case.scope."+string(s), nil), Value: e.Get(name), Error: e.Faults[name],
			Options: []ui.Option{{Value: string(access.Granted), Label: e.Q.Text(access.Granted.Name())}, {Value: string(access.Refused), Label: e.Q.Text(access.Refused.Name())},
				{Value: "", Label: e.Q.Text(access.Unasked.Name())}}})
	}
	if text := e.Faults["scopes"]; text != "" && len(list) > 0 {
		list[0].Error = text
	}
	return list
}

// PackGroups are the sections of the pack's form.
func (e *Form) PackGroups() (list []Group) {
	if e.PackForm == nil {
		return nil
	}
	visible := map[string]bool{}
	for _, f := range e.M.Pack.Visible(e.PackForm, e.M.Known.With(e.Values)) {
		visible[f.ID] = true
	}
	for _, s := range e.PackForm.Sections {
		g := Group{Title: e.Q.PackText(s.Name)}
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
func (e *Form) packField(f pathway.Field, visible bool) []ui.FieldView {
	q, name := e.Q, "v."+f.ID
	v := ui.FieldView{Name: name, Type: ui.FieldType(f.Type), Label: q.PackText(f.Label), Help: q.PackText(f.Help), Unit: face.UnitName(q.Lang, f.Unit), Min: f.Min, Max: f.Max,
		Digits: f.Digits, Long: f.Long, Required: f.Required, Missing: !f.Computed, Hidden: !visible, Error: e.Faults[name], Reason: e.Get(name + ".missing"),
		Value: e.In.Get(name), Values: e.In[name]}
	for _, c := range f.Choices {
		v.Options = append(v.Options, ui.Option{Value: c.Code, Label: q.PackText(c.Label), Help: q.PackText(c.Help)})
	}
	if f.Type == pathway.KindCodes && !slices.ContainsFunc(f.Choices, func(c pathway.Choice) bool { return c.Code == "none" }) {
		v.Options = append(v.Options, ui.Option{Value: noneOfThem, Label: q.P("case.none-of-them", nil)})
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
	total.Name, total.Computed, total.Help, total.Definition, total.Source = name, false, q.P("case.help.total", nil), "", ""
	total.Label, total.Value, total.Required, total.Missing = q.P("case.total", map[string]any{"scale": v.Label}), e.In.Get(name), f.Required, true
	return []ui.FieldView{v, total}
}

// answers tells whether a variable answers a field that the entry must have.
func (e *Form) answers(id string) bool {
	return slices.ContainsFunc(e.Kind.Fields, func(f record.Field) bool { return f.Needed && f.From == id })
}

// worked gives a computed value in words, with the band of a score, and whether it was worked out rather than typed.
func (e *Form) worked(f pathway.Field) (bool, string) {
	value := e.Values[f.ID]
	if !value.Given() {
		return false, ""
	}
	text := e.Q.PackText(f.Answer(value))
	if s := e.M.Pack.Scale(f.Scale); s != nil && f.ID == s.ID {
		if score, err := s.Score(e.M.Known.With(e.Values)); err == nil && !score.Text.IsZero() {
			text += " · " + e.Q.PackText(score.Text)
		}
	}
	return e.Get("v."+f.ID) == "", text
}

func (e *Form) reasons() (list []ui.Option) {
	for _, c := range pathway.MissingReasons() {
		list = append(list, ui.Option{Value: c.Code, Label: e.Q.PackText(c.Label)})
	}
	return list
}

// definition is the exact meaning of a variable and where it comes from, which is shown also where it is our own judgment.
func (e *Form) definition(f pathway.Field) (definition, source string) {
	v := e.M.Pack.Variable(f.ID)
	if v == nil {
		return "", ""
	}
	definition = e.Q.PackText(v.Definition)
	id := v.Source
	if s := e.M.Pack.Scale(f.Scale); s != nil && f.ID == s.ID {
		id = s.Source
		if definition == "" {
			definition = e.Q.PackText(s.Help)
		}
		if definition == "" {
			definition = e.Q.PackText(s.Name)
		}
	}
	if s := e.M.Pack.SourceOf(id); s != nil {
		source = e.Q.SourceText(*s)
		if s.DOI != "" {
			source += " · doi:" + s.DOI
		}
		if !s.Checked {
			source += " · " + e.Q.P("case.unchecked", nil)
		}
	}
	if definition == "" && source != "" && f.Scale != "" && f.Computed {
		definition = e.Q.PackText(f.Label)
	}
	return definition, source
}

func (e *Form) fileGroup() Group {
	f := ui.FieldView{Name: "_files", Type: ui.FieldMedia, Multiple: true, Label: e.label("files"), Help: e.help("files"), Error: e.Faults["_files"],
		Required: e.Kind.Files}
	if n := len(e.blobs); n > 0 {
		f.Help = e.Q.P("case.files.kept", map[string]any{"count": n})
	}
	return Group{Fields: []ui.FieldView{f}}
}
