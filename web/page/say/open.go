package say

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

// newCaseView is the form that opens a case as it is drawn.
type newCaseView struct {
	Head    ui.HeadView
	Form    ui.FormView
	Banners []ui.Notice
	Laid    saying.Laid
	Names   string
	Actions ui.ActionsView
	Alike   *alikeView // patients of this hospital who look like this one; nil: none
}

// newCasePage chooses the pathway.
func newCasePage(q *face.Request) error {
	if err := access.Need(q.Caller.Who, access.Open, access.What{Of: casebook.Governance}); err != nil {
		return err
	}
	var items []ui.ListItem
	for _, p := range saying.Pathways(q) {
		item := ui.ListItem{Text: q.PackText(p.Name), Note: q.PackText(p.Summary), URL: "/open/" + p.ID, End: q.SubSpecialtyName(p.SubSpecialty)}
		if p.Level > 0 {
			item.Chips = append(item.Chips, ui.ChipView{Text: q.P("case.level", map[string]any{"level": strconv.Itoa(p.Level)})})
		}
		items = append(items, item)
	}
	head := ui.HeadView{Title: q.P("case.new.title", nil), Sub: q.P("case.new.choose", nil), Back: ui.Link{Label: q.P("case.all", nil), URL: "/cases"}}
	return q.Show(q.Data(head.Title, "cases"), pathwayChoice(head, items))
}

// opening is the form of one pathway: the opening itself, and the consent beside it.
type opening struct {
	*saying.Form
	consent *saying.Form
	pack    *pathway.Pack
	alike   []casebook.Alike // cases whose patient looks like this one
}

func newOpening(q *face.Request) (*opening, error) {
	if err := access.Need(q.Caller.Who, access.Open, access.What{Of: casebook.Governance}); err != nil {
		return nil, err
	}
	pack := q.Desk.Packs(q.PathValue("pathway"), "")
	if pack == nil || pack.Abstract {
		return nil, desk.ErrNotHere
	}
	own := ledger.Member{Hospital: q.Desk.ID, State: ledger.Joined}
	v := &face.Case{Q: q, Pack: pack, Names: map[ledger.HospitalID]string{q.Desk.ID: q.Desk.Name},
		Case: casebook.Case{Members: []ledger.Member{own}, Steward: q.Desk.ID, Home: q.Desk.ID, Pathway: pack.ID}}
	o := &opening{Form: saying.OfCase(v, casebook.KindOpened), consent: saying.OfCase(v, access.KindConsent), pack: pack}
	o.ChoosePackForm()
	return o, nil
}

func (o *opening) name() string { return "new." + o.pack.ID }

func newCaseForm(q *face.Request) error {
	o, err := newOpening(q)
	if err != nil {
		return err
	}
	in := url.Values{}
	for _, e := range []*saying.Form{o.Form, o.consent} {
		begun, err := e.Prefill()
		if err != nil {
			return err
		}
		maps.Copy(in, begun)
	}
	if o.In, o.Drafted, err = q.Draft(o.name(), in); err != nil {
		return err
	}
	o.consent.In = o.In
	o.ReadValues()
	return o.show(http.StatusOK)
}

func openCase(q *face.Request) error {
	if err := q.ReadForm(); err != nil {
		return err
	}
	o, err := newOpening(q)
	if err != nil {
		return err
	}
	if at, sent := q.Sent(); sent {
		return q.See(at)
	}
	o.In, o.consent.In, o.Drafted = q.PostForm, q.PostForm, q.Posted(o.name())
	o.ReadValues()
	if o.Get("_evaluate") != "" || q.Header.Get("X-CSRF-Token") != "" {
		return o.show(http.StatusOK)
	}
	patient := casebook.Patient{Name: o.Get("patient_name"), Latin: o.Get("patient_latin"), LocalNumber: o.Get("local_number"), BirthDate: terms.Typed(o.Get("birth_date")), Telephone: o.Get("telephone")}
	drafts := o.drafts(patient)
	if len(o.Faults)+len(o.consent.Faults) > 0 {
		return o.show(http.StatusUnprocessableEntity)
	}
	decision := casebook.AlikeDecision{Decision: o.Get("alike"), Why: o.Get("alike_why")}
	id, err := q.Desk.OpenCase(q.Context(), q.Caller.Who, desk.Opening{First: drafts, Patient: patient, Alike: decision, Draft: q.PostForm.Get("_draft")})
	if at, sent := q.Sent(); err != nil && sent {
		return q.See(at)
	}
	var alike *casebook.PatientsAlike
	if errors.As(err, &alike) {
		o.alike = alike.List
		return o.show(http.StatusUnprocessableEntity)
	}
	if err != nil {
		if o.explain(err) {
			return o.show(http.StatusUnprocessableEntity)
		}
		return err
	}
	return q.See("/cases/" + id.String() + "?done=opened")
}

