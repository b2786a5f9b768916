package registry

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"consilium/ledger"
	"consilium/pathway"
)

// monthsShown bounds how far back months are told apart.
const monthsShown = 12

// checking counts over the rows of one pathway.
type checking struct {
	g       *Registry
	pack    *pathway.Pack
	today   int32
	out     *Checked
	index   map[string]int      // of appointments
	days    map[string]*dayOf   // what follows from a day of operation
	settled map[settledKey]bool // what somebody looked at and found right
	rows    []checkedRow
	last    map[ledger.ThreadID]int // the last operation of each case
	values  [][]point               // of each measured column with numbers
	fill    fill
	why     [][8]int // of each measured column, how many cells are empty for each of the reasons
	low     []float64
	high    []float64
	place   []int // of each measured column, its appointment
}

// checkedRow is what pairs are found by.
type checkedRow struct {
	Place
	procedure string
	age       float32
	sex, side byte
	sided     bool
}

// window is when an appointment is due, and when its time is over.
type window struct{ due, until int32 }

// point is one number with its row.
type point struct {
	row   int
	value float32
}

func (g *Registry) check(ctx context.Context, tx ledger.Tx, p *pathway.Pack, rows []keptRow, now time.Time) (*Checked, error) {
	columns := measured(Columns(p))
	c := &checking{g: g, pack: p, today: dayNumber(now), index: map[string]int{}, days: map[string]*dayOf{}, last: map[ledger.ThreadID]int{},
		out: &Checked{Pathway: p.ID, Pack: p.Version}, values: make([][]point, len(columns)), why: make([][8]int, len(columns)), place: make([]int, len(columns))}
	for i, u := range p.Schedule {
		c.index[u.ID] = i
		c.out.Visits = append(c.out.Visits, Appointment{ID: u.ID})
	}
	for _, col := range columns {
		c.out.Columns = append(c.out.Columns, ColumnFill{Column: col, Wanted: col.wanted, Why: map[string]int{}})
		c.low, c.high = append(c.low, limit(col.Min)), append(c.high, limit(col.Max))
		c.place[len(c.out.Columns)-1] = c.index[col.At]
	}
	var err error
	if c.settled, err = settledOf(ctx, tx, p.ID); err != nil {
		return nil, err
	}
	if err := c.read(rows); err != nil {
		return nil, fmt.Errorf("checking the registry of %s: %w", p.ID, err)
	}
	c.explain()
	c.odd()
	if err := c.pairs(ctx, tx); err != nil {
		return nil, err
	}
	slices.SortFunc(c.out.Overdue, func(a, b Owed) int {
		return cmp.Or(cmp.Compare(a.Until.Unix(), b.Until.Unix()), slices.Compare(a.Thread[:], b.Thread[:]), cmp.Compare(a.At, b.At))
	})
	slices.SortStableFunc(c.out.Faults, func(a, b Fault) int { return cmp.Compare(b.Day, a.Day) })
	return c.out, nil
}

// read counts all rows. Which operation of a case is its last, and which months are told apart, is known before.
func (c *checking) read(rows []keptRow) error {
	months := c.order(rows)
	for i := range rows {
		r := checkedRow{Place: rows[i].Place, procedure: rows[i].procedure}
		if !c.fill.read(rows[i].fill, c.out.Columns) || len(c.fill.at) != len(c.pack.Schedule) {
			return fmt.Errorf("the row of case %s was folded by another pack; it is folded anew soon", r.Thread)
		}
		c.row(&r, months)
	}
	return nil
}

// order finds the last operation of each case, and the months that are told apart.
func (c *checking) order(rows []keptRow) (months map[string]int) {
	for i := range rows {
		r := &rows[i]
		c.last[r.Thread] = max(c.last[r.Thread], r.Place.Place)
		if r.Day == "" {
			continue
		}
		c.out.From = cmp.Or(c.out.From, r.Day)
		if n := len(c.out.Months); n == 0 || c.out.Months[n-1] != r.Day[:7] {
			c.out.Months = append(c.out.Months, r.Day[:7])
		}
	}
	c.out.Months = c.out.Months[max(0, len(c.out.Months)-monthsShown):]
	months = map[string]int{}
	for i, m := range c.out.Months {
		months[m] = i
	}
	c.out.All = make([]Share, len(c.out.Months))
	for i := range c.out.Columns {
		c.out.Columns[i].Months = make([]Share, len(c.out.Months))
	}
	return months
}

// row counts one row.
func (c *checking) row(r *checkedRow, months map[string]int) {
	n := len(c.rows)
	c.out.Rows++
	month := -1
	if r.Day != "" {
		if at, shown := months[r.Day[:7]]; shown {
			month = at
		}
	}
	owed := c.appointments(r)
	for i, m := range c.fill.cells {
		col := &c.out.Columns[i]
		c.keep(r, n, i, m)
		due, state := true, m.state
		if col.At != "" && m.state == 1 { // not recorded
			due, state = owed[c.place[i]].cell()
		}
		if due {
			c.count(i, state, month)
		}
	}
	c.rows = append(c.rows, *r)
}

