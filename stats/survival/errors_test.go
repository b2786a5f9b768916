package survival

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"consilium/stats"
	"consilium/stats/fit"
)

// small is eight rows, with ties.
var small = Times{Stop: []float64{1, 2, 2, 3, 4, 5, 6, 7}, Event: []int{1, 1, 0, 1, 1, 0, 1, 0}}

func design(columns ...[]float64) stats.Design {
	names := []string{"age", "stage", "grade"}
	return stats.Design{Terms: names[:len(columns)], Columns: columns}
}

func cox(t Times, x stats.Design, o CoxOptions) error {
	s, err := NewRiskSets(t, x, o)
	if err != nil {
		return err
	}
	_, err = Cox(s, fit.Options{})
	return err
}

func TestCoxSaysWhyThereIsNoAnswer(t *testing.T) {
	age := []float64{5, 3, 8, 1, 9, 2, 7, 4}
	same := []float64{.1, .1, .1, .1, .1, .1, .1, .1}
	twice := []float64{13.1, 9.1, 19.1, 5.1, 21.1, 7.1, 17.1, 11.1} // 2·age + 3.1
	never := []float64{0, 0, 1, 0, 0, 1, 0, 1}                      // nobody with 1 had the event
	parted := []float64{8, 7, 2, 6, 5, 1, 4, 0}                     // falls from event to event
	none := Times{Stop: small.Stop, Event: make([]int, 8)}
	each := Groups{Labels: []string{"a", "b", "c", "d", "e", "f", "g", "h"}, Of: []int{0, 1, 2, 3, 4, 5, 6, 7}}
	byAge := Groups{Labels: []string{"young", "old"}, Of: []int{0, 0, 1, 0, 1, 0, 1, 0}}
	within := []float64{0, 0, 1, 0, 1, 0, 1, 0} // constant in each stratum of byAge
	sets, _ := NewRiskSets(small, design(age), CoxOptions{})
	_, long := sets.Sums([]float64{1, 2})
	_, longPairs := sets.Pairs(nil)
	_, longMeat := sets.Meat([]float64{1, 2}, each.Of)
	_, badCluster := sets.Meat([]float64{1}, []int{0, 1, 2, 3, 4, 5, 6, -1})
	for _, c := range []struct {
		name     string
		err      error
		problem  stats.Problem
		variable string
	}{
		{"coefficients of another model", long, stats.Invalid, "coefficients"},
		{"no coefficients for pairs", longPairs, stats.Invalid, "coefficients"},
		{"coefficients of another model for the meat", longMeat, stats.Invalid, "coefficients"},
		{"cluster below zero", badCluster, stats.Invalid, "cluster"},
		{"all censored", cox(none, design(age), CoxOptions{}), stats.NoEvents, "status"},
		{"a constant", cox(small, design(age, same), CoxOptions{}), stats.OneLevel, "stage"},
		{"a copy", cox(small, design(age, twice), CoxOptions{}), stats.Collinear, "stage"},
		{"constant within strata", cox(small, design(age, within), CoxOptions{Strata: byAge}), stats.Collinear, "stage"},
		{"no event on one side", cox(small, design(age, never), CoxOptions{}), stats.Separation, "stage"},
		{"ordered by the event", cox(small, design(parted), CoxOptions{}), stats.Separation, "age"},
		{"the same in tiny units", cox(small, design(scaled(parted, 1e-7)), CoxOptions{}), stats.Separation, "age"},
		{"the same in huge units", cox(small, design(scaled(parted, 1e9), age), CoxOptions{}), stats.Separation, "age"},
		{"everybody a stratum", cox(small, design(age), CoxOptions{Strata: each}), stats.EmptyStratum, "strata"},
		{"negative time", cox(Times{Stop: []float64{-1, 2}, Event: []int{1, 0}}, design([]float64{1, 2}), CoxOptions{}), stats.Invalid, "time"},
		{"stop not after start", cox(Times{Start: []float64{0, 2}, Stop: []float64{1, 2}, Event: []int{1, 0}}, design([]float64{1, 2}), CoxOptions{}), stats.Invalid, "stop"},
		{"infinite time", cox(Times{Stop: []float64{1, math.Inf(1)}, Event: []int{1, 0}}, design([]float64{1, 2}), CoxOptions{}), stats.Missing, "time"},
		{"missing term", cox(small, design([]float64{5, 3, math.NaN(), 1, 9, 2, 7, 4}), CoxOptions{}), stats.Missing, "age"},
		{"short term", cox(small, design([]float64{5, 3}), CoxOptions{}), stats.Invalid, "age"},
		{"no term", cox(small, stats.Design{}, CoxOptions{}), stats.Invalid, ""},
		{"no rows", cox(Times{}, design([]float64{}), CoxOptions{}), stats.TooFewRows, ""},
		{"one row", cox(Times{Stop: []float64{1}, Event: []int{1}}, design([]float64{2}), CoxOptions{}), stats.EmptyStratum, "strata"},
		{"more terms than rows", cox(Times{Stop: []float64{1, 2}, Event: []int{1, 1}}, design([]float64{2, 1}, []float64{1, 2}, []float64{1, 1}), CoxOptions{}), stats.TooFewRows, ""},
		{"unknown ties", cox(small, design(age), CoxOptions{Ties: "exact"}), stats.Unsupported, "ties"},
		{"weight zero", cox(small, design(age), CoxOptions{Weights: []float64{1, 1, 1, 1, 1, 1, 1, 0}}), stats.Infinite, "weights"},
		{"short weights", cox(small, design(age), CoxOptions{Weights: []float64{1}}), stats.Invalid, ""},
		{"two causes", cox(Times{Stop: []float64{1, 2}, Event: []int{1, 2}}, design([]float64{1, 2}), CoxOptions{}), stats.Invalid, "status"},
		{"stratum out of range", cox(small, design(age), CoxOptions{Strata: Groups{Labels: []string{"a"}, Of: []int{0, 0, 0, 0, 0, 0, 0, 1}}}), stats.Invalid, "group"},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, c.err, c.problem, c.variable) })
	}
}

