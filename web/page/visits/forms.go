package visits

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/desk"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/people"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// visitForm is the form of one kind of entry of a visit.
type visitForm struct {
	Title, Lead, Action, Submit, Draft, Saved string
	Back                                      ui.Link
	Fields                                    []ui.FieldView
	Hidden                                    []ui.Hidden
	Notices                                   []ui.Notice
	Errors                                    []ui.FieldError
	Staff                                     []staffRow
	Parts                                     []ui.Option
	Files, Danger                             bool
}

// staffRow is one person who may be in the team.
type staffRow struct{ ID, Name, Part, License string }

func renderVisitForm(q *face.Request, status int, f visitForm, fields []ui.FieldView, form url.Values, wrong map[string]string) error {
	f.Fields = face.Filled(q, fields, form, people.ErrInvalid{})
	for i := range f.Fields {
		field := &f.Fields[i]
		if text := wrong[field.Name]; text != "" {
			field.Error = text
			f.Errors = append(f.Errors, ui.FieldError{ID: "f-" + field.Name, Label: field.Label, Text: text})
		}
	}
	d := q.Data(f.Title, "visits")
	for _, h := range f.Hidden {
		if h.Name == "ref" && q.Method != http.MethodGet { // of the address that the form was opened at
			d.Path = f.Action + "?ref=" + url.QueryEscape(h.Value)
		}
	}
	return q.Render(status, d, visitFormContent(q, f))
}

// stopped tells what a rule or the form of an entry had against it.
func stopped(q *face.Request, err error) ([]ui.Notice, bool) {
	n := ui.Notice{Sort: ui.Bad, Title: q.P("visits.stopped", nil)}
	var stop *record.Stopped
	switch {
	case errors.As(err, &stop):
		for _, m := range stop.Marks {
			n.Items = append(n.Items, q.Text(m.Text))
		}
	case errors.Is(err, ledger.ErrNotSayable), errors.Is(err, ledger.ErrBody):
		n.Text = desk.FaultOf(err).Detail.In(q.Lang)
	default:
		return nil, false
	}
	return []ui.Notice{n}, true
}

// visitKinds are the forms that a visit has besides the invitation.
var visitKinds = []string{outreach.KindProposed, outreach.KindAccepted, outreach.KindDeclined, outreach.KindTeam, outreach.KindPrivilege, outreach.KindRevoked,
	outreach.KindSession, outreach.KindReport, outreach.KindClosed}

func visitAndKind(q *face.Request) (*outreach.Visit, string, error) {
	v, err := openedVisit(q)
	if err != nil {
		return nil, "", err
	}
	kind := "visit." + q.PathValue("kind")
	if !slices.Contains(visitKinds, kind) {
		return nil, "", desk.ErrNotHere
	}
	return v, kind, nil
}

func visitFormPage(q *face.Request) error {
	v, kind, err := visitAndKind(q)
	if err != nil {
		return err
	}
	form, saved, err := q.Draft(visitDraft(v, kind), url.Values{})
	if err != nil {
		return err
	}
	return showVisitForm(q, http.StatusOK, v, kind, form, saved, nil, nil)
}

func showVisitForm(q *face.Request, status int, v *outreach.Visit, kind string, form url.Values, saved string, wrong map[string]string, notices []ui.Notice) error {
	if kind == outreach.KindProposed {
		return showProposal(q, status, v, form, saved, wrong, notices)
	}
	fields, err := visitFields(q, v, kind)
	if err != nil {
		return err
	}
	short := shortKind(kind)
	f := visitForm{Title: q.P("visits.say."+short, nil), Lead: help(q, "visits.lead."+short), Action: visitStepURL(v.Thread, kind), Submit: q.P("visits.do."+short, nil),
		Draft: face.DraftURL(visitDraft(v, kind)), Saved: saved, Back: ui.Link{Label: q.P("visits.back", nil), URL: "/visits/" + v.Thread.String()}, Notices: notices,
		Danger: kind == outreach.KindDeclined || kind == outreach.KindRevoked}
	if ref := q.FormValue("ref"); ref != "" {
		f.Hidden = []ui.Hidden{{Name: "ref", Value: ref}}
	}
	if kind == outreach.KindTeam {
		if f.Staff, f.Parts, err = teamForm(q, v, form); err != nil {
			return err
		}
	}
	return renderVisitForm(q, status, f, fields, form, wrong)
}

