package analysis

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"consilium/stats"
	"consilium/stats/meta"
)

func metaGeneric(in Input) (any, error) {
	measures, err := measuresOf(in)
	if err != nil {
		return nil, err
	}
	each := object{}
	for _, measure := range measures {
		s, err := studiesOf(in, measure)
		if err != nil {
			return nil, err
		}
		result, err := pooledAll(s, in.Spec)
		if err != nil {
			return nil, err
		}
		result["leave_one_out"] = leaveOneOut(s.Studies, in.Spec)
		result["egger"] = asymmetry(s.Studies)
		result["measure"], result["log"] = measureNamed(measure, strings.Join(in.Spec.Texts("measure"), " "))
		if measure == "zcor" {
			result["correlation"] = correlations(result)
		}
		each[measure] = result
	}
	if len(measures) == 1 {
		return each[measures[0]], nil
	}
	return each, nil
}

// pooledAll is all estimators of one effect.
func pooledAll(s studies, spec Spec) (object, error) {
	level := spec.Number(level.Name, 0.95)
	fixed, err := meta.Pool(s.Studies, meta.Options{Method: meta.Fixed, Level: level})
	if err != nil {
		return nil, err
	}
	out := object{"yi": s.rows.spread(s.Effect), "vi": s.rows.spread(s.Variance), "fixed": pooledResult(fixed, meta.Fixed, false)}
	for _, m := range []meta.Method{meta.DerSimonianLaird, meta.RestrictedML, meta.PauleMandel} {
		for _, hksj := range []bool{false, true} {
			name := string(m)
			if hksj {
				name += "_HKSJ"
			}
			p, err := meta.Pool(s.Studies, meta.Options{Method: m, HKSJ: hksj, Level: level})
			out[name] = part(err, func() any { return pooledResult(p, m, hksj) })
		}
	}
	limits, err := meta.ProfileTau2(s.Studies, level)
	out["tau2_qprofile"] = part(err, func() any { return object{"tau2": ends(limits.Tau2), "I2": ends(limits.I2)} })
	return out, nil
}

// correlations are pooled Fisher's z as correlations again.
func correlations(pooled object) object {
	out := object{}
	for _, way := range []string{"fixed", "DL", "REML"} {
		if p, ok := pooled[way].(object); ok && p["estimate"] != nil {
			out[way] = object{"estimate": math.Tanh(p["estimate"].(float64)), "lower": math.Tanh(p["lower"].(float64)), "upper": math.Tanh(p["upper"].(float64))}
		}
	}
	return out
}

// part is a piece of a result, or why it could not be had.
func part(err error, result func() any) any {
	if err != nil {
		return object{"problem": err.Error()}
	}
	return result()
}

func ends(l meta.Limits) []float64 { return []float64{l.Lower, l.Upper} }

func pooledResult(p *meta.Pooled, m meta.Method, hksj bool) object {
	out := object{"k": p.K, "estimate": p.Estimate, "se": p.SE, "statistic": p.Statistic, "p": p.P, "lower": p.Lower, "upper": p.Upper,
		"tau2": p.Tau2, "Q": p.Q, "Qdf": p.QDF, "Qp": p.QP, "I2": p.I2, "H2": p.H2}
	if m == meta.Fixed {
		return out
	}
	out["se_tau2"], out["pi_metafor"] = p.SETau2, ends(p.Prediction)
	if !hksj && !math.IsNaN(p.PredictionT.Lower) {
		out["pi_t_km2"] = ends(p.PredictionT)
	}
	return out
}

func leaveOneOut(s meta.Studies, spec Spec) any {
	method, err := methodOf(spec.Text("leave_one_out"), meta.DerSimonianLaird)
	if err != nil {
		return part(err, nil)
	}
	each, err := meta.LeaveOneOut(s, meta.Options{Method: method, Level: spec.Number(level.Name, 0.95)})
	return part(err, func() any {
		list := func(of func(*meta.Pooled) float64) []float64 {
			out := make([]float64, len(each))
			for i, p := range each {
				out[i] = of(p)
			}
			return out
		}
		return object{"method": string(method),
			"estimate": list(func(p *meta.Pooled) float64 { return p.Estimate }), "se": list(func(p *meta.Pooled) float64 { return p.SE }),
			"lower": list(func(p *meta.Pooled) float64 { return p.Lower }), "upper": list(func(p *meta.Pooled) float64 { return p.Upper }),
			"Q": list(func(p *meta.Pooled) float64 { return p.Q }), "tau2": list(func(p *meta.Pooled) float64 { return p.Tau2 }),
			"I2": list(func(p *meta.Pooled) float64 { return p.I2 })}
	})
}

