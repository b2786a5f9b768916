package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"consilium/stats"
	"consilium/stats/analysis"
	"consilium/stats/causal"
	"consilium/stats/fit"
	"consilium/stats/missing"
	"consilium/stats/mixed"
	"consilium/stats/regress"
	"consilium/stats/survival"
)

//go:embed peer.R
var peerScript []byte

const resamples = 2000

// prepare writes a data set, unless it is there. It does so in another process, because on some systems the memory of this one counts as that of the
// processes it starts.
func prepare(ctx context.Context, dir, name string, rows int) error {
	if _, err := os.Stat(filepath.Join(dir, name+".csv")); err == nil {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, self, "-child", name, "-dir", dir, "-write", strconv.Itoa(rows))
	c.Stderr = os.Stderr
	return c.Run()
}

// writeSet writes a data set, and with that of the bootstrap its draws.
func writeSet(dir, name string, rows int) error {
	if err := dataSets[name](rows).write(dir, name); err != nil || name != "boot" {
		return err
	}
	var text []byte
	draw := draws(rows)
	for k := range resamples {
		for _, row := range draw(k) {
			text = append(strconv.AppendInt(text, int64(row), 10), '\n')
		}
	}
	return os.WriteFile(filepath.Join(dir, "boot-draws.txt"), text, 0o600)
}

// draws gives the rows of each resample, made anew each time from where its stream stands.
func draws(rows int) func(k int) []int {
	r, begins := &stream{1060}, make([]stream, resamples)
	for k := range begins {
		begins[k] = *r
		for range rows {
			r.uniform()
		}
	}
	return func(k int) []int {
		at, out := begins[k], make([]int, rows)
		for i := range out {
			out[i] = int(math.Floor(float64(rows) * at.uniform()))
		}
		return out
	}
}

// fitOnce reads a case's data, fits it, and reports like peer.R.
func fitOnce(name, dir string, out io.Writer) error {
	set := name
	for _, s := range subjects {
		if s.name == name {
			set = s.set()
		}
	}
	file, err := os.Open(filepath.Join(dir, set+".csv"))
	if err != nil {
		return err
	}
	defer file.Close()
	t, err := analysis.ReadTable(file, analysis.ReadOptions{})
	if err != nil {
		return err
	}
	for _, column := range dataSets[set](100).names {
		if _, err := t.Numbers(column); err != nil {
			return fmt.Errorf("%s.csv is not what this program wrote: %w", set, err)
		}
	}
	do := fits[name](t)
	cpu, began := processorTime(), time.Now()
	result, err := do()
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(run{Elapsed: time.Since(began).Seconds(), CPU: (processorTime() - cpu).Seconds(), Result: result})
}

// fits prepare a case and give the part that is timed.
var fits = map[string]func(t *stats.Table) func() (map[string]any, error){
	"logistic": func(t *stats.Table) func() (map[string]any, error) {
		y, x := model(t, "y", covariates(20)...)
		return func() (map[string]any, error) {
			m, err := regress.Logistic(y, x, regress.Options{})
			if err != nil {
				return nil, err
			}
			return map[string]any{"coef": m.Coef, "se": m.SE()}, nil
		}
	},
	"cox": func(t *stats.Table) func() (map[string]any, error) {
		_, x := model(t, "status", covariates(10)...)
		x = stats.Design{Terms: x.Terms[1:], Columns: x.Columns[1:]}
		return func() (map[string]any, error) {
			times, err := survival.NewTimes(nil, column(t, "time"), column(t, "status"))
			if err != nil {
				return nil, err
			}
			sets, err := survival.NewRiskSets(times, x, survival.CoxOptions{})
			if err != nil {
				return nil, err
			}
			m, err := survival.Cox(sets, fit.Options{})
			if err != nil {
				return nil, err
			}
			return map[string]any{"coef": m.Coef, "se": m.SE(), "loglik": []float64{m.Start.LogLik, m.Sums.LogLik}}, nil
		}
	},
	"km":        curves,
	"glmer":     centers,
	"mice":      imputed,
	"boot":      bootstrapped,
	"match":     func(t *stats.Table) func() (map[string]any, error) { return matched(t, 0.2) },
	"matchfast": func(t *stats.Table) func() (map[string]any, error) { return matched(t, math.Inf(1)) },
	"crr":       subdistribution,
}

// column is a column of a data set; that it is there was seen when the file was read.
func column(t *stats.Table, name string) []float64 {
	c, _ := t.Numbers(name)
	return c
}

func model(t *stats.Table, outcome string, names ...string) ([]float64, stats.Design) {
	columns := make([][]float64, len(names))
	for j, name := range names {
		columns[j] = column(t, name)
	}
	return column(t, outcome), stats.NewDesign(names, columns, t.Rows())
}

func covariates(p int) []string {
	names := make([]string, p)
	for j := range names {
		names[j] = fmt.Sprint("x", j+1)
	}
	return names
}

