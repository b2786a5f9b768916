package disclosure

import (
	"errors"
	"fmt"

	"consilium/stats"
	"consilium/study/method"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// Part is what a hospital has for a run: its complete cases, to which analyses it contributes, and why not to others. The reasons are for its own people.
type Part struct {
	Cohort *rows.Table
	Cases  [][]*rows.Table // of each analysis, of each imputation
	Takes  []bool
	Why    [][]Reason
}

// Of gives the cases of an analysis, as a run asks for them.
func (p *Part) Of(analysis, imputation int) (*rows.Table, error) {
	return p.Cases[analysis][imputation], nil
}

// NewPart is the part of a cohort.
func NewPart(p *protocol.Protocol, cohort *rows.Table, limits Limits) (*Part, error) {
	part := &Part{Cohort: cohort}
	whole := Cohort(cohort, limits)
	for i := range p.Analyses {
		a := &p.Analyses[i]
		cases, why, err := casesOf(cohort, a, limits)
		if err != nil {
			return nil, fmt.Errorf("analysis %s: %w", a.ID, err)
		}
		if len(whole) > 0 {
			why = whole
		}
		part.Cases, part.Why, part.Takes = append(part.Cases, cases), append(part.Why, why), append(part.Takes, len(why) == 0)
	}
	within := method.Within(p, cohort.Patients(), part.Takes)
	for i := range within {
		if part.Takes[i] && !within[i] {
			part.Why[i] = []Reason{{Rule: Budget, About: "figures_per_patient"}}
		}
	}
	part.Takes = within
	return part, nil
}

// casesOf are the cases of one analysis, and what stands against it.
func casesOf(cohort *rows.Table, a *protocol.Analysis, limits Limits) ([]*rows.Table, []Reason, error) {
	cases, err := cohort.Cases(a)
	var few *stats.Error
	if errors.As(err, &few) {
		return nil, []Reason{{Rule: NotImputed}}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return cases, Check(cohort, cases[0], a, limits), nil
}
