package erasures

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// holdsView is the legal holds at this hospital.
type holdsView struct {
	Stand  ui.TableView
	Past   ui.TableView
	Fields []ui.FieldView
	Open   string // the form that stands open
}

func holdsPage(q *face.Request) error { return showHolds(q, http.StatusOK, "", "") }

// showHolds shows the holds and the form for another; field and wrong say what was wrong with it.
func showHolds(q *face.Request, status int, field, wrong string) error {
	list, err := q.Desk.Holds(q.Context(), q.Caller)
	if err != nil {
		return err
	}
	v := holdsView{Stand: ui.TableView{Caption: q.P("erasures.hold.stand", nil)}, Past: ui.TableView{Caption: q.P("erasures.hold.past", nil)}, Fields: holdFields(q, field, wrong)}
	for _, key := range []string{"case", "law", "until", "by"} {
		v.Stand.Columns = append(v.Stand.Columns, ui.Column{Label: q.P("erasures.column."+key, nil)})
		v.Past.Columns = append(v.Past.Columns, ui.Column{Label: q.P("erasures.column."+key, nil)})
	}
	v.Stand.Columns = append(v.Stand.Columns, ui.Column{})
	if field != "" || q.FormValue("number") != "" || len(list) == 0 {
		v.Open = "hold"
	}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, h := range list {
			cells := holdCells(ctx, tx, q, h)
			if h.Stands(today(q)) {
				v.Stand.Rows = append(v.Stand.Rows, ui.TableRow{Cells: append(cells, ui.Cell{Content: releaseButton(q, h)})})
			} else {
				v.Past.Rows = append(v.Past.Rows, ui.TableRow{Cells: cells})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d := q.SettingsData()
	d.Path = "/settings/holds"
	return q.Render(status, d, holdsContent(q, v))
}

func holdCells(ctx context.Context, tx ledger.Tx, q *face.Request, h access.Hold) []ui.Cell {
	until := ui.Cell{Text: q.P("erasures.hold.open", nil)}
	if h.Until != "" {
		until.Text = lang.PartialDate(q.Lang, h.Until)
	}
	if !h.Released.IsZero() {
		until.Note = q.P("erasures.hold.released", map[string]any{"who": q.Person(face.NameOf(ctx, tx, h.ReleasedBy)), "when": q.Day(h.Released)})
	}
	return []ui.Cell{{Text: q.P("erasures.case", map[string]any{"id": face.ShortID(h.Thread)})}, {Text: h.Law}, until, {Text: q.Person(face.NameOf(ctx, tx, h.Person)), Note: q.Day(h.At)}}
}

func releaseButton(q *face.Request, h access.Hold) templ.Component {
	return ui.Confirm(ui.ConfirmView{ID: "release-" + h.ID, Open: q.P("erasures.hold.release", nil), Title: q.P("erasures.hold.release-title", map[string]any{"law": h.Law}),
		Text: q.P("erasures.hold.release-text", nil), Action: "/settings/holds/" + h.ID + "/release", CSRF: q.CSRF(), Do: q.P("erasures.hold.release", nil), Danger: true, Quiet: true})
}

// caseField asks for a case by the number that its pages show, or by its whole id.
func caseField(q *face.Request, value, wrong string) ui.FieldView {
	return ui.FieldView{Name: "number", Type: ui.FieldText, Label: q.P("erasures.number", nil), Help: q.P("erasures.number-help", nil), Value: value, Error: wrong, Required: true}
}

func holdFields(q *face.Request, field, wrong string) []ui.FieldView {
	fields := []ui.FieldView{caseField(q, q.FormValue("number"), ""),
		{Name: "law", Type: ui.FieldText, Label: q.P("erasures.hold.law", nil), Help: q.P("erasures.hold.law-help", nil), Value: q.PostForm.Get("law"), Required: true},
		{Name: "until", Type: ui.FieldDay, Label: q.P("erasures.hold.until", nil), Help: q.P("erasures.hold.until-help", nil), Value: q.PostForm.Get("until")}}
	for i := range fields {
		if fields[i].Name == field {
			fields[i].Error = wrong
		}
	}
	return fields
}

// addHold puts a case under a legal hold.
func addHold(q *face.Request) error {
	if err := q.Need(access.AnswerErasure); err != nil {
		return err
	}
	h := access.Hold{Law: strings.TrimSpace(q.PostForm.Get("law")), Until: q.DayTyped("until")}
	var err error
	if h.Thread, err = q.Desk.ThreadCalled(q.Context(), q.PostForm.Get("number")); err != nil {
		return showHolds(q, http.StatusUnprocessableEntity, "number", faultOf(q, err))
	}
	if h.Law == "" {
		return showHolds(q, http.StatusUnprocessableEntity, "law", q.P("erasures.wrong.law", nil))
	}
	if _, err := time.Parse(time.DateOnly, h.Until); h.Until != "" && (err != nil || h.Until <= today(q)) {
		return showHolds(q, http.StatusUnprocessableEntity, "until", q.P("erasures.wrong.until", nil))
	}
	if _, err := q.Desk.Hold(q.Context(), q.Caller, h); err != nil {
		return err
	}
	return q.See("/settings/holds?done=held")
}

// faultOf says why a number names no case.
func faultOf(q *face.Request, err error) string {
	if errors.Is(err, desk.ErrSeveral) {
		return q.P("erasures.wrong.several", nil)
	}
	return q.P("erasures.wrong.number", nil)
}

func releaseHold(q *face.Request) error {
	if err := q.Desk.Release(q.Context(), q.Caller, q.PathValue("id")); err != nil {
		return err
	}
	return q.See("/settings/holds?done=released")
}