// keep takes from a cell what other checks compare.
func (c *checking) keep(r *checkedRow, n, i int, m measure) {
	col := &c.out.Columns[i]
	if m.state != given {
		return
	}
	switch {
	case col.variable == "" && col.Name == "age_at_opening":
		r.age = m.number
	case col.variable == "" && col.Name == "sex_recorded":
		r.sex = m.choice + 1
	case col.variable == "" && col.Name == "case_side":
		r.side, r.sided = m.choice, true
	}
	if m.choice == strange {
		c.fault(r, NoChoice, i, math.NaN(), math.NaN(), math.NaN())
	}
	if math.IsNaN(float64(m.number)) {
		return
	}
	value := float64(m.number)
	if col.Kind == Date {
		if d := c.dayOf(r.Day); col.At != "" && d.known && int32(value) < d.number || int32(value) > c.today {
			c.fault(r, WrongOrder, i, value, float64(d.number), float64(c.today))
		}
		return
	}
	if low, high := c.low[i], c.high[i]; value < low-nearly || value > high+nearly {
		c.fault(r, OutOfRange, i, value, low, high)
		return
	}
	c.values[i] = append(c.values[i], point{n, m.number})
}

// nearly forgives what a number lost when it was written in four bytes.
const nearly = 1e-4

// limit is a bound of the pack; NaN where there is none, which no number is beyond.
func limit(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return n
}

func (c *checking) fault(r *checkedRow, sort Sort, i int, value, low, high float64) {
	col := &c.out.Columns[i].Column
	if !c.settled[settledKey{r.Thread, r.Place.Place, string(sort) + " " + col.Name, number(value)}] {
		c.out.Faults = append(c.out.Faults, Fault{r.Place, sort, col, value, low, high})
	}
}

// number writes a value as it is settled.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 7, 64) }

// count adds one cell to its column.
func (c *checking) count(i int, state byte, month int) {
	col := &c.out.Columns[i]
	if state != given {
		why := min(int(state)-1, len(reasons)-1)
		if reasons[why] == pathway.NotApplicable {
			return
		}
		c.why[i][why]++
	}
	add := func(s *Share) {
		s.Due++
		if state == given {
			s.Given++
		}
	}
	add(&col.Share)
	if month >= 0 {
		add(&col.Months[month])
	}
	if !col.Wanted {
		return
	}
	if state == 1 {
		c.out.Gaps++
	}
	if month >= 0 {
		add(&c.out.All[month])
	}
}

// explain names the reasons that were counted.
func (c *checking) explain() {
	for i, counts := range c.why {
		for why, n := range counts {
			if n > 0 {
				c.out.Columns[i].Why[reasons[why]] = n
			}
		}
	}
}

// owing is what a row owes of an appointment.
type owing byte

const (
	nothing  owing = iota // it is not due yet, or nobody asks any more
	answered              // it was kept: its empty cells are gaps
	unknown               // nobody could be reached
	late                  // its time is over without a word
	before                // it was due before the case was taken over: a gap that nobody can ask about
)

// cell tells whether an empty cell of such an appointment counts, and why it is empty.
func (o owing) cell() (due bool, state byte) {
	switch o {
	case answered, before:
		return true, 1
	case unknown:
		return true, 2
	case late:
		return true, 4
	}
	return false, 1
}

// appointments tells of each appointment of a row where it stands, and counts it.
func (c *checking) appointments(r *checkedRow) []owing {
	list := make([]owing, len(c.fill.at))
	d := c.dayOf(r.Day)
	for i, state := range c.fill.at {
		a := &c.out.Visits[i]
		switch {
		case state == visitKept:
			list[i] = answered
			a.Due, a.Given = a.Due+1, a.Given+1
		case state == visitLost:
			list[i] = unknown
			a.Due, a.Lost = a.Due+1, a.Lost+1
		case !d.known || d.windows[i].until >= c.today || c.fill.ended || r.Place.Place < c.last[r.Thread] || d.windows[i].due < d.number:
		case d.windows[i].due < c.fill.from:
			list[i] = before
		default:
			list[i] = late
			a.Due, a.Overdue = a.Due+1, a.Overdue+1
			c.out.Overdue = append(c.out.Overdue, Owed{r.Place, c.pack.Schedule[i].ID, time.Unix(int64(d.windows[i].until)*86400, 0).UTC()})
		}
	}
	return list
}

// dayOf is a day of operation: its number, and the appointments after it; none where the day is not known.
type dayOf struct {
	number  int32
	known   bool
	windows []window
}

func (c *checking) dayOf(day string) *dayOf {
	if d := c.days[day]; d != nil {
		return d
	}
	d := &dayOf{}
	c.days[day] = d
	d.number, d.known = numberOfDay(day)
	if d.known {
		for _, u := range c.pack.FollowUps(parseDay(day)) {
			d.windows = append(d.windows, window{dayNumber(u.Due), dayNumber(u.Until)})
		}
	}
	return d
}