// teamForm lists the hospital's clinical people with the part that each has now.
func teamForm(q *face.Request, v *outreach.Visit, form url.Values) (rows []staffRow, parts []ui.Option, err error) {
	staff, err := q.Staff()
	if err != nil {
		return nil, nil, err
	}
	for _, p := range staff {
		row := staffRow{ID: string(p.ID), Name: p.DisplayName, Part: form.Get("part." + string(p.ID)), License: form.Get("license." + string(p.ID))}
		for _, m := range v.Team {
			if m.Hospital == q.Desk.ID && m.Person == p.ID && len(form) == 0 {
				row.Part, row.License = m.Part, m.License
			}
		}
		rows = append(rows, row)
	}
	for _, part := range outreach.Parts {
		if (part == "host") == (v.Host == q.Desk.ID) || v.Host == q.Desk.ID && part != "lead" {
			parts = append(parts, ui.Option{Value: part, Label: q.Text(outreach.PartName(part))})
		}
	}
	return rows, parts, nil
}

func visitFields(q *face.Request, v *outreach.Visit, kind string) ([]ui.FieldView, error) {
	field := func(name string, t ui.FieldType, required bool) ui.FieldView {
		return ui.FieldView{Name: name, Type: t, Required: required, Label: q.P("visits.form."+name, nil), Help: help(q, "visits.form."+name+"-help")}
	}
	long := func(name string, required bool) ui.FieldView {
		f := field(name, ui.FieldText, required)
		f.Long = true
		return f
	}
	switch kind {
	case outreach.KindAccepted:
		scope := field("within_scope", ui.FieldTick, false)
		return []ui.FieldView{field("office", ui.FieldText, false), field("number", ui.FieldText, false), field("date", ui.FieldDay, false), scope,
			long("emergency", false), long("note", false)}, nil
	case outreach.KindDeclined, outreach.KindRevoked:
		return []ui.FieldView{long("reason", true)}, nil
	case outreach.KindPrivilege:
		return privilegeFields(q, v, field)
	case outreach.KindSession:
		what := field("what", ui.FieldCode, true)
		for _, w := range outreach.Whats {
			what.Options = append(what.Options, ui.Option{Value: w, Label: q.Text(outreach.WhatName(w))})
		}
		return []ui.FieldView{what, field("begins", ui.FieldDateTime, true), field("ends", ui.FieldDateTime, false), field("place", ui.FieldText, false),
			field("title", ui.FieldText, false), field("count", ui.FieldInteger, false), long("note", false)}, nil
	case outreach.KindReport:
		return []ui.FieldView{field("seen", ui.FieldInteger, true), field("operated", ui.FieldInteger, true), field("taught", ui.FieldInteger, true),
			long("text", true), long("adverse", false)}, nil
	case outreach.KindClosed:
		outcome := field("outcome", ui.FieldCode, true)
		outcome.Options = []ui.Option{{Value: "done", Label: q.Text(outreach.Done.Name())}, {Value: "cancelled", Label: q.Text(outreach.Cancelled.Name())}}
		return []ui.FieldView{outcome, long("reason", false)}, nil
	}
	return nil, nil
}

