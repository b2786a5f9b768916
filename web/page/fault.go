package page

import (
	"net/http"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// faultView is a fault as the page tells it: what happened, what was kept, what to do.
type faultView struct {
	Title, Detail, Kept, Do string
	Items                   []string
	Actions                 []ui.ButtonView
}

// showFault answers a request that went wrong: as JSON to a script, as a notice to a part of a page, as a page otherwise.
func (q *request) showFault(f desk.Fault, denied bool) {
	if f.Retry > 0 {
		q.w.Header().Set("Retry-After", strconv.Itoa(f.Retry))
	}
	v := q.faultView(f, denied)
	switch {
	case strings.Contains(q.Header.Get("Accept"), "application/json"):
		q.w.Header().Set("Content-Type", "application/problem+json")
		q.w.WriteHeader(face.Status(f))
		q.json(map[string]any{"status": face.Status(f), "code": f.Code, "title": v.Title, "detail": v.Detail})
	case q.Header.Get("HX-Request") != "":
		q.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		q.w.WriteHeader(face.Status(f))
		n := ui.Notice{Sort: ui.Bad, Title: v.Title, Text: v.Detail + " " + v.Kept, Items: v.Items}
		ui.Banner(n).Render(ui.WithLanguage(q.Context(), q.lang), q.w)
	default:
		q.visitor()
		d := q.data(v.Title, "")
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			d.Path = "/" // many a form is sent to an address that nobody can look at
		}
		q.render(face.Status(f), d, faultContent(q, v))
	}
}

func (q *request) faultView(f desk.Fault, denied bool) faultView {
	v := faultView{Title: f.Title.In(q.lang), Detail: f.Detail.In(q.lang)}
	if v.Detail == v.Title {
		v.Detail = ""
	}
	for _, field := range f.Fields {
		if text := field.Text.In(q.lang); text != v.Detail {
			v.Items = append(v.Items, text)
		}
	}
	if f.Retry > 0 {
		v.Detail = q.p("page.signin.slowdo", map[string]any{"wait": lang.Duration(q.lang, secondsOf(f.Retry))})
	}
	if q.Method != http.MethodGet && q.Method != http.MethodHead && f.Code != "sign-in" {
		v.Kept = q.p("page.fault.kept", nil)
	}
	if key := "page.fault.do." + f.Code; lang.Has(key) {
		v.Do = q.p(key, nil)
	}
	v.Actions = q.faultActions(f, denied)
	return v
}

func (q *request) faultActions(f desk.Fault, denied bool) []ui.ButtonView {
	if f.Code == "sign-in" || f.Code == "expired" {
		return []ui.ButtonView{{Label: q.p("page.signin.do", nil), URL: "/sign-in", Icon: "key"}}
	}
	home := ui.ButtonView{Label: q.p("page.fault.home", nil), URL: "/", Quiet: true}
	if id, ok := q.caseOfPath(); ok && denied && access.May(q.caller.Who, access.Break, access.What{Kind: "case", Thread: id}).Allowed {
		return []ui.ButtonView{{Label: q.p("page.fault.glass", nil), URL: "/cases/" + id.String() + "/break-glass", Icon: "lock", Danger: true}, home}
	}
	return []ui.ButtonView{home}
}

// caseOfPath is the case that the address is about.
func (q *request) caseOfPath() (ledger.ThreadID, bool) {
	rest, ok := strings.CutPrefix(q.URL.Path, "/cases/")
	if !ok {
		return ledger.ThreadID{}, false
	}
	text, _, _ := strings.Cut(rest, "/")
	id, err := ledger.ParseThreadID(text)
	return id, err == nil
}
