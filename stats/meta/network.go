package meta

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"consilium/stats"
	"consilium/stats/tail"
)

// NetworkArm is one arm of a study: its estimate (log odds, log risk, mean) with its variance.
type NetworkArm struct {
	Study, Treatment   string
	Estimate, Variance float64
}

// Network is a meta-analysis of several treatments that studies compare two or more of at a time.
type Network struct {
	Treatments     []string // the reference first, the others in the order of their names
	Studies        int
	Common, Random NetworkFit
	Tau2, SETau2   float64
	Q, QP          float64 // of all contrasts under the common effects
	QDF            int
	Within         Inconsistency // studies of the same treatments differ
	Between        Inconsistency // studies of different treatments contradict each other
}

// Inconsistency is a part of Q.
type Inconsistency struct {
	Q, P float64
	DF   int
}

// NetworkFit is every treatment against every other: row less column.
type NetworkFit struct {
	Difference, SE [][]float64
	PScore         []float64 // mean certainty that a treatment is better than another, from 0 to 1
}

const (
	networkMethod = "network meta-analysis"
	mostContrasts = 2000
)

// PoolNetwork combines arms of randomized studies by generalized least squares, which gives contrasts of one study their correlation by the arm that they share. Random effects have one variance τ²
// for all contrasts and a correlation of 1/2 within a study (Lu and Ades, JASA 101 (2006) 447-459), estimated by restricted maximum likelihood with Fisher's scoring. Q is divided into what varies
// within and between designs (Higgins et al., Res Synth Methods 3 (2012) 98-110). P-scores: Rücker and Schwarzer, BMC Med Res Methodol 15 (2015) 58; with lower a smaller estimate is better.
//
// Studies with one arm, a treatment twice in a study, and networks in parts are errors.
func PoolNetwork(arms []NetworkArm, reference string, lower bool) (*Network, error) {
	c, err := newContrasts(arms, reference)
	if err != nil {
		return nil, err
	}
	n := &Network{Treatments: c.treatments, Studies: len(c.designs)}
	common, err := c.fit(0)
	if err != nil {
		return nil, err
	}
	n.Q, n.QDF = common.rss, len(c.y)-len(c.treatments)+1
	n.QP = upperChi(n.Q, n.QDF)
	if n.Within, err = c.within(); err != nil {
		return nil, err
	}
	n.Between = Inconsistency{Q: max(0, n.Q-n.Within.Q), DF: n.QDF - n.Within.DF}
	n.Between.P = upperChi(n.Between.Q, n.Between.DF)
	n.Common = common.league(len(c.treatments), lower)
	random := common
	if n.QDF > 0 {
		if random, n.Tau2, n.SETau2, err = c.reml(); err != nil {
			return nil, err
		}
	}
	n.Random = random.league(len(c.treatments), lower)
	return n, nil
}

func upperChi(q float64, df int) float64 {
	if df < 1 {
		return math.NaN()
	}
	return tail.ChiSquareUpper(q, float64(df))
}

// contrasts are the effects of each study against its first arm.
type contrasts struct {
	treatments []string
	designs    [][]int // of each study: its treatments
	rows       [][2]int
	y          []float64
	x          *mat.Dense // against the reference
	v, k       *mat.SymDense
}

func newContrasts(arms []NetworkArm, reference string) (*contrasts, error) {
	studies, treatments := map[string][]NetworkArm{}, []string{}
	var order []string
	for i, a := range arms {
		if err := checkStudy(networkMethod, i, a.Estimate, a.Variance); err != nil {
			return nil, err
		}
		if studies[a.Study] == nil {
			order = append(order, a.Study)
		}
		if slices.ContainsFunc(studies[a.Study], func(b NetworkArm) bool { return b.Treatment == a.Treatment }) {
			return nil, wrongNetwork(a.Study, fmt.Sprintf("it has %s twice", a.Treatment), "Add its arms together")
		}
		studies[a.Study] = append(studies[a.Study], a)
		treatments = append(treatments, a.Treatment)
	}
	slices.Sort(treatments)
	treatments = slices.Compact(treatments)
	if reference == "" && len(treatments) > 0 {
		reference = treatments[0]
	}
	at := slices.Index(treatments, reference)
	if at < 0 {
		return nil, wrongNetwork(reference, "no study has this treatment", "Name another reference")
	}
	c := &contrasts{treatments: slices.Insert(slices.Delete(treatments, at, at+1), 0, reference)}
	return c, c.fill(studies, order)
}

func wrongNetwork(variable, detail, advice string) error {
	return &stats.Error{Method: networkMethod, Problem: stats.Invalid, Variable: variable, Detail: detail, Advice: advice}
}

