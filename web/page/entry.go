package page

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/ui"
)

// newSaying begins the form of the address: a kind, perhaps an entry that it refers to or corrects.
func newSaying(q *request) (*saying, error) {
	v, err := q.openedCase()
	if err != nil {
		return nil, err
	}
	e := &saying{q: q, v: v, faults: map[string]string{}, media: map[string][]string{}}
	for _, text := range q.Form["ref"] {
		h, err := ledger.ParseHash(text)
		if err != nil || v.log.Find(h) == nil {
			return nil, desk.ErrNotHere
		}
		e.refs = append(e.refs, h)
	}
	slug := q.PathValue("kind")
	if slug == ledger.KindAmend || slug == ledger.KindRetract {
		return e, e.correcting(slug)
	}
	if e.kind = entryKinds[slug]; e.kind == nil {
		return nil, desk.ErrNotHere
	}
	if len(e.refs) == 0 && e.kind.refs != nil {
		e.refs = e.kind.refs(v)
	}
	return e, nil
}

// correcting aims the form at the entry that is corrected, with everything said about it so far.
func (e *saying) correcting(slug string) error {
	if len(e.refs) == 0 {
		return desk.ErrNotHere
	}
	e.target = e.v.log.Find(e.refs[0])
	if e.target.Content == nil {
		return desk.ErrNotHere
	}
	known := entryKinds[strings.TrimPrefix(e.target.Kind, "case.")]
	if slug == ledger.KindRetract || known == nil {
		e.kind = &entryKind{kind: ledger.KindRetract, files: "-", fields: []entryField{{name: "why", sort: sortLong, need: true}}}
		if slug == ledger.KindAmend {
			return desk.ErrNotHere
		}
		return nil
	}
	amended := *known
	amended.files, amended.start, amended.at = "-", nil, ""
	amended.fields = append(slices.Clone(known.fields), entryField{name: "why", sort: sortLong, need: true})
	e.kind = &amended
	return nil
}

// draftName names the form's draft.
func (e *saying) draftName() string {
	name := "say." + e.v.Thread.String() + "." + e.q.PathValue("kind")
	for _, r := range e.refs {
		name += "." + r.Short()
	}
	return name
}

// choosePackForm finds the pack's form that belongs to the kind.
func (e *saying) choosePackForm() {
	e.form = nil
	if e.kind.pack == nil || e.v.pack == nil {
		return
	}
	if e.target != nil {
		var body struct {
			Form string `json:"form"`
		}
		if json.Unmarshal(e.target.Content.Says, &body) == nil && body.Form != "" {
			e.form = e.v.pack.Form(body.Form)
			return
		}
	}
	e.form = e.v.pack.Form(e.kind.pack(e))
}

// prefill gives what the form begins with.
func (e *saying) prefill() (url.Values, error) {
	in := url.Values{}
	if e.target != nil && e.kind.kind != ledger.KindRetract {
		says := e.target.Says()
		if says == nil {
			says = e.target.Content.Says
		}
		return e.fill(says)
	}
	if e.kind.start != nil {
		in = e.kind.start(e)
	}
	for _, f := range e.kind.fields {
		if f.value != nil && in.Get(f.name) == "" {
			in.Set(f.name, f.value(e))
		}
	}
	return in, nil
}

func sayPage(q *request) error {
	if err := q.ParseForm(); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	e, err := newSaying(q)
	if err != nil {
		return err
	}
	e.in = q.Form
	e.choosePackForm()
	in, err := e.prefill()
	if err != nil {
		return err
	}
	for name, values := range q.Form { // the address may choose: the part of the checklist, the form of a finding
		if name != "ref" {
			in[name] = values
		}
	}
	if e.in, e.saved, err = q.draft(e.draftName(), in); err != nil {
		return err
	}
	if f := q.Form.Get("_form"); f != "" {
		e.in.Set("_form", f)
	}
	e.choosePackForm()
	e.readValues()
	return e.show(http.StatusOK)
}

// evaluateEntry answers which questions are asked by the answers so far: the same form again.
func evaluateEntry(q *request) error {
	if err := q.readForm(); err != nil {
		return err
	}
	q.Form = q.PostForm
	e, err := newSaying(q)
	if err != nil {
		return err
	}
	e.in = q.PostForm
	e.choosePackForm()
	e.readValues()
	return e.show(http.StatusOK)
}

