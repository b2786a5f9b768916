package figure

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Golden files of the figures of studies: English as wide as usual, Chinese for a phone.
func TestGoldenStudyFigures(t *testing.T) {
	for _, zh := range []bool{false, true} {
		for name, f := range shown(zh, map[bool]float64{true: 344}[zh]) {
			golden(t, name+either(zh, "-en", "-zh")+".svg", f.SVG())
			if !zh {
				golden(t, name+".csv", f.Table().CSV())
			}
			if err := fits(f.SVG()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from its golden file; look at it, then run with -update", name)
	}
}

// whole says what of a figure lies outside its picture: words, or shapes by more than half a mark.
func whole(d *drawing) error {
	for _, i := range d.items {
		at := i.path.at
		for _, op := range i.path.ops {
			n := map[byte]int{'m': 2, 'l': 2, 'o': 3}[op]
			if n > 0 && (!(at[0] >= -8) || !(at[0] <= d.width+8) || !(at[1] >= -8) || !(at[1] <= d.height+8)) {
				return fmt.Errorf("a shape reaches %g, %g in %g × %g", at[0], at[1], d.width, d.height)
			}
			at = at[n:]
		}
	}
	return nil
}

var (
	anyLabel  = rapid.OneOf(rapid.StringN(0, 20, -1), rapid.SampledFrom([]string{"", "微血管减压术后迟发性面瘫的患者", "Western University Hospital, department of functional neurosurgery", "</svg><script>", "95% CI"}))
	anyNumber = rapid.OneOf(rapid.Float64Range(-3, 3), rapid.Float64Range(0, 400), rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, 1, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1e16, 1e16 + 2}))
	anyList   = rapid.SliceOfN(anyNumber, 0, 8)
)

func anySheet(t *rapid.T) Sheet {
	return Sheet{ID: anyLabel.Draw(t, "id"), Title: anyLabel.Draw(t, "title"), Desc: anyLabel.Draw(t, "desc"),
		Width: rapid.OneOf(rapid.Float64Range(280, 900), rapid.Just(0.0)).Draw(t, "width"), Height: rapid.Float64Range(-10, 500).Draw(t, "height")}
}

func anyAxis(t *rapid.T) Axis {
	a := Axis{Label: anyLabel.Draw(t, "axis"), Log: rapid.IntRange(0, 3).Draw(t, "log") == 0}
	if rapid.IntRange(0, 3).Draw(t, "given") == 0 {
		a.Min, a.Max = anyNumber.Draw(t, "min"), anyNumber.Draw(t, "max")
	}
	if rapid.IntRange(0, 4).Draw(t, "ticks") == 0 {
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			a.Ticks = append(a.Ticks, Tick{anyNumber.Draw(t, "at"), anyLabel.Draw(t, "tick")})
		}
	}
	return a
}

func several[T any](t *rapid.T, most int, draw func(*rapid.T) T) (list []T) {
	for range rapid.IntRange(0, most).Draw(t, "several") {
		list = append(list, draw(t))
	}
	return list
}

func anyWords(t *rapid.T) []string { return rapid.SliceOfN(anyLabel, 0, 4).Draw(t, "words") }

func anyCurve(t *rapid.T) Curve {
	return Curve{Name: anyLabel.Draw(t, "name"), X: anyList.Draw(t, "x"), Y: anyList.Draw(t, "y"), Low: anyList.Draw(t, "low"), High: anyList.Draw(t, "high"), Steps: rapid.Bool().Draw(t, "steps")}
}

func anyPoint(t *rapid.T) Point {
	return Point{X: anyNumber.Draw(t, "px"), Y: anyNumber.Draw(t, "py"), Low: anyNumber.Draw(t, "low"), High: anyNumber.Draw(t, "high"), Label: anyLabel.Draw(t, "label")}
}

func anyEvent(t *rapid.T) Event {
	return Event{X: anyNumber.Draw(t, "ex"), Label: anyLabel.Draw(t, "event")}
}

