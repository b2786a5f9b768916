package saying

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/ui"
)

// maxAdvice is how many recommendations one form has room for.
const maxAdvice = 5

// Body reads the fields that every pathway has.
func (e *Form) Body() map[string]any {
	says := map[string]any{}
	for _, f := range e.Kind.Fields {
		if e.mirrored(f) {
			e.mirror(f, says)
			continue
		}
		if !e.asked(f) {
			continue
		}
		e.read(f, says)
	}
	return says
}

// mirror takes a field from the answer of the pack's form.
func (e *Form) mirror(f record.Field, says map[string]any) {
	v := e.Values[f.From]
	if b, ok := v.AsBool(); ok {
		if b {
			says[f.Name] = true
		}
		return
	}
	if text := v.String(); v.Given() && text != "" {
		says[f.Name] = text
	} else if f.Needed {
		e.Fault("v."+f.From, "case.fault.needed")
	}
}

func (e *Form) read(f record.Field, says map[string]any) {
	value := e.Get(f.Name)
	put := func(v any, given bool) {
		switch {
		case given:
			set(says, f.Name, v)
		case f.Needed:
			e.Fault(f.Name, "case.fault.needed")
		}
	}
	if c, ok := e.M.Sorts[f.Sort]; ok && c.Read != nil {
		put(c.Read(e, f))
		return
	}
	switch f.Sort {
	case record.Code, sortPart, sortVisit, sortSide:
		if value != "" && !slices.ContainsFunc(e.options(f), face.OptionIs(value)) {
			e.Fault(f.Name, "case.fault.choice")
			return
		}
		put(value, value != "")
	case record.Codes:
		list := slices.DeleteFunc(slices.Clone(e.In[f.Name]), func(s string) bool { return !slices.ContainsFunc(e.options(f), face.OptionIs(s)) })
		put(list, len(list) > 0)
	case record.Tick:
		put(true, value == "true")
	case record.Integer:
		n, err := strconv.ParseInt(value, 10, 64)
		if value != "" && f.Options != nil && !slices.ContainsFunc(e.options(f), face.OptionIs(value)) {
			e.Fault(f.Name, "case.fault.choice")
			return
		}
		if value != "" && err != nil {
			e.Fault(f.Name, "case.fault.number")
			return
		}
		put(n, value != "")
	case record.Date, record.Day, record.DateTime:
		value = e.zoned(value)
		if value != "" {
			if _, err := terms.ParsePartialDate(value); err != nil {
				e.Fault(f.Name, "case.fault.date")
				return
			}
		}
		put(value, value != "")
	case sortAge:
		e.readAge(value, says)
	case record.Lines:
		put(face.LinesOf(value), len(face.LinesOf(value)) > 0)
	default:
		e.readMore(f, value, put)
	}
}

// readAge reads an age as people write it.
func (e *Form) readAge(value string, says map[string]any) {
	var o casebook.Opened
	if value == "" {
		return
	}
	if !o.SetAge(value) {
		e.Fault("age", "case.fault.age")
		return
	}
	for name, n := range map[string]*int64{"age": o.Age, "age_months": o.AgeMonths, "age_days": o.AgeDays} {
		if n != nil {
			says[name] = *n
		}
	}
}

// set puts a value into a body; "approval.office" is a part of an object.
func set(says map[string]any, name string, v any) {
	object, part, nested := strings.Cut(name, ".")
	if !nested {
		says[name] = v
		return
	}
	inner, ok := says[object].(map[string]any)
	if !ok {
		inner = map[string]any{}
		says[object] = inner
	}
	inner[part] = v
}

