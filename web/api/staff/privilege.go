package staff

import (
	"context"
	"time"

	"consilium/access"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
	"consilium/web/api"
)

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

// givePrivilege is for the head of department, who answers for it, or the administrator who types it in.
func (a operations) givePrivilege(ctx context.Context, in *newPrivilege) (*api.Answer[privilegeGiven], error) {
	caller := api.CallerOf(ctx)
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
		if err != nil {
			return err
		}
		return a.Note(ctx, tx, caller, security.PrivilegeGiven, p.ID, given.Procedure+" "+string(given.Part))
	})
	return &api.Answer[privilegeGiven]{Body: privilegeGiven{given.ID, given.Procedure, string(given.Part), api.Stamp(given.From), api.Stamp(given.Until)}}, err
}
