package agree

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"consilium/stats"
	"consilium/stats/analysis"
)

// Answer is our result of one case, written, and where it misses the reference.
type Answer struct {
	Result      json.RawMessage
	Differences []Difference
	PassedOver  []analysis.Unknown // keys of the specification that the method does not have
}

// Check computes a case of the folder and compares it with the result that it states.
func (f Folder) Check(ctx context.Context, c Case, t *stats.Table) (Answer, error) {
	a := Answer{PassedOver: analysis.UnknownKeys(c.Case)}
	result, err := analysis.Run(ctx, c.asked(t), t, f.Folder.Case)
	if err != nil {
		return a, err
	}
	if result, err = c.asStated(ctx, result); err != nil {
		return a, err
	}
	if a.Result, err = analysis.Write(result); err != nil {
		return a, fmt.Errorf("case %s: the result cannot be written: %w", c.ID, err)
	}
	if len(c.Result) > 0 {
		a.Differences, err = Compare(c, a.Result)
	}
	return a, err
}

// asked is the analysis with the options that its stated result calls for without naming them: R's functions give profile limits, or errors by the factor of
// a model, where ours give them on request only.
func (c Case) asked(t *stats.Table) analysis.Case {
	out := c.Case
	out.Spec = maps.Clone(c.Spec)
	for _, field := range []string{"profile_lower", "profile_upper", "plr_p"} {
		if c.states(field) && !out.Spec.Has("profile") {
			out.Spec["profile"] = true
		}
	}
	if c.states("se_cluster_CR0") && !out.Spec.Has("cluster") && !out.Spec.Has("formula") && t != nil {
		if name := factorOf(out.Spec, t); name != "" {
			out.Spec["cluster"] = name
		}
	}
	return out
}

// states says whether the stated result has a field, at its top or in its robust errors.
func (c Case) states(field string) bool {
	var top struct {
		Fields map[string]json.RawMessage
		Robust map[string]json.RawMessage `json:"robust"`
	}
	if json.Unmarshal(c.Result, &top.Fields) != nil {
		return false
	}
	_ = json.Unmarshal(c.Result, &top) // a result without such a part has none of its fields
	return top.Fields[field] != nil || top.Robust[field] != nil
}