func privilegeFields(q *face.Request, v *outreach.Visit, field func(string, ui.FieldType, bool) ui.FieldView) ([]ui.FieldView, error) {
	who, procedure, level, part, supervisor := field("person", ui.FieldCode, true), field("procedure", ui.FieldCode, true), field("level", ui.FieldCode, true),
		field("part", ui.FieldCode, true), field("supervisor", ui.FieldCode, false)
	for _, m := range v.Team {
		if m.Hospital == v.Guest {
			who.Options = append(who.Options, ui.Option{Value: string(m.Person), Label: m.Name, Help: face.JoinDots(m.Title, m.License)})
		}
	}
	asked := []string{}
	if v.Proposal != nil {
		asked = v.Proposal.Says.Procedures
	}
	for _, o := range procedureOptions(q) {
		if len(asked) == 0 || slices.Contains(asked, o.Value) {
			procedure.Options = append(procedure.Options, o)
		}
	}
	for n := 1; n <= 4; n++ {
		level.Options = append(level.Options, ui.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n)})
	}
	for _, p := range people.Parts {
		part.Options = append(part.Options, ui.Option{Value: string(p), Label: q.Text(p.Name())})
	}
	staff, err := q.Staff()
	if err != nil {
		return nil, err
	}
	for _, p := range staff {
		supervisor.Options = append(supervisor.Options, ui.Option{Value: string(p.ID), Label: p.DisplayName})
	}
	begins, ends := field("begins", ui.FieldDateTime, true), field("ends", ui.FieldDateTime, true)
	begins.Value, ends.Value = localTime(v.From()), localTime(v.Until().Add(-time.Minute))
	return []ui.FieldView{who, procedure, level, part, begins, ends, supervisor, field("basis", ui.FieldText, true)}, nil
}

func localTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02T15:04")
}

// momentOf reads a clock time of a form in a zone and writes it with its offset; what is no time stays as it is, and the kind's form says so.
func momentOf(text string, zone *time.Location) string {
	t, err := time.ParseInLocation("2006-01-02T15:04", text, zone)
	if err != nil {
		return text
	}
	return t.Format("2006-01-02T15:04Z07:00")
}

func sayInVisit(q *face.Request) error {
	v, kind, err := visitAndKind(q)
	if err != nil {
		return err
	}
	if wrong := visitMissing(q, v, kind); len(wrong) > 0 {
		return showVisitForm(q, http.StatusUnprocessableEntity, v, kind, q.PostForm, "", wrong, nil)
	}
	draft, err := visitDraftOf(q, v, kind)
	if err != nil {
		return err
	}
	if err := joinFirst(q, v, kind); err != nil {
		return err
	}
	_, err = q.Desk.Door.Say(q.Context(), q.Caller.Who, draft)
	if notices, ok := stopped(q, err); ok {
		return showVisitForm(q, http.StatusUnprocessableEntity, v, kind, q.PostForm, "", nil, notices)
	}
	if err != nil {
		return err
	}
	q.DropDraft(visitDraft(v, kind))
	return q.See("/visits/" + v.Thread.String() + "?done=said")
}

func visitMissing(q *face.Request, v *outreach.Visit, kind string) map[string]string {
	var fields []ui.FieldView
	var err error
	if kind == outreach.KindProposed {
		fields, err = proposalFields(q, v)
	} else {
		fields, err = visitFields(q, v, kind)
	}
	if err != nil {
		return nil
	}
	return missing(q, fields)
}

// joinFirst makes a guest that answers a member of the thread.
func joinFirst(q *face.Request, v *outreach.Visit, kind string) error {
	if kind != outreach.KindAccepted && kind != outreach.KindDeclined || v.Guest != q.Desk.ID {
		return nil
	}
	l, err := q.Desk.Door.Read(q.Context(), q.Caller.Who, v.Thread)
	if err != nil || l.Roster.State(q.Desk.ID) != ledger.Invited {
		return err
	}
	_, err = q.Desk.Door.Say(q.Context(), q.Caller.Who, ledger.Draft{Thread: v.Thread, Kind: ledger.KindJoined, Says: ledger.None{}})
	return err
}

