package page

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/web/ui"
)

// openingKind is the form that opens a case: what everybody who takes part may know, and the pathway's own examination.
var openingKind = &entryKind{kind: casebook.KindOpened, pack: stageForm("examination"), files: "-", fields: []entryField{
	{name: "title", sort: sortText, need: true},
	{name: "urgency", sort: sortCode, need: true, codes: casebook.Urgencies, list: "urgency", value: constant("routine")},
	{name: "side", sort: sortCode, codes: []string{"left", "right", "bilateral"}, list: "side"},
	{name: "sex", sort: sortCode, codes: []string{"female", "male", "other"}, list: "sex"},
	{name: "age", sort: sortInteger},
	{name: "sub_specialty", sort: sortCode, options: subSpecialtyOptions, value: func(e *saying) string { return e.v.pack.SubSpecialty }},
	{name: "summary", sort: sortLong},
}}

func subSpecialtyOptions(e *saying) (list []ui.Option) {
	if e.v.pack == nil {
		return nil
	}
	for _, s := range e.v.pack.SubSpecialties {
		list = append(list, ui.Option{Value: s.ID, Label: e.q.pt(s.Name)})
	}
	return list
}

// newCaseView is the form that opens a case as it is drawn.
type newCaseView struct {
	Head     ui.HeadView
	Form     ui.FormView
	Banners  []ui.Notice
	Own      []entryGroup
	Identity entryGroup
	Consent  entryGroup
	Pack     []entryGroup
	PackIs   string
	Names    string
	Actions  ui.ActionsView
}

// newCasePage chooses the pathway.
func newCasePage(q *request) error {
	if err := access.Need(q.caller.Who, access.Open, access.What{Kind: "case"}); err != nil {
		return err
	}
	var items []ui.ListItem
	for _, p := range q.pathways() {
		item := ui.ListItem{Text: q.pt(p.Name), Note: q.pt(p.Summary), URL: "/open/" + p.ID, End: q.subSpecialtyName(p.SubSpecialty)}
		if p.Level > 0 {
			item.Chips = append(item.Chips, ui.ChipView{Text: q.p("case.level", map[string]any{"level": strconv.Itoa(p.Level)})})
		}
		items = append(items, item)
	}
	head := ui.HeadView{Title: q.p("case.new.title", nil), Sub: q.p("case.new.choose", nil), Back: ui.Link{Label: q.p("case.all", nil), URL: "/cases"}}
	return q.show(q.data(head.Title, "cases"), pathwayChoice(head, items))
}

// opening is the form of one pathway: the opening itself, and the consent beside it.
type opening struct {
	*saying
	consent *saying
	pack    *pathway.Pack
}

func newOpening(q *request) (*opening, error) {
	if err := access.Need(q.caller.Who, access.Open, access.What{Kind: "case"}); err != nil {
		return nil, err
	}
	pack := q.s.Packs(q.PathValue("pathway"), "")
	if pack == nil || pack.Abstract {
		return nil, desk.ErrNotHere
	}
	own := ledger.Member{Hospital: q.s.ID, State: ledger.Joined}
	v := &caseView{q: q, pack: pack, names: map[ledger.HospitalID]string{q.s.ID: q.s.Name},
		Case: casebook.Case{Members: []ledger.Member{own}, Steward: q.s.ID, Home: q.s.ID, Pathway: pack.ID}}
	o := &opening{saying: &saying{q: q, v: v, kind: openingKind, faults: map[string]string{}, media: map[string][]string{}}, pack: pack}
	o.consent = &saying{q: q, v: v, kind: entryKinds["consent"], faults: map[string]string{}}
	o.choosePackForm()
	return o, nil
}

func (o *opening) name() string { return "new." + o.pack.ID }

func newCaseForm(q *request) error {
	o, err := newOpening(q)
	if err != nil {
		return err
	}
	in := url.Values{}
	for _, e := range []*saying{o.saying, o.consent} {
		for _, f := range e.kind.fields {
			if f.value != nil {
				in.Set(f.name, f.value(e))
			}
		}
	}
	if o.in, o.saved, err = q.draft(o.name(), in); err != nil {
		return err
	}
	o.consent.in = o.in
	o.readValues()
	return o.show(http.StatusOK)
}

func openCase(q *request) error {
	if err := q.readForm(); err != nil {
		return err
	}
	o, err := newOpening(q)
	if err != nil {
		return err
	}
	o.in, o.consent.in = q.PostForm, q.PostForm
	o.readValues()
	if o.get("_evaluate") != "" || q.Header.Get("X-CSRF-Token") != "" {
		return o.show(http.StatusOK)
	}
	patient := casebook.Patient{Name: o.get("patient_name"), Latin: o.get("patient_latin"), LocalNumber: o.get("local_number"), BirthDate: o.get("birth_date")}
	drafts := o.drafts(patient)
	if len(o.faults)+len(o.consent.faults) > 0 {
		return o.show(http.StatusUnprocessableEntity)
	}
	id, err := q.s.OpenCase(q.Context(), q.caller.Who, drafts, patient)
	if err != nil {
		if o.explain(err) {
			return o.show(http.StatusUnprocessableEntity)
		}
		return err
	}
	q.dropDraft(o.name())
	return q.see("/cases/" + id.String() + "?done=opened")
}

