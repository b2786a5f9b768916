package regress

import (
	"math"
	"strconv"
	"testing"

	"consilium/stats"
)

// stream is the "minimal standard" generator of Park and Miller (Communications of the ACM 31 (1988) 1192–1201).
type stream struct{ state uint64 }

func (s *stream) next() float64 {
	s.state = 16807 * s.state % 2147483647
	return float64(s.state) / 2147483647
}

// grid fills columns with multiples of 0.0001 from -1 to 1, written with four decimals and read again.
func (s *stream) grid(rows, columns int) ([]string, [][]float64) {
	names, out := make([]string, columns), make([][]float64, columns)
	for j := range out {
		names[j], out[j] = "x"+strconv.Itoa(j+1), make([]float64, rows)
		for i := range out[j] {
			out[j][i] = (math.Floor(s.next()*20001) - 10000) / 10000
		}
	}
	return names, out
}

// outcomes are 1 with the probability that the linear predictor says.
func (s *stream) outcomes(intercept float64, beta []float64, columns [][]float64) []float64 {
	y := make([]float64, len(columns[0]))
	for i := range y {
		var eta float64
		for j, c := range columns {
			eta += c[i] * beta[j]
		}
		if s.next() < 1/(1+math.Exp(-(intercept+eta))) {
			y[i] = 1
		}
	}
	return y
}

// large is a logistic regression of a million rows and 20 terms.
func large() ([]float64, stats.Design) {
	return simulated(101, 1_000_000, 20, -1, func(j float64) float64 { return 0.5 * math.Pow(-1, j) * j / 20 })
}

func simulated(seed uint64, rows, terms int, intercept float64, effect func(j float64) float64) ([]float64, stats.Design) {
	s := &stream{seed}
	names, columns := s.grid(rows, terms)
	beta := make([]float64, terms)
	for j := range beta {
		beta[j] = effect(float64(j + 1))
	}
	return s.outcomes(intercept, beta, columns), stats.NewDesign(names, columns, rows)
}

func BenchmarkLogisticOfAMillionRows(b *testing.B) {
	y, x := large()
	want := expected(b, "logistic")
	b.ReportAllocs()
	for b.Loop() {
		m, err := Logistic(y, x, Options{})
		if err != nil {
			b.Fatal(err)
		}
		near(b, "coef", m.Coef, want["coef"], 1e-8)
		near(b, "se", m.SE(), want["se"], 1e-6) // R's are those of the step before the last
		near(b, "deviance", []float64{m.Deviance}, want["deviance"], 1e-12)
		b.ReportMetric(float64(m.Iterations), "steps/op")
	}
}

// small is a logistic regression of 2,000 rows and 10 terms, with 2,000 resamples.
func small() ([]float64, stats.Design, [][]int) {
	y, x := simulated(106, 2000, 10, -0.5, func(j float64) float64 { return 0.6 * math.Pow(-1, j) * j / 10 })
	s, draws := &stream{1060}, make([][]int, 2000)
	for k := range draws {
		draws[k] = make([]int, len(y))
		for i := range draws[k] {
			draws[k][i] = int(float64(len(y)) * s.next())
		}
	}
	return y, x, draws
}

func BenchmarkLogisticBootstrap(b *testing.B) {
	y, x, draws := small()
	want := expected(b, "boot")
	b.ReportAllocs()
	for b.Loop() {
		m, err := Logistic(y, x, Options{})
		if err != nil {
			b.Fatal(err)
		}
		coefs, err := m.Bootstrap(len(draws), func(k int) []int { return draws[k] })
		if err != nil {
			b.Fatal(err)
		}
		mean, sd := columnMoments(coefs)
		near(b, "mean", mean, want["mean"], 1e-8)
		near(b, "se", sd, want["se"], 1e-8)
	}
}

func columnMoments(list [][]float64) (mean, sd []float64) {
	for j := range list[0] {
		column := make([]float64, len(list))
		for k := range list {
			column[k] = list[k][j]
		}
		m, s := moments(column, 1)
		mean, sd = append(mean, m), append(sd, s*math.Sqrt(float64(len(list))/float64(len(list)-1)))
	}
	return mean, sd
}
