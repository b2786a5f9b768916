package disclosure

import (
	"context"
	"errors"
	"fmt"

	"consilium/stats"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// Part is what a hospital has for a run: its complete cases, to which analyses it contributes, and why not to others. The reasons are for its own people.
type Part struct {
	Cohort *rows.Table
	Cases  [][]*rows.Table // of each analysis, of each imputation
	Takes  []bool
	Why    [][]Reason
	Limits Limits

	sets [][][]int // of each analysis that it contributes to, the sets of rows that are summed over
}

// Patients counts those of the cohort, where that may be shown: none, or as many as any count has.
func (p *Part) Patients() (n int, told bool) {
	n = p.Cohort.Patients()
	return n, n == 0 || n >= p.Limits.MinPatients
}

// Complete counts the patients of an analysis's complete cases, where that may be shown: the part contributes to it, so that no count is, or differs from another by, a few.
func (p *Part) Complete(analysis int) (n int, told bool) {
	if !p.Takes[analysis] {
		return 0, false
	}
	return p.Cases[analysis][0].Patients(), true
}

// Of gives the cases of an analysis, as a run asks for them.
func (p *Part) Of(analysis, imputation int) (*rows.Table, error) {
	return p.Cases[analysis][imputation], nil
}

// NewPart is the part of a cohort. past is what has left this hospital before; nil where nothing has, as in a rehearsal. It ends early with the context's error.
func NewPart(ctx context.Context, p *protocol.Protocol, cohort *rows.Table, limits Limits, past *Past) (*Part, error) {
	part := &Part{Cohort: cohort, Limits: limits, sets: make([][][]int, len(p.Analyses))}
	whole := Cohort(cohort, limits)
	for i := range p.Analyses {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
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
	within := within(p, cohort.Patients(), part.Takes, limits, past)
	for i := range within {
		if part.Takes[i] && !within[i] {
			part.Why[i] = []Reason{{Rule: Budget, About: "figures_per_patient"}}
		}
	}
	part.Takes = within
	return part, part.compare(ctx, p, past)
}

// compare takes analyses away that, with those before them and with what has left earlier, would come to the figures of a few patients.
func (p *Part) compare(ctx context.Context, of *protocol.Protocol, past *Past) (err error) {
	all := newReleases(p.Cohort, past, p.Limits.MinPatients)
	for _, i := range answersFirst(of) {
		if !p.Takes[i] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		a := &of.Analyses[i]
		if p.sets[i], p.Takes[i], err = all.take(p.Cases[i][0], a); err != nil {
			return fmt.Errorf("analysis %s: %w", a.ID, err)
		}
		if !p.Takes[i] {
			p.Why[i] = []Reason{{Rule: Differs, About: a.ID}}
		}
	}
	return nil
}

// answersFirst is the order in which analyses are taken: those that answer the question before those that count what is missing, which would stand in their way.
func answersFirst(p *protocol.Protocol) []int {
	var first, last []int
	for i := range p.Analyses {
		if p.Analyses[i].Method == protocol.MissingValues {
			last = append(last, i)
		} else {
			first = append(first, i)
		}
	}
	return append(first, last...)
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
