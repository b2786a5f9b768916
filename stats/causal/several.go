package causal

import (
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/regress"
)

// Several compares more than two treatments as if all had been given to the same patients.
type Several struct {
	Model       *regress.MultinomialModel
	Probability [][]float64 // of each treatment, in each row
	Weights     []float64
	Arms        []SeveralArm
	Balance     []SeveralBalance
}

// SeveralArm is one treatment.
type SeveralArm struct {
	N        int
	Sum, ESS float64 // of the weights; effective sample size (Σw)²/Σw²
	Mean, SE float64 // weighted mean of the outcome, with the weights taken as given (HC0)
	Least    float64 // the least propensity, for it, of all rows
}

// SeveralBalance is the largest standardized difference of a covariate between two treatments.
type SeveralBalance struct {
	Covariate            string
	Unweighted, Weighted float64
}

const severalMethod = "weighting of several treatments"

// CompareSeveral weights rows by the propensities for all treatments, of a multinomial model, so that each group becomes like the target: all patients (ATE: 1/e), those who might have had any of the
// treatments (Overlap: the harmonic mean of the propensities over e), or those who had the treatment toward (ATT: e_toward/e). treatment has the group of each row from 0, labels their names;
// covariates have an intercept. Standardized differences divide by the root of the mean of the unweighted groups' variances.
//
// McCaffrey et al., Stat Med 32 (2013) 3388-3414; generalized overlap weights: Li and Li, Ann Appl Stat 13 (2019) 2389-2415. Errors are those of [regress.Multinomial], Infinite for a row without a
// finite weight, and OneLevel for fewer than two groups.
func CompareSeveral(treatment []int, labels []string, covariates stats.Design, y []float64, target Target, toward int) (*Several, error) {
	if err := covariates.Check(severalMethod, y); err != nil {
		return nil, err
	}
	m, err := regress.Multinomial(treatment, labels, covariates, fit.Options{Tolerance: 1e-20})
	if err != nil {
		return nil, stats.Rename(severalMethod, err)
	}
	s := &Several{Model: m, Probability: m.Probabilities(), Weights: make([]float64, len(y))}
	for i, k := range treatment {
		if s.Weights[i], err = s.weight(i, k, target, toward); err != nil {
			return nil, err
		}
	}
	s.compare(treatment, len(labels), y)
	for j, term := range covariates.Terms {
		if term != stats.Intercept {
			s.Balance = append(s.Balance, s.imbalance(term, covariates.Columns[j], treatment))
		}
	}
	return s, nil
}

func (s *Several) weight(i, k int, target Target, toward int) (float64, error) {
	e, top := s.Probability[k][i], 1.0
	switch target {
	case ATE:
	case ATT:
		top = s.Probability[toward][i]
	case Overlap:
		sum := 0.0
		for _, p := range s.Probability {
			sum += 1 / p[i]
		}
		top = 1 / sum
	default:
		return 0, &stats.Error{Method: severalMethod, Problem: stats.Unsupported, Variable: "target", Detail: fmt.Sprintf("there is no target %q of several treatments", target), Advice: "Take ate, att or overlap"}
	}
	w := top / e
	if math.IsNaN(w) || math.IsInf(w, 0) {
		return 0, &stats.Error{Method: severalMethod, Problem: stats.Infinite, Detail: fmt.Sprintf("row %d has a propensity of %g for what it had", i+1, e), Advice: "Compare only patients who could have had any of the treatments, or take overlap weights"}
	}
	return w, nil
}

// compare gives each group's weighted mean.
func (s *Several) compare(treatment []int, groups int, y []float64) {
	s.Arms = make([]SeveralArm, groups)
	squares, residual := make([]float64, groups), make([]float64, groups)
	for k := range s.Arms {
		s.Arms[k].Least = 1
		for _, p := range s.Probability[k] {
			s.Arms[k].Least = min(s.Arms[k].Least, p)
		}
	}
	for i, k := range treatment {
		a, w := &s.Arms[k], s.Weights[i]
		a.N++
		a.Sum += w
		a.Mean += w * y[i]
		squares[k] += w * w
	}
	for k := range s.Arms {
		s.Arms[k].Mean /= s.Arms[k].Sum
		s.Arms[k].ESS = s.Arms[k].Sum * s.Arms[k].Sum / squares[k]
	}
	for i, k := range treatment {
		r := s.Weights[i] * (y[i] - s.Arms[k].Mean)
		residual[k] += r * r
	}
	for k := range s.Arms {
		s.Arms[k].SE = math.Sqrt(residual[k]) / s.Arms[k].Sum
	}
}

func (s *Several) imbalance(name string, x []float64, treatment []int) SeveralBalance {
	groups := len(s.Arms)
	plain, weighted, spread := make([]float64, groups), make([]float64, groups), make([]float64, groups)
	for i, k := range treatment {
		plain[k] += x[i] / float64(s.Arms[k].N)
		weighted[k] += x[i] * s.Weights[i] / s.Arms[k].Sum
	}
	for i, k := range treatment {
		spread[k] += (x[i] - plain[k]) * (x[i] - plain[k]) / float64(s.Arms[k].N-1)
	}
	variance := 0.0
	for _, v := range spread {
		variance += v / float64(groups)
	}
	widest := func(means []float64) (out float64) {
		for _, a := range means {
			for _, b := range means {
				out = max(out, a-b)
			}
		}
		return out / math.Sqrt(variance)
	}
	return SeveralBalance{name, widest(plain), widest(weighted)}
}