// readMore reads the sorts that are more than one value.
func (e *Form) readMore(f record.Field, value string, put func(any, bool)) {
	switch f.Sort {
	case record.Owner, sortOperator:
		o, ok := e.owner(value)
		if value != "" && !ok {
			e.Fault(f.Name, "case.fault.person")
			return
		}
		put(o, ok)
	case record.Staff:
		options := e.options(f)
		value = ui.ValueOf(options, value)
		if value != "" && !slices.ContainsFunc(options, face.OptionIs(value)) {
			e.Fault(f.Name, "case.fault.person")
			return
		}
		put(value, value != "")
	case record.Hospital:
		h, ok := e.hospitalOf(value)
		put(h, ok)
	case record.Hospitals:
		list := e.hospitalList(f.Name)
		put(list, len(list) > 0)
	case sortAdvice:
		list := e.advice()
		put(list, len(list) > 0)
	case sortSteps:
		list := e.steps()
		put(list, len(list) > 0)
	case sortTeam:
		list := e.assistants(f)
		put(list, len(list) > 0)
	case sortChecks:
		put(e.safety(), true)
	case sortAdviceTaken:
		list := e.adviceTaken()
		put(list, len(list) > 0)
	case sortScopes:
		list := e.Scopes()
		put(list, len(list) > 0)
	default:
		put(value, value != "")
	}
}

func (e *Form) hospitalList(name string) []ledger.HospitalID {
	list := []ledger.HospitalID{}
	for _, raw := range e.In[name] {
		if h, ok := e.hospitalOf(raw); ok && !slices.Contains(list, h) {
			list = append(list, h)
		}
	}
	return list
}

func (e *Form) advice() (list []casebook.Recommendation) {
	for i := range e.roomForAdvice() {
		name := "rec." + strconv.Itoa(i)
		text, due := e.Get(name+".text"), e.zoned(e.Get(name+".due"))
		owner, ok := e.owner(e.Get(name + ".owner"))
		if text == "" {
			continue
		}
		switch {
		case !ok && e.Get(name+".owner") != "":
			e.Fault(name+".owner", "case.fault.person")
		case !ok:
			e.Fault(name+".owner", "case.fault.needed")
		}
		if due == "" {
			e.Fault(name+".due", "case.fault.needed")
		} else if _, err := terms.ParsePartialDate(due); err != nil {
			e.Fault(name+".due", "case.fault.date")
		}
		list = append(list, casebook.Recommendation{ID: e.Get(name + ".id"), Text: text, Owner: owner, Due: due})
	}
	e.nameAdvice(list)
	return list
}

// nameAdvice gives every new recommendation an id that none of the opinion had: what became of one is said under its id, and must not pass to another when
// the opinion is corrected.
func (e *Form) nameAdvice(list []casebook.Recommendation) {
	taken := map[string]bool{}
	for _, r := range e.advised() {
		taken[r.ID] = true
	}
	kept := map[string]bool{}
	for i := range list {
		if id := list[i].ID; !taken[id] || kept[id] {
			list[i].ID = ""
		}
		kept[list[i].ID] = true
	}
	n := 0
	for i := range list {
		for list[i].ID == "" {
			n++
			if id := "r" + strconv.Itoa(n); !taken[id] {
				list[i].ID, taken[id] = id, true
			}
		}
	}
}

// advised are the recommendations that the opinion which is corrected has had: first, and now.
func (e *Form) advised() (list []casebook.Recommendation) {
	if e.target == nil || e.target.Content == nil {
		return nil
	}
	for _, says := range []json.RawMessage{e.target.Content.Says, e.target.Says()} {
		if o, err := ledger.Decode[casebook.Opinion](says); err == nil {
			list = append(list, o.Recommendations...)
		}
	}
	return list
}

// roomForAdvice is how many recommendations the form has room for: those that stand are all kept.
func (e *Form) roomForAdvice() int { return max(maxAdvice, len(e.advised())) }

// safetyPart is the part of the checklist that the form is for.
func (e *Form) safetyPart() string { return e.Get("part") }

func (e *Form) steps() (list []casebook.PlannedStep) {
	if e.M.Pack == nil {
		for _, line := range face.LinesOf(e.Get("steps")) {
			list = append(list, casebook.PlannedStep{Step: line})
		}
		return list
	}
	for _, s := range e.M.Pack.Plan.Steps {
		if slices.Contains(e.In["steps"], s.ID) {
			list = append(list, casebook.PlannedStep{Step: s.ID, Text: e.Get("step." + s.ID)})
		}
	}
	return list
}

func (e *Form) Scopes() map[access.Scope]access.Answer {
	m := map[access.Scope]access.Answer{}
	for _, s := range access.Scopes {
		switch a := access.Answer(e.Get("scope." + string(s))); a {
		case access.Granted, access.Refused:
			m[s] = a
		}
	}
	return m
}

