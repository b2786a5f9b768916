package rehearsal

import (
	"context"
	"encoding/json"
	"fmt"

	"consilium/jobs"
	"consilium/lab/align"
	"consilium/lab/caution"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lang"
)

// RegistrationOrder is pairs of points: where a landmark lies in the images, and where the tracker touched it. Or it is points that the tracker, or another scan, has of the bone's surface.
type RegistrationOrder struct {
	Kind     string      `json:"kind,omitempty"` // "": pairs; "surface"
	Names    []string    `json:"names"`
	Source   []space.Vec `json:"source_mm"` // of pairs the images' own; of a surface the tracker's
	Measured []space.Vec `json:"measured_mm"`
	File     string      `json:"file,omitempty"`     // of a surface: as who brought the points calls it
	Start    *space.Pose `json:"start,omitempty"`    // of a surface: roughly where the points lie; nil: as they are
	Outliers bool        `json:"outliers,omitempty"` // of a surface: points far off do not count
	Sigma    float64     `json:"sigma_mm"`           // localization error along one axis; 0: from the fit itself
	Target   string      `json:"target"`             // the place at which the error matters
	At       space.Vec   `json:"target_mm"`
	Limit    float64     `json:"limit_mm"` // that the error there should stay below
}

// Check refuses what is no set of pairs.
func (o *RegistrationOrder) Check() error {
	if o.Kind == "surface" {
		return o.checkSurface()
	}
	if o.Kind != "" || len(o.Names) != len(o.Source) || len(o.Source) != len(o.Measured) || len(o.Source) > mostLandmarks {
		return fmt.Errorf("%w: %d points for %d measured", align.ErrUndetermined, len(o.Source), len(o.Measured))
	}
	return o.checkNumbers()
}

func (o *RegistrationOrder) checkNumbers() error {
	if !(o.Sigma >= 0 && o.Sigma <= 20) || !(o.Limit > 0 && o.Limit <= 100) || !o.At.Placed() {
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

// MostTouched bounds the points of a surface: a tracker touches some hundred, and of another scan's surface so many are taken evenly.
const MostTouched = 2000

// restarts of a fit to a surface: how many of them end where it does is part of the answer.
const restarts = 8

func (o *RegistrationOrder) checkSurface() error {
	switch {
	case len(o.Source) < 6 || len(o.Source) > MostTouched:
		return fmt.Errorf("%w: %d points on a surface; 6 to %d are taken", align.ErrUndetermined, len(o.Source), MostTouched)
	case o.Start != nil && !o.Start.Rigid():
		return fmt.Errorf("%w: the start is no rigid motion", align.ErrNotANumber)
	}
	for _, p := range o.Source {
		if !p.Placed() {
			return fmt.Errorf("%w: %v", align.ErrNotANumber, p)
		}
	}
	return o.checkNumbers()
}

// Thinned are points of another surface for a registration: its points, evenly out of their order.
func Thinned(m *surface.Mesh) []space.Vec { return sampled(m, MostTouched) }

// Thin takes points evenly out of more than are taken.
func (o *RegistrationOrder) Thin() {
	if n := len(o.Source); n > MostTouched {
		kept := make([]space.Vec, MostTouched)
		for i := range kept {
			kept[i] = o.Source[i*n/MostTouched]
		}
		o.Source = kept
	}
}

// registerSurface lays points onto the bone's surface. The answer's motion leads from the tracker's millimeters to the images'.
func (w *work) registerSurface() (any, error) {
	var o RegistrationOrder
	if err := w.of.Read(&o, nil); err != nil {
		return nil, err
	}
	if err := o.Check(); err != nil {
		return nil, err
	}
	from, err := w.source()
	if err != nil {
		return nil, err
	}
	bone, err := w.lab.Mesh(w.ctx, &from)
	if err != nil {
		return nil, err
	}
	w.report(jobs.Progress{Note: lang.Phrase("lab.job.register", nil)})
	s, err := align.NewSurface(bone.Points, bone.Triangles)
	if err != nil {
		return nil, err
	}
	start := space.Still
	if o.Start != nil {
		start = *o.Start
	}
	fit, err := s.Fit(w.ctx, o.Source, start, align.SurfaceSettings{Outliers: o.Outliers, Restarts: restarts})
	if err != nil {
		return nil, err
	}
	spec := align.Spec{Kind: "surface", Targets: []space.Vec{fit.Inverse().Apply(o.At)}}
	answer, err := spec.Answer(fit.Fit)
	if err != nil {
		return nil, err
	}
	answer.Surface = &align.SurfaceFacts{Converged: fit.Converged, Iterations: fit.Iterations, Residual: fit.Residual, Rejected: fit.Rejected, Restarts: fit.Restarts, Agreeing: fit.Agreeing}
	answer.Warnings = append(caution.List{}, fit.Warnings...)
	text, err := json.MarshalIndent(map[string]any{"asked": o, "answer": answer}, "", " ")
	if err != nil {
		return nil, err
	}
	_, err = w.keep(JSON, text)
	return answer, err
}
