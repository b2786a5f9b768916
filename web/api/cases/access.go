package cases

import (
	"context"
	"errors"

	"consilium/access"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/api"
)

type glassIn struct {
	ID   ledger.ThreadID `path:"id"`
	Body struct {
		Reason string `json:"reason" minLength:"3"`
	}
}

type glass struct {
	ID      string `json:"id"`
	Expires string `json:"expires"`
}

func (a operations) breakGlass(ctx context.Context, in *glassIn) (*api.Answer[glass], error) {
	g, err := a.Door.BreakGlass(ctx, api.CallerOf(ctx).Who, in.ID, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &api.Answer[glass]{Body: glass{g.ID, api.Stamp(g.Expires)}}, nil
}

type seen struct {
	At     string `json:"at"`
	Person string `json:"person"`
	Action string `json:"action"`
	Why    string `json:"why" doc:"The rule that allowed it"`
	Origin string `json:"origin"`
}

// logIn asks who looked at a case, the newest first.
type logIn struct {
	ID    ledger.ThreadID `path:"id"`
	Limit int             `query:"limit" minimum:"1" maximum:"5000" default:"500"`
}

func (a operations) accessLog(ctx context.Context, in *logIn) (*api.Answer[api.Items[seen]], error) {
	caller := api.CallerOf(ctx)
	out := &api.Answer[api.Items[seen]]{Body: api.Items[seen]{Items: []seen{}}}
	var refused error
	err := a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		d, _, err := a.Door.In(tx).Decide(ctx, caller.Who, access.ReadAccessLog, in.ID)
		if err != nil {
			return err
		}
		if !d.Allowed {
			refused = &access.Denial{Action: access.ReadAccessLog, Reason: d.Reason}
			return nil
		}
		list, err := access.FindLog(ctx, tx, access.Sought{Thread: in.ID, Limit: in.Limit})
		for _, s := range list {
			name := string(s.Person)
			if p, err := people.Get(ctx, tx, s.Person); err == nil {
				name = p.DisplayName
			}
			out.Body.Items = append(out.Body.Items, seen{api.Stamp(s.At), name, string(s.Action), s.Why, s.Origin})
		}
		return err
	})
	return out, errors.Join(err, refused)
}
