package casebook

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
	"consilium/terms"
)

// The dates of what is said are judged against the patient's birth, the opening of the case, its plan and schedule, the operation, and today. A day is this hospital's
// own: at eight in the morning in China it is still yesterday in Greenwich. What cannot be is stopped at its field; what hardly can be is asked about.

// Bounds of what is taken without a question.
const (
	offSchedule = 7   // days between the day that was fixed and that of the operation
	farSchedule = 730 // days ahead for which an operation is fixed
)

// Dates judges the dates of what is said about a case, with the clock of this hospital.
func Dates(book *ledger.Book, now func() time.Time) Doubter {
	return func(ctx context.Context, tx ledger.Tx, d ledger.Draft) ([]Doubt, error) {
		judge := judges[d.Kind]
		l, err := book.Log(ctx, tx, d.Thread)
		if err != nil || judge == nil {
			return nil, err
		}
		c := Fold(l)
		if !c.Opened || c.History != "" {
			return nil, nil // an imported case is judged by the registry, all of it at once
		}
		patient, err := IdentityOf(ctx, tx, d.Thread)
		if err != nil && !errors.Is(err, ErrNoIdentity) {
			return nil, err
		}
		at := now()
		t := &timing{c: &c, zone: at.Location(), today: at.Format(time.DateOnly), birth: patient.BirthDate}
		judge(t, d)
		if len(t.stops) > 0 {
			return nil, &record.Stopped{Marks: t.stops}
		}
		return t.doubts, nil
	}
}

// timing judges one draft.
type timing struct {
	c      *Case
	zone   *time.Location
	today  string
	birth  string
	stops  []record.Mark
	doubts []Doubt
}

// days are the first and the last day that a date may mean, in the time of this hospital; empty: it is no date.
func (t *timing) days(date string) (first, last string) {
	d, err := terms.ParsePartialDate(date)
	if err != nil {
		return "", ""
	}
	from := d.Start(t.zone)
	until := from
	switch d.Precision() {
	case terms.Year:
		until = from.AddDate(1, 0, -1)
	case terms.Month:
		until = from.AddDate(0, 1, -1)
	case terms.Minute:
		from, until = from.In(t.zone), from.In(t.zone)
	}
	return from.Format(time.DateOnly), until.Format(time.DateOnly)
}

// before tells whether the whole of one date lies before another; false where one of them is none.
func (t *timing) before(a, b string) bool {
	_, last := t.days(a)
	first, _ := t.days(b)
	return last != "" && first != "" && last < first
}

// between counts the days from one date to another, each by its first day.
func (t *timing) between(a, b string) int {
	from, _ := t.days(a)
	until, _ := t.days(b)
	return int(terms.Midday(until).Sub(terms.Midday(from)).Hours() / 24)
}

func (t *timing) stop(is bool, m record.Mark) {
	if is && !slices.ContainsFunc(t.stops, func(s record.Mark) bool { return s.Field == m.Field }) {
		t.stops = append(t.stops, m)
	}
}

func (t *timing) odd(is bool, d Doubt) {
	if is {
		t.doubts = append(t.doubts, d)
	}
}

// happened judges a date of what has happened: not in the future, and not before the patient was born.
func (t *timing) happened(date, field string) {
	t.stop(t.before(t.today, date), stopMark("date-future", field))
	t.born(date, field)
}

func (t *timing) born(date, field string) {
	t.stop(t.before(date, t.birth), stopMark("date-before-birth", field))
}

// awaited judges a date by which something is awaited: a day that is over cannot be kept.
func (t *timing) awaited(date, field string) {
	t.stop(t.before(date, t.today), stopMark("due-past", field))
}

// opened is the day on which the case was opened, by its writer's clock.
func (t *timing) opened() string { return t.c.OpenedAt.In(t.zone).Format(time.DateOnly) }

// judges says which dates of each kind are judged, and by what.
var judges = map[string]func(*timing, ledger.Draft){
	KindOperation:    ofBody(func(t *timing, d ledger.Draft, o Operation) { t.operation(d, o) }),
	KindScheduled:    ofBody(func(t *timing, _ ledger.Draft, s Scheduled) { t.schedule(s) }),
	KindFollowUp:     ofBody(func(t *timing, _ ledger.Draft, u FollowUp) { t.followUp(u) }),
	KindComplication: ofBody(func(t *timing, _ ledger.Draft, k Complication) { t.complication(k) }),
	KindAnesthesia:   ofBody(func(t *timing, _ ledger.Draft, a Anesthesia) { t.happened(a.Date, "date") }),
	KindAchieved:     ofBody(func(t *timing, _ ledger.Draft, a Achieved) { t.happened(a.Date, "date") }),
	KindImaging:      ofBody(func(t *timing, _ ledger.Draft, i Imaging) { t.happened(i.Date, "date") }),
	KindFinding:      func(t *timing, d ledger.Draft) { t.happened(d.At, "_at") },
	KindReferred: ofBody(func(t *timing, _ ledger.Draft, r Referred) {
		t.awaited(r.NeededBy, "needed_by")
		t.awaited(r.Expires, "expires")
		t.stop(t.before(r.Expires, r.NeededBy), stopMark("expires-early", "expires"))
	}),
	KindAccepted: ofBody(func(t *timing, _ ledger.Draft, a Accepted) { t.awaited(a.By, "by") }),
	KindQuestion: ofBody(func(t *timing, _ ledger.Draft, q Question) { t.awaited(q.Due, "due") }),
	KindReminder: ofBody(func(t *timing, _ ledger.Draft, r Reminder) { t.awaited(r.Due, "due") }),
	KindOpinion: ofBody(func(t *timing, _ ledger.Draft, o Opinion) {
		for _, r := range o.Recommendations {
			t.awaited(r.Due, "recommendations")
		}
	}),
}