// fill writes effects, design and covariances.
func (c *contrasts) fill(studies map[string][]NetworkArm, order []string) error {
	var covariance [][3]float64 // row, column, variance
	joined := make([]int, len(c.treatments))
	for i := range joined {
		joined[i] = i
	}
	for _, name := range order {
		arms := studies[name]
		if len(arms) < 2 {
			return wrongNetwork(name, "it has one arm", "Leave it out: it compares nothing")
		}
		first := len(c.y)
		base := slices.Index(c.treatments, arms[0].Treatment)
		design := []int{base}
		for _, a := range arms[1:] {
			treatment := slices.Index(c.treatments, a.Treatment)
			design = append(design, treatment)
			joinParts(joined, base, treatment)
			c.rows, c.y = append(c.rows, [2]int{treatment, base}), append(c.y, a.Estimate-arms[0].Estimate)
			row := len(c.y) - 1
			for other := first; other < row; other++ {
				covariance = append(covariance, [3]float64{float64(other), float64(row), arms[0].Variance})
			}
			covariance = append(covariance, [3]float64{float64(row), float64(row), a.Variance + arms[0].Variance})
		}
		slices.Sort(design)
		c.designs = append(c.designs, design)
	}
	if len(c.y) > mostContrasts {
		return &stats.Error{Method: networkMethod, Problem: stats.TooLarge, Detail: fmt.Sprintf("%d contrasts; up to %d are combined", len(c.y), mostContrasts)}
	}
	for t, part := range joined {
		if part != joined[0] {
			return &stats.Error{Method: networkMethod, Problem: stats.NotEstimable, Variable: c.treatments[t], Detail: "no chain of studies joins it with " + c.treatments[0], Advice: "Analyze the parts of the network by themselves"}
		}
	}
	n := len(c.y)
	c.x, c.v, c.k = mat.NewDense(n, len(c.treatments)-1, nil), mat.NewSymDense(n, nil), mat.NewSymDense(n, nil)
	for _, e := range covariance {
		i, j := int(e[0]), int(e[1])
		c.v.SetSym(i, j, e[2])
		c.k.SetSym(i, j, map[bool]float64{true: 1, false: 0.5}[i == j])
	}
	for i, r := range c.rows {
		if r[0] > 0 {
			c.x.Set(i, r[0]-1, 1)
		}
		if r[1] > 0 {
			c.x.Set(i, r[1]-1, c.x.At(i, r[1]-1)-1)
		}
	}
	return nil
}

// joinParts gives all of two parts of the network one number.
func joinParts(part []int, a, b int) {
	from, to := part[a], part[b]
	for i, p := range part {
		if p == from {
			part[i] = to
		}
	}
}

// gls is a fit at one τ².
type gls struct {
	beta       []float64
	covariance *mat.SymDense
	rss        float64
	p          *mat.Dense // Σ⁻¹ - Σ⁻¹X(XᵀΣ⁻¹X)⁻¹XᵀΣ⁻¹
	logLik     float64    // restricted, without constants
}

func (c *contrasts) fit(tau2 float64) (*gls, error) {
	n := len(c.y)
	sigma := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			sigma.SetSym(i, j, c.v.At(i, j)+tau2*c.k.At(i, j))
		}
	}
	var chol, small mat.Cholesky
	if !chol.Factorize(sigma) {
		return nil, &stats.Error{Method: networkMethod, Problem: stats.Invalid, Detail: "variances of a study are no covariance"}
	}
	var weighted, information mat.Dense
	if err := chol.SolveTo(&weighted, c.x); err != nil {
		return nil, &stats.Error{Method: networkMethod, Problem: stats.NotEstimable, Detail: err.Error()}
	}
	information.Mul(c.x.T(), &weighted)
	q := len(c.treatments) - 1
	symmetric := mat.NewSymDense(q, nil)
	for i := range q {
		for j := i; j < q; j++ {
			symmetric.SetSym(i, j, information.At(i, j))
		}
	}
	if !small.Factorize(symmetric) {
		return nil, &stats.Error{Method: networkMethod, Problem: stats.Collinear, Detail: "the studies do not determine every effect"}
	}
	g := &gls{covariance: mat.NewSymDense(q, nil), p: mat.NewDense(n, n, nil)}
	if err := small.InverseTo(g.covariance); err != nil {
		return nil, &stats.Error{Method: networkMethod, Problem: stats.NotEstimable, Detail: err.Error()}
	}
	var inverse mat.SymDense
	if err := chol.InverseTo(&inverse); err != nil {
		return nil, &stats.Error{Method: networkMethod, Problem: stats.NotEstimable, Detail: err.Error()}
	}
	var hat, taken mat.Dense
	hat.Mul(&weighted, g.covariance)
	taken.Mul(&hat, weighted.T())
	g.p.Sub(&inverse, &taken)
	y := mat.NewVecDense(n, c.y)
	var beta, py mat.VecDense
	beta.MulVec(hat.T(), y)
	py.MulVec(g.p, y)
	g.beta, g.rss = beta.RawVector().Data, mat.Dot(y, &py)
	g.logLik = -(chol.LogDet() + small.LogDet() + g.rss) / 2
	return g, nil
}

