package visits

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/pathway"
	"consilium/people"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/saying/attach"
	"consilium/web/ui"
)

// maxLetter bounds the file of a letter.
const maxLetter = 32 << 20

func newVisitPage(q *face.Request) error {
	if err := access.Need(q.Caller.Who, access.Open, access.What{Of: outreach.Governance}); err != nil {
		return err
	}
	form, drafted, err := q.Draft("visit-new", url.Values{})
	if err != nil {
		return err
	}
	return showProposal(q, http.StatusOK, nil, form, drafted, nil, nil)
}

// invitationForm is the written invitation, with a form of its own: it is opened before there is a visit, and brings the letter.
type invitationForm struct {
	Title, Lead, Action, Submit, Saved string
	Draft                              ui.DraftView
	Back                               ui.Link
	Tabs                               []ui.SavedView // the fields in which one may ask
	TabsAre                            string
	Fields                             []ui.FieldView
	Notices                            []ui.Notice
	Errors                             []ui.FieldError
	Kept                               []ui.Hidden   // the letter, where it is on disk already
	Nobody                             *ui.EmptyView // instead of the form: no hospital can be invited
}

// proposalPage shows the invitation of a visit that is here, to be changed.
func proposalPage(q *face.Request, v *outreach.Visit) error {
	form, drafted, err := q.Draft(visitDraft(v), url.Values{})
	if err != nil {
		return err
	}
	return showProposal(q, http.StatusOK, v, form, drafted, nil, nil)
}

// showProposal shows the invitation: of a new visit, or a changed one.
func showProposal(q *face.Request, status int, v *outreach.Visit, form url.Values, drafted face.Drafting, wrong map[string]string, notices []ui.Notice) error {
	fields, err := proposalFields(q, v)
	if err != nil {
		return err
	}
	letter, kept := keptLetter(q, v, form)
	f := invitationForm{Title: q.P("visits.new", nil), Lead: q.P("visits.newlead", nil), Action: "/visits/new", Submit: q.P("visits.propose", nil), Draft: drafted.View(q, "/visits/new"), Saved: drafted.Saved,
		Back: ui.Link{Label: q.P("visits.title", nil), URL: "/visits"}, Notices: notices, TabsAre: q.P("visits.fieldof", nil)}
	field := fieldOf(q, v)
	if v != nil {
		f.Title, f.Action = q.P("visits.kind.proposed", nil), visitStepURL(v.Thread, outreach.KindProposed)
		f.Draft, f.Back.URL = drafted.View(q, f.Action), "/visits/"+v.Thread.String()
	}
	if field != nil {
		for _, p := range fieldsOf(q) {
			f.Tabs = append(f.Tabs, ui.SavedView{Label: q.PackText(p.Name), URL: f.Action + "?field=" + url.QueryEscape(p.ID), Current: p.ID == field.ID})
		}
		f.Action += "?field=" + url.QueryEscape(field.ID)
	}
	f.Fields = face.Filled(q, fields, form, people.ErrInvalid{})
	if len(fields[0].Options) == 0 {
		f.Nobody = nobodyToInvite(q)
	}
	if kept {
		f.Kept = []ui.Hidden{{Name: attach.Field, Value: attach.File{Ref: letter}.Token(q)}}
	}
	for i := range f.Fields {
		field := &f.Fields[i]
		if field.Name == "letter" && kept {
			field.Help = q.P("visits.letterkept", map[string]any{"file": letter.Label})
		}
		if text := wrong[field.Name]; text != "" {
			field.Error = text
			f.Errors = append(f.Errors, ui.FieldError{ID: "f-" + field.Name, Label: field.Label, Text: text})
		}
	}
	d := q.Data(f.Title, "visits")
	d.Path = f.Draft.Here
	return q.Render(status, d, invitationContent(q, f))
}

// nobodyToInvite says why there is no hospital to choose, and where that is changed.
func nobodyToInvite(q *face.Request) *ui.EmptyView {
	return &ui.EmptyView{Icon: "people", Title: q.P("visits.nobody.title", nil), Text: q.P("visits.nobody.text", nil), Action: ui.Link{Label: q.P("case.refer.network", nil), URL: "/network"}}
}

