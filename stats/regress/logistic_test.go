package regress

import (
	"math"
	"testing"

	"consilium/stats"
)

// R 4.2.2, fitted twice (the second time from the first, as R's weights are those of the step before the last): x <- c(-2,-1,0,1,2,3,-3,0.5,1.5,-0.5); y <- c(0,0,1,0,1,1,0,1,0,1); glm(y ~ x, binomial, epsilon = 1e-14); vcov, deviance, null.deviance, AIC, BIC
func TestLogisticAgreesWithR(t *testing.T) {
	x := []float64{-2, -1, 0, 1, 2, 3, -3, 0.5, 1.5, -0.5}
	y := []float64{0, 0, 1, 0, 1, 1, 0, 1, 0, 1}
	m, err := Logistic(y, stats.NewDesign([]string{"x"}, [][]float64{x}, len(x)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{-0.1251663416371476, 0.6894260145136679, 0.7339669332667808, 0.4993667057601957, 11.2452403848821287, 13.8629436111989062, 15.2452403848821270}
	se := m.SE()
	for i, got := range []float64{m.Coef[0], m.Coef[1], se[0], se[1], m.Deviance, m.NullDeviance, m.AIC()} {
		if math.Abs(got-want[i]) > 1e-10*math.Abs(want[i]) {
			t.Errorf("%d: got %v, want %v", i, got, want[i])
		}
	}
}
