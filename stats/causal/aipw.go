package causal

import (
	"errors"
	"fmt"
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/regress"
)

// Family is the regression of an outcome within each arm.
type Family string

// The families.
const (
	Binomial Family = "binomial" // 0/1, logistic
	Gaussian Family = "gaussian" // linear
	Poisson  Family = "poisson"  // counts, log-linear
)

// DoublyRobust is an effect in everybody that is right if either the propensity score or the outcome models are right.
type DoublyRobust struct {
	Effect
	GFormula float64 // the difference by the outcome models alone

	// The terms that predict a part of the outcomes in an arm without fault; "" if there are none. Means of 0 or 1 are assumed where they do, in
	// the other arm too: a reason to leave them out of the outcome model.
	SeparatedTreated, SeparatedUntreated string
}

// AIPW is augmented inverse probability weighting: the outcome is regressed on the outcome covariates (with their intercept) in each arm, all rows are
// predicted under both treatments, and the residuals, weighted by 1/e and 1/(1-e), correct the predictions. e is one propensity within (0, 1) a row.
// Standard errors are those of the influence values. An arm whose model cannot be fitted returns that model's error; one that is
// separated in part has means all the same, taken at their limit, and is reported.
// Source: Robins, Rotnitzky and Zhao, JASA 89 (1994) 846–866; Lunceford and Davidian, Statistics in Medicine 23 (2004) 2937–2960.
func AIPW(a Arms, y, e []float64, covariates stats.Design, family Family) (*DoublyRobust, error) {
	const method = "doubly robust comparison"
	if err := a.check(method, "outcome", y); err != nil {
		return nil, err
	}
	if err := checkPropensity(method, a, e); err != nil {
		return nil, err
	}
	if err := covariates.Check(method, y); err != nil {
		return nil, err
	}
	m1, separated1, err := predict(a, true, y, covariates, family)
	if err != nil {
		return nil, err
	}
	m0, separated0, err := predict(a, false, y, covariates, family)
	if err != nil {
		return nil, err
	}
	n := float64(len(y))
	var mu1, mu0, g float64
	phi1, phi0 := make([]float64, len(y)), make([]float64, len(y))
	for i := range y {
		phi1[i], phi0[i] = m1[i], m0[i]
		if a.Treated[i] && e[i] == 0 || !a.Treated[i] && e[i] == 1 {
			return nil, noWeight(method, a, i, e[i])
		}
		if a.Treated[i] {
			phi1[i] += (y[i] - m1[i]) / e[i]
		} else {
			phi0[i] += (y[i] - m0[i]) / (1 - e[i])
		}
		mu1, mu0, g = mu1+phi1[i]/n, mu0+phi0[i]/n, g+(m1[i]-m0[i])/n
	}
	for i := range y {
		phi1[i] -= mu1
		phi0[i] -= mu0
	}
	return &DoublyRobust{*effect(mu1, mu0, phi1, phi0), g, separated1, separated0}, nil
}

// predict fits the outcome in one arm and predicts its mean for every row. separated names the terms that predict the outcome there without fault.
func predict(a Arms, treated bool, y []float64, x stats.Design, family Family) (mean []float64, separated string, err error) {
	rows := a.rows(treated)
	inArm := make([]float64, len(rows))
	for k, i := range rows {
		inArm[k] = y[i]
	}
	beta, err := fitArm(inArm, x.Take(rows), family)
	var e *stats.Error
	if errors.As(err, &e) && e.Problem == stats.Separation {
		separated = e.Variable
		beta, err = limit(inArm, x.Take(rows), family, err)
	}
	if err != nil {
		return nil, "", inThe(a, treated, err)
	}
	mean = x.Times(beta)
	for i, eta := range mean {
		switch family {
		case Binomial:
			mean[i] = 1 / (1 + math.Exp(-eta))
		case Poisson:
			mean[i] = math.Exp(eta)
		}
	}
	return mean, separated, nil
}

func fitArm(y []float64, x stats.Design, family Family) ([]float64, error) {
	switch family {
	case Binomial:
		m, err := regress.Logistic(y, x, regress.Options{})
		if err != nil {
			return nil, err
		}
		return m.Coef, nil
	case Poisson:
		m, err := regress.Poisson(y, x, regress.Options{})
		if err != nil {
			return nil, err
		}
		return m.Coef, nil
	case Gaussian:
		m, err := regress.Linear(y, x, regress.Options{})
		if err != nil {
			return nil, err
		}
		return m.Coef, nil
	}
	return nil, &stats.Error{Method: "doubly robust comparison", Problem: stats.Unsupported, Detail: fmt.Sprintf("there is no family %q", family), Advice: "Take binomial, gaussian or poisson"}
}

// limit follows an outcome model whose coefficients have no maximum to where its means no longer move. Terms that predict a part of the rows without
// fault have means of 0 or 1 there, and the means of the others converge to those of a model without these rows (Geyer, Electronic
// Journal of Statistics 3 (2009) 259–289). A model that predicts all rows without fault has no such limit elsewhere: it stays the error it was.
func limit(y []float64, x stats.Design, family Family, separation error) ([]float64, error) {
	sums := regress.LogisticSums
	if family == Poisson {
		sums = regress.PoissonSums
	}
	// The further the fit goes, the nearer the information comes to being singular; the first of these that it reaches is taken.
	for _, gain := range []float64{1e-16, 1e-12, 1e-9} {
		f, err := fit.Maximize(x.Terms, make([]float64, x.Width()), func(beta []float64) (fit.Sums, error) {
			return sums(beta, y, x, regress.Options{})
		}, fit.Options{Tolerance: gain})
		switch {
		case err != nil:
		case family == Binomial && f.Sums.LogLik > -1e-6:
			return nil, separation
		default:
			return f.Coef, nil
		}
	}
	return nil, separation
}

// inThe says in which arm the outcome model failed.
func inThe(a Arms, treated bool, err error) error {
	var e *stats.Error
	if !errors.As(err, &e) || e.Problem == stats.Unsupported {
		return err
	}
	named := *e
	arm := "without"
	if treated {
		arm = "with"
	}
	named.Detail = fmt.Sprintf("in the arm %s %s: %s", arm, a.Name, e.Detail)
	return &named
}
