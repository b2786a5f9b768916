package missing

import (
	"cmp"
	"fmt"
	"slices"

	"consilium/stats"
)

// Completeness is what an analysis of complete rows would use and lose.
type Completeness struct {
	Rows      int      // of the table
	Complete  []int    // rows in which every variable is there
	Dropped   []int    // the others
	Variables []Absent // in the order asked for
	Patterns  []Pattern
}

// Absent counts the rows in which one variable is missing.
type Absent struct {
	Variable string
	Rows     int
	Alone    int // rows that are lost because of this variable only
}

// Pattern is a set of variables that are missing together; the most frequent comes first.
type Pattern struct {
	Missing []string
	Rows    int
}

// CompleteCases says which rows have all of the named variables (of all, if none is named), and for those dropped, why.
func CompleteCases(t *stats.Table, names ...string) (*Completeness, error) {
	columns, err := choose(t, names)
	if err != nil {
		return nil, err
	}
	c := &Completeness{Rows: t.Rows(), Variables: make([]Absent, len(columns))}
	for j, column := range columns {
		c.Variables[j].Variable = column.Name
	}
	patterns := map[string]*Pattern{}
	for i := range c.Rows {
		absent, key := c.absent(columns, i)
		if len(absent) == 0 {
			c.Complete = append(c.Complete, i)
			continue
		}
		c.Dropped = append(c.Dropped, i)
		if patterns[key] == nil {
			patterns[key] = &Pattern{Missing: absent}
		}
		patterns[key].Rows++
	}
	for _, p := range patterns {
		c.Patterns = append(c.Patterns, *p)
	}
	slices.SortFunc(c.Patterns, func(a, b Pattern) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), slices.Compare(a.Missing, b.Missing))
	})
	return c, nil
}

// absent are the variables that row i misses, counted; key tells one such set from another.
func (c *Completeness) absent(columns []stats.Column, i int) (names []string, key string) {
	pattern := make([]byte, len(columns))
	last := 0
	for j, column := range columns {
		if column.Missing(i) {
			c.Variables[j].Rows++
			names, pattern[j], last = append(names, column.Name), 1, j
		}
	}
	if len(names) == 1 {
		c.Variables[last].Alone++
	}
	return names, string(pattern)
}

// choose finds the named variables; all of the table, if none is named.
func choose(t *stats.Table, names []string) ([]stats.Column, error) {
	columns := t.Columns
	if len(names) > 0 {
		columns = make([]stats.Column, len(names))
	}
	for j, name := range names {
		var err error
		if columns[j], err = t.Column(name); err != nil {
			return nil, err
		}
		if slices.Contains(names[:j], name) {
			return nil, &stats.Error{Method: "data", Problem: stats.Invalid, Variable: name, Detail: "it is named twice"}
		}
	}
	for _, c := range columns {
		if c.Len() != t.Rows() {
			return nil, &stats.Error{Method: "data", Problem: stats.Invalid, Variable: c.Name, Detail: fmt.Sprintf("%d values for %d rows", c.Len(), t.Rows())}
		}
	}
	return columns, nil
}