// drafts are the first entries of the case.
func (o *opening) drafts(patient casebook.Patient) []ledger.Draft {
	says := o.Body()
	says["pathway"] = o.pack.ID
	if title, _ := says["title"].(string); len(title) > 300 {
		o.Fault("title", "case.fault.long")
	}
	if o.Q.Desk.Demo {
		says["demo"] = true
	}
	for _, field := range []string{"title", "summary"} {
		if text, _ := says[field].(string); text != "" && (saying.HoldsName(text, patient) || saying.Numbers.MatchString(text)) {
			o.Fault(field, "case.fault.named")
		}
	}
	if patient != (casebook.Patient{}) {
		saying.PatientFault(o.Q, patient, o.Faults)
	}
	o.CheckValues()
	ref := casebook.PackRef(o.pack)
	list := []ledger.Draft{{Kind: casebook.KindOpened, Pack: ref, Says: saying.RawJSON(says)}}
	if scopes := o.consent.Scopes(); len(scopes) > 0 {
		given := o.consent.Body()
		o.consent.Finish(given)
		list = append(list, ledger.Draft{Kind: access.KindConsent, Says: saying.RawJSON(given)})
	}
	if len(o.Values) > 0 && o.PackForm != nil {
		list = append(list, ledger.Draft{Kind: casebook.KindFinding, Pack: ref, Says: saying.RawJSON(casebook.Finding{Form: o.PackForm.ID, Values: o.Values})})
	}
	return list
}

// explain shows a fault of the consent at its own fields too.
func (o *opening) explain(err error) bool {
	var broken *ledger.Break
	return !errors.As(err, &broken) && o.Form.Explain(err)
}

func (o *opening) show(status int) error {
	q := o.Q
	v := newCaseView{Head: ui.HeadView{Title: q.P("case.new.title", nil), Sub: q.PackText(o.pack.Name), Back: ui.Link{Label: q.P("case.new.else", nil), URL: "/cases/new"}},
		Banners: o.Banner, Names: q.P("case.names", nil)}
	own := o.OwnGroups()
	for i := range own {
		own[i].Title, own[i].Open = q.P("case.new.about", nil), true
	}
	groups := append(append(own, o.identityGroup(), o.consentGroup()), o.PackGroups()...)
	v.Alike = o.alikeGroup()
	for name, text := range o.consent.Faults {
		o.Faults[name] = text
	}
	draft := o.Drafted.View(q, "/open/"+o.pack.ID)
	v.Form = ui.FormView{ID: "open", Action: "/open/" + o.pack.ID, CSRF: q.CSRF(), Draft: &draft,
		Evaluate: "/open/" + o.pack.ID, Errors: o.FaultLines(groups)}
	v.Laid = o.LayOut(&v.Form, groups)
	v.Actions = ui.ActionsView{Instrument: true, Submit: q.P("case.new.do", nil), Cancel: ui.Link{Label: q.P("case.cancel", nil), URL: "/cases"}, Draft: true, Saved: o.Drafted.Saved, Evaluate: true}
	d := q.Data(v.Head.Title, "cases")
	d.LiveURL, d.Path = "", draft.Here
	return q.Render(status, d, newCaseContent(v))
}

func (o *opening) identityGroup() saying.Group {
	g := saying.Group{Title: o.Q.P("case.identity.title", nil), Lead: o.Q.P("case.identity.lead", nil), Open: true}
	g.Fields = append(g.Fields, saying.IdentityFields(o.Q, o.In, o.Faults)...)
	return g
}

// alikeView asks whether a patient who looks like another is the same.
type alikeView struct {
	Title, Lead string
	Cases       []ui.Link
	Fields      []ui.FieldView
}

// alikeGroup shows whom the patient looks like, and asks for a decision. It stays while the form is filled in further.
func (o *opening) alikeGroup() *alikeView {
	q := o.Q
	if len(o.alike) == 0 && o.Get("alike")+o.Get("alike_why") == "" {
		return nil
	}
	v := &alikeView{Title: q.P("case.alike.title", nil), Lead: q.P("case.alike.lead", nil)}
	for _, a := range o.alike {
		link := ui.Link{Label: q.Text(a.Tell())}
		if !a.Hidden {
			link.URL = "/cases/" + a.Thread.String()
		}
		v.Cases = append(v.Cases, link)
	}
	why := ui.FieldView{Name: "alike_why", Type: ui.FieldText, Label: q.P("case.alike.why", nil), Help: q.P("case.alike.why-help", nil), Value: o.In.Get("alike_why")}
	if len(o.alike) > 0 && o.Get("alike") != "" {
		why.Error = q.P("case.alike.why-needed", nil)
	}
	v.Fields = []ui.FieldView{{Name: "alike", Type: ui.FieldCode, Required: true, Label: q.P("case.alike.is", nil), Value: o.Get("alike"),
		Options: []ui.Option{{Value: casebook.SamePatient, Label: q.P("case.alike.same", nil)}, {Value: casebook.AnotherPatient, Label: q.P("case.alike.another", nil)}}}, why}
	return v
}

// consentGroup asks for consent at the opening; to whom identity goes is asked once it is known.
func (o *opening) consentGroup() saying.Group {
	e := o.consent
	g := saying.Group{Title: o.Q.P("case.consent.title", nil), Lead: o.Q.P("case.consent.lead", nil)}
	for _, f := range e.ScopeFields() {
		if f.Name != "scope."+string(access.Identity) {
			g.Fields = append(g.Fields, f)
		}
	}
	for _, f := range e.Kind.Fields {
		if f.Name != "scopes" && f.Name != "hospitals" {
			v := e.OwnField(f)
			v.Required = false
			g.Fields = append(g.Fields, v)
		}
	}
	return g
}
