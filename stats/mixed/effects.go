package mixed

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/matrix"
)

// Effects are the random effects of a model: each group has an intercept of its own and, for each column of Slopes, a coefficient of its own, drawn together from a normal distribution
// with any covariance.
type Effects struct {
	Group  []int        // group of each row, from 0 without gaps
	Slopes stats.Design // without an intercept; no columns for a random intercept alone
}

// Names are those of the effects, the intercept first.
func (e Effects) Names() []string { return append([]string{stats.Intercept}, e.Slopes.Terms...) }

// check refuses effects that no model can have.
func (e Effects) check(method string, rows int) error {
	if err := checkGroups(method, e.Group, rows); err != nil {
		return err
	}
	if e.Slopes.Width() == 0 {
		return nil
	}
	if e.Slopes.Rows() != rows {
		return &stats.Error{Method: method, Problem: stats.Invalid, Variable: e.Slopes.Terms[0], Detail: "a random slope has another number of rows than the outcome"}
	}
	if err := e.Slopes.Check(method); err != nil {
		return err
	}
	for j, c := range e.Slopes.Columns {
		if slices.Max(c) == slices.Min(c) {
			return &stats.Error{Method: method, Problem: stats.OneLevel, Variable: e.Slopes.Terms[j], Detail: "a slope of what never changes cannot be told from the intercept", Advice: "Leave the slope out"}
		}
	}
	return nil
}

// scaled is a design whose columns, but the intercept, have mean 0 and standard deviation 1, so that numeric derivatives by its coefficients may all take the same step.
type scaled struct {
	x         stats.Design
	mean, sd  []float64
	intercept int // -1: there is none, and a model's thresholds move instead
}

func scale(x stats.Design) scaled {
	s := scaled{x: stats.Design{Terms: x.Terms, Columns: slices.Clone(x.Columns)}, mean: make([]float64, x.Width()), sd: make([]float64, x.Width()), intercept: slices.Index(x.Terms, stats.Intercept)}
	for j, c := range x.Columns {
		s.sd[j] = 1
		if j == s.intercept {
			continue
		}
		var sum, squares float64
		for _, v := range c {
			sum += v
		}
		s.mean[j] = sum / float64(len(c))
		for _, v := range c {
			squares += (v - s.mean[j]) * (v - s.mean[j])
		}
		if squares > 0 {
			s.sd[j] = math.Sqrt(squares / float64(len(c)))
		}
		moved := make([]float64, len(c))
		for i, v := range c {
			moved[i] = (v - s.mean[j]) / s.sd[j]
		}
		s.x.Columns[j] = moved
	}
	return s
}

// back is the matrix that takes coefficients of the scaled design to those of the design itself. After them may follow thresholds, which move with the means as an intercept does, the other way.
func (s scaled) back(thresholds int) [][]float64 {
	p := len(s.sd)
	rows := make([][]float64, p+thresholds)
	for i := range rows {
		rows[i] = make([]float64, p+thresholds)
		rows[i][i] = 1
		for j := range p {
			switch {
			case i == j:
				rows[i][j] = 1 / s.sd[j]
			case i == s.intercept:
				rows[i][j] = -s.mean[j] / s.sd[j]
			case i >= p:
				rows[i][j] = s.mean[j] / s.sd[j]
			}
		}
	}
	return rows
}

// times is the product of a matrix with a vector.
func times(rows [][]float64, v []float64) []float64 {
	out := make([]float64, len(rows))
	for i, row := range rows {
		out[i] = dot(row, v[:len(row)])
	}
	return out
}

// conjugate is T·V·Tᵀ, the covariance of T times what has the covariance V.
func conjugate(t [][]float64, v matrix.Symmetric) matrix.Symmetric {
	out := matrix.NewSymmetric(len(t))
	for i, row := range t {
		half := v.Times(row)
		for j := i; j < len(t); j++ {
			out.Set(i, j, dot(t[j], half))
		}
	}
	return out
}

// lower is the lower triangular q×q matrix, by rows, of a list of its elements.
func lower(elements []float64, q int) [][]float64 {
	rows := make([][]float64, q)
	for i := range rows {
		rows[i] = make([]float64, q)
		copy(rows[i][:i+1], elements[i*(i+1)/2:])
	}
	return rows
}

// triangle is how many elements a lower triangle of q rows has.
func triangle(q int) int { return q * (q + 1) / 2 }

// diagonal are the places of the diagonal of Λ in parameters where its lower triangle begins at from.
func diagonal(from, q int) (places []int) {
	for i := range q {
		places = append(places, from+triangle(i+1)-1)
	}
	return places
}

// spread is the covariance of effects b = back·Λ·u, where u has the covariance middle.
func spread(back, lambda [][]float64, middle matrix.Symmetric) matrix.Symmetric {
	return conjugate(back, conjugate(lambda, middle))
}

// identity is the matrix of ones on the diagonal.
func identity(n int) matrix.Symmetric {
	s := matrix.NewSymmetric(n)
	for i := range n {
		s.Set(i, i, 1)
	}
	return s
}

// triangleNames name the elements of Λ for messages.
func triangleNames(q int) []string {
	return slices.Repeat([]string{"covariance of the random effects"}, triangle(q))
}
