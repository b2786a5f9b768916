package regress

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// HC is a kind of heteroskedasticity-consistent covariance (MacKinnon and White, Journal of Econometrics 29 (1985) 305–325).
type HC int

// With residual e, leverage h, n rows and k terms, the squared residual of a row counts as e², e²·n/(n-k), e²/(1-h), e²/(1-h)². A row of weight w is one row
// whose residual counts w times, not w rows; one of weight 0 is none.
const (
	HC0 HC = iota
	HC1
	HC2
	HC3
)

// CR is a kind of cluster-robust covariance (Liang and Zeger, Biometrika 73 (1986) 13–22), by its factor for few clusters.
type CR int

// With G clusters, n rows and k terms the factors are 1, G/(G-1), and G/(G-1)·(n-1)/(n-k). None of them makes up for few clusters: below some forty the errors
// are too small, and with no more clusters than terms they mean nothing (Cameron and Miller, Journal of Human Resources 50 (2015) 317–372); see [FewClusters].
const (
	CR0 CR = iota
	CRG
	CR1
)

// sandwich is what a fit gives to its robust covariances: bread·meat·bread, with meat from the scores x·residual of the rows.
type sandwich struct {
	method   string
	x        stats.Design
	residual []float64 // with prior weight
	weight   []float64 // of the rows in the bread: bread = (Xᵀ·diag(weight)·X)⁻¹
	prior    []float64 // weights that were given; nil for none
	bread    matrix.Symmetric
	centers  centers // of x, if the bread is that of centered columns
}

// Robust is the heteroskedasticity-consistent covariance of the coefficients, k×k. HC2 and HC3 are NaN if a row alone determines a coefficient.
func (m *Model) Robust(kind HC) matrix.Symmetric { return m.sandwich().robust(kind) }

// Clustered is the cluster-robust covariance; cluster[i] is any number of the cluster of row i. It returns a *stats.Error for fewer than two clusters.
func (m *Model) Clustered(cluster []int, kind CR) (matrix.Symmetric, error) {
	return m.sandwich().clustered(cluster, kind)
}

// Clustered is the cluster-robust covariance; cluster[i] is any number of the cluster of row i. It returns a *stats.Error for fewer than two clusters.
func (m *LinearModel) Clustered(cluster []int, kind CR) (matrix.Symmetric, error) {
	return m.sandwich().clustered(cluster, kind)
}

func (m *Model) sandwich() sandwich {
	s := m.rows().sandwich(m.Fitted, m.Covariance)
	s.method = m.method
	s.center()
	return s
}

func (r *rows) sandwich(means []float64, bread matrix.Symmetric) sandwich {
	s := sandwich{x: r.x, residual: make([]float64, len(means)), weight: make([]float64, len(means)), prior: r.prior, bread: bread}
	for i, mean := range means {
		residual, weight := r.expected(r.y[i], mean)
		s.residual[i], s.weight[i] = r.weight(i)*residual, r.weight(i)*weight
	}
	return s
}

func (m *LinearModel) sandwich() sandwich {
	s := sandwich{method: "linear regression", x: m.X, residual: m.Residual, weight: m.Weights, prior: m.Weights, bread: m.Unscaled}
	if m.Weights != nil {
		s.residual = product(m.Residual, m.Weights)
	}
	s.center()
	return s
}

// center keeps the digits of columns far from zero.
func (s *sandwich) center() {
	c, inner := (&rows{x: s.x}).center()
	s.centers, s.x, s.bread = c, inner.x, c.enterCovariance(s.bread)
}

func product(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i, v := range a {
		out[i] = v * b[i]
	}
	return out
}

func (s sandwich) robust(kind HC) matrix.Symmetric {
	return s.centers.leaveCovariance(matrix.Sandwich(s.bread, s.meat(kind)))
}

// meat is the sum of x·xᵀ times what the squared residual counts.
func (s sandwich) meat(kind HC) matrix.Symmetric {
	if kind == HC2 || kind == HC3 {
		return s.meatWith(kind, s.leverage())
	}
	return s.meatWith(kind, nil)
}

