package method

import (
	"consilium/study/protocol"
	"consilium/study/rows"
)

// typicalRounds is how many rounds a fit mostly takes. A fit that has not ended after [maxRounds] is refused, so what leaves is at most some three times the cost.
const typicalRounds = 8

// Cost is about how many figures of each hospital an analysis takes over all its rounds: masked ones, and those that are published hospital by hospital. It depends on
// the protocol alone, so a hospital can hold it against the number of its patients before a run begins.
func Cost(p *protocol.Protocol, a *protocol.Analysis) (masked, open int) {
	fit := func(terms []string, more int) int {
		n := len(p.Columns(terms)) + more
		return typicalRounds * (1 + n + triangle(n))
	}
	own := 0
	if a.Center == protocol.CenterNone || a.Center == protocol.CenterRandom {
		own = 1
	}
	switch a.Method {
	case protocol.Describe:
		masked = newDescribe(p, a).Size()
	case protocol.Logistic, protocol.Poisson:
		masked = 3 + fit(a.Terms, own)
	case protocol.Linear:
		masked = newLinear(p, a).Size()
	case protocol.Cox:
		masked = 2 + fit(a.Terms, 0)
	case protocol.KaplanMeier:
		masked = newKaplanMeier(p, a).Size()
	case protocol.LogRank:
		masked = newLogRank(p, a).Size()
	case protocol.IPTW:
		columns := len(rows.Scalings(p, a.Propensity))
		masked = 3 + fit(a.Propensity, own) + 2*(3+3*columns) + 2*(columns+own) + 1
	case protocol.AIPW:
		masked = 9 + fit(a.Propensity, own) + 2*fit(a.Terms, own) + 2
	case protocol.MixedLogistic:
		masked = 3 + fit(a.Terms, 1) + fit(a.Terms, 2)
	case protocol.Meta:
		open = 4
	case protocol.MissingValues:
		return 1 + 2*len(a.Of), 0
	}
	times := 1
	if p.Missing.Method == "impute" {
		times = p.Missing.Imputations
	}
	return masked * times, open * times
}
