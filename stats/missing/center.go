package missing

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"consilium/stats"
	"consilium/stats/matrix"
	"consilium/stats/tail"
)

// Rounds of the sampler when a variable is drawn for the first time, and each time after that, when it goes on from where it was.
const (
	firstRounds = 200
	laterRounds = 20
)

// effects are the present draws of a variable's model with a random intercept for each center: y = xβ + u_center + e.
type effects struct {
	beta   []float64
	sigma2 float64 // of e; 1 for the latent variable behind two levels
	tau    float64 // standard deviation of u
	center []float64
}

// centers says to which center each row belongs.
type centers struct {
	of    []int // of each row of the table
	count int
}

// level2 is the design of a variable's model, and its sums over the observed rows of each center.
type level2 struct {
	x      stats.Design // observed rows
	of     []int        // their centers
	n      []float64
	meanX  [][]float64 // by center
	within matrix.Symmetric
	prior  []float64 // precision of each coefficient's prior, 0 for a flat one

	meanY    []float64
	withinXY []float64
	withinYY float64
}

// twoLevels draws variable j, a number, from a linear model with a random intercept for each center (2l.pan): coefficients, both variances and the centers' intercepts come from their posterior by Gibbs's
// sampler, under flat priors of the coefficients, of the standard deviation between centers, and of the logarithm of that within. A center without an observed row gets an intercept like that of any center.
// Source: Schafer and Yucel, Journal of Computational and Graphical Statistics 11 (2002) 437–457; prior: Gelman, Bayesian Analysis 1 (2006) 515–534.
func (c *chain) twoLevels(j int, y []float64, x stats.Design) ([]float64, error) {
	m, err := c.level2(j, x)
	if err != nil {
		return nil, err
	}
	e, rounds := c.effects[j], laterRounds
	if e == nil {
		_, sd := meanSDOf(y)
		e, rounds = &effects{sigma2: sd * sd, tau: sd / 2}, firstRounds
		c.effects[j] = e
	}
	m.outcome(y)
	for range rounds {
		if err := c.round(m, e); err != nil {
			return nil, err
		}
		e.sigma2 = m.squares(e) / distuv.ChiSquared{K: float64(len(y)), Src: c.random}.Rand()
	}
	return c.predict(j, e, x, math.Sqrt(e.sigma2)), nil
}

// twoLevelsOfTwo draws variable j, of two levels, from a probit model with a random intercept for each center (2l.bin): behind each observed level lies a normal variable, above 0 for the second, that is drawn along
// with the rest. A weak prior, five per standard deviation of a predictor, keeps coefficients finite where one tells the levels apart without fault.
// Source: Albert and Chib, JASA 88 (1993) 669–679; Goldstein, Carpenter, Kenward and Levin, Statistical Modelling 9 (2009) 173–197.
func (c *chain) twoLevelsOfTwo(j int, y []float64, x stats.Design) ([]float64, error) {
	m, err := c.level2(j, x)
	if err != nil {
		return nil, err
	}
	for a := 1; a < m.x.Width(); a++ {
		_, sd := meanSDOf(m.x.Columns[a])
		m.prior[a] = sd * sd / 25
	}
	e, rounds := c.effects[j], laterRounds
	if e == nil {
		share, _ := meanSDOf(y)
		e, rounds = &effects{sigma2: 1, tau: 0.5, beta: make([]float64, m.x.Width()), center: make([]float64, c.centers.count)}, firstRounds
		e.beta[0] = tail.NormalQuantile(share)
		c.effects[j] = e
	}
	latent := make([]float64, len(y))
	for range rounds {
		eta := m.x.Times(e.beta)
		for i := range latent {
			latent[i] = c.beyond(y[i] == 1, eta[i]+e.center[m.of[i]])
		}
		m.outcome(latent)
		if err := c.round(m, e); err != nil {
			return nil, err
		}
	}
	drawn := c.predict(j, e, x, 1)
	for k, z := range drawn {
		drawn[k] = 0
		if z > 0 {
			drawn[k] = 1
		}
	}
	return drawn, nil
}

