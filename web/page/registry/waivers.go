package registry

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/registry/waiver"
	"consilium/web/face"
	"consilium/web/ui"
)

// waiversView is the page of a pathway's waivers of consent.
type waiversView struct {
	Head   ui.HeadView
	Tabs   []ui.SavedView
	Table  ui.TableView
	Empty  ui.EmptyView
	Form   *ui.FormView // for who grants them
	Fields []ui.FieldView
}

// answers tells whether somebody answers for the hospital's patients, and so grants waivers.
func answers(q *face.Request) bool {
	return q.Desk.Registry != nil && access.May(q.Caller.Who, access.Open, desk.Waivers).Allowed
}

func waiversPath(pathway string) string { return "/registry/" + url.PathEscape(pathway) + "/waivers" }

func waiversPage(q *face.Request) error { return showWaivers(q, nil, people.ErrInvalid{}) }

// showWaivers shows the list, and the form with what was typed and what is wrong with it.
func showWaivers(q *face.Request, typed url.Values, wrong people.ErrInvalid) error {
	pathway := q.PathValue("pathway")
	if q.Desk.Registry == nil || q.Desk.Packs(pathway, "") == nil {
		return desk.ErrNotHere
	}
	v := &waiversView{Head: ui.HeadView{Title: q.P("waiver.page.title", nil), Sub: q.P("waiver.page.lead", nil)},
		Empty: ui.EmptyView{Icon: "lock", Title: q.P("waiver.page.empty.title", nil), Text: q.P("waiver.page.empty.text", nil)}}
	if works(q) || researches(q) {
		v.Head.Back = back(q, pathway)
	}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := q.Desk.WaiversOf(ctx, tx, q.Caller, pathway)
		if err != nil {
			return err
		}
		v.Table = waiverTable(q, ctx, tx, list)
		v.Tabs, err = tabs(q, ctx, tx, pathway)
		for i := range v.Tabs {
			v.Tabs[i].URL, v.Tabs[i].Count = v.Tabs[i].URL+"/waivers", ""
		}
		return err
	})
	if err != nil {
		return err
	}
	if answers(q) {
		v.Form, v.Fields = &ui.FormView{Action: waiversPath(pathway), CSRF: q.CSRF()}, waiverFields(q, typed, wrong)
	}
	return q.Show(q.Data(q.P("registry.page.name", nil), "registry"), waiversContent(q, v))
}

func waiverFields(q *face.Request, typed url.Values, wrong people.ErrInvalid) []ui.FieldView {
	return face.Filled(q, []ui.FieldView{
		{Name: "ethics", Type: ui.FieldText, Label: q.P("waiver.page.ethics", nil), Help: q.P("waiver.page.ethicshelp", nil), Required: true},
		{Name: "purpose", Type: ui.FieldText, Label: q.P("waiver.page.purpose", nil), Help: q.P("waiver.page.purposehelp", nil), Required: true},
		{Name: "until", Type: ui.FieldDay, Label: q.P("waiver.page.until", nil), Help: q.P("waiver.page.untilhelp", nil), Required: true}}, typed, wrong)
}

func waiverTable(q *face.Request, ctx context.Context, tx ledger.Tx, list []waiver.Row) ui.TableView {
	t := ui.TableView{Caption: q.P("waiver.page.title", nil), Columns: []ui.Column{{Label: q.P("waiver.page.ethics", nil)}, {Label: q.P("waiver.page.purpose", nil)}, {Label: q.P("waiver.page.by", nil)},
		{Label: q.P("waiver.page.state", nil)}, {Label: q.P("registry.page.next", nil)}}}
	for _, w := range list {
		row := ui.TableRow{Cells: []ui.Cell{{Text: w.Ethics}, {Text: w.Purpose}, {Text: q.Person(q.Doer(ctx, tx, w.GrantedBy)), Note: lang.Date(q.Lang, w.Granted)},
			{Text: waiverState(q, ctx, tx, w)}, {}}}
		if w.InForce(q.Now()) && answers(q) {
			row.Cells[4] = ui.Cell{Content: ui.Confirm(ui.ConfirmView{ID: "revoke-" + w.ID.String(), Open: q.P("waiver.page.revoke", nil), Title: q.P("waiver.page.revoketitle", map[string]any{"number": w.Ethics}),
				Text: q.P("waiver.page.revoketext", nil), Action: waiversPath(w.Pathway) + "/" + w.ID.String() + "/revoke", CSRF: q.CSRF(), Do: q.P("waiver.page.revoke", nil), Danger: true, Quiet: true,
				Content: ui.Field(ui.FieldView{Name: "reason", ID: "reason-" + w.ID.String(), Type: ui.FieldText, Label: q.P("waiver.page.reason", nil), Required: true})})}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// waiverState says until when a waiver counts, or why it does not any more.
func waiverState(q *face.Request, ctx context.Context, tx ledger.Tx, w waiver.Row) string {
	until := map[string]any{"day": lang.PartialDate(q.Lang, w.Until)}
	switch {
	case !w.Revoked.IsZero():
		return q.P("waiver.page.wasrevoked", map[string]any{"day": lang.Date(q.Lang, w.Revoked), "name": q.Person(q.Doer(ctx, tx, w.RevokedBy))})
	case w.InForce(q.Now()):
		return q.P("waiver.page.inforce", until)
	}
	return q.P("waiver.page.ended", until)
}

func grantWaiver(q *face.Request) error {
	pathway := q.PathValue("pathway")
	if q.Desk.Registry == nil {
		return desk.ErrNotHere
	}
	if err := access.Need(q.Caller.Who, access.Open, desk.Waivers); err != nil {
		return err
	}
	if err := q.Fresh(); err != nil { // it opens rows of patients who were not asked
		return err
	}
	get := func(name string) string { return strings.TrimSpace(q.PostForm.Get(name)) }
	_, err := q.Desk.GrantWaiver(q.Context(), q.Caller, waiver.Granted{Ethics: get("ethics"), Pathway: pathway, Purpose: get("purpose"), Until: get("until")})
	var told desk.Told
	switch {
	case errors.Is(err, desk.ErrPast):
		return showWaivers(q, q.PostForm, people.ErrInvalid{Field: "until", Text: lang.Phrase("waiver.page.past", nil)})
	case errors.Is(err, desk.ErrLong):
		return showWaivers(q, q.PostForm, people.ErrInvalid{Field: "until", Text: lang.Phrase("waiver.page.long", nil)})
	case errors.As(err, &told) && len(told.Faults()) > 0:
		first := told.Faults()[0]
		return showWaivers(q, q.PostForm, people.ErrInvalid{Field: first.Field, Text: first.Text})
	case err != nil:
		return err
	}
	return q.See(waiversPath(pathway))
}

func revokeWaiver(q *face.Request) error {
	id, err := ledger.ParseThreadID(q.PathValue("waiver"))
	if err != nil || q.Desk.Registry == nil {
		return desk.ErrNotHere
	}
	if err := access.Need(q.Caller.Who, access.Say, desk.Waivers); err != nil {
		return err
	}
	if err := q.Desk.RevokeWaiver(q.Context(), q.Caller, id, strings.TrimSpace(q.PostForm.Get("reason"))); err != nil {
		return err
	}
	return q.See(waiversPath(q.PathValue("pathway")))
}