func scaled(list []float64, by float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = v * by
	}
	return out
}

// refused fails unless err is of the given sort, and names the variable and advice.
func refused(t *testing.T, err error, problem stats.Problem, variable string) {
	t.Helper()
	var e *stats.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an error: %s", err, problem)
	}
	if e.Problem != problem || e.Variable != variable {
		t.Errorf("got %v, want %s (%s)", err, problem, variable)
	}
}

func TestCurvesAndTestsSayWhyThereIsNoAnswer(t *testing.T) {
	none := Times{Stop: small.Stop, Event: make([]int, 8)}
	two := Groups{Labels: []string{"a", "b"}, Of: []int{0, 1, 0, 1, 0, 1, 0, 1}}
	apart := Groups{Labels: []string{"a", "b"}, Of: []int{0, 0, 0, 0, 0, 0, 0, 1}}
	counts := func(t Times, g Groups) Counts { c, _ := Count(t, g); return c }
	causes := func(t Times, g Groups) Competing { c, _ := CountCauses(t, g); return c }
	late := Times{Start: []float64{0, 0, 10, 10}, Stop: []float64{1, 2, 11, 12}, Event: []int{1, 1, 1, 1}}
	sides := Groups{Labels: []string{"a", "b"}, Of: []int{0, 0, 1, 1}}
	km := func(c Counts, scale Scale, level float64) error { _, err := KaplanMeier(c, scale, level); return err }
	test := func(rho float64, c ...Counts) error { _, err := LogRank(rho, c...); return err }
	mean := func(c Counts, tau float64) error { _, err := RestrictedMean(c, tau); return err }
	gray := func(cause int, c ...Competing) error { _, err := GrayTest(cause, 0, c...); return err }
	fg := func(t Times, x stats.Design, cause int) error {
		_, err := FineGray(t, x, cause, FineGrayOptions{})
		return err
	}
	sampled, _ := CountWeighted(small, two, []float64{1.5, 2, 1, 1, 3, 1, 1, 2}, true)
	age := design([]float64{5, 3, 8, 1, 9, 2, 7, 4})
	_, different := Merge(counts(small, two), counts(small, Groups{}))
	_, nothing := Merge()
	_, uneven := Merge(Counts{Labels: []string{"a"}, Rows: []float64{1}, Times: []float64{1, 2}, Events: [][]float64{{1}}, Exits: [][]float64{{1}}})
	impossible := Counts{Labels: []string{"a"}, Rows: []float64{1}, Times: []float64{1}, Events: [][]float64{{2}}, Exits: [][]float64{{1}}}
	_, entry := CountCauses(late, sides)
	_, weightless := CountWeighted(small, two, []float64{1, 1, 1, 0, 1, 1, 1, 1}, false)
	_, shortWeights := CountWeighted(small, two, []float64{1}, false)
	_, lateWeights := CountWeighted(late, sides, []float64{1, 2, 1, 1}, true)
	many := Groups{Labels: make([]string, 20_000), Of: make([]int, 20_000)}
	_, tooMany := Count(Times{Stop: make([]float64, 20_000), Event: make([]int, 20_000)}, many)
	_, noCause := CountCauses(none, two)
	_, half := NewTimes(nil, []float64{1, 2}, []float64{0, 0.5})
	_, unknown := NewTimes(nil, []float64{1, 2}, []float64{0, math.NaN()})
	_, unequalLists := NewTimes(nil, []float64{1, 2}, []float64{0})
	for _, c := range []struct {
		name     string
		err      error
		problem  stats.Problem
		variable string
	}{
		{"curve: all censored", km(counts(none, two), LogLog, 0.95), stats.NoEvents, "status"},
		{"curve: scale", km(counts(small, two), "probit", 0.95), stats.Unsupported, "conf"},
		{"curve: level", km(counts(small, two), Log, 1), stats.Invalid, "level"},
		{"test: one group", test(0, counts(small, Groups{})), stats.OneLevel, "group"},
		{"test: all censored", test(0, counts(none, two)), stats.NoEvents, "status"},
		{"test: a group never at risk at an event", test(0, counts(late, sides)), stats.EmptyStratum, "b"},
		{"test: nothing", test(0), stats.TooFewRows, ""},
		{"test: rho", test(math.NaN(), counts(small, two)), stats.Invalid, "rho"},
		{"test: groups differ", test(0, counts(small, two), counts(small, Groups{})), stats.Invalid, "group"},
		{"mean: tau", mean(counts(small, two), 0), stats.Invalid, "tau"},
		{"mean: all censored", mean(counts(none, two), 3), stats.NoEvents, "status"},
		{"test: weights that are no numbers of rows", test(0, sampled), stats.Unsupported, "weights"},
		{"counts: groups differ", different, stats.Invalid, "group"},
		{"counts: none", nothing, stats.TooFewRows, ""},
		{"counts: lists of unequal length", uneven, stats.Invalid, ""},
		{"counts: more events than rows", km(impossible, LogLog, 0.95), stats.Invalid, "a"},
		{"counts: weight of zero", weightless, stats.Infinite, "weights"},
		{"counts: weights too short", shortWeights, stats.Invalid, "weights"},
		{"counts: weights with entry times", lateWeights, stats.Unsupported, "start"},
		{"counts: groups as many as rows", tooMany, stats.Unsupported, "group"},
		{"causes: entry times", entry, stats.Unsupported, "start"},
		{"causes: all censored", noCause, stats.NoEvents, "status"},
		{"Gray: one group", gray(1, causes(small, Groups{})), stats.OneLevel, "group"},
		{"Gray: no such cause", gray(2, causes(small, two)), stats.NoEvents, "status"},
		{"Fine-Gray: no such cause", fg(small, age, 2), stats.NoEvents, "status"},
		{"Fine-Gray: entry", fg(late, design([]float64{1, 2, 3, 4}), 1), stats.Unsupported, "start"},
		{"Fine-Gray: ordered by the event", fg(small, design([]float64{8, 7, 2, 6, 5, 1, 4, 0}), 1), stats.Separation, "age"},
		{"Fine-Gray: a constant", fg(small, design([]float64{2, 2, 2, 2, 2, 2, 2, 2}), 1), stats.OneLevel, "age"},
		{"status: half an event", half, stats.Invalid, "status"},
		{"status: unknown", unknown, stats.Missing, "status"},
		{"status: too short", unequalLists, stats.Invalid, "status"},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, c.err, c.problem, c.variable) })
	}
	if _, err := LogRank(0, counts(small, apart)); err != nil {
		t.Errorf("a group of one censored row is a group: %v", err)
	}
}

// An effect may be very strong, so strong that risks span more than the range of a number, and still be finite.
func TestAStrongEffectIsNotTakenForAnInfiniteOne(t *testing.T) {
	for _, effect := range []float64{10, 50, 200} {
		r := rand.New(rand.NewPCG(9, 10))
		times, x := Times{Stop: make([]float64, 200), Event: make([]int, 200)}, design(make([]float64, 200))
		late := make([]float64, 200)
		for i := range times.Stop {
			x.Columns[0][i] = r.NormFloat64()
			late[i] = -effect*x.Columns[0][i] + math.Log(r.ExpFloat64())
		}
		for rank, i := range ascending(late) {
			times.Stop[i], times.Event[i] = float64(rank+1), 1
		}
		m := fitted(t, times, x, CoxOptions{})
		if math.Abs(m.Coef[0]-effect) > 4*m.SE()[0] {
			t.Errorf("effect %v: %v ± %v", effect, m.Coef[0], m.SE()[0])
		}
	}
}