func say(q *request) error {
	q.Form = q.PostForm
	e, err := newSaying(q)
	if err != nil {
		return err
	}
	e.in = q.PostForm
	e.choosePackForm()
	if err := e.takeFiles(); err != nil {
		return err
	}
	e.readValues()
	if e.get("_evaluate") != "" {
		return e.show(http.StatusOK)
	}
	draft := e.draft()
	if len(e.faults) > 0 {
		return e.show(http.StatusUnprocessableEntity)
	}
	if e.namesSomebody() && e.get("_named") == "" {
		e.named = true
		return e.show(http.StatusUnprocessableEntity)
	}
	entry, err := e.send(draft)
	if err != nil {
		if e.explain(err) {
			return e.show(http.StatusUnprocessableEntity)
		}
		return err
	}
	q.dropDraft(e.draftName())
	return q.see(e.v.path() + "?done=" + doneKey(e.kind.kind) + "#e-" + entry.Hash.Short())
}

// doneKey chooses the words after something was said.
func doneKey(kind string) string {
	switch kind {
	case casebook.KindPlanSigned:
		return "signed"
	case ledger.KindRetract:
		return "retracted"
	}
	return "said"
}

// draft is the entry as it is to be said.
func (e *saying) draft() ledger.Draft {
	d := ledger.Draft{Thread: e.v.Thread, Kind: e.kind.kind, Refs: e.refs, Blobs: e.blobs}
	if e.kind.kind == ledger.KindRetract {
		e.check(map[string]any{})
		return e.correction(d, ledger.Retraction{Why: e.get("why")})
	}
	says := e.check(e.body())
	if e.form != nil && len(e.values) > 0 {
		says["form"], says["values"] = e.form.ID, e.values
	}
	if at, ok := says[e.kind.at].(string); ok {
		d.At = at
	}
	if e.kind.at == "_at" {
		d.At = e.get("_at")
	}
	if e.target != nil {
		why, _ := says["why"].(string)
		delete(says, "why")
		e.keepUnasked(says)
		return e.correction(d, ledger.Amendment{Says: rawJSON(says), Why: why})
	}
	d.Says = json.RawMessage(rawJSON(says))
	d.Blobs = e.blobs
	prepared, err := casebook.Prepare(e.v.Case, d, e.v.pack)
	if err != nil {
		e.banner = append(e.banner, ui.Notice{Sort: ui.Bad, Text: err.Error()})
		return d
	}
	return prepared
}

// keepUnasked takes over what the corrected entry says and this form does not ask, such as the steps that an operation was recorded with elsewhere. Names and
// roles follow the person who is chosen, and appointments the day.
func (e *saying) keepUnasked(says map[string]any) {
	now := e.target.Says()
	if now == nil {
		now = e.target.Content.Says
	}
	var was map[string]json.RawMessage
	if json.Unmarshal(now, &was) != nil {
		return
	}
	for _, name := range []string{"form", "values", "name", "role", "follow_ups"} {
		delete(was, name)
	}
	for _, f := range e.kind.fields {
		delete(was, f.name)
	}
	for name, value := range was {
		if _, ok := says[name]; !ok {
			says[name] = value
		}
	}
}

// check lets the kind add what it knows, and the pack say what it does not take.
func (e *saying) check(says map[string]any) map[string]any {
	if e.kind.kind == ledger.KindRetract && e.get("why") == "" {
		e.fault("why", "case.fault.needed")
	}
	e.checkValues()
	if e.kind.finish != nil {
		e.kind.finish(e, says)
	}
	return says
}

// correction names the entry and every correction of it that was seen.
func (e *saying) correction(d ledger.Draft, says any) ledger.Draft {
	d.Kind, d.Blobs, d.Refs = ledger.KindAmend, nil, []ledger.Hash{e.target.Hash}
	if _, ok := says.(ledger.Retraction); ok {
		d.Kind = ledger.KindRetract
	}
	for _, c := range e.target.Corrected {
		d.Refs = append(d.Refs, c.By.Hash)
	}
	d.Says = says
	return d
}

// send says it, and for a withdrawn or given consent everything that hangs on it.
func (e *saying) send(d ledger.Draft) (*ledger.Entry, error) {
	return e.q.s.Door.Say(e.q.Context(), e.q.caller.Who, d)
}

