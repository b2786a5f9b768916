package analysis

import (
	"maps"

	"consilium/stats"
)

// Incomplete says how many of the rows that an analysis is asked of lack a value which it uses.
type Incomplete struct {
	Selected  int            // rows that the condition "rows" keeps
	Lacking   int            // of those, rows without a value of one variable at least
	Variables map[string]int // how many lack each variable; those that nobody lacks are not in it
}

// Incomplete counts the rows of a data set, as it was read, that lack a value of a variable of the analysis.
func (c Case) Incomplete(t *stats.Table) (Incomplete, error) {
	out := Incomplete{Variables: map[string]int{}}
	t, _, err := c.Spec.prepared(t)
	if err != nil {
		return out, err
	}
	out.Selected = t.Rows()
	modeled := Case{Method: c.Method, Spec: maps.Clone(c.Spec)}
	for _, key := range []string{"rows", "derived", "title"} { // what only these name has done its part
		delete(modeled.Spec, key)
	}
	used := modeled.uses(t)
	lacking := make([]bool, t.Rows())
	for _, column := range t.Columns {
		if !used(column.Name) {
			continue
		}
		for i := range lacking {
			if column.Missing(i) {
				out.Variables[column.Name]++
				lacking[i] = true
			}
		}
	}
	for _, one := range lacking {
		if one {
			out.Lacking++
		}
	}
	return out, nil
}
