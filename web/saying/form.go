package saying

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

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// Aim turns the form to the kind of the address, and to the entries that it refers to or corrects.
func (e *Form) Aim() error {
	for _, text := range e.Q.Form["ref"] {
		h, err := ledger.ParseHash(text)
		if err != nil || e.M.Log.Find(h) == nil {
			return desk.ErrNotHere
		}
		e.refs = append(e.refs, h)
	}
	e.aimed = e.refs
	slug := e.Q.PathValue("kind")
	if slug == ledger.KindAmend || slug == ledger.KindRetract {
		return e.correcting(slug)
	}
	if e.Kind = e.M.Talk.Kind(e.M.Talk.Thread + "." + slug); e.Kind == nil || len(e.Kind.Fields) == 0 {
		return desk.ErrNotHere
	}
	if len(e.refs) == 0 && e.Kind.Offer != nil {
		e.refs, _ = e.Kind.Offer(e.asking())
	}
	return nil
}

// correcting aims the form at the entry that is corrected, with everything said about it so far.
func (e *Form) correcting(slug string) error {
	if len(e.refs) == 0 {
		return desk.ErrNotHere
	}
	e.target = e.M.Log.Find(e.refs[0])
	if e.target.Content == nil {
		return desk.ErrNotHere
	}
	known := e.M.Talk.Kind(e.target.Kind)
	if slug == ledger.KindRetract || known == nil || len(known.Fields) == 0 {
		e.Kind = &record.Kind{Kind: ledger.Kind{Name: ledger.KindRetract}, Fields: []record.Field{{Name: "why", Sort: record.Long, Needed: true}}}
		if slug == ledger.KindAmend {
			return desk.ErrNotHere
		}
		return nil
	}
	amended := *known
	amended.Attach, amended.Start, amended.At = false, nil, ""
	amended.Fields = append(slices.Clone(known.Fields), record.Field{Name: "why", Sort: record.Long, Needed: true})
	e.Kind = &amended
	return nil
}

// DraftName names the form among the drafts of a person: the case, the form, and the entry that its address is about. What the form refers to by itself, such as the
// newest plan, may change while somebody types.
func (e *Form) DraftName() string {
	name := "say." + e.M.Log.Thread.String() + "." + e.Q.PathValue("kind")
	for _, r := range e.aimed {
		name += "." + r.Short()
	}
	return name
}

// ChoosePackForm finds the pack's form that belongs to the kind.
func (e *Form) ChoosePackForm() {
	e.PackForm = nil
	corrected := e.target != nil && e.target.Kind == casebook.KindOpened // what was found at the opening is an entry of its own
	if e.Kind.Pack == nil || e.M.Pack == nil || corrected {
		return
	}
	if e.target != nil {
		var body struct {
			Form string `json:"form"`
		}
		if json.Unmarshal(e.target.Content.Says, &body) == nil && body.Form != "" {
			e.PackForm = e.M.Pack.Form(body.Form)
			return
		}
	}
	e.PackForm = e.M.Pack.Form(e.Kind.Pack(e.asking()))
	e.M.Known = casebook.ShownBeside(e.Kind.Name, e.PackForm, e.M.Known)
}

// Prefill gives what the form begins with.
func (e *Form) Prefill() (url.Values, error) {
	if e.target != nil && e.Kind.Name != ledger.KindRetract {
		says := e.target.Says()
		if says == nil {
			says = e.target.Content.Says
		}
		return e.fill(says)
	}
	if e.Kind.Start == nil {
		return url.Values{}, nil
	}
	return e.fill(e.Kind.Start(e.asking()))
}

// Draft is the entry as it is to be said.
func (e *Form) Draft() ledger.Draft {
	d := ledger.Draft{Thread: e.M.Log.Thread, Kind: e.Kind.Name, Refs: e.refs, Blobs: e.blobs}
	if e.Kind.Name == ledger.KindRetract {
		e.check(map[string]any{})
		return e.correction(d, ledger.Retraction{Why: e.Get("why")})
	}
	says := e.check(e.Body())
	if e.PackForm != nil && len(e.Values) > 0 {
		says["form"], says["values"] = e.PackForm.ID, e.Values
	}
	e.putConfirmed(says)
	if at, ok := says[e.Kind.At].(string); ok {
		d.At = at
	}
	if e.Kind.At == record.AskAt {
		d.At = e.zoned(e.Get("_at"))
	}
	if e.target != nil {
		why, _ := says["why"].(string)
		delete(says, "why")
		e.keepUnasked(says)
		return e.correction(d, ledger.Amendment{Says: RawJSON(says), Why: why})
	}
	d.Says = json.RawMessage(RawJSON(says))
	d.Blobs = e.blobs
	if e.V == nil {
		return d
	}
	prepared, err := casebook.Prepare(e.V.Case, d, e.M.Pack)
	if err != nil {
		e.Banner = append(e.Banner, ui.Notice{Sort: ui.Bad, Text: err.Error()})
		return d
	}
	return prepared
}

