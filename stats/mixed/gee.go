package mixed

import (
	"fmt"
	"math"

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
	MaxIterations int       // default 500
}

// GEEModel is a marginal model.
type GEEModel struct {
	Terms      []string
	Coef       []float64
	Covariance matrix.Symmetric // sandwich, without a small-sample factor
	Naive      matrix.Symmetric // model-based: right if the working correlation is
	Scale      float64          // mean squared Pearson residual, over n
	Alpha      float64          // working correlation; 0 under independence
	// Admissible is false if Alpha is too negative for the largest cluster: its working correlation matrix is then no correlation matrix. The
	// coefficients still solve the estimating equations, and the sandwich still holds, but Naive does not.
	Admissible           bool
	Clusters, MaxCluster int
	N, Iterations        int
	Family               Family
	Correlation          Correlation
}

// SE is the robust standard error of each coefficient.
func (m *GEEModel) SE() []float64 { return (&fit.Fit{Coef: m.Coef, Covariance: m.Covariance}).SE() }

// NaiveSE is the model-based standard error of each coefficient.
func (m *GEEModel) NaiveSE() []float64 { return (&fit.Fit{Coef: m.Coef, Covariance: m.Naive}).SE() }

// GEE solves the generalized estimating equations of Liang and Zeger (Biometrika 73 (1986) 13-22) for outcomes of clusters, with the moment
// estimates of scale and correlation that geepack uses (Halekoh, Højsgaard and Yan, J Stat Softw 15:2 (2006)): the scale divides by n, and α is
// the plain mean of the products of Pearson residuals over all pairs within clusters, divided by the scale.
//
// y has one value for each of n rows, x is n×p; cluster[i] is the cluster of row i, numbered from 0 without gaps; the order of rows means nothing.
// It returns no model but a *stats.Error as [regress.Logistic] and [regress.Poisson] do, for fewer clusters than two ([stats.OneLevel]), for
// clusters of one row each under exchangeable correlation ([stats.NotEstimable]), and if the iteration does not settle ([stats.NotConverged]).
func GEE(y []float64, x stats.Design, cluster []int, o GEEOptions) (*GEEModel, error) {
	if o.Correlation != Independence && o.Correlation != Exchangeable {
		return nil, &stats.Error{Method: geeName, Problem: stats.Unsupported, Variable: "corstr", Detail: fmt.Sprintf("%q", o.Correlation), Advice: "Take exchangeable or independence"}
	}
	start, err := geeStart(y, x, o)
	if err != nil {
		return nil, err
	}
	if err := checkClusters(cluster, x.Rows(), o.Correlation); err != nil {
		return nil, err
	}
	centers := Centers(y, x, cluster, o.Offset)
	shards := split(centers, func(c *Center) int { return len(c.y) })
	sums := func(beta []float64, alpha float64) (Estimating, error) {
		parts := make([]Estimating, len(shards))
		inParallel(len(shards), func(k int) {
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
	m, err := SolveGEE(x.Terms, start, sums, o)
	return m, stats.In(geeName, err)
}

func checkClusters(cluster []int, rows int, correlation Correlation) error {
	err := checkGroups(geeName, cluster, rows)
	if e, ok := err.(*stats.Error); ok && e.Problem == stats.NotEstimable && correlation == Independence {
		return nil // clusters of one row: the sandwich of independent rows
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

// SolveGEE finds the coefficients from sums over clusters at (β, α), which [Center.Estimating] gives: of one table, or added up over hospitals.
func SolveGEE(terms []string, start []float64, sums func(beta []float64, alpha float64) (Estimating, error), o GEEOptions) (*GEEModel, error) {
	limit := o.MaxIterations
	if limit == 0 {
		limit = 500
	}
	beta, alpha := append([]float64(nil), start...), 0.0
	for i := 1; i <= limit; i++ {
		at, err := sums(beta, alpha)
		if err != nil {
			return nil, err
		}
		step, gain, err := fit.Step(terms, fit.Sums{Score: at.Score, Information: at.Information})
		if err != nil {
			return nil, atAlpha(err, alpha)
		}
		next, err := at.correlation(o.Correlation)
		if err != nil {
			return nil, err
		}
		if gain <= 1e-21*max(1, at.Squares) && math.Abs(next-alpha) <= 1e-12 {
			return at.model(terms, beta, alpha, i, o)
		}
		for a := range beta {
			beta[a] += step[a]
		}
		alpha = next
	}
	return nil, &stats.Error{Problem: stats.NotConverged, Detail: fmt.Sprintf("after %d iterations the correlation is %.4g", limit, alpha), Advice: "Use independence as working correlation"}
}

// atAlpha tells a working correlation that cannot be inverted from collinear terms.
func atAlpha(err error, alpha float64) error {
	if alpha == 0 {
		return err
	}
	return &stats.Error{Problem: stats.NotConverged, Detail: fmt.Sprintf("the working correlation became %.4g, which clusters of this size cannot have", alpha), Advice: "Use independence as working correlation"}
}
