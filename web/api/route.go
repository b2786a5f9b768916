package api

import (
	"context"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
)

// route is a sub-specialty that the case's pack points to, and who here holds the privilege that it asks for.
type route struct {
	Rule         string         `json:"rule"`
	SubSpecialty string         `json:"sub_specialty"`
	Name         text           `json:"name"`
	Reason       text           `json:"reason"`
	MinLevel     int            `json:"min_level"`
	Procedures   []string       `json:"procedures" doc:"What a surgeon must be privileged to operate; empty: the pack asks for no privilege"`
	Surgeons     []routeSurgeon `json:"surgeons" doc:"Of that sub-specialty here, with a privilege in force for one of the procedures"`
}

type routeSurgeon struct {
	Person ledger.PersonID `json:"person"`
	Name   string          `json:"name"`
}

type newPrivilege struct {
	Username string `path:"username"`
	Body     struct {
		Procedure string    `json:"procedure" doc:"Code of the procedure, as in the pathway pack"`
		Level     int       `json:"level" minimum:"1" maximum:"4"`
		Part      string    `json:"part" enum:"advise,assist,operate"`
		Until     time.Time `json:"until,omitzero" doc:"Left out: lasting"`
	}
}

type privilegeGiven struct {
	ID        string `json:"id"`
	Procedure string `json:"procedure"`
	Part      string `json:"part"`
	From      string `json:"from"`
	Until     string `json:"until,omitempty"`
}

func (a *API) routeOperations() {
	add(a, "GET", "/cases/{id}/route", desk.ScopeRead, "Which sub-specialty here the case belongs to, by its pack, and who may operate on it", a.routeCase)
	add(a, "POST", "/people/{username}/privileges", desk.ScopeAdminister, "Give a person a privilege for a procedure", a.givePrivilege)
}

func (a *API) routeCase(ctx context.Context, in *threadIn) (*answer[items[route]], error) {
	l, err := a.Door.Read(ctx, callerOf(ctx).Who, in.ID)
	if err != nil {
		return nil, err
	}
	c := casebook.Fold(l)
	pack := a.Packs(c.Pathway, "")
	if l.Kind != "case" || pack == nil {
		return nil, desk.ErrNotHere
	}
	facts := map[string]any{"sex": c.Sex, "side": c.Side, "urgency": c.Urgency}
	if c.Age != nil {
		facts["age"] = *c.Age
	}
	out := &answer[items[route]]{Body: items[route]{Items: []route{}}}
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for _, hit := range pack.Route(c.Answers(), facts) {
			r := route{Rule: hit.Rule, SubSpecialty: hit.SubSpecialty, Name: text{hit.Name.En, hit.Name.Zh}, Reason: text{hit.Reason.En, hit.Reason.Zh},
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

func (a *API) surgeonsFor(ctx context.Context, tx ledger.Tx, specialty string, procedures []string) ([]routeSurgeon, error) {
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

// givePrivilege is for the head of department, who answers for it, or the administrator who types it in.
func (a *API) givePrivilege(ctx context.Context, in *newPrivilege) (*answer[privilegeGiven], error) {
	caller := callerOf(ctx)
	if err := access.Need(caller.Who, access.ManagePeople, access.Node); err != nil {
		return nil, err
	}
	var given people.Privilege
	err := a.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.ByUsername(ctx, tx, in.Username)
		if err != nil {
			return err
		}
		given, err = people.Grant(ctx, tx, a.Now(), people.Privilege{Person: p.ID, Procedure: in.Body.Procedure, Level: in.Body.Level,
			Part: people.Part(in.Body.Part), Until: in.Body.Until, GrantedBy: caller.Account.ID})
		return err
	})
	return &answer[privilegeGiven]{privilegeGiven{given.ID, given.Procedure, string(given.Part), stamp(given.From), stamp(given.Until)}}, err
}
