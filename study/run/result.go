package run

import (
	"math"

	"consilium/ledger"
	"consilium/study/exact"
	"consilium/study/method"
	"consilium/study/protocol"
)

// Result is what an analysis of a run came to.
type Result struct {
	Analysis  int // of the protocol
	N         int
	LeftOut   []ledger.HospitalID // hospitals of the run that contributed nothing to it
	Refused   *method.Refusal     // why there is no result; nil: there is one
	Estimates []method.Estimate
	Curves    []method.Curve
	Sites     []Site
}

// Site is one hospital's own estimate in a meta-analysis.
type Site struct {
	Hospital ledger.HospitalID
	method.Site
}

// Results are those of all analyses, once the run is done.
func (r *Run) Results() []Result {
	list := make([]Result, len(r.Protocol.Analyses))
	of := make([][]method.Result, len(list))
	for _, i := range r.items {
		if r.takers(i.analysis) {
			of[i.analysis] = append(of[i.analysis], i.Result())
		}
	}
	for a := range list {
		list[a] = Result{Analysis: a, LeftOut: r.leftOut(a)}
		if list[a].Refused = r.refusal(a); list[a].Refused != nil {
			continue
		}
		combined := Combine(of[a])
		list[a].N, list[a].Refused, list[a].Estimates, list[a].Curves = combined.N, combined.Refused, combined.Estimates, combined.Curves
		for _, s := range combined.Sites {
			list[a].Sites = append(list[a].Sites, Site{r.Members[s.Place].Hospital, s})
		}
		for _, place := range combined.LeftOut {
			list[a].LeftOut = append(list[a].LeftOut, r.Members[place].Hospital)
		}
	}
	return list
}

// refusal is why an analysis has no result whatever its figures came to; nil where they decide.
func (r *Run) refusal(analysis int) *method.Refusal {
	n, least := r.taking(analysis)
	switch s := r.stoppedAt(analysis); {
	case s != nil:
		return s.refusal()
	case n == 0:
		return &method.Refusal{Why: method.Nobody}
	case !r.takers(analysis):
		return &method.Refusal{Why: method.Fewer, N: n, Least: least}
	case n == 1 && r.Protocol.Analyses[analysis].Method == protocol.MixedLogistic:
		return &method.Refusal{Why: method.OneHospital, N: n} // it takes hospitals as drawn from many, and there is one
	}
	return nil
}

func (r *Run) leftOut(analysis int) (list []ledger.HospitalID) {
	for _, m := range r.Members {
		if !m.Takes[analysis] {
			list = append(list, m.Hospital)
		}
	}
	return list
}

// Combine pools the results over imputations by Rubin's rules; a single result stands as it is. An estimate that one of them lacks is left out.
func Combine(list []method.Result) method.Result {
	first := list[0]
	if len(list) == 1 {
		return first
	}
	out := method.Result{N: first.N, LeftOut: first.LeftOut}
	for _, r := range list {
		if r.Refused != nil {
			return r
		}
	}
	for _, e := range first.Estimates {
		var values, errors []float64
		for _, r := range list {
			if other, ok := find(r.Estimates, e.Name); ok {
				values, errors = append(values, other.Value), append(errors, other.SE)
			}
		}
		if len(values) == len(list) {
			out.Estimates = append(out.Estimates, rubin(e.Name, values, errors))
		}
	}
	return out
}

func find(list []method.Estimate, name string) (method.Estimate, bool) {
	for _, e := range list {
		if e.Name == name {
			return e, true
		}
	}
	return method.Estimate{}, false
}

// rubin is the mean over imputations, its variance the mean variance plus (1 + 1/m) times the variance between (Rubin, Multiple Imputation for Nonresponse in Surveys,
// 1987, section 3.1).
func rubin(name string, values, errors []float64) method.Estimate {
	m := exact.Of(float64(len(values)))
	total, within := exact.Zero(), exact.Zero()
	for i, v := range values {
		total = exact.Add(total, exact.Of(v))
		if math.IsNaN(errors[i]) {
			within = nil
		} else if within != nil {
			se := exact.Of(errors[i])
			within = exact.Add(within, exact.Mul(se, se))
		}
	}
	mean := exact.Quo(total, m)
	out := method.Estimate{Name: name, Value: exact.Float(mean), SE: math.NaN()}
	if within == nil {
		return out
	}
	between := exact.Zero()
	for _, v := range values {
		d := exact.Sub(exact.Of(v), mean)
		between = exact.Add(between, exact.Mul(d, d))
	}
	one := exact.Of(1)
	factor := exact.Quo(exact.Add(one, exact.Quo(one, m)), exact.Sub(m, one))
	out.SE = exact.Float(exact.Sqrt(exact.Add(exact.Quo(within, m), exact.Mul(factor, between))))
	return out
}