// keepUnasked takes over what the corrected entry says and this form does not ask, such as the steps that an operation was recorded with elsewhere. Names and
// roles follow the person who is chosen, and appointments the day.
func (e *Form) keepUnasked(says map[string]any) {
	now := e.target.Says()
	if now == nil {
		now = e.target.Content.Says
	}
	var was map[string]json.RawMessage
	if json.Unmarshal(now, &was) != nil {
		return
	}
	for _, name := range []string{"form", "values", "name", "role", "follow_ups", "confirmed", "age_months", "age_days"} {
		delete(was, name)
	}
	for _, f := range e.Kind.Fields {
		delete(was, f.Name)
	}
	for name, value := range was {
		if _, ok := says[name]; !ok {
			says[name] = value
		}
	}
}

// check lets the kind add what it knows, and the pack say what it does not take.
func (e *Form) check(says map[string]any) map[string]any {
	if e.Kind.Name == ledger.KindRetract && e.Get("why") == "" {
		e.Fault("why", "case.fault.needed")
	}
	e.CheckValues()
	e.Finish(says)
	return says
}

// Finish lets the kind's declaration add what it knows, and say what it does not take.
func (e *Form) Finish(says map[string]any) {
	if e.Kind.Finish == nil {
		return
	}
	a := e.asking()
	e.Kind.Finish(a, says)
	e.take(a)
	if a.Values == nil && e.Values != nil { // of the pack's questions none has an answer
		e.Values = pathway.Values{}
		for field := range e.Faults {
			if strings.HasPrefix(field, "v.") && !e.mirrors(strings.TrimPrefix(field, "v.")) {
				delete(e.Faults, field)
			}
		}
	}
}

// mirrors tells whether a variable of the pack answers a field that the entry must have.
func (e *Form) mirrors(variable string) bool {
	return slices.ContainsFunc(e.Kind.Fields, func(f record.Field) bool { return f.Needed && f.From == variable })
}

// keysFor closes the key of the sealed identity for each hospital that a consent names, and tells for which it cannot yet.
func (e *Form) keysFor(named []ledger.HospitalID) (keys any, without []ledger.HospitalID) {
	if e.M.Sealed == nil || e.Q.Desk.Sealer == nil {
		return nil, nil
	}
	var list []access.WrappedKey
	for _, h := range named {
		if h == e.Q.Desk.ID {
			continue
		}
		k, err := e.Q.Desk.Sealer.Wrap(e.Q.Context(), e.M.Sealed.Hash, h)
		if err != nil {
			e.Q.Desk.Log.Warn("wrapping the key of an identity", "hospital", h.String(), "err", err)
			without = append(without, h)
			continue
		}
		list = append(list, k)
	}
	if len(list) > 0 {
		keys = list
	}
	return keys, without
}

// correction names the entry and every correction of it that was seen.
func (e *Form) correction(d ledger.Draft, says any) ledger.Draft {
	d.Kind, d.Blobs, d.Refs = ledger.KindAmend, nil, []ledger.Hash{e.target.Hash}
	if e.PackForm != nil {
		d.Pack = casebook.PackRef(e.M.Pack) // the corrected answers are given by this pack
	}
	if _, ok := says.(ledger.Retraction); ok {
		d.Kind = ledger.KindRetract
	}
	for _, c := range e.target.Corrected {
		d.Refs = append(d.Refs, c.By.Hash)
	}
	d.Says = says
	return d
}

// Explain shows next to the form why something could not be said: at the fields that are at fault, and above it. What is no fault of the form is left to the
// page of faults.
func (e *Form) Explain(err error) bool {
	var invalid *casebook.InvalidValues
	var told desk.Told
	switch {
	case errors.As(err, &invalid):
		for _, f := range invalid.Faults() {
			e.Faults["v."+f.Field] = e.Q.Text(f.Text)
		}
	case e.askAbout(err):
	case errors.As(err, &told):
		e.offerToSettle(err)
		n := ui.Notice{Sort: ui.Bad, Title: e.P("stopped", nil)}
		for _, f := range told.Faults() {
			f.Field = e.shownAs(f.Field)
			if f.Field != "" && e.Faults[f.Field] == "" {
				e.Faults[f.Field] = e.Q.Text(f.Text)
			} else {
				n.Items = append(n.Items, e.Q.Text(f.Text))
			}
		}
		if len(n.Items) > 0 {
			e.Banner = append(e.Banner, n)
		}
	case errors.Is(err, ledger.ErrNotSayable), errors.Is(err, ledger.ErrBody):
		f := desk.FaultOf(err)
		e.Banner = append(e.Banner, ui.Notice{Sort: ui.Bad, Title: e.Q.Text(f.Title), Text: e.Q.Text(f.Detail)})
	default:
		return false
	}
	return true
}

