package mixed

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/regress"
)

const geeName = "generalized estimating equations"

// Family is the distribution whose mean and variance the estimating equations use, with its canonical link.
type Family string

// The families.
const (
	Binomial Family = "binomial" // 0 or 1, log odds
	Poisson  Family = "poisson"  // counts, log rate
	Gaussian Family = "gaussian" // measurements, identity
)

// Correlation is the working correlation of two rows of one cluster.
type Correlation string

// The working correlations.
const (
	Independence Correlation = "independence" // 0
	Exchangeable Correlation = "exchangeable" // one α for every pair
)

// GEEOptions are what estimating equations may be given. Family and Correlation have no default.
type GEEOptions struct {
	Family        Family
	Correlation   Correlation
	Offset        []float64 // added to the linear predictor of each row; nil for none
	MaxIterations int       // default 1000
}

// GEEModel is a marginal model.
type GEEModel struct {
	Terms      []string
	Coef       []float64
	Covariance matrix.Symmetric // sandwich, without a small-sample factor: too small with fewer than some forty clusters
	Naive      matrix.Symmetric // model-based: right if the working correlation is
	Scale      float64          // mean squared Pearson residual, over n
	Alpha      float64          // working correlation; 0 under independence
	// Admissible is false if Alpha is too negative for the largest cluster: its working correlation matrix is then no correlation matrix. The
	// coefficients still solve the estimating equations, and the sandwich still holds, but Naive does not; a variance in it may even be below 0.
	Admissible           bool
	Clusters, MaxCluster int
	N, Iterations        int
	Family               Family
	Correlation          Correlation
}

// SE is the robust standard error of each coefficient.
func (m *GEEModel) SE() []float64 { return (&fit.Fit{Coef: m.Coef, Covariance: m.Covariance}).SE() }

// NaiveSE is the model-based standard error of each coefficient; NaN where an inadmissible correlation leaves no variance.
func (m *GEEModel) NaiveSE() []float64 { return (&fit.Fit{Coef: m.Coef, Covariance: m.Naive}).SE() }

// GEE solves the generalized estimating equations of Liang and Zeger (Biometrika 73 (1986) 13-22) for outcomes of clusters, with the moment
// estimates of scale and correlation that geepack uses (Halekoh, Højsgaard and Yan, J Stat Softw 15:2 (2006)): the scale divides by n, and α is
// the plain mean of the products of Pearson residuals over all pairs within clusters, divided by the scale.
//
// y has one value for each of n rows, x is n×p; cluster[i] is the cluster of row i, numbered from 0 without gaps; the order of rows means nothing.
// Clusters of one row each have a correlation of 0, whatever the working one is.
// It returns no model but a *stats.Error as [regress.Logistic] and [regress.Poisson] do, for fewer clusters than two ([stats.OneLevel]), and if the iteration
// does not settle ([stats.NotConverged]).
func GEE(y []float64, x stats.Design, cluster []int, o GEEOptions) (*GEEModel, error) {
	if o.Correlation != Independence && o.Correlation != Exchangeable {
		return nil, &stats.Error{Method: geeName, Problem: stats.Unsupported, Variable: "corstr", Detail: fmt.Sprintf("%q", o.Correlation), Advice: "Take exchangeable or independence"}
	}
	start, err := geeStart(y, x, o)
	if err != nil {
		return nil, err
	}
	if err := checkClusters(cluster, x.Rows()); err != nil {
		return nil, err
	}
	moved, around := originOf(x)
	centers := Centers(y, around, cluster, o.Offset)
	shards := split(centers, func(c *Center) int { return len(c.y) })
	sums := func(beta []float64, alpha float64) (Estimating, error) {
		parts := make([]Estimating, len(shards))
		fit.InParallel(len(shards), func(k int) {
			parts[k] = newEstimating(len(beta))
			for _, c := range shards[k] {
				parts[k].add(c, beta, alpha, o.Family)
			}
		})
		total := newEstimating(len(beta))
		for _, p := range parts {
			total.Add(p)
		}
		return total, nil
	}
	m, err := SolveGEE(x.Terms, moved.enter(start), sums, o)
	if err != nil {
		return nil, stats.In(geeName, err)
	}
	_, m.Naive = moved.back(m.Coef, m.Naive, 1)
	m.Coef, m.Covariance = moved.back(m.Coef, m.Covariance, 1)
	return m, nil
}

