package rehearsal

import (
	"math"
	"testing"

	"consilium/lab/space"
)

// TestFarPointsAreTold: points of which no fit can be written down are refused as what they are, and not as a fault of the node.
func TestFarPointsAreTold(t *testing.T) {
	l := &Lab{}
	for _, far := range []float64{1e308, -2e5, math.Inf(1), math.NaN()} {
		near := []space.Vec{{0, 0, 0}, {50, 0, 0}, {0, 50, 0}, {0, 0, 50}}
		spoiled := append([]space.Vec{{far, 1, 2}}, near[1:]...)
		names := []string{"a", "b", "c", "d"}
		for what, o := range map[string]RegistrationOrder{
			"images":  {Names: names, Source: spoiled, Measured: near, Limit: 2},
			"tracker": {Names: names, Source: near, Measured: spoiled, Limit: 2},
			"target":  {Names: names, Source: near, Measured: near, At: space.Vec{0, far, 0}, Limit: 2},
			"surface": {Kind: "surface", Source: append(spoiled, near...), Limit: 2},
		} {
			if _, err := l.Register(t.Context(), Artefact{}, o); err == nil || !Known(err) {
				t.Errorf("%s at %g mm: %v", what, far, err)
			}
		}
	}
}