// keptLetter is the letter that came with an earlier try of the form, that its draft speaks of, or that the invitation which is changed has.
func keptLetter(q *face.Request, v *outreach.Visit, form url.Values) (ledger.BlobRef, bool) {
	if kept, ok := attach.Open(q, form.Get(attach.Field)); ok || v == nil || v.Proposal == nil {
		return kept.Ref, ok
	}
	i := slices.IndexFunc(v.Proposal.Blobs, func(b ledger.BlobRef) bool { return b.Hash == v.Proposal.Says.Letter })
	if i < 0 {
		return ledger.BlobRef{}, false
	}
	return v.Proposal.Blobs[i], true
}

// visitDraft names the form among the drafts of a person; nil: a new visit.
func visitDraft(v *outreach.Visit) string {
	if v == nil {
		return "visit-new"
	}
	return "visit-" + v.Thread.String() + "-proposed"
}

// proposalFields are the parts of the written invitation that the provisions ask for.
func proposalFields(q *face.Request, v *outreach.Visit) ([]ui.FieldView, error) {
	partners, err := q.Partners()
	if err != nil {
		return nil, err
	}
	guest := ui.FieldView{Name: "guest", Type: ui.FieldCode, Label: q.P("visits.field.guest", nil), Required: true}
	for _, p := range partners {
		guest.Options = append(guest.Options, ui.Option{Value: p.Hospital.String(), Label: q.PartnerName(p)})
	}
	field := fieldOf(q, v)
	cases, err := openCases(q, v, field)
	if err != nil {
		return nil, err
	}
	text := func(name string, long, required bool) ui.FieldView {
		return ui.FieldView{Name: name, Type: ui.FieldText, Long: long, Required: required, Label: q.P("visits.field."+name, nil), Help: help(q, "visits.help."+name)}
	}
	fields := []ui.FieldView{guest, text("skill", false, true), text("purpose", true, true),
		{Name: "from", Type: ui.FieldDay, Label: q.P("visits.field.from", nil), Required: true},
		{Name: "until", Type: ui.FieldDay, Label: q.P("visits.field.until", nil), Required: true},
		{Name: "cases", Type: ui.FieldCodes, Label: q.P("visits.field.cases", nil), Help: q.P("visits.help.cases", nil), Options: cases},
		{Name: "informed", Type: ui.FieldDay, Label: q.P("visits.field.informed", nil), Help: q.P("visits.help.informed", nil), Need: q.P("visits.need.informed", nil)},
		{Name: "procedures", Type: ui.FieldCodes, Label: q.P("visits.field.procedures", nil), Help: q.P("visits.help.procedures", nil), Options: proceduresIn(q, v, field)},
		text("place", false, false), text("fee", false, false),
		{Name: "letter", Type: ui.FieldMedia, Label: q.P("visits.field.letter", nil), Help: q.P("visits.help.letter", nil), Need: q.P("visits.need.letter", nil), Accept: "application/pdf,image/*"},
		{Name: "conditions", Type: ui.FieldTick, Required: true, Label: q.P("visits.field.conditions", nil)},
		text("emergency", true, false)}
	fields = slices.DeleteFunc(fields, func(f ui.FieldView) bool { return f.Type == ui.FieldCodes && len(f.Options) == 0 })
	if v != nil && v.Proposal != nil {
		fields = face.Filled(q, fields, formOfProposal(v.Proposal.Says), people.ErrInvalid{})
	}
	return fields, nil
}