func checkClusters(cluster []int, rows int) error {
	err := checkGroups(geeName, cluster, rows)
	if e, ok := err.(*stats.Error); ok && e.Problem == stats.NotEstimable {
		return nil // clusters of one row: no correlation, and the sandwich of independent rows
	}
	return err
}

// geeStart is the fit that takes all rows for independent, which also finds what no model can be fitted to.
func geeStart(y []float64, x stats.Design, o GEEOptions) ([]float64, error) {
	var m *regress.Model
	var err error
	switch o.Family {
	case Binomial:
		m, err = regress.Logistic(y, x, regress.Options{Offset: o.Offset})
	case Poisson:
		m, err = regress.Poisson(y, x, regress.Options{Offset: o.Offset})
	case Gaussian:
		lists := [][]float64{y}
		if o.Offset != nil {
			lists = append(lists, o.Offset)
		}
		return make([]float64, x.Width()), x.Check(geeName, lists...)
	default:
		return nil, &stats.Error{Method: geeName, Problem: stats.Unsupported, Variable: "family", Detail: fmt.Sprintf("%q", o.Family), Advice: "Take binomial, poisson or gaussian"}
	}
	if err != nil {
		return nil, err
	}
	return m.Coef, nil
}

// SolveGEE finds the coefficients from sums over clusters at (β, α), which [Center.Estimating] gives: of one table, or added up over hospitals. Steps for β
// and α alternate, as Liang and Zeger propose; if that does not settle, the equations for β are solved for each α, and α goes by secants to where it
// is the moment estimate at its own β.
func SolveGEE(terms []string, start []float64, sums func(beta []float64, alpha float64) (Estimating, error), o GEEOptions) (*GEEModel, error) {
	if o.MaxIterations == 0 {
		o.MaxIterations = 1000
	}
	s := &equations{terms: terms, sums: sums, left: o.MaxIterations, beta: append([]float64(nil), start...)}
	alpha, err := s.settle(start, o)
	if err != nil {
		return nil, err
	}
	at, err := sums(s.beta, alpha)
	if err != nil {
		return nil, err
	}
	return at.model(terms, s.beta, alpha, o.MaxIterations-s.left, o)
}

// settle tries whole steps, then halves and quarters of them for equations whose whole steps go round in a circle, then secants.
func (s *equations) settle(start []float64, o GEEOptions) (alpha float64, err error) {
	for _, share := range []float64{1, 0.5, 0.25} {
		s.left, s.beta = o.MaxIterations, append([]float64(nil), start...)
		alpha, settled, err := s.alternate(o.Correlation, share)
		if err != nil || settled {
			return alpha, err
		}
	}
	s.left, s.beta = o.MaxIterations, append([]float64(nil), start...)
	return s.secants(o.Correlation)
}

// alternate takes a share of the step for β at the present α, and as much of the step to the α that the new β gives. It may pass through an α that no
// correlation can have, where the information is not positive definite.
func (s *equations) alternate(c Correlation, share float64) (alpha float64, settled bool, err error) {
	for s.left > 1 {
		at, err := s.sums(s.beta, alpha)
		if err != nil {
			return 0, false, err
		}
		step, ok := solveGeneral(at.Information, at.Score)
		gain := math.Abs(dot(step, at.Score)) / 2
		s.left -= 2
		if !ok || !finite(gain) {
			return 0, false, nil
		}
		for a := range s.beta {
			s.beta[a] += share * step[a]
		}
		if at, err = s.sums(s.beta, alpha); err != nil {
			return 0, false, err
		}
		next, err := at.correlation(c)
		if err != nil {
			return 0, false, err
		}
		if gain <= 1e-21*max(1, at.Squares) && math.Abs(next-alpha) <= 1e-13 {
			return next, true, nil
		}
		alpha += share * (next - alpha)
	}
	return 0, false, nil
}

