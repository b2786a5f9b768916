package rows

import (
	"math"
	"sync"

	"consilium/study/protocol"
)

// Part is what one part of a variable's expression comes to in each row: 1 or 0 of a condition, the number of an amount or divisor, NaN where it is missing.
type Part struct {
	protocol.Part
	X []float64
}

// traced keeps the parts of expressions over all rows of a file: many analyses of one protocol ask for the same.
type traced struct {
	mu   sync.Mutex
	have map[*protocol.Variable][]Part
}

// Parts are those of a variable's expression, over the rows of the table; none of a variable that is a column as it stands.
func (t *Table) Parts(variable string) ([]Part, error) {
	v := t.Variables[variable]
	if v == nil || v.Value.IsZero() || t.file == nil {
		return nil, nil
	}
	all, err := t.parts.of(v.Variable, t.file)
	if err != nil {
		return nil, err
	}
	list := make([]Part, len(all))
	for k, p := range all {
		list[k] = Part{p.Part, make([]float64, t.Rows)}
		for i, at := range t.At {
			list[k].X[i] = p.X[at]
		}
	}
	return list, nil
}

func (m *traced) of(v *protocol.Variable, f *File) ([]Part, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if list, ok := m.have[v]; ok {
		return list, nil
	}
	trace, err := v.Value.Trace()
	if err != nil {
		return nil, err
	}
	list := make([]Part, len(trace.Parts))
	for k, p := range trace.Parts {
		list[k] = Part{p, make([]float64, f.Rows)}
	}
	row := &fileRow{f: f}
	for row.i = range f.Rows {
		for k, raw := range trace.Eval(row) {
			list[k].X[row.i] = figure(raw)
		}
	}
	m.have[v] = list
	return list, nil
}

func figure(raw any) float64 {
	switch v := raw.(type) {
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
		return 0
	}
	return math.NaN()
}
