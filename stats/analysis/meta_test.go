package analysis

import (
	"slices"
	"testing"

	"consilium/stats"
)

func TestAMeasureIsFoundInWhateverWordsNameIt(t *testing.T) {
	given := &stats.Table{Columns: []stats.Column{{Name: "yi"}, {Name: "vi"}}}
	counts := &stats.Table{Columns: []stats.Column{{Name: "ai"}, {Name: "n1i"}, {Name: "ci"}, {Name: "n2i"}}}
	for _, c := range []struct {
		text  string
		table *stats.Table
		want  []string
	}{
		{"log OR", counts, []string{"or"}},
		{"log RR", counts, []string{"rr"}},
		{"RD", counts, []string{"rd"}},
		{"risk difference", counts, []string{"rd"}},
		{"log odds ratio", counts, []string{"or"}},
		{"log OR and log RR", counts, []string{"or", "rr"}},
		{"log OR given", given, []string{"yi"}},
		{"MD and SMD (Hedges g)", nil, []string{"md", "smd"}},
		{"SMD (Hedges g)", nil, []string{"smd"}},
		{"standardized mean difference", nil, []string{"smd"}},
		{"MD", nil, []string{"md"}},
		{"raw mean difference", nil, []string{"md"}},
		{"", given, []string{"yi"}},
		{"", counts, []string{"or"}},
	} {
		got, err := measuresOf(Input{Spec: Spec{"measure": c.text}, Table: c.table})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, not %v, %v", c.text, got, c.want, err)
		}
	}
	if got, err := measuresOf(Input{Spec: Spec{"measure": "log HR"}}); err == nil {
		t.Error("log HR is no measure of counts, but became", got)
	}
}

func TestThresholdsAreTriedUnderExpectedResultsFirst(t *testing.T) {
	for _, c := range []struct {
		h, r []float64
		want []hr
	}{
		{[]float64{2, 3}, []float64{1, 2}, []hr{{2, 1}, {3, 1}, {3, 2}, {2, 2}}},
		{[]float64{2, 3}, nil, []hr{{2, 1}, {3, 1}}},
		{[]float64{2, 3, 3}, []float64{1, 1, 2}, []hr{{2, 1}, {3, 1}, {3, 2}}},
	} {
		if got := pairsOf(c.h, c.r); !slices.Equal(got, c.want) {
			t.Errorf("%v, %v: %v", c.h, c.r, got)
		}
	}
	if got := pairsOf(nil, []float64{1, 2}); len(got) != 0 {
		t.Error(got)
	}
}

func TestAModelIsFoundWithinTheWordsThatDescribeIt(t *testing.T) {
	table := &stats.Table{Columns: []stats.Column{
		{Name: "died", Numbers: []float64{0, 1, 0, 1, 1, 0, 0, 1}}, {Name: "age", Numbers: []float64{40, 45, 50, 55, 60, 65, 70, 75}}, {Name: "p", Numbers: []float64{.1, .2, .3, .4, .5, .6, .7, .8}}}}
	var first []float64
	for _, text := range []string{"fitted of the pooled logistic model died ~ age", "died ~ age (maximum likelihood)", "model: ~ age."} {
		_, p, rows, err := risksOf(Input{Spec: Spec{"y": "died", "expected": text}, Table: table})
		if err != nil || len(rows) != 8 {
			t.Fatal(text, err)
		}
		if first == nil {
			first = p
		}
		if !slices.Equal(p, first) {
			t.Error(text, p, first)
		}
	}
	if _, p, _, err := risksOf(Input{Spec: Spec{"y": "died", "expected": "p"}, Table: table}); err != nil || p[7] != 0.8 {
		t.Error(p, err)
	}
}
