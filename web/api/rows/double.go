package rows

import (
	"context"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/registry"
	"consilium/web/api"
)

// proposed is how many operations are proposed to be entered a second time, as on the page.
const proposed = 10

type doubleView struct {
	Pathway   string            `json:"pathway"`
	Forms     int               `json:"forms" doc:"How many forms two people entered"`
	Variables []concordanceView `json:"variables"`
	Again     []placeView       `json:"again" doc:"Operations of which nothing was entered twice, drawn as if at random"`
}

type concordanceView struct {
	Variable string         `json:"variable"`
	Kind     string         `json:"kind"`
	Forms    int            `json:"forms"`
	Same     int            `json:"same" doc:"Forms in which both said the same at first"`
	Kappa    *kappaView     `json:"kappa,omitempty" doc:"Of what is chosen, from five forms on"`
	Limits   *limitsView    `json:"limits,omitempty" doc:"Limits of agreement (Bland and Altman 1986) of numbers and of days, first less second, from five pairs on"`
	Open     []disagreement `json:"open" doc:"What is still not the same"`
}

type kappaView struct {
	Value float64 `json:"value"`
	SE    float64 `json:"se"`
}

type limitsView struct {
	Pairs int     `json:"pairs"`
	Mean  float64 `json:"mean"`
	SD    float64 `json:"sd"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

type placeView struct {
	Case      ledger.ThreadID `json:"case"`
	Operation int             `json:"operation" doc:"Which of the case, from 1"`
}

type disagreement struct {
	placeView
	First  ledger.Hash `json:"first" doc:"The entry that came first"`
	Second ledger.Hash `json:"second"`
	Says   [2]string   `json:"says" doc:"What both say now: = and the value, or ! and the reason for which there is none"`
}

// double tells how far two people agree who entered the same forms, to those who see all cases of the hospital, as the page does.
func (a operations) double(ctx context.Context, in *pathwayIn) (*api.Answer[doubleView], error) {
	if a.Registry == nil || a.Packs(in.Pathway, "") == nil {
		return nil, desk.ErrNotHere
	}
	if err := access.Need(api.CallerOf(ctx).Who, access.ListAll, access.What{Of: casebook.Governance}); err != nil {
		return nil, err
	}
	out := doubleView{Pathway: in.Pathway}
	err := a.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		list, forms, err := a.Registry.Concordance(ctx, tx, in.Pathway)
		if err != nil {
			return err
		}
		again, err := registry.EnteredOnce(ctx, tx, in.Pathway, proposed)
		out.Forms, out.Variables = forms, api.Each(list, concordanceOf)
		out.Again = api.Each(again, func(p registry.Place) placeView { return placeView{p.Thread, p.Place} })
		return err
	})
	return &api.Answer[doubleView]{Body: out}, err
}

func concordanceOf(c registry.Concordance) concordanceView {
	v := concordanceView{Variable: c.Variable, Kind: string(c.Kind), Forms: c.N, Same: c.Same, Open: api.Each(c.Open, disagreementOf)}
	if k := c.Kappa; k != nil && k.N >= registry.LeastDoubles && k.Value == k.Value { // not where both always said one and the same
		v.Kappa = &kappaView{k.Value, k.SE}
	}
	if l := c.Limits; l != nil && l.N >= registry.LeastDoubles {
		v.Limits = &limitsView{l.N, l.Mean, l.SD, l.Low, l.High}
	}
	return v
}

func disagreementOf(d registry.Disagreement) disagreement {
	v := disagreement{placeView: placeView{d.Thread, d.Operation}, First: d.First, Second: d.Second}
	for i, cell := range d.Answers {
		text, _ := cell.MarshalText() // it does not fail
		v.Says[i] = string(text)
	}
	return v
}
