package page

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/terms"
	"consilium/web/ui"
)

// maxAdvice is how many recommendations one form has room for.
const maxAdvice = 5

// body reads the fields that every pathway has.
func (e *saying) body() map[string]any {
	says := map[string]any{}
	for _, f := range e.kind.fields {
		if e.mirrored(f) {
			e.mirror(f, says)
			continue
		}
		if f.unless != nil && f.unless(e) {
			continue
		}
		e.read(f, says)
	}
	return says
}

// mirror takes a field from the answer of the pack's form.
func (e *saying) mirror(f entryField, says map[string]any) {
	v := e.values[f.from]
	if b, ok := v.AsBool(); ok {
		if b {
			says[f.name] = true
		}
		return
	}
	if text := v.String(); v.Given() && text != "" {
		says[f.name] = text
	} else if f.need {
		e.fault("v."+f.from, "case.fault.needed")
	}
}

func (e *saying) read(f entryField, says map[string]any) {
	value := e.get(f.name)
	put := func(v any, given bool) {
		switch {
		case given:
			says[f.name] = v
		case f.need:
			e.fault(f.name, "case.fault.needed")
		}
	}
	switch f.sort {
	case sortCode:
		if value != "" && !slices.ContainsFunc(e.options(f), optionIs(value)) {
			e.fault(f.name, "case.fault.choice")
			return
		}
		put(value, value != "")
	case sortCodes:
		list := slices.DeleteFunc(slices.Clone(e.in[f.name]), func(s string) bool { return !slices.ContainsFunc(e.options(f), optionIs(s)) })
		put(list, len(list) > 0)
	case sortTick:
		put(true, value == "true")
	case sortInteger:
		n, err := strconv.ParseInt(value, 10, 64)
		if value != "" && err != nil {
			e.fault(f.name, "case.fault.number")
			return
		}
		put(n, value != "")
	case sortDate, sortDay, sortDateTime:
		value = e.zoned(value)
		if value != "" {
			if _, err := terms.ParsePartialDate(value); err != nil {
				e.fault(f.name, "case.fault.date")
				return
			}
		}
		put(value, value != "")
	case sortLines:
		put(linesOf(value), len(linesOf(value)) > 0)
	default:
		e.readMore(f, value, put)
	}
}

// readMore reads the sorts that are more than one value.
func (e *saying) readMore(f entryField, value string, put func(any, bool)) {
	switch f.sort {
	case sortOwner:
		o, ok := e.owner(value)
		if value != "" && !ok {
			e.fault(f.name, "case.fault.choice")
			return
		}
		put(o, ok)
	case sortStaff:
		put(value, slices.ContainsFunc(e.options(f), optionIs(value)))
	case sortHospital:
		h, ok := e.hospitalOf(value)
		put(h, ok)
	case sortHospitals:
		list := e.hospitalList(f.name)
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
	case sortSafety:
		put(e.safety(), true)
	case sortScopes:
		list := e.scopes()
		put(list, len(list) > 0)
	default:
		put(value, value != "")
	}
}

func (e *saying) hospitalList(name string) []ledger.HospitalID {
	list := []ledger.HospitalID{}
	for _, raw := range e.in[name] {
		if h, ok := e.hospitalOf(raw); ok && !slices.Contains(list, h) {
			list = append(list, h)
		}
	}
	return list
}

func (e *saying) advice() (list []casebook.Recommendation) {
	for i := range e.roomForAdvice() {
		name := "rec." + strconv.Itoa(i)
		text, due := e.get(name+".text"), e.get(name+".due")
		owner, ok := e.owner(e.get(name + ".owner"))
		if text == "" {
			continue
		}
		if !ok {
			e.fault(name+".owner", "case.fault.needed")
		}
		if due == "" {
			e.fault(name+".due", "case.fault.needed")
		} else if _, err := terms.ParsePartialDate(due); err != nil {
			e.fault(name+".due", "case.fault.date")
		}
		list = append(list, casebook.Recommendation{ID: e.get(name + ".id"), Text: text, Owner: owner, Due: due})
	}
	e.nameAdvice(list)
	return list
}

