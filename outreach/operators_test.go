package outreach

import (
	"context"
	"errors"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/record"
)

// TestAnOperationUnderAVisitLiesOnOneOfItsDays: the privileges of a visit hold on its days alone, from 1 to 3 December here.
func TestAnOperationUnderAVisitLiesOnOneOfItsDays(t *testing.T) {
	host, _, thread := agreed(t)
	for date, stopped := range map[string]bool{"2026-12-01T08:30+08:00": false, "2026-12-03": false, "2026-12-04": true, "2026-11-30": true} {
		host.update(func(ctx context.Context, tx ledger.Tx) error {
			d := ledger.Draft{Kind: casebook.KindScheduled, Says: casebook.Scheduled{Date: date, Hospital: host.id, Visit: thread}}
			_, err := SchedulesInVisit(host.book)(ctx, tx, d)
			var s *record.Stopped
			if errors.As(err, &s) != stopped || stopped && (s.Marks[0].Field != "date" || !s.Marks[0].Text.Complete()) {
				t.Errorf("fixed for %s: %v", date, err)
			}
			return nil
		})
	}
}