func asymmetry(s meta.Studies) any {
	out := object{"note": "t and p of the two forms coincide"}
	e, err := meta.Egger(s)
	out["regtest_lm"] = part(err, func() any { return object{"t": e.T, "p": e.P, "df": e.DF, "limit_estimate": e.Slope} })
	out["classical_regression"] = part(err, func() any {
		return object{"intercept": e.Intercept, "se": e.SE, "t": e.T, "p": e.P, "slope": e.Slope}
	})
	b, err := meta.Begg(s)
	out["begg_kendall"] = part(err, func() any { return object{"tau": b.Tau, "p": b.P, "z": b.Z} })
	return out
}

func metaRegression(in Input) (any, error) {
	measures, err := measuresOf(in)
	if err != nil {
		return nil, err
	}
	method, err := methodOf(in.Spec.Text("method"), meta.RestrictedML)
	if err != nil {
		return nil, err
	}
	names := append(in.Spec.Texts("moderator"), in.Spec.Texts("moderators")...)
	s, err := studiesOf(in, measures[0], names...)
	if err != nil {
		return nil, err
	}
	out := object{}
	for _, name := range []string{"z", "hksj"} {
		r, err := meta.Regress(s.Studies, stats.Design{Terms: names, Columns: s.further}, meta.Options{Method: method, HKSJ: name == "hksj", Level: in.level()})
		if err != nil {
			return nil, err
		}
		out[name] = object{"terms": r.Terms, "coef": r.Coef, "se": r.SE, "statistic": r.Statistic, "p": r.P, "lower": r.Lower, "upper": r.Upper, "k": r.K,
			"tau2": r.Tau2, "se_tau2": r.SETau2, "QM": r.QM, "QMp": r.QMP, "QMdf": r.QMDF, "QE": r.Q, "QEp": r.QP, "QEdf": r.QDF, "R2": r.R2, "I2": r.I2, "H2": r.H2}
	}
	return out, nil
}

func metaProportion(in Input) (any, error) {
	scale, err := scaleOf(in.Spec.Text("transform"))
	if err != nil {
		return nil, err
	}
	columns, used, err := columnsOf(in, "xi", "ni")
	if err != nil {
		return nil, err
	}
	correction := correctionOf(in.Spec)
	if (scale == meta.Arcsine || scale == meta.DoubleArcsine) && !in.Spec.Has("add") {
		correction.Add = 0 // finite as they are, and corrected only if that is asked for, as in escalc
	}
	effects, err := meta.Proportion(meta.Proportions{X: columns[0], N: columns[1]}, scale, correction)
	if err != nil {
		return nil, err
	}
	out, err := pooledAll(studies{Studies: effects, rows: used}, in.Spec)
	if err != nil {
		return nil, err
	}
	back, n := object{}, meta.HarmonicMean(columns[1])
	for name, v := range out {
		if p, ok := v.(object); ok && p["estimate"] != nil {
			b := object{}
			for to, from := range map[string]string{"p": "estimate", "lower": "lower", "upper": "upper"} {
				b[to] = scale.Back(p[from].(float64), n)
			}
			back[name] = b
		}
	}
	out["back"] = back
	out["leave_one_out"], out["egger"] = leaveOneOut(effects, in.Spec), asymmetry(effects)
	return out, nil
}

func scaleOf(text string) (meta.Transform, error) {
	switch words := strings.ToLower(text); words {
	case "", "logit", "plo":
		return meta.Logit, nil
	case "log", "pln":
		return meta.Log, nil
	case "raw", "pr", "none", "identity":
		return meta.Raw, nil
	case "arcsine", "pas":
		return meta.Arcsine, nil
	case "double arcsine", "double_arcsine", "freeman-tukey", "pft":
		return meta.DoubleArcsine, nil
	}
	return "", &stats.Error{Problem: stats.Unsupported, Variable: "transform", Detail: fmt.Sprintf("%q; there are logit, log, raw, arcsine and double arcsine", text)}
}

func metaSparse(in Input) (any, error) {
	t, used, _, err := tablesOf(in)
	if err != nil {
		return nil, err
	}
	level := in.level()
	s, err := meta.LogOddsRatio(t, correctionOf(in.Spec))
	if err != nil {
		return nil, err
	}
	out := object{"escalc_or_add_half_only0": object{"yi": used.spread(s.Effect), "vi": used.spread(s.Variance)}}
	for _, measure := range []meta.Measure{meta.OddsRatio, meta.RiskRatio, meta.RiskDiff} {
		c, err := meta.MantelHaenszel(t, measure, level)
		out["measure_"+string(measure)] = combinedResult(c, err)
	}
	associate(out["measure_OR"].(object), t)
	peto, err := meta.Peto(t, level)
	out["peto"] = combinedResult(peto, err)
	dl, err := meta.Pool(s, meta.Options{Method: meta.DerSimonianLaird, Level: level})
	out["dl_or_add_half_only0"] = part(err, func() any { return pooledResult(dl, meta.DerSimonianLaird, false) })
	return out, nil
}

