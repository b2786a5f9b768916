package members

import (
	"context"
	"slices"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// alikeRow is a case whose patient looks like this one's, and what was decided; open: nobody has, and the reader may.
type alikeRow struct {
	What, State string
	URL         string
	Open        bool
	Other       string
}

// alikePanel shows whom the patient looks like.
func alikePanel(v *face.Case) (templ.Component, error) {
	if v.Patient == nil || v.Home != v.Q.Desk.ID {
		return nil, nil
	}
	rows, err := alikeRows(v)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return alikePart(v, rows), nil
}

func alikeRows(v *face.Case) (rows []alikeRow, err error) {
	q := v.Q
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := casebook.AlikeOf(ctx, tx, v.Thread)
		if err != nil {
			return err
		}
		for _, a := range list {
			seen, err := q.Desk.MaySee(ctx, tx, q.Caller, a.Thread)
			if err != nil {
				return err
			}
			a.Hidden = !seen
			row := alikeRow{What: q.Text(a.Tell()), State: q.P("case.alike.undecided", nil), Other: a.Thread.String(), Open: a.Decision == ""}
			if seen {
				row.URL = "/cases/" + a.Thread.String()
			}
			if a.Decision != "" {
				row.State = face.JoinDots(q.P("case.alike.decided-"+a.Decision, nil), a.Why)
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// alikeFields ask for the decision about one other case.
func alikeFields(q *face.Request, r alikeRow) []ui.FieldView {
	return []ui.FieldView{{Name: "decision", ID: "decision-" + r.Other, Type: ui.FieldCode, Required: true, Label: q.P("case.alike.is", nil), Options: []ui.Option{{Value: casebook.SamePatient, Label: q.P("case.alike.same", nil)},
		{Value: casebook.AnotherPatient, Label: q.P("case.alike.another", nil)}}},
		{Name: "why", ID: "why-" + r.Other, Type: ui.FieldText, Label: q.P("case.alike.why", nil), Help: q.P("case.alike.why-help", nil)}}
}

// decideAlike keeps what somebody decided about this case and another one.
func decideAlike(q *face.Request) error {
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
	d := casebook.AlikeDecision{Decision: q.PostForm.Get("decision"), Why: q.PostForm.Get("why")}
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := casebook.AlikeOf(ctx, tx, v.Thread)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(a casebook.Alike) bool { return a.Thread.String() != q.PostForm.Get("other") })
		if len(list) == 0 {
			return desk.ErrNotHere
		}
		if !d.Settles(list) {
			return &casebook.PatientsAlike{List: list}
		}
		return casebook.DecideAlike(ctx, tx, q.Now(), q.Caller.Person, v.Thread, list, d)
	})
	if err != nil {
		return err
	}
	return q.See(v.Path() + "?done=identity")
}