func (s sandwich) meatWith(kind HC, leverage []float64) matrix.Symmetric {
	out := product(s.residual, s.residual)
	n, k := s.rows(), float64(s.x.Width())
	switch kind {
	case HC1:
		for i := range out {
			out[i] *= n / (n - k)
		}
	case HC2, HC3:
		for i, h := range leverage {
			if out[i] /= math.Pow(1-h, float64(kind-HC1)); 1-h < 1e-11 {
				out[i] = math.NaN() // the row alone determines a coefficient: it has no residual to judge by
			}
		}
	}
	return (&rows{x: s.x}).cross(func(i int) float64 { return out[i] })
}

// leverage is w·xᵀ·bread·x of each row, by blocks of rows.
func (s sandwich) leverage() []float64 {
	out := make([]float64, s.x.Rows())
	var buffer [blockRows]float64
	for from := 0; from < len(out); from += blockRows {
		to := min(from+blockRows, len(out))
		h, product := out[from:to], buffer[:to-from]
		for j, c := range s.x.Columns {
			row := s.bread.Row(j) // xᵀ·B·x = Σ xⱼ·(Bⱼⱼ·xⱼ + 2·Σ Bⱼₖ·xₖ), k > j
			floats.ScaleTo(product, row[0], c[from:to])
			for k, b := range row[1:] {
				floats.AddScaled(product, 2*b, s.x.Columns[j+1+k][from:to])
			}
			for i, v := range c[from:to] {
				h[i] += v * product[i]
			}
		}
		if s.weight != nil {
			floats.Mul(h, s.weight[from:to])
		}
	}
	return out
}

func (s sandwich) clustered(cluster []int, kind CR) (matrix.Symmetric, error) {
	if len(cluster) != len(s.residual) {
		return matrix.Symmetric{}, &stats.Error{Method: s.method, Problem: stats.Invalid, Variable: "cluster", Detail: fmt.Sprintf("%d values for %d rows", len(cluster), len(s.residual))}
	}
	labels, codes := stats.Groups(cluster)
	groups := s.clusters(codes, len(labels))
	if groups < 2 {
		return matrix.Symmetric{}, &stats.Error{Method: s.method, Problem: stats.OneLevel, Variable: "cluster", Detail: "errors between clusters cannot be judged from one", Advice: "Use errors that are robust by row"}
	}
	scores := make([][]float64, s.x.Width()) // by term, the sum of each cluster
	for j, c := range s.x.Columns {
		scores[j] = make([]float64, len(labels))
		for i, g := range codes {
			scores[j][g] += c[i] * s.residual[i]
		}
	}
	meat := (&rows{x: stats.Design{Terms: s.x.Terms, Columns: scores}}).cross(func(int) float64 { return 1 })
	meat.Scale(s.factor(kind, groups))
	return s.centers.leaveCovariance(matrix.Sandwich(s.bread, meat)), nil
}

// rows is how many rows have weight: the others are as if absent.
func (s sandwich) rows() float64 {
	n := len(s.residual)
	for _, w := range s.prior {
		if w == 0 {
			n--
		}
	}
	return float64(n)
}

// clusters is how many clusters have a row with weight.
func (s sandwich) clusters(codes []int, labels int) (n float64) {
	seen := make([]bool, labels)
	for i, g := range codes {
		if !seen[g] && (s.prior == nil || s.prior[i] > 0) {
			seen[g] = true
			n++
		}
	}
	return n
}

func (s sandwich) factor(kind CR, groups float64) float64 {
	n, k := s.rows(), float64(s.x.Width())
	switch kind {
	case CRG:
		return groups / (groups - 1)
	case CR1:
		return groups / (groups - 1) * (n - 1) / (n - k)
	}
	return 1
}

// SE is the square root of the diagonal of a covariance.
func SE(covariance matrix.Symmetric) []float64 {
	f := fit.Fit{Coef: make([]float64, covariance.N), Covariance: covariance}
	return f.SE()
}