// reml is the fit at the τ² of the largest restricted likelihood, by Fisher's scoring with halved steps.
func (c *contrasts) reml() (*gls, float64, float64, error) {
	tau2 := 0.0
	g, err := c.fit(tau2)
	if err != nil {
		return nil, 0, 0, err
	}
	for range 200 {
		var pk, pkpk mat.Dense
		pk.Mul(g.p, c.k)
		pkpk.Mul(&pk, &pk)
		y := mat.NewVecDense(len(c.y), c.y)
		var py, kpy mat.VecDense
		py.MulVec(g.p, y)
		kpy.MulVec(c.k, &py)
		score, information := (mat.Dot(&py, &kpy)-mat.Trace(&pk))/2, mat.Trace(&pkpk)/2
		step, se := score/information, 1/math.Sqrt(information)
		if math.Abs(step) <= 1e-12*(tau2+se) || tau2 == 0 && step <= 0 {
			return g, tau2, se, nil
		}
		share := 1.0
		for ; share > 1e-12; share /= 2 {
			next := max(0, tau2+share*step)
			then, err := c.fit(next)
			if err != nil {
				return nil, 0, 0, err
			}
			if then.logLik >= g.logLik-1e-12*(1+math.Abs(g.logLik)) {
				tau2, g = next, then
				break
			}
		}
		if share <= 1e-12 {
			return g, tau2, se, nil
		}
	}
	return nil, 0, 0, &stats.Error{Method: networkMethod, Problem: stats.NotConverged, Detail: "τ² after 200 iterations"}
}

// within is how far studies of the same treatments differ from each other: Q of each design by itself.
func (c *contrasts) within() (Inconsistency, error) {
	var out Inconsistency
	done := map[string]bool{}
	for s, design := range c.designs {
		key := fmt.Sprint(design)
		if done[key] {
			continue
		}
		done[key] = true
		var rows []int
		at, studies := 0, 0
		for t, other := range c.designs {
			if t >= s && fmt.Sprint(other) == key {
				studies++
				for k := range len(other) - 1 {
					rows = append(rows, at+k)
				}
			}
			at += len(other) - 1
		}
		if studies < 2 {
			continue
		}
		part, err := c.take(rows, design).fit(0)
		if err != nil {
			return out, err
		}
		out.Q += part.rss
		out.DF += (studies - 1) * (len(design) - 1)
	}
	out.P = upperChi(out.Q, out.DF)
	return out, nil
}

// take are the contrasts of the studies of one design, against its first treatment.
func (c *contrasts) take(rows, design []int) *contrasts {
	out := &contrasts{treatments: make([]string, len(design)), x: mat.NewDense(len(rows), len(design)-1, nil), v: mat.NewSymDense(len(rows), nil), k: mat.NewSymDense(len(rows), nil)}
	for i, r := range rows {
		out.y = append(out.y, c.y[r])
		for side, sign := range []float64{1, -1} {
			if t := slices.Index(design, c.rows[r][side]); t > 0 {
				out.x.Set(i, t-1, out.x.At(i, t-1)+sign)
			}
		}
		for j := i; j < len(rows); j++ {
			out.v.SetSym(i, j, c.v.At(r, rows[j]))
		}
	}
	return out
}

// league are the differences of all treatments.
func (g *gls) league(treatments int, lower bool) NetworkFit {
	effect := append([]float64{0}, g.beta...)
	covariance := func(i, j int) float64 {
		if i == 0 || j == 0 {
			return 0
		}
		return g.covariance.At(i-1, j-1)
	}
	f := NetworkFit{PScore: make([]float64, treatments)}
	for i := range treatments {
		d, se := make([]float64, treatments), make([]float64, treatments)
		for j := range treatments {
			if i == j {
				continue
			}
			d[j], se[j] = effect[i]-effect[j], math.Sqrt(covariance(i, i)+covariance(j, j)-2*covariance(i, j))
			z := d[j] / se[j]
			if lower {
				z = -z
			}
			f.PScore[i] += tail.NormalLower(z) / float64(treatments-1)
		}
		f.Difference, f.SE = append(f.Difference, d), append(f.SE, se)
	}
	return f
}
