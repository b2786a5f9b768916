package missing

import (
	"math"
	"slices"

	"consilium/stats/describe"
)

// Density is a kernel estimate of how values are spread.
type Density struct {
	X []float64
	Y []float64
}

// Densities are those of a variable's observed values and of the values of each imputation, at the same 101 points. Where imputed values lie elsewhere than observed ones, what explains that
// should be known. ok is false for a variable of categories, and for one without missing values.
//
// The kernel is normal, with Silverman's bandwidth of the observed values, 0.9·min(s, IQR/1.34)·n^(-1/5) (Silverman, Density Estimation, 1986, equation 3.31).
func (im *Imputed) Densities(name string) (observed Density, imputed []Density, ok bool) {
	j := slices.IndexFunc(im.plan, func(v *variable) bool { return v.name == name })
	if j < 0 || im.plan[j].levels > 0 || len(im.plan[j].missing) == 0 {
		return Density{}, nil, false
	}
	v := im.plan[j]
	seen := make([]float64, len(v.observed))
	for k, i := range v.observed {
		seen[k] = v.value[i]
	}
	_, sd := meanSDOf(seen)
	slices.Sort(seen)
	width := min(sd, (describe.Quantile7(seen, 0.75)-describe.Quantile7(seen, 0.25))/1.34)
	if width == 0 {
		width = sd
	}
	width *= 0.9 * math.Pow(float64(len(seen)), -0.2)
	at := make([]float64, 101)
	for k := range at {
		at[k] = seen[0] - 3*width + (seen[len(seen)-1]-seen[0]+6*width)*float64(k)/100
	}
	for k := range im.M {
		imputed = append(imputed, kernel(im.values[k][j], at, width))
	}
	return kernel(seen, at, width), imputed, true
}

func kernel(values, at []float64, width float64) Density {
	d := Density{X: at, Y: make([]float64, len(at))}
	for k, x := range at {
		for _, v := range values {
			z := (x - v) / width
			d.Y[k] += math.Exp(-z*z/2) / (math.Sqrt(2*math.Pi) * width * float64(len(values)))
		}
	}
	return d
}
