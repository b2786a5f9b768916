package rows

import (
	"context"

	"consilium/desk"
	"consilium/ledger"
	"consilium/registry/waiver"
	"consilium/web/api"
)

type waiverView struct {
	ID      ledger.ThreadID `json:"id"`
	Ethics  string          `json:"ethics"`
	Purpose string          `json:"purpose"`
	Until   string          `json:"until" doc:"The last day on which it counts"`
	InForce bool            `json:"in_force"`
	Revoked bool            `json:"revoked"`
}

func (a operations) waivers(ctx context.Context, in *pathwayIn) (*api.Answer[api.Items[waiverView]], error) {
	var list []waiver.Row
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = a.WaiversOf(ctx, tx, api.CallerOf(ctx), in.Pathway)
		return err
	})
	view := func(r waiver.Row) waiverView {
		return waiverView{r.ID, r.Ethics, r.Purpose, r.Until, r.InForce(a.Now()), !r.Revoked.IsZero()}
	}
	return &api.Answer[api.Items[waiverView]]{Body: api.Items[waiverView]{Items: api.Each(list, view)}}, err
}

type grantIn struct {
	Pathway string `path:"pathway"`
	Body    struct {
		Ethics  string `json:"ethics" doc:"The ethics committee's waiver of consent, with its number"`
		Purpose string `json:"purpose"`
		Until   string `json:"until" doc:"The last day, 2027-12-31"`
	}
}

func (a operations) grant(ctx context.Context, in *grantIn) (*api.Answer[api.Made], error) {
	id, err := a.GrantWaiver(ctx, api.CallerOf(ctx), waiver.Granted{Ethics: in.Body.Ethics, Pathway: in.Pathway, Purpose: in.Body.Purpose, Until: in.Body.Until})
	return &api.Answer[api.Made]{Body: api.Made{ID: id}}, err
}

type revokeIn struct {
	Pathway string          `path:"pathway"`
	ID      ledger.ThreadID `path:"id"`
	Body    struct {
		Reason string `json:"reason"`
	}
}

func (a operations) revoke(ctx context.Context, in *revokeIn) (*struct{}, error) {
	if err := a.owns(ctx, in); err != nil {
		return nil, err
	}
	return nil, a.RevokeWaiver(ctx, api.CallerOf(ctx), in.ID, in.Body.Reason)
}

// owns wants a waiver of the pathway that the address names.
func (a operations) owns(ctx context.Context, in *revokeIn) error {
	return a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		if w, err := waiver.Get(ctx, tx, in.ID); err != nil || w.Pathway != in.Pathway {
			return desk.ErrNotHere
		}
		return nil
	})
}