// solveGeneral solves a symmetric system that need not be positive definite; not ok if it is singular to rounding.
func solveGeneral(s matrix.Symmetric, b []float64) (x []float64, ok bool) {
	if c, _, ok := matrix.Factor(s); ok {
		return c.Solve(b), true
	}
	full := mat.NewDense(s.N, s.N, nil)
	for i := range s.N {
		for j := range s.N {
			full.Set(i, j, s.At(i, j))
		}
	}
	out := mat.NewVecDense(s.N, nil)
	if err := out.SolveVec(full, mat.NewVecDense(s.N, b)); err != nil {
		return nil, false
	}
	return out.RawVector().Data, true
}

// secants finds α between the bounds of the largest cluster.
func (s *equations) secants(c Correlation) (float64, error) {
	var alpha, before, missBefore float64
	for {
		at, err := s.solve(alpha)
		if err != nil {
			return 0, err
		}
		estimate, err := at.correlation(c)
		if err != nil {
			return 0, err
		}
		miss := estimate - alpha
		next := estimate
		if slope := (miss - missBefore) / (alpha - before); alpha != before && slope < -0.2 { // a plain step has slope -1
			next = alpha - miss/slope
		}
		next = min(max(next, -(1-1e-6)/max(1, float64(at.Largest-1))), 1-1e-9)
		if math.Abs(miss) <= 1e-13 || math.Abs(next-alpha) <= 1e-15 {
			return alpha, atBound(miss, alpha)
		}
		before, missBefore, alpha = alpha, miss, next
	}
}

// atBound is the error of an α that would have to go on beyond its bound.
func atBound(miss, alpha float64) error {
	if math.Abs(miss) > 1e-9 {
		return atAlpha(stats.Collinear, alpha)
	}
	return nil
}

// equations are solved for β at one α after the other, each from the solution before.
type equations struct {
	terms []string
	sums  func(beta []float64, alpha float64) (Estimating, error)
	beta  []float64
	left  int // evaluations that are still allowed
}

// solve goes by Fisher's scoring, halving a step that does not bring the equations nearer to 0: their derivative is not minus the information
// outside of its expectation, so that a whole step may overshoot for ever.
func (s *equations) solve(alpha float64) (Estimating, error) {
	at, step, gain, err := s.at(s.beta, alpha)
	for err == nil && gain > 1e-22*max(1, at.Squares) {
		at, step, gain, err = s.nearer(alpha, step, gain)
	}
	return at, err
}

// at gives the sums, the step of scoring, and half of UᵀH⁻¹U, which is 0 at the solution.
func (s *equations) at(beta []float64, alpha float64) (Estimating, []float64, float64, error) {
	s.left--
	if s.left < 0 {
		return Estimating{}, nil, 0, &stats.Error{Problem: stats.NotConverged, Detail: fmt.Sprintf("the iterations end at a correlation of %.4g", alpha), Advice: "Use independence as working correlation"}
	}
	at, err := s.sums(beta, alpha)
	if err != nil {
		return at, nil, 0, err
	}
	step, gain, err := fit.Step(s.terms, fit.Sums{Score: at.Score, Information: at.Information})
	return at, step, gain, atAlpha(err, alpha)
}

func (s *equations) nearer(alpha float64, step []float64, gain float64) (Estimating, []float64, float64, error) {
	for share := 1.0; ; share /= 2 {
		beta := append([]float64(nil), s.beta...)
		for a := range beta {
			beta[a] += share * step[a]
		}
		at, next, then, err := s.at(beta, alpha)
		if err != nil || then < gain*(1-share/4) || share*share*gain < 1e-22 {
			s.beta = beta
			return at, next, then, err
		}
	}
}

// atAlpha tells a working correlation that cannot be inverted from collinear terms.
func atAlpha(err error, alpha float64) error {
	if alpha == 0 || !errors.Is(err, stats.Collinear) {
		return err
	}
	return &stats.Error{Problem: stats.NotConverged, Detail: fmt.Sprintf("the working correlation became %.4g, which clusters of this size cannot have", alpha), Advice: "Use independence as working correlation"}
}
