package cases

import (
	"context"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/web/api"
)

// route is a sub-specialty that the case's pack points to, and who here holds the privilege that it asks for.
type route struct {
	Rule         string         `json:"rule"`
	SubSpecialty string         `json:"sub_specialty"`
	Name         api.Text       `json:"name"`
	Reason       api.Text       `json:"reason"`
	MinLevel     int            `json:"min_level"`
	Procedures   []string       `json:"procedures" doc:"What a surgeon must be privileged to operate; empty: the pack asks for no privilege"`
	Surgeons     []routeSurgeon `json:"surgeons" doc:"Of that sub-specialty here, with a privilege in force for one of the procedures"`
}

type routeSurgeon struct {
	Person ledger.PersonID `json:"person"`
	Name   string          `json:"name"`
}

func (a operations) routeCase(ctx context.Context, in *api.ThreadIn) (*api.Answer[api.Items[route]], error) {
	l, err := a.Door.Read(ctx, api.CallerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	c := casebook.Fold(l)
	pack := a.Packs(c.Pathway, "")
	if l.Kind != talk.Thread || pack == nil {
		return nil, desk.ErrNotHere
	}
	facts := map[string]any{"sex": c.Sex, "side": c.Side, "urgency": c.Urgency}
	if c.Age != nil {
		facts["age"] = *c.Age
	}
	out := &api.Answer[api.Items[route]]{Body: api.Items[route]{Items: []route{}}}
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for _, hit := range pack.Route(c.Answers(), facts) {
			r := route{Rule: hit.Rule, SubSpecialty: hit.SubSpecialty, Name: api.Text{En: hit.Name.En, Zh: hit.Name.Zh}, Reason: api.Text{En: hit.Reason.En, Zh: hit.Reason.Zh},
				MinLevel: hit.MinLevel, Procedures: proceduresOf(pack, hit.Privilege)}
			if r.Surgeons, err = a.surgeonsFor(ctx, tx, hit.SubSpecialty, r.Procedures); err != nil {
				return err
			}
			out.Body.Items = append(out.Body.Items, r)
		}
		return nil
	})
	return out, err
}

func proceduresOf(pack *pathway.Pack, privilege string) []string {
	for _, p := range pack.Privileges {
		if p.ID == privilege {
			return p.Procedures
		}
	}
	return []string{}
}

func (a operations) surgeonsFor(ctx context.Context, tx ledger.Tx, specialty string, procedures []string) ([]routeSurgeon, error) {
	list := []routeSurgeon{}
	staff, err := people.List(ctx, tx, people.Filter{Role: people.Surgeon, Specialty: specialty})
	if err != nil {
		return nil, err
	}
	for _, p := range staff {
		held, err := people.PrivilegesOf(ctx, tx, p.ID)
		if err != nil {
			return nil, err
		}
		for _, procedure := range procedures {
			if p.Active && held.HoldsPrivilege(a.Now(), procedure, people.Operate) {
				list = append(list, routeSurgeon{p.ID, p.DisplayName})
				break
			}
		}
	}
	return list, nil
}
