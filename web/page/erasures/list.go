package erasures

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// listView is the requests to erase, as this hospital answers them.
type listView struct {
	Open   []requestView
	Past   ui.TableView
	Number ui.FieldView // of the case whose patient is to be erased
}

// requestView is one request that waits for an answer.
type requestView struct {
	ID      string // of its form
	Title   string
	Asked   string
	Why     string
	Entries []ui.ListItem
	Held    string // the law that keeps it; empty: none
	Form    ui.FormView
	Fields  []ui.FieldView
	Do      ui.ActionsView
}

// wrongAnswer is an answer that was not taken, with what is wrong, to be shown with its request.
type wrongAnswer struct {
	erasure ledger.Hash
	field   string
	text    string
}

func listPage(q *face.Request) error { return showList(q, http.StatusOK, wrongAnswer{}, "") }

func showList(q *face.Request, status int, wrong wrongAnswer, noPatient string) error {
	if err := q.Need(access.AnswerErasure); err != nil {
		return err
	}
	all, err := q.Desk.Erasures(q.Context(), q.Caller, true)
	if err != nil {
		return err
	}
	v := listView{Past: ui.TableView{Caption: q.P("erasures.past", nil)}, Number: caseField(q, q.FormValue("number"), noPatient)}
	for _, key := range []string{"case", "from", "when", "why", "answer"} {
		v.Past.Columns = append(v.Past.Columns, ui.Column{Label: q.P("erasures.column."+key, nil)})
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, e := range all {
			if e.Waits(today(q)) {
				v.Open = append(v.Open, request(ctx, tx, q, e, wrong))
			} else {
				v.Past.Rows = append(v.Past.Rows, pastRow(ctx, tx, q, e))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d := q.SettingsData()
	d.Path = "/settings/erasures"
	return q.Render(status, d, listContent(q, v))
}

func today(q *face.Request) string { return q.Now().Format(time.DateOnly) }

// threadName is what a thread is called before people who see none of it.
func threadName(q *face.Request, kind string, id ledger.ThreadID) string {
	if kind == "case" {
		return q.P("erasures.case", map[string]any{"id": casebook.Number(id)})
	}
	return q.P("erasures.thread", map[string]any{"kind": kind, "id": casebook.Number(id)})
}

func reasonName(q *face.Request, code string) string {
	if key := "erasures.reason." + code; slices.Contains(reasons, code) {
		return q.P(key, nil)
	}
	return code
}

// reasons are why something is erased.
var reasons = []string{"withdrawn", "mistake", "law"}

func reasonField(q *face.Request, value, wrong string) ui.FieldView {
	f := ui.FieldView{Name: "reason", Type: ui.FieldCode, Label: q.P("erasures.because-of", nil), Required: true, Value: value, Error: wrong}
	for _, r := range reasons {
		f.Options = append(f.Options, ui.Option{Value: r, Label: reasonName(q, r)})
	}
	return f
}

func request(ctx context.Context, tx ledger.Tx, q *face.Request, e desk.Erasing, wrong wrongAnswer) requestView {
	v := requestView{ID: "erasure-" + e.Erasure.Short(), Title: threadName(q, e.Kind, e.Thread), Why: reasonName(q, e.Reason),
		Asked: q.P("erasures.asked", map[string]any{"hospital": ui.NameIn(q.Lang, q.HospitalName(ctx, tx, e.By)), "when": q.Day(e.At)})}
	ours := false
	for _, x := range e.Asked {
		look := q.HospitalLook(ctx, tx, x.By)
		ours = ours || x.By == q.Desk.ID
		v.Entries = append(v.Entries, ui.ListItem{Hospital: &look, Text: q.KindName(x.Kind), Note: look.Name, End: q.Day(x.At)})
	}
	if e.Hold != nil {
		v.Held = e.Hold.Law
	}
	v.Form = ui.FormView{ID: v.ID, Action: "/settings/erasures/" + e.Thread.String() + "/" + e.Erasure.String(), CSRF: q.CSRF()}
	v.Fields = answerFields(q, v.ID, ours, v.Held != "")
	if wrong.erasure == e.Erasure {
		for i := range v.Fields {
			f := &v.Fields[i]
			f.Value = q.PostForm.Get(f.Name)
			if f.Name == wrong.field {
				f.Error = wrong.text
			}
		}
	}
	v.Do = ui.ActionsView{Submit: q.P("erasures.do", nil)}
	return v
}

// answerFields are the three answers, with what each of them does, and what the second and the third one have to say. What is held cannot be destroyed.
func answerFields(q *face.Request, id string, ours, held bool) []ui.FieldView {
	which := ui.FieldView{Name: "answer", ID: id + "-answer", Type: ui.FieldCode, Label: q.P("erasures.which", nil), Required: true}
	for _, a := range []string{ledger.ErasureDestroyed, ledger.ErasureKept, ledger.ErasureRefused} {
		help := "erasures.answer." + a + "-help"
		if a == ledger.ErasureRefused && !ours {
			help = "erasures.answer.refused-holder"
		}
		if a != ledger.ErasureDestroyed || !held {
			which.Options = append(which.Options, ui.Option{Value: a, Label: q.P("erasures.answer."+a, nil), Help: q.P(help, nil)})
		}
	}
	return []ui.FieldView{which,
		{Name: "law", ID: id + "-law", Type: ui.FieldText, Label: q.P("erasures.law", nil), Help: q.P("erasures.law-help", nil)},
		{Name: "until", ID: id + "-until", Type: ui.FieldDay, Label: q.P("erasures.until", nil), Help: q.P("erasures.until-help", nil)},
		{Name: "why", ID: id + "-why", Type: ui.FieldText, Long: true, Rows: 2, Label: q.P("erasures.why", nil), Help: q.P("erasures.why-help", nil)}}
}

func pastRow(ctx context.Context, tx ledger.Tx, q *face.Request, e desk.Erasing) ui.TableRow {
	said := ui.Cell{Text: q.P("erasures.state.none", nil)}
	switch {
	case e.Answer != nil && e.Answer.Answer == ledger.ErasureKept:
		said = ui.Cell{Text: q.P("erasures.answer.kept", nil), Note: q.P("erasures.state.kept", map[string]any{"law": e.Answer.Law, "until": lang.PartialDate(q.Lang, e.Answer.Until)})}
	case e.Answer != nil && e.Answer.Answer == ledger.ErasureRefused:
		said = ui.Cell{Text: q.P("erasures.answer.refused", nil), Note: e.Answer.Why}
	case e.Answer != nil:
		said = ui.Cell{Text: q.P("erasures.state.destroyed", nil)}
	case e.Hold != nil:
		said = ui.Cell{Text: q.P("erasures.state.held", map[string]any{"law": e.Hold.Law})}
	case e.Decided:
		said = ui.Cell{Text: q.P("erasures.state.decided", nil)}
	}
	look := q.HospitalLook(ctx, tx, e.By)
	return ui.TableRow{Cells: []ui.Cell{{Text: threadName(q, e.Kind, e.Thread), Note: q.P("erasures.entries", map[string]any{"count": len(e.Asked)})},
		{Text: look.Name, Hospital: &look}, {Text: q.Day(e.At)}, {Text: reasonName(q, e.Reason)}, said}}
}

// answer answers a request for this hospital.
func answer(q *face.Request) error {
	id, bad := ledger.ParseThreadID(q.PathValue("id"))
	erasure, err := ledger.ParseHash(q.PathValue("entry"))
	if err := errors.Join(bad, err); err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	if err := q.Need(access.AnswerErasure); err != nil {
		return err
	}
	said := ledger.ErasureAnswer{Answer: q.PostForm.Get("answer")}
	switch said.Answer {
	case ledger.ErasureKept:
		said.Law, said.Until = strings.TrimSpace(q.PostForm.Get("law")), q.DayTyped("until")
	case ledger.ErasureRefused:
		said.Why = strings.TrimSpace(q.PostForm.Get("why"))
	}
	if field := faultyField(q, said); field != "" {
		return showList(q, http.StatusUnprocessableEntity, wrongAnswer{erasure, field, q.P("erasures.wrong."+field, nil)}, "")
	}
	if err := q.Desk.AnswerErasure(q.Context(), q.Caller, id, erasure, said); err != nil {
		return err
	}
	return q.See("/settings/erasures?done=erasure-" + said.Answer)
}

// faultyField names the field without which an answer is none; empty: it is one.
func faultyField(q *face.Request, a ledger.ErasureAnswer) string {
	switch a.Answer {
	case ledger.ErasureDestroyed:
		return ""
	case ledger.ErasureKept:
		if a.Law == "" {
			return "law"
		}
		if _, err := time.Parse(time.DateOnly, a.Until); err != nil || a.Until <= today(q) {
			return "until"
		}
		return ""
	case ledger.ErasureRefused:
		if a.Why == "" {
			return "why"
		}
		return ""
	}
	return "answer"
}

// work shows on Today, to who answers, each request that waits.
func work(q *face.Request, w *face.TodayWork) error {
	if !q.May(access.AnswerErasure) {
		return nil
	}
	open, err := q.Desk.Erasures(q.Context(), q.Caller, false)
	if err != nil || len(open) == 0 {
		return err
	}
	group := face.WorkGroup{Title: q.P("erasures.today", nil)}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, e := range open {
			url := "/settings/erasures#erasure-" + e.Erasure.Short()
			group.Items = append(group.Items, ui.ListItem{Icon: "shield", Text: face.JoinDots(threadName(q, e.Kind, e.Thread), q.P("erasures.entries", map[string]any{"count": len(e.Asked)})), URL: url,
				Note: face.JoinDots(q.P("erasures.asked", map[string]any{"hospital": ui.NameIn(q.Lang, q.HospitalName(ctx, tx, e.By)), "when": q.Day(e.At)}), reasonName(q, e.Reason)),
				Act:  ui.Button(ui.ButtonView{Label: q.P("erasures.do", nil), URL: url, Quiet: true})})
		}
		return nil
	})
	w.Groups = append(w.Groups, group)
	return err
}