// Judged are the kinds whose dates are judged.
func Judged() []string { return slices.Sorted(maps.Keys(judges)) }

// ofBody judges what a draft says; what cannot be read is stopped by the form of its body.
func ofBody[B any](judge func(*timing, ledger.Draft, B)) func(*timing, ledger.Draft) {
	return func(t *timing, d ledger.Draft) {
		if b, err := ledger.Decode[B](d.Raw()); err == nil {
			judge(t, d, b)
		}
	}
}

func (t *timing) operation(d ledger.Draft, o Operation) {
	t.happened(o.Date, "date")
	if o.Elsewhere != "" {
		return
	}
	planned := slices.IndexFunc(t.c.Plans, func(p PlanVersion) bool { return slices.Contains(d.Refs, p.Hash) })
	switch {
	case t.before(o.Date, t.opened()):
		t.odd(true, doubt("operation-before-opening", "date"))
	case planned >= 0 && o.Emergency == "":
		t.odd(t.before(o.Date, t.c.Plans[planned].Written.In(t.zone).Format(time.DateOnly)), doubt("operation-before-plan", "date"))
	}
	if s := t.c.Scheduled; s != nil && t.c.scheduled() {
		off := t.between(s.Says.Date, o.Date)
		t.odd(off > offSchedule || off < -offSchedule, doubt("operation-off-schedule", "date"))
	}
}

func (t *timing) schedule(s Scheduled) {
	t.born(s.Date, "date")
	t.stop(t.before(s.Date, t.opened()), stopMark("schedule-before-opening", "date"))
	t.odd(t.before(s.Date, t.today), doubt("schedule-past", "date"))
	t.odd(t.between(t.today, s.Date) > farSchedule, doubt("schedule-far", "date"))
}

// followUp judges a follow-up against the operation and the window of its appointment.
func (t *timing) followUp(u FollowUp) {
	t.happened(u.Date, "date")
	op := t.c.Operation()
	i := slices.IndexFunc(t.c.Due, func(d DueState) bool { return d.ID == u.Schedule })
	if u.Date == "" || u.Lost != "" || op == nil {
		return
	}
	if i < 0 || !t.before(t.c.Due[i].DueFollowUp.Due, op.Says.Date) {
		t.stop(t.before(u.Date, op.Says.Date), stopMark("follow-up-before-operation", "date"))
	}
	if i >= 0 {
		t.odd(t.before(u.Date, t.c.Due[i].From), doubt("follow-up-early", "date"))
		t.odd(t.before(t.c.Due[i].Until, u.Date), doubt("follow-up-late", "date"))
	}
}

func (t *timing) complication(k Complication) {
	t.happened(k.Date, "date")
	if len(t.c.Operations) > 0 {
		first := t.c.Operations[0].Says.Date
		for _, o := range t.c.Operations {
			if t.before(o.Says.Date, first) {
				first = o.Says.Date
			}
		}
		t.stop(t.before(k.Date, first), stopMark("complication-before-operation", "date"))
	}
}

// AgeAt is how old somebody is on a day: years, months and days since the birth, as far as the birth date is known. Not ok where one of the dates is none, or the
// birth comes after.
func AgeAt(birth string, on time.Time) (least, most int, ok bool) {
	d, err := terms.ParsePartialDate(birth)
	if err != nil || d.Start(on.Location()).After(on) {
		return 0, 0, false
	}
	first := d.Start(on.Location())
	last := first
	switch d.Precision() {
	case terms.Year:
		last = first.AddDate(1, 0, -1)
	case terms.Month:
		last = first.AddDate(0, 1, -1)
	}
	return max(0, years(last, on)), years(first, on), true
}

func years(birth, on time.Time) int {
	n := on.Year() - birth.Year()
	if on.Month() < birth.Month() || on.Month() == birth.Month() && on.Day() < birth.Day() {
		n--
	}
	return n
}

// CheckAge stops an age that the birth date contradicts, on the day on which the case is opened.
func CheckAge(o Opened, birth string, on time.Time) error {
	if birth == "" {
		return nil
	}
	least, most, ok := AgeAt(birth, on)
	if !ok {
		return &record.Stopped{Marks: []record.Mark{stopMark("birth-future", "birth_date")}}
	}
	if o.Age == nil || int64(least) <= *o.Age && *o.Age <= int64(most) {
		return nil
	}
	m := stopMark("age-differs", "age")
	m.Text = lang.Phrase("case.stop.age-differs", map[string]any{"years": most})
	return &record.Stopped{Marks: []record.Mark{m}}
}
