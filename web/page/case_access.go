package page

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/ui"
)

// maxSeen is how many readings the page of a case lists.
const maxSeen = 300

// accessPage tells who read the case, when, and by what right.
func accessPage(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	if !v.may(access.ReadAccessLog) {
		return access.Need(q.caller.Who, access.ReadAccessLog, access.What{Kind: "case", Thread: v.Thread})
	}
	t := ui.TableView{Caption: q.p("case.access.title", nil), Columns: []ui.Column{{Label: q.p("case.access.when", nil)}, {Label: q.p("case.access.who", nil)},
		{Label: q.p("case.access.what", nil)}, {Label: q.p("case.access.why", nil)}, {Label: q.p("case.access.origin", nil)}}}
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, err := access.LogOf(ctx, tx, v.Thread, maxSeen)
		names := map[ledger.PersonID]string{}
		for _, r := range rows {
			if names[r.Person] == "" {
				names[r.Person] = string(r.Person)
				if p, err := people.Get(ctx, tx, r.Person); err == nil {
					names[r.Person] = p.DisplayName
				}
			}
			row := ui.TableRow{Cells: []ui.Cell{{Text: q.moment(r.At)}, {Text: names[r.Person]}, {Text: q.choiceName("action", string(r.Action))}, {Text: q.whySeen(r)}, {Text: r.Origin}}}
			switch {
			case r.Why == access.Denied:
				row.Cells[2].Chips = []ui.ChipView{{Text: q.p("case.access.denied", nil), Sort: ui.Bad, Icon: "x"}}
			case r.Glass():
				row.Cells[2].Chips = []ui.ChipView{{Text: q.p("case.access.glass", nil), Sort: ui.Warn, Icon: "alert"}}
			}
			t.Rows = append(t.Rows, row)
		}
		return err
	})
	if err != nil {
		return err
	}
	head := v.headOf(q.p("case.access.title", nil))
	return q.show(q.data(head.Title, "cases"), listContent(head, t, ui.EmptyView{}, ui.ButtonView{}))
}

// whySeen is the right by which somebody read, as the rules word it.
func (q *request) whySeen(s access.Seen) string {
	if s.Why == access.Denied {
		return q.p("case.access.norule", nil)
	}
	if key := "case.rule." + s.Why; lang.Has(key) {
		return q.p(key, nil)
	}
	return s.Why
}

// breakView is the page that opens a case in an emergency.
type breakView struct {
	Head   ui.HeadView
	Form   ui.FormView
	Reason ui.FieldView
	Stays  string
	Do     string
	q      *request
}

func breakGlassPage(q *request) error { return q.showBreak(http.StatusOK, "") }

func (q *request) showBreak(status int, wrong string) error {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	if err := access.Need(q.caller.Who, access.Break, access.What{Kind: "case", Thread: id}); err != nil {
		return err
	}
	stays := q.s.Door.GlassStays
	if stays <= 0 {
		stays = access.GlassStaysOpen
	}
	g := breakView{q: q, Head: ui.HeadView{Title: q.p("case.glass.title", nil), Sub: q.p("case.number", map[string]any{"id": shortID(id)}), Back: ui.Link{Label: q.p("case.all", nil), URL: "/cases"}},
		Stays: lang.Duration(q.lang, stays), Do: q.p("case.glass.do", nil)}
	g.Reason = ui.FieldView{Name: "reason", Type: ui.FieldText, Long: true, Label: q.p("case.glass.reason", nil), Help: q.p("case.glass.help", nil), Required: true,
		Value: q.PostForm.Get("reason"), Error: wrong, Autofocus: true}
	g.Form = ui.FormView{ID: "glass", Action: "/cases/" + id.String() + "/break-glass", CSRF: q.csrf()}
	return q.render(status, q.data(g.Head.Title, "cases"), breakContent(g))
}

func breakGlass(q *request) error {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	_, err = q.s.Door.BreakGlass(q.Context(), q.caller.Who, id, q.PostForm.Get("reason"))
	if errors.Is(err, access.ErrNoReason) {
		return q.showBreak(http.StatusUnprocessableEntity, q.p("case.glass.short", nil))
	}
	if err != nil {
		return err
	}
	return q.see("/cases/" + id.String() + "?done=glass")
}

// identityView is who the patient is.
type identityView struct {
	Head   ui.HeadView
	Lead   string
	Facts  []ui.Fact
	Form   ui.FormView
	Fields []ui.FieldView // none: it cannot be changed here
	Do     ui.ActionsView
}

