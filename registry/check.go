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
	late    int32 // the last day whose appointments are overdue
	out     *Checked
	index   map[string]int      // of appointments
	settled map[settledKey]bool // what somebody looked at and found right
	rows    []checkedRow
	values  [][]point // of each measured column with numbers
	fill    fill
	empty   []byte              // of each appointment of the row at hand, the state of its empty cells
	why     [][len(reasons)]int // of each measured column, how many cells are empty for each of the reasons
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
	operated  int32 // the day, since 1970
	dated     bool
}

// point is one number with its row.
type point struct {
	row   int
	value float32
}

func (g *Registry) check(ctx context.Context, tx ledger.Tx, p *pathway.Pack, rows []keptRow, now time.Time) (*Checked, error) {
	columns := measured(Columns(p))
	c := &checking{g: g, pack: p, today: dayNumber(now), late: lateBy(now), index: map[string]int{},
		out: &Checked{Pathway: p.ID, Pack: p.Version}, values: make([][]point, len(columns)), why: make([][len(reasons)]int, len(columns)), place: make([]int, len(columns))}
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
		return cmp.Or(a.Due.Compare(b.Due), slices.Compare(a.Thread[:], b.Thread[:]), cmp.Compare(a.At, b.At))
	})
	slices.SortStableFunc(c.out.Faults, func(a, b Fault) int { return cmp.Compare(b.Day, a.Day) })
	return c.out, nil
}

// read counts all rows. Which months are told apart is known before.
func (c *checking) read(rows []keptRow) error {
	months := c.order(rows)
	for i := range rows {
		r := checkedRow{Place: rows[i].Place, procedure: rows[i].procedure}
		r.operated, r.dated = numberOfDay(r.Day)
		if !c.fill.read(rows[i].fill, c.out.Columns) || len(c.fill.at) != len(c.pack.Schedule) {
			return fmt.Errorf("the row of case %s was folded by another pack; it is folded anew soon", r.Thread)
		}
		c.row(&r, months)
	}
	return nil
}

// order finds the months that are told apart.
func (c *checking) order(rows []keptRow) (months map[string]int) {
	for i := range rows {
		r := &rows[i]
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
	c.appointments(r)
	for i, m := range c.fill.cells {
		col := &c.out.Columns[i]
		c.keep(r, n, i, m)
		state := m.state
		if col.At != "" && m.state == notRecorded {
			state = c.empty[c.place[i]]
		}
		c.count(i, state, month)
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
		if col.At != "" && r.dated && int32(value) < r.operated || int32(value) > c.today {
			c.fault(r, WrongOrder, i, value, float64(r.operated), float64(c.today))
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
		if !counted(reasons[why]) {
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
	if state == notRecorded {
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

// notRecorded is the state of a cell of which nobody said anything.
const notRecorded byte = 1

// stateOf is the state of a cell that is empty for a reason.
func stateOf(reason string) byte { return byte(1 + slices.Index(reasons[:], reason)) }

// appointments counts what became of those of a row whose day has come, and notes who is owed a question.
func (c *checking) appointments(r *checkedRow) {
	c.empty = c.empty[:0]
	for i, v := range c.fill.at {
		why := v.why(c.late)
		c.empty = append(c.empty, stateOf(why))
		if !counted(why) {
			continue
		}
		a := &c.out.Visits[i]
		a.Due++
		switch why {
		case NotRecorded:
			a.Given++
		case Lost:
			a.Lost++
		case BeforeTakeOver:
			a.Before++
		case Overdue:
			a.Overdue++
			c.out.Overdue = append(c.out.Overdue, Owed{r.Place, c.pack.Schedule[i].ID, timeOfDay(v.due), timeOfDay(v.until)})
		}
	}
}

func timeOfDay(n int32) time.Time { return time.Unix(int64(n)*24*60*60, 0).UTC() }
