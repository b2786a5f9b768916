package draw_test

import (
	"bytes"
	"testing"

	"consilium/figure"
	"consilium/lang"
	"consilium/node/command/draw"
	"consilium/stats/analysis"
)

// TestAForestOfClustersHasTheirLimits: those of the model itself take patients of one hospital for independent.
func TestAForestOfClustersHasTheirLimits(t *testing.T) {
	const result = `{"terms": ["(Intercept)", "age"], "coef": [0, 0.6931471805599453], "wald_lower": [-1, 0.5], "wald_upper": [1, 0.9],
		"robust": {"cluster": {"lower": [-2, -0.6931471805599453], "upper": [2, 2.0794415416798357]}}}`
	f, err := draw.Draw(draw.Order{Case: analysis.Case{Method: "logistic", Spec: analysis.Spec{}}, Result: []byte(result), Language: lang.English, Theme: figure.Paper})
	if err != nil {
		t.Fatal(err)
	}
	if rows := f.Table().CSV(); !bytes.Contains(rows, []byte("age,2.00 (0.50–8.00)")) {
		t.Errorf("%s", rows)
	}
}

// TestAMarginAndItsIntervalHaveTheSameDecimals: "−0.034 (−0.07 – 0.0021)" was read as three roundings.
func TestAMarginAndItsIntervalHaveTheSameDecimals(t *testing.T) {
	const result = `{"measure": "risk_difference", "margin": 0.05, "higher_is": "worse", "n1": 690, "n0": 702, "estimate": -0.0341, "intervals": {"newcombe": {"lower": -0.0702, "upper": 0.0021}},
		"decision_by": "newcombe", "p": 0.00001, "noninferior": true}`
	f, err := draw.Draw(draw.Order{Case: analysis.Case{Method: "noninferiority", Spec: analysis.Spec{}}, Result: []byte(result), Language: lang.English, Theme: figure.Paper})
	if err != nil {
		t.Fatal(err)
	}
	if rows := f.Table().CSV(); !bytes.Contains(rows, []byte("−0.034 (−0.070 – 0.002)")) {
		t.Errorf("%s", rows)
	}
	if !bytes.Contains(f.SVG(), []byte("690 with the new treatment")) {
		t.Error("the numbers of patients are not told")
	}
}
