package analysis

import (
	"fmt"
	"math"
	"strings"

	"consilium/stats"
	"consilium/stats/meta"
	"consilium/stats/tail"
)

var networkKeys = []Parameter{
	{Name: "study", Kind: Variable, Needed: true, Example: "trial", About: "the study of each row; a row is one arm"},
	{Name: "treatment", Kind: Variable, Needed: true, Example: "technique", About: "the treatment of the arm"},
	{Name: "measure", Kind: Choice, Choices: []string{"OR", "RR", "MD"}, Default: "OR", Example: "RR", About: "odds ratio, risk ratio, or difference of means"},
	{Name: "events", Kind: Variable, Example: "deaths", About: "patients with the event, for OR and RR"},
	{Name: "n", Kind: Variable, Needed: true, Example: "patients", About: "patients of the arm"},
	{Name: "mean", Kind: Variable, Example: "mean", About: "mean of the outcome, for MD"},
	{Name: "sd", Kind: Variable, Example: "sd", About: "its standard deviation"},
	{Name: "reference", Kind: Text, Example: "microscopic", About: "the treatment that the others are compared with; the first in the alphabet if absent"},
	{Name: "better", Kind: Choice, Choices: []string{"lower", "higher"}, Default: "lower", Example: "higher", About: "whether fewer or more is better, for P-scores"},
	{Name: "add", Kind: Number, Default: 0.5, If: "not measure=MD", Example: 0.25, About: "what is added to all counts of a study in which one is 0"},
	level,
}

// NetworkMeta compares all treatments. Differences and ratios are of the row against the column.
type NetworkMeta struct {
	Measure    string      `json:"measure"`
	Log        bool        `json:"log" about:"differences are logarithms of ratios"`
	Treatments []string    `json:"treatments" about:"the reference first"`
	Studies    int         `json:"studies"`
	Common     NetworkPart `json:"common"`
	Random     NetworkPart `json:"random"`
	Tau2       float64     `json:"tau2" about:"by restricted maximum likelihood"`
	SETau2     float64     `json:"se_tau2"`
	Q          Chi         `json:"q" about:"of all contrasts"`
	Within     Chi         `json:"q_within" about:"between studies of the same treatments: heterogeneity"`
	Between    Chi         `json:"q_between" about:"between designs: inconsistency"`
}

// NetworkPart is a table of all treatments.
type NetworkPart struct {
	Difference [][]float64 `json:"difference"`
	SE         [][]float64 `json:"se"`
	Lower      [][]float64 `json:"lower"`
	Upper      [][]float64 `json:"upper"`
	PScore     []float64   `json:"p_score" about:"mean certainty of being better than another, from 0 to 1"`
}

func networkMeta(in Input) (any, error) {
	measure := in.Spec.Text("measure")
	if measure == "" {
		measure = "OR"
	}
	arms, err := networkArms(in, measure)
	if err != nil {
		return nil, err
	}
	n, err := meta.PoolNetwork(arms, in.Spec.Text("reference"), in.Spec.Text("better") != "higher")
	if err != nil {
		return nil, err
	}
	return NetworkMeta{Measure: measure, Log: measure != "MD", Treatments: n.Treatments, Studies: n.Studies, Common: networkPart(n.Common, in.level()), Random: networkPart(n.Random, in.level()),
		Tau2: n.Tau2, SETau2: n.SETau2, Q: Chi{n.Q, n.QDF, n.QP, ""}, Within: Chi{n.Within.Q, n.Within.DF, n.Within.P, ""}, Between: Chi{n.Between.Q, n.Between.DF, n.Between.P, ""}}, nil
}

func networkPart(f meta.NetworkFit, level float64) NetworkPart {
	p, z := NetworkPart{Difference: f.Difference, SE: f.SE, PScore: f.PScore}, tail.NormalCritical(level)
	for i, row := range f.Difference {
		lower, upper := make([]float64, len(row)), make([]float64, len(row))
		for j, d := range row {
			lower[j], upper[j] = d-z*f.SE[i][j], d+z*f.SE[i][j]
		}
		p.Lower, p.Upper = append(p.Lower, lower), append(p.Upper, upper)
	}
	return p
}

// networkArms are the rows as arms on the scale of the measure.
func networkArms(in Input, measure string) ([]meta.NetworkArm, error) {
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Detail: "there is no data set"}
	}
	keys := []string{"n", "events"}
	if measure == "MD" {
		keys = []string{"n", "mean", "sd"}
	}
	names := []string{in.Spec.Text("study"), in.Spec.Text("treatment")}
	for _, key := range keys {
		if in.Spec.Text(key) == "" {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: key, Detail: fmt.Sprintf("%s needs the column of it", measure)}
		}
		names = append(names, in.Spec.Text(key))
	}
	t, err := in.complete(in.Table, names...)
	if err != nil {
		return nil, err
	}
	var words [2][]string
	for k, name := range names[:2] {
		c, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		labels, codes := columnGroups(c)
		for _, code := range codes {
			words[k] = append(words[k], labels[code])
		}
	}
	columns := make([][]float64, len(keys))
	for k, name := range names[2:] {
		if columns[k], err = t.Numbers(name); err != nil {
			return nil, err
		}
	}
	arms := make([]meta.NetworkArm, t.Rows())
	for i := range arms {
		arms[i] = meta.NetworkArm{Study: words[0][i], Treatment: strings.TrimSpace(words[1][i])}
	}
	if measure == "MD" {
		for i := range arms {
			arms[i].Estimate, arms[i].Variance = columns[1][i], columns[2][i]*columns[2][i]/columns[0][i]
		}
		return arms, nil
	}
	return arms, networkCounts(arms, columns[0], columns[1], measure, in.Spec.Number("add", 0.5))
}

// networkCounts are log odds or log risks, with add in all arms of a study that has an arm without events, or without others.
func networkCounts(arms []meta.NetworkArm, n, events []float64, measure string, add float64) error {
	zero := map[string]bool{}
	for i, a := range arms {
		if !(n[i] >= 1) || !(events[i] >= 0) || events[i] > n[i] {
			return &stats.Error{Problem: stats.Invalid, Variable: a.Study, Detail: fmt.Sprintf("row %d has %g events of %g patients", i+1, events[i], n[i])}
		}
		zero[a.Study] = zero[a.Study] || events[i] == 0 || events[i] == n[i]
	}
	for i, a := range arms {
		x, rest := events[i], n[i]-events[i]
		if zero[a.Study] {
			x, rest = x+add, rest+add
		}
		if measure == "RR" {
			arms[i].Estimate, arms[i].Variance = math.Log(x/(x+rest)), 1/x-1/(x+rest)
		} else {
			arms[i].Estimate, arms[i].Variance = math.Log(x/rest), 1/x+1/rest
		}
	}
	return nil
}