func groups(t *stats.Table, name string) (labels []string, of []int) {
	values, of := stats.Groups(column(t, name))
	for _, v := range values {
		labels = append(labels, fmt.Sprint(v))
	}
	return labels, of
}

func curves(t *stats.Table) func() (map[string]any, error) {
	time, status := column(t, "time"), column(t, "status")
	return func() (map[string]any, error) {
		labels, of := groups(t, "group")
		times, err := survival.NewTimes(nil, time, status)
		if err != nil {
			return nil, err
		}
		counts, err := survival.CountEach(times, survival.Groups{Labels: labels, Of: of}, nil, false)
		if err != nil {
			return nil, err
		}
		estimates, err := survival.KaplanMeierEach(counts, survival.LogLog, 0.95)
		if err != nil {
			return nil, err
		}
		test, err := survival.LogRankEach(0, counts)
		if err != nil {
			return nil, err
		}
		var surv, se, lower, upper []float64
		for _, c := range estimates {
			c.Band()
			for _, at := range []float64{365, 1000} {
				p := c.At(at)
				surv, se, lower, upper = append(surv, p.Survival), append(se, p.SE), append(lower, p.Lower), append(upper, p.Upper)
			}
		}
		return map[string]any{"surv": surv, "se": se, "lower": lower, "upper": upper, "chisq": test.ChiSquare}, nil
	}
}

func centers(t *stats.Table) func() (map[string]any, error) {
	y, x := model(t, "y", covariates(5)...)
	return func() (map[string]any, error) {
		_, of := groups(t, "centre")
		m, err := mixed.Logistic(y, x, of, mixed.Options{Points: 1})
		if err != nil {
			return nil, err
		}
		return map[string]any{"coef": m.Coef, "sd": m.SD, "loglik": m.LogLik}, nil
	}
}

func imputed(t *stats.Table) func() (map[string]any, error) {
	return func() (map[string]any, error) {
		im, err := missing.Impute(t, missing.Plan{Methods: map[string]missing.Method{"c": missing.PMM, "d": missing.PMM, "e": missing.Logistic, "f": missing.Logistic},
			Imputations: 5, Iterations: 5, Seed: 1})
		if err != nil {
			return nil, err
		}
		pooled, err := im.Pool(func(t *stats.Table) (missing.Estimate, error) {
			y, x := model(t, "f", "a", "b", "c", "d", "e")
			m, err := regress.Logistic(y, x, regress.Options{})
			if err != nil {
				return missing.Estimate{}, err
			}
			return missing.NewEstimate(m.Terms, m.Coef, m.SE(), m.DFResidual), nil
		}, 0.95)
		if err != nil {
			return nil, err
		}
		return map[string]any{"estimate": pooled.Estimate, "se": pooled.SE}, nil
	}
}

func bootstrapped(t *stats.Table) func() (map[string]any, error) {
	y, x := model(t, "y", covariates(10)...)
	draw := draws(t.Rows())
	return func() (map[string]any, error) {
		m, err := regress.Logistic(y, x, regress.Options{})
		if err != nil {
			return nil, err
		}
		coefs, err := m.Bootstrap(resamples, draw)
		if err != nil {
			return nil, err
		}
		mean, se := make([]float64, x.Width()), make([]float64, x.Width())
		for j := range mean {
			for _, c := range coefs {
				mean[j] += c[j] / float64(len(coefs))
			}
			for _, c := range coefs {
				se[j] += (c[j] - mean[j]) * (c[j] - mean[j])
			}
			se[j] = math.Sqrt(se[j] / float64(len(coefs)-1))
		}
		return map[string]any{"mean": mean, "se": se}, nil
	}
}

// matched pairs within a caliper of so many standard deviations of the propensity.
func matched(t *stats.Table, caliper float64) func() (map[string]any, error) {
	treat, x := model(t, "treat", covariates(8)...)
	return func() (map[string]any, error) {
		arms, err := causal.NewArms("treat", treat)
		if err != nil {
			return nil, err
		}
		score, err := causal.Propensity(arms, x)
		if err != nil {
			return nil, err
		}
		m, err := causal.Match(arms, score.Probability, caliper*causal.SD(score.Probability), causal.Largest)
		if err != nil {
			return nil, err
		}
		return map[string]any{"pairs": float64(len(m.Pairs))}, nil
	}
}

func subdistribution(t *stats.Table) func() (map[string]any, error) {
	_, x := model(t, "status", covariates(5)...)
	x = stats.Design{Terms: x.Terms[1:], Columns: x.Columns[1:]}
	return func() (map[string]any, error) {
		times, err := survival.NewTimes(nil, column(t, "time"), column(t, "status"))
		if err != nil {
			return nil, err
		}
		m, err := survival.FineGray(times, x, 1, survival.FineGrayOptions{})
		if err != nil {
			return nil, err
		}
		return map[string]any{"coef": m.Coef, "se": m.SE()}, nil
	}
}
