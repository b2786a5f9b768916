package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"consilium/stats/tail"
)

// stream is Park and Miller's minimal standard generator (1988, CACM 31:1192–1201): s ← 16807·s mod 2³¹-1, u = s / (2³¹-1). Any program can repeat it.
type stream struct{ s uint64 }

const modulus = 1<<31 - 1

func (r *stream) uniform() float64 {
	r.s = 16807 * r.s % modulus
	return float64(r.s) / modulus
}

func (r *stream) uniforms(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = r.uniform()
	}
	return out
}

func (r *stream) normals(n int) []float64 {
	out := r.uniforms(n)
	for i, u := range out {
		out[i] = tail.NormalQuantile(u)
	}
	return out
}

// frame is a data set in the making, column by column.
type frame struct {
	rows    int
	names   []string
	columns [][]float64
}

func (f *frame) add(name string, column []float64) {
	f.names, f.columns = append(f.names, name), append(f.columns, column)
}

// covariates adds p columns uniform on the grid -1, -0.9999, …, 1, and returns their combination with beta.
func (f *frame) covariates(r *stream, beta ...float64) []float64 {
	eta := make([]float64, f.rows)
	for j, b := range beta {
		x := r.uniforms(f.rows)
		for i, u := range x {
			x[i] = (math.Floor(u*20001) - 10000) / 10000
			eta[i] += b * x[i]
		}
		f.add("x"+strconv.Itoa(j+1), x)
	}
	return eta
}

