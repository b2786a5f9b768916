package survival

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
)

// rises says whether some direction of the coefficients never lowers the likelihood and sometimes raises it: then, and only then, there is no maximum
// (Jacobsen, Scand J Statist 16 (1989) 335-349). With two terms it is enough to try the normals of the differences of rows, and directions between two of them.
func rises(d draws) bool {
	var differences [][2]float64
	for i, event := range d.times.Event {
		for j := range d.times.Event {
			atRisk := d.times.Stop[j] >= d.times.Stop[i] && (d.times.Start == nil || d.times.Start[j] < d.times.Stop[i])
			if event == 1 && atRisk && d.o.Strata.of(i) == d.o.Strata.of(j) {
				differences = append(differences, [2]float64{d.x.Columns[0][i] - d.x.Columns[0][j], d.x.Columns[1][i] - d.x.Columns[1][j]})
			}
		}
	}
	var normals [][2]float64
	seen := map[[2]float64]bool{}
	for _, v := range differences {
		if seen[v] {
			continue
		}
		seen[v] = true
		if norm := math.Hypot(v[0], v[1]); norm > 0 {
			normals = append(normals, [2]float64{-v[1] / norm, v[0] / norm}, [2]float64{v[1] / norm, -v[0] / norm}, [2]float64{v[0] / norm, v[1] / norm})
		}
	}
	directions := normals
	for _, a := range normals {
		for _, b := range normals {
			directions = append(directions, [2]float64{a[0] + b[0], a[1] + b[1]})
		}
	}
	for _, direction := range directions {
		if raises(direction, differences) {
			return true
		}
	}
	return false
}

func raises(direction [2]float64, differences [][2]float64) bool {
	strictly := false
	for _, v := range differences {
		change := direction[0]*v[0] + direction[1]*v[1]
		if change < -1e-9 {
			return false
		}
		strictly = strictly || change > 1e-9
	}
	return strictly
}

func TestAModelIsRefusedExactlyIfItsLikelihoodHasNoMaximum(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	refused, fitted := 0, 0
	for range 2000 {
		n := 6 + r.IntN(14)
		d := draws{times: Times{Stop: make([]float64, n), Event: make([]int, n)}, x: design(make([]float64, n), make([]float64, n))}
		d.o.Ties = []Ties{Efron, Breslow}[r.IntN(2)]
		for i := range n {
			d.times.Stop[i], d.times.Event[i] = float64(1+r.IntN(3*n)), r.IntN(2)
			d.x.Columns[0][i], d.x.Columns[1][i] = float64(r.IntN(2)), float64(r.IntN(5))
		}
		if r.IntN(3) == 0 {
			d.times.Start = make([]float64, n)
			for i := range n {
				d.times.Start[i] = math.Floor(d.times.Stop[i] * r.Float64() * 0.9)
			}
		}
		err := cox(d.times, d.x, d.o)
		switch {
		case errors.Is(err, stats.Separation):
			refused++
			if !rises(d) {
				t.Errorf("refused, though there is a maximum: %v %+v", err, d)
			}
		case err == nil:
			fitted++
			if rises(d) {
				t.Errorf("fitted, though there is no maximum: %+v", d)
			}
		case !errors.Is(err, stats.Collinear) && !errors.Is(err, stats.OneLevel) && !errors.Is(err, stats.NoEvents) && !errors.Is(err, stats.EmptyStratum):
			t.Errorf("%v: %+v", err, d)
		}
	}
	if refused < 200 || fitted < 200 {
		t.Errorf("%d refused, %d fitted: too few to tell", refused, fitted)
	}
}