// explain shows next to the form why something could not be said. What is no fault of the form is left to the page of faults.
func (e *saying) explain(err error) bool {
	var stopped *casebook.Stopped
	var invalid *casebook.InvalidValues
	switch {
	case errors.As(err, &stopped):
		n := ui.Notice{Sort: ui.Bad, Title: e.q.p("case.stopped", nil)}
		for _, m := range stopped.Marks {
			n.Items = append(n.Items, e.q.text(m.Text))
		}
		e.banner = append(e.banner, n)
	case errors.As(err, &invalid):
		for _, p := range invalid.Problems {
			e.faults["v."+p.Field] = e.q.pt(p.Text)
		}
	case errors.Is(err, ledger.ErrNotSayable), errors.Is(err, ledger.ErrBody):
		f := desk.FaultOf(err)
		e.banner = append(e.banner, ui.Notice{Sort: ui.Bad, Title: e.q.text(f.Title), Text: e.q.text(f.Detail)})
	default:
		return false
	}
	return true
}

// What looks like somebody's number: a Chinese identity card, a mobile number.
var numbers = regexp.MustCompile(`\b\d{17}[\dXx]\b|\b1[3-9]\d{9}\b`)

// namesSomebody tells whether free text holds the patient's name or number, or what looks like one.
func (e *saying) namesSomebody() bool {
	for _, values := range e.in {
		for _, text := range values {
			if numbers.MatchString(text) || e.v.patient != nil && holdsName(text, *e.v.patient) {
				return true
			}
		}
	}
	return false
}

func holdsName(text string, p casebook.Patient) bool {
	text = strings.ToLower(text)
	for _, name := range []string{p.Name, p.Latin, p.LocalNumber} {
		if name = strings.ToLower(strings.TrimSpace(name)); len([]rune(name)) >= 2 && strings.Contains(text, name) {
			return true
		}
	}
	return false
}

// show renders the form.
func (e *saying) show(status int) error {
	title := e.title()
	d := e.q.data(title, "cases")
	d.LiveURL = "" // what is being typed is not disturbed
	d.Path = e.path()
	view, err := e.view()
	if err != nil {
		return fmt.Errorf("building the form %s: %w", e.kind.kind, err)
	}
	return e.q.render(status, d, entryContent(view))
}

// path is the address of the form, also where its answer was put right: what it refers to stands in the address, and a POST has lost that.
func (e *saying) path() string {
	refs := url.Values{}
	for _, r := range e.refs {
		refs.Add("ref", r.String())
	}
	path := e.v.path("say", e.q.PathValue("kind"))
	if e.q.Method == http.MethodGet {
		return e.q.URL.RequestURI()
	}
	if len(refs) > 0 {
		path += "?" + refs.Encode()
	}
	return path
}

func (e *saying) title() string {
	switch {
	case e.kind.kind == ledger.KindRetract:
		return e.q.p("case.kind.retract", nil)
	case e.target != nil:
		return e.q.p("case.amend.title", map[string]any{"what": e.q.p("case.kind."+e.kind.slug(), nil)})
	case e.kind.kind == casebook.KindReminder && remindsOf(e):
		return e.q.p("case.kind.reminder-done", nil)
	}
	return e.q.p("case.kind."+e.kind.slug(), nil)
}

// faultLines are the summary above the form, in the order of its fields.
func (e *saying) faultLines(groups []entryGroup) (list []ui.FieldError) {
	left := maps.Clone(e.faults)
	for _, g := range groups {
		for _, f := range g.Fields {
			if text, ok := left[f.Name]; ok {
				list = append(list, ui.FieldError{ID: "f-" + f.Name, Label: f.Label, Text: text})
				delete(left, f.Name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		list = append(list, ui.FieldError{ID: "f-" + name, Label: e.fieldName(name), Text: left[name]})
	}
	return list
}

// fieldName is what people call a field that is not shown.
func (e *saying) fieldName(name string) string {
	if id, ok := strings.CutPrefix(name, "v."); ok && e.v.pack != nil && e.v.pack.Variable(id) != nil {
		return e.q.pt(e.v.pack.Variable(id).Label)
	}
	return name
}
