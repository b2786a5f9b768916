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