func identityPage(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	return v.showIdentity(http.StatusOK, url.Values{}, nil)
}

func (v *caseView) showIdentity(status int, in url.Values, faults map[string]string) error {
	q := v.q
	view := identityView{Head: v.headOf(q.p("case.identity.title", nil)), Lead: q.p("case.identity.lead", nil)}
	switch {
	case v.Home == q.s.ID && v.may(access.Say):
		if v.patient != nil && faults == nil {
			in = url.Values{"patient_name": {v.patient.Name}, "patient_latin": {v.patient.Latin}, "local_number": {v.patient.LocalNumber}, "birth_date": {v.patient.BirthDate}}
		}
		view.Fields = q.identityFields(in, faults)
		view.Form = ui.FormView{ID: "identity", Action: v.path("identity"), CSRF: q.csrf()}
		view.Do = ui.ActionsView{Submit: q.p("case.identity.keep", nil), Cancel: ui.Link{Label: q.p("case.cancel", nil), URL: v.path()}}
	case v.patient != nil:
		view.Facts = v.identityFacts()
	default:
		view.Lead = q.p("case.identity.elsewhere", nil)
		if p, ok := v.opened(); ok {
			v.patient = &p
			view.Lead, view.Facts = q.p("case.identity.granted", nil), v.identityFacts()
		}
	}
	return q.render(status, q.data(view.Head.Title, "cases"), identityContent(view))
}

// opened is who another hospital's patient is, where a consent gave this hospital the key.
func (v *caseView) opened() (p casebook.Patient, ok bool) {
	q := v.q
	if v.Identity == nil || q.s.Sealer == nil || !v.Consent.Allows(access.Identity, q.s.ID) {
		return p, false
	}
	plain, err := q.s.Sealer.Open(q.Context(), v.Identity.Hash, v.Consent.Keys(q.s.ID))
	if err != nil {
		q.s.Log.Info("opening a sealed identity", "err", err)
		return p, false
	}
	var m map[string]string
	if json.Unmarshal(plain, &m) != nil {
		return p, false
	}
	return casebook.Patient{Name: m["name"], Latin: m["latin"], LocalNumber: m["local_number"], BirthDate: m["birth_date"]}, true
}

func (v *caseView) identityFacts() (facts []ui.Fact) {
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, ui.Fact{Label: v.q.p("case.field."+key, nil), Value: value})
		}
	}
	add("patient-name", v.patient.Name)
	add("patient-latin", v.patient.Latin)
	add("local-number", v.patient.LocalNumber)
	add("birth-date", lang.PartialDate(v.q.lang, v.patient.BirthDate))
	return facts
}

// patientFault says next to its field what cannot be kept of who a patient is.
func (q *request) patientFault(p casebook.Patient, faults map[string]string) {
	var wrong people.ErrInvalid
	if !errors.As(p.Check(), &wrong) {
		return
	}
	field := wrong.Field
	if field == "name" || field == "latin" {
		field = "patient_" + field
	}
	faults[field] = q.text(wrong.Text)
}

// keepIdentity writes down who the patient is, at home, and attaches it sealed.
func keepIdentity(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	if v.Home != q.s.ID {
		return desk.ErrNotHere
	}
	if !v.may(access.Say) {
		return &access.Denial{Action: access.Say, Reason: access.May(q.caller.Who, access.Say, access.What{Kind: "case", Thread: v.Thread}).Reason}
	}
	in, faults := q.PostForm, map[string]string{}
	p := casebook.Patient{Name: in.Get("patient_name"), Latin: in.Get("patient_latin"), LocalNumber: in.Get("local_number"), BirthDate: in.Get("birth_date")}
	q.patientFault(p, faults)
	if len(faults) > 0 {
		return v.showIdentity(http.StatusUnprocessableEntity, in, faults)
	}
	if v.own() && v.Closed == nil {
		d, err := q.s.SealedIdentity(q.Context(), p)
		if err != nil {
			return err
		}
		d.Thread = v.Thread
		if _, err := q.s.Door.Say(q.Context(), q.caller.Who, d); err != nil {
			return err
		}
	}
	if err := q.s.KeepIdentity(q.Context(), v.Thread, p); err != nil {
		return err
	}
	return q.see(v.path() + "?done=identity")
}