// visitDraftOf turns the posted form into an entry.
func visitDraftOf(q *face.Request, v *outreach.Visit, kind string) (ledger.Draft, error) {
	d := ledger.Draft{Thread: v.Thread, Kind: kind}
	get := func(name string) string { return strings.TrimSpace(q.PostForm.Get(name)) }
	switch kind {
	case outreach.KindProposed:
		says, blobs, err := proposed(q)
		if v.Proposal != nil {
			d.Refs = []ledger.Hash{v.Proposal.Hash}
		}
		d.Says, d.Blobs = says, blobs
		return d, err
	case outreach.KindAccepted, outreach.KindDeclined:
		if v.Proposal != nil {
			d.Refs = []ledger.Hash{v.Proposal.Hash}
		}
		d.Says = outreach.Declined{Reason: get("reason")}
		if kind == outreach.KindAccepted {
			d.Says = acceptedOf(get)
		}
	case outreach.KindTeam:
		team, err := teamOfForm(q)
		d.Says = team
		return d, err
	case outreach.KindPrivilege:
		d.Says = privilegeOf(q, v, get)
	case outreach.KindRevoked:
		ref, err := ledger.ParseHash(get("ref"))
		if err != nil {
			return d, errors.Join(desk.ErrInput, err)
		}
		d.Refs, d.Says = []ledger.Hash{ref}, outreach.Revoked{Reason: get("reason")}
	case outreach.KindSession:
		zone := q.Now().Location()
		s := outreach.Session{What: get("what"), Date: momentOf(get("begins"), zone), Place: get("place"), Title: get("title"), Note: get("note"), Count: count(get("count"))}
		if ends := get("ends"); ends != "" {
			s.Until = momentOf(ends, zone)
		}
		d.Says = s
	case outreach.KindReport:
		d.Says = outreach.Report{Seen: count(get("seen")), Operated: count(get("operated")), Taught: count(get("taught")), Text: get("text"), Adverse: get("adverse"), Cases: v.Cases()}
	case outreach.KindClosed:
		d.Says = outreach.Closed{Outcome: get("outcome"), Reason: get("reason")}
	}
	return d, nil
}

// count reads a whole number; what is none counts as below zero, which every form refuses.
func count(text string) int64 {
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return -1
	}
	return n
}

func acceptedOf(get func(string) string) outreach.Accepted {
	a := outreach.Accepted{WithinScope: get("within_scope") == "true", Emergency: get("emergency"), Note: get("note")}
	if get("office") != "" || get("date") != "" {
		a.Approval = &outreach.Approval{Office: get("office"), Number: get("number"), Date: get("date")}
	}
	return a
}

func privilegeOf(q *face.Request, v *outreach.Visit, get func(string) string) outreach.Privilege {
	zone := v.From().Location()
	p := outreach.Privilege{Hospital: v.Guest, Person: ledger.PersonID(get("person")), Procedure: get("procedure"), Level: count(get("level")), Part: people.Part(get("part")),
		From: momentOf(get("begins"), zone), Until: momentOf(get("ends"), zone), Supervisor: ledger.PersonID(get("supervisor")), Basis: get("basis")}
	for _, m := range v.Team {
		if m.Hospital == v.Guest && m.Person == p.Person {
			p.Name = m.Name
		}
	}
	return p
}

func teamOfForm(q *face.Request) (outreach.Team, error) {
	var team outreach.Team
	staff, err := q.Staff()
	for _, p := range staff {
		part := q.PostForm.Get("part." + string(p.ID))
		if part == "" {
			continue
		}
		team.Members = append(team.Members, outreach.Member{Person: p.ID, Name: p.DisplayName, Title: "", Specialty: specialtiesText(q, p), License: strings.TrimSpace(q.PostForm.Get("license." + string(p.ID))), Part: part})
	}
	return team, err
}

func specialtiesText(q *face.Request, p people.Person) string {
	var names []string
	for _, s := range p.Specialties {
		names = append(names, q.SubSpecialtyName(s))
	}
	return strings.Join(names, ", ")
}