// drafts are the first entries of the case.
func (o *opening) drafts(patient casebook.Patient) []ledger.Draft {
	says := o.body()
	says["pathway"] = o.pack.ID
	if age, ok := says["age"].(int64); ok && (age < 0 || age > 120) {
		o.fault("age", "case.fault.age")
	}
	if title, _ := says["title"].(string); len(title) > 300 {
		o.fault("title", "case.fault.long")
	}
	if o.q.s.Demo {
		says["demo"] = true
	}
	for _, field := range []string{"title", "summary"} {
		if text, _ := says[field].(string); text != "" && (holdsName(text, patient) || numbers.MatchString(text)) {
			o.fault(field, "case.fault.named")
		}
	}
	if patient != (casebook.Patient{}) {
		o.q.patientFault(patient, o.faults)
	}
	o.checkValues()
	ref := casebook.PackRef(o.pack)
	list := []ledger.Draft{{Kind: casebook.KindOpened, Pack: ref, Says: rawJSON(says)}}
	if scopes := o.consent.scopes(); len(scopes) > 0 {
		given := o.consent.body()
		finishConsent(o.consent, given)
		list = append(list, ledger.Draft{Kind: access.KindConsent, Says: rawJSON(given)})
	}
	if len(o.values) > 0 && o.form != nil {
		list = append(list, ledger.Draft{Kind: casebook.KindFinding, Pack: ref, Says: rawJSON(casebook.Finding{Form: o.form.ID, Values: o.values})})
	}
	return list
}

// explain shows a fault of the consent at its own fields too.
func (o *opening) explain(err error) bool {
	var broken *ledger.Break
	return !errors.As(err, &broken) && o.saying.explain(err)
}

func (o *opening) show(status int) error {
	q := o.q
	v := newCaseView{Head: ui.HeadView{Title: q.p("case.new.title", nil), Sub: q.pt(o.pack.Name), Back: ui.Link{Label: q.p("case.new.else", nil), URL: "/cases/new"}},
		Banners: o.banner, Names: q.p("case.names", nil), Pack: o.packGroups(), PackIs: q.p("case.new.known", nil)}
	v.Own = o.ownGroups()
	for i := range v.Own {
		v.Own[i].Title = q.p("case.new.about", nil)
	}
	v.Identity = o.identityGroup()
	v.Consent = o.consentGroup()
	for name, text := range o.consent.faults {
		o.faults[name] = text
	}
	groups := append(append(slices.Clone(v.Own), v.Identity, v.Consent), v.Pack...)
	v.Form = ui.FormView{ID: "open", Action: "/open/" + o.pack.ID, CSRF: q.csrf(), DraftURL: draftURL(o.name()), Owner: string(q.caller.Person),
		Evaluate: "/open/" + o.pack.ID, Errors: o.faultLines(groups)}
	v.Actions = ui.ActionsView{Submit: q.p("case.new.do", nil), Cancel: ui.Link{Label: q.p("case.cancel", nil), URL: "/cases"}, Draft: true, Saved: o.saved, Evaluate: true}
	d := q.data(v.Head.Title, "cases")
	d.LiveURL = ""
	return q.render(status, d, newCaseContent(v))
}

func (o *opening) identityGroup() entryGroup {
	g := entryGroup{Title: o.q.p("case.identity.title", nil), Lead: o.q.p("case.identity.lead", nil)}
	g.Fields = append(g.Fields, o.q.identityFields(o.in, o.faults)...)
	return g
}

// identityFields ask who the patient is.
func (q *request) identityFields(in url.Values, faults map[string]string) (list []ui.FieldView) {
	for _, f := range []struct {
		name string
		sort ui.FieldType
	}{{"patient_name", ui.FieldText}, {"patient_latin", ui.FieldText}, {"local_number", ui.FieldText}, {"birth_date", ui.FieldDate}} {
		list = append(list, ui.FieldView{Name: f.name, Type: f.sort, Label: q.p("case.field."+dashed(f.name), nil), Value: in.Get(f.name), Error: faults[f.name], Autocomplete: "off"})
	}
	return list
}

// consentGroup asks for consent at the opening; to whom identity goes is asked once it is known.
func (o *opening) consentGroup() entryGroup {
	e := o.consent
	g := entryGroup{Title: o.q.p("case.consent.title", nil), Lead: o.q.p("case.consent.lead", nil)}
	for _, f := range e.scopeFields() {
		if f.Name != "scope."+string(access.Identity) {
			g.Fields = append(g.Fields, f)
		}
	}
	for _, f := range e.kind.fields {
		if f.sort != sortScopes && f.sort != sortHospitals {
			v := e.ownField(f)
			v.Required = false
			g.Fields = append(g.Fields, v)
		}
	}
	return g
}