// beyond draws a normal variable of variance 1 that is known to lie above 0, or below.
func (c *chain) beyond(above bool, mean float64) float64 {
	if !above {
		return -c.beyond(true, -mean)
	}
	p := tail.NormalUpper(-mean)
	if p < 1e-300 {
		return 1e-6 // so far out that it lies at the border
	}
	return max(mean-tail.NormalQuantile(p*(1-c.random.Float64())), 1e-12)
}

// level2 takes the sums of the predictors over the rows in which variable j is observed. Coefficients count from the means of all rows, so that no digits cancel.
func (c *chain) level2(j int, x stats.Design) (*level2, error) {
	rows := c.plan[j].observed
	m := &level2{x: x.Take(rows), of: make([]int, len(rows)), n: make([]float64, c.centers.count), meanX: make([][]float64, c.centers.count), within: matrix.NewSymmetric(x.Width()), prior: make([]float64, x.Width())}
	for g := range m.meanX {
		m.meanX[g] = make([]float64, x.Width())
	}
	for k, i := range rows {
		g := c.centers.of[i]
		m.of[k] = g
		m.n[g]++
		for a, column := range m.x.Columns {
			m.meanX[g][a] += column[k]
		}
	}
	seen := 0
	for g, n := range m.n {
		if n == 0 {
			continue
		}
		seen++
		for a := range m.meanX[g] {
			m.meanX[g][a] /= n
		}
	}
	if seen < 3 {
		return nil, &stats.Error{Method: imputation, Problem: stats.TooFewRows, Variable: c.plan[j].name, Detail: fmt.Sprintf("it is observed in %d centers", seen), Advice: "Three or more tell how much centers differ; impute it without them (pmm, norm, logreg)"}
	}
	row := make([]float64, x.Width())
	for k, g := range m.of {
		for a, column := range m.x.Columns {
			row[a] = column[k] - m.meanX[g][a]
		}
		m.within.AddOuter(row, 1)
	}
	return m, nil
}

// outcome takes the sums of the outcome, or of what lies behind it.
func (m *level2) outcome(y []float64) {
	m.meanY, m.withinXY, m.withinYY = make([]float64, len(m.n)), make([]float64, m.x.Width()), 0
	for k, g := range m.of {
		m.meanY[g] += y[k] / m.n[g]
	}
	for k, g := range m.of {
		d := y[k] - m.meanY[g]
		m.withinYY += d * d
		for a, column := range m.x.Columns {
			m.withinXY[a] += d * (column[k] - m.meanX[g][a])
		}
	}
}

// round draws the coefficients and the standard deviation between centers, both with the intercepts integrated out so that they move freely, and then the intercepts.
func (c *chain) round(m *level2, e *effects) error {
	information := m.within.Clone()
	right := slices.Clone(m.withinXY)
	for g, n := range m.n {
		if n == 0 {
			continue
		}
		weight := n * e.sigma2 / (e.sigma2 + n*e.tau*e.tau)
		information.AddOuter(m.meanX[g], weight)
		for a, v := range m.meanX[g] {
			right[a] += weight * v * m.meanY[g]
		}
	}
	for a, precision := range m.prior {
		information.Row(a)[0] += precision * e.sigma2
	}
	factor, dependent, ok := matrix.Factor(information)
	if !ok {
		return &stats.Error{Method: imputation, Problem: stats.Collinear, Variable: m.x.Terms[dependent], Detail: "the predictors before it determine it, as far as these centers tell", Advice: "Leave it out, or set center_means to false where it is the mean of a center"}
	}
	e.beta = c.normalVector(factor.Solve(right), factor.Inverse(), math.Sqrt(e.sigma2))
	left := make([]float64, len(m.n))
	for g := range left {
		left[g] = m.meanY[g]
		for a, b := range e.beta {
			left[g] -= b * m.meanX[g][a]
		}
	}
	e.tau = c.between(m.n, left, e)
	e.center = make([]float64, len(m.n))
	for g, n := range m.n {
		variance := e.tau * e.tau * e.sigma2 / (e.sigma2 + n*e.tau*e.tau)
		mean := 0.0
		if n > 0 {
			mean = variance * n / e.sigma2 * left[g]
		}
		e.center[g] = mean + math.Sqrt(variance)*c.random.NormFloat64()
	}
	return nil
}

