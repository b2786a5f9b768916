package members

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people/security"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

// accessPage tells who read the case, when, and by what right.
func accessPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	if !v.May(access.ReadAccessLog) {
		return access.Need(q.Caller.Who, access.ReadAccessLog, access.What{Of: casebook.Governance, Thread: v.Thread})
	}
	page := accessView{Head: v.HeadOf(q.P("case.access.title", nil))}
	page.Table = ui.TableView{Caption: page.Head.Title, Columns: []ui.Column{{Label: q.P("case.access.when", nil)}, {Label: q.P("case.access.who", nil)},
		{Label: q.P("case.access.what", nil)}, {Label: q.P("case.access.why", nil)}, {Label: q.P("case.access.origin", nil)}}}
	sought := access.Sought{Thread: v.Thread}
	sought.Before, _ = strconv.ParseInt(q.FormValue("before"), 10, 64)
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		found, err := q.FindReadings(ctx, tx, sought)
		for _, r := range found.Rows {
			page.Table.Rows = append(page.Table.Rows, ui.TableRow{Cells: []ui.Cell{q.Moments(r), {Text: r.Who}, {Text: q.ChoiceName("action", string(r.Action))}, q.Right(r.Seen), {Text: q.OriginWords(r.Origin)}}})
		}
		page.Filters = q.ReadingFilters(v.Path("access"), found)
		if found.Older > 0 {
			page.Pager = ui.PagerView{NextURL: q.ReadingsAddress(v.Path("access"), "before", strconv.FormatInt(found.Older, 10)), NextText: q.P("settings.log.older", nil)}
		}
		return err
	})
	if err != nil {
		return err
	}
	page.Head.Actions = ui.Button(ui.ButtonView{Label: q.P("case.access.export", nil), URL: q.ReadingsAddress(v.Path("access.csv"), "as", "csv"), Quiet: true, Icon: "download"})
	page.Empty = ui.EmptyView{Icon: "history", Title: q.P("access.log.nothing", nil), Text: q.P("access.log.nothing-text", nil)}
	return q.Show(q.Data(page.Head.Title, "cases"), accessContent(page))
}

// accessView is who read a case.
type accessView struct {
	Head    ui.HeadView
	Filters ui.FiltersView
	Table   ui.TableView
	Pager   ui.PagerView
	Empty   ui.EmptyView
}

// accessExport is the log of the case for a spreadsheet. Who takes it out stands in the security log first.
func accessExport(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	if !v.May(access.ReadAccessLog) {
		return access.Need(q.Caller.Who, access.ReadAccessLog, access.What{Of: casebook.Governance, Thread: v.Thread})
	}
	if err := q.Desk.NoteNow(q.Context(), q.Caller, security.Exported, "", "access log of "+v.Thread.String()); err != nil {
		return err
	}
	return q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		of := func(access.Seen) string { return casebook.Number(v.Thread) }
		return q.SendReadings(ctx, tx, "access-"+casebook.Number(v.Thread)+".csv", access.Sought{Thread: v.Thread}, of)
	})
}

// breakView is the page that opens a case in an emergency.
type breakView struct {
	Head   ui.HeadView
	Form   ui.FormView
	Reason ui.FieldView
	Stays  string
	Do     string
	q      *face.Request
}

func breakGlassPage(q *face.Request) error { return showBreak(q, http.StatusOK, "") }

func showBreak(q *face.Request, status int, wrong string) error {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	if err := access.Need(q.Caller.Who, access.Break, access.What{Of: casebook.Governance, Thread: id}); err != nil {
		return err
	}
	stays := q.Desk.Door.GlassStays
	if stays <= 0 {
		stays = access.GlassStaysOpen
	}
	g := breakView{q: q, Head: ui.HeadView{Title: q.P("case.glass.title", nil), Sub: q.P("case.number", map[string]any{"id": face.ShortID(id)}), Back: ui.Link{Label: q.P("case.all", nil), URL: "/cases"}},
		Stays: lang.Duration(q.Lang, stays), Do: q.P("case.glass.do", nil)}
	g.Reason = ui.FieldView{Name: "reason", Type: ui.FieldText, Long: true, Label: q.P("case.glass.reason", nil), Help: q.P("case.glass.help", nil), Required: true,
		Value: q.PostForm.Get("reason"), Error: wrong, Autofocus: true}
	g.Form = ui.FormView{ID: "glass", Action: "/cases/" + id.String() + "/break-glass", CSRF: q.CSRF()}
	return q.Render(status, q.Data(g.Head.Title, "cases"), breakContent(g))
}

