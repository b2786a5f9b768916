package registry

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// Why a cell is empty, beside the reasons that forms know ([pathway.MissingReasons()]).
const (
	NotRecorded   = "not_recorded"   // the form was not filled in, or this field of it was left empty
	Lost          = "lost"           // nobody could reach the patient
	MissingBefore = "missing_before" // the pack that was in use had no such variable

	// Of a follow-up that nobody recorded, on the day on which somebody reads the row:
	NotDueYet      = "not_due_yet"      // its day has not come
	Overdue        = "overdue"          // its day is past without a word about it
	BeforeTakeOver = "before_take_over" // it was due before the case was taken over here
	NotAsked       = "not_asked"        // nobody asks any more: the case ended otherwise, or another operation followed
)

// row is one operation as the registry keeps it.
type row struct {
	thread    ledger.ThreadID
	place     int // which operation of the case, from 1
	operation ledger.Hash
	pathway   string
	pack      string // version of the pack whose columns it has
	day       string // of the operation; empty: not known
	operator  string // the hospital and person who operated, as the entry names them
	expert    string // of another hospital, where one helped
	procedure string
	research  Agreement // of the patient to research
	history   bool      // taken over from before
	layout    *layout
	cells     []Cell // in the order of the layout's columns; the zero cell was not recorded
	fill      *fill  // how it is filled in
}

// set fills in a column that every pathway has.
func (r *row) set(name string, v pathway.Value) {
	if at, known := r.layout.place[name]; known {
		r.cells[at] = cellOf(v)
	}
}

// Cell is what stands in one cell: a value as text, or why there is none. Codes of a list are joined by |.
type Cell struct {
	Value string
	Why   string
}

// NoneOf stands for a list of codes that was answered and is empty.
const NoneOf = "-"

// cellOf writes a value; the zero cell is of what was not answered at all.
func cellOf(v pathway.Value) Cell {
	if list, ok := v.AsCodes(); ok {
		if len(list) == 0 {
			return Cell{Value: NoneOf}
		}
		return Cell{Value: strings.Join(list, "|")}
	}
	if why := v.Missing(); why != "" {
		return Cell{Why: why}
	}
	return Cell{Value: v.String()}
}

// Answer is the value of a cell of a kind as the forms of a pack have it; zero where there is none.
func (c Cell) Answer(kind Kind) pathway.Value {
	switch {
	case c.Why != "" || c.Value == "":
		return pathway.Value{}
	case kind == Bool:
		return pathway.Bool(c.Value == "true")
	case kind == Codes && c.Value == NoneOf:
		return pathway.Codes()
	case kind == Codes:
		return pathway.Codes(strings.Split(c.Value, "|")...)
	case kind == Integer:
		if n, err := strconv.ParseInt(c.Value, 10, 64); err == nil {
			return pathway.Int(n)
		}
	}
	return pathway.String(c.Value)
}

// MarshalText writes a cell as one text: = and the value, or ! and the reason. Frozen rows hold their cells so.
func (c Cell) MarshalText() ([]byte, error) {
	if c.Why != "" {
		return []byte("!" + c.Why), nil
	}
	return []byte("=" + c.Value), nil
}

// UnmarshalText reads what MarshalText wrote.
func (c *Cell) UnmarshalText(text []byte) error {
	switch s := string(text); {
	case strings.HasPrefix(s, "="):
		*c = Cell{Value: s[1:]}
	case strings.HasPrefix(s, "!"):
		*c = Cell{Why: s[1:]}
	default:
		return errors.New("a cell begins with an equals sign or an exclamation mark")
	}
	return nil
}

// Packs finds a pack by its id and version; the version "" is the one in use.
type Packs = casebook.Packs

// rowsOf folds a case into rows, one for each operation that was done in it. me is the hospital whose registry it is; lay gives the layout of a pack.
func rowsOf(c casebook.Case, packs Packs, lay func(*pathway.Pack) *layout, me ledger.HospitalID) []row {
	pack := packs(c.Pathway, "")
	if pack == nil || !c.Opened {
		return nil
	}
	var list []row
	for i := range c.Operations {
		if op := &c.Operations[i]; op.Says.Elsewhere == "" {
			list = append(list, rowOf(&c, i, pack, lay(pack), packs, me))
		}
	}
	return list
}

func rowOf(c *casebook.Case, i int, pack *pathway.Pack, lay *layout, packs Packs, me ledger.HospitalID) row {
	op := &c.Operations[i]
	r := row{thread: c.Thread, place: i + 1, operation: op.Hash, pathway: c.Pathway, pack: pack.Version, day: day(op.Says.Date), procedure: op.Says.Procedure,
		research: agreementOf(c.Consent, me), history: c.History != "", layout: lay, cells: make([]Cell, len(lay.columns))}
	r.operator, r.expert = operators(op)
	g := &gathering{c: c, pack: pack, packs: packs, layout: lay, known: make([]known, len(lay.occasions))}
	g.early(i)
	for _, f := range c.FollowUps {
		if f.Operation == i+1 {
			g.follow(f)
		}
	}
	g.settle()
	for at := range lay.columns {
		if variable := lay.columns[at].variable; variable != "" {
			r.cells[at] = g.known[lay.at[at]].cell(variable)
		}
	}
	standard(&r, c, i)
	r.fill = fillOf(&r, c, g, pack)
	return r
}