func help(q *face.Request, key string) string {
	if !lang.Has(key) {
		return ""
	}
	return q.P(key, nil)
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

func procedureOptions(q *face.Request) (list []ui.Option) {
	seen := map[string]bool{}
	for _, p := range q.Desk.AllPacks() {
		for _, o := range p.Procedures {
			if !seen[o.ID] {
				seen[o.ID] = true
				list = append(list, ui.Option{Value: o.ID, Label: q.PackText(o.Name)})
			}
		}
	}
	return list
}

// fieldsOf are the fields in which one may ask for a visit: the pathways in force here.
func fieldsOf(q *face.Request) (list []*pathway.Pack) {
	for _, p := range q.Desk.AllPacks() {
		if !p.Abstract && len(p.Procedures) > 0 {
			list = append(list, p)
		}
	}
	return list
}

// fieldOf is the field in which a visit is asked for: as chosen, that of what the invitation asks for, that of who writes it, or the first. Nil: there is none.
func fieldOf(q *face.Request, v *outreach.Visit) *pathway.Pack {
	list := fieldsOf(q)
	chosen := q.URL.Query().Get("field")
	for _, is := range []func(p *pathway.Pack) bool{
		func(p *pathway.Pack) bool { return p.ID == chosen },
		func(p *pathway.Pack) bool {
			return v != nil && slices.ContainsFunc(v.Asked(), func(code string) bool { return p.Procedure(code) != nil })
		},
		func(p *pathway.Pack) bool { return slices.Contains(q.Caller.SubSpecialties, p.SubSpecialty) },
		func(*pathway.Pack) bool { return true },
	} {
		if i := slices.IndexFunc(list, is); i >= 0 {
			return list[i]
		}
	}
	return nil
}

// proceduresIn are the procedures of a field, and those that the invitation asks for already.
func proceduresIn(q *face.Request, v *outreach.Visit, field *pathway.Pack) []ui.Option {
	return slices.DeleteFunc(procedureOptions(q), func(o ui.Option) bool {
		asked := v != nil && slices.Contains(v.Asked(), o.Value) || slices.Contains(q.PostForm["procedures"], o.Value)
		return !asked && field != nil && field.Procedure(o.Value) == nil
	})
}

// openCases are the hospital's own cases of a field that the person may see, the newest first, each with what tells it from others; and those that the invitation is for
// already.
func openCases(q *face.Request, v *outreach.Visit, field *pathway.Pack) (list []ui.Option, err error) {
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		query := casebook.Query{State: "open", Steward: q.Desk.ID, Limit: 200}
		if field != nil {
			query.Pathway = field.ID
		}
		rows, _, err := casebook.List(ctx, tx, query)
		if err != nil {
			return err
		}
		for _, r := range rows {
			ok, err := q.Desk.MaySee(ctx, tx, q.Caller, r.Thread)
			if err != nil {
				return err
			}
			if ok {
				list = append(list, ui.Option{Value: r.Thread.String(), Label: caseLabel(q, r), Help: r.Title})
			}
		}
		return nil
	})
	if v == nil {
		return list, err
	}
	for _, id := range v.Cases() {
		if !slices.ContainsFunc(list, face.OptionIs(id.String())) {
			list = append(list, ui.Option{Value: id.String(), Label: casebook.Number(id)})
		}
	}
	return list, err
}

// caseLabel is a case as it is chosen: its number, whose it is, and which side. The name stays at this hospital; the number alone leaves with the invitation.
func caseLabel(q *face.Request, r casebook.Row) string {
	parts := []string{casebook.Number(r.Thread)}
	if p := r.Patient; p != nil {
		parts = append(parts, cmp.Or(p.Name, p.Latin), p.LocalNumber)
	}
	if r.Age >= 0 {
		parts = append(parts, q.P("case.years", map[string]any{"count": r.Age}))
	}
	if r.Side != "" {
		parts = append(parts, q.ChoiceName("side", r.Side))
	}
	return face.JoinDots(parts...)
}

// missing says of everything at once that the invitation still needs: required fields, what its rule asks for ([outreach.Proposed]) and days that are none.
func missing(q *face.Request, fields []ui.FieldView, letter bool) map[string]string {
	wrong := map[string]string{}
	given := func(name string) bool { return strings.TrimSpace(strings.Join(q.PostForm[name], "")) != "" }
	need := func(when bool, name, key string) {
		if when && wrong[name] == "" {
			wrong[name] = q.P(key, nil)
		}
	}
	for _, f := range fields {
		need(f.Required && !given(f.Name), f.Name, "visits.needed")
	}
	called := given("emergency")
	need(!letter && !called, "letter", "visits.stop.no-letter")
	need(given("cases") && !given("informed") && !called, "informed", "visits.stop.not-informed")
	days := map[string]time.Time{}
	for _, name := range []string{"from", "until", "informed"} {
		day, err := terms.ParseDay(q.DayTyped(name), time.UTC)
		need(given(name) && err != nil, name, "visits.unfit.day")
		days[name] = day
	}
	need(!days["until"].IsZero() && days["until"].Before(days["from"]), "until", "visits.unfit.until")
	return wrong
}

// proposed reads the invitation from the form.
func proposed(q *face.Request) (outreach.Proposed, error) {
	get := func(name string) string { return strings.TrimSpace(q.PostForm.Get(name)) }
	p := outreach.Proposed{Host: q.Desk.ID, Purpose: get("purpose"), Skill: get("skill"), Procedures: q.PostForm["procedures"], From: q.DayTyped("from"), Until: q.DayTyped("until"),
		Place: get("place"), Fee: get("fee"), Conditions: get("conditions") == "true", Emergency: get("emergency")}
	guest, err := ledger.ParseHospitalID(get("guest"))
	if err != nil {
		return p, errors.Join(desk.ErrInput, err)
	}
	p.Guest = guest
	for _, text := range q.PostForm["cases"] {
		id, err := ledger.ParseThreadID(text)
		if err != nil {
			return p, errors.Join(desk.ErrInput, err)
		}
		p.Cases = append(p.Cases, outreach.PatientCase{Case: id, Informed: q.DayTyped("informed")})
	}
	return p, nil
}

