package visits

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

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

// VisitRow is a visit in a list. It is exported, as all that another view embeds: the OpenAPI document passes over the fields of other embedded types.
type VisitRow struct {
	ID      ledger.ThreadID `json:"id"`
	State   string          `json:"state"`
	Host    string          `json:"host"`
	Guest   string          `json:"guest"`
	Purpose string          `json:"purpose"`
	From    string          `json:"from,omitempty"`
	Until   string          `json:"until,omitempty" doc:"Not included"`
	Next    []string        `json:"next"`
}

// VisitWhole is what is known of a visit as a whole.
type VisitWhole struct {
	VisitRow
	Entries int         `json:"entries"`
	Digest  ledger.Hash `json:"digest"`
}

// visitView is a visit as its entries fold: what is known of it as a whole, and the lists that the kinds of entries declare.
type visitView struct {
	VisitWhole
	said []record.Viewed
}

// MarshalJSON writes both as one object.
func (v visitView) MarshalJSON() ([]byte, error) { return api.Joined(v.VisitWhole, v.said) }

// TransformSchema describes that object.
func (visitView) TransformSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	return api.DescribeJoined(r, s, talk)
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
	id, err := a.Door.Open(ctx, api.CallerOf(ctx).Who, outreach.Thread, first)
	return &api.Answer[api.Made]{Body: api.Made{ID: id}}, err
}

func visitRowOf(r outreach.Row, l lang.Language) VisitRow {
	return VisitRow{ID: r.Thread, State: string(r.State), Host: r.Host.String(), Guest: r.Guest.String(), Purpose: r.Purpose, From: api.Stamp(r.From), Until: api.Stamp(r.Until),
		Next: api.Each(r.Next, func(t record.Task) string { return t.What.In(l) })}
}

func (a operations) listVisits(ctx context.Context, in *api.PageIn) (*api.Answer[api.Items[VisitRow]], error) {
	who, l := api.CallerOf(ctx).Who, api.LanguageOf(ctx)
	may := a.Door.MayList(who, outreach.Thread)
	if !may.All && !may.Related {
		return nil, access.Need(who, access.List, access.What{Of: outreach.Governance})
	}
	var theirs []outreach.Row
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		rows, err := outreach.List(ctx, tx, outreach.Filter{})
		if err != nil {
			return err
		}
		for _, r := range rows {
			if !may.All {
				relations, err := a.Door.Relations[outreach.Thread](ctx, tx, r.Thread, who.Reader())
				if err != nil {
					return err
				}
				if len(relations) == 0 {
					continue
				}
			}
			theirs = append(theirs, r)
		}
		return nil
	})
	view := func(r outreach.Row) VisitRow { return visitRowOf(r, l) }
	return &api.Answer[api.Items[VisitRow]]{Body: api.PageOf(theirs, *in, func(r outreach.Row) string { return r.Thread.String() }, view)}, err
}

func (a operations) getVisit(ctx context.Context, in *api.ReadIn) (*api.Stated[visitView], error) {
	log, err := a.Door.Read(ctx, api.CallerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	if log.Kind != talk.Thread {
		return nil, desk.ErrNotHere
	}
	whole := VisitWhole{visitRowOf(outreach.RowOf(outreach.Fold(log)), api.LanguageOf(ctx)), len(log.Said), log.Digest()}
	return api.State(log.Digest(), visitView{whole, talk.Views(log)})
}