// day is the date of an event to the day; empty where it is known to the month or year only.
func day(date string) string {
	if len(date) < 10 {
		return ""
	}
	return date[:10]
}

// operators are who operated, and who of another hospital helped or operated.
func operators(op *casebook.Operated) (operator, expert string) {
	name := func(o casebook.Owner) string {
		if o.Person == "" {
			return ""
		}
		return o.Hospital.Raw() + "/" + string(o.Person)
	}
	operator = name(op.Says.Operator)
	for _, o := range append([]casebook.Owner{op.Says.Operator}, op.Says.Assistants...) {
		if o.Person != "" && o.Hospital != op.By.Hospital && !o.Hospital.IsZero() {
			return operator, name(o)
		}
	}
	return operator, ""
}

// gathering collects the answers that belong to one operation.
type gathering struct {
	c      *casebook.Case
	pack   *pathway.Pack
	packs  Packs
	layout *layout

	known []known // at each occasion of the layout
}

// known is what is known at one occasion.
type known struct {
	values pathway.Values
	told   bool            // somebody filled in something; always by the end of the operation
	lost   bool            // nobody could reach the patient
	hidden map[string]bool // variables that the answers do not show
}

// answers are what an entry answered, in the words of the pack in use.
func (g *gathering) answers(e record.Entry, values pathway.Values) pathway.Values {
	if len(values) == 0 || e.Pack == nil || e.Pack.Version == g.pack.Version && e.Pack.ID == g.pack.ID {
		return values
	}
	old := g.packs(e.Pack.ID, e.Pack.Version)
	if old == nil {
		return values
	}
	upgraded, _, err := g.pack.Upgrade(old, values)
	if err != nil {
		return values
	}
	return upgraded
}

type said struct {
	place  int
	values pathway.Values
}

// early gathers what was said before the operation, in the order in which it was said, and by the operation itself.
func (g *gathering) early(i int) {
	op := &g.c.Operations[i]
	var list []said
	add := func(e record.Entry, values pathway.Values) {
		if e.Place < op.Place && len(values) > 0 {
			list = append(list, said{e.Place, g.answers(e, values)})
		}
	}
	for i := range g.c.Findings {
		add(g.c.Findings[i].Entry, g.c.Findings[i].Says.Values)
	}
	for i := range g.c.Referrals {
		add(g.c.Referrals[i].Entry, g.c.Referrals[i].Says.Values)
	}
	for i := range g.c.Opinions {
		add(g.c.Opinions[i].Entry, g.c.Opinions[i].Says.Values)
	}
	for i := range g.c.Plans {
		if a := &g.c.Plans[i]; !a.Retracted {
			add(a.Entry, a.Says.Values)
		}
	}
	slices.SortStableFunc(list, func(a, b said) int { return cmp.Compare(a.place, b.place) })
	values := pathway.Values{}
	for _, s := range list {
		maps.Copy(values, s.values)
	}
	maps.Copy(values, g.answers(op.Entry, op.Says.Values))
	g.known[0] = known{values: values, told: true}
}

// follow gathers a follow-up. A later one of the same appointment takes the place of an earlier one, answer by answer.
func (g *gathering) follow(f casebook.FollowedUp) {
	at := slices.IndexFunc(g.layout.occasions, func(t occasion) bool { return t.id == f.Says.Schedule })
	if at <= 0 {
		return // of no appointment of the schedule: it has no columns
	}
	k := &g.known[at]
	if k.lost = f.Says.Lost != ""; k.lost {
		return
	}
	k.values, k.told = k.values.With(g.answers(f.Entry, f.Says.Values)), true // reached, perhaps after all
}

// settle works out computed variables and scores, and which variables the answers do not show.
func (g *gathering) settle() {
	before := &g.known[0]
	g.hide(before, g.pack.Work(before.values), g.layout.occasions[0].forms)
	for at := 1; at < len(g.known); at++ {
		k, t := &g.known[at], &g.layout.occasions[at]
		if !k.told {
			continue
		}
		// A follow-up's rules may ask for what was known before; its own answers come first.
		all, answered := g.pack.Work(before.values.With(k.values)), k.values
		g.hide(k, all, t.forms)
		k.values = pathway.Values{}
		for i := range t.fields {
			f := &t.fields[i]
			if v, ok := answered[f.ID]; ok {
				k.values[f.ID] = v
			} else if f.Computed || f.Scale != "" {
				k.values[f.ID] = all.Values()[f.ID]
			}
		}
	}
}

// hide takes over what was worked out, and what of some forms the answers do not show.
func (g *gathering) hide(k *known, worked *pathway.Worked, forms []*pathway.Form) {
	k.values, k.hidden = worked.Values(), map[string]bool{}
	for _, form := range forms {
		worked.Hide(form, k.hidden)
	}
}

// cell is what stands in the column of a variable.
func (k *known) cell(variable string) Cell {
	if v := k.values[variable]; !v.IsZero() {
		return cellOf(v)
	}
	switch {
	case k.told && k.hidden[variable]:
		return Cell{Why: pathway.NotApplicable}
	case k.lost:
		return Cell{Why: Lost}
	}
	return Cell{}
}
