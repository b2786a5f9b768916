package analysis

import (
	"math"
	"slices"

	"consilium/stats"
	"consilium/stats/causal"
	"consilium/stats/formula"
	"consilium/stats/tail"
)

var severalKeys = []Parameter{
	{Name: "treatment", Kind: Variable, Needed: true, Example: "technique", About: "the treatment of each patient, one of several"},
	{Name: "outcome", Kind: Variable, Needed: true, Example: "relief", About: "what is compared: 0 and 1, or a number"},
	{Name: "covariates", Kind: Variables, Needed: true, Example: []any{"age", "female"}, About: "what the propensities depend on: variables, or terms of a formula such as factor(race) and rcs(age, 4)"},
	{Name: "target", Kind: Choice, Choices: []string{"ate", "overlap", "att"}, Default: "ate", Example: "overlap", About: "for whom: all (ate), those who might have had any (overlap), those who had one of them (att, with toward)"},
	{Name: "toward", Kind: Text, Example: "endoscopic", About: "the treatment whose patients are the target of att"},
	{Name: "reference", Kind: Text, Example: "microscopic", About: "the treatment that the others are compared with; the first in the alphabet if absent"},
	{Name: "row_weights", Kind: Truth, Default: false, Example: true, About: "also the weight of each complete row"},
	level,
}

// SeveralTreatments is the comparison of several treatments by weighting.
type SeveralTreatments struct {
	N          int               `json:"n"`
	Target     string            `json:"target"`
	Treatments []WeightedArm     `json:"treatments" about:"the reference first"`
	Pairs      []WeightedPair    `json:"pairs"`
	Balance    []PairwiseLargest `json:"balance"`
	RowWeights []float64         `json:"row_weights,omitempty"`
}

// WeightedArm is one treatment.
type WeightedArm struct {
	Treatment string  `json:"treatment"`
	N         int     `json:"n"`
	Sum       float64 `json:"sum_w"`
	ESS       float64 `json:"ess" about:"effective number of patients"`
	Mean      float64 `json:"mean" about:"weighted"`
	SE        float64 `json:"se" about:"robust, with the weights taken as given"`
	Least     float64 `json:"least_propensity" about:"near 0: some patients could hardly have had this treatment"`
}

// WeightedPair is one treatment less another.
type WeightedPair struct {
	Treatment  string  `json:"treatment"`
	Versus     string  `json:"versus"`
	Difference float64 `json:"difference"`
	SE         float64 `json:"se"`
	Lower      float64 `json:"lower"`
	Upper      float64 `json:"upper"`
	P          float64 `json:"p"`
}

// PairwiseLargest is the largest standardized difference between two treatments.
type PairwiseLargest struct {
	Covariate  string  `json:"covariate"`
	Unweighted float64 `json:"smd_unweighted"`
	Weighted   float64 `json:"smd_weighted"`
}

func severalTreatments(in Input) (any, error) {
	treatment, outcome, names := in.Spec.Text("treatment"), in.Spec.Text("outcome"), in.Spec.Texts("covariates")
	if in.Table == nil {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: treatment, Detail: "there is no data set"}
	}
	t := in.Table
	model, err := covariateModel(t, treatment, names)
	if err != nil {
		return nil, err
	}
	used := names
	if model != nil {
		if used, err = model.Variables(t); err != nil {
			return nil, err
		}
	}
	if t, err = in.complete(t, slices.Concat([]string{treatment, outcome}, used)...); err != nil {
		return nil, err
	}
	var x stats.Design
	if model != nil {
		d, err := model.Design(t, formula.Options{Categories: true})
		if err != nil {
			return nil, err
		}
		x = d.X
	} else if x, err = predictors(t, names); err != nil {
		return nil, err
	}
	y, err := t.Numbers(outcome)
	if err != nil {
		return nil, err
	}
	labels, codes, err := referenceFirst(t, treatment, in.Spec.Text("reference"))
	if err != nil {
		return nil, err
	}
	target, toward := in.Spec.Text("target"), slices.Index(labels, in.Spec.Text("toward"))
	if target == "" {
		target = "ate"
	}
	if target == "att" && toward < 0 {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: "toward", Detail: "att needs the treatment whose patients are the target", Advice: "Name one of the treatments"}
	}
	s, err := causal.CompareSeveral(codes, labels, x, y, targets[target], toward)
	if err != nil {
		return nil, err
	}
	return severalResult(in, s, labels, target), nil
}

// referenceFirst are the treatments with the reference as the first.
func referenceFirst(t *stats.Table, name, reference string) (labels []string, codes []int, err error) {
	c, err := t.Column(name)
	if err != nil {
		return nil, nil, err
	}
	labels, codes = columnGroups(c)
	if len(labels) == 0 {
		return nil, nil, &stats.Error{Problem: stats.TooFewRows, Variable: name, Detail: "no row has all variables"}
	}
	at := slices.Index(labels, reference)
	if reference == "" {
		at = 0
	}
	if at < 0 {
		return nil, nil, &stats.Error{Problem: stats.Invalid, Variable: "reference", Detail: "nobody had this treatment"}
	}
	for i, k := range codes {
		switch {
		case k == at:
			codes[i] = 0
		case k < at:
			codes[i]++
		}
	}
	first := labels[at]
	return slices.Insert(slices.Delete(labels, at, at+1), 0, first), codes, nil
}

func severalResult(in Input, s *causal.Several, labels []string, target string) SeveralTreatments {
	r := SeveralTreatments{N: len(s.Weights), Target: target}
	for k, a := range s.Arms {
		r.Treatments = append(r.Treatments, WeightedArm{labels[k], a.N, a.Sum, a.ESS, a.Mean, a.SE, a.Least})
	}
	z := tail.NormalCritical(in.level())
	for k, a := range s.Arms {
		for j, b := range s.Arms[:k] {
			d, se := a.Mean-b.Mean, math.Hypot(a.SE, b.SE)
			r.Pairs = append(r.Pairs, WeightedPair{labels[k], labels[j], d, se, d - z*se, d + z*se, tail.TwoSidedNormal(d / se)})
		}
	}
	for _, b := range s.Balance {
		r.Balance = append(r.Balance, PairwiseLargest{b.Covariate, b.Unweighted, b.Weighted})
	}
	if in.Spec.Truth("row_weights") {
		r.RowWeights = s.Weights
	}
	return r
}
