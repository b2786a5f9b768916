package analysis

import (
	"math"
	"slices"

	"consilium/stats"
)

// landmarkKey lets an analysis of times begin later than the operation did.
var landmarkKey = Parameter{Name: "landmark", Kind: Number, Example: 6.0, About: "begin at this time: only who is still observed without the event is compared, by what was known then, and time counts from there"}

// landmark keeps the rows that are observed beyond the landmark and counts their time from there, so that what happened until then (a complication, a response) may divide the patients without
// favoring those who lived to have it (Anderson, Cain and Gelber, J Clin Oncol 1 (1983) 710-719). It is applied once, to the table, whatever the method.
func (m Method) landmark(s Spec, t *stats.Table) (*stats.Table, error) {
	if _, known := m.parameter(landmarkKey.Name); !known || !s.Has(landmarkKey.Name) {
		return t, nil
	}
	at, end := s.Number(landmarkKey.Name, 0), s.Text("stop")
	if end == "" {
		end = s.Text("time")
	}
	if at < 0 || math.IsInf(at, 0) {
		return nil, &stats.Error{Problem: stats.Invalid, Variable: landmarkKey.Name, Detail: "it lies before the beginning"}
	}
	times, err := t.Numbers(end)
	if err != nil {
		return nil, err
	}
	out := t.Keep(func(i int) bool { return times[i] > at })
	if out.Rows() == 0 {
		return nil, &stats.Error{Problem: stats.TooFewRows, Variable: landmarkKey.Name, Detail: "nobody is observed beyond it"}
	}
	out.Columns = slices.Clone(out.Columns)
	for j, c := range out.Columns {
		if c.Name != end && c.Name != s.Text("start") {
			continue
		}
		values, err := c.AsNumbers()
		if err != nil {
			return nil, err
		}
		later := make([]float64, len(values))
		for i, v := range values {
			later[i] = math.Max(v-at, 0) // who was observed before the landmark enters at it
		}
		out.Columns[j] = stats.Column{Name: c.Name, Numbers: later}
	}
	return out, nil
}
