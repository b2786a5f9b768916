package analysis

import (
	"slices"

	"consilium/stats"
	"consilium/stats/describe"
)

// pairedMethods compare measurements of the same patients, several groups at once, and answers to several questions.
func pairedMethods() []Method {
	pair := []Parameter{
		{Name: "first", Kind: Variable, Needed: true, Example: "pain_before", About: "the one measurement"},
		{Name: "second", Kind: Variable, Needed: true, Example: "pain_after", About: "the other of the same patient"}, level}
	return []Method{
		{Name: "paired_t", About: "does a measurement change within patients", Parameters: pair, Result: PairedT{}, compute: pairedT},
		{Name: "signed_rank", About: "does a measurement change within patients, by ranks: Wilcoxon's test and the Hodges-Lehmann shift", Parameters: pair, Result: SignedRank{}, compute: signedRank},
		{Name: "mcnemar", About: "does a yes or no change within patients", Parameters: pair[:2], Result: McNemar{}, compute: mcNemar},
		{Name: "anova", About: "do the means of several groups differ, with one variance or with several", Result: ANOVA{}, compute: anova,
			Parameters: []Parameter{{Name: "y", Kind: Variable, Needed: true, Example: "age", About: "the values"}, {Name: "group", Kind: Variable, Needed: true, Example: "grade", About: "the groups"}}},
		{Name: "adjust_p", About: "p values for several questions at once", Result: map[string][]float64{}, compute: adjustP,
			Parameters: []Parameter{{Name: "p", Kind: Numbers, Needed: true, Example: []any{0.01, 0.04, 0.03}, About: "the p values"}}},
	}
}

// PairedT is the test of a mean difference, first less second.
type PairedT struct {
	N         int     `json:"n" about:"pairs"`
	Mean1     float64 `json:"mean1"`
	Mean2     float64 `json:"mean2"`
	Estimate  float64 `json:"difference"`
	Lower     float64 `json:"lower"`
	Upper     float64 `json:"upper"`
	Statistic float64 `json:"statistic"`
	DF        float64 `json:"df"`
	P         float64 `json:"p"`
}

// SignedRank is the test of a shift, first less second.
type SignedRank struct {
	N      int     `json:"n" about:"pairs that differ"`
	Zeros  int     `json:"zeros" about:"pairs that do not, which are left out"`
	V      float64 `json:"statistic" about:"sum of the ranks of differences above 0"`
	Exact  float64 `json:"p_exact" about:"given the ties; NA for more than 300 pairs"`
	Normal float64 `json:"p_normal" about:"corrected for continuity and ties"`
	Shift  float64 `json:"estimate" about:"Hodges-Lehmann"`
	Lower  float64 `json:"lower"`
	Upper  float64 `json:"upper"`
}

// McNemar is the comparison of two yes-or-no answers.
type McNemar struct {
	N         int     `json:"n" about:"pairs"`
	YesNo     int     `json:"yes_no" about:"first yes, second no"`
	NoYes     int     `json:"no_yes"`
	Exact     float64 `json:"p_exact"`
	Chi       Chi     `json:"chi_square"`
	Corrected Chi     `json:"chi_square_corrected"`
}

// F is an F test.
type F struct {
	F   float64 `json:"f"`
	DF1 float64 `json:"df1"`
	DF2 float64 `json:"df2"`
	P   float64 `json:"p"`
}

// ANOVA is the comparison of means.
type ANOVA struct {
	Groups  []string  `json:"groups"`
	Means   []float64 `json:"means"`
	N       []int     `json:"n"`
	Classic F         `json:"classic" about:"one variance"`
	Welch   F         `json:"welch" about:"a variance for each group"`
}

func pairOf(in Input) (first, second []float64, err error) {
	t, err := tableOf(in, in.Spec.Text("first"), in.Spec.Text("second"))
	if err != nil {
		return nil, nil, err
	}
	if first, err = t.Numbers(in.Spec.Text("first")); err != nil {
		return nil, nil, err
	}
	second, err = t.Numbers(in.Spec.Text("second"))
	return first, second, err
}

func pairedT(in Input) (any, error) {
	first, second, err := pairOf(in)
	if err != nil {
		return nil, err
	}
	t, n, err := describe.PairedT(first, second, in.level())
	if err != nil {
		return nil, err
	}
	return PairedT{n, t.Means[0], t.Means[1], t.Means[0] - t.Means[1], t.Lower, t.Upper, t.Statistic, t.DF, t.P}, nil
}

func signedRank(in Input) (any, error) {
	first, second, err := pairOf(in)
	if err != nil {
		return nil, err
	}
	t, err := describe.SignedRank(first, second, in.level())
	if err != nil {
		return nil, err
	}
	return SignedRank{t.N, t.Zeros, t.V, t.Exact, t.Normal, t.Shift, t.Lower, t.Upper}, nil
}

func mcNemar(in Input) (any, error) {
	first, second, err := pairOf(in)
	if err != nil {
		return nil, err
	}
	r := McNemar{N: len(first)}
	for i, a := range first {
		b := second[i]
		if (a != 0 && a != 1) || (b != 0 && b != 1) {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: in.Spec.Text("first"), Detail: "the answers are not all 0 or 1"}
		}
		switch {
		case a == 1 && b == 0:
			r.YesNo++
		case a == 0 && b == 1:
			r.NoYes++
		}
	}
	exact, corrected, plain, err := describe.McNemar(r.NoYes, r.YesNo)
	r.Exact, r.Chi, r.Corrected = exact, Chi{plain.Statistic, 1, plain.P, ""}, Chi{corrected.Statistic, 1, corrected.P, ""}
	return r, err
}

func anova(in Input) (any, error) {
	t, err := tableOf(in, in.Spec.Text("y"), in.Spec.Text("group"))
	if err != nil {
		return nil, err
	}
	y, err := t.Numbers(in.Spec.Text("y"))
	if err != nil {
		return nil, err
	}
	labels, codes, err := levels(t, in.Spec.Text("group"))
	if err != nil {
		return nil, err
	}
	groups := make([][]float64, len(labels))
	for i, v := range y {
		groups[codes[i]] = append(groups[codes[i]], v)
	}
	r := ANOVA{Groups: labels}
	for _, g := range groups {
		r.N, r.Means = append(r.N, len(g)), append(r.Means, describe.MomentsOf(g).Mean)
	}
	classic, err := describe.ANOVA(groups...)
	if err != nil {
		return nil, err
	}
	welch, err := describe.WelchANOVA(groups...)
	if err != nil {
		return nil, err
	}
	r.Classic, r.Welch = F{classic.F, classic.Between, classic.Within, classic.P}, F{welch.F, welch.Between, welch.Within, welch.P}
	return r, nil
}

func adjustP(in Input) (any, error) {
	out := map[string][]float64{"p": slices.Clone(in.Spec.Numbers("p"))}
	for _, by := range []string{"bonferroni", "holm", "hochberg", "bh", "by"} {
		adjusted, err := describe.Adjusted(in.Spec.Numbers("p"), by)
		if err != nil {
			return nil, err
		}
		out[by] = adjusted
	}
	return out, nil
}
