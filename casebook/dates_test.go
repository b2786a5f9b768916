package casebook

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/record"
)

// judgedMarks are the marks of dates that cannot be, and of an age that the birth date contradicts.
var judgedMarks = []string{"date-future", "date-before-birth", "due-past", "expires-early", "schedule-before-opening", "follow-up-before-operation", "complication-before-operation",
	"age-differs", "birth-future"}

// judged is what the dates of a draft are found to be: the code that stops it, or those that are odd.
func judged(t *testing.T, n *node, now time.Time, d ledger.Draft) (stopped string, odd []string) {
	t.Helper()
	err := n.update(func(ctx context.Context, tx ledger.Tx) error {
		doubts, err := Dates(n.book, func() time.Time { return now })(ctx, tx, d)
		var s *record.Stopped
		if errors.As(err, &s) {
			if !s.Marks[0].Text.Complete() || s.Marks[0].Field == "" {
				t.Errorf("%+v names no field, or has no words", s.Marks[0])
			}
			stopped, err = s.Marks[0].Code, nil
		}
		for _, d := range doubts {
			if !d.Text.Complete() || d.Text.En == d.Code || d.Field == "" {
				t.Errorf("%+v names no field, or has no words", d)
			}
			odd = append(odd, d.Code)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return stopped, odd
}

// TestDatesThatCannotBeAreStoppedAndOddOnesAskedAbout: the case was opened on 2 March 2026 at a hospital eight hours before Greenwich, the patient was born on 6 May
// 1990, the operation was fixed for 1 April and recorded on that day. The dates are those of the review of 30 November 2026, moved to this case.
func TestDatesThatCannotBeAreStoppedAndOddOnesAskedAbout(t *testing.T) {
	w := newWorld(t)
	n := w.home
	if err := n.update(func(ctx context.Context, tx ledger.Tx) error {
		return SetIdentity(ctx, tx, w.id, Patient{Name: "王芳", BirthDate: "1990-05-06"})
	}); err != nil {
		t.Fatal(err)
	}
	plan := w.signedPlan()
	n.must(w.draft(KindScheduled, Scheduled{Date: "2026-04-01", Hospital: n.id}))
	today := time.Date(2026, 4, 2, 7, 0, 0, 0, start.Location()) // in Greenwich it is still the first
	op := func(date string) ledger.Draft { return w.draft(KindOperation, Operation{Date: date}, plan) }
	for _, c := range []struct {
		what, stopped string
		d             ledger.Draft
		odd           []string
	}{
		{"as fixed", "", op("2026-04-01"), nil},
		{"today, by this hospital's own day", "", op("2026-04-02"), nil},
		{"tomorrow", "date-future", op("2026-04-03"), nil},
		{"seven years before its case", "", op("2019-01-01"), []string{"operation-before-opening", "operation-off-schedule"}},
		{"before birth", "date-before-birth", op("1989"), nil},
		{"in the year of birth, as far as is known", "", op("1990"), []string{"operation-before-opening", "operation-off-schedule"}},
		{"elsewhere, long ago", "", w.draft(KindOperation, Operation{Date: "2019-01-01", Elsewhere: "a county hospital"}), nil},
		{"fixed for 1991", "schedule-before-opening", w.draft(KindScheduled, Scheduled{Date: "1991-01-01", Hospital: n.id}), nil},
		{"fixed for a past day", "", w.draft(KindScheduled, Scheduled{Date: "2026-03-20", Hospital: n.id}), []string{"schedule-past"}},
		{"fixed for 2029", "", w.draft(KindScheduled, Scheduled{Date: "2029-01-01", Hospital: n.id}), []string{"schedule-far"}},
		{"an answer wanted yesterday", "due-past", w.draft(KindReferred, Referred{To: w.far.id, Question: "?", Urgency: "soon", NeededBy: "2026-04-01"}), nil},
		{"an answer wanted today", "", w.draft(KindReferred, Referred{To: w.far.id, Question: "?", Urgency: "soon", NeededBy: "2026-04-02"}), nil},
		{"over before it is needed", "expires-early", w.draft(KindReferred, Referred{To: w.far.id, Question: "?", Urgency: "soon", NeededBy: "2026-05-02", Expires: "2026-04-20"}), nil},
		{"images of tomorrow", "date-future", w.draft(KindImaging, Imaging{Modality: "mr", Date: "2026-04-03"}), nil},
	} {
		if stopped, odd := judged(t, n, today, c.d); stopped != c.stopped || !slices.Equal(odd, c.odd) {
			t.Errorf("%s: stopped by %q and odd by %v, want %q and %v", c.what, stopped, odd, c.stopped, c.odd)
		}
	}
	done := w.operation()
	done.FollowUps = []DueFollowUp{{ID: "d30", From: "2026-04-24", Due: "2026-05-01", Until: "2026-05-15"}, {ID: "baseline", Due: "2026-03-31"}}
	n.must(w.draft(KindOperation, done, plan))
	later := today.AddDate(0, 6, 0)
	seen := func(schedule, date string) ledger.Draft {
		return w.draft(KindFollowUp, FollowUp{Schedule: schedule, Date: date, Note: "well"})
	}
	for _, c := range []struct {
		what, stopped string
		d             ledger.Draft
		odd           []string
	}{
		{"in its window", "", seen("d30", "2026-05-01"), nil},
		{"early", "", seen("d30", "2026-04-10"), []string{"follow-up-early"}},
		{"late", "", seen("d30", "2026-06-01"), []string{"follow-up-late"}},
		{"two years before its operation", "follow-up-before-operation", seen("d30", "2024-01-01"), nil},
		{"a baseline before it", "", seen("baseline", "2026-03-31"), nil},
		{"a complication before it", "complication-before-operation", w.draft(KindComplication, Complication{Code: "csf_leak", Date: "2026-03-01"}), nil},
	} {
		if stopped, odd := judged(t, n, later, c.d); stopped != c.stopped || !slices.Equal(odd, c.odd) {
			t.Errorf("%s: stopped by %q and odd by %v, want %q and %v", c.what, stopped, odd, c.stopped, c.odd)
		}
	}
}

// TestTheAgeAgreesWithTheBirthDate: 52 years beside 1990 and 3 years beside 1970 were taken.
func TestTheAgeAgreesWithTheBirthDate(t *testing.T) {
	on := time.Date(2026, 12, 1, 9, 0, 0, 0, start.Location())
	for _, c := range []struct {
		birth   string
		age     int64
		stopped string
	}{
		{"1990-05-06", 36, ""}, {"1990-05-06", 52, "age-differs"}, {"1970-01-01", 3, "age-differs"}, {"1970", 55, ""}, {"1970", 56, ""}, {"1970", 57, "age-differs"},
		{"2026-12-02", 0, "birth-future"}, {"", 52, ""}, {"2026-11-20", 0, ""},
	} {
		err := CheckAge(Opened{Age: &c.age}, c.birth, on)
		var s *record.Stopped
		switch {
		case c.stopped == "" && err != nil:
			t.Errorf("%d beside %s: %v", c.age, c.birth, err)
		case c.stopped != "" && (!errors.As(err, &s) || s.Marks[0].Code != c.stopped):
			t.Errorf("%d beside %s: %v, want %s", c.age, c.birth, err, c.stopped)
		}
	}
	if err := CheckAge(Opened{}, "1990-05-06", on); err != nil {
		t.Errorf("without an age: %v", err)
	}
}

// TestACorrectedDateStandsEverywhere: a corrected operation date stood in the stage line, and the old one in the timeline, the jump bar and on paper.
func TestACorrectedDateStandsEverywhere(t *testing.T) {
	w := newWorld(t)
	plan := w.signedPlan()
	d := w.draft(KindOperation, Operation{Date: "2019-01-01"}, plan)
	d.At = "2019-01-01"
	h := w.home.must(d)
	w.home.must(ledger.Draft{Thread: w.id, Kind: ledger.KindAmend, Refs: []ledger.Hash{h}, Says: ledger.Amendment{Says: ledgerRaw(t, Operation{Date: "2026-03-20"}), Why: "typed wrongly"}})
	w.sync()
	for _, n := range []*node{w.home, w.far} {
		c := n.fold(w.id)
		if i := find(t, c, h); i.When != "2026-03-20" || c.Operations[0].When != "2026-03-20" {
			t.Errorf("the timeline has it on %s, the operation on %s", i.When, c.Operations[0].When)
		}
		if last := c.Timeline[len(c.Timeline)-1]; last.Hash != h {
			t.Errorf("it stands where it was before: %s is last", last.Kind)
		}
	}
}

// TestTheDatesOfEveryKindAreJudged: nothing that happened did so in the future, or before the patient was born.
func TestTheDatesOfEveryKindAreJudged(t *testing.T) {
	for _, k := range Talk(nil).Kinds {
		if k.Dated && !slices.Contains(Judged(), k.Name) {
			t.Errorf("nobody judges the dates of %s", k.Name)
		}
	}
}
