// Package method has the analyses of a study, each as two halves: what one hospital computes from its own rows, and the step that all hospitals take from the
// sum of what they computed.
//
// The first half is floating point and stays at home but for its figures; the second uses only package exact, so that every node comes to the same bits. A
// figure is a sum over patients that is fit to be published alone. Masks, rounds and signatures are package run's; whether a hospital may take part in an
// analysis at all is disclose.go's.
package method

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"consilium/study/exact"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// Estimate is one number of a result; SE is NaN where it has none.
type Estimate struct {
	Name      string
	Value, SE float64
}

// Step is a curve at one time: how many were at risk just before, how many had the event since the time before, and the share without it from then on.
type Step struct {
	Time, AtRisk, Events, Survival, SE float64
}

// Curve is the survival of one group on the study's grid of times.
type Curve struct {
	Group string
	Steps []Step
}

// Result is what an analysis came to. Refused says why there is none; nil where there is one.
type Result struct {
	N         int // complete cases of all hospitals that took part
	Estimates []Estimate
	Curves    []Curve
	Refused   *Refusal
	LeftOut   []int  // places of hospitals whose own fit failed, in a meta-analysis
	Sites     []Site // what each hospital found by itself, in a meta-analysis
}

// Site is one hospital's own estimate in a meta-analysis.
type Site struct {
	Place     int // in the roster of the run
	N         int // complete cases
	Value, SE float64
}

// Analysis is one analysis of a run. It goes from round to round: while Size is above 0, every hospital gives that many figures, and Take moves on by their sum.
// A value belongs to one run. Several goroutines may call all but Take at once.
type Analysis interface {
	// Size is how many figures the next contribution has; 0 at the end.
	Size() int
	// Local computes this hospital's figures for the round from its complete cases. It does not change the analysis.
	Local(t *rows.Table) ([]float64, error)
	// Take moves on by the sum of the figures of all hospitals.
	Take(sum []*big.Float)
	// Clone is a copy that moves on apart from this one.
	Clone() Analysis
	// State writes what the next round starts from, to the bit.
	State(to *strings.Builder)
	// Result is what the analysis came to, once Size is 0.
	Result() Result
}

// Open is an analysis whose figures are published hospital by hospital, without masks, because what it shows is each hospital's own estimate.
type Open interface {
	Analysis
	// TakeEach moves on by the figures of each hospital, in the order of the roster; nil for one that takes no part.
	TakeEach(each [][]*big.Float)
}

// New begins an analysis of a checked protocol.
func New(p *protocol.Protocol, a *protocol.Analysis) (Analysis, error) {
	switch a.Method {
	case protocol.Describe:
		return newDescribe(p, a), nil
	case protocol.Logistic, protocol.Poisson:
		return newRegression(p, a), nil
	case protocol.Linear:
		return newLinear(p, a), nil
	case protocol.Cox:
		return newCox(p, a), nil
	case protocol.KaplanMeier:
		return newKaplanMeier(p, a), nil
	case protocol.LogRank:
		return newLogRank(p, a), nil
	case protocol.IPTW:
		return newWeighting(p, a), nil
	case protocol.AIPW:
		return newDoublyRobust(p, a), nil
	case protocol.MixedLogistic:
		return newMixed(p, a), nil
	case protocol.Meta:
		return newMeta(p, a), nil
	case protocol.MissingValues:
		return &gaps{a: a}, nil
	}
	return nil, fmt.Errorf("this release has no method %q", a.Method)
}

// ended is what every analysis has at its end.
type ended struct{ result Result }

func (e *ended) Result() Result { return e.result }

func (e *ended) refuse(why Refusal) { e.result.Refused = &why }

func write(to *strings.Builder, label string, list ...*big.Float) {
	to.WriteString(label)
	for _, v := range list {
		to.WriteByte(' ')
		to.WriteString(exact.Text(v))
	}
	to.WriteByte('\n')
}

// count is a figure that is a whole number.
func count(f *big.Float) int { return int(math.Round(exact.Float(f))) }

var none = math.NaN()

// triangle is the number of elements of a symmetric n×n matrix.
func triangle(n int) int { return n * (n + 1) / 2 }