// anyFigures draws one of each.
func anyFigures(t *rapid.T) map[string]interface {
	Figure
	draw() *drawing
} {
	number := func() float64 { return anyNumber.Draw(t, "number") }
	label := func() string { return anyLabel.Draw(t, "label") }
	return map[string]interface {
		Figure
		draw() *drawing
	}{
		"survival": Survival{Sheet: anySheet(t), X: anyAxis(t), Y: anyAxis(t), Incidence: rapid.Bool().Draw(t, "rising"), AtRisk: label(), Notes: anyWords(t),
			Curves: several(t, 4, func(t *rapid.T) SurvivalCurve {
				return SurvivalCurve{Name: label(), Time: anyList.Draw(t, "time"), Value: anyList.Draw(t, "value"), Low: anyList.Draw(t, "low"), High: anyList.Draw(t, "high"),
					AtRisk: anyList.Draw(t, "risk"), Censored: anyList.Draw(t, "gone")}
			})},
		"forest": Forest{Sheet: anySheet(t), X: anyAxis(t), Null: number(), Names: label(), Cells: anyWords(t), Effect: label(), Weight: label(), Favors: [2]string{label(), label()}, Notes: anyWords(t),
			Rows: several(t, 6, func(t *rapid.T) Effect {
				return Effect{Kind: EffectKind(rapid.IntRange(0, 3).Draw(t, "kind")), Name: label(), Cells: anyWords(t), Value: number(), Low: number(), High: number(), Text: label(), Weight: number(), WeightText: label()}
			})},
		"funnel": Funnel{Sheet: anySheet(t), X: anyAxis(t), Y: anyAxis(t), Center: number(), Added: label(), Notes: anyWords(t),
			Limits: several(t, 2, func(t *rapid.T) FunnelLimit { return FunnelLimit{number(), label()} }),
			Points: several(t, 8, func(t *rapid.T) FunnelPoint {
				return FunnelPoint{Name: label(), Effect: number(), SE: number(), Added: rapid.Bool().Draw(t, "added"), Label: label()}
			})},
		"centers": CenterFunnel{Sheet: anySheet(t), X: anyAxis(t), Y: anyAxis(t), Target: number(), Average: label(), Limits: several(t, 3, anyCurve), Notes: anyWords(t),
			Centers: several(t, 8, func(t *rapid.T) Center {
				return Center{label(), number(), number(), rapid.Bool().Draw(t, "own"), rapid.Bool().Draw(t, "out")}
			})},
		"balance": Balance{Sheet: anySheet(t), X: anyAxis(t), Names: label(), Series: anyWords(t), Threshold: number(),
			Rows: several(t, 6, func(t *rapid.T) Covariate { return Covariate{label(), anyList.Draw(t, "differences")} })},
		"calibration": Calibration{Sheet: anySheet(t), X: anyAxis(t), Y: anyAxis(t), Ideal: label(), Curves: several(t, 2, anyCurve), Grouped: label(), Groups: several(t, 5, anyPoint), Notes: anyWords(t),
			Histogram: Histogram{Edges: anyList.Draw(t, "edges"), Up: anyList.Draw(t, "up"), Down: anyList.Draw(t, "down"), UpName: label(), DownName: label()}},
		"agreement": Agreement{Sheet: anySheet(t), X: anyAxis(t), Y: anyAxis(t), Pairs: several(t, 12, anyPoint), Count: label(), Notes: anyWords(t),
			Levels: several(t, 3, func(t *rapid.T) Level { return Level{label(), number(), number(), number(), ""} })},
		"decision": Decision{Sheet: anySheet(t), X: anyAxis(t), Y: anyAxis(t), Curves: several(t, 3, anyCurve), Reference: several(t, 2, anyCurve), Notes: anyWords(t)},
		"cusum": Cusum{Sheet: anySheet(t), X: anyAxis(t), Y: anyAxis(t), Lines: several(t, 2, anyCurve), Limits: several(t, 2, anyCurve), Notes: anyWords(t), Events: several(t, 3, anyEvent),
			Signals: several(t, 3, func(t *rapid.T) Signal { return Signal{number(), number(), label()} })},
		"run": RunChart{Sheet: anySheet(t), X: anyAxis(t), Y: anyAxis(t), Points: several(t, 8, anyPoint), Center: several(t, 2, anyCurve), Limits: several(t, 2, anyCurve), Notes: anyWords(t), Events: several(t, 3, anyEvent),
			Rules: several(t, 3, func(t *rapid.T) Rule {
				return Rule{rapid.IntRange(-2, 9).Draw(t, "from"), rapid.IntRange(-2, 9).Draw(t, "to"), label()}
			})},
	}
}

