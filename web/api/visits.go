package api

import (
	"context"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/record"
)

type newVisit struct {
	Body struct {
		Entries []newEntry `json:"entries" doc:"What is said first: visit.proposed and what belongs to it (outreach/KINDS.md)"`
	}
}

type visitRow struct {
	ID      ledger.ThreadID `json:"id"`
	State   string          `json:"state"`
	Host    string          `json:"host"`
	Guest   string          `json:"guest"`
	Purpose string          `json:"purpose"`
	From    string          `json:"from,omitempty"`
	Until   string          `json:"until,omitempty" doc:"Not included"`
	Next    []string        `json:"next"`
}

type visitView struct {
	visitRow
	Entries    int                   `json:"entries"`
	Digest     ledger.Hash           `json:"digest"`
	Team       []outreach.TeamMember `json:"team"`
	Privileges []outreach.Grant      `json:"privileges"`
	Sessions   []outreach.Session    `json:"sessions"`
	Reports    []outreach.Report     `json:"reports"`
}

func (a *API) visitOperations() {
	add(a, "POST", "/visits", desk.ScopeWrite, "Propose a visit", a.openVisit)
	add(a, "GET", "/visits", desk.ScopeRead, "List visits", a.listVisits)
	add(a, "GET", "/visits/{id}", desk.ScopeRead, "A visit, as its entries fold", a.getVisit)
	add(a, "GET", "/visits/{id}/entries", desk.ScopeRead, "The entries of a visit, in folding order", a.listEntries)
	add(a, "POST", "/visits/{id}/entries", desk.ScopeWrite, "Say something about a visit: one entry", a.say)
}

func (a *API) openVisit(ctx context.Context, in *newVisit) (*answer[made], error) {
	var first []ledger.Draft
	for _, e := range in.Body.Entries {
		d, err := a.draft(e, "")
		if err != nil {
			return nil, err
		}
		first = append(first, d)
	}
	if err := a.MayAttach(ctx, callerOf(ctx), first...); err != nil {
		return nil, err
	}
	id, err := a.Door.Open(ctx, callerOf(ctx).Who, "visit", first)
	return &answer[made]{made{ID: id}}, err
}

func visitRowOf(r outreach.Row, l lang.Language) visitRow {
	return visitRow{ID: r.Thread, State: string(r.State), Host: r.Host.String(), Guest: r.Guest.String(), Purpose: r.Purpose, From: stamp(r.From), Until: stamp(r.Until),
		Next: each(r.Next, func(t record.Task) string { return t.What.In(l) })}
}

func (a *API) listVisits(ctx context.Context, _ *struct{}) (*answer[items[visitRow]], error) {
	who, l := callerOf(ctx).Who, languageOf(ctx)
	may := a.Door.MayList(who, "visit")
	if !may.All && !may.Related {
		return nil, access.Need(who, access.List, access.What{Kind: "visit"})
	}
	out := &answer[items[visitRow]]{Body: items[visitRow]{Items: []visitRow{}}}
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		rows, err := outreach.List(ctx, tx, outreach.Filter{})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if !may.All {
				relations, err := outreach.Relations(a.ID)(ctx, tx, r.Thread, who.Person)
				if err != nil {
					return err
				}
				if len(relations) == 0 {
					continue
				}
			}
			out.Body.Items = append(out.Body.Items, visitRowOf(r, l))
		}
		return nil
	})
	return out, err
}

func (a *API) getVisit(ctx context.Context, in *threadIn) (*answer[visitView], error) {
	log, err := a.Door.Read(ctx, callerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	if log.Kind != "visit" {
		return nil, desk.ErrNotHere
	}
	v := outreach.Fold(log)
	out := visitView{visitRow: visitRowOf(outreach.RowOf(v), languageOf(ctx)), Entries: len(log.Said), Digest: log.Digest(), Team: v.Team, Privileges: v.Grants}
	out.Sessions = each(v.Sessions, func(s record.Said[outreach.Session]) outreach.Session { return s.Says })
	out.Reports = each(v.Reports, func(s record.Said[outreach.Report]) outreach.Report { return s.Says })
	return &answer[visitView]{out}, nil
}
