package method

import (
	"math"
	"math/big"
	"strings"

	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// gaps counts the patients of the cohort who lack a value, for each variable. A variable that is not in a hospital's table is one of which it may not tell: a few lack it there, or a
// few have it. It then adds nothing to that variable's count, nor to of how many rows that is.
type gaps struct {
	ended
	a    *protocol.Analysis
	done bool
}

// Size is the number of rows, and of each variable how many were looked at and how many lack it.
func (g *gaps) Size() int {
	if g.done {
		return 0
	}
	return 1 + 2*len(g.a.Of)
}

func (g *gaps) Local(t *rows.Table) ([]float64, error) {
	out := []float64{float64(t.Rows)}
	for _, name := range g.a.Of {
		of, lack := Gap(t, name)
		out = append(out, float64(of), float64(lack))
	}
	return out, nil
}

// Gap is how many rows of a table were looked at for a variable, and how many lack it; none where the table does not tell.
func Gap(t *rows.Table, name string) (of, lack int) {
	v := t.Variables[name]
	if v == nil {
		return 0, 0
	}
	for _, x := range v.X {
		if math.IsNaN(x) {
			lack++
		}
	}
	return t.Rows, lack
}

func (g *gaps) Take(sum []*big.Float) {
	g.done = true
	g.result.N = count(sum[0])
	for i, name := range g.a.Of {
		of, lack := sum[1+2*i], sum[2+2*i]
		if of.Sign() > 0 {
			g.result.Estimates = append(g.result.Estimates, Estimate{name + ":of", exact.Float(of), none}, Estimate{name + ":missing", exact.Float(lack), none})
		}
	}
}

func (g *gaps) Clone() Analysis {
	c := *g
	return &c
}

func (g *gaps) State(to *strings.Builder) { to.WriteString(g.a.ID + "\n") }
