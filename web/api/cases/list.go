package cases

import (
	"context"
	"errors"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/api"
)

type caseQuery struct {
	Verb         string `query:"verb" doc:"refer, consult, plan, rehearse, visit, operate, follow, compare, teach"`
	Pathway      string `query:"pathway"`
	SubSpecialty string `query:"sub_specialty"`
	Urgency      string `query:"urgency"`
	State        string `query:"state" doc:"open, closed"`
	Text         string `query:"q" doc:"Part of the title; at home also of the patient's name or number"`
	Due          bool   `query:"due" doc:"By the date of the next step, instead of the newest change first"`
	Order        string `query:"order" enum:"changed,due,turn" doc:"changed: the newest change first (where it is left out); due: by the date of the next step; turn: as cases came to this hospital, which nothing changes: to read all of them page by page, take this"`
	After        string `query:"after" doc:"The next of the page before"`
	Limit        int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type caseRow struct {
	ID           ledger.ThreadID `json:"id"`
	Title        string          `json:"title"`
	Pathway      string          `json:"pathway"`
	SubSpecialty string          `json:"sub_specialty"`
	Side         string          `json:"side,omitempty"`
	Urgency      string          `json:"urgency"`
	Verb         string          `json:"verb"`
	State        string          `json:"state"`
	Home         string          `json:"home"`
	Steward      string          `json:"steward"`
	Next         string          `json:"next"`
	NextBy       string          `json:"next_by,omitempty"`
	Opened       string          `json:"opened"`
	Changed      string          `json:"changed"`
	Entries      int             `json:"entries"`
	Marks        int             `json:"marks"`
	Demo         bool            `json:"demo"`
	Patient      *patient        `json:"patient,omitempty"`
}

func (a operations) listCases(ctx context.Context, in *caseQuery) (*api.Answer[api.Items[caseRow]], error) {
	caller, l := api.CallerOf(ctx), api.LanguageOf(ctx)
	out := &api.Answer[api.Items[caseRow]]{Body: api.Items[caseRow]{Items: []caseRow{}}}
	q := casebook.Query{Verb: in.Verb, Pathway: in.Pathway, SubSpecialty: in.SubSpecialty, Urgency: in.Urgency, State: in.State, Text: in.Text,
		Due: in.Due || in.Order == "due", Turn: in.Order == "turn", After: in.After, Limit: in.Limit}
	q, err := a.CaseScope(caller.Who, q)
	if err != nil {
		return nil, err
	}
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		rows, next, err := casebook.List(ctx, tx, q)
		out.Body.Next = next
		for _, r := range rows {
			row := caseRow{ID: r.Thread, Title: r.Title, Pathway: r.Pathway, SubSpecialty: r.SubSpecialty, Side: r.Side, Urgency: r.Urgency, Verb: r.Verb, State: r.State,
				Home: a.HospitalName(ctx, tx, r.Home), Steward: a.HospitalName(ctx, tx, r.Steward), Next: r.Next.In(l), NextBy: api.Stamp(r.NextBy),
				Opened: api.Stamp(r.Opened), Changed: api.Stamp(r.Changed), Entries: r.Entries, Marks: r.Marks, Demo: r.Demo}
			if r.Patient != nil {
				row.Patient = &patient{r.Patient.Name, r.Patient.Latin, r.Patient.LocalNumber, r.Patient.BirthDate}
			}
			out.Body.Items = append(out.Body.Items, row)
		}
		return err
	})
	if errors.Is(err, casebook.ErrCursor) {
		err = errors.Join(desk.ErrInput, err)
	}
	return out, err
}
