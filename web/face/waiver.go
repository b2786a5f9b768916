package face

import (
	"consilium/lang"
	"consilium/registry/waiver"
	"consilium/web/ui"
)

// WaiverOptions offers going without a waiver of consent, and each of a list that is in force, by its id.
func (q *Request) WaiverOptions(list []waiver.Row) []ui.Option {
	options := []ui.Option{{Value: "", Label: q.P("waiver.page.without", nil)}}
	for _, w := range list {
		if w.InForce(q.Now()) {
			options = append(options, ui.Option{Value: w.ID.String(), Label: w.Ethics, Help: JoinDots(w.Purpose, q.P("waiver.page.inforce", map[string]any{"day": lang.PartialDate(q.Lang, w.Until)}))})
		}
	}
	return options
}
