package load

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Month is what a hospital's month is drawn from. The same numbers draw the same month.
type Month struct {
	Seed     uint64
	Days     int     // of the month; the first is a Monday
	Cases    int     // opened by each hospital
	People   int     // of each hospital who read
	Readings int     // of each person on a working day: lists, cases, searches, tasks
	ImageMB  float64 // the median size of the images of an examination; sizes are log-normal: most are near it, a few far larger
	Shared   float64 // the share of cases that a partner is asked about; without a partner none
}

// deed is a sort of thing that somebody does.
type deed string

const (
	open     deed = "open a case"
	consent  deed = "record consent"
	image    deed = "send images"
	finding  deed = "record a finding"
	share    deed = "invite a partner"
	arrival  deed = "a case comes to a partner"
	question deed = "a partner asks"
	read     deed = "read a case"
	list     deed = "list cases"
	search   deed = "search"
	tasks    deed = "read the tasks"
)

// deeds are all of them, in the order of the report.
var deeds = []deed{open, consent, image, finding, share, arrival, question, read, list, search, tasks}

// act is one thing that somebody does.
type act struct {
	due  time.Duration // since the month began, in the month's own time
	do   deed
	at   int // the hospital at which it is done
	of   int // the case in the order of the plan; -1: none
	size int // bytes of a file
	word int // which word is searched for
}

// life is a case of the plan: where it began, and who is asked about it.
type life struct{ home, partner int } // partner -1: nobody

// month is a plan: what is done, by due, and the cases that it is about.
type month struct {
	acts  []act
	cases []life
}

// hours is how much is done in each hour of a working day. It is a shape that was chosen, not one that was measured: two peaks, and nights that are never quite still.
var hours = [24]float64{1, 1, 1, 1, 1, 2, 6, 20, 60, 90, 100, 90, 60, 70, 95, 90, 70, 40, 20, 12, 8, 5, 3, 2}

// weekend is how much is done on a day of the weekend beside a working day.
const weekend = 0.25

// planOf draws the month of so many hospitals.
func planOf(m Month, hospitals int) month {
	var p month
	for h := range hospitals {
		d := drawer{rand.New(rand.NewPCG(m.Seed, uint64(h))), m, h}
		first := len(p.cases)
		for range m.Cases {
			d.caseOf(&p, hospitals)
		}
		d.readings(&p, first)
	}
	slices.SortStableFunc(p.acts, func(a, b act) int { return cmp.Compare(a.due, b.due) })
	return p
}

// drawer draws one hospital's part.
type drawer struct {
	*rand.Rand
	Month
	at int
}

// caseOf draws a case with what is said of it. What would come after the month is left out.
func (d drawer) caseOf(p *month, hospitals int) {
	of, began := len(p.cases), d.moment()
	l := life{home: d.at, partner: -1}
	say := func(due time.Duration, at int, do deed, size int) {
		if due < d.end() {
			p.acts = append(p.acts, act{due: due, do: do, at: at, of: of, size: size})
		}
	}
	say(began, d.at, open, 0)
	say(began+d.within(10*time.Minute, time.Hour), d.at, consent, 0)
	for range 1 + d.IntN(3) {
		say(began+d.within(time.Hour, 24*time.Hour), d.at, image, d.bytes())
	}
	for range 2 + d.IntN(6) {
		say(began+d.within(time.Hour, 10*24*time.Hour), d.at, finding, 0)
	}
	if hospitals > 1 && d.Float64() < d.Shared {
		l.partner = (d.at + 1 + d.IntN(hospitals-1)) % hospitals
		asked := began + d.within(time.Hour, 8*time.Hour)
		say(asked, d.at, share, 0)
		say(asked, l.partner, arrival, 0)
		for range 1 + d.IntN(3) {
			say(asked+d.within(time.Hour, 5*24*time.Hour), l.partner, question, 0)
		}
	}
	p.cases = append(p.cases, l)
}

// readings draws what people read. A case is read from the moment at which it was opened, a new one more often than an old one.
func (d drawer) readings(p *month, first int) {
	opened := slices.DeleteFunc(slices.Clone(p.acts), func(a act) bool { return a.do != open || a.of < first })
	slices.SortFunc(opened, func(a, b act) int { return cmp.Compare(a.due, b.due) })
	workdays := 0.0
	for day := range d.Days {
		workdays += d.weight(day)
	}
	for range int(float64(d.People*d.Readings) * workdays) {
		a := act{due: d.moment(), at: d.at, of: -1, word: d.IntN(1000)}
		there, _ := slices.BinarySearchFunc(opened, a.due, func(o act, due time.Duration) int { return cmp.Compare(o.due, due) })
		switch x := d.Float64(); {
		case x < 0.5 && there > 0:
			back := int(d.ExpFloat64() * 10)
			a.do, a.of = read, opened[max(there-1-back, 0)].of
		case x < 0.75:
			a.do = list
		case x < 0.9:
			a.do = tasks
		default:
			a.do = search
		}
		p.acts = append(p.acts, a)
	}
}

func (d drawer) end() time.Duration { return time.Duration(d.Days) * 24 * time.Hour }

func (drawer) weight(day int) float64 {
	if day%7 >= 5 {
		return weekend
	}
	return 1
}

// moment draws a moment of the month, by days and hours as people work.
func (d drawer) moment() time.Duration {
	day := d.pick(d.Days, d.weight)
	hour := d.pick(len(hours), func(h int) float64 { return hours[h] })
	return time.Duration(day)*24*time.Hour + time.Duration(hour)*time.Hour + time.Duration(d.Int64N(int64(time.Hour)))
}

// pick draws one of n by their weights.
func (d drawer) pick(n int, weight func(int) float64) int {
	sum := 0.0
	for i := range n {
		sum += weight(i)
	}
	x := d.Float64() * sum
	for i := range n {
		if x -= weight(i); x < 0 {
			return i
		}
	}
	return n - 1
}

func (d drawer) within(from, to time.Duration) time.Duration {
	return from + time.Duration(d.Int64N(int64(to-from)))
}

// mostBytes bounds one drawn file, so that the long tail of sizes does not decide a run.
const mostBytes = 512 << 20

func (d drawer) bytes() int {
	return int(min(d.ImageMB*1e6*math.Exp(d.NormFloat64()), mostBytes)) + 1
}
