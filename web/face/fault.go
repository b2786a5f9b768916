package face

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/ui"
)

// faultView is a fault as the page tells it: what happened, what was kept, what to do.
type faultView struct {
	Title, Detail, Kept, Do string
	Items                   []string
	Actions                 []ui.ButtonView
}

// showFault answers a request that went wrong: as JSON to a script, as a notice to a part of a page, as a page otherwise.
func (q *Request) showFault(f desk.Fault, denied bool) {
	if f.Retry > 0 {
		q.W.Header().Set("Retry-After", strconv.Itoa(f.Retry))
	}
	v := q.faultView(f, denied)
	switch {
	case strings.Contains(q.Header.Get("Accept"), "application/json"):
		q.W.Header().Set("Content-Type", "application/problem+json")
		q.W.WriteHeader(Status(f))
		q.JSON(map[string]any{"status": Status(f), "code": f.Code, "title": v.Title, "detail": v.Detail})
	case q.Header.Get("HX-Request") != "":
		q.W.Header().Set("Content-Type", "text/html; charset=utf-8")
		q.W.WriteHeader(Status(f))
		n := ui.Notice{Sort: ui.Bad, Title: v.Title, Text: v.Detail + " " + v.Kept, Items: v.Items}
		ui.Banner(n).Render(ui.WithLanguage(q.Context(), q.Lang), q.W)
	default:
		q.Visitor()
		d := q.Data(v.Title, "")
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			d.Path = "/" // many a form is sent to an address that nobody can look at
		}
		q.Render(Status(f), d, faultContent(q, v))
	}
}

func (q *Request) faultView(f desk.Fault, denied bool) faultView {
	v := faultView{Title: f.Title.In(q.Lang), Detail: f.Detail.In(q.Lang)}
	if v.Detail == v.Title {
		v.Detail = ""
	}
	for _, field := range f.Fields {
		if text := field.Text.In(q.Lang); text != v.Detail {
			v.Items = append(v.Items, text)
		}
	}
	if f.Retry > 0 && f.Sort == desk.TooOften {
		v.Detail = q.P("page.signin.slowdo", map[string]any{"wait": lang.Duration(q.Lang, secondsOf(f.Retry))})
	}
	if q.Method != http.MethodGet && q.Method != http.MethodHead && f.Code != "sign-in" {
		v.Kept = q.P("page.fault.kept", nil)
	}
	key := "page.fault.do." + f.Code
	id, ofCase := q.caseOfPath()
	sees := ofCase && denied && q.sees(id)
	switch {
	case denied && !ofCase:
		key += "-page"
		if f.Detail == lang.Phrase("access.denied.see", nil) {
			v.Detail = "" // it speaks of a case, and none is here
		}
	case sees:
		key += "-step"
	}
	if lang.Has(key) {
		v.Do = q.P(key, map[string]any{"roles": q.Roles()})
	}
	v.Actions = q.faultActions(f, denied && ofCase && !sees)
	if sees {
		v.Actions = append([]ui.ButtonView{{Label: q.P("case.back", nil), URL: "/cases/" + id.String(), Icon: "document"}}, v.Actions...)
	}
	return v
}

// sees tells whether the reader may read a case: then another role or a part is missing, and not the way in.
func (q *Request) sees(id ledger.ThreadID) (ok bool) {
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		ok, err = q.Desk.MaySee(ctx, tx, q.Caller, id)
		return err
	})
	return ok && err == nil
}

// faultActions lead on from a fault; closed: it is a case that the reader may not open.
func (q *Request) faultActions(f desk.Fault, closed bool) []ui.ButtonView {
	if f.Code == "again" {
		to := "/settings" // where a form was sent is no page
		if q.Method == http.MethodGet {
			to = q.URL.RequestURI()
		}
		return []ui.ButtonView{{Label: q.P("page.signin.again", nil), URL: AgainURL(to), Icon: "key"}}
	}
	if f.Code == "sign-in" || f.Code == "expired" {
		return []ui.ButtonView{{Label: q.P("page.signin.do", nil), URL: "/sign-in", Icon: "key"}}
	}
	home := ui.ButtonView{Label: q.P("page.fault.home", nil), URL: "/", Quiet: true}
	id, ok := q.caseOfPath()
	if !ok || !closed {
		return []ui.ButtonView{home}
	}
	var list []ui.ButtonView
	if q.ListsCases() {
		list = append(list, ui.ButtonView{Label: q.P("page.fault.wish", nil), URL: "/cases/" + id.String() + "/wish", Icon: "people", Post: true, CSRF: q.CSRF()})
	}
	if access.May(q.Caller.Who, access.Break, access.What{Of: casebook.Governance, Thread: id}).Allowed {
		list = append(list, ui.ButtonView{Label: q.P("page.fault.glass", nil), URL: "/cases/" + id.String() + "/break-glass", Icon: "lock", Danger: true})
	}
	return append(list, home)
}

// caseOfPath is the case that the address is about.
func (q *Request) caseOfPath() (ledger.ThreadID, bool) {
	rest, ok := strings.CutPrefix(q.URL.Path, "/cases/")
	if !ok {
		return ledger.ThreadID{}, false
	}
	text, _, _ := strings.Cut(rest, "/")
	id, err := ledger.ParseThreadID(text)
	return id, err == nil
}
