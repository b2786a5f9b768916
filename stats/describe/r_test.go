package describe

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// reference is testdata/r.json, which testdata/make.R wrote with R 4.2.2 (metafor 3.8-1 for homogeneity).
type reference struct {
	Two []struct {
		X, Y                                           []float64
		U                                              float64
		PCorrect                                       float64  `json:"p_correct"`
		PPlain                                         float64  `json:"p_plain"`
		PExact                                         *float64 `json:"p_exact"`
		Shift, Median                                  float64
		ShiftCI                                        []float64 `json:"shift_ci"`
		Welch, Pooled, Quantiles7, Quantiles2, Kruskal []float64
	}
	Fisher []struct {
		Table            [2][2]int
		P, Less, Greater float64
		Uniroot, Yates   []float64
	}
	RxC []struct {
		Table [][]int
		P     float64
	}
	Binomial []struct {
		X, N          int
		P, Value      float64
		Exact, Wilson []float64
	}
	CMH []struct {
		Tables                               [][2][2]int
		Uncorrected                          float64
		Corrected, Ratio, Exact, Homogeneity []float64
	}
}

func readReference(t *testing.T) reference {
	t.Helper()
	raw, err := os.ReadFile("testdata/r.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Two) < 20 || len(r.Fisher) < 60 || len(r.RxC) < 20 || len(r.Binomial) < 60 || len(r.CMH) < 16 {
		t.Fatal("the reference is incomplete")
	}
	return r
}

// agree compares lists within a relative tolerance; R prints 15 digits.
func agree(t *testing.T, what string, row int, got, want []float64, rel float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= rel*math.Abs(want[i])+1e-13) {
			t.Errorf("%s %d, number %d: %.15g, R has %.15g", what, row, i, got[i], want[i])
		}
	}
}

func TestTwoGroupsAgreeWithR(t *testing.T) {
	for i, c := range readReference(t).Two {
		welch, err := Welch(c.X, c.Y, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		pooled, err := PooledT(c.X, c.Y, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "Welch", i, []float64{welch.Statistic, welch.DF, welch.P, welch.Lower, welch.Upper}, c.Welch, 1e-11)
		agree(t, "pooled t", i, []float64{pooled.Statistic, pooled.DF, pooled.P, pooled.Lower, pooled.Upper}, c.Pooled, 1e-11)
		h, err := KruskalWallis(c.X, c.Y, append(append([]float64{}, c.X...), scaled(c.Y, 2)...))
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "Kruskal-Wallis", i, []float64{h.Statistic, h.DF, h.P}, c.Kruskal, 1e-11)
		s := Summarize(c.X)
		agree(t, "type 7", i, []float64{s.Quantile7(0.1), s.Quantile7(0.25), s.Quantile7(0.5), s.Quantile7(0.9)}, c.Quantiles7, 1e-14)
		agree(t, "type 2", i, []float64{s.Quantile2(0.1), s.Quantile2(0.25), s.Quantile2(0.5), s.Quantile2(0.9)}, c.Quantiles2, 1e-14)
	}
}

func scaled(list []float64, by float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = by * v
	}
	return out
}

func TestRankSumsAgreeWithR(t *testing.T) {
	for i, c := range readReference(t).Two {
		s, err := NewRankSum(c.X, c.Y)
		if err != nil {
			t.Fatal(err)
		}
		correct, err := s.Normal(true)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := s.Normal(false)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "normal", i, []float64{s.U, correct.P, plain.P}, []float64{c.U, c.PCorrect, c.PPlain}, 1e-11)
		if c.PExact != nil {
			exact, err := s.Exact()
			if err != nil {
				t.Fatal(err)
			}
			agree(t, "exact", i, []float64{exact.P}, []float64{*c.PExact}, 1e-11)
		}
		shift, err := s.InvertNormal(0.9)
		if err != nil {
			t.Fatal(err)
		}
		median, err := s.HodgesLehmann()
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "shift", i, []float64{median}, []float64{c.Median}, 1e-13)
		for k, v := range []float64{shift.Estimate - c.Shift, shift.Lower - c.ShiftCI[0], shift.Upper - c.ShiftCI[1]} {
			if math.Abs(v) > 2e-10 { // R's root is as near as its tolerance
				t.Errorf("shift %d, number %d is off by %g", i, k, v)
			}
		}
	}
}

func TestTablesAgreeWithR(t *testing.T) {
	r := readReference(t)
	for i, c := range r.Fisher {
		e, err := FisherExact(c.Table, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "Fisher", i, []float64{e.P, e.Less, e.Greater}, []float64{c.P, c.Less, c.Greater}, 1e-10)
		ratio, lower, upper := e.Loose()
		got := []float64{ratio, lower, upper}
		for k, want := range c.Uniroot {
			if !math.IsInf(got[k], 1) {
				agree(t, "Fisher, as R searches", i, got[k:k+1], []float64{want}, 1e-9)
			}
		}
		x, err := ChiSquare([][]float64{{float64(c.Table[0][0]), float64(c.Table[0][1])}, {float64(c.Table[1][0]), float64(c.Table[1][1])}}, true)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "Yates", i, []float64{x.Statistic, x.P}, c.Yates, 1e-11)
	}
	for i, c := range r.RxC {
		p, err := FisherExactTable(c.Table)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "r×c", i, []float64{p}, []float64{c.P}, 1e-9)
	}
}

func TestProportionsAgreeWithR(t *testing.T) {
	for i, c := range readReference(t).Binomial {
		p, err := BinomialTest(c.X, c.N, c.P)
		if err != nil {
			t.Fatal(err)
		}
		exact, err := ClopperPearson(c.X, c.N, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		wilson, err := Wilson(c.X, c.N, 0.9)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, "binomial test", i, []float64{p}, []float64{c.Value}, 1e-10)
		agree(t, "Clopper-Pearson", i, []float64{exact.Lower, exact.Upper}, c.Exact, 1e-11)
		agree(t, "Wilson", i, []float64{wilson.Lower, wilson.Upper}, c.Wilson, 1e-12)
	}
}

func TestStrataAgreeWithR(t *testing.T) {
	for i, c := range readReference(t).CMH {
		m, err := CochranMantelHaenszel(c.Tables, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		e, err := ExactMantelHaenszel(c.Tables, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		ratio, lower, upper := e.Loose()
		agree(t, "CMH", i, []float64{m.Corrected.Statistic, m.Corrected.P, m.Uncorrected.P}, append(c.Corrected, c.Uncorrected), 1e-11)
		agree(t, "common odds ratio", i, []float64{m.OddsRatio, m.Lower, m.Upper}, c.Ratio, 1e-12)
		agree(t, "homogeneity", i, []float64{m.BreslowDay.Statistic, m.BreslowDay.P, m.Tarone.Statistic, m.Tarone.P}, c.Homogeneity, 1e-9)
		agree(t, "exact CMH", i, []float64{e.P, ratio, lower, upper}, c.Exact, 1e-9)
	}
}