// Whatever the values and words: the SVG is well-formed, holds no script, no label is cut off or lies on another, nothing is
// drawn outside, and the table is as wide as its head.
func TestAnyStudyFigureFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for name, f := range anyFigures(t) {
			svg := f.SVG()
			if err := fits(svg); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
			if err := whole(f.draw()); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
			if !bytes.Equal(svg, f.SVG()) {
				t.Fatalf("%s: not the same twice", name)
			}
			table := f.Table()
			for _, row := range table.Rows {
				if len(row) != len(table.Head) {
					t.Fatalf("%s: a row of %d under a head of %d", name, len(row), len(table.Head))
				}
				for _, cell := range row {
					if cell == "NaN" || strings.Contains(cell, "Inf") {
						t.Fatalf("%s: the table says %q", name, cell)
					}
				}
			}
		}
	})
}

func TestFiguresWithoutData(t *testing.T) {
	for name, f := range map[string]Figure{"survival": Survival{}, "forest": Forest{}, "funnel": Funnel{}, "centers": CenterFunnel{}, "balance": Balance{},
		"agreement": Agreement{}, "calibration": Calibration{}, "decision": Decision{}, "cusum": Cusum{}, "run": RunChart{}, "line": Line{}} {
		if err := fits(f.SVG()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.HasPrefix(f.PDF(), []byte("%PDF-1.7\n")) {
			t.Errorf("%s: no PDF", name)
		}
	}
}

// The numbers at risk are those just before each tick, by R's survfit(Surv(time, status) ~ 1, aml[aml$x == "Maintained", ]) of the
// package survival 3.5 (summary(fit, times = c(0, 12, 24, 36, 48, 60, 161, 170))$n.risk: 11 9 5 4 3 1 1, and none after).
func TestNumbersAtRisk(t *testing.T) {
	c := SurvivalCurve{Time: []float64{9, 13, 18, 23, 28, 31, 34, 45, 48, 161}, AtRisk: []float64{11, 10, 8, 7, 6, 5, 4, 3, 2, 1}}
	for at, want := range map[float64]float64{0: 11, 9: 11, 12: 10, 13: 10, 24: 6, 36: 3, 48: 2, 49: 1, 161: 1, 170: 0} {
		if got := c.atRisk(at); got != want {
			t.Errorf("at %g: %g, want %g", at, got, want)
		}
	}
}

// The marks of a forest plot are as large as weights: four times the weight is twice the side.
func TestForestSquares(t *testing.T) {
	g := forest{heaviest: 40}
	if a, b := g.side(40), g.side(10); a != 2*b {
		t.Errorf("sides of %g and %g", a, b)
	}
	for _, w := range []float64{math.NaN(), math.Inf(1), -1, 0} {
		if s := g.side(w); !(s > 0 && s < 5) {
			t.Errorf("weight %g has a side of %g", w, s)
		}
	}
}

func TestSparseKeepsExtremes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var points []spot
		x := 0.0
		for range rapid.IntRange(0, 300).Draw(t, "n") {
			x += rapid.Float64Range(0, 0.3).Draw(t, "dx")
			points = append(points, spot{x, rapid.Float64Range(0, 100).Draw(t, "y")})
		}
		kept := sparse(points)
		all, left := nowhere(), nowhere()
		for _, p := range points {
			all.cover(p.y)
		}
		for _, p := range kept {
			left.cover(p.y)
		}
		if all != left || len(kept) > len(points) || len(kept) > 4*int(x*4+1) {
			t.Fatalf("%d of %d: %v of %v", len(kept), len(points), left, all)
		}
		if n := len(points); n > 0 && (kept[0] != points[0] || kept[len(kept)-1] != points[n-1]) {
			t.Fatal("the ends are gone")
		}
	})
}
