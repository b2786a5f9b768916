package regress

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"

	"consilium/stats/fit"
)

// RobustErrors are the standard errors of the coefficients by all four kinds, HC0 to HC3. A row moves the coefficients by bread·x·residual, and an error is the root of
// the sum of the squared moves: it costs half of what the covariances of [Model.Robust] cost, whose diagonals it is.
func (m *Model) RobustErrors() [4][]float64 { return m.sandwich().errors() }

// RobustErrors are those of least squares.
func (m *LinearModel) RobustErrors() [4][]float64 { return m.sandwich().errors() }

func (s sandwich) errors() (out [4][]float64) {
	rows := len(s.residual)
	shards := make([][3][]float64, (rows+shardRows-1)/shardRows)
	fit.InParallel(len(shards), func(k int) { shards[k] = s.squaredMoves(k*shardRows, min(rows, (k+1)*shardRows)) })
	for k, kind := range []HC{HC0, HC2, HC3} {
		sum := make([]float64, s.x.Width())
		for _, shard := range shards {
			floats.Add(sum, shard[k])
		}
		for j, v := range sum {
			sum[j] = math.Sqrt(v)
		}
		out[kind] = sum
	}
	n, k := s.rows(), float64(s.x.Width())
	out[HC1] = make([]float64, len(out[HC0]))
	floats.ScaleTo(out[HC1], math.Sqrt(n/(n-k)), out[HC0])
	return out
}

// squaredMoves are the sums of the squared moves of each coefficient by the rows from … to-1, of HC0, HC2 and HC3.
func (s sandwich) squaredMoves(from, to int) (sums [3][]float64) {
	terms := s.x.Width()
	x, moves, bread := newBlock(terms), newBlock(terms), s.bread.Rows()
	for k := range sums {
		sums[k] = make([]float64, terms)
	}
	var buffers [4][blockRows]float64
	for ; from < to; from += blockRows {
		end := min(from+blockRows, to)
		x.take(s.x.Columns, from, end)
		moves.rows = x.rows
		for j := range terms {
			blas64.Gemv(blas.Trans, 1, x.from(0), vector(bread[j]), 0, vector(moves.term(j)))
		}
		squared := [3][]float64{buffers[0][:x.rows], buffers[1][:x.rows], buffers[2][:x.rows]}
		s.squaredResiduals(squared, x, moves, from, buffers[3][:x.rows])
		for j, m := range s.centers.shift { // of the given columns, not of the centered ones
			if m != 0 {
				floats.AddScaled(moves.term(s.centers.intercept), -m, moves.term(j))
			}
		}
		for j := range terms {
			move := moves.term(j)
			floats.Mul(move, move)
			for k := range sums {
				sums[k][j] += floats.Dot(squared[k], move)
			}
		}
	}
	return sums
}

// squaredResiduals writes what the squared residual of each row of a block counts in HC0, HC2 and HC3; leverage is room for that of each row.
func (s sandwich) squaredResiduals(out [3][]float64, x, moves *block, from int, leverage []float64) {
	clear(leverage)
	for j := range x.terms {
		for i, v := range x.term(j) {
			leverage[i] += v * moves.term(j)[i]
		}
	}
	for i, h := range leverage {
		if s.weight != nil {
			h *= s.weight[from+i]
		}
		e, left := s.residual[from+i]*s.residual[from+i], 1-h
		if left < 1e-11 { // the row alone determines a coefficient: it has no residual to judge by
			left = math.NaN()
		}
		out[0][i], out[1][i], out[2][i] = e, e/left, e/(left*left)
	}
}
