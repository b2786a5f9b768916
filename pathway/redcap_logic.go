package pathway

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// translateLogic writes branching logic as CEL where it can, and tries each rule on the variables before keeping it.
func (d *draft) translateLogic() {
	var variables []*Variable
	for id, kind := range d.kinds {
		variables = append(variables, &Variable{ID: id, Type: kind})
	}
	env, err := newEnvironment(variables)
	for i := range d.fields {
		f := &d.fields[i]
		if f.logic == "" {
			continue
		}
		visible, why := d.cel(f.logic)
		if why == "" && err == nil {
			r, e := &report{}, Expr{Text: visible}
			env.compile(&e, celType(KindBool), r)
			if r.err() != nil {
				why = "its types do not fit"
			} else if slices.Contains(e.compiled.deps, f.id) {
				why = "it hangs on itself"
			} else {
				f.deps = e.compiled.deps
			}
		}
		if why != "" {
			d.note(f.line, f.original, "branching logic to be written as CEL under 'visible' (%s): %s", why, f.logic)
			continue
		}
		f.visible = visible
	}
}

var logicToken = regexp.MustCompile(`^\s*(\[[a-z0-9_]+(?:\([^)\]]+\))?\]|'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?|<>|!=|<=|>=|=|<|>|\(|\)|(?i:and\b|or\b))`)

// cel translates REDCap's logic: comparisons of one field with a constant, and, or, parentheses.
func (d *draft) cel(logic string) (out, why string) {
	var tokens []string
	for rest := strings.TrimSpace(logic); rest != ""; rest = strings.TrimSpace(rest) {
		m := logicToken.FindStringSubmatch(rest)
		if m == nil {
			return "", "not a plain comparison"
		}
		tokens = append(tokens, m[1])
		rest = rest[len(m[0]):]
	}
	var parts []string
	for i := 0; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t == "(" || t == ")":
			parts = append(parts, t)
		case strings.EqualFold(t, "and"):
			parts = append(parts, "&&")
		case strings.EqualFold(t, "or"):
			parts = append(parts, "||")
		case t[0] == '[' && i+2 < len(tokens):
			comparison := d.comparison(strings.Trim(t, "[]"), tokens[i+1], strings.Trim(tokens[i+2], `'"`))
			if comparison == "" {
				return "", "not a plain comparison"
			}
			parts = append(parts, comparison)
			i += 2
		default:
			return "", "not a plain comparison"
		}
	}
	return strings.Join(parts, " "), ""
}

func (d *draft) comparison(field, operator, constant string) string {
	name, code, isBox := strings.Cut(strings.TrimSuffix(field, ")"), "(")
	id := nameFor(name)
	if _, ok := d.kinds["rc_"+id]; ok {
		id = "rc_" + id
	}
	negate := operator == "<>" || operator == "!="
	switch operator {
	case "=":
		operator = "=="
	case "<>":
		operator = "!="
	case "!=", "<", ">", "<=", ">=":
	default:
		return ""
	}
	kind := d.kinds[id]
	equality := operator == "==" || negate
	switch {
	case constant == "" && equality:
		return map[bool]string{true: "has(" + id + ")", false: "!has(" + id + ")"}[negate]
	case isBox && kind == KindCodes && equality:
		if in := strconv.Quote(code) + " in " + id; (constant == "1") != negate {
			return "(" + in + ")"
		} else {
			return "(!has(" + id + ") || !(" + in + "))" // a box that nobody ticked is 0
		}
	case isBox || kind == "":
		return ""
	case kind == KindBool && equality && !negate:
		return map[bool]string{true: "", false: "!"}[constant == "1"] + id
	case kind == KindBool && equality:
		return unless(id, map[bool]string{true: "!", false: ""}[constant == "1"]+id)
	case kind == KindInteger && integers.MatchString(constant):
		constant = id + " " + operator + " " + constant
	case kind == KindDecimal && validDecimal(constant):
		constant = id + " " + operator + " dec(" + strconv.Quote(constant) + ")"
	case kind == KindCode && equality:
		constant = id + " " + operator + " " + strconv.Quote(constant)
	default:
		return ""
	}
	if negate {
		return unless(id, constant)
	}
	return constant
}

// unless holds also where there is no answer yet, as REDCap's "not equal" does.
func unless(id, condition string) string { return "(!has(" + id + ") || " + condition + ")" }

// breakCycles leaves out fields that are shown only if one another is: none of them could ever be answered.
func (d *draft) breakCycles() {
	deps := map[string][]string{}
	for _, f := range d.fields {
		deps[f.id] = f.deps
	}
	gone := map[string]bool{}
	for _, f := range d.fields {
		if leadsTo(deps, f.id, f.id, map[string]bool{}) {
			gone[f.id] = true
			d.note(f.line, f.original, "left out: it is shown only if a field is answered that is shown only if this one is: %s", f.logic)
		}
	}
	d.drop(gone)
}

// leadsTo follows the fields that one asks for.
func leadsTo(deps map[string][]string, from, to string, seen map[string]bool) bool {
	for _, next := range deps[from] {
		if next == to {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if leadsTo(deps, next, to, seen) {
				return true
			}
		}
	}
	return false
}
