package rehearsal

import (
	"context"
	"encoding/json"
	"fmt"

	"consilium/lab/align"
	"consilium/lab/space"
)

// RegistrationOrder is pairs of points: where a landmark lies in the images, and where the tracker touched it.
type RegistrationOrder struct {
	Names    []string    `json:"names"`
	Source   []space.Vec `json:"source_mm"`
	Measured []space.Vec `json:"measured_mm"`
	Sigma    float64     `json:"sigma_mm"` // localization error along one axis; 0: from the fit itself
	Target   string      `json:"target"`   // the place at which the error matters
	At       space.Vec   `json:"target_mm"`
	Limit    float64     `json:"limit_mm"` // that the error there should stay below
}

// Check refuses what is no set of pairs.
func (o *RegistrationOrder) Check() error {
	if len(o.Names) != len(o.Source) || len(o.Source) != len(o.Measured) || len(o.Source) > mostLandmarks {
		return fmt.Errorf("%w: %d points for %d measured", align.ErrUndetermined, len(o.Source), len(o.Measured))
	}
	if !(o.Sigma >= 0 && o.Sigma <= 20) || !(o.Limit > 0 && o.Limit <= 100) || !o.At.Finite() {
		return fmt.Errorf("%w: an error of localization of %g mm, a limit of %g mm", align.ErrNotANumber, o.Sigma, o.Limit)
	}
	return nil
}

// Register fits the pairs and keeps the answer, which is never without its uncertainty.
func (l *Lab) Register(ctx context.Context, a Artefact, o RegistrationOrder) (Artefact, error) {
	if err := o.Check(); err != nil {
		return a, err
	}
	spec := align.Spec{Kind: "points", Source: o.Source, Measured: o.Measured, Sigma: o.Sigma, Targets: []space.Vec{o.At}}
	fit, err := align.Points(spec.Source, spec.Measured, nil, spec.Sigma)
	if err != nil {
		return a, err
	}
	answer, err := spec.Answer(fit.Fit)
	if err != nil {
		return a, err
	}
	answer.Points = &align.PointsAnswer{FRE: fit.FRE, ExpectedFRE: fit.Expected, Residuals: fit.Residuals, Spread: fit.Spread, Swap: fit.Swap}
	if a.Asked, err = json.Marshal(o); err != nil {
		return a, err
	}
	text, err := json.MarshalIndent(map[string]any{"asked": o, "answer": answer}, "", " ")
	if err != nil {
		return a, err
	}
	a.Kind = Registration
	return l.AddMade(ctx, a, answer, JSON, text)
}
