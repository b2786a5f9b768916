package mixed

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"consilium/stats"
)

// hermite gives nodes and weights by the eigenvalues of the Jacobi matrix (Golub and Welsch, Math Comp 23 (1969) 221-230), another way than the code's.
func hermite(n int) (x, w []float64) {
	jacobi := mat.NewSymDense(n, nil)
	for i := 1; i < n; i++ {
		jacobi.SetSym(i-1, i, math.Sqrt(float64(i)/2))
	}
	var e mat.EigenSym
	e.Factorize(jacobi, true)
	var v mat.Dense
	e.VectorsTo(&v)
	x, w = e.Values(nil), make([]float64, n)
	for k := range w {
		w[k] = math.SqrtPi * v.At(0, k) * v.At(0, k)
	}
	return x, w
}

func predictor(d clustered, row int, beta []float64) (eta float64) {
	for a, c := range d.x.Columns {
		eta += beta[a] * c[row]
	}
	return eta
}

func joint(d clustered, rows []int, beta []float64, s, u float64) float64 {
	sum := -u*u/2 - math.Log(2*math.Pi)/2
	for _, i := range rows {
		eta := predictor(d, i, beta) + s*u
		sum += d.y[i]*eta - max(eta, 0) - math.Log1p(math.Exp(-math.Abs(eta)))
	}
	return sum
}

func rowsOf(group []int) [][]int {
	rows := make([][]int, len(sizes(group)))
	for i, g := range group {
		rows[g] = append(rows[g], i)
	}
	return rows
}

// byDefinition is the log-likelihood of adaptive quadrature, written out plainly.
func byDefinition(d clustered, beta []float64, s float64, points int) float64 {
	x, w := hermite(points)
	var total float64
	for _, rows := range rowsOf(d.group) {
		f := func(u float64) float64 { return joint(d, rows, beta, s, u) }
		slope := func(u float64) float64 {
			sum := -u
			for _, i := range rows {
				sum += s * (d.y[i] - 1/(1+math.Exp(-predictor(d, i, beta)-s*u)))
			}
			return sum
		}
		low, high := -40.0, 40.0
		for range 80 { // halving: the slope falls
			if u := (low + high) / 2; slope(u) > 0 {
				low = u
			} else {
				high = u
			}
		}
		u := (low + high) / 2
		curvature := 1.0
		for _, i := range rows {
			eta := predictor(d, i, beta) + s*u
			p := 1 / (1 + math.Exp(-eta))
			curvature += s * s * p * (1 - p)
		}
		scale := math.Sqrt2 / math.Sqrt(curvature)
		var sum float64
		for k := range x {
			sum += w[k] * math.Exp(f(u+scale*x[k])+x[k]*x[k]-f(u))
		}
		total += f(u) + math.Log(scale*sum)
	}
	return total
}

// byTrapezoids is the marginal log-likelihood by a sum over a fine grid, which for a function that vanishes at both ends is as exact as rounding.
func byTrapezoids(d clustered, beta []float64, s float64) float64 {
	var total float64
	for _, rows := range rowsOf(d.group) {
		const step = 0.02
		var sum float64
		for u := -12.0; u <= 12; u += step {
			sum += step * math.Exp(joint(d, rows, beta, s, u))
		}
		total += math.Log(sum)
	}
	return total
}

func TestLikelihoodIsThatOfTheDefinition(t *testing.T) {
	d := simulate(1, 15, 6, 1.2)
	beta, s := []float64{-0.3, 0.5, -0.2}, 1.4
	for _, points := range []int{1, 2, 3, 7, 10, 25} {
		rule, _ := NewRule(points)
		at, _ := sumOver(Centers(d.y, d.x, d.group, nil), rule)(append(beta, s))
		if want := byDefinition(d, beta, s, points); math.Abs(at.LogLik-want) > 1e-8 {
			t.Errorf("%d points: %.12g, by definition %.12g", points, at.LogLik, want)
		}
	}
	rule, _ := NewRule(60)
	at, _ := sumOver(Centers(d.y, d.x, d.group, nil), rule)(append(beta, s))
	if want := byTrapezoids(d, beta, s); math.Abs(at.LogLik-want) > 1e-8 {
		t.Errorf("60 points: %.12g, the integral is %.12g", at.LogLik, want)
	}
}

