package predict

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/regress"
)

// Performance is how well predicted risks fit outcomes. As a difference (optimism) each field is one.
type Performance struct {
	C          float64 // c-statistic: P(the one with the event has the higher risk) + ½·P(tie)
	Dxy        float64 // 2·(C - ½), Somers
	R2         float64 // Nagelkerke's, of the risks recalibrated to the outcomes
	Intercept  float64 // of the outcome on logit(risk)
	Slope      float64 // of the outcome on logit(risk); below 1 risks are too extreme
	InTheLarge float64 // intercept with the slope held at 1: the log odds by which risks are too low on average
	Brier      float64 // mean squared error of the risk
}

// Measure compares predicted risks with outcomes. y is 0 or 1, risk strictly between 0 and 1, one value a row. It returns the errors of
// regress.Discriminate and regress.Calibrate.
func Measure(y, risk []float64) (Performance, error) {
	d, err := regress.Discriminate(y, risk)
	if err != nil {
		return Performance{}, err
	}
	c, err := regress.Calibrate(y, risk)
	if err != nil {
		return Performance{}, err
	}
	return Performance{C: d.C, Dxy: 2*d.C - 1, R2: nagelkerke(y, risk, c), Intercept: c.Intercept, Slope: c.Slope, InTheLarge: c.InTheLarge, Brier: regress.Brier(y, risk)}, nil
}

// nagelkerke is Nagelkerke's R² (Biometrika 78 (1991) 691-692) of the outcome on logit(risk).
func nagelkerke(y, risk []float64, c regress.Calibration) float64 {
	n, events, loglik := float64(len(y)), 0.0, 0.0
	for i, v := range y {
		eta := c.Intercept + c.Slope*(math.Log(risk[i])-math.Log1p(-risk[i]))
		loglik += v*eta - max(eta, 0) - math.Log1p(math.Exp(-math.Abs(eta)))
		events += v
	}
	null := events*math.Log(events/n) + (n-events)*math.Log(1-events/n)
	return (1 - math.Exp(2*(null-loglik)/n)) / (1 - math.Exp(2*null/n))
}

func (p *Performance) add(other Performance, factor float64) {
	p.C += factor * other.C
	p.Dxy += factor * other.Dxy
	p.R2 += factor * other.R2
	p.Intercept += factor * other.Intercept
	p.Slope += factor * other.Slope
	p.InTheLarge += factor * other.InTheLarge
	p.Brier += factor * other.Brier
}

// Model makes a model from data and gives its predictions for other rows, on several processors at once: all that was decided on the data belongs into it, the choice of terms or of a penalty too.
type Model func(y []float64, x stats.Design) (predict func(x stats.Design) ([]float64, error), err error)

// Logistic is the model of plain logistic regression on all terms of the design.
func Logistic(y []float64, x stats.Design) (func(x stats.Design) ([]float64, error), error) {
	m, err := regress.Logistic(y, x, regress.Options{})
	if err != nil {
		return nil, err
	}
	return func(x stats.Design) ([]float64, error) {
		eta := x.Times(m.Coef)
		for i, h := range eta {
			eta[i] = logistic(h)
		}
		return eta, nil
	}, nil
}

// Validated is the performance of a model on its own data, and what is left of it on patients to come.
type Validated struct {
	Apparent  Performance // on the data that made the model
	Training  Performance // mean over resamples, of the model made from the resample, on the resample
	Test      Performance // mean over resamples, of that model, on the data
	Optimism  Performance // Training - Test
	Corrected Performance // Apparent - Optimism
	Resamples int         // that a model could be made from
	Failed    int         // that none could be made from, for separation or a level that was not drawn
}

// Resamples draws samples of n rows with replacement; none for a number of samples below 1.
func Resamples(n, samples int, seed uint64) [][]int {
	r := rand.New(rand.NewPCG(seed, 0))
	out := make([][]int, max(0, samples))
	for k := range out {
		out[k] = make([]int, n)
		for i := range out[k] {
			out[k][i] = r.IntN(n)
		}
	}
	return out
}

// Validate estimates the optimism of a model by the bootstrap (Efron and Gong, American Statistician 37 (1983) 36-48; Harrell, Lee and Mark, Stat Med 15
// (1996) 361-387; as rms::validate with method "boot"): a model is made from each resample and measured on it and on the data.
//
// y is 0 or 1; x is the design of all candidate terms; draws are lists of rows, such as [Resamples] gives. It returns the model's own error if none can be
// made from the data, and stats.NotEstimable if none can be made from more than a tenth of the resamples: their absence would flatter the model.
func Validate(y []float64, x stats.Design, model Model, draws [][]int) (*Validated, error) {
	const method = "validation"
	if len(draws) == 0 {
		return nil, &stats.Error{Method: method, Problem: stats.Invalid, Variable: "resamples", Detail: "there are none"}
	}
	v := &Validated{}
	var err error
	if v.Apparent, _, err = measured(model, y, x, y, x); err != nil {
		return nil, err
	}
	type result struct {
		training, test Performance
		err            error
	}
	results := make([]result, len(draws))
	fit.InParallel(len(draws), func(k int) {
		r := &results[k]
		r.training, r.test, r.err = onResample(model, y, x, draws[k])
	})
	for k, r := range results {
		var e *stats.Error
		switch {
		case r.err == nil:
			v.Training.add(r.training, 1)
			v.Test.add(r.test, 1)
			v.Resamples++
		case errors.As(r.err, &e) && e.Problem != stats.Invalid && e.Problem != stats.Unsupported:
			v.Failed++
		default:
			return nil, fmt.Errorf("resample %d: %w", k, r.err)
		}
	}
	if v.Failed*10 > len(draws) {
		return nil, &stats.Error{Method: method, Problem: stats.NotEstimable, Variable: "resamples", Detail: fmt.Sprintf("no model could be made from %d of %d", v.Failed, len(draws)),
			Advice: "Take fewer terms, or a penalized model"}
	}
	v.finish()
	return v, nil
}

func (v *Validated) finish() {
	n := 1 / float64(v.Resamples)
	var training, test Performance
	training.add(v.Training, n)
	test.add(v.Test, n)
	v.Training, v.Test = training, test
	v.Optimism = training
	v.Optimism.add(test, -1)
	v.Corrected = v.Apparent
	v.Corrected.add(v.Optimism, -1)
}

// onResample makes a model from the given rows and measures it there and on all.
func onResample(model Model, y []float64, x stats.Design, rows []int) (training, test Performance, err error) {
	outcome := make([]float64, len(rows))
	for i, r := range rows {
		if r < 0 || r >= len(y) {
			return training, test, &stats.Error{Method: "validation", Problem: stats.Invalid, Variable: "resamples", Detail: fmt.Sprintf("there is no row %d", r)}
		}
		outcome[i] = y[r]
	}
	return measured(model, outcome, x.Take(rows), y, x)
}

// measured makes a model from one set of rows and measures it on it and on another.
func measured(model Model, y []float64, x stats.Design, otherY []float64, otherX stats.Design) (own, other Performance, err error) {
	predict, err := model(y, x)
	if err != nil {
		return own, other, err
	}
	if own, err = performance(predict, y, x); err == nil {
		other, err = performance(predict, otherY, otherX)
	}
	return own, other, err
}

func performance(predict func(stats.Design) ([]float64, error), y []float64, x stats.Design) (Performance, error) {
	risks, err := predict(x)
	if err != nil {
		return Performance{}, err
	}
	return Measure(y, risks)
}
