package regress

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"

	"consilium/stats/fit"
)

// block is a copy of some rows of a design, those of each term in one piece. Sums over rows take four terms at a time from it, so that a weighted value is read once
// for four of them: with many terms this is twice as fast as a sum for each pair of columns.
type block struct {
	terms int
	data  []float64 // blockRows for each term
	rows  int
}

func newBlock(terms int) *block { return &block{terms: terms, data: make([]float64, terms*blockRows)} }

// take copies the rows from … to-1.
func (b *block) take(columns [][]float64, from, to int) {
	b.rows = to - from
	for j, c := range columns {
		copy(b.term(j), c[from:to])
	}
}

// term is the rows of one term.
func (b *block) term(j int) []float64 { return b.data[j*blockRows : j*blockRows+b.rows] }

// from is the terms from the j-th on as a matrix, a row a term.
func (b *block) from(j int) blas64.General {
	return blas64.General{Rows: b.terms - j, Cols: b.rows, Stride: blockRows, Data: b.data[j*blockRows:]}
}

func vector(v []float64) blas64.Vector { return blas64.Vector{N: len(v), Inc: 1, Data: v} }

// addPredictors adds X·beta to eta.
func (b *block) addPredictors(eta, beta []float64) {
	blas64.Gemv(blas.Trans, 1, b.from(0), vector(beta), 1, vector(eta))
}

// addCross adds Xᵀ·residual to the score and Xᵀ·diag(weight)·X to the information; scaled is room for as many values as there are rows.
func (b *block) addCross(s *fit.Sums, residual, weight, scaled []float64) {
	blas64.Gemv(blas.NoTrans, 1, b.from(0), vector(residual), 1, vector(s.Score))
	for j := range b.terms {
		floats.MulTo(scaled, weight, b.term(j))
		blas64.Gemv(blas.NoTrans, 1, b.from(j), vector(scaled), 1, vector(s.Information.Row(j)))
	}
}
