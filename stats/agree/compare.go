package agree

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"

	"consilium/stats"
)

// Difference is one number that does not agree.
type Difference struct {
	Path string // where in the result: weights.ate.balance[2].smd_weighted
	Got  string
	Want string
	Why  string // the tolerance that it misses, or what is absent
}

// Default is the tolerance of a case that states none.
var Default = Tolerance{Rel: 1e-6, Abs: 1e-9}

// Compare lists where our result misses the reference. Every number of the reference must be there and agree; what the result has besides does no harm. got is as [Write] encodes it.
func Compare(c Case, got json.RawMessage) ([]Difference, error) {
	var ours, theirs any
	if err := json.Unmarshal(got, &ours); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(c.Result, &theirs); err != nil {
		return nil, &stats.Error{Method: c.Method, Problem: stats.Invalid, Variable: c.ID, Detail: "its reference result is not JSON: " + err.Error()}
	}
	a := agreement{c: c, root: theirs}
	a.walk("", "", ours, theirs, nil)
	return a.found, nil
}

type agreement struct {
	c     Case
	root  any
	found []Difference
}

// walk goes down the reference. field is the name of the innermost object key, among are the fields beside it, index says which element of a list a number is.
func (a *agreement) walk(path, field string, got, want any, in *place) {
	switch want := want.(type) {
	case map[string]any:
		ours, ok := got.(map[string]any)
		if !ok {
			a.miss(path, got, "an object", "a group of results is absent")
			return
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			value, ok := ours[key]
			if !ok {
				a.miss(join(path, key), nil, shown(want[key]), "it is absent")
				continue
			}
			a.walk(join(path, key), key, value, want[key], &place{fields: want})
		}
	case []any:
		a.list(path, field, got, want, in)
	case nil:
	default:
		if list, ok := got.([]any); ok && len(list) == 1 {
			got = list[0] // a list of one is written as its element by some
		}
		a.value(path, field, got, want, in)
	}
}

// place is where a number stands: among which fields, and at which element of their lists.
type place struct {
	fields map[string]any
	index  int
}

func (a *agreement) list(path, field string, got any, want []any, in *place) {
	ours, ok := got.([]any)
	if !ok && len(want) == 1 {
		ours, ok = []any{got}, true
	}
	if !ok {
		a.miss(path, got, fmt.Sprintf("a list of %d", len(want)), "a list is absent")
		return
	}
	ours = matched(ours, want)
	if reports(want) && len(ours) > len(want) {
		ours = ours[:len(want)] // what is there besides does no harm
	}
	if len(ours) != len(want) {
		a.miss(path, fmt.Sprintf("%d elements", len(ours)), fmt.Sprintf("%d elements", len(want)), "the lists have unequal lengths")
		return
	}
	for i := range want {
		at := &place{index: i}
		if in != nil {
			at.fields = in.fields
		}
		a.walk(fmt.Sprintf("%s[%d]", path, i), field, ours[i], want[i], at)
	}
}

// identities are fields by which the elements of two lists are the same, wherever they stand and however many more we have.
var identities = [][]string{{"transform"}, {"R", "h"}}

func matched(ours, want []any) []any {
	for _, keys := range identities {
		index := map[string]any{}
		for _, o := range ours {
			if id, ok := identity(o, keys); ok {
				index[id] = o
			}
		}
		var out []any
		for _, w := range want {
			if id, ok := identity(w, keys); ok && index[id] != nil {
				out = append(out, index[id])
			}
		}
		if len(out) == len(want) && len(want) > 0 {
			return out
		}
	}
	return ours
}

// reports says whether a list is of objects, each a result of its own.
func reports(list []any) bool {
	if len(list) == 0 {
		return false
	}
	_, ok := list[0].(map[string]any)
	return ok
}

func identity(v any, keys []string) (id string, ok bool) {
	fields, _ := v.(map[string]any)
	for _, key := range keys {
		if fields[key] == nil {
			return "", false
		}
		id += fmt.Sprint(fields[key], " ")
	}
	return id, true
}

