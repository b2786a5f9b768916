package analysis

import (
	"fmt"

	"consilium/stats"
	"consilium/stats/power"
)

// powerMethods are sizes of studies and their power, of package power. The key of the specification says for which test.
func powerMethods() []Method {
	return []Method{
		{Name: "sample_size", About: "how many patients does a study need", Result: []object{}, compute: sampleSize,
			Parameters: []Parameter{
				{Name: "p1_p2_power_alpha", Kind: Rows, Example: []any{[]any{0.15, 0.3, 0.8, 0.05}}, About: "two shares, power and two-sided α"},
				{Name: "delta_sd_power_alpha", Kind: Rows, Example: []any{[]any{0.5, 1.0, 0.8, 0.05}}, About: "difference of two means, standard deviation, power and α"},
				{Name: "hr_alloc_power_alpha_pevent", Kind: Rows, Example: []any{[]any{0.7, 0.5, 0.8, 0.05, 0.6}}, About: "hazard ratio, share of the one arm, power, α, share of patients with the event"},
				{Name: "ni_p1_p0_margin_power_alpha", Kind: Rows, Example: []any{[]any{0.1, 0.1, 0.08, 0.9, 0.025}}, About: "non-inferiority of shares, the higher one being worse: shares of the new treatment and the other, margin, power, one-sided α"},
				{Name: "ni_delta_sd_margin_power_alpha", Kind: Rows, Example: []any{[]any{0.0, 10.0, 4.0, 0.9, 0.025}}, About: "non-inferiority of means, the higher one being worse: true difference, standard deviation, margin, power, one-sided α"},
				{Name: "ni_hr_margin_alloc_power_alpha_pevent", Kind: Rows, Example: []any{[]any{1.0, 1.3, 0.5, 0.9, 0.025, 0.4}}, About: "non-inferiority of hazards: true ratio, margin, share of one arm, power, one-sided α, share of patients with the event"}}},
		{Name: "power", About: "how likely is a study of a given size to find a difference", Result: []object{}, compute: powerOf,
			Parameters: []Parameter{
				{Name: "n_p1_p2_alpha", Kind: Rows, Example: []any{[]any{120.0, 0.15, 0.3, 0.05}}, About: "patients in each arm, two shares, two-sided α"},
				{Name: "n_delta_sd_alpha", Kind: Rows, Example: []any{[]any{60.0, 0.5, 1.0, 0.05}}, About: "patients in each arm, difference of means, standard deviation, α"},
				{Name: "hr_alloc_events_alpha", Kind: Rows, Example: []any{[]any{0.7, 0.5, 200.0, 0.05}}, About: "hazard ratio, share of the one arm, events, α"}}},
	}
}

// oneDesign refuses a specification that names none of the designs, or several: of these all but one would be passed over.
func oneDesign(in Input, method string) error {
	m, _ := Find(method)
	var keys, named []string
	for _, p := range m.Parameters {
		keys = append(keys, p.Name)
		if in.Spec.Has(p.Name) {
			named = append(named, p.Name)
		}
	}
	switch {
	case len(named) == 0:
		return &stats.Error{Problem: stats.Invalid, Detail: "the specification names no design", Advice: "Name one of " + list(keys)}
	case len(named) > 1:
		return &stats.Error{Problem: stats.Invalid, Variable: named[1], Detail: "one design at a time, and there is " + named[0] + " too", Advice: "Write a specification for each"}
	}
	return nil
}

func sampleSize(in Input) (any, error) {
	if err := oneDesign(in, "sample_size"); err != nil {
		return nil, err
	}
	switch {
	case in.Spec.Has("p1_p2_power_alpha"):
		return plans(in, "p1_p2_power_alpha", 4, func(a []float64) (any, error) {
			n, err := power.TwoProportions(a[0], a[1], a[2], a[3])
			return object{"n_power_prop_test": n.Pooled, "n_closed_form": n.Pooled, "n_fleiss_continuity": n.Continuity, "n_unpooled": n.Unpooled}, err
		})
	case in.Spec.Has("delta_sd_power_alpha"):
		return plans(in, "delta_sd_power_alpha", 4, func(a []float64) (any, error) { return power.TwoMeans(a[0], a[1], a[2], a[3]) })
	case in.Spec.Has("hr_alloc_power_alpha_pevent"):
		return plans(in, "hr_alloc_power_alpha_pevent", 5, func(a []float64) (any, error) {
			n, err := power.LogRank(a[0], a[1], a[2], a[3], a[4])
			return object{"events": n.Events, "n_total": n.Total}, err
		})
	}
	for key, size := range map[string]func(a []float64) (float64, error){
		"ni_p1_p0_margin_power_alpha":    func(a []float64) (float64, error) { return power.NonInferiorProportions(a[0], a[1], a[2], a[3], a[4]) },
		"ni_delta_sd_margin_power_alpha": func(a []float64) (float64, error) { return power.NonInferiorMeans(-a[0], a[2], a[1], a[3], a[4]) },
	} {
		if in.Spec.Has(key) {
			return plans(in, key, 5, func(a []float64) (any, error) {
				n, err := size(a)
				return object{"n_per_group": n}, err
			})
		}
	}
	return plans(in, "ni_hr_margin_alloc_power_alpha_pevent", 6, func(a []float64) (any, error) {
		n, err := power.NonInferiorSurvival(a[0], a[1], a[2], a[3], a[4], a[5])
		return object{"events": n.Events, "n_total": n.Total}, err
	})
}

func powerOf(in Input) (any, error) {
	if err := oneDesign(in, "power"); err != nil {
		return nil, err
	}
	switch {
	case in.Spec.Has("n_p1_p2_alpha"):
		return plans(in, "n_p1_p2_alpha", 4, func(a []float64) (any, error) {
			return bothPowers(func(strict bool) (float64, error) { return power.OfTwoProportions(a[0], a[1], a[2], a[3], strict) })
		})
	case in.Spec.Has("n_delta_sd_alpha"):
		return plans(in, "n_delta_sd_alpha", 4, func(a []float64) (any, error) {
			return bothPowers(func(strict bool) (float64, error) { return power.OfTwoMeans(a[0], a[1], a[2], a[3], strict) })
		})
	}
	return plans(in, "hr_alloc_events_alpha", 4, func(a []float64) (any, error) {
		p, err := power.OfLogRank(a[0], a[1], a[2], a[3])
		return object{"power": p}, err
	})
}

func bothPowers(of func(strict bool) (float64, error)) (any, error) {
	plain, err := of(false)
	if err != nil {
		return nil, err
	}
	strict, err := of(true)
	return object{"power": plain, "strict": strict}, err
}

// plans computes one result for each list of numbers under the key.
func plans(in Input, key string, width int, one func(a []float64) (any, error)) ([]any, error) {
	rows, err := numberRows(in.Spec, key, width)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(rows))
	for i, row := range rows {
		if out[i], err = one(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// numberRows is a list of lists of numbers, all of one width; a single list may stand without its brackets.
func numberRows(s Spec, key string, width int) ([][]float64, error) {
	var rows [][]float64
	if list, ok := s[key].([]any); ok && len(list) > 0 {
		if _, flat := list[0].(float64); flat {
			rows = [][]float64{s.Numbers(key)}
		}
	}
	if rows == nil {
		if err := s.Decode(key, &rows); err != nil {
			return nil, err
		}
	}
	for _, row := range rows {
		if len(row) != width {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: key, Detail: fmt.Sprintf("%d numbers where %d are needed", len(row), width)}
		}
	}
	return rows, nil
}
