package agree

import (
	"slices"

	"consilium/stats"
	"consilium/stats/analysis"
)

// factorOf is the variable of the data whose levels the model has as indicators among its predictors, "" if there is none. The published case of insurance
// claims reports errors by district so, with the indicators d2, d3 and d4 of its districts, and names no cluster.
func factorOf(s analysis.Spec, t *stats.Table) string {
	terms := s.Texts("predictors")
	for _, c := range t.Columns {
		if slices.Contains(terms, c.Name) || c.Name == s.Text("outcome") || c.Numbers == nil {
			continue
		}
		labels, codes := stats.Groups(c.Numbers)
		if len(labels) > 2 && indicators(t, terms, codes, len(labels)) == len(labels)-1 {
			return c.Name
		}
	}
	return ""
}

// indicators counts the terms that are 1 in exactly one level, and 0 in all others.
func indicators(t *stats.Table, terms []string, codes []int, levels int) (count int) {
	rows := make([]int, levels)
	for _, c := range codes {
		rows[c]++
	}
	for _, term := range terms {
		column, err := t.Numbers(term)
		if err != nil {
			return 0
		}
		ones := make([]int, levels)
		for i, v := range column {
			if v == 1 {
				ones[codes[i]]++
			}
		}
		if k := slices.IndexFunc(ones, func(n int) bool { return n > 0 }); k >= 0 && ones[k] == rows[k] && !slices.ContainsFunc(ones[k+1:], func(n int) bool { return n > 0 }) {
			count++
		}
	}
	return count
}
