package face

import (
	"consilium/lang"
	"consilium/web/ui"
)

// Done is the notice after a form was taken: the address names a phrase, and nothing but a phrase of ours is shown.
func (q *Request) Done() []ui.Notice {
	key := "page.done." + q.FormValue("done")
	if q.Method != "GET" || !lang.Has(key) {
		return nil
	}
	return []ui.Notice{{Sort: ui.Good, Text: q.P(key, nil)}}
}
