package analysis

import (
	"strings"
	"testing"
)

// TestWhatMayNotBeMeantIsSaid: a file of R's write.csv has NA where a word is missing, and a model of it a level that nobody meant.
func TestWhatMayNotBeMeantIsSaid(t *testing.T) {
	data := "id,grade,age,center,icd,done\n"
	for i, row := range strings.Fields("I,51.2,01,G51,yes NA,52.2,02,G52,no II,fifty,07,NA,NA I,54.1,A1,G51,yes II,55,01,G51,no I,56,01,G51,no II,57,02,G51,no I,58.5,02,G51,yes I,59,07,G51,yes I,60,07,G51,no II,61,01,G51,no I,62,02,G51,yes II,63,01,G51,yes") {
		data += strings.Repeat("x", i+1) + "," + row + "\n"
	}
	table := read(t, data)
	for _, test := range []struct {
		about string
		c     Case
		want  []string // of each warning a piece
	}{
		{"NA among words", Case{Method: "ordinal", Spec: Spec{"formula": "grade ~ center", "order": []any{"I", "II", "NA"}}}, []string{`grade: 1 rows have the word "NA"`}},
		{"a measurement with a word in it", Case{Method: "linear", Spec: Spec{"formula": "id ~ log(age)"}}, []string{`age: most of it are numbers, but row 3 has "fifty"`}},
		{"codes are no measurement", Case{Method: "table_one", Spec: Spec{"variables": "center"}}, nil},
		{"yes and no", Case{Method: "logistic", Spec: Spec{"outcome": "done"}}, []string{`done: 1 rows have the word "NA"`}},
		{"what is not used", Case{Method: "table_one", Spec: Spec{"variables": "id", "note": "grade", "labels": map[string]any{"grade": "Grade"}}}, nil},
		{"all columns", Case{Method: "table_one", Spec: Spec{}}, []string{"grade:", "age:", "icd:", "done:"}},
		{"said to be a label", Case{Method: "multinomial", Spec: Spec{"formula": "grade ~ center", "missing": []any{}}}, nil},
		{"said to be words", Case{Method: "table_one", Spec: Spec{"variables": "age", "words": "age"}}, nil},
	} {
		got := Warnings(test.c, table)
		if len(got) != len(test.want) {
			t.Errorf("%s: %v", test.about, got)
			continue
		}
		for k, w := range got {
			if !strings.HasPrefix(w.String(), test.want[k]) || w.Advice == "" {
				t.Errorf("%s: %s", test.about, w)
			}
		}
	}
	for _, test := range []struct {
		about, data string
		c           Case
		want        []string
	}{
		{"no value in a whole column", "g,m,x\na,,1\nb,,2\na,,3\nb,,4\n", Case{Method: "table_one", Spec: Spec{"group": "g", "variables": []any{"m", "x"}}}, []string{"m: no row has a value"}},
		{"one event", "t,d,x\n1,1,2\n2,0,1\n3,0,1\n", Case{Method: "cox", Spec: Spec{"formula": "Surv(t, d) ~ x"}}, []string{"status: the number of events is 1"}},
		{"one event of two codes", "t,d,x\n1,1,2\n2,1,1\n3,2,1\n4,1,1\n5,1,1\n6,1,1\n7,1,1\n", Case{Method: "cox", Spec: Spec{"time": "t", "status": "d", "predictors": "x"}}, []string{"status: its values are 1 and 2", "status: the number of events is 1"}},
		{"events enough", "t,d,x\n1,1,2\n2,1,1\n3,1,1\n4,1,1\n5,1,1\n6,1,1\n7,2,1\n", Case{Method: "fine_gray", Spec: Spec{"time": "t", "status": "d", "predictors": "x"}}, nil},
		{"whole weights", "t,d,w\n1,1,2\n2,0,1\n3,1,1\n", Case{Method: "kaplan_meier", Spec: Spec{"time": "t", "status": "d", "weights": "w"}}, []string{"w: its values are whole"}},
		{"whole weights that are counts", "t,d,w\n1,1,2\n2,0,1\n3,1,1\n", Case{Method: "rmst", Spec: Spec{"time": "t", "status": "d", "weights": "w", "weights_are": "counts"}}, nil},
		{"weights of a model", "t,d,w,x\n1,1,2,1\n2,1,1,2\n3,1,1,3\n4,1,1,3\n5,1,1,3\n", Case{Method: "cox", Spec: Spec{"time": "t", "status": "d", "weights": "w", "predictors": "x", "robust": true}}, nil},
		{"dates among all columns", "g,d\na,2024-01-01\nb,2024-01-02\na,2024-01-03\n", Case{Method: "table_one", Spec: Spec{"group": "g"}}, []string{"d: its 3 values are dates"}},
		{"the logarithm of nothing", "x,y\n0,1\n1,2\n,3\n-2,4\n", Case{Method: "linear", Spec: Spec{"derived": map[string]any{"l": "log(x) + 1"}, "formula": "y ~ l"}}, []string{"l: log(x) + 1 has no value in 1 rows"}},
		{"one that is meant", "x,y\n0,1\n1,2\n-2,4\n", Case{Method: "linear", Spec: Spec{"derived": map[string]any{"l": "ifelse(x > 0, log(x), NA)"}, "formula": "y ~ l"}}, nil},
		{"one that is not asked for", "x,y\n0,1\n1,2\n-2,4\n", Case{Method: "linear", Spec: Spec{"derived": map[string]any{"l": "sqrt(x)"}, "rows": "x >= 0", "formula": "y ~ l"}}, nil},
		{"percent", "x,y\n1%,1\n2%,2\n3%,4\n4%,2\n5%,2\n60%,9\n", Case{Method: "linear", Spec: Spec{"formula": "y ~ x"}}, []string{`x: row 1 has "1%", which is meant as a number`}},
		{"three doses", "x,y\n0%,1\n50%,2\n100%,4\n", Case{Method: "linear", Spec: Spec{"formula": "y ~ x"}}, nil},
		{"thousands", "x,y\n1 234,1\n2,2\n1 235,4\n4,2\n", Case{Method: "linear", Spec: Spec{"formula": "y ~ x"}}, []string{`x: row 1 has "1 234", which is meant`}},
		{"below what is measured", "x,y\n<0.5,1\n<0.5,2\n0.7,4\n0.9,2\n", Case{Method: "linear", Spec: Spec{"formula": "y ~ x"}}, []string{`x: row 1 has "<0.5", which is meant`}},
		{"stages", "x,y\n1a,1\n1b,2\n2,4\n3,2\n", Case{Method: "linear", Spec: Spec{"formula": "y ~ x"}}, nil},
		{"ages in two groups", "x,y\n<65,1\n≥65,2\n<65,4\n≥65,2\n", Case{Method: "linear", Spec: Spec{"formula": "y ~ x"}}, nil},
		{"ages in groups", "x,y\n40-49,1\n50-59,2\n60-69,4\n70-79,2\n80-89,2\n90-99,2\n30-39,4\n", Case{Method: "linear", Spec: Spec{"formula": "y ~ x"}}, nil},
	} {
		got := Warnings(test.c, read(t, test.data))
		if len(got) != len(test.want) {
			t.Errorf("%s: %v", test.about, got)
			continue
		}
		for k, w := range got {
			if !strings.HasPrefix(w.String(), test.want[k]) {
				t.Errorf("%s: %s", test.about, w)
			}
		}
	}
	if got := Warnings(Case{Method: "rubin"}, nil); got != nil {
		t.Error(got)
	}
}