// outcome adds a column of ones and zeros with log odds eta.
func (f *frame) outcome(r *stream, name string, eta []float64) {
	y := r.uniforms(f.rows)
	for i, u := range y {
		y[i] = indicator(u < logistic(eta[i]))
	}
	f.add(name, y)
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func round4(x float64) float64 { return math.RoundToEven(x*1e4) / 1e4 }

// alternating is scale·(-1)^j·j/p for j = 1 … p.
func alternating(p int, scale float64) []float64 {
	beta := make([]float64, p)
	for j := range beta {
		beta[j] = scale * float64(j+1) / float64(p)
		if j%2 == 0 {
			beta[j] = -beta[j]
		}
	}
	return beta
}

func plus(eta []float64, constant float64) []float64 {
	for i := range eta {
		eta[i] += constant
	}
	return eta
}

// dataSets are the data of each case, with the seed of its stream. The number of rows may be scaled, to see how time grows with it.
var dataSets = map[string]func(rows int) *frame{
	"centers": centersSet,
	"groups":  groupsSet(100),
	"many":    groupsSet(2500),
	"wide": func(n int) *frame {
		r, f := &stream{808}, &frame{rows: n}
		f.outcome(r, "y", plus(f.covariates(r, alternating(102, 0.3)...), -1))
		return f
	},
	"logistic": func(n int) *frame {
		r, f := &stream{101}, &frame{rows: n}
		eta := plus(f.covariates(r, alternating(20, 0.5)...), -1)
		f.outcome(r, "y", eta)
		return f
	},
	"cox": func(n int) *frame { // exponential with mean 1000 days, in whole days; followed up for at most five years
		r, f := &stream{102}, &frame{rows: n}
		eta := f.covariates(r, alternating(10, 0.4)...)
		time, status := r.uniforms(n), make([]float64, n)
		for i, u := range time {
			time[i] = -math.Log(u) * 1000 * math.Exp(-eta[i])
		}
		for i, u := range r.uniforms(n) {
			end := 1 + math.Floor(u*1825)
			status[i] = indicator(time[i] <= end)
			time[i] = max(1, math.Ceil(min(time[i], end)))
		}
		f.add("time", time)
		f.add("status", status)
		return f
	},
	"km": func(n int) *frame { // in hundredths of days
		r, f := &stream{103}, &frame{rows: n}
		group, time, status := r.uniforms(n), r.uniforms(n), make([]float64, n)
		for i, u := range group {
			group[i] = indicator(u < 0.5)
			time[i] = -math.Log(time[i]) * 1000 * math.Exp(-0.3*group[i])
		}
		for i, u := range r.uniforms(n) {
			end := 1 + u*1825
			status[i] = indicator(time[i] <= end)
			time[i] = math.Ceil(100*min(time[i], end)) / 100
		}
		f.add("group", group)
		f.add("time", time)
		f.add("status", status)
		return f
	},
	"glmer": func(n int) *frame { // 100 centers
		r, f := &stream{104}, &frame{rows: n}
		effect := r.normals(100)
		eta, center := plus(f.covariates(r, .5, -.5, .25, -.25, .8), -1.5), make([]float64, n)
		for i := range eta {
			c := i * 100 / n
			center[i] = float64(c + 1)
			eta[i] += 0.6 * effect[c]
		}
		f.add("centre", center)
		f.outcome(r, "y", eta)
		return f
	},
	"mice": incomplete,
	"boot": func(n int) *frame {
		r, f := &stream{106}, &frame{rows: n}
		eta := plus(f.covariates(r, alternating(10, 0.6)...), -.5)
		f.outcome(r, "y", eta)
		return f
	},
	"match": func(n int) *frame { // about one in five treated
		r, f := &stream{107}, &frame{rows: n}
		eta := plus(f.covariates(r, .8, -.8, .6, -.6, .4, -.4, .2, -.2), -1.7)
		f.outcome(r, "treat", eta)
		id := make([]float64, n)
		for i := range id {
			id[i] = float64(i + 1)
		}
		f.add("id", id)
		return f
	},
	"crr": func(n int) *frame { // two causes
		r, f := &stream{108}, &frame{rows: n}
		first, second := f.covariates(r, .5, -.5, .3, -.3, 0), make([]float64, n)
		for j, b := range []float64{-.2, .2, 0, .4, .4} {
			for i, x := range f.columns[j] {
				second[i] += b * x
			}
		}
		t1, t2, time, status := r.uniforms(n), r.uniforms(n), make([]float64, n), make([]float64, n)
		for i, u := range r.uniforms(n) {
			a, b, end := -math.Log(t1[i])*1000*math.Exp(-first[i]), -math.Log(t2[i])*1500*math.Exp(-second[i]), 1+u*1825
			time[i] = max(1, math.Ceil(min(a, b, end)))
			switch {
			case end <= min(a, b):
			case a <= b:
				status[i] = 1
			default:
				status[i] = 2
			}
		}
		f.add("time", time)
		f.add("status", status)
		return f
	},
}

// incomplete has two complete columns, two of numbers and two of ones and zeros with a fifth missing, half of them depending on the first column.
func incomplete(n int) *frame {
	r, f := &stream{105}, &frame{rows: n}
	a, b := r.normals(n), r.uniforms(n)
	for i := range a {
		a[i], b[i] = round4(a[i]), indicator(b[i] < .4)
	}
	c := r.normals(n)
	for i := range c {
		c[i] = round4(.5*a[i] + .3*b[i] + c[i])
	}
	d := r.normals(n)
	for i := range d {
		d[i] = round4(.3*c[i] - .4*a[i] + d[i])
	}
	e, g := r.uniforms(n), r.uniforms(n)
	for i := range e {
		e[i] = indicator(e[i] < logistic(-.5+.6*c[i]))
		g[i] = indicator(g[i] < logistic(.3*d[i]+.5*e[i]-.5))
	}
	for _, hole := range []struct {
		column []float64
		share  func(i int) float64
	}{{c, always(.2)}, {d, func(i int) float64 { return logistic(-1.5 + .5*a[i]) }}, {e, always(.2)}, {g, func(i int) float64 { return logistic(-1.5 + .5*a[i]) }}} {
		for i, u := range r.uniforms(n) {
			if u < hole.share(i) {
				hole.column[i] = math.NaN()
			}
		}
	}
	for i, name := range []string{"a", "b", "c", "d", "e", "f"} {
		f.add(name, [][]float64{a, b, c, d, e, g}[i])
	}
	return f
}

func always(share float64) func(int) float64 { return func(int) float64 { return share } }

// write stores the data set as the CSV that both programs read.
func (f *frame) write(dir, name string) error {
	file, err := os.Create(filepath.Join(dir, name+".csv"))
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriterSize(file, 1<<20)
	for j, name := range f.names {
		fmt.Fprint(w, []string{"", ","}[min(j, 1)], name)
	}
	var line []byte
	for i := range f.rows {
		line = append(line[:0], '\n')
		for j, column := range f.columns {
			if j > 0 {
				line = append(line, ',')
			}
			if !math.IsNaN(column[i]) {
				line = strconv.AppendFloat(line, column[i], 'f', -1, 64)
			}
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	if err := w.WriteByte('\n'); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}
