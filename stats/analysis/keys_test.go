package analysis

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"consilium/stats"
)

func TestAKeyThatAMethodDoesNotHaveIsRefusedWithTheNearest(t *testing.T) {
	for _, test := range []struct{ method, key, nearest string }{
		{"logistic", "ofset", "offset"},
		{"logistic", "outcom", "outcome"},
		{"cox", "tie", "ties"},
		{"cox", "penalty", ""},
		{"kaplan_meier", "conf.lev", "level"},
		{"rmst", "tua", "tau"},
		{"fine_gray", "weight", "weights"},
		{"t_test", "transform", ""},
	} {
		c := Case{Method: test.method, Spec: Spec{test.key: "x"}}
		err := RefuseUnknownKeys(c)
		if !errors.Is(err, stats.Unsupported) || !strings.Contains(err.Error(), test.key) {
			t.Errorf("%s %s: %v", test.method, test.key, err)
		}
		if found := UnknownKeys(c); len(found) != 1 || found[0].Nearest != test.nearest {
			t.Errorf("%s %s: %+v, not %q", test.method, test.key, found, test.nearest)
		}
	}
	if err := RefuseUnknownKeys(Case{Method: "logistic", Spec: Spec{"conf": 0.9, "labels": map[string]any{}}}); err != nil {
		t.Error(err)
	}
}

func TestTheLevelIsOneThing(t *testing.T) {
	for _, key := range []string{"level", "conf", "conf_level", "conf.level"} {
		result, err := of(t, "birthwt", "logistic", Spec{"outcome": "low", "predictors": "age", key: 0.9})
		if err != nil {
			t.Fatal(key, err)
		}
		coef, se := result["coef"].([]float64)[1], result["se"].([]float64)[1]
		if got, want := result["wald_upper"].([]float64)[1], coef+1.6448536269514722*se; got < want-1e-12 || got > want+1e-12 {
			t.Errorf("%s: %g, not %g", key, got, want)
		}
	}
	for _, bad := range []any{0.0, 1.0, 95.0, "high", -0.5} {
		if _, err := of(t, "birthwt", "linear", Spec{"outcome": "bwt", "predictors": "age", "level": bad}); !errors.Is(err, stats.Invalid) {
			t.Errorf("level %v: %v", bad, err)
		}
	}
	if _, err := of(t, "birthwt", "linear", Spec{"outcome": "bwt", "predictors": "age", "level": 0.9, "conf": 0.95}); !errors.Is(err, stats.Invalid) {
		t.Errorf("two levels: %v", err)
	}
}

// counting are methods that follow no paper: they count, or add up.
var counting = []string{"complete_cases", "federated_descriptive"}

// TestEveryMethodSaysWhatItTakes: each key has an example of its own kind, and a word about it; a report can cite what the method follows.
func TestEveryMethodSaysWhatItTakes(t *testing.T) {
	for _, m := range Methods() {
		if m.About == "" || m.Result == nil {
			t.Errorf("%s does not say what it answers, or with what", m.Name)
		}
		if m.Source() == "" && !slices.Contains(counting, m.Name) {
			t.Errorf("%s does not say whom it follows", m.Name)
		}
		seen := map[string]bool{}
		for _, p := range m.Keys() {
			if seen[p.Name] && p.Name != "rows" { // tables have rows of their own
				t.Errorf("%s has %s twice", m.Name, p.Name)
			}
			seen[p.Name] = true
			if p.About == "" || p.Example == nil {
				t.Errorf("%s: %s has no example, or nothing is said about it", m.Name, p.Name)
			}
			for _, v := range []any{p.Example, p.Default} {
				if err := p.admits(v); err != nil {
					t.Errorf("%s: %v", m.Name, err)
				}
			}
		}
	}
}

// TestNoDefinitionIsOfAMethodThatIsNotThere, as after a method was renamed.
func TestNoDefinitionIsOfAMethodThatIsNotThere(t *testing.T) {
	for name := range sources {
		if _, found := Find(name); !found {
			t.Errorf("there is no method %s", name)
		}
	}
}

// TestATestWithoutLimitsRefusesALevel: to take it in silence would promise limits.
func TestATestWithoutLimitsRefusesALevel(t *testing.T) {
	for _, method := range []string{"logrank", "federated_logrank", "kruskal_wallis"} {
		for _, key := range []string{"level", "conf"} {
			if err := RefuseUnknownKeys(Case{Method: method, Spec: Spec{key: 0.9}}); !errors.Is(err, stats.Unsupported) || !strings.Contains(err.Error(), "it has no limits") {
				t.Errorf("%s with %s: %v", method, key, err)
			}
		}
	}
}

// TestEveryKeyThatIsReadIsDeclared looks for keys in the source: one that no method declares could never be given.
func TestEveryKeyThatIsReadIsDeclared(t *testing.T) {
	declared := map[string]bool{"conf_type": true}
	for _, m := range Methods() {
		for _, p := range m.Keys() {
			declared[p.Name] = true
			for _, alias := range p.Aliases {
				declared[alias] = true
			}
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read := regexp.MustCompile(`(?:[sS]pec|\bs)\.(?:Text|Texts|Number|Numbers|Truth|Has|Decode)\("([^"]+)"`)
	count := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range read.FindAllStringSubmatch(string(source), -1) {
			count++
			if !declared[found[1]] {
				t.Errorf("%s reads %q, which no method declares", file, found[1])
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d keys were found in the source", count)
	}
}

func TestWhatWouldNotFitIntoMemoryIsRefused(t *testing.T) {
	table := read(t, "y,x\n1,2\n0,3\n1,4\n0,1\n1,1\n")
	c := Case{Method: "logistic", Spec: Spec{"outcome": "y", "predictors": "x"}}
	if _, err := Run(WithMemory(t.Context(), 100), c, table, nil); !errors.Is(err, stats.TooLarge) {
		t.Error(err)
	}
	if _, err := Run(WithMemory(t.Context(), 1<<20), c, table, nil); err != nil {
		t.Error(err)
	}
}

func TestAContextThatHasEndedEndsLongMethods(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	table := read(t, "y,x,p\n1,2,0.5\n0,3,0.2\n1,,0.4\n0,1,0.45\n1,1,0.6\n0,5,0.2\n1,4,0.1\n")
	for method, spec := range map[string]Spec{
		"mice":         {"model": "y ~ x (linear)"},
		"ra_cusum_arl": {"p": "p", "h": 2.0},
		"validation":   {"outcome": "y", "predictors": "p"},
	} {
		if _, err := Run(ctx, Case{Method: method, Spec: spec}, table, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", method, err)
		}
	}
}
