package survival

import (
	"math"
	"testing"

	"consilium/stats"
	"consilium/stats/fit"
)

// lehmer is the generator of Park and Miller (CACM 31 (1988) 1192-1201), whose uniforms make the benchmark data: column by column, from a stated seed.
type lehmer uint64

func (s *lehmer) next() float64 {
	*s = lehmer(16807 * uint64(*s) % 2147483647)
	return float64(*s) / 2147483647
}

func (s *lehmer) draw(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = s.next()
	}
	return out
}

// covariates are uniform on -1, -0.9999 … 1.
func (s *lehmer) covariates(n, p int) stats.Design {
	var x stats.Design
	for j := range p {
		column := s.draw(n)
		for i, u := range column {
			column[i] = (math.Floor(u*20001) - 10000) / 10000
		}
		x.Terms = append(x.Terms, "x"+string(rune('a'+j)))
		x.Columns = append(x.Columns, column)
	}
	return x
}

// coxData has exponential times of mean 1000 days where the linear predictor is 0, in whole days, and uniform censoring within five years.
func coxData(n int) (Times, stats.Design) {
	s := lehmer(102)
	x := s.covariates(n, 10)
	beta := make([]float64, 10)
	for j := range beta {
		beta[j] = 0.4 * math.Pow(-1, float64(j+1)) * float64(j+1) / 10
	}
	eta := x.Times(beta)
	deaths, ends := s.draw(n), s.draw(n)
	t := Times{Stop: make([]float64, n), Event: make([]int, n)}
	for i := range n {
		dies, end := -math.Log(deaths[i])*1000*math.Exp(-eta[i]), 1+math.Floor(ends[i]*1825)
		t.Stop[i] = max(1, math.Ceil(min(dies, end)))
		if dies <= end {
			t.Event[i] = 1
		}
	}
	return t, x
}

// curveData has two groups and times in hundredths of a day.
func curveData(n int) (Times, Groups) {
	s := lehmer(103)
	g := Groups{Labels: []string{"0", "1"}, Of: make([]int, n)}
	for i, u := range s.draw(n) {
		if u < 0.5 {
			g.Of[i] = 1
		}
	}
	deaths, ends := s.draw(n), s.draw(n)
	t := Times{Stop: make([]float64, n), Event: make([]int, n)}
	for i := range n {
		dies, end := -math.Log(deaths[i])*1000*math.Exp(-0.3*float64(g.Of[i])), 1+ends[i]*1825
		t.Stop[i] = math.Ceil(100*min(dies, end)) / 100
		if dies <= end {
			t.Event[i] = 1
		}
	}
	return t, g
}

// causeData has two causes and uniform censoring.
func causeData(n int) (Times, stats.Design) {
	s := lehmer(108)
	x := s.covariates(n, 5)
	one, two := x.Times([]float64{.5, -.5, .3, -.3, 0}), x.Times([]float64{-.2, .2, 0, .4, .4})
	u1, u2, ends := s.draw(n), s.draw(n), s.draw(n)
	t := Times{Stop: make([]float64, n), Event: make([]int, n)}
	for i := range n {
		t1, t2, end := -math.Log(u1[i])*1000*math.Exp(-one[i]), -math.Log(u2[i])*1500*math.Exp(-two[i]), 1+ends[i]*1825
		t.Stop[i] = max(1, math.Ceil(min(t1, t2, end)))
		switch {
		case end <= min(t1, t2):
		case t1 <= t2:
			t.Event[i] = 1
		default:
			t.Event[i] = 2
		}
	}
	return t, x
}

// Expected values of the benchmark data: R 4.2.2, survival 3.5-3, coxph(Surv(time, status) ~ ., ties = "efron");
// survfit(conf.type = "log-log") at 365 and 1000 days, and survdiff; cmprsk 2.2-11, crr(gtol = 1e-9), because by default its iteration stops at 1e-5.
var (
	coxCoef   = []float64{-0.0301164122043397, 0.0767876690954729, -0.123291090518194, 0.160714244925668, -0.193668891894188, 0.241380644507106, -0.285057397433069, 0.324265127133323, -0.365289865714693, 0.400388075933037}
	coxSE     = []float64{0.00527736240119166, 0.00527049485966241, 0.00527079654309999, 0.00528153405096618, 0.00529267089184194, 0.00529244074917589, 0.00531188385563987, 0.00530805182753223, 0.00531503251975748, 0.00533979218806982}
	coxLogLik = []float64{-1238102.37122802, -1227754.25964988}
	kmSurv    = []float64{0.693734582285493, 0.368054590260543, 0.610961589612737, 0.257993734671418}
	kmSE      = []float64{0.000690861464101163, 0.000847449127455266, 0.000731484896221671, 0.000778047725688186}
	kmLower   = []float64{0.692378226078482, 0.366393624354056, 0.609526175000947, 0.256469975405305}
	kmUpper   = []float64{0.695086353726484, 0.369715552610202, 0.612393540553087, 0.259519854556475}
	kmChisq   = 13313.0094934817
	crrCoef   = []float64{0.4266995699015579, -0.4543865630151635, 0.2848149590148714, -0.4468405066652150, -0.0354358915778825}
	crrSE     = []float64{0.0376124245593106, 0.0369095774951387, 0.0372620470938480, 0.0368655134030867, 0.0368471195533033}
)

