package survival

import (
	"fmt"
	"math"
	"sort"

	"consilium/stats"
	"consilium/stats/tail"
)

// Predicted is a survival curve of a Cox model for given values of its terms, in one stratum. It is exp(-H(t)·exp(x·beta)), H being the cumulative baseline hazard
// in the way of the model's ties; the standard errors include the uncertainty of beta.
type Predicted struct {
	Stratum string
	Time    []float64 // distinct times at which somebody of the stratum left, upward
	Hazard  []float64 // cumulative
	SE      []float64 // of the cumulative hazard, which is that of log survival
	Scale   Scale
	Level   float64
}

// Predict gives the curve in each stratum for one vector of terms, in their order. robust, if not nil, takes the place of the model's own covariance.
// It returns Invalid for a vector of the wrong length, Missing for values that are not finite.
// Tsiatis, Annals of Statistics 9 (1981) 93-108; ties as in Therneau and Grambsch 2000, section 10.2.
func (m *CoxModel) Predict(x []float64, scale Scale, level float64, robust [][]float64) ([]Predicted, error) {
	if err := checkBand(scale, level); err != nil {
		return nil, err
	}
	if len(x) != len(m.Terms) {
		return nil, &stats.Error{Method: "Cox prediction", Problem: stats.Invalid, Detail: fmt.Sprintf("%d values for %d terms", len(x), len(m.Terms))}
	}
	for j, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, &stats.Error{Method: "Cox prediction", Problem: stats.Missing, Variable: m.Terms[j], Detail: "it has no finite value", Advice: "Give a value for each term"}
		}
	}
	covariance := robust
	if covariance == nil {
		covariance = m.Covariance.Rows()
	}
	means := make([]ladder, len(x))
	for j := range x {
		means[j], _, _ = m.best.mean(j)
	}
	var out []Predicted
	for k, st := range m.data.strata {
		if st.hi == st.lo {
			continue
		}
		c := m.curve(k, x, means, covariance)
		c.Stratum, c.Scale, c.Level = m.data.names[k], scale, level
		out = append(out, c)
	}
	return out, nil
}

// curve of stratum k.
func (m *CoxModel) curve(k int, x []float64, means []ladder, covariance [][]float64) Predicted {
	p, s, st := m.best, m.data, m.data.strata[k]
	away := make([]float64, len(x)) // from the center of the stratum
	eta := -p.shift[k]
	for j := range x {
		away[j] = x[j] - st.center[j]
		eta += away[j] * m.Coef[j]
	}
	risk := math.Exp(eta)
	hazards, errors := make([]float64, 0, st.slotHi-st.slotLo), make([]float64, 0, st.slotHi-st.slotLo)
	q, variance := make([]float64, len(x)), 0.0
	for e := st.slotLo; e < st.slotHi; e++ {
		own := risk / p.s0[e]
		variance += p.a[e] * own * own
		for j := range q {
			q[j] = risk * (away[j]*p.cumulative.sum[e] - means[j].sum[e])
		}
		hazards = append(hazards, risk*p.cumulative.sum[e])
		errors = append(errors, math.Sqrt(variance+quadratic(covariance, q)))
	}
	return s.atExits(st, hazards, errors)
}

func quadratic(m [][]float64, v []float64) float64 {
	sum := 0.0
	for i, row := range m {
		for j, c := range row {
			sum += v[i] * c * v[j]
		}
	}
	return sum
}

// atExits carries a curve from the slots of a stratum to all times at which somebody left it.
func (s *RiskSets) atExits(st stratum, hazards, errors []float64) Predicted {
	var c Predicted
	for i := st.lo; i < st.hi; i++ {
		if i > st.lo && s.stop[i] == s.stop[i-1] {
			continue
		}
		slot := s.last[i] - st.slotLo
		c.Time = append(c.Time, s.stop[i])
		c.Hazard, c.SE = append(c.Hazard, hazards[slot]), append(c.SE, errors[slot])
	}
	return c
}

// At is the predicted survival at time t (its AtRisk is not set), and false after the last time at which somebody was watched.
func (c Predicted) At(t float64) (Point, bool) {
	next := sort.SearchFloat64s(c.Time, t)
	p := Point{Time: t, Survival: 1, Lower: 1, Upper: 1}
	if next == len(c.Time) {
		return Point{Time: t, Survival: math.NaN(), SE: math.NaN(), Lower: math.NaN(), Upper: math.NaN()}, false
	}
	if c.Time[next] > t {
		next--
	}
	if next >= 0 {
		p.Survival = math.Exp(-c.Hazard[next])
		p.SE = p.Survival * c.SE[next]
		p.Lower, p.Upper = c.Scale.limits(p.Survival, c.SE[next], tail.NormalCritical(c.Level))
	}
	return p, true
}
