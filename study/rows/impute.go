package rows

import (
	"slices"

	"consilium/stats"
	"consilium/stats/missing"
	"consilium/study/protocol"
)

// imputed completes the rows of an analysis several times by chained equations, from this hospital's own rows alone. Every variable that some analysis of the
// protocol uses takes part, so that what tells of a missing value is used wherever it stands (van Buuren and others, Stat Med 1999;18:681), and each analysis has
// the same completed rows. The draws depend on the protocol's seed and nothing else. The error is a [*stats.Error] where the hospital has too little to impute from.
func (t *Table) imputed(a *protocol.Analysis) ([]*Table, error) {
	keep, err := t.Where(a.Where)
	if err != nil {
		return nil, err
	}
	plan := t.Protocol.Missing
	complete, err := t.Complete(a)
	if err != nil {
		return nil, err
	}
	if base := t.Only(keep); complete.Rows == base.Rows || base.Rows == 0 {
		return slices.Repeat([]*Table{base}, plan.Imputations), nil
	}
	names := t.Protocol.Used()
	var columns stats.Table
	for _, name := range names {
		columns.Columns = append(columns.Columns, t.Variables[name].column())
	}
	im, err := missing.Impute(&columns, missing.Plan{Imputations: plan.Imputations, Seed: uint64(plan.Seed)})
	if err != nil {
		return nil, err
	}
	var list []*Table
	for k := range im.M {
		filled, err := t.filled(im.Table(k), names)
		if err != nil {
			return nil, err
		}
		list = append(list, filled.Only(keep))
	}
	return list, nil
}

// column is a variable as imputation takes it: categories as words.
func (v *Values) column() stats.Column {
	if v.Type != protocol.Category {
		return stats.Column{Name: v.Name, Numbers: v.X}
	}
	texts := make([]string, len(v.X))
	for i, x := range v.X {
		if x == x {
			texts[i] = v.Levels[int(x)]
		}
	}
	return stats.Column{Name: v.Name, Texts: texts}
}

// filled is the table with completed variables.
func (t *Table) filled(from *stats.Table, names []string) (*Table, error) {
	out := *t
	out.Variables = map[string]*Values{}
	for name, v := range t.Variables {
		out.Variables[name] = v
	}
	for _, name := range names {
		c, err := from.Column(name)
		if err != nil {
			return nil, err
		}
		v := &Values{Variable: t.Variables[name].Variable, X: c.Numbers, text: c.Texts}
		if c.Texts != nil {
			v.X = make([]float64, len(c.Texts))
			for i, s := range c.Texts {
				v.X[i] = float64(slices.Index(v.Levels, s))
			}
		}
		out.Variables[name] = v
	}
	return &out, nil
}
