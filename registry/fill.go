package registry

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/casebook"
	"consilium/pathway"
	"consilium/terms"
)

// fill is how a row is filled in: of each measured column whether there is a value, why not, and the number, day or choice where one can be out of place. It is written
// with the row, so that a page over 20,000 rows reads a few hundred bytes of each instead of all its cells.
type fill struct {
	at    []visit   // of each appointment of the schedule
	cells []measure // of each measured column
}

// visit is what became of an appointment, and when it was due and its window closed, in days since 1970.
type visit struct {
	standing   casebook.Standing
	due, until int32
}

// visitBytes is how much a visit takes in the bytes of a fill.
const visitBytes = 9

// why is the reason for which a follow-up's cell is empty, where nothing else is known of it: late is the last day whose appointments are overdue.
func (v visit) why(late int32) string {
	switch {
	case v.standing == casebook.Kept:
		return NotRecorded
	case v.standing == casebook.Unreached:
		return Lost
	case v.standing == casebook.BeforeTakeOver:
		return BeforeTakeOver
	case v.standing == casebook.Owed && v.due <= late:
		return Overdue
	case v.standing == casebook.Owed:
		return NotDueYet
	}
	return NotAsked
}

// lateBy is the last day whose appointments are overdue at a moment: yesterday, by the calendar of who asks, as in [record.Past].
func lateBy(now time.Time) int32 { return dayNumber(now) - 1 }

// measure is one cell: a state, and what of the value can be compared.
type measure struct {
	state  byte    // given, or 1 + the place of its reason in reasons
	choice byte    // of a coded column with one answer: place of the choice; strange: not among them
	number float32 // of numbers, and of dates the day since 1970; NaN: none
}

const (
	given   byte = 0
	strange byte = 255
)

// reasons are why a cell is empty, in the order in which fills count them. The last two do not count: nothing is owed.
var reasons = [...]string{NotRecorded, Lost, MissingBefore, Overdue, pathway.Unknown, pathway.NotDone, pathway.Refused, pathway.NotApplicable, BeforeTakeOver, NotDueYet, NotAsked}

// counted tells whether an empty cell of a reason is one that could have had a value by now.
func counted(reason string) bool {
	return reason != pathway.NotApplicable && reason != NotDueYet && reason != NotAsked
}

// filledStandard are the standard columns that somebody fills in; the others follow from the course of the case.
var filledStandard = []string{"operated", "age_at_opening", "sex_recorded", "case_side", "procedure_recorded", "operator"}

// measured are the columns whose gaps count.
func measured(columns []Column) (list []Column) {
	for _, c := range columns {
		if c.counts() {
			c.wanted = c.wanted || c.variable == ""
			list = append(list, c)
		}
	}
	return list
}

func (c *Column) counts() bool {
	if c.variable == "" {
		return slices.Contains(filledStandard, c.Name)
	}
	return !c.derived
}

func fillOf(r *row, c *casebook.Case, g *gathering, p *pathway.Pack) *fill {
	f := &fill{at: visitsOf(r, c, g, p), cells: make([]measure, len(r.layout.counted))}
	for i, at := range r.layout.counted {
		col, cell := &r.layout.columns[at], r.cells[at]
		if col.Name == "operator" && col.variable == "" {
			cell = Cell{Value: r.operator}
		}
		if cell == (Cell{}) {
			cell = Cell{Why: NotRecorded}
		}
		f.cells[i] = measureOf(col, cell)
	}
	return f
}

// visitsOf says of each appointment of the schedule what became of it. Of an operation that another one followed, nothing is owed any more.
func visitsOf(r *row, c *casebook.Case, g *gathering, p *pathway.Pack) []visit {
	list := make([]visit, len(p.Schedule))
	appointments := c.Appointments(p)
	for i, u := range p.Schedule {
		v := &list[i]
		at := slices.IndexFunc(appointments, func(d casebook.DueState) bool { return d.ID == u.ID && d.Operation == r.operation })
		if at >= 0 {
			d := appointments[at]
			v.standing, v.due = c.Standing(d), dayNumber(terms.Midday(d.Due))
			v.until = max(v.due, dayNumber(terms.Midday(cmp.Or(d.Until, d.Due))))
		}
		switch {
		case g.known[1+i].lost:
			v.standing = casebook.Unreached
		case g.known[1+i].told:
			v.standing = casebook.Kept
		}
	}
	return list
}

