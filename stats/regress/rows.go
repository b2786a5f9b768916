package regress

import (
	"gonum.org/v1/gonum/floats"

	"consilium/stats"
	"consilium/stats/fit"
)

const (
	blockRows = 256            // rows whose part of the design stays in the fastest cache
	shardRows = 64 * blockRows // rows that one processor sums at a time
)

// rows is data that log-likelihoods are summed over.
type rows struct {
	family
	x             stats.Design
	y             []float64
	offset, prior []float64 // nil for none
}

// sums is what all rows say at beta: fixed shards, added in their order, whichever processor came first.
func (r *rows) sums(beta []float64) (fit.Sums, error) {
	n := r.x.Rows()
	if n <= shardRows {
		return r.shard(beta, 0, n), nil
	}
	parts := make([]fit.Sums, (n+shardRows-1)/shardRows)
	fit.InParallel(len(parts), func(k int) {
		parts[k] = r.shard(beta, k*shardRows, min(n, (k+1)*shardRows))
	})
	total := parts[0]
	for _, p := range parts[1:] {
		total.Add(p)
	}
	return total, nil
}

// shard sums the rows from … to-1, block by block.
func (r *rows) shard(beta []float64, from, to int) fit.Sums {
	s := fit.NewSums(r.x.Width())
	s.Rows = float64(to - from)
	var buffer [4][blockRows]float64
	x := newBlock(r.x.Width())
	for ; from < to; from += blockRows {
		end := min(from+blockRows, to)
		n := end - from
		eta, residual, weight, scaled := buffer[0][:n], buffer[1][:n], buffer[2][:n], buffer[3][:n]
		x.take(r.x.Columns, from, end)
		r.offsets(eta, from)
		x.addPredictors(eta, beta)
		s.LogLik += r.block(eta, r.y[from:end], part(r.prior, from, end), residual, weight)
		x.addCross(&s, residual, weight, scaled)
	}
	return s
}

// offsets writes the offsets of len(eta) rows from the given one on.
func (r *rows) offsets(eta []float64, from int) {
	clear(eta)
	if r.offset != nil {
		copy(eta, r.offset[from:])
	}
}

// predict writes the linear predictors of len(eta) rows from the given one on.
func (r *rows) predict(eta, beta []float64, from int) {
	r.offsets(eta, from)
	for j, c := range r.x.Columns {
		floats.AddScaled(eta, beta[j], c[from:from+len(eta)])
	}
}

func part(list []float64, from, to int) []float64 {
	if list == nil {
		return nil
	}
	return list[from:to]
}

// means are the means of all rows.
func (r *rows) means(beta []float64) []float64 {
	n := r.x.Rows()
	out := make([]float64, n)
	fit.InParallel((n+shardRows-1)/shardRows, func(k int) {
		for from := k * shardRows; from < min(n, (k+1)*shardRows); from += blockRows {
			block := out[from:min(n, from+blockRows)]
			r.predict(block, beta, from)
			for i, eta := range block {
				block[i] = r.mean(eta)
			}
		}
	})
	return out
}

func (r *rows) weight(i int) float64 {
	if r.prior == nil {
		return 1
	}
	return r.prior[i]
}

func (r *rows) shift(i int) float64 {
	if r.offset == nil {
		return 0
	}
	return r.offset[i]
}

// binary says whether all outcomes are 0 or 1 of a logistic model.
func (r *rows) binary() bool {
	if r.family != (binomial{}) {
		return false
	}
	for _, v := range r.y {
		if v != 0 && v != 1 {
			return false
		}
	}
	return true
}
