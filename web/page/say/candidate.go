package say

import (
	"cmp"
	"context"
	"math"
	"slices"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/pathway"
	"consilium/web/face"
)

// candidate is a hospital that may be asked, with the reasons for its place in the list.
type candidate struct {
	network.Partner
	Known    experience
	Waiting  int
	Distance float64 // km; NaN: not known
	Reasons  []string
}

// candidates are the partners, ranked for the disease: those with whom cases of it were shared first, then who has little waiting, then the nearest. Volume and outcome stand beside
// each for the reader's eyes; they are no score.
func candidates(q *face.Request, pack *pathway.Pack) ([]candidate, error) {
	partners, err := q.Partners()
	if err != nil {
		return nil, err
	}
	var list []candidate
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, p := range partners {
			c := candidate{Partner: p, Distance: distance(q, p)}
			c.Known, err = experienceWith(ctx, tx, q, pack, p.Hospital)
			if err != nil {
				return err
			}
			tasks, err := casebook.Tasks(ctx, tx, casebook.TaskQuery{Hospital: p.Hospital, Kinds: []string{casebook.KindAccepted, casebook.KindOpinion}, Limit: 200})
			if err != nil {
				return err
			}
			c.Waiting = len(tasks)
			list = append(list, c)
		}
		return nil
	})
	for i := range list {
		list[i].Reasons = reasons(q, list[i])
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		if a.State != b.State {
			return cmp.Compare(stateRank(a), stateRank(b))
		}
		return cmp.Or(cmp.Compare(min(b.Known.Cases, 1), min(a.Known.Cases, 1)), cmp.Compare(a.Waiting, b.Waiting), cmp.Compare(b.Known.Cases, a.Known.Cases), cmp.Compare(nearness(a), nearness(b)))
	})
	return list, err
}

func stateRank(c candidate) int {
	if c.State == network.Accepted {
		return 0
	}
	return 1
}

func nearness(c candidate) float64 {
	if math.IsNaN(c.Distance) {
		return math.MaxFloat64
	}
	return c.Distance
}

func reasons(q *face.Request, c candidate) (list []string) {
	if c.State == network.Asked {
		list = append(list, q.P("case.refer.asked", nil))
	}
	list = append(list, c.Known.words(q)...)
	list = append(list, q.P("case.refer.waiting", map[string]any{"count": c.Waiting}))
	switch {
	case !math.IsNaN(c.Distance):
		list = append(list, q.P("case.refer.distance", map[string]any{"km": lang.Number(q.Lang, int64(math.Round(c.Distance)))}))
	case c.Place != "":
		list = append(list, c.Place)
	}
	return list
}

// distance is how far a partner is, where both places are known as degrees north and east.
func distance(q *face.Request, p network.Partner) float64 {
	lat, lon, ok := face.PlaceOf(p.Place)
	if !ok || q.Desk.Place == nil {
		return math.NaN()
	}
	return face.GreatCircle(q.Desk.Place[0], q.Desk.Place[1], lat, lon)
}
