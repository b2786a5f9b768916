package page

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/outreach"
	"consilium/people"
	"consilium/web/ui"
)

// maxLetter bounds the file of a letter.
const maxLetter = 32 << 20

func (q *request) newVisitPage() error {
	if err := access.Need(q.caller.Who, access.Open, access.What{Kind: "visit"}); err != nil {
		return err
	}
	form, saved, err := q.draft("visit-new", url.Values{})
	if err != nil {
		return err
	}
	return q.showProposal(http.StatusOK, nil, form, saved, nil, nil)
}

// showProposal shows the invitation: of a new visit, or a changed one.
func (q *request) showProposal(status int, v *outreach.Visit, form url.Values, saved string, wrong map[string]string, notices []ui.Notice) error {
	fields, err := q.proposalFields(v)
	if err != nil {
		return err
	}
	f := visitForm{Title: q.p("visits.new", nil), Lead: q.p("visits.newlead", nil), Action: "/visits/new", Submit: q.p("visits.propose", nil), Draft: draftURL("visit-new"), Saved: saved,
		Back: ui.Link{Label: q.p("visits.title", nil), URL: "/visits"}, Files: true, Notices: notices}
	if v != nil {
		f.Title, f.Action = q.p("visits.say.proposed", nil), visitStepURL(v.Thread, outreach.KindProposed)
		f.Draft, f.Back.URL = draftURL(visitDraft(v, outreach.KindProposed)), "/visits/"+v.Thread.String()
	}
	return q.renderVisitForm(status, f, fields, form, wrong)
}

func visitDraft(v *outreach.Visit, kind string) string {
	return "visit-" + v.Thread.String() + "-" + shortKind(kind)
}

// proposalFields are the parts of the written invitation that the provisions ask for.
func (q *request) proposalFields(v *outreach.Visit) ([]ui.FieldView, error) {
	partners, err := q.partners()
	if err != nil {
		return nil, err
	}
	guest := ui.FieldView{Name: "guest", Type: ui.FieldCode, Label: q.p("visits.form.guest", nil), Required: true}
	for _, p := range partners {
		guest.Options = append(guest.Options, ui.Option{Value: p.Hospital.String(), Label: q.partnerName(p)})
	}
	cases, err := q.openCases()
	if err != nil {
		return nil, err
	}
	text := func(name string, long, required bool) ui.FieldView {
		return ui.FieldView{Name: name, Type: ui.FieldText, Long: long, Required: required, Label: q.p("visits.form."+name, nil), Help: q.help("visits.form." + name + "-help")}
	}
	fields := []ui.FieldView{guest, text("skill", false, true), text("purpose", true, true),
		{Name: "from", Type: ui.FieldDay, Label: q.p("visits.form.from", nil), Required: true},
		{Name: "until", Type: ui.FieldDay, Label: q.p("visits.form.until", nil), Required: true},
		{Name: "cases", Type: ui.FieldCodes, Label: q.p("visits.form.cases", nil), Help: q.p("visits.form.cases-help", nil), Options: cases},
		{Name: "informed", Type: ui.FieldDay, Label: q.p("visits.form.informed", nil), Help: q.p("visits.form.informed-help", nil)},
		{Name: "procedures", Type: ui.FieldCodes, Label: q.p("visits.form.procedures", nil), Help: q.p("visits.form.procedures-help", nil), Options: q.procedureOptions()},
		text("place", false, false), text("fee", false, false),
		{Name: "letter", Type: ui.FieldMedia, Label: q.p("visits.form.letter", nil), Help: q.p("visits.form.letter-help", nil), Accept: "application/pdf,image/*"},
		{Name: "conditions", Type: ui.FieldTick, Label: q.p("visits.form.conditions", nil)},
		text("emergency", true, false)}
	fields = slices.DeleteFunc(fields, func(f ui.FieldView) bool { return f.Type == ui.FieldCodes && len(f.Options) == 0 })
	if v != nil && v.Proposal != nil {
		fields = filled(q, fields, formOfProposal(v.Proposal.Says), people.ErrInvalid{})
	}
	return fields, nil
}

func (q *request) help(key string) string {
	if !lang.Has(key) {
		return ""
	}
	return q.p(key, nil)
}

func formOfProposal(p outreach.Proposed) url.Values {
	form := url.Values{"guest": {p.Guest.String()}, "skill": {p.Skill}, "purpose": {p.Purpose}, "from": {p.From}, "until": {p.Until}, "procedures": p.Procedures,
		"place": {p.Place}, "fee": {p.Fee}, "emergency": {p.Emergency}}
	for _, c := range p.Cases {
		form.Add("cases", c.Case.String())
		form.Set("informed", c.Informed)
	}
	if p.Conditions {
		form.Set("conditions", "true")
	}
	return form
}

