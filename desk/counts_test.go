package desk

import (
	"maps"
	"testing"

	"consilium/registry"
)

// Of a column no number is told that a few rows make up, nor one that gives it away by subtraction.
func TestCountsOfAFewAreWithheld(t *testing.T) {
	for name, c := range map[string]struct {
		given int
		why   map[string]int
		few   bool
		told  map[string]int
	}{
		"all have a value":          {30, nil, false, nil},
		"a few have none":           {28, map[string]int{"lost": 2}, true, nil},
		"a few have one":            {2, map[string]int{"overdue": 28}, true, nil},
		"enough of both":            {20, map[string]int{"overdue": 10}, false, map[string]int{"overdue": 10}},
		"one reason of a few":       {15, map[string]int{"lost": 2, "overdue": 6, "refused": 7}, false, map[string]int{"refused": 7}},
		"a few beside one reason":   {20, map[string]int{"lost": 3, "overdue": 7}, false, nil},
		"nobody has one":            {0, map[string]int{"not_due_yet": 30}, false, map[string]int{"not_due_yet": 30}},
		"nobody, a few for a cause": {0, map[string]int{"not_due_yet": 27, "lost": 3}, false, nil},
	} {
		got := ColumnCount{Filled: registry.Filled{Given: c.given, Why: c.why}}
		got.withhold(30)
		if got.Few != c.few || !maps.Equal(got.Why, c.told) || !c.few && got.Given != c.given || c.few && got.Given != 0 {
			t.Errorf("%s: told %d, few %v, why %v", name, got.Given, got.Few, got.Why)
		}
	}
}