func (a *agreement) value(path, field string, got, want any, in *place) {
	reference, isNumber := numeric(want)
	if !isNumber {
		if fmt.Sprint(got) != fmt.Sprint(want) && !explains[field] {
			a.miss(path, got, shown(want), "the words differ")
		}
		return
	}
	ours, ok := numeric(got)
	if !ok {
		a.miss(path, got, shown(want), "it is not a number")
		return
	}
	if ours == reference || math.IsNaN(ours) && math.IsNaN(reference) {
		return
	}
	allowed := a.allowed(path, field, reference, in)
	if !math.IsInf(reference, 0) && (math.IsInf(allowed, 1) || math.Abs(ours-reference) <= allowed) {
		return
	}
	a.miss(path, got, shown(want), fmt.Sprintf("it is off by %.2g, and %.2g is allowed", math.Abs(ours-reference), allowed))
}

// explains are fields that hold remarks.
var explains = map[string]bool{"note": true, "distance": true}

// numeric reads a number, or the words that stand for what JSON has no number for.
func numeric(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case bool:
		return 0, false
	case string:
		switch v {
		case "NA", "NaN":
			return math.NaN(), true
		case "Inf", "-Inf":
			f, err := strconv.ParseFloat(v, 64)
			return f, err == nil
		}
	}
	return 0, false
}

func (a *agreement) miss(path string, got any, want, why string) {
	a.found = append(a.found, Difference{path, shown(got), want, why})
}

func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case map[string]any:
		return "an object"
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case float64:
		return strconv.FormatFloat(v, 'g', 10, 64)
	}
	return fmt.Sprint(v)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// looser are results to which R itself comes less near, because it stops early or interpolates (testdata/README.md, "How to compare"). The first that fits holds.
var looser = []struct {
	method, path *regexp.Regexp
	rel, abs     float64
}{
	{regexp.MustCompile(`^(fisher_exact|cochran_mantel_haenszel)$`), regexp.MustCompile(`(^|\.)(ci|estimate)(\[|$)`), 2e-4, 1e-9},
	{regexp.MustCompile(`^(fisher_exact|cochran_mantel_haenszel)$`), regexp.MustCompile(`.`), 1e-8, 1e-12},
	{regexp.MustCompile(`.`), regexp.MustCompile(`_uniroot(\[|$)`), 1e-4, 1e-9},
	{regexp.MustCompile(`^firth_logistic$`), regexp.MustCompile(`^(profile_lower|profile_upper|plr_p)`), 1e-5, 1e-12},
	{regexp.MustCompile(`.`), regexp.MustCompile(`^profile_(lower|upper)`), 1e-4, 1e-9},
	{regexp.MustCompile(`cox`), regexp.MustCompile(`^wald_chisq`), 0, 0.005 + 1e-9}, // summary.coxph rounds it to two decimals
	// glm and glm.nb give the covariances of their last step but one: where the tolerance is finer than what that step still moved, it does not hold for them.
	{regexp.MustCompile(`^(federated_)?(logistic|poisson)$|^propensity_weighting$`), regexp.MustCompile(`^(ps\.|robust\.)?se`), glmSE, 1e-9},
	{regexp.MustCompile(`^(federated_)?(logistic|poisson)$`), regexp.MustCompile(`^vcov`), 2 * glmSE, 1e-8},
	{regexp.MustCompile(`^negative_binomial$`), regexp.MustCompile(`^se_theta$`), 1e-4, 1e-9},
	{regexp.MustCompile(`^negative_binomial$`), regexp.MustCompile(`.`), 1e-5, 1e-9},
	{regexp.MustCompile(`^logistic_mixed$`), regexp.MustCompile(`^minus2loglik$`), 1e-6, 1e-9},
	{regexp.MustCompile(`^logistic_mixed$`), regexp.MustCompile(`^se`), 1e-3, 1e-9},
	{regexp.MustCompile(`^logistic_mixed$`), regexp.MustCompile(`^ranef_first`), 2e-4, 1e-6},
	{regexp.MustCompile(`^logistic_mixed$`), regexp.MustCompile(`^(sd|var|icc_latent)$`), 1e-4, 1e-6}, // at its bound of 0 R leaves about 1e-8
	{regexp.MustCompile(`^linear_mixed$`), regexp.MustCompile(`(var_group|var_residual|icc|blup_first.*)$`), 1e-5, 1e-6},
	{regexp.MustCompile(`^(gee|fine_gray)$`), regexp.MustCompile(`.`), 1e-5, 1e-9},
	{regexp.MustCompile(`^meta_`), regexp.MustCompile(`^(.*\.)?tau2_qprofile`), 1e-5, 1e-9},
}

// pValue are fields that hold a probability of a tail: small ones must agree in proportion, and tail functions differ in the last digits.
var pValue = regexp.MustCompile(`(^p|^p_.*|.*_p|[a-zA-Z]p|^Qp|^QMp)$`)