// nameAdvice gives every new recommendation an id that none of the opinion had: what became of one is said under its id, and must not pass to another when
// the opinion is corrected.
func (e *saying) nameAdvice(list []casebook.Recommendation) {
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
func (e *saying) advised() (list []casebook.Recommendation) {
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
func (e *saying) roomForAdvice() int { return max(maxAdvice, len(e.advised())) }

func (e *saying) steps() (list []casebook.PlannedStep) {
	if e.v.pack == nil {
		for _, line := range linesOf(e.get("steps")) {
			list = append(list, casebook.PlannedStep{Step: line})
		}
		return list
	}
	for _, s := range e.v.pack.Plan.Steps {
		if slices.Contains(e.in["steps"], s.ID) {
			list = append(list, casebook.PlannedStep{Step: s.ID, Text: e.get("step." + s.ID)})
		}
	}
	return list
}

func (e *saying) safety() (list []casebook.CheckItem) {
	for _, id := range safetyItems[e.safetyPart()] {
		list = append(list, casebook.CheckItem{ID: id, Done: slices.Contains(e.in["items"], id)})
	}
	return list
}

func (e *saying) scopes() map[access.Scope]access.Answer {
	m := map[access.Scope]access.Answer{}
	for _, s := range access.Scopes {
		switch a := access.Answer(e.get("scope." + string(s))); a {
		case access.Granted, access.Refused:
			m[s] = a
		}
	}
	return m
}

// readValues reads the answers to the pack's form: what is asked and given, what was worked out, and why something is missing.
func (e *saying) readValues() {
	e.values = pathway.Values{}
	if e.form == nil {
		return
	}
	for _, f := range e.form.AllFields() {
		if v := e.value(f); !v.IsZero() {
			e.values[f.ID] = v
		}
	}
	e.settle()
}

// settle leaves out what is not asked and puts in what the answers work out to.
func (e *saying) settle() {
	context := e.v.Answers()
	visible := map[string]bool{}
	for _, f := range e.v.pack.Visible(e.form, context.With(e.values)) {
		visible[f.ID] = true
	}
	bare := pathway.Values{}
	for _, f := range e.form.AllFields() {
		switch v := e.values[f.ID]; {
		case !visible[f.ID]:
			delete(e.values, f.ID)
		case !f.Computed && !v.IsZero():
			bare[f.ID] = v
		}
	}
	worked := e.v.pack.Compute(contextWithout(context, e.form).With(bare))
	for _, f := range e.form.AllFields() {
		if v := worked[f.ID]; f.Computed && visible[f.ID] && v.Given() {
			e.values[f.ID] = v
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

func (e *saying) value(f pathway.Field) pathway.Value {
	name := "v." + f.ID
	if hashes := e.media[f.ID]; len(hashes) > 0 {
		return pathway.Codes(hashes...)
	}
	if f.Type == pathway.KindCodes {
		return e.codes(name)
	}
	text := e.get(name)
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
	case pathway.KindDateTime:
		return pathway.String(e.zoned(text))
	}
	return pathway.String(text)
}

// noneOfThem is the tick that says so: an answer, where an empty list of boxes is none. Packs have codes of letters, digits and "_".
const noneOfThem = "-"

// codes reads a question with several answers.
func (e *saying) codes(name string) pathway.Value {
	list := slices.DeleteFunc(slices.Clone(e.in[name]), func(s string) bool { return s == "" || s == noneOfThem })
	none := slices.Contains(e.in[name], noneOfThem)
	switch {
	case none && len(list) > 0:
		e.fault(name, "case.fault.none")
	case none:
		return pathway.Codes()
	case len(list) == 0:
		return e.missing(name)
	}
	return pathway.Codes(list...)
}

func (e *saying) missing(name string) pathway.Value {
	reason := e.get(name + ".missing")
	if slices.ContainsFunc(pathway.MissingReasons, func(c pathway.Choice) bool { return c.Code == reason }) {
		return pathway.Missing(reason)
	}
	return pathway.Value{}
}

// zoned gives a time of day from a browser the offset of this hospital.
func (e *saying) zoned(text string) string {
	t, err := time.ParseInLocation("2006-01-02T15:04", text, e.q.now().Location())
	if err != nil {
		return text
	}
	return t.Format("2006-01-02T15:04Z07:00")
}

// checkValues says what the pack does not take.
func (e *saying) checkValues() {
	if e.form == nil {
		return
	}
	for _, p := range e.v.pack.CheckWith(e.form.ID, e.values, e.v.Answers()) {
		field := "v." + p.Field
		if e.faults[field] == "" {
			e.faults[field] = e.q.pt(p.Text)
		}
	}
}

func linesOf(s string) []string {
	var list []string
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// fill turns a body back into the fields of its form, for a correction, or a version that begins with the last one.
func (e *saying) fill(says json.RawMessage) (url.Values, error) {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(says, &body); err != nil {
		return nil, fmt.Errorf("reading what was said: %w", err)
	}
	in := url.Values{}
	for _, f := range e.kind.fields {
		if raw, ok := body[f.name]; ok {
			e.fillField(f, raw, in)
		}
	}
	var values pathway.Values
	if raw, ok := body["values"]; ok && json.Unmarshal(raw, &values) == nil {
		fillValues(values, in)
	}
	return in, nil
}

func fillValues(values pathway.Values, in url.Values) {
	for id, v := range values {
		name := "v." + id
		if list, ok := v.AsCodes(); ok {
			if in[name] = list; len(list) == 0 {
				in[name] = []string{noneOfThem}
			}
		} else if why := v.Missing(); why != "" {
			in.Set(name+".missing", why)
		} else {
			in.Set(name, v.String())
		}
	}
}

func (e *saying) fillField(f entryField, raw json.RawMessage, in url.Values) {
	switch f.sort {
	case sortLines, sortCodes:
		var list []string
		if json.Unmarshal(raw, &list) == nil && f.sort == sortLines {
			in.Set(f.name, strings.Join(list, "\n"))
		} else {
			in[f.name] = list
		}
	case sortOwner:
		var o casebook.Owner
		if json.Unmarshal(raw, &o) == nil {
			in.Set(f.name, ownerValue(o))
		}
	case sortHospital, sortHospitals:
		e.fillHospitals(f, raw, in)
	case sortAdvice:
		var list []casebook.Recommendation
		if json.Unmarshal(raw, &list) != nil {
			return
		}
		for i, r := range list {
			name := "rec." + strconv.Itoa(i)
			in.Set(name+".id", r.ID)
			in.Set(name+".text", r.Text)
			in.Set(name+".due", r.Due)
			in.Set(name+".owner", ownerValue(r.Owner))
		}
	case sortSteps:
		e.fillSteps(raw, in)
	case sortTeam:
		fillAssistants(f, raw, in)
	case sortSafety:
		var list []casebook.CheckItem
		if json.Unmarshal(raw, &list) != nil {
			return
		}
		for _, i := range list {
			if i.Done {
				in.Add("items", i.ID)
			}
		}
	case sortScopes:
		var m map[string]string
		if json.Unmarshal(raw, &m) != nil {
			return
		}
		for s, a := range m {
			in.Set("scope."+s, a)
		}
	default:
		in.Set(f.name, strings.Trim(string(raw), `"`))
		var text string
		if json.Unmarshal(raw, &text) == nil {
			in.Set(f.name, text)
		}
	}
}

func (e *saying) fillHospitals(f entryField, raw json.RawMessage, in url.Values) {
	var one ledger.HospitalID
	var list []ledger.HospitalID
	if f.sort == sortHospital {
		if json.Unmarshal(raw, &one) == nil {
			in.Set(f.name, one.Raw())
		}
		return
	}
	if json.Unmarshal(raw, &list) == nil {
		for _, h := range list {
			in.Add(f.name, h.Raw())
		}
	}
}

func (e *saying) fillSteps(raw json.RawMessage, in url.Values) {
	var list []casebook.PlannedStep
	if json.Unmarshal(raw, &list) != nil {
		return
	}
	for _, s := range list {
		if e.v.pack == nil {
			in.Set("steps", strings.TrimSpace(in.Get("steps")+"\n"+s.Step))
			continue
		}
		in.Add("steps", s.Step)
		in.Set("step."+s.Step, s.Text)
	}
}

func ownerValue(o casebook.Owner) string {
	if o.Hospital.IsZero() {
		return ""
	}
	if o.Person == "" {
		return o.Hospital.Raw()
	}
	return o.Hospital.Raw() + "/" + string(o.Person)
}

func optionIs(value string) func(ui.Option) bool {
	return func(o ui.Option) bool { return o.Value == value }
}
