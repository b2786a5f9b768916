package cases

import (
	"context"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/api"
)

// newCase opens a case: the body of case.opened, with what stays at home and what else is said at once.
type newCase struct {
	Body struct {
		casebook.Opened
		Patient *patient                `json:"patient,omitempty" doc:"Who the patient is. It stays at this hospital"`
		Alike   *casebook.AlikeDecision `json:"alike,omitempty" doc:"About patients of this hospital with the same number, or the same name and birth date. Without it their case is answered with 409"`
		Entries []api.NewEntry          `json:"entries,omitempty" doc:"Further entries, all or nothing with the opening"`
	}
}

type patient struct {
	Name        string `json:"name,omitempty"`
	Latin       string `json:"latin,omitempty"`
	LocalNumber string `json:"local_number,omitempty"`
	BirthDate   string `json:"birth_date,omitempty"`
}

func (a operations) openCase(ctx context.Context, in *newCase) (*api.Answer[api.Made], error) {
	caller := api.CallerOf(ctx)
	opened := in.Body.Opened
	if opened.Urgency == "" {
		opened.Urgency = "routine"
	}
	opened.Demo = opened.Demo || a.Demo
	first := []ledger.Draft{{Kind: casebook.KindOpened, Says: opened}}
	for _, e := range in.Body.Entries {
		d, err := a.Draft(e, opened.Pathway)
		if err != nil {
			return nil, err
		}
		first = append(first, d)
	}
	var who casebook.Patient
	if p := in.Body.Patient; p != nil {
		who = casebook.Patient{Name: p.Name, Latin: p.Latin, LocalNumber: p.LocalNumber, BirthDate: p.BirthDate}
	}
	if err := a.MayAttach(ctx, caller, first...); err != nil {
		return nil, err
	}
	o := desk.Opening{First: first, Patient: who}
	if in.Body.Alike != nil {
		o.Alike = *in.Body.Alike
	}
	id, err := a.OpenCase(ctx, caller.Who, o)
	return &api.Answer[api.Made]{Body: api.Made{ID: id}}, err
}