// ReadValues reads the answers to the pack's form: what is asked and given, what was worked out, and why something is missing.
func (e *Form) ReadValues() {
	e.Values = pathway.Values{}
	if e.PackForm == nil {
		return
	}
	for _, f := range e.PackForm.AllFields() {
		if v := e.value(f); !v.IsZero() {
			e.Values[f.ID] = v
		}
	}
	e.settle()
}

// settle leaves out what is not asked and puts in what the answers work out to.
func (e *Form) settle() {
	context := e.M.Known
	visible := map[string]bool{}
	for _, f := range e.M.Pack.Visible(e.PackForm, context.With(e.Values)) {
		visible[f.ID] = true
	}
	bare := pathway.Values{}
	for _, f := range e.PackForm.AllFields() {
		switch v := e.Values[f.ID]; {
		case !visible[f.ID]:
			delete(e.Values, f.ID)
		case !f.Computed && !v.IsZero():
			bare[f.ID] = v
		}
	}
	worked := e.M.Pack.Compute(contextWithout(context, e.PackForm).With(bare))
	for _, f := range e.PackForm.AllFields() {
		if v := worked[f.ID]; f.Computed && visible[f.ID] && v.Given() {
			e.Values[f.ID] = v
		}
	}
}

// contextWithout is what is known from other forms: a score that was worked out earlier is not the score of these answers.
func contextWithout(context pathway.Values, form *pathway.Form) pathway.Values {
	out := context.Clone()
	for _, f := range form.AllFields() {
		delete(out, f.ID)
	}
	if out == nil {
		out = pathway.Values{}
	}
	return out
}

func (e *Form) value(f pathway.Field) pathway.Value {
	name := "v." + f.ID
	if hashes := e.Media[f.ID]; len(hashes) > 0 {
		return pathway.Codes(hashes...)
	}
	if f.Type == pathway.KindCodes {
		return e.codes(name)
	}
	text := e.Get(name)
	if text == "" {
		return e.missing(name)
	}
	switch f.Type {
	case pathway.KindBool:
		return pathway.Bool(text == "true")
	case pathway.KindInteger:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return pathway.Int(n)
		}
	case pathway.KindDecimal:
		return pathway.String(strings.ReplaceAll(text, ",", "."))
	case pathway.KindDate, pathway.KindDateTime:
		return pathway.String(e.zoned(text))
	}
	return pathway.String(text)
}

// noneOfThem is the tick that says so: an answer, where an empty list of boxes is none. Packs have codes of letters, digits and "_".
const noneOfThem = "-"

// codes reads a question with several answers.
func (e *Form) codes(name string) pathway.Value {
	list := slices.DeleteFunc(slices.Clone(e.In[name]), func(s string) bool { return s == "" || s == noneOfThem })
	none := slices.Contains(e.In[name], noneOfThem)
	switch {
	case none && len(list) > 0:
		e.Fault(name, "case.fault.none")
	case none:
		return pathway.Codes()
	case len(list) == 0:
		return e.missing(name)
	}
	return pathway.Codes(list...)
}

func (e *Form) missing(name string) pathway.Value {
	reason := e.Get(name + ".missing")
	if slices.ContainsFunc(pathway.MissingReasons(), func(c pathway.Choice) bool { return c.Code == reason }) {
		return pathway.Missing(reason)
	}
	return pathway.Value{}
}

// zoned reads a date as people type it, and gives a time of day the offset of this hospital.
func (e *Form) zoned(text string) string {
	t, err := terms.ParseClock(text, e.Q.Now().Location())
	if err != nil {
		return terms.Typed(text)
	}
	return terms.WriteMoment(t)
}

// CheckValues says what the pack does not take.
func (e *Form) CheckValues() {
	if e.PackForm == nil {
		return
	}
	for _, p := range e.M.Pack.CheckWith(e.PackForm.ID, e.Values, e.M.Known) {
		field := "v." + p.Field
		if e.Faults[field] == "" {
			e.Faults[field] = e.Q.PackText(p.Text)
		}
	}
}
