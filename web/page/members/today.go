package members

import (
	"context"

	"consilium/access"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// glassWork shows who reviews emergency access what waits for it.
func glassWork(q *face.Request, w *face.TodayWork) error {
	if !q.May(access.ReviewBreak) {
		return nil
	}
	var open []access.Glass
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		open, err = access.ToReview(ctx, tx)
		return err
	})
	if err != nil || len(open) == 0 {
		return err
	}
	w.Alerts = append(w.Alerts, ui.Notice{Sort: ui.Warn, Title: q.P("today.glass", map[string]any{"count": len(open)}), Text: q.P("today.glassdo", nil),
		URL: "/settings/glass", Do: q.P("today.review", nil)})
	return nil
}