func TestScoreAndInformationAreDerivatives(t *testing.T) {
	d := simulate(2, 20, 8, 1)
	for _, points := range []int{1, 2, 7, 25} {
		rule, _ := NewRule(points)
		sums := sumOver(Centers(d.y, d.x, d.group, nil), rule)
		par := []float64{-0.2, 0.4, 0.1, 0.8}
		at, _ := sums(par)
		for i := range par {
			const h = 1e-4
			moved := func(by float64) (loglik float64, score []float64) {
				p := append([]float64(nil), par...)
				p[i] += by
				s, _ := sums(p)
				return s.LogLik, s.Score
			}
			up, scoreUp := moved(h)
			down, scoreDown := moved(-h)
			if slope := (up - down) / (2 * h); math.Abs(slope-at.Score[i]) > 1e-5 {
				t.Errorf("%d points: score %d is %g, the slope %g", points, i, at.Score[i], slope)
			}
			for j := range par {
				if bend := -(scoreUp[j] - scoreDown[j]) / (2 * h); math.Abs(bend-at.Information.At(i, j)) > 1e-5 {
					t.Errorf("%d points: information %d %d is %g, the slope of the score %g", points, i, j, at.Information.At(i, j), bend)
				}
			}
		}
	}
}

func TestLogisticEndsWhereTheScoreIsZero(t *testing.T) {
	d := simulate(3, 40, 10, 0.8)
	for _, points := range []int{1, 10} {
		m, err := Logistic(d.y, d.x, d.group, Options{Points: points})
		if err != nil {
			t.Fatal(err)
		}
		best := byDefinition(d, m.Coef, m.SD, points)
		if math.Abs(best-m.LogLik) > 1e-8 {
			t.Errorf("log-likelihood %.12g, by definition %.12g", m.LogLik, best)
		}
		for i, v := range m.Sums.Score {
			if math.Abs(v) > 1e-7 {
				t.Errorf("score %d is %g", i, v)
			}
		}
	}
}

func TestGroupsThatDoNotDifferGivePlainLogisticRegression(t *testing.T) {
	n := 200
	y, a, group := make([]float64, n), make([]float64, n), make([]int, n)
	for i := range n { // the same outcomes in each group
		group[i], a[i] = i/20, float64(i%20)
		if i%3 == 0 != (i%20 > 12) {
			y[i] = 1
		}
	}
	for i := range n {
		y[i] = y[i%20]
	}
	m, err := Logistic(y, stats.NewDesign([]string{"a"}, [][]float64{a}, n), group, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Singular || m.SD != 0 || m.ICC() != 0 || m.MedianOddsRatio() != 1 || m.Covariance.N != 2 || math.Abs(m.Modes[3]) > 0 {
		t.Errorf("sd %g, singular %v, modes %v", m.SD, m.Singular, m.Modes)
	}
	l, err := Linear(y, stats.NewDesign([]string{"a"}, [][]float64{a}, n), group, LinearOptions{})
	if err != nil || !l.Singular || l.VarGroup != 0 || l.BLUP[2] != 0 {
		t.Errorf("linear: %+v, %v", l, err)
	}
}

// Quadrature with more points comes nearer to the integral; the median odds ratio and the share of variance are those of the published formulas.
func TestMeasuresOfDifferenceBetweenCenters(t *testing.T) {
	m := LogisticModel{SD: 1}
	if v := m.ICC(); math.Abs(v-0.2331) > 5e-5 { // Larsen and Merlo 2005: 1/(1+3.29)
		t.Errorf("ICC %g", v)
	}
	if v := m.MedianOddsRatio(); math.Abs(v-2.5958) > 5e-4 {
		t.Errorf("median odds ratio %g", v)
	}
}
