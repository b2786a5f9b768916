package study

import (
	"fmt"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/pathway"
	"consilium/registry"
)

// Template is a protocol without a mistake for a pathway, to be changed to somebody's question: it compares what the pack declares as a comparison, by the columns that its registry
// has, whose codes stand beside them. Guidance and the operator's case number are variables of every study.
func Template(p *pathway.Pack) string {
	return fmt.Sprintf(`format: 1
id: %s-complications
title: %s
question: %s
pathway: %s
prose:
  rationale: ""
  participants: ""
  limits: ""
  ethics: ""
variables:
%s  age: {type: number, unit: a, center: 50, scale: 15, value: age_at_opening}
  female: {type: bool, value: 'sex_recorded == "female"'}
  guided: {type: bool, label: %s, value: 'guidance != "none"'}
  experience: {type: number, label: %s, center: 50, scale: 50, value: operator_case}
  complicated: {type: bool, value: complications > 0}
exposure: technique
outcomes:
  complication: {type: binary, label: %s, value: complicated}
analyses:
  - {id: missing, method: missing, of: [technique, age, female, guided, experience, complicated]}
  - {id: table1, method: describe, by: technique, of: [age, female]}
  - {id: setting, method: describe, by: technique, of: [guided, experience]}
  - {id: primary, role: primary, method: logistic, outcome: complication, terms: [technique, age, female], center: fixed}
missing: {method: complete}
privacy: {min_patients: 5}
`, p.ID, quoted(lang.Text(p.Name)), called("question"), p.ID, exposure(p), called("guided"), called("experience"), called("complication"))
}

// called is a text of the template in both languages.
func called(what string) string { return quoted(lang.Phrase("study.template."+what, nil)) }

func quoted(t lang.Text) string { return fmt.Sprintf("%q", t.En+" | "+t.Zh) }

// exposure is the variable that the template compares: two arms of the first comparison that the pack declares over a coded column, else its first two procedures. A comparison names
// what is new first and what is usual last, which is the reference. All codes stand above it, for a patient whose code is no level counts as missing.
func exposure(p *pathway.Pack) string {
	columns := registry.Columns(p)
	for _, c := range p.Comparators {
		i := slices.IndexFunc(columns, func(x registry.Column) bool { return x.Name == c.Variable && x.Kind == registry.Code })
		if i < 0 || len(c.Arms) < 2 || c.Variable == guidance {
			continue
		}
		var codes []string
		for _, x := range columns[i].Choices {
			codes = append(codes, x.Code+" ("+x.Label.En+")")
		}
		return technique(c.Variable, codes, c.Arms[len(c.Arms)-1], c.Arms[0])
	}
	var codes, ids []string
	for _, o := range p.Procedures {
		ids, codes = append(ids, o.ID), append(codes, o.ID+" ("+o.Name.En+")")
	}
	for len(ids) < 2 {
		ids = append(ids, fmt.Sprintf("other%d", len(ids)))
	}
	return technique("procedure_recorded", codes, ids[0], ids[1])
}

// guidance is the variable of every pack that says who guided whom: the template adjusts its question for it rather than to ask about it.
const guidance = "guidance_mode"

func technique(column string, codes []string, reference, other string) string {
	value := ""
	if column != "technique" {
		value = ", value: " + column
	}
	return fmt.Sprintf("  # Codes of %s in the registry: %s. Who has another than the levels named counts as missing.\n  technique: {type: category, levels: [%s, %s]%s}\n",
		column, strings.ReplaceAll(strings.Join(codes, ", "), "\n", " "), level(reference), level(other), value)
}

// level is a code as YAML has it: one that looks like a number is a word all the same.
func level(code string) string {
	if strings.Trim(code, "0123456789.") == "" || slices.Contains([]string{"yes", "no", "true", "false", "none", "null"}, code) {
		return fmt.Sprintf("%q", code)
	}
	return code
}
