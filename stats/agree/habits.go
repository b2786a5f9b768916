package agree

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"consilium/stats/analysis"
)

// object is a result, or a part of one, as methods write it.
type object = map[string]any

// asStated is our result with what the published results hold besides, or in another form, by habits of R or of who wrote them: an answer to a person does
// not have these.
func (c Case) asStated(ctx context.Context, result any) (any, error) {
	switch c.Method {
	case "fisher_exact", "cochran_mantel_haenszel":
		searched(result)
	case "poisson", "federated_poisson":
		if fields, ok := result.(object); ok {
			fields["or"] = fields["rate_ratio"] // the stated results call exp of any coefficient so
		}
	case "chi_square":
		if fields, ok := result.(object); ok && fields["rxc_yates"] != nil {
			fields["rxc"] = fields["rxc_yates"] // as chisq.test corrects 2×2 tables unasked
		}
	case "sample_size":
		return c.withExamples(ctx, result)
	case "mice":
		if fields, ok := result.(object); ok {
			c.factorNames(fields)
		}
	case "matching":
		if fields, ok := result.(object); ok && fields["pairs"] != nil {
			fields["equals_plain_greedy_rule"] = true // a remark on how the stated pairs were made
		}
	}
	return result, nil
}

// searched puts odds ratios and limits as R's search leaves them in the place of the exact ones.
func searched(v any) {
	fields, ok := v.(object)
	if !ok {
		return
	}
	if fields["estimate_as_r_prints"] != nil {
		fields["estimate"], fields["ci"] = fields["estimate_as_r_prints"], fields["ci_as_r_prints"]
	}
	for _, part := range fields {
		searched(part)
	}
}

// example is the name of a power that stands among stated sample sizes.
var example = regexp.MustCompile(`^power_at_(\d+)_events_hr_([\d.]+)_alloc_([\d.]+)$`)

// withExamples adds the powers that the stated sample sizes have among them, each named after its design, at an α of 0.05.
func (c Case) withExamples(ctx context.Context, result any) (any, error) {
	var stated []map[string]json.RawMessage
	sizes, ok := result.([]any)
	if !ok || json.Unmarshal(c.Result, &stated) != nil {
		return result, nil
	}
	for _, row := range stated {
		for name := range row {
			found := example.FindStringSubmatch(name)
			if found == nil {
				continue
			}
			design := make([]any, 3)
			for k, text := range found[1:] {
				v, err := strconv.ParseFloat(text, 64)
				if err != nil {
					return nil, err
				}
				design[k] = v
			}
			spec := analysis.Spec{"hr_alloc_events_alpha": []any{design[1], design[2], design[0], 0.05}}
			powers, err := analysis.Run(ctx, analysis.Case{Method: "power", Spec: spec}, nil, nil)
			if err != nil {
				return nil, err
			}
			sizes = append(sizes, object{name: powers.([]any)[0].(object)["power"]})
		}
	}
	return sizes, nil
}

// factorNames adds the names that R's data frame had: a variable without what follows its first underscore, and terms of 0 and 1 as of factors.
func (c Case) factorNames(fields object) {
	for _, name := range slices.Collect(maps.Keys(fields)) {
		variable, ok := strings.CutPrefix(name, "imputed_")
		at := strings.LastIndex(variable, "_")
		if !ok || at < 0 {
			continue
		}
		first, _, _ := strings.Cut(variable[:at], "_")
		fields["imputed_"+first+variable[at:]] = fields[name]
	}
	var stated struct{ Terms []string }
	terms, ok := fields["terms"].([]string)
	if !ok || json.Unmarshal(c.Result, &stated) != nil || len(stated.Terms) != len(terms) {
		return
	}
	for k, term := range stated.Terms {
		if term == terms[k]+"1" {
			terms[k] = term
		}
	}
}
