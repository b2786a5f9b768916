package analysis

import (
	"strings"
	"testing"
)

// TestNewPatientsAreWrittenAsInTheData: of a factor its level, of a product and of a transformed number what they are made of; the terms themselves say the same.
func TestNewPatientsAreWrittenAsInTheData(t *testing.T) {
	data := "time,status,technique,age\n"
	for i, row := range strings.Fields("3,1,endo,51 5,1,micro,64 8,0,micro,70 2,1,micro,58 9,0,endo,45 12,1,endo,66 4,0,endo,50 6,1,micro,49 7,1,endo,71 11,0,micro,62 10,1,micro,55 13,0,endo,60") {
		data += strings.Replace(row, ",", "."+string(rune('0'+i%10))+",", 1) + "\n"
	}
	table := read(t, data)
	survival := func(newdata map[string]any) (any, error) {
		got, err := Run(t.Context(), Case{Method: "cox_prediction", Spec: Spec{"formula": "Surv(time, status) ~ technique*log(age)", "times": []any{6.0}, "newdata": newdata}}, table, nil)
		if err != nil {
			return nil, err
		}
		return got.(object)["surv"].([]float64)[0], nil
	}
	written, err := survival(map[string]any{"technique": "micro", "age": 60.0})
	if err != nil {
		t.Fatal(err)
	}
	const log60 = 4.0943445622221
	terms, err := survival(map[string]any{"techniquemicro": 1.0, "log(age)": log60, "techniquemicro:log(age)": log60})
	if err != nil || written != terms {
		t.Errorf("%v as in the data, %v as terms: %v", written, terms, err)
	}
	reference, err := survival(map[string]any{"technique": "endo", "age": 60.0})
	if err != nil || reference == written {
		t.Errorf("%v of the reference level: %v", reference, err)
	}
	for want, newdata := range map[string]map[string]any{
		`the data have no "endoscope". It is one of endo, micro`: {"technique": "endoscope", "age": 60.0},
		"log(age)): the new data have no value for it":           {"technique": "endo"},
		"Give each variable of the model its value":              {"age": 60.0},
	} {
		if _, err := survival(newdata); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", newdata, err)
		}
	}
}