func combinedResult(c *meta.Combined, err error) object {
	if err != nil {
		na := math.NaN()
		return object{"estimate": na, "se": na, "lower": na, "upper": na, "Q": na, "Qp": na, "I2": na, "problem": err.Error()}
	}
	return object{"k": c.K, "estimate": c.Estimate, "se": c.SE, "statistic": c.Statistic, "p": c.P, "lower": c.Lower, "upper": c.Upper, "Q": c.Q, "Qdf": c.QDF, "Qp": c.QP, "I2": c.I2, "H2": c.H2}
}

// associate adds the tests of one odds ratio in all tables; what cannot be tested is not a number.
func associate(to object, t meta.Tables) {
	for _, name := range []string{"cmh_chisq_corrected", "cmh_p", "breslow_day", "breslow_day_p", "tarone", "tarone_p"} {
		to[name] = math.NaN()
	}
	if a, err := meta.CochranMantelHaenszel(t, meta.AnyHalf); err == nil {
		to["cmh_chisq_corrected"], to["cmh_p"] = a.Statistic, a.P
	}
	if h, err := meta.BreslowDay(t); err == nil {
		to["breslow_day"], to["breslow_day_p"], to["tarone"], to["tarone_p"] = h.BreslowDay, h.BreslowDayP, h.Tarone, h.TaroneP
	}
}

var (
	hazardRatio    = regexp.MustCompile(`\bHR\b|(?i:log[ _-]?hr\b|hazard)`)
	oddsRatio      = regexp.MustCompile(`\bOR\b|(?i:log[ _-]?or\b|odds)`)
	riskRatio      = regexp.MustCompile(`\bRR\b|(?i:log[ _-]?rr\b|risk ratio|relative risk)`)
	riskDifference = regexp.MustCompile(`\bRD\b|(?i:risk difference)`)
	standardized   = regexp.MustCompile(`(?i)\bSMD\b|hedges|standardi[sz]ed( mean differences?)?`)
	correlation    = regexp.MustCompile(`(?i)\bZCOR\b|fisher.*\bz\b|correlation`)
	difference     = regexp.MustCompile(`(?i)\bMD\b|mean difference|difference (of|in) means`)
)

// measuresOf are the effects that the specification asks for: "yi" if they are given.
func measuresOf(in Input) ([]string, error) {
	text := strings.Join(in.Spec.Texts("measure"), ", ")
	if in.Spec.Has("yi") || strings.Contains(text, "given") || text == "" && (in.holds("yi") && (in.holds("vi") || in.holds("sei"))) {
		return []string{"yi"}, nil
	}
	var out []string
	for _, m := range []struct {
		name string
		is   *regexp.Regexp
	}{{"or", oddsRatio}, {"rr", riskRatio}, {"rd", riskDifference}, {"md", difference}, {"smd", standardized}, {"zcor", correlation}} {
		words := text
		if m.name == "md" {
			words = standardized.ReplaceAllString(text, "")
		}
		if m.is.MatchString(words) {
			out = append(out, m.name)
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case text != "":
		return nil, &stats.Error{Problem: stats.Unsupported, Variable: "measure", Detail: fmt.Sprintf("%q; there are log OR, log RR, RD, MD, SMD, ZCOR and given effects", text)}
	case in.holds("ai"):
		return []string{"or"}, nil
	case in.holds("ri"):
		return []string{"zcor"}, nil
	case in.holds("m1i"):
		return []string{"md", "smd"}, nil
	}
	return nil, &stats.Error{Problem: stats.Invalid, Variable: "measure", Detail: "it is neither named nor clear from the columns"}
}

// measureNamed is the effect as figures call it, and whether it is a logarithm. Effects that are given are what the specification says they are.
func measureNamed(measure, text string) (name string, log bool) {
	if measure != "yi" {
		return strings.ToUpper(measure), measure == "or" || measure == "rr"
	}
	for _, m := range []struct {
		name string
		is   *regexp.Regexp
	}{{"HR", hazardRatio}, {"OR", oddsRatio}, {"RR", riskRatio}, {"RD", riskDifference}, {"SMD", standardized}, {"MD", difference}} {
		if m.is.MatchString(text) {
			return m.name, strings.Contains(strings.ToLower(text), "log")
		}
	}
	return "", false
}

// holds says whether the specification or the table has the column.
func (in Input) holds(key string) bool {
	if in.Spec.Has(key) {
		return true
	}
	if in.Table == nil {
		return false
	}
	_, err := in.Table.Column(key)
	return err == nil
}
