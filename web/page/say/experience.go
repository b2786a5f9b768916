package say

import (
	"context"
	"slices"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/stats/describe"
	"consilium/web/face"
)

// experience is what this hospital knows of another and a disease: from the cases that both take part in, and from nothing that anybody says of themselves.
type experience struct {
	Cases        int                // of the disease, together
	Operated     int                // operations in them by people of the other hospital
	Good, Judged int                // how many of these came out as the pathway's first indicator asks, of how many with an answer
	By           *pathway.Indicator // nil: the pathway measures no good outcome
}

// casesRead bounds how many cases with one hospital are read for its experience: the newest.
const casesRead = 100

// experienceWith reads the cases of a disease that another hospital takes part in. Only counts leave this function.
func experienceWith(ctx context.Context, tx ledger.Tx, q *face.Request, pack *pathway.Pack, h ledger.HospitalID) (x experience, err error) {
	if pack == nil {
		return x, nil
	}
	if i := slices.IndexFunc(pack.Indicators, func(i pathway.Indicator) bool { return i.Measure == "share" && i.Better == "high" && i.At != "" }); i >= 0 {
		x.By = &pack.Indicators[i]
	}
	shared, err := ledger.Shared(ctx, tx, h, ledger.ThreadID{}, 1000)
	if err != nil {
		return x, err
	}
	for _, s := range slices.Backward(shared) { // the newest first: their IDs begin with the time
		if s.Kind != casebook.Thread || x.Cases == casesRead {
			continue
		}
		row, here, err := casebook.Get(ctx, tx, s.Thread)
		if err != nil {
			return x, err
		}
		if !here || row.Pathway != pack.ID {
			continue
		}
		l, err := q.Desk.Book.Log(ctx, tx, s.Thread)
		if err != nil {
			return x, err
		}
		x.add(casebook.Fold(l), pack, h)
	}
	return x, nil
}

func (x *experience) add(c casebook.Case, pack *pathway.Pack, h ledger.HospitalID) {
	x.Cases++
	for n, o := range c.Operations {
		by := o.Says.Operator.Hospital
		if by.IsZero() {
			by = o.By.Hospital
		}
		if by != h || o.Says.Abandoned || o.Says.Elsewhere != "" {
			continue
		}
		x.Operated++
		for _, f := range c.FollowUps {
			if x.By == nil || f.Operation != n+1 || f.Says.Schedule != x.By.At {
				continue
			}
			if counts, good, known := pack.Counted(x.By, c.Answers().With(f.Says.Values)); counts && known {
				x.Judged++
				if good {
					x.Good++
				}
			}
		}
	}
}

// words are what is known, for the reader to weigh.
func (x experience) words(q *face.Request) (list []string) {
	if x.Cases == 0 {
		return []string{q.P("case.refer.unknown", nil)}
	}
	list = append(list, q.P("case.refer.shared", map[string]any{"count": x.Cases}))
	if x.Operated > 0 {
		list = append(list, q.P("case.refer.operated", map[string]any{"count": x.Operated}))
	}
	if x.Judged == 0 {
		return list
	}
	limits, err := describe.Wilson(x.Good, x.Judged, 0.95)
	if err != nil {
		return list
	}
	return append(list, q.P("case.refer.outcome", map[string]any{"what": q.PackText(x.By.Name), "good": x.Good, "judged": x.Judged,
		"lower": lang.Percent(q.Lang, limits.Lower, 0), "upper": lang.Percent(q.Lang, limits.Upper, 0)}))
}
