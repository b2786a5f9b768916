package analysis

import (
	"math"

	"consilium/stats"
	"consilium/stats/causal"
	"consilium/stats/tail"
)

// nearness says by what rows are near each other, and which may be matched at all. Mahalanobis's distance and full matching have a caliper only if one is given.
func (c *comparison) nearness(in Input, score []float64, caliper float64, mahalanobis bool) (causal.Nearness, error) {
	o := causal.Nearness{Score: score, Caliper: caliper}
	if mahalanobis {
		o.Covariates = &c.covariates
	}
	if (mahalanobis || in.Spec.Truth("full")) && !in.Spec.Has("caliper_sd") {
		o.Caliper = math.Inf(1)
	}
	if names := in.Spec.Texts("exact"); len(names) > 0 {
		g, err := survivalGroups(c.table, names, false)
		if err != nil {
			return o, err
		}
		o.Exact = g.Of
	}
	return o, nil
}

// matchedSets gives treated rows several controls, or controls several treated rows, within exact strata, or by Mahalanobis's distance.
func (c *comparison) matchedSets(in Input, o causal.SetOptions) (any, error) {
	m, err := causal.MatchSets(c.arms, o)
	if err != nil {
		return nil, err
	}
	name, err := c.names(in.Spec.Text("id"))
	if err != nil {
		return nil, err
	}
	sets := make([]object, len(m.Sets))
	controls := map[int]bool{}
	for k, s := range m.Sets {
		ids := make([]any, len(s.Controls))
		for i, row := range s.Controls {
			ids[i], controls[row] = name(row), true
		}
		sets[k] = object{"treated_id": name(s.Treated), "control_ids": ids}
	}
	w := m.Weights()
	balance, err := c.balance(w)
	if err != nil {
		return nil, err
	}
	difference, se, err := m.Compare(c.outcome)
	if err != nil {
		return nil, err
	}
	z := tail.NormalCritical(in.level())
	out := object{"treated": len(m.Sets) + len(m.Unmatched), "matched_treated": len(m.Sets), "matched_controls": len(controls), "sets": sets, "balance": balance,
		"difference": difference, "se": se, "ci": []float64{difference - z*se, difference + z*se}}
	if in.Spec.Truth("row_weights") {
		out["row_weights"] = w
	}
	return out, nil
}

// beside refuses keys that mean nothing beside others.
func beside(s Spec, why string, keys ...string) error {
	for _, key := range keys {
		if s.Has(key) {
			return &stats.Error{Problem: stats.Unsupported, Variable: key, Detail: why}
		}
	}
	return nil
}

// fullTargets are the populations toward which the weights of full matching lead.
var fullTargets = map[string]causal.Target{"": causal.ATT, "att": causal.ATT, "atc": causal.ATC, "ate": causal.ATE}

// matchedFully divides all rows into sets.
func (c *comparison) matchedFully(in Input, near causal.Nearness) (any, error) {
	if err := beside(in.Spec, "full matching knows no such option", "ratio", "replace", "order"); err != nil {
		return nil, err
	}
	target, known := fullTargets[in.Spec.Text("target")]
	if !known {
		return nil, &stats.Error{Problem: stats.Unsupported, Variable: "target", Detail: in.Spec.Text("target"), Advice: "Take att, atc or ate"}
	}
	m, err := causal.MatchFull(c.arms, causal.FullOptions{Nearness: near, MinControls: in.Spec.Number("min_controls", 0), MaxControls: in.Spec.Number("max_controls", 0)})
	if err != nil {
		return nil, err
	}
	w, err := m.Weights(target)
	if err != nil {
		return nil, err
	}
	weighted, err := causal.Compare(c.arms, c.outcome, w)
	if err != nil {
		return nil, err
	}
	difference, se, err := m.Compare(c.outcome, target)
	if err != nil {
		return nil, err
	}
	z := tail.NormalCritical(in.level())
	out := object{"target": target, "sets_n": m.Count, "total_distance": m.Distance, "ess_treated": weighted.ESSTreated, "ess_control": weighted.ESSUntreated,
		"mean1": weighted.MeanTreated, "mean0": weighted.MeanUntreated, "difference": difference, "se": se, "ci": []float64{difference - z*se, difference + z*se}, "p": tail.TwoSidedNormal(difference / se)}
	if out["balance"], err = c.balance(w); err != nil {
		return nil, err
	}
	if in.Spec.Truth("row_weights") {
		out["row_weights"] = w
	}
	return out, c.tellSets(out, m, in.Spec.Text("id"))
}

// tellSets names who was matched with whom, and counts who was left out.
func (c *comparison) tellSets(out object, m *causal.FullMatching, id string) error {
	name, err := c.names(id)
	if err != nil {
		return err
	}
	treated, controls := make([][]any, m.Count), make([][]any, m.Count)
	count := map[string]int{"treated": 0, "controls": 0, "matched_treated": 0, "matched_controls": 0}
	for i, k := range m.Set {
		arm, of := "controls", controls
		if c.arms.Treated[i] {
			arm, of = "treated", treated
		}
		count[arm]++
		if k >= 0 {
			count["matched_"+arm]++
			of[k] = append(of[k], name(i))
		}
	}
	for key, n := range count {
		out[key] = n
	}
	sets := make([]object, m.Count)
	for k := range sets {
		sets[k] = object{"treated_ids": treated[k], "control_ids": controls[k]}
	}
	out["sets"] = sets
	return nil
}
