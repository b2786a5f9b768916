package align

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"consilium/lab/caution"
	"consilium/lab/space"
)

// ErrSpec is returned for a registration that is not written down rightly.
var ErrSpec = errors.New("the registration is not written rightly")

// Spec is a registration as its author writes it down. Kind says which of the fields belong to it.
type Spec struct {
	Kind string `json:"kind"` // points, surface or volumes
	Name string `json:"name,omitempty"`

	Source   []space.Vec `json:"source_mm,omitempty"`   // points, surface: what is moved
	Measured []space.Vec `json:"measured_mm,omitempty"` // points: where each is found
	Weights  []float64   `json:"weights,omitempty"`     // points
	Sigma    float64     `json:"sigma_mm,omitempty"`    // points: localization error along one axis

	Surface  string `json:"surface,omitempty"`  // surface: a file
	Outliers bool   `json:"outliers,omitempty"` // surface: points far off do not count
	Restarts int    `json:"restarts,omitempty"` // surface: disturbed starts to compare; 0 means 8

	Fixed   string `json:"fixed,omitempty"`  // volumes: a scan
	Moving  string `json:"moving,omitempty"` // volumes: the scan that is moved
	Samples int    `json:"samples,omitempty"`

	Start   *space.Pose `json:"start,omitempty"`      // surface, volumes; without it nothing is moved first
	Targets []space.Vec `json:"targets_mm,omitempty"` // places of the source at which the error is to be known
}

// ReadSpec reads a registration; unknown fields are errors. It returns ErrSpec.
func ReadSpec(r io.Reader) (*Spec, error) {
	d := json.NewDecoder(io.LimitReader(r, 64<<20))
	d.DisallowUnknownFields()
	var s Spec
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSpec, err)
	}
	if d.More() {
		return nil, fmt.Errorf("%w: something follows it", ErrSpec)
	}
	missing := ""
	switch s.Kind {
	case "points":
		if len(s.Source) == 0 || len(s.Measured) == 0 {
			missing = "source_mm and measured_mm"
		}
	case "surface":
		if len(s.Source) == 0 || s.Surface == "" {
			missing = "source_mm and surface"
		}
	case "volumes":
		if s.Fixed == "" || s.Moving == "" {
			missing = "fixed and moving"
		}
	default:
		return nil, fmt.Errorf("%w: kind is %q; it can be points, surface or volumes", ErrSpec, s.Kind)
	}
	if missing != "" {
		return nil, fmt.Errorf("%w: a registration of %s needs %s", ErrSpec, s.Kind, missing)
	}
	if s.Restarts < 0 || s.Restarts > 1000 || s.Samples < 0 || s.Samples > 10_000_000 {
		return nil, fmt.Errorf("%w: %d restarts, %d samples", ErrSpec, s.Restarts, s.Samples)
	}
	if s.Start != nil && !s.Start.Rigid() {
		return nil, fmt.Errorf("%w: the start is no rigid motion", ErrSpec)
	}
	return &s, nil
}

// Answer is a registration's outcome as it is written into a file: never without its uncertainty.
type Answer struct {
	Kind       string        `json:"kind"`
	Name       string        `json:"name,omitempty"`
	Motion     space.Pose    `json:"motion"` // source → target
	Degrees    float64       `json:"angle_degrees"`
	Sigma      float64       `json:"sigma_mm"` // what the uncertainty rests on
	Center     space.Vec     `json:"center_mm"`
	Covariance [6][6]float64 `json:"covariance"` // rotation vector (rad) about the center, shift (mm)
	Targets    []Target      `json:"targets,omitempty"`
	Points     *PointsAnswer `json:"points,omitempty"`
	Surface    *SurfaceFacts `json:"surface,omitempty"`
	Volumes    *VolumesFacts `json:"volumes,omitempty"`
	Warnings   caution.List  `json:"warnings"`
}

// Target is the error to expect at a place.
type Target struct {
	At         space.Vec     `json:"at_mm"`
	Moved      space.Vec     `json:"moved_mm"`
	TRE        float64       `json:"expected_tre_mm"` // root mean square
	TRE95      float64       `json:"tre_95_mm"`       // 95 of 100 are below
	Covariance [3][3]float64 `json:"covariance_mm2"`
}

// PointsAnswer is what only paired points have.
type PointsAnswer struct {
	FRE         float64   `json:"fre_mm"`
	ExpectedFRE float64   `json:"expected_fre_mm,omitempty"`
	Residuals   []float64 `json:"residuals_mm"`
	Spread      space.Vec `json:"spread_mm"`
	Swap        []int     `json:"exchanged_pairs,omitempty"`
}

// SurfaceFacts is what only points on a surface have.
type SurfaceFacts struct {
	Converged  bool    `json:"converged"`
	Iterations int     `json:"iterations"`
	Residual   float64 `json:"residual_mm"`
	Rejected   int     `json:"rejected_points"`
	Restarts   int     `json:"restarts"`
	Agreeing   int     `json:"agreeing_restarts"`
}

// VolumesFacts is what only scans have.
type VolumesFacts struct {
	Converged   bool    `json:"converged"`
	Information float64 `json:"mutual_information_nats"`
	Before      float64 `json:"mutual_information_before"`
	Overlap     float64 `json:"overlap"`
}

// Answer writes a fit down, with the error at the specification's targets.
func (s *Spec) Answer(f Fit) (*Answer, error) {
	a := &Answer{Kind: s.Kind, Name: s.Name, Motion: f.Pose, Degrees: f.Angle() * 180 / math.Pi, Sigma: f.Sigma, Center: f.Center, Covariance: f.Covariance, Warnings: f.Warnings}
	if a.Warnings == nil {
		a.Warnings = caution.List{}
	}
	for i, p := range s.Targets {
		if !p.Placed() {
			return nil, fmt.Errorf("target %d: %w", i+1, ErrNotANumber)
		}
		a.Targets = append(a.Targets, Target{p, f.Apply(p), f.TRE(p), f.TRE95(p), f.At(p)})
	}
	return a, nil
}
