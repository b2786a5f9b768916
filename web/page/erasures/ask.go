package erasures

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

// askView is the page that asks that entries of a case are erased.
type askView struct {
	Head   ui.HeadView
	Warn   ui.Notice
	None   string // why nothing here can be erased; empty: something can
	Form   ui.FormView
	Fields []ui.FieldView
	Do     ui.ActionsView
}

// mostAsked bounds the entries among which one chooses: the newest.
const mostAsked = 200

// erasable are the entries that this hospital may ask to be erased, the newest first: its own, and with custody those of others.
func erasable(v *face.Case) (list []ui.Option) {
	form := saying.OfCase(v, "")
	for _, item := range slices.Backward(v.Timeline) {
		if len(list) == mostAsked || item.Erased || strings.HasPrefix(item.Kind, "thread.") || item.By.Hospital != v.Q.Desk.ID && !v.Own() {
			continue
		}
		list = append(list, ui.Option{Value: item.Hash.String(), Label: face.JoinDots(form.TitleOf(item), lang.PartialDate(v.Q.Lang, face.DayOf(item.When))), Help: face.JoinDots(v.Q.Person(item.By.Name), v.Name(item.By.Hospital))})
	}
	return list
}

func mayAsk(q *face.Request) (*face.Case, error) {
	v, err := q.OpenedCase()
	if err == nil && !v.May(access.Erase) {
		err = access.Need(q.Caller.Who, access.Erase, access.What{Of: casebook.Governance, Thread: v.Thread})
	}
	return v, err
}

func askPage(q *face.Request) error {
	v, err := mayAsk(q)
	if err != nil {
		return err
	}
	return showAsk(v, http.StatusOK, q.URL.Query()["ref"], "", "", "")
}

func showAsk(v *face.Case, status int, chosen []string, reason, wrongEntries, wrongReason string) error {
	q := v.Q
	a := askView{Head: v.HeadOf(q.P("erasures.ask.title", nil)), Warn: ui.Notice{Sort: ui.Warn, Title: q.P("erasures.ask.warn", nil),
		Items: []string{q.P("erasures.ask.own", nil), q.P("erasures.ask.others", nil), q.P("erasures.ask.holders", nil), q.P("erasures.ask.backups", nil)}}}
	options := erasable(v)
	if len(options) == 0 {
		a.None = q.P("erasures.ask.none", nil)
	}
	a.Form = ui.FormView{ID: "erase", Action: v.Path("erase"), CSRF: q.CSRF()}
	a.Fields = []ui.FieldView{{Name: "entry", Type: ui.FieldCodes, Label: q.P("erasures.ask.which", nil), Help: q.P("erasures.ask.instead", nil), Required: true, Options: options, Values: chosen, Error: wrongEntries},
		reasonField(q, reason, wrongReason)}
	a.Do = ui.ActionsView{Submit: q.P("erasures.ask.do", nil), Danger: true, Cancel: ui.Link{Label: q.P("case.cancel", nil), URL: v.Path()}}
	return q.Render(status, q.Data(a.Head.Title, "cases"), askContent(a))
}

// ask says in the case that entries are to be erased: from then on nobody reads them.
func ask(q *face.Request) error {
	v, err := mayAsk(q)
	if err != nil {
		return err
	}
	options, chosen, reason := erasable(v), q.PostForm["entry"], q.PostForm.Get("reason")
	chosen = slices.DeleteFunc(slices.Clone(chosen), func(h string) bool { return !slices.ContainsFunc(options, face.OptionIs(h)) })
	wrongEntries, wrongReason := "", ""
	if len(chosen) == 0 {
		wrongEntries = q.P("erasures.wrong.entry", nil)
	}
	if !slices.Contains(reasons, reason) {
		wrongReason = q.P("erasures.wrong.reason", nil)
	}
	if wrongEntries+wrongReason != "" {
		return showAsk(v, http.StatusUnprocessableEntity, chosen, reason, wrongEntries, wrongReason)
	}
	for part := range slices.Chunk(chosen, ledger.MaxRefs) {
		d := ledger.Draft{Thread: v.Thread, Kind: ledger.KindErased, Says: ledger.Erasure{Reason: reason}}
		for _, text := range part {
			h, err := ledger.ParseHash(text)
			if err != nil {
				return err
			}
			d.Refs = append(d.Refs, h)
		}
		if _, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, d); err != nil {
			return err
		}
	}
	return q.See(v.Path() + "?done=erasure-asked")
}

