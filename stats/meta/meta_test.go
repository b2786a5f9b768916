package meta

import (
	"math"
	"testing"

	"consilium/stats"
)

// R 4.2.2, metafor 3.8-1, control = list(threshold = 1e-14, maxiter = 10000, tol = 1e-14) unless said otherwise.

// hine is dat.hine1989 of metadat: deaths under lidocaine and control, six trials.
var hine = Tables{
	A: []float64{2, 4, 6, 7, 7, 11}, N1: []float64{39, 44, 107, 103, 110, 154},
	C: []float64{1, 4, 4, 5, 3, 4}, N2: []float64{43, 44, 110, 100, 106, 146}}

// seven are made-up effects that differ much, with two moderators.
var (
	seven     = Studies{[]float64{-.9, .2, .35, 1.4, .05, -.3, .8}, []float64{.04, .02, .09, .16, .01, .25, .05}}
	moderator = stats.Design{Terms: []string{"x1", "x2"}, Columns: [][]float64{{1, 2, 3, 4, 5, 6, 8}, {0, 1, 0, 1, 1, 0, 1}}}
)

// odd are tables with zero cells, without events, and with events only.
var odd = Tables{
	A: []float64{0, 0, 3, 5, 10, 4, 0}, N1: []float64{10, 12, 20, 5, 10, 30, 15},
	C: []float64{0, 2, 4, 5, 8, 6, 0}, N2: []float64{11, 12, 20, 5, 10, 30, 14}}

func close(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*(1e-3+math.Abs(want))) {
		t.Errorf("%s: %.15g, not %.15g", what, got, want)
	}
}

// rma(yi, vi, method = …, test = "z" | "knha") on escalc(…, data = dat.hine1989): estimate, se, p, se of τ², and se with knha. τ² is 0 in all.
func TestSimilarTrialsPoolAsInMetafor(t *testing.T) {
	for _, c := range []struct {
		name    string
		effects func(Tables, Correction) (Studies, error)
		pooled  [3]float64
		seTau2  map[Method]float64
		hksj    float64
	}{
		{"OR", LogOddsRatio, [3]float64{0.567683199991475, 0.28466593133689, 0.0461292812848009},
			map[Method]float64{Fixed: 0, DerSimonianLaird: 0.31537157904368, RestrictedML: 0.297463007225881, PauleMandel: 0.307505037212644}, 0.156581675849213},
		{"RR", LogRiskRatio, [3]float64{0.529987062512259, 0.269850593539467, 0.0495298784095672},
			map[Method]float64{Fixed: 0, DerSimonianLaird: 0.283288043710398, RestrictedML: 0.267205754340369, PauleMandel: 0.276329977285012}, 0.151402196168143},
		{"RD", RiskDifference, [3]float64{0.0294443203447639, 0.0130683169698183, 0.0242523843980123},
			map[Method]float64{Fixed: 0, DerSimonianLaird: 0.000677590586499149, RestrictedML: 0.00061663012270205, PauleMandel: 0.000648067981789609}, 0.00541883929331712},
	} {
		s, err := c.effects(hine, HalfToZero)
		if err != nil {
			t.Fatal(err)
		}
		for method, se := range c.seTau2 {
			p, err := Pool(s, Options{Method: method})
			if err != nil {
				t.Fatal(c.name, method, err)
			}
			close(t, c.name+" estimate", p.Estimate, c.pooled[0], 1e-10)
			close(t, c.name+" se", p.SE, c.pooled[1], 1e-10)
			close(t, c.name+" p", p.P, c.pooled[2], 1e-10)
			close(t, c.name+" se of τ²", p.SETau2, se, 1e-10)
			if method == Fixed {
				continue
			}
			if p, err = Pool(s, Options{Method: method, HKSJ: true}); err != nil {
				t.Fatal(err)
			}
			close(t, c.name+" se, HKSJ", p.SE, c.hksj, 1e-10)
		}
	}
}

// rma(y, v, mods = ~ x1 + x2, method = …): coefficients, standard errors, τ², QM, its p, QE, R².
func TestRegressionOnTwoModeratorsAsInMetafor(t *testing.T) {
	for _, c := range []struct {
		method Method
		coef   []float64
		se     []float64
		rest   []float64
	}{
		{"FE", []float64{-0.654795778209446, 0.0783822887093252, 0.531220761830324}, []float64{0.176333064119381, 0.0382446806975787, 0.197581162187958}, []float64{0, 21.1126667781575, 2.60281115888552e-05, 26.3209639831726, 16.7648663172842}},
		{"DL", []float64{-0.568837047600101, 0.0864661726577752, 0.686517180309054}, []float64{0.455241145744462, 0.102096247839623, 0.480272118578957}, []float64{0.251929243477809, 4.37511993758398, 0.112190162410095, 26.3209639831726, 6.95621894336375}},
		{"REML", []float64{-0.559061347091264, 0.083705083403504, 0.705499746644526}, []float64{0.513890150222265, 0.114549894155897, 0.534998331925516}, []float64{0.33441618557544, 3.50888326559192, 0.173003814984156, 26.3209639831726, 23.3467976719625}},
		{"PM", []float64{-0.557888694037729, 0.0833627071138631, 0.707826684849824}, []float64{0.522195870198566, 0.116310931114469, 0.542745424608698}, []float64{0.346913050362859, 3.40751240157335, 0.181998615188866, 26.3209639831726, 22.8437520792766}},
	} {
		r, err := Regress(seven, moderator, Options{Method: c.method})
		if err != nil {
			t.Fatal(c.method, err)
		}
		for i := range c.coef {
			close(t, string(c.method)+" "+r.Terms[i], r.Coef[i], c.coef[i], 1e-10)
			close(t, string(c.method)+" se "+r.Terms[i], r.SE[i], c.se[i], 1e-10)
		}
		for i, got := range []float64{r.Tau2, r.QM, r.QMP, r.Q, r.R2} {
			close(t, string(c.method), got, c.rest[i], 1e-10)
		}
	}
}

