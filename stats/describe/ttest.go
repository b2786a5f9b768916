package describe

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// TTest is a t test of the difference of two means, first minus second.
type TTest struct {
	Statistic    float64
	DF           float64 // not whole for Welch's
	P            float64 // two-sided
	Means        [2]float64
	Difference   float64
	SE           float64 // of the difference
	Lower, Upper float64 // limits of the difference
}

// Welch compares the means of two groups without assuming equal variances; level is that of the interval, 0.95 for 95 %. Welch, Biometrika 1947, with
// the degrees of freedom of Satterthwaite, Biometrics Bulletin 1946. Each group needs two values, and one of them must vary.
func Welch(first, second []float64, level float64) (TTest, error) {
	a, b, err := groupMoments("Welch's t test", first, second, level)
	if err != nil {
		return TTest{}, err
	}
	va, vb := a.Variance()/a.N, b.Variance()/b.N
	df := (va + vb) * (va + vb) / (va*va/(a.N-1) + vb*vb/(b.N-1))
	return compareMeans("Welch's t test", a, b, math.Sqrt(va+vb), df, level)
}

// PooledT is Student's t test, which assumes equal variances. The groups need three values together, none being empty.
func PooledT(first, second []float64, level float64) (TTest, error) {
	a, b, err := groupMoments("t test", first, second, level)
	if err != nil {
		return TTest{}, err
	}
	df := a.N + b.N - 2
	se := math.Sqrt((a.Squares + b.Squares) / df * (1/a.N + 1/b.N))
	return compareMeans("t test", a, b, se, df, level)
}

func groupMoments(method string, first, second []float64, level float64) (a, b Moments, err error) {
	if err := checkLevel(method, level); err != nil {
		return a, b, err
	}
	least := 2.0
	if method == "t test" {
		least = 1
	}
	a, b = MomentsOf(present(first)), MomentsOf(present(second))
	switch {
	case a.N < least || b.N < least || a.N+b.N < 3:
		return a, b, &stats.Error{Method: method, Problem: stats.TooFewRows, Detail: "a group has too few values for a variance"}
	case math.IsNaN(a.Squares+b.Squares) || math.IsInf(a.Squares+b.Squares, 0):
		return a, b, &stats.Error{Method: method, Problem: stats.Invalid, Detail: "a value is infinite or too large to square"}
	}
	return a, b, nil
}

func compareMeans(method string, a, b Moments, se, df, level float64) (TTest, error) {
	if se <= 1e-15*max(math.Abs(a.Mean), math.Abs(b.Mean)) {
		return TTest{}, &stats.Error{Method: method, Problem: stats.OneLevel, Detail: "the values do not vary within the groups"}
	}
	t := TTest{DF: df, Means: [2]float64{a.Mean, b.Mean}, Difference: a.Mean - b.Mean, SE: se}
	t.Statistic = t.Difference / se
	t.P = tail.TwoSidedT(t.Statistic, df)
	half := -tail.TQuantile((1-level)/2, df) * se
	t.Lower, t.Upper = t.Difference-half, t.Difference+half
	return t, nil
}

func checkLevel(method string, level float64) error {
	if level > 0 && level < 1 {
		return nil
	}
	return &stats.Error{Method: method, Problem: stats.Invalid, Variable: "level", Detail: "a confidence level lies between 0 and 1"}
}
