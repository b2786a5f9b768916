package regress

import (
	"math"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
)

// centers is what was subtracted from each column of a design, 0 from most. Cross products of a column of mean m and standard deviation s lose
// (m/s)² of their precision: a year of 2020±3 loses little, a time stamp in seconds nearly all of it.
type centers struct {
	intercept int
	shift     []float64
}

const farFromZero = 20 // standard deviations

// center is the rows with such columns centered; without an intercept it changes nothing.
func (r *rows) center() (centers, *rows) {
	c := centers{r.intercept(), make([]float64, r.x.Width())}
	if c.intercept < 0 {
		return c, r
	}
	inner := *r
	inner.x = stats.Design{Terms: r.x.Terms, Columns: append([][]float64(nil), r.x.Columns...)}
	for j, column := range r.x.Columns {
		if m, s := moments(column, max(1, len(column)/1000)); j != c.intercept && s > 0 && math.Abs(m) > farFromZero*s {
			c.shift[j] = m
			inner.x.Columns[j] = less(column, m)
		}
	}
	return c, &inner
}

func less(column []float64, m float64) []float64 {
	out := make([]float64, len(column))
	for i, v := range column {
		out[i] = v - m
	}
	return out
}

// moments are mean and standard deviation of every k-th value.
func moments(column []float64, k int) (mean, sd float64) {
	var n float64
	for i := 0; i < len(column); i += k {
		n++
		d := column[i] - mean
		mean += d / n
		sd += d * (column[i] - mean)
	}
	return mean, math.Sqrt(sd / n)
}

// enter is coefficients of the given columns as those of the centered ones.
func (c centers) enter(beta []float64) []float64 {
	out := append([]float64(nil), beta...)
	for j, m := range c.shift {
		if m != 0 {
			out[c.intercept] += m * beta[j]
		}
	}
	return out
}

// enterCovariance is a covariance of coefficients of the given columns as that of the centered ones.
func (c centers) enterCovariance(s matrix.Symmetric) matrix.Symmetric { return c.moved(s, 1) }

func (c centers) leaveCovariance(s matrix.Symmetric) matrix.Symmetric { return c.moved(s, -1) }

func (c centers) moved(s matrix.Symmetric, sign float64) matrix.Symmetric {
	for j, m := range c.shift {
		if m != 0 {
			s = congruent(s, c.intercept, j, sign*m)
		}
	}
	return s
}

// leave turns a fit of the centered columns into one of the given columns: only what concerns the intercept changes.
func (c centers) leave(f *fit.Fit) {
	f.Covariance = c.leaveCovariance(f.Covariance)
	for j, m := range c.shift {
		if m != 0 {
			f.Coef[c.intercept] -= m * f.Coef[j]
			c.leaveSums(&f.Sums, j)
			c.leaveSums(&f.Start, j)
		}
	}
}

func (c centers) leaveSums(s *fit.Sums, j int) {
	s.Score[j] += c.shift[j] * s.Score[c.intercept]
	s.Information = congruent(s.Information, j, c.intercept, c.shift[j])
}

// congruent is A·S·Aᵀ, where A adds m times row j to row i.
func congruent(s matrix.Symmetric, i, j int, m float64) matrix.Symmetric {
	out := s.Clone()
	for k := range s.N {
		if k != i {
			out.Set(i, k, s.At(i, k)+m*s.At(j, k))
		}
	}
	out.Set(i, i, s.At(i, i)+2*m*s.At(i, j)+m*m*s.At(j, j))
	return out
}
