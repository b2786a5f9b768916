package run

import (
	"errors"
	"fmt"

	"consilium/study/method"
	"consilium/study/rows"
)

// ErrPoint says that the sums of others led a fit to a point at which this hospital's figures would be those of one patient or a few. Nothing was said in that round.
var ErrPoint = errors.New("the fit stands where the figures of this hospital would be mostly one patient's: it was led there, or the terms tell patients apart without fault")

// fit tells whether the figures of a round weigh the patients of a hospital so evenly that they may leave. No patient has more of the weight than 1/least, so that least patients
// stand behind each figure in every round as they do in the cohort; nor, where that is more, than 2/n, or twice what the patient has where the model has no effects yet. Of the
// information on one coefficient no patient has more than halfway from what the patient has there to everything. Why: docs/decisions/0027-no-fit-is-led-to-a-patient.md.
func (r *Run) fit(i item, t *rows.Table, least int) error {
	w, ok := i.Analysis.(method.Weighed)
	if !ok || least <= 1 {
		return nil // where one patient may stand behind a figure there is nothing to look for
	}
	for _, x := range w.Weights(t) {
		if !even(x, least) {
			return fmt.Errorf("analysis %s, round %d: %w", r.Protocol.Analyses[i.analysis].ID, r.Round, ErrPoint)
		}
	}
	return nil
}

func even(w method.Weighing, least int) bool {
	alike := w.Alike
	if alike == nil {
		alike = make([]float64, len(w.Of))
		for i, v := range w.Of {
			if v > 0 || !w.Half {
				alike[i] = 1 // an arm has no weight in the other one's rows
			}
		}
	}
	before, _ := shareOf(alike, nil)
	most := max(1/float64(least), 2*before)
	if w.Half {
		most = max(most, 0.5)
	}
	if share, some := shareOf(w.Of, nil); some && !(share <= most) { // no number is no good share either
		return false
	}
	for _, column := range w.By {
		before, _ := shareOf(alike, column)
		if share, some := shareOf(w.Of, column); some && !(share <= (1+before)/2) {
			return false
		}
	}
	return true
}

// shareOf is the greatest share that one row has of the weights, times the squares of a column where one is given. There is none where they are all 0.
func shareOf(weights, column []float64) (share float64, some bool) {
	var total, largest float64
	for i, v := range weights {
		if column != nil {
			v *= column[i] * column[i]
		}
		total, largest = total+v, max(largest, v)
	}
	return largest / total, total != 0
}