// takeLetter keeps the letter that came with the form, so that it is not chosen again when something else is missing; or gives the one that an earlier try brought.
func takeLetter(q *face.Request, v *outreach.Visit) (letter ledger.BlobRef, here bool, err error) {
	if q.MultipartForm != nil && len(q.MultipartForm.File["letter"]) > 0 {
		if head := q.MultipartForm.File["letter"][0]; head.Size > 0 {
			letter, err = attach.Put(q, head, maxLetter)
			if err == nil {
				q.PostForm.Set(attach.Field, attach.File{Ref: letter}.Token(q))
			}
			return letter, err == nil, err
		}
	}
	letter, here = keptLetter(q, v, q.PostForm)
	return letter, here, nil
}

func proposeVisit(q *face.Request) error {
	if err := access.Need(q.Caller.Who, access.Open, access.What{Of: outreach.Governance}); err != nil {
		return err
	}
	return propose(q, nil, func(d ledger.Draft, says outreach.Proposed) (string, error) {
		invite, err := q.Desk.Invitation(q.Context(), says.Guest)
		if err != nil {
			return "", err
		}
		var id ledger.ThreadID
		err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
			if id, err = q.Desk.Door.In(tx).Open(ctx, q.Caller.Who, outreach.Thread, []ledger.Draft{invite, d}); err != nil {
				return err
			}
			return q.EndDraftAs(ctx, tx, id.String(), "/visits/"+id.String())
		})
		return "/visits/" + id.String() + "?done=proposed", err
	})
}

// proposeAgain changes the invitation of a visit that is here.
func proposeAgain(q *face.Request, v *outreach.Visit) error {
	return propose(q, v, func(d ledger.Draft, _ outreach.Proposed) (string, error) {
		d.Thread = v.Thread
		if v.Proposal != nil {
			d.Refs = []ledger.Hash{v.Proposal.Hash}
		}
		_, err := q.Desk.Door.SayAnd(q.Context(), q.Caller.Who, q.EndDraft("/visits/"+v.Thread.String()), d)
		return "/visits/" + v.Thread.String() + "?done=said", err
	})
}

// propose reads the invitation and says it, or shows what is wrong with it.
func propose(q *face.Request, v *outreach.Visit, say func(ledger.Draft, outreach.Proposed) (string, error)) error {
	if at, sent := q.Sent(); sent {
		return q.See(at)
	}
	drafted := q.Posted(visitDraft(v))
	fields, err := proposalFields(q, v)
	if err != nil {
		return err
	}
	letter, here, err := takeLetter(q, v)
	if err != nil {
		return err
	}
	if wrong := missing(q, fields, here); len(wrong) > 0 {
		return showProposal(q, http.StatusUnprocessableEntity, v, q.PostForm, drafted, wrong, nil)
	}
	says, err := proposed(q)
	if err != nil {
		return err
	}
	var blobs []ledger.BlobRef
	if here {
		says.Letter, blobs = letter.Hash, []ledger.BlobRef{letter}
	}
	next, err := say(ledger.Draft{Kind: outreach.KindProposed, Says: says, Blobs: blobs}, says)
	if at, sent := q.Sent(); err != nil && sent {
		return q.See(at)
	}
	var told desk.Told
	if errors.As(err, &told) {
		wrong, notices := faultsOf(q, told, fields)
		return showProposal(q, http.StatusUnprocessableEntity, v, q.PostForm, drafted, wrong, notices)
	}
	if err != nil {
		return err
	}
	return q.See(next)
}

// faultsOf puts what stopped an invitation next to the fields that it is about, and the rest above them.
func faultsOf(q *face.Request, told desk.Told, fields []ui.FieldView) (wrong map[string]string, notices []ui.Notice) {
	wrong = map[string]string{}
	n := ui.Notice{Sort: ui.Bad, Title: q.P("visits.stopped", nil)}
	for _, f := range told.Faults() {
		if slices.ContainsFunc(fields, func(v ui.FieldView) bool { return v.Name == f.Field }) {
			wrong[f.Field] = q.Text(f.Text)
		} else {
			n.Items = append(n.Items, q.Text(f.Text))
		}
	}
	return wrong, []ui.Notice{n}
}