func measureOf(c *Column, cell Cell) measure {
	m := measure{number: nan}
	if cell.Why != "" {
		m.state = byte(1 + max(slices.Index(reasons[:], cell.Why), 0))
		return m
	}
	switch c.Kind {
	case Integer, Decimal:
		if n, err := strconv.ParseFloat(cell.Value, 32); err == nil {
			m.number = float32(n)
		}
	case Date:
		if d := parseDay(day(cell.Value)); !d.IsZero() {
			m.number = float32(dayNumber(d))
		}
	case Code:
		m.choice = choiceOf(c, cell.Value)
	case Codes:
		for _, code := range strings.Split(cell.Value, "|") {
			if cell.Value != NoneOf && choiceOf(c, code) == strange {
				m.choice = strange
			}
		}
	}
	return m
}

// choiceOf is the place of a code among the choices of its column; a column without choices takes any.
func choiceOf(c *Column, code string) byte {
	if len(c.Choices) == 0 {
		return 0
	}
	at := slices.IndexFunc(c.Choices, func(x Choice) bool { return x.Code == code })
	if at < 0 || at >= int(strange) {
		return strange
	}
	return byte(at)
}

// dayNumber counts days of the calendar since 1970, where the time was told: a day is the hospital's own, and not that of Greenwich.
func dayNumber(t time.Time) int32 {
	year, month, day := t.Date()
	return int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

func numberOfDay(s string) (int32, bool) {
	d, err := terms.ParseDay(s, time.UTC)
	return dayNumber(d), err == nil
}

// bytes writes a fill: of each cell its state, and of a given one its choice or its number, as its column is.
func (f *fill) bytes(columns []Column) []byte {
	out := f.visits()
	for i, m := range f.cells {
		out = append(out, m.state)
		switch {
		case m.state != given:
		case columns[i].numeric():
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(m.number))
		case columns[i].coded():
			out = append(out, m.choice)
		}
	}
	return out
}

// visits writes the appointments alone, with which the bytes of a fill begin.
func (f *fill) visits() []byte {
	out := make([]byte, 0, 1+visitBytes*len(f.at)+3*len(f.cells))
	out = append(out, byte(len(f.at)))
	for _, v := range f.at {
		out = append(out, byte(v.standing))
		out = binary.LittleEndian.AppendUint32(out, uint32(v.due))
		out = binary.LittleEndian.AppendUint32(out, uint32(v.until))
	}
	return out
}

func (c *Column) numeric() bool { return c.Kind == Integer || c.Kind == Decimal || c.Kind == Date }
func (c *Column) coded() bool   { return c.Kind == Code || c.Kind == Codes }

// read reads what bytes wrote, into the room that f has. It is not ok for bytes of other columns.
func (f *fill) read(b []byte, columns []ColumnFill) bool {
	b, ok := f.readVisits(b)
	if !ok {
		return false
	}
	f.cells = f.cells[:0]
	for i := range columns {
		if len(b) == 0 {
			return false
		}
		m := measure{state: b[0], number: nan}
		b = b[1:]
		switch {
		case m.state != given:
		case columns[i].numeric() && len(b) >= 4:
			m.number, b = math.Float32frombits(binary.LittleEndian.Uint32(b)), b[4:]
		case columns[i].coded() && len(b) >= 1:
			m.choice, b = b[0], b[1:]
		case columns[i].numeric() || columns[i].coded():
			return false
		}
		f.cells = append(f.cells, m)
	}
	return len(b) == 0
}

// readVisits reads the appointments alone, and gives what follows them.
func (f *fill) readVisits(b []byte) (rest []byte, ok bool) {
	f.at = f.at[:0]
	if len(b) == 0 || len(b) < 1+visitBytes*int(b[0]) {
		return b, false
	}
	n := int(b[0])
	for b = b[1:]; n > 0; n-- {
		f.at = append(f.at, visit{casebook.Standing(b[0]), int32(binary.LittleEndian.Uint32(b[1:])), int32(binary.LittleEndian.Uint32(b[5:]))})
		b = b[visitBytes:]
	}
	return b, true
}

var nan = float32(math.NaN())

// sum is of what the page of data quality reads of a row, 40 bits of it: the sum over eight million rows fits into what databases add up.
func (k *kept) sum() int64 {
	h := fnv.New64a()
	h.Write(k.filled)
	for _, s := range []string{k.thread.String(), strconv.Itoa(k.place), k.day, k.operator, k.procedure, strconv.Itoa(int(k.research))} {
		h.Write([]byte("\n" + s))
	}
	return int64(h.Sum64() >> 24)
}