// between draws the standard deviation between centers by slice sampling (Neal, Annals of Statistics 31 (2003) 705–767): left are the centers' means less what the predictors explain.
func (c *chain) between(n, left []float64, e *effects) float64 {
	density := func(tau float64) float64 {
		if tau < 0 {
			return math.Inf(-1)
		}
		var sum float64
		for g, size := range n {
			if size > 0 {
				v := e.sigma2/size + tau*tau
				sum -= math.Log(v)/2 + left[g]*left[g]/(2*v)
			}
		}
		return sum
	}
	height := density(e.tau) + math.Log(1-c.random.Float64())
	width := math.Sqrt(e.sigma2) / 2
	low := e.tau - width*c.random.Float64()
	high := low + width
	for low > 0 && density(low) > height {
		low -= width
	}
	low = max(low, 0)
	for steps := 0; steps < 100 && density(high) > height; steps++ {
		high += width
		width *= 1.5
	}
	for {
		at := low + (high-low)*c.random.Float64()
		if density(at) > height || high-low < 1e-12*(1+e.tau) {
			return at
		}
		if at < e.tau {
			low = at
		} else {
			high = at
		}
	}
}

// squares is the sum of squares of what neither predictors nor centers explain.
func (m *level2) squares(e *effects) float64 {
	sum := m.withinYY
	explained := m.within.Times(e.beta)
	for a, b := range e.beta {
		sum += b * (explained[a] - 2*m.withinXY[a])
	}
	for g, n := range m.n {
		d := m.meanY[g] - e.center[g]
		for a, b := range e.beta {
			d -= b * m.meanX[g][a]
		}
		sum += n * d * d
	}
	return sum
}

// predict draws the missing rows of variable j.
func (c *chain) predict(j int, e *effects, x stats.Design, sd float64) []float64 {
	rows := c.plan[j].missing
	drawn := x.Take(rows).Times(e.beta)
	for k, i := range rows {
		drawn[k] += e.center[c.centers.of[i]] + sd*c.random.NormFloat64()
	}
	return drawn
}

// withMeans adds to each predictor that varies within centers its mean in each center, since what goes with a center's patients on average may be other than what goes with one of them; all count from their means.
// Source: Grund, Lüdtke and Robitzsch, Organizational Research Methods 21 (2018) 111–149.
func (c centers) withMeans(x stats.Design, add bool) stats.Design {
	out := stats.Design{Terms: slices.Clone(x.Terms), Columns: slices.Clone(x.Columns)}
	for a := 1; a < x.Width(); a++ {
		mean, sum, size := 0.0, make([]float64, c.count), make([]float64, c.count)
		for i, v := range x.Columns[a] {
			mean += v / float64(len(c.of))
			sum[c.of[i]] += v
			size[c.of[i]]++
		}
		own, of := make([]float64, len(c.of)), make([]float64, len(c.of))
		varies := false
		for i, v := range x.Columns[a] {
			g := c.of[i]
			own[i], of[i] = v-mean, sum[g]/size[g]-mean
			varies = varies || math.Abs(v-sum[g]/size[g]) > 1e-9*(math.Abs(v)+math.Abs(sum[g]/size[g]))
		}
		out.Columns[a] = own
		if add && varies {
			out.Terms, out.Columns = append(out.Terms, "center mean of "+x.Terms[a]), append(out.Columns, of)
		}
	}
	return out
}

// centersOf reads the variable of centers; "" is none.
func centersOf(t *stats.Table, name string) (centers, error) {
	if name == "" {
		return centers{}, nil
	}
	c, err := t.Column(name)
	if err != nil {
		return centers{}, err
	}
	for i := range c.Len() {
		if c.Missing(i) {
			return centers{}, &stats.Error{Method: imputation, Problem: stats.Missing, Variable: name, Detail: fmt.Sprintf("row %d has no center", i+1), Advice: "Leave such rows out: a center is not imputed"}
		}
	}
	out := centers{}
	if c.Texts != nil {
		labels, of := stats.Groups(c.Texts)
		out.of, out.count = of, len(labels)
	} else {
		labels, of := stats.Groups(c.Numbers)
		out.of, out.count = of, len(labels)
	}
	return out, nil
}