// confint(rma(…, method = "REML"), control = list(tol = 1e-13)); regtest(model = "lm"), ranktest(exact = FALSE); cumul().
func TestLimitsOfTau2AndAsymmetryAsInMetafor(t *testing.T) {
	l, err := ProfileTau2(seven, 0)
	if err != nil {
		t.Fatal(err)
	}
	close(t, "τ² lower", l.Tau2.Lower, 0.137701211933799, 1e-10)
	close(t, "τ² upper", l.Tau2.Upper, 2.55964208064089, 1e-10)
	close(t, "I² upper", l.I2.Upper, 98.49128210946687, 1e-10)
	if l, err = ProfileResidualTau2(seven, stats.Design{Terms: moderator.Terms[:1], Columns: moderator.Columns[:1]}, 0); err != nil {
		t.Fatal(err)
	}
	close(t, "residual τ² lower", l.Tau2.Lower, 0.093541976181849, 1e-10)
	close(t, "residual τ² upper", l.Tau2.Upper, 3.16514799843294, 1e-10)

	e, err := Egger(seven)
	if err != nil {
		t.Fatal(err)
	}
	close(t, "Egger's t", e.T, 0.507527108792157, 1e-10)
	close(t, "Egger's p", e.P, 0.633372964078908, 1e-10)
	close(t, "Egger's slope", e.Slope, -0.103144413296171, 1e-10)

	for _, c := range []struct {
		variance []float64
		tau, p   float64
	}{
		{seven.Variance, 0.142857142857143, 0.652304137211763},
		{[]float64{.04, .02, .04, .16, .01, .16, .04}, 0.158776837207489, 0.633838931383758},
	} {
		b, err := Begg(Studies{seven.Effect, c.variance})
		if err != nil {
			t.Fatal(err)
		}
		close(t, "Begg's tau", b.Tau, c.tau, 1e-12)
		close(t, "Begg's p", b.P, c.p, 1e-10)
	}
}

// rma.mh and rma.peto: estimate, se, Q, I². Tables without events, and of events only, do not count for Q.
func TestOddTablesPoolAsInMetafor(t *testing.T) {
	for measure, want := range map[Measure][4]float64{
		OddsRatio: {-0.332705753825736, 0.473908022984019, 2.63979978747638, 0},
		RiskRatio: {-0.127833371509885, 0.181909068193175, 4.95263312520874, 39.4261613134618},
		RiskDiff:  {-0.0294236065256953, 0.0417402261323503, 3.46823365509436, 13.5006375480668},
		"peto":    {-0.329571937695333, 0.468737266632622, 4.34849346430837, 31.0105896530961},
	} {
		c, err := MantelHaenszel(odd, measure, 0)
		if measure == "peto" {
			c, err = Peto(odd, 0)
		}
		if err != nil || c.K != 7 || c.Used != 4 {
			t.Fatal(measure, c, err)
		}
		for i, got := range []float64{c.Estimate, c.SE, c.Q, c.I2} {
			close(t, string(measure), got, want[i], 1e-10)
		}
	}
	h, err := BreslowDay(odd)
	if err != nil {
		t.Fatal(err)
	}
	close(t, "Breslow-Day", h.BreslowDay, 4.644438861072, 1e-11)
	close(t, "Tarone", h.Tarone, 4.644195133464, 1e-11)
	a, err := CochranMantelHaenszel(odd, Half)
	if err != nil {
		t.Fatal(err)
	}
	close(t, "CMH", a.Statistic, 0.219714625130, 1e-11)
}

// transf.ipft(c(.2, .5, 1, 1.5), 20)
func TestDoubleArcsinesComeBackAsInMetafor(t *testing.T) {
	for y, want := range map[float64]float64{.2: 0.0200719114317787, .5: 0.2167958558588901, 1: 0.7181772948236573, 1.5: 1, 0: 0} {
		close(t, "back", DoubleArcsine.Back(y, 20), want, 1e-12)
	}
}

// J(m)·J(m+1) = (m−1)/√(m(m+1)) exactly, by Γ(x+1) = xΓ(x); J(3) and J(10) from R's lgamma.
func TestHedgesFactorHoldsItsRecurrence(t *testing.T) {
	close(t, "J(3)", hedges(3), 0.72360125455826774, 1e-14)
	close(t, "J(10)", hedges(10), 0.92274560805308703, 1e-14)
	for _, m := range []float64{2, 3, 17, 48, 49, 50, 51, 60, 200, 1e4, 1e8} {
		close(t, "J(m)J(m+1)", hedges(m)*hedges(m+1), (m-1)/math.Sqrt(m*(m+1)), 1e-14)
	}
}
