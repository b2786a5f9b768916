package casebook

import (
	"cmp"

	"consilium/pathway"
	"consilium/terms"
)

// Standing is where an appointment of the schedule stands, whatever the day is.
type Standing byte

// The standings of appointments.
const (
	Unasked        Standing = iota // the case ended otherwise than as done: nobody is asked any more
	Owed                           // somebody has to ask, when it is due
	Kept                           // it was recorded
	Unreached                      // it was recorded that nobody could be reached
	BeforeTakeOver                 // it was due before the case was taken over from elsewhere, and nobody can ask about it now
)

// Standing says where an appointment of the case stands. Tasks, the board and the registry all follow it, so that they name the same follow-ups.
func (c *Case) Standing(d DueState) Standing {
	switch {
	case d.Lost:
		return Unreached
	case !d.Done.IsZero():
		return Kept
	case c.Closed != nil && c.Closed.Says.Outcome != "done":
		return Unasked
	case c.History != "" && terms.Midday(d.DueFollowUp.Due).Before(c.OpenedAt):
		return BeforeTakeOver
	}
	return Owed
}

// Appointments are those of the last operation; with the pack's schedule where the operation was recorded without one.
func (c Case) Appointments(pack *pathway.Pack) []DueState {
	c.followSchedule(pack)
	return c.Due
}

// Over tells whether the window of an appointment has closed by a day, such as 2026-11-30.
func (d DueFollowUp) Over(day string) bool { return cmp.Or(d.Until, d.Due) < day }

// Open tells whether a day is within the window of an appointment.
func (d DueFollowUp) Open(day string) bool { return cmp.Or(d.From, d.Due) <= day && !d.Over(day) }

// On is the appointment that an answer of a day belongs to: the one that was meant, if its window is open then, or else the first one that nobody answered and whose
// window is open. Not ok: the answer is of no appointment, and stands beside the schedule.
func (c *Case) On(list []DueState, meant, day string) (d DueState, ok bool) {
	for _, x := range list {
		if !x.Open(day) || c.Standing(x) != Owed {
			continue
		}
		if !ok || x.ID == meant {
			d, ok = x, true
		}
	}
	return d, ok
}

// unscheduled begins the name of an appointment that is none of the schedule.
const unscheduled = "unscheduled-"

// Unscheduled is the appointment of an answer that came outside of every window. It is named by its day, so that it is told from the next one.
func Unscheduled(day string) string { return unscheduled + day }
