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
	if got := Warnings(Case{Method: "rubin"}, nil); got != nil {
		t.Error(got)
	}
}
