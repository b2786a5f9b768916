package describe

import (
	"math"

	"consilium/stats"
	"consilium/stats/tail"
)

// Kappa says how far two observers agree on one of some categories beyond what chance would give.
type Kappa struct {
	N        int     // subjects
	Agreed   float64 // share on which both said the same
	Expected float64 // share on which they would by chance
	Value    float64 // 1: always the same; 0: as by chance; NaN where both always said one and the same category, and chance alone would agree
	SE       float64 // of the value, whatever it is; NaN as the value
}

// KappaOf compares what two observers said of the same subjects, as categories from 0 on (J. Cohen, Educ Psychol Meas 20 (1960) 37–46). The standard error is that of J. L. Fleiss, J. Cohen and
// B. S. Everitt (Psychol Bull 72 (1969) 323–327).
func KappaOf(a, b []int) (Kappa, error) {
	if len(a) != len(b) || len(a) == 0 {
		return Kappa{}, &stats.Error{Method: "kappa", Problem: stats.Invalid, Detail: "both observers have to say something of each subject, and of one at least"}
	}
	most := 0
	for i := range a {
		if a[i] < 0 || b[i] < 0 {
			return Kappa{}, &stats.Error{Method: "kappa", Problem: stats.Invalid, Detail: "categories count from 0"}
		}
		most = max(most, a[i]+1, b[i]+1)
	}
	n := float64(len(a))
	cells, rows, columns := map[[2]int]float64{}, make([]float64, most), make([]float64, most)
	for i := range a {
		cells[[2]int{a[i], b[i]}] += 1 / n
		rows[a[i]] += 1 / n
		columns[b[i]] += 1 / n
	}
	k := Kappa{N: len(a)}
	for i := range most {
		k.Agreed += cells[[2]int{i, i}]
		k.Expected += rows[i] * columns[i]
	}
	if k.Expected > 1-1e-12 {
		k.Value, k.SE = math.NaN(), math.NaN()
		return k, nil
	}
	k.Value = (k.Agreed - k.Expected) / (1 - k.Expected)
	var variance float64
	for i := range most {
		for j := range most {
			p := cells[[2]int{i, j}]
			if i == j {
				variance += p * math.Pow(1-(rows[i]+columns[i])*(1-k.Value), 2)
			} else {
				variance += p * math.Pow((1-k.Value)*(columns[i]+rows[j]), 2)
			}
		}
	}
	variance -= math.Pow(k.Value-k.Expected*(1-k.Value), 2)
	k.SE = math.Sqrt(max(variance, 0)/n) / (1 - k.Expected)
	return k, nil
}

// Limits are the limits of agreement of two measurements of the same things.
type Limits struct {
	N        int
	Mean, SD float64 // of the first less the second
	Low      float64 // between low and high lie 95 % of the differences, if they are normal
	High     float64
	MeanSE   float64 // of the mean
	LimitSE  float64 // of each limit
}

// LimitsOf compares two measurements of each subject (J. M. Bland and D. G. Altman, Lancet 327 (1986) 307–310).
func LimitsOf(a, b []float64) (Limits, error) {
	if len(a) != len(b) || len(a) < 2 {
		return Limits{}, &stats.Error{Method: "limits of agreement", Problem: stats.Invalid, Detail: "two measurements are wanted of each of two subjects at least"}
	}
	l := Limits{N: len(a)}
	n := float64(len(a))
	for i := range a {
		l.Mean += (a[i] - b[i]) / n
	}
	for i := range a {
		l.SD += math.Pow(a[i]-b[i]-l.Mean, 2)
	}
	z := tail.NormalCritical(0.95)
	l.SD = math.Sqrt(l.SD / (n - 1))
	l.Low, l.High = l.Mean-z*l.SD, l.Mean+z*l.SD
	l.MeanSE = l.SD / math.Sqrt(n)
	l.LimitSE = l.SD * math.Sqrt(1/n+z*z/(2*(n-1)))
	return l, nil
}