// identityView is the page that erases who a patient is. Who answers for erasures need not see the case, and sees none of it here.
type identityView struct {
	Head   ui.HeadView
	Warn   ui.Notice
	Form   ui.FormView
	Reason ui.FieldView
	Do     ui.ActionsView
}

func identityPage(q *face.Request) error { return showIdentity(q, http.StatusOK, "") }

func showIdentity(q *face.Request, status int, wrong string) error {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return desk.ErrNotHere
	}
	if err := access.Need(q.Caller.Who, access.AnswerErasure, access.What{Of: casebook.Governance, Thread: id}); err != nil {
		return err
	}
	v := identityView{Head: ui.HeadView{Title: q.P("erasures.identity.title", nil), Sub: q.P("erasures.case", map[string]any{"id": face.ShortID(id)}), Back: ui.Link{Label: q.P("erasures.title", nil), URL: "/settings/erasures"}},
		Warn:   ui.Notice{Sort: ui.Warn, Title: q.P("erasures.identity.warn", nil), Items: []string{q.P("erasures.identity.here", nil), q.P("erasures.identity.case", nil), q.P("erasures.identity.others", nil), q.P("erasures.identity.imports", nil), q.P("erasures.ask.backups", nil)}},
		Form:   ui.FormView{ID: "erase-identity", Action: "/cases/" + id.String() + "/identity/erase", CSRF: q.CSRF()},
		Reason: reasonField(q, q.PostForm.Get("reason"), wrong),
		Do:     ui.ActionsView{Submit: q.P("erasures.identity.do", nil), Danger: true, Cancel: ui.Link{Label: q.P("case.cancel", nil), URL: "/settings/erasures"}}}
	return q.Render(status, q.Data(v.Head.Title, "settings"), identityContent(v))
}

func eraseIdentity(q *face.Request) error {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return desk.ErrNotHere
	}
	reason := q.PostForm.Get("reason")
	if !slices.Contains(reasons, reason) {
		return showIdentity(q, http.StatusUnprocessableEntity, q.P("erasures.wrong.reason", nil))
	}
	if err := q.Desk.EraseIdentity(q.Context(), q.Caller, id, reason); err != nil {
		return err
	}
	return q.See("/settings/erasures?done=erasure-identity")
}

// findPatient leads from a case's number to the page that erases who its patient is.
func findPatient(q *face.Request) error {
	if err := q.Need(access.AnswerErasure); err != nil {
		return err
	}
	id, err := q.Desk.ThreadCalled(q.Context(), q.FormValue("number"))
	if err != nil {
		return showList(q, http.StatusUnprocessableEntity, wrongAnswer{}, faultOf(q, err))
	}
	return q.See("/cases/" + id.String() + "/identity/erase")
}

// panel leads from a case to what may be done about erasing it or keeping it.
func panel(v *face.Case) (templ.Component, error) {
	q := v.Q
	var links []ui.Link
	if v.May(access.Erase) {
		links = append(links, ui.Link{Label: q.P("erasures.ask.link", nil), URL: v.Path("erase")})
	}
	if access.May(q.Caller.Who, access.AnswerErasure, access.What{Of: casebook.Governance, Thread: v.Thread}).Allowed {
		if v.Home == q.Desk.ID && v.Patient != nil {
			links = append(links, ui.Link{Label: q.P("erasures.identity.link", nil), URL: v.Path("identity", "erase")})
		}
		links = append(links, ui.Link{Label: q.P("erasures.hold.link", nil), URL: "/settings/holds?number=" + v.Thread.String()})
	}
	if len(links) == 0 {
		return nil, nil
	}
	return panelPart(q, links), nil
}