func BenchmarkCox200kEfron(b *testing.B) {
	t, x := coxData(200_000)
	for b.Loop() {
		s, err := NewRiskSets(t, x, CoxOptions{})
		if err != nil {
			b.Fatal(err)
		}
		m, err := Cox(s, fit.Options{})
		if err != nil {
			b.Fatal(err)
		}
		m.Pairs()
		near(b, "coefficients", m.Coef, coxCoef, 1e-8)
		near(b, "standard errors", m.SE(), coxSE, 1e-8)
		near(b, "log-likelihood", []float64{m.Start.LogLik, m.Sums.LogLik}, coxLogLik, 1e-12)
	}
}

// With entry times, which cost the sums that carry their error along.
func BenchmarkCox200kEntry(b *testing.B) {
	t, x := coxData(200_000)
	t.Start = make([]float64, len(t.Stop))
	for i, stop := range t.Stop {
		t.Start[i] = math.Floor(stop * 0.3)
	}
	for b.Loop() {
		s, err := NewRiskSets(t, x, CoxOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Cox(s, fit.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKaplanMeierLogRank1M(b *testing.B) {
	t, g := curveData(1_000_000)
	for b.Loop() {
		c, err := Count(t, g)
		if err != nil {
			b.Fatal(err)
		}
		curves, err := KaplanMeier(c, LogLog, 0.95)
		if err != nil {
			b.Fatal(err)
		}
		var surv, se, lower, upper []float64
		for _, k := range curves {
			k.Band()
			for _, t := range []float64{365, 1000} {
				p := k.At(t)
				surv, se, lower, upper = append(surv, p.Survival), append(se, p.SE), append(lower, p.Lower), append(upper, p.Upper)
			}
		}
		test, err := LogRank(0, c)
		if err != nil {
			b.Fatal(err)
		}
		near(b, "survival", surv, kmSurv, 1e-10)
		near(b, "standard errors", se, kmSE, 1e-10)
		near(b, "lower limits", lower, kmLower, 1e-10)
		near(b, "upper limits", upper, kmUpper, 1e-10)
		near(b, "chi-square", []float64{test.ChiSquare}, []float64{kmChisq}, 1e-9)
	}
}

func BenchmarkFineGray5k(b *testing.B) {
	t, x := causeData(5000)
	for b.Loop() {
		m, err := FineGray(t, x, 1, FineGrayOptions{})
		if err != nil {
			b.Fatal(err)
		}
		near(b, "coefficients", m.Coef, crrCoef, 1e-9)
		near(b, "standard errors", m.SE(), crrSE, 1e-9)
	}
}

// The growth with n is to be n log n: each of these has ten times the rows of the one before.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run("Cox/"+digitsOf(n), func(b *testing.B) {
			t, x := coxData(n)
			for b.Loop() {
				s, _ := NewRiskSets(t, x, CoxOptions{})
				if _, err := Cox(s, fit.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("FineGray/"+digitsOf(n), func(b *testing.B) {
			t, x := causeData(n)
			for b.Loop() {
				if _, err := FineGray(t, x, 1, FineGrayOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("Counts/"+digitsOf(n), func(b *testing.B) {
			t, g := curveData(n)
			for b.Loop() {
				if _, err := Count(t, g); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func digitsOf(n int) string {
	switch {
	case n >= 1_000_000:
		return "1M"
	case n >= 100_000:
		return "100k"
	}
	return "10k"
}

// near fails unless every number agrees to a relative tolerance; NaN agrees with NaN.
func near(t testing.TB, what string, got, want []float64, rel float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range want {
		if math.IsNaN(got[i]) && math.IsNaN(want[i]) {
			continue
		}
		if !(math.Abs(got[i]-want[i]) <= rel*math.Abs(want[i])+1e-13) {
			t.Errorf("%s[%d]: %.12g, want %.12g", what, i, got[i], want[i])
		}
	}
}