func breakGlass(q *face.Request) error {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	_, err = q.Desk.Door.BreakGlass(q.Context(), q.Caller.Who, id, q.PostForm.Get("reason"))
	if errors.Is(err, access.ErrNoReason) {
		return showBreak(q, http.StatusUnprocessableEntity, q.P("case.glass.short", nil))
	}
	if err != nil {
		return err
	}
	return q.See("/cases/" + id.String() + "?done=glass")
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

func identityPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	return showIdentity(v, http.StatusOK, url.Values{}, nil)
}

func showIdentity(v *face.Case, status int, in url.Values, faults map[string]string) error {
	q := v.Q
	view := identityView{Head: v.HeadOf(q.P("case.identity.title", nil)), Lead: q.P("case.identity.lead", nil)}
	switch {
	case v.Home == q.Desk.ID && v.May(access.Say):
		if v.Patient != nil && faults == nil {
			in = url.Values{"patient_name": {v.Patient.Name}, "patient_latin": {v.Patient.Latin}, "local_number": {v.Patient.LocalNumber}, "birth_date": {v.Patient.BirthDate}, "telephone": {v.Patient.Telephone}}
		}
		view.Fields, view.Facts = saying.IdentityFields(q, in, faults), v.SeriesFact()
		view.Form = ui.FormView{ID: "identity", Action: v.Path("identity"), CSRF: q.CSRF()}
		view.Do = ui.ActionsView{Submit: q.P("case.identity.keep", nil), Cancel: ui.Link{Label: q.P("case.cancel", nil), URL: v.Path()}}
	case v.Patient != nil:
		view.Facts = v.IdentityFacts()
	default:
		view.Lead = q.P("case.identity.elsewhere", nil)
		if p, ok := opened(v); ok {
			v.Patient = &p
			view.Lead, view.Facts = q.P("case.identity.granted", nil), v.IdentityFacts()
		}
	}
	return q.Render(status, q.Data(view.Head.Title, "cases"), identityContent(view))
}

// opened is who another hospital's patient is, where a consent gave this hospital the key.
func opened(v *face.Case) (p casebook.Patient, ok bool) {
	q := v.Q
	if v.Identity == nil || q.Desk.Sealer == nil || !v.Consent.Allows(access.Identity, q.Desk.ID) {
		return p, false
	}
	if shown, err := q.Desk.Shows(q.Context(), v.Thread, v.Identity.Hash); err != nil || !shown {
		return p, false
	}
	plain, err := q.Desk.Sealer.Open(q.Context(), v.Identity.Hash, v.Consent.Keys(q.Desk.ID))
	if err != nil {
		q.Desk.Log.Info("opening a sealed identity", "err", err)
		return p, false
	}
	var m map[string]string
	if json.Unmarshal(plain, &m) != nil {
		return p, false
	}
	return casebook.Patient{Name: m["name"], Latin: m["latin"], LocalNumber: m["local_number"], BirthDate: m["birth_date"]}, true
}

// keepIdentity writes down who the patient is, at home, and attaches it sealed.
func keepIdentity(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	if v.Home != q.Desk.ID {
		return desk.ErrNotHere
	}
	if !v.May(access.Say) {
		return &access.Denial{Action: access.Say, Reason: access.May(q.Caller.Who, access.Say, access.What{Of: casebook.Governance, Thread: v.Thread}).Reason}
	}
	in, faults := q.PostForm, map[string]string{}
	p := casebook.Patient{Name: in.Get("patient_name"), Latin: in.Get("patient_latin"), LocalNumber: in.Get("local_number"), BirthDate: terms.Typed(in.Get("birth_date")), Telephone: in.Get("telephone")}
	if v.Patient != nil {
		p.Series = v.Patient.Series // it came with an import, and no form changes it
	}
	saying.PatientFault(q, p, faults)
	if len(faults) > 0 {
		return showIdentity(v, http.StatusUnprocessableEntity, in, faults)
	}
	if v.Own() && v.Closed == nil {
		d, err := q.Desk.SealedIdentity(q.Context(), p)
		if err != nil {
			return err
		}
		d.Thread = v.Thread
		if _, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, d); err != nil {
			return err
		}
	}
	if err := q.Desk.KeepIdentity(q.Context(), v.Thread, p); err != nil {
		return err
	}
	return q.See(v.Path() + "?done=identity")
}
