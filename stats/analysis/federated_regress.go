package analysis

import (
	"consilium/stats"
	"consilium/stats/fit"
	"consilium/stats/matrix"
	"consilium/stats/regress"
)

// federatedRegressMethods fit a model of which each site, named by a column of the data, gives sums only.
func federatedRegressMethods() []Method {
	keys := join(modelKeys, []Parameter{siteKey})
	return []Method{
		{Name: "federated_logistic", About: "logistic regression over hospitals that give sums only", Parameters: keys, Result: object{}, compute: federatedLogistic},
		{Name: "federated_poisson", About: "Poisson regression over hospitals that give sums only", Parameters: keys, Result: object{}, compute: federatedModel(siteKind{regress.PoissonSums, regress.PoissonTotals, rateRatios})},
		{Name: "federated_linear", About: "linear regression over hospitals that give sums only", Parameters: join(keys, precisionKey), Result: object{}, compute: federatedLinear},
	}
}

// siteKind is what a site computes for one kind of model.
type siteKind struct {
	sums   func(beta, y []float64, x stats.Design, o regress.Options) (fit.Sums, error)
	totals func(beta []float64, bread matrix.Symmetric, y []float64, x stats.Design, o regress.Options) (regress.Totals, error)
	ratio  string // what exp of a coefficient is; "" for least squares
}

// sites are the rows of each, which see no others.
type sites struct {
	labels []string
	parts  []*regression
}

func readSites(in Input) (*regression, sites, error) {
	if err := without(in.Spec, "cluster"); err != nil {
		return nil, sites{}, err
	}
	whole, err := readRegression(in)
	if err != nil {
		return nil, sites{}, err
	}
	column, err := whole.table.Column(in.Spec.Text("site"))
	if err != nil {
		return nil, sites{}, err
	}
	var s sites
	labels, codes := groupsOf(column)
	for k, label := range labels {
		s.labels = append(s.labels, label)
		own := in
		own.Table = whole.table.Keep(func(i int) bool { return codes[i] == k })
		part, err := readRegression(own)
		if err != nil {
			return nil, sites{}, err
		}
		s.parts = append(s.parts, part)
	}
	return whole, s, nil
}

// ask sends coefficients to all sites and adds what they answer.
func (s sites) ask(kind siteKind) regress.Asking {
	return regress.Asking{
		Sums: func(beta []float64) (fit.Sums, error) {
			total := fit.NewSums(len(beta))
			for _, p := range s.parts {
				own, err := kind.sums(beta, p.y, p.x, p.o)
				if err != nil {
					return total, err
				}
				total.Add(own)
			}
			return total, nil
		},
		Totals: func(beta []float64, bread matrix.Symmetric) (total regress.Totals, err error) {
			for i, p := range s.parts {
				own, err := kind.totals(beta, bread, p.y, p.x, p.o)
				if err != nil {
					return total, err
				}
				if i == 0 {
					total = own
				} else {
					total.Add(own)
				}
			}
			return total, nil
		},
	}
}

// summary is what the result says of each site.
func (s sites) summary(events bool) object {
	out := object{}
	for k, p := range s.parts {
		one := object{"n": len(p.y)}
		if events {
			var sum float64
			for _, v := range p.y {
				sum += v
			}
			one["events"] = sum
		}
		out[s.labels[k]] = one
	}
	return out
}

// askFit asks for counts and groups of the probabilities at given coefficients.
func (s sites) askFit(beta []float64) regress.AskingFit {
	return regress.AskingFit{
		UpTo: func(thresholds []float64) ([]int, error) {
			total := make([]int, len(thresholds))
			for _, p := range s.parts {
				own, err := regress.LogisticMeans(beta, p.x, p.o.Offset)
				if err != nil {
					return nil, err
				}
				for k, count := range regress.CountUpTo(own, thresholds) {
					total[k] += count
				}
			}
			return total, nil
		},
		Groups: func(cuts []float64) (total regress.HosmerLemeshow, err error) {
			for i, p := range s.parts {
				own, err := regress.LogisticMeans(beta, p.x, p.o.Offset)
				if err != nil {
					return total, err
				}
				groups, err := regress.GroupSums(p.y, own, cuts)
				if err != nil {
					return total, err
				}
				if i == 0 {
					total = groups
				} else {
					total.Add(groups)
				}
			}
			return total, nil
		},
	}
}

func federatedLogistic(in Input) (any, error) {
	result, err := federatedModel(siteKind{regress.LogisticSums, regress.LogisticTotals, oddsRatios})(in)
	if err != nil {
		return nil, err
	}
	_, s, err := readSites(in)
	if err != nil {
		return nil, err
	}
	out := result.(object)
	if h, err := regress.PoolGoodnessOfFit(s.askFit(out["coef"].([]float64)), 10); err == nil {
		out["hosmer_lemeshow"] = goodnessObject(h)
	}
	return out, nil
}

func federatedModel(kind siteKind) func(in Input) (any, error) {
	return func(in Input) (any, error) {
		whole, s, err := readSites(in)
		if err != nil {
			return nil, err
		}
		ask := s.ask(kind)
		e, totals, err := regress.Pool(whole.x.Terms, ask, fit.Options{})
		if err != nil {
			return nil, whole.named(err)
		}
		out := estimateObject(e, kind.ratio, whole.level)
		robust := object{}
		for name, hc := range map[string]regress.HC{"se_HC0": regress.HC0, "se_HC1": regress.HC1, "se_HC2": regress.HC2, "se_HC3": regress.HC3} {
			robust[name] = regress.SE(totals.Robust(hc, e.Covariance, len(e.Coef)))
		}
		out["robust"], out["sites"] = robust, s.summary(true)
		return out, nil
	}
}

func federatedLinear(in Input) (any, error) {
	whole, s, err := readSites(in)
	if err != nil {
		return nil, err
	}
	e, totals, err := regress.PoolLinear(whole.x.Terms, s.ask(siteKind{regress.LinearSums, regress.LinearTotals, ""}))
	if err != nil {
		return nil, whole.named(err)
	}
	var robust [4][]float64
	for hc := range robust {
		robust[hc] = regress.SE(totals.Robust(regress.HC(hc), e.Unscaled, len(e.Coef)))
	}
	out := linearObject(e, whole.level, robust)
	out["sites"] = s.summary(false)
	return out, nil
}
