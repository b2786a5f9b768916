package visits

import (
	"context"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/record"
	"consilium/web/api"
)

type newVisit struct {
	Body struct {
		Entries []api.NewEntry `json:"entries" doc:"What is said first: visit.proposed and what belongs to it (outreach/KINDS.md)"`
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

func (a operations) openVisit(ctx context.Context, in *newVisit) (*api.Answer[api.Made], error) {
	var first []ledger.Draft
	for _, e := range in.Body.Entries {
		d, err := a.Draft(e, "")
		if err != nil {
			return nil, err
		}
		first = append(first, d)
	}
	if err := a.MayAttach(ctx, api.CallerOf(ctx), first...); err != nil {
		return nil, err
	}
	id, err := a.Door.Open(ctx, api.CallerOf(ctx).Who, "visit", first)
	return &api.Answer[api.Made]{Body: api.Made{ID: id}}, err
}

func visitRowOf(r outreach.Row, l lang.Language) visitRow {
	return visitRow{ID: r.Thread, State: string(r.State), Host: r.Host.String(), Guest: r.Guest.String(), Purpose: r.Purpose, From: api.Stamp(r.From), Until: api.Stamp(r.Until),
		Next: api.Each(r.Next, func(t record.Task) string { return t.What.In(l) })}
}

func (a operations) listVisits(ctx context.Context, _ *struct{}) (*api.Answer[api.Items[visitRow]], error) {
	who, l := api.CallerOf(ctx).Who, api.LanguageOf(ctx)
	may := a.Door.MayList(who, "visit")
	if !may.All && !may.Related {
		return nil, access.Need(who, access.List, access.What{Of: outreach.Governance})
	}
	out := &api.Answer[api.Items[visitRow]]{Body: api.Items[visitRow]{Items: []visitRow{}}}
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		rows, err := outreach.List(ctx, tx, outreach.Filter{})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if !may.All {
				relations, err := a.Door.Relations["visit"](ctx, tx, r.Thread, who.Reader())
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

func (a operations) getVisit(ctx context.Context, in *api.ThreadIn) (*api.Answer[visitView], error) {
	log, err := a.Door.Read(ctx, api.CallerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	if log.Kind != "visit" {
		return nil, desk.ErrNotHere
	}
	v := outreach.Fold(log)
	out := visitView{visitRow: visitRowOf(outreach.RowOf(v), api.LanguageOf(ctx)), Entries: len(log.Said), Digest: log.Digest(), Team: v.Team, Privileges: v.Grants}
	out.Sessions = api.Each(v.Sessions, func(s record.Said[outreach.Session]) outreach.Session { return s.Says })
	out.Reports = api.Each(v.Reports, func(s record.Said[outreach.Report]) outreach.Report { return s.Says })
	return &api.Answer[visitView]{Body: out}, nil
}
