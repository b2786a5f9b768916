package settings

import (
	"context"
	"net/http"
	"time"

	"consilium/ledger"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

// readDeputy tells who stands in for the reader, and what the form asks.
func readDeputy(q *face.Request, ctx context.Context, tx ledger.Tx, v *mineView) error {
	d, ok, err := people.DeputyOf(ctx, tx, q.Now(), q.Caller.Person)
	if err != nil {
		return err
	}
	if ok {
		p, err := people.Get(ctx, tx, d.Deputy)
		if err != nil {
			return err
		}
		v.Away = q.P("settings.away.now", map[string]any{"name": p.DisplayName, "days": q.Days(d.From, d.Until.Add(-time.Second))})
	}
	all, err := people.List(ctx, tx, people.Filter{})
	if err != nil {
		return err
	}
	v.Deputy = face.Filled(q, deputyFields(q, all), v.Form, v.Wrong)
	return nil
}

func deputyFields(q *face.Request, all []people.Person) []ui.FieldView {
	who := ui.FieldView{Name: "deputy", Type: ui.FieldPerson, Label: q.P("settings.away.name", nil), Required: true}
	for _, p := range all {
		if p.ID != q.Caller.Person {
			who.Options = append(who.Options, ui.Option{Value: string(p.ID), Label: q.PersonLabel(p)})
		}
	}
	return []ui.FieldView{who,
		{Name: "from", Type: ui.FieldDay, Label: q.P("settings.away.from", nil), Value: q.Now().Format(time.DateOnly), Required: true},
		{Name: "until", Type: ui.FieldDay, Label: q.P("settings.away.until", nil), Required: true}}
}

// nameDeputy says who stands in for the person, or that they are back.
func nameDeputy(q *face.Request) error {
	var wrong people.ErrInvalid
	err := q.Update(func(ctx context.Context, tx ledger.Tx) error {
		if q.PostForm.Get("step") == "end" {
			return people.EndDeputy(ctx, tx, q.Caller.Person)
		}
		all, err := people.List(ctx, tx, people.Filter{})
		if err != nil {
			return err
		}
		zone := q.Now().Location()
		from, errFrom := time.ParseInLocation(time.DateOnly, q.DayTyped("from"), zone)
		until, errUntil := time.ParseInLocation(time.DateOnly, q.DayTyped("until"), zone)
		if errFrom != nil || errUntil != nil {
			return q.Field("until", "people.invalid.deputy-until")
		}
		who := ui.ValueOf(deputyFields(q, all)[0].Options, q.PostForm.Get("deputy"))
		return people.SetDeputy(ctx, tx, people.Deputy{Person: q.Caller.Person, Deputy: ledger.PersonID(who), From: from, Until: until.AddDate(0, 0, 1)})
	})
	if bad, ok := personWrong(q, err); ok {
		wrong = bad
		return showMine(q, http.StatusUnprocessableEntity, mineView{Wrong: wrong, Form: q.PostForm, Open: "deputy"})
	}
	if err != nil {
		return err
	}
	return q.See("/settings?done=saved")
}