// offerToSettle leads from a side that differs to the two ways out: the case is wrong, or there is a reason why this differs. What was typed waits as a draft.
func (e *Form) offerToSettle(err error) {
	var stopped *record.Stopped
	if e.V == nil || !errors.As(err, &stopped) || !slices.ContainsFunc(stopped.Marks, func(m record.Mark) bool { return strings.HasPrefix(m.Code, "side-") }) {
		return
	}
	e.Banner = append(e.Banner,
		ui.Notice{Sort: ui.Bad, Title: e.Q.P("case.resolve.title", map[string]any{"side": e.Q.ChoiceName("side", e.V.Side)}), Text: e.Q.P("case.resolve.text", nil), URL: e.M.Path("say", "side-settled"), Do: e.Q.P("case.strip.settle", nil)},
		ui.Notice{Sort: ui.Info, Text: e.Q.P("case.resolve.wrong", nil), URL: e.M.Path("say", ledger.KindAmend) + "?ref=" + e.V.Opening.String(), Do: e.Q.P("case.resolve.correct", nil)})
}

// What looks like somebody's number: a Chinese identity card, a mobile number.
var Numbers = regexp.MustCompile(`\b\d{17}[\dXx]\b|\b1[3-9]\d{9}\b`)

// NamesSomebody tells whether free text holds the patient's name or number, or what looks like one.
func (e *Form) NamesSomebody() bool {
	for _, values := range e.In {
		for _, text := range values {
			if Numbers.MatchString(text) || e.M.Patient != nil && HoldsName(text, *e.M.Patient) {
				return true
			}
		}
	}
	return false
}

func HoldsName(text string, p casebook.Patient) bool {
	text = strings.ToLower(text)
	for _, name := range []string{p.Name, p.Latin, p.LocalNumber} {
		if name = strings.ToLower(strings.TrimSpace(name)); len([]rune(name)) >= 2 && strings.Contains(text, name) {
			return true
		}
	}
	return false
}

// Show renders the form.
func (e *Form) Show(status int) error {
	title := e.title()
	d := e.Q.Data(title, e.M.Talk.Thread+"s")
	d.LiveURL = "" // what is being typed is not disturbed
	d.Path = face.DraftPath(e.path(), e.Drafted.Line)
	view, err := e.view()
	if err != nil {
		return fmt.Errorf("building the form %s: %w", e.Kind.Name, err)
	}
	return e.Q.Render(status, d, Content(view))
}

// path is the address of the form, also where its answer was put right: what it refers to stands in the address, and a POST has lost that.
func (e *Form) path() string {
	refs := url.Values{}
	for _, r := range e.aimed {
		refs.Add("ref", r.String())
	}
	if e.PackForm != nil && e.Kind.Name == casebook.KindFinding {
		refs.Set("_form", e.PackForm.ID)
	}
	path := e.M.Path("say", e.Q.PathValue("kind"))
	if e.Q.Method == http.MethodGet {
		return e.Q.URL.RequestURI()
	}
	if len(refs) > 0 {
		path += "?" + refs.Encode()
	}
	return path
}

func (e *Form) title() string {
	switch {
	case e.Kind.Name == ledger.KindRetract:
		return e.P("kind.retract", nil)
	case e.target != nil:
		return e.P("amend.title", map[string]any{"what": e.M.Talk.Name(e.slug())})
	}
	if done := "kind." + e.slug() + "-done"; len(e.refs) > 0 && e.has(done) { // it ends what it is about
		return e.P(done, nil)
	}
	return e.Q.Text(e.M.Talk.Name(e.slug()))
}

// FaultLines are the summary above the form, in the order of its fields.
func (e *Form) FaultLines(groups []Group) (list []ui.FieldError) {
	left := maps.Clone(e.Faults)
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
func (e *Form) fieldName(name string) string {
	if id, ok := strings.CutPrefix(name, "v."); ok && e.M.Pack != nil && e.M.Pack.Variable(id) != nil {
		return e.Q.PackText(e.M.Pack.Variable(id).Label)
	}
	if slices.ContainsFunc(e.Kind.Fields, func(f record.Field) bool { return f.Name == name }) {
		return e.label(name)
	}
	return name
}
