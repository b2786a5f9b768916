package align

import (
	"errors"
	"strings"
	"testing"

	"consilium/lab/space"
)

const pairs = `{"kind": "points", "source_mm": [[0,0,0],[40,0,0],[0,50,0],[0,0,60]], "measured_mm": [[5,0,0],[45,0,0],[5,50,0],[5,0,60]], "sigma_mm": 0.3, "targets_mm": [[100,0,0]]}`

func TestSpec(t *testing.T) {
	s, err := ReadSpec(strings.NewReader(pairs))
	if err != nil {
		t.Fatal(err)
	}
	fit, err := Points(s.Source, s.Measured, s.Weights, s.Sigma)
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Answer(fit.Fit)
	if err != nil || a.Targets[0].Moved.Sub(space.Vec{105, 0, 0}).Norm() > 1e-9 || a.Targets[0].TRE <= 0.15 || a.Targets[0].TRE95 <= a.Targets[0].TRE {
		t.Errorf("%v %+v", err, a)
	}
	for _, text := range []string{``, `{}`, `{"kind": "hope"}`, `{"kind": "points"}`, `{"kind": "surface", "source_mm": [[0,0,0]]}`, `{"kind": "volumes", "fixed": "a"}`,
		pairs + `{}`, strings.Replace(pairs, "sigma_mm", "sigma", 1), `{"kind": "volumes", "fixed": "a", "moving": "b", "start": {"turn": [[1,0,0],[0,1,0],[0,0,2]], "shift": [0,0,0]}}`} {
		if _, err := ReadSpec(strings.NewReader(text)); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzReadSpec wants no panic, and whatever is read to be fitted or refused.
func FuzzReadSpec(f *testing.F) {
	f.Add(pairs)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ReadSpec(strings.NewReader(text))
		if err != nil || s.Kind != "points" || len(s.Source) > 100 {
			return
		}
		fit, err := Points(s.Source, s.Measured, s.Weights, s.Sigma)
		if err == nil {
			_, _ = s.Answer(fit.Fit)
		}
	})
}