func (q *request) procedureOptions() (list []ui.Option) {
	seen := map[string]bool{}
	for _, p := range q.s.AllPacks() {
		for _, o := range p.Procedures {
			if !seen[o.ID] {
				seen[o.ID] = true
				list = append(list, ui.Option{Value: o.ID, Label: q.pt(o.Name)})
			}
		}
	}
	return list
}

// openCases are the hospital's own cases that the person may see, the newest first.
func (q *request) openCases() (list []ui.Option, err error) {
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, _, err := casebook.List(ctx, tx, casebook.Query{State: "open", Steward: q.s.ID, Limit: 100})
		if err != nil {
			return err
		}
		for _, r := range rows {
			ok, err := q.s.MaySee(ctx, tx, q.caller, r.Thread)
			if err != nil {
				return err
			}
			if ok {
				list = append(list, ui.Option{Value: r.Thread.String(), Label: r.Title})
			}
		}
		return nil
	})
	return list, err
}

// missing says of each required field that is empty that it is needed.
func (q *request) missing(fields []ui.FieldView) map[string]string {
	wrong := map[string]string{}
	for _, f := range fields {
		if f.Required && strings.TrimSpace(strings.Join(q.PostForm[f.Name], "")) == "" {
			wrong[f.Name] = q.p("visits.needed", nil)
		}
	}
	return wrong
}

// proposed reads the invitation from the form.
func (q *request) proposed() (outreach.Proposed, []ledger.BlobRef, error) {
	get := func(name string) string { return strings.TrimSpace(q.PostForm.Get(name)) }
	p := outreach.Proposed{Host: q.s.ID, Purpose: get("purpose"), Skill: get("skill"), Procedures: q.PostForm["procedures"], From: get("from"), Until: get("until"),
		Place: get("place"), Fee: get("fee"), Conditions: get("conditions") == "true", Emergency: get("emergency")}
	guest, err := ledger.ParseHospitalID(get("guest"))
	if err != nil {
		return p, nil, errors.Join(desk.ErrInput, err)
	}
	p.Guest = guest
	for _, text := range q.PostForm["cases"] {
		id, err := ledger.ParseThreadID(text)
		if err != nil {
			return p, nil, errors.Join(desk.ErrInput, err)
		}
		p.Cases = append(p.Cases, outreach.PatientCase{Case: id, Informed: get("informed")})
	}
	blobs, err := q.attached("letter")
	if len(blobs) > 0 {
		p.Letter = blobs[0].Hash
	}
	return p, blobs, err
}

// attached stores the file of a field, if one was chosen.
func (q *request) attached(field string) ([]ledger.BlobRef, error) {
	if q.MultipartForm == nil || len(q.MultipartForm.File[field]) == 0 {
		return nil, nil
	}
	head := q.MultipartForm.File[field][0]
	file, err := head.Open()
	if err != nil {
		return nil, errors.Join(desk.ErrInput, err)
	}
	defer file.Close()
	hash, size, err := q.s.Blobs.Put(q.Context(), file, maxLetter)
	if err != nil {
		return nil, err
	}
	kind, _, err := mime.ParseMediaType(head.Header.Get("Content-Type"))
	if err != nil {
		kind = "application/octet-stream"
	}
	return []ledger.BlobRef{{Hash: hash, Size: size, Type: kind, Label: filepath.Base(head.Filename)}}, nil
}

// invitationOf invites a partner into the thread, with the statement by which other members know it.
func (q *request) invitationOf(guest ledger.HospitalID) (ledger.Draft, error) {
	p, err := q.partner(guest)
	if err == nil && p.State == network.Blocked {
		err = network.ErrNoPartner
	}
	return ledger.Draft{Kind: ledger.KindInvited, Says: ledger.Invitation{Hospital: guest, Statement: p.Link}}, err
}

func (q *request) proposeVisit() error {
	if err := access.Need(q.caller.Who, access.Open, access.What{Kind: "visit"}); err != nil {
		return err
	}
	fields, err := q.proposalFields(nil)
	if err != nil {
		return err
	}
	if wrong := q.missing(fields); len(wrong) > 0 {
		return q.showProposal(http.StatusUnprocessableEntity, nil, q.PostForm, "", wrong, nil)
	}
	says, blobs, err := q.proposed()
	if err != nil {
		return err
	}
	invite, err := q.invitationOf(says.Guest)
	if err != nil {
		return err
	}
	id, err := q.s.Door.Open(q.Context(), q.caller.Who, "visit", []ledger.Draft{invite, {Kind: outreach.KindProposed, Says: says, Blobs: blobs}})
	if notices, ok := q.stopped(err); ok {
		return q.showProposal(http.StatusUnprocessableEntity, nil, q.PostForm, "", nil, notices)
	}
	if err != nil {
		return err
	}
	q.dropDraft("visit-new")
	return q.see("/visits/" + id.String() + "?done=proposed")
}
