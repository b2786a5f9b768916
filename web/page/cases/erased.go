package cases

import (
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
)

// erasedMark says in one line why the words of an entry are not shown: somebody asked that it is erased, and how far that is at this hospital.
func erasedMark(v *face.Case, entry ledger.Hash) string {
	q := v.Q
	for _, r := range slices.Backward(v.Log.ErasureRequests(q.Desk.ID)) {
		own := slices.Contains(r.Own, entry)
		if !own && !slices.Contains(r.Others, entry) {
			continue
		}
		switch {
		case r.Answer == nil && own:
			return q.P("erasures.mark.own", nil)
		case r.Answer == nil:
			return q.P("erasures.mark.asked", map[string]any{"hospital": v.Name(r.By), "when": q.Day(r.At)})
		case r.Answer.Answer == ledger.ErasureKept:
			return q.P("erasures.mark.kept", map[string]any{"law": r.Answer.Law, "until": lang.PartialDate(q.Lang, r.Answer.Until)})
		case r.Answer.Answer == ledger.ErasureRefused:
			return q.P("erasures.mark.refused", nil)
		}
	}
	return q.P("case.mark.erased", nil)
}
