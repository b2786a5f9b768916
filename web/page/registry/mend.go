package registry

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/registry"
	"consilium/web/face"
)

// mend leads to the form that mends a cell: a correction of the entry that said the value or should have, by who may correct it; a query to its author otherwise, or where one is asked for; or
// the form that nobody filled in yet.
func mend(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	place, err := strconv.Atoi(q.PathValue("place"))
	if err != nil || place < 1 || place > len(v.Case.Operations) {
		return desk.ErrNotHere
	}
	pack := q.Desk.Packs(q.PathValue("pathway"), "")
	if pack == nil {
		return desk.ErrNotHere
	}
	at := slices.IndexFunc(registry.Columns(pack), func(c registry.Column) bool { return c.Name == q.PathValue("column") })
	if at < 0 {
		return desk.ErrNotHere
	}
	col := registry.Columns(pack)[at]
	return q.See(mendAt(q, v, pack, col, place))
}

func mendAt(q *face.Request, v *face.Case, pack *pathway.Pack, col registry.Column, place int) string {
	e, form := said(v, pack, col, place)
	switch {
	case q.FormValue("query") != "":
		return queryPath(q, v, col, place, e)
	case e != nil && mayCorrect(q, e):
		return v.Path("say", ledger.KindAmend) + "?ref=" + e.Hash.String()
	case e != nil:
		return queryPath(q, v, col, place, e)
	case col.At != "":
		return v.Path("say", "followup") + "?v.followup_point=" + url.QueryEscape(col.At)
	}
	return v.Path("say", "finding") + "?_form=" + url.QueryEscape(form)
}

// openingColumns stand in the entry that opened the case.
var openingColumns = []string{"age_at_opening", "sex_recorded", "case_side"}

// said finds the entry that says a value, or where it would stand; without one, the form that asks for it.
func said(v *face.Case, pack *pathway.Pack, col registry.Column, place int) (e *ledger.Said, form string) {
	if col.Variable() == "" && slices.Contains(openingColumns, col.Name) {
		at := slices.IndexFunc(v.Log.Said, func(s ledger.Said) bool { return s.Kind == casebook.KindOpened })
		if at < 0 {
			return nil, ""
		}
		return &v.Log.Said[at], ""
	}
	source, form := source(&v.Case, pack, col, place)
	if source == nil {
		return nil, form
	}
	return v.Log.Find(source.Hash), ""
}

func source(c *casebook.Case, pack *pathway.Pack, col registry.Column, place int) (e *record.Entry, form string) {
	op := &c.Operations[place-1]
	if col.At != "" {
		for i := range c.FollowUps {
			if f := &c.FollowUps[i]; f.Operation == place && f.Says.Schedule == col.At && f.Says.Lost == "" {
				e = &f.Entry
			}
		}
		return e, ""
	}
	variable := col.Variable()
	if variable == "" || variable != "" && !op.Says.Values[variable].IsZero() {
		return &op.Entry, ""
	}
	for i := range c.Findings {
		if f := &c.Findings[i]; !f.Says.Values[variable].IsZero() && f.Place < op.Place {
			e = &f.Entry
		}
	}
	if e != nil {
		return e, ""
	}
	for _, f := range pack.Forms {
		if f.Stage != "follow" && slices.ContainsFunc(f.AllFields(), func(x pathway.Field) bool { return x.ID == variable }) {
			if f.Stage == "operate" {
				return &op.Entry, ""
			}
			form = f.ID
		}
	}
	return nil, form
}

// mayCorrect tells whether the reader may correct an entry.
func mayCorrect(q *face.Request, e *ledger.Said) bool {
	if e.Hospital != q.Desk.ID {
		return false
	}
	var relations []string
	if e.Person == q.Caller.Person {
		relations = []string{"own_entry"}
	}
	return access.May(q.Caller.Who, access.Correct, access.What{Of: q.Desk.Door.Threads["case"], Relations: relations}).Allowed
}

// settle keeps that a value is so, or that two cases are two.
func settle(q *face.Request) error {
	if err := needCases(q); err != nil {
		return err
	}
	pathway := q.PathValue("pathway")
	thread, err := ledger.ParseThreadID(q.PostForm.Get("thread"))
	place, wrong := strconv.Atoi(q.PostForm.Get("place"))
	if err := errors.Join(err, wrong); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	what, value := q.PostForm.Get("what"), q.PostForm.Get("value")
	return q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		c, err := q.Desk.Registry.Check(ctx, tx, pathway, false, q.Now())
		if err != nil {
			return errors.Join(desk.ErrInput, err)
		}
		_, fault := c.Fault(thread, place, what, value)
		_, pair := c.Pair(thread, what, value)
		if fault || pair { // said twice, it is said
			if err := registry.Settle(ctx, tx, registry.Settled{At: q.Now(), Person: q.Caller.Person, Pathway: pathway, Thread: thread, Place: place, What: what, Value: value}); err != nil {
				return err
			}
		}
		return q.See("/registry/" + url.PathEscape(pathway) + "?done=settled#faults")
	})
}