func (a *agreement) allowed(path, field string, reference float64, in *place) float64 {
	t := Default
	if a.c.Tolerance != nil {
		t = *a.c.Tolerance
	}
	switch a.c.Method {
	case "mice":
		return a.byChance(path, field, in)
	case "ra_cusum_arl":
		return a.monteCarlo(field, in)
	case "logistic", "poisson", "federated_logistic", "federated_poisson":
		if allowed, ok := afterSE(field, in, glmSE); ok {
			return t.Abs + max(t.Rel, 1e-6)*math.Abs(reference) + allowed
		}
		if se, ok := element(in, "se"); ok && (field == "profile_lower" || field == "profile_upper") { // confint reads them off a spline, near by about 1e-4 of an error
			return 2e-4*se + 1e-4*math.Abs(reference)
		}
	case "logistic_mixed":
		if allowed, ok := afterSE(field, in, glmerSE); ok {
			return allowed
		}
	}
	if pValue.MatchString(field) && a.c.Method != "fisher_exact" {
		return 1e-12 + max(t.Rel, 1e-5)*math.Abs(reference)
	}
	for _, l := range looser {
		if l.method.MatchString(a.c.Method) && l.path.MatchString(path) {
			t = Tolerance{max(t.Rel, l.rel), max(t.Abs, l.abs)}
			if l.rel < 1e-6 {
				t.Rel = l.rel
			}
			break
		}
	}
	return t.Abs + t.Rel*math.Abs(reference)
}

// glmerSE is how near the standard errors of a finite-difference Hessian are, and glmSE those of the last step but one.
const (
	glmerSE = 1e-3
	glmSE   = 2e-6
)

// afterSE is what the error of a standard error makes of what is computed from it.
func afterSE(field string, in *place, near float64) (float64, bool) {
	z, okZ := element(in, "statistic")
	se, okSE := element(in, "se")
	switch {
	case field == "statistic" && okZ:
		return near*math.Abs(z) + 1e-9, true
	case field == "p" && okZ: // the slope of log p in log se is about z²
		p, _ := element(in, "p")
		return near*(1+z*z)*p + 1e-12, true
	case (field == "wald_lower" || field == "wald_upper") && okSE:
		coef, _ := element(in, "coef")
		return 2*near*se + near/10*math.Abs(coef), true
	}
	return 0, false
}

func element(in *place, field string) (float64, bool) {
	if in == nil {
		return 0, false
	}
	list, _ := in.fields[field].([]any)
	if in.index >= len(list) {
		return 0, false
	}
	return numeric(list[in.index])
}

var (
	complete = regexp.MustCompile(`^complete_case`)
	pooled   = regexp.MustCompile(`^pooled`)
)

// byChance is the agreement of two runs of multiple imputation with as many data sets as each has: four standard errors of the difference of their estimates.
func (a *agreement) byChance(path, field string, in *place) float64 {
	m := a.c.Spec.Number("m", 100)
	switch {
	case complete.MatchString(path):
		if f, ok := numericAt(a.root, path); ok {
			return Default.Abs + Default.Rel*math.Abs(f)
		}
	case pooled.MatchString(path) && field == "estimate":
		b, _ := element(in, "b")
		return 4 * math.Sqrt(b*2/m)
	case pooled.MatchString(path) && field == "se":
		se, _ := element(in, "se")
		return 0.15 * se
	case field == "imputed_age_mean":
		return 0.2
	case regexp.MustCompile(`^imputed_.*_share$`).MatchString(field):
		return 0.02
	}
	return math.Inf(1) // between-imputation variances, and what stands there for orientation
}

// numericAt is the number at a path of objects and lists.
func numericAt(root any, path string) (float64, bool) {
	for _, step := range regexp.MustCompile(`[^.\[\]]+`).FindAllString(path, -1) {
		switch v := root.(type) {
		case map[string]any:
			root = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return 0, false
			}
			root = v[i]
		}
	}
	return numeric(root)
}

// monteCarlo is four standard errors of both simulations.
func (a *agreement) monteCarlo(field string, in *place) float64 {
	if field != "mean" || in == nil {
		if field == "R" || field == "h" {
			return 1e-9
		}
		return math.Inf(1)
	}
	se, _ := numeric(in.fields["mc_se"])
	return 4 * se * math.Sqrt2
}
