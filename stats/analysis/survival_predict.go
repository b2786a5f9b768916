package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/survival"
)

// coxPrediction predicts from the model of another case, or of its own specification.
func coxPrediction(in Input) (any, error) {
	model := in
	if id := in.Spec.Text("model"); id != "" {
		c, t, err := in.Other(id)
		if err != nil {
			return nil, err
		}
		if t == nil {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: id, Detail: "the model's case has no data set"}
		}
		model = Input{Other: in.Other}
		if t, model.oneTwo, err = c.Spec.prepared(t); err != nil {
			return nil, err
		}
		if model.Spec, model.Table, err = c.Spec.written(t, false); err != nil {
			return nil, err
		}
	}
	c, err := readCox(model)
	if err != nil {
		return nil, err
	}
	m, err := survival.Cox(c.sets, fit.Options{})
	if err != nil {
		return nil, err
	}
	var robust [][]float64
	if c.cluster != nil {
		v, err := m.Clustered(c.cluster)
		if err != nil {
			return nil, err
		}
		robust = v.Rows()
	}
	people, err := newPeople(in.Spec["newdata"])
	if err != nil {
		return nil, err
	}
	out := predictedFields{}
	for _, person := range people {
		if err := out.add(m, newPatient{person, model.Table}, in.Spec, model.Spec.Texts("strata"), robust); err != nil {
			return nil, err
		}
	}
	return object{"surv": out.survival, "se": out.se, "lower": out.lower, "upper": out.upper, "time": out.time, "strata": out.strata}, nil
}

// newPeople are the rows of new data: one object, a list of them, or an object of lists.
func newPeople(v any) ([]map[string]any, error) {
	switch v := v.(type) {
	case map[string]any:
		return spread(v), nil
	case []any:
		var out []map[string]any
		for _, one := range v {
			person, ok := one.(map[string]any)
			if !ok {
				return nil, &stats.Error{Problem: stats.Invalid, Variable: "newdata", Detail: "it is not a list of objects"}
			}
			out = append(out, person)
		}
		return out, nil
	}
	return nil, &stats.Error{Problem: stats.Invalid, Variable: "newdata", Detail: "there are no values to predict for"}
}

func spread(columns map[string]any) []map[string]any {
	rows := 1
	for _, v := range columns {
		if list, ok := v.([]any); ok {
			rows = max(rows, len(list))
		}
	}
	out := make([]map[string]any, rows)
	for i := range out {
		out[i] = map[string]any{}
		for name, v := range columns {
			if list, ok := v.([]any); ok && len(list) > 0 {
				v = list[i%len(list)]
			}
			out[i][name] = v
		}
	}
	return out
}

// predictedFields are the points of all curves, one after the other.
type predictedFields struct {
	time, survival, se, lower, upper []float64
	strata                           []string
}

func (f *predictedFields) add(m *survival.CoxModel, person newPatient, s Spec, strata []string, robust [][]float64) error {
	x, err := person.terms(m.Terms)
	if err != nil {
		return err
	}
	curves, err := m.Predict(x, confScale(s), s.Number(level.Name, 0.95), robust)
	if err != nil {
		return err
	}
	wanted, given := stratumOf(person.given, strata)
	times := slices.Sorted(slices.Values(s.Numbers("times")))
	for _, c := range curves {
		if given && c.Stratum != wanted {
			continue
		}
		for _, t := range times {
			if p, ok := c.At(t); ok {
				f.time, f.survival, f.se = append(f.time, t), append(f.survival, p.Survival), append(f.se, p.SE)
				f.lower, f.upper = append(f.lower, p.Lower), append(f.upper, p.Upper)
				f.strata = append(f.strata, c.Stratum)
			}
		}
	}
	return nil
}

// stratumOf is the label of a person's stratum, if the new data state it.
func stratumOf(person map[string]any, strata []string) (label string, given bool) {
	var parts []string
	for _, name := range strata {
		v, ok := person[name]
		if !ok {
			return "", false
		}
		if number, ok := v.(float64); ok {
			v = strconv.FormatFloat(number, 'g', 15, 64)
		}
		parts = append(parts, fmt.Sprintf("%s=%v", name, v))
	}
	return strings.Join(parts, ", "), len(parts) > 0
}
