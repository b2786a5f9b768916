package analysis

import (
	"math"
	"slices"
	"strings"

	"consilium/stats"
	"consilium/stats/meta"
)

// rows are which rows of a table were used: an effect is written for each row, not a number where one of its columns is missing.
type rows struct {
	kept []int
	all  int
}

// spread puts the values of the rows that were used in their places.
func (r rows) spread(values []float64) []float64 {
	out := make([]float64, r.all)
	for i := range out {
		out[i] = math.NaN()
	}
	for i, at := range r.kept {
		out[at] = values[i]
	}
	return out
}

// columnsOf are the numbers under the given keys, without the rows in which one is missing.
func columnsOf(in Input, keys ...string) ([][]float64, rows, error) {
	out := make([][]float64, len(keys))
	for i, key := range keys {
		list := in.Spec.Numbers(key)
		if list == nil {
			if in.Table == nil {
				return nil, rows{}, &stats.Error{Problem: stats.Invalid, Variable: key, Detail: "it is not given"}
			}
			name := key
			if text := in.Spec.Text(key); text != "" {
				name = text
			}
			var err error
			if list, err = in.Table.Numbers(name); err != nil {
				return nil, rows{}, err
			}
		}
		out[i] = list
	}
	return completeRows(out)
}

func completeRows(columns [][]float64) ([][]float64, rows, error) {
	out, used := make([][]float64, len(columns)), rows{all: len(columns[0])}
	for j, c := range columns {
		if len(c) != len(columns[0]) {
			return nil, rows{}, &stats.Error{Problem: stats.Invalid, Detail: "lists of unequal length"}
		}
		out[j] = make([]float64, 0, len(c))
	}
	for i := range columns[0] {
		if slices.ContainsFunc(columns, func(c []float64) bool { return math.IsNaN(c[i]) }) {
			continue
		}
		used.kept = append(used.kept, i)
		for j, c := range columns {
			out[j] = append(out[j], c[i])
		}
	}
	return out, used, nil
}

// studies are the effects by one measure, the rows that they are from, and the further columns in these rows.
type studies struct {
	meta.Studies
	rows    rows
	further [][]float64
}

func studiesOf(in Input, measure string, further ...string) (studies, error) {
	switch measure {
	case "yi":
		return givenOf(in, further)
	case "zcor":
		c, used, err := columnsOf(in, append([]string{"ri", "ni"}, further...)...)
		if err != nil {
			return studies{}, err
		}
		s, err := meta.FisherZ(c[0], c[1])
		return studies{s, used, c[2:]}, err
	case "md", "smd":
		c, used, err := columnsOf(in, append([]string{"m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"}, further...)...)
		if err != nil {
			return studies{}, err
		}
		effects := map[string]func(meta.Arms) (meta.Studies, error){"md": meta.MeanDifference, "smd": meta.StandardizedMeanDifference}[measure]
		s, err := effects(meta.Arms{Mean1: c[0], SD1: c[1], N1: c[2], Mean2: c[3], SD2: c[4], N2: c[5]})
		return studies{s, used, c[6:]}, err
	}
	t, used, rest, err := tablesOf(in, further...)
	if err != nil {
		return studies{}, err
	}
	effects := map[string]func(meta.Tables, meta.Correction) (meta.Studies, error){"or": meta.LogOddsRatio, "rr": meta.LogRiskRatio, "rd": meta.RiskDifference}[measure]
	s, err := effects(t, correctionOf(in.Spec))
	return studies{s, used, rest}, err
}

func givenOf(in Input, further []string) (studies, error) {
	second := "vi"
	if !in.holds("vi") && in.holds("sei") {
		second = "sei"
	}
	c, used, err := columnsOf(in, append([]string{"yi", second}, further...)...)
	if err != nil {
		return studies{}, err
	}
	if second == "sei" {
		for i, se := range c[1] {
			c[1][i] = se * se
		}
	}
	return studies{meta.Studies{Effect: c[0], Variance: c[1]}, used, c[2:]}, nil
}

// tablesOf are the 2×2 tables; groups may be given as n1i and n2i or by their non-events bi and di.
func tablesOf(in Input, further ...string) (meta.Tables, rows, [][]float64, error) {
	n1, n2 := "n1i", "n2i"
	if !in.holds(n1) && in.holds("bi") {
		n1, n2 = "bi", "di"
	}
	c, used, err := columnsOf(in, append([]string{"ai", n1, "ci", n2}, further...)...)
	if err != nil {
		return meta.Tables{}, rows{}, nil, err
	}
	if n1 == "bi" {
		for i := range c[0] {
			c[1][i] += c[0][i]
			c[3][i] += c[2][i]
		}
	}
	return meta.Tables{A: c[0], N1: c[1], C: c[2], N2: c[3]}, used, c[4:], nil
}

func correctionOf(spec Spec) meta.Correction {
	c := meta.HalfToZero
	c.Add = spec.Number("add", c.Add)
	if to := spec.Text("to"); to != "" {
		c.To = to
	}
	return c
}

func methodOf(text string, absent meta.Method) (meta.Method, error) {
	switch strings.ToUpper(text) {
	case "":
		return absent, nil
	case "FE", "EE", "CE", "FIXED":
		return meta.Fixed, nil
	case "DL", "REML", "PM":
		return meta.Method(strings.ToUpper(text)), nil
	}
	return "", &stats.Error{Problem: stats.Unsupported, Variable: text, Detail: "τ² is estimated by FE, DL, REML or PM"}
}
