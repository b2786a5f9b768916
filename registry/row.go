package registry

import (
	"cmp"
	"errors"
	"slices"
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

// Row is one operation as the registry keeps it. A cell that is not in Cells is [NotRecorded].
type Row struct {
	Thread    ledger.ThreadID
	Place     int // which operation of the case, from 1
	Operation ledger.Hash
	Pathway   string
	Pack      string // version of the pack whose columns it has
	Day       string // of the operation; empty: not known
	Operator  string // the hospital and person who operated, as the entry names them
	Expert    string // of another hospital, where one helped
	Procedure string
	Research  Agreement // of the patient to research
	History   bool      // taken over from before
	Demo      bool
	Cells     map[string]Cell
	Fill      []byte // how it is filled in, see fill
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

// MarshalText writes a cell as one text: = and the value, or ! and the reason.
func (c Cell) MarshalText() ([]byte, error) {
	if c.Why != "" {
		return []byte("!" + c.Why), nil
	}
	return []byte("=" + c.Value), nil
}

// UnmarshalText reads what MarshalText wrote.
func (c *Cell) UnmarshalText(text []byte) error { return c.read(string(text)) }

func (c *Cell) read(s string) error {
	switch {
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

// rowsOf folds a case into rows, one for each operation that was done in it. me is the hospital whose registry it is; columns gives those of a pack.
func rowsOf(c casebook.Case, packs Packs, columns func(*pathway.Pack) []Column, me ledger.HospitalID) []Row {
	pack := packs(c.Pathway, "")
	if pack == nil || !c.Opened {
		return nil
	}
	var list []Row
	for i := range c.Operations {
		if op := &c.Operations[i]; op.Says.Elsewhere == "" {
			list = append(list, rowOf(&c, i, pack, columns(pack), packs, me))
		}
	}
	return list
}

func rowOf(c *casebook.Case, i int, pack *pathway.Pack, columns []Column, packs Packs, me ledger.HospitalID) Row {
	op := &c.Operations[i]
	r := Row{Thread: c.Thread, Place: i + 1, Operation: op.Hash, Pathway: c.Pathway, Pack: pack.Version, Day: day(op.Says.Date), Procedure: op.Says.Procedure,
		Research: agreementOf(c.Consent, me), History: c.History != "", Demo: c.Demo, Cells: map[string]Cell{}}
	r.Operator, r.Expert = operators(op)
	g := &gathering{c: c, pack: pack, packs: packs}
	g.early(i)
	for _, f := range c.FollowUps {
		if f.Operation == i+1 {
			g.follow(f)
		}
	}
	g.settle()
	for _, col := range columns {
		if cell := g.cell(col); cell.Why != NotRecorded {
			r.Cells[col.Name] = cell
		}
	}
	standard(&r, c, i)
	r.Fill = fillOf(&r, c, g, pack, columns).bytes(measured(columns))
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
	c     *casebook.Case
	pack  *pathway.Pack
	packs Packs

	values pathway.Values            // known by the end of the operation
	at     map[string]pathway.Values // of each follow-up that was recorded
	lost   map[string]bool
	hidden map[string]map[string]bool // of each follow-up ("" for early ones), the variables that the answers do not show
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
		if e.Place < op.Place {
			list = append(list, said{e.Place, g.answers(e, values)})
		}
	}
	for _, a := range g.c.Findings {
		add(a.Entry, a.Says.Values)
	}
	for _, a := range g.c.Referrals {
		add(a.Entry, a.Says.Values)
	}
	for _, a := range g.c.Opinions {
		add(a.Entry, a.Says.Values)
	}
	for _, a := range g.c.Plans {
		if !a.Retracted {
			add(a.Entry, a.Says.Values)
		}
	}
	slices.SortStableFunc(list, func(a, b said) int { return cmp.Compare(a.place, b.place) })
	g.values = pathway.Values{}
	for _, s := range list {
		g.values = g.values.With(s.values)
	}
	g.values = g.values.With(g.answers(op.Entry, op.Says.Values))
}

// follow gathers a follow-up. A later one of the same appointment takes the place of an earlier one, answer by answer.
func (g *gathering) follow(f casebook.FollowedUp) {
	if g.at == nil {
		g.at, g.lost = map[string]pathway.Values{}, map[string]bool{}
	}
	id := f.Says.Schedule
	if f.Says.Lost != "" {
		g.lost[id] = true
		return
	}
	delete(g.lost, id) // reached after all
	g.at[id] = g.at[id].With(g.answers(f.Entry, f.Says.Values))
}

// settle works out computed variables and scores, and which variables the answers do not show.
func (g *gathering) settle() {
	g.values = g.pack.Compute(g.values)
	g.hidden = map[string]map[string]bool{"": {}}
	for _, form := range g.pack.Forms {
		if slices.Contains(early, form.Stage) {
			hide(g.hidden[""], g.pack, form, g.values)
		}
	}
	for id, values := range g.at {
		// A follow-up's rules may ask for what was known before; its own answers come first.
		all := g.pack.Compute(g.values.With(values))
		own := pathway.Values{}
		hidden := map[string]bool{}
		if u := g.pack.FollowUp(id); u != nil {
			for _, f := range followUpFields(g.pack, u) {
				if v, answered := values[f.ID]; answered {
					own[f.ID] = v
				} else if f.Computed || f.Scale != "" {
					own[f.ID] = all[f.ID]
				}
			}
			for _, name := range u.Forms {
				if form := g.pack.Form(name); form != nil {
					hide(hidden, g.pack, form, all)
				}
			}
		}
		g.at[id], g.hidden[id] = own, hidden
	}
}

func hide(into map[string]bool, p *pathway.Pack, form *pathway.Form, values pathway.Values) {
	shown := map[string]bool{}
	for _, f := range p.Visible(form, values) {
		shown[f.ID] = true
	}
	for _, f := range form.AllFields() {
		if !shown[f.ID] {
			into[f.ID] = true
		}
	}
}

// cell is what stands in a column.
func (g *gathering) cell(c Column) Cell {
	values, recorded := g.values, true
	if c.At != "" {
		values, recorded = g.at[c.At], g.at[c.At] != nil
	}
	if v := values[c.variable]; !v.IsZero() && c.variable != "" {
		return cellOf(v)
	}
	switch {
	case recorded && g.hidden[c.At][c.variable]:
		return Cell{Why: pathway.NotApplicable}
	case g.lost[c.At]:
		return Cell{Why: Lost}
	}
	return Cell{Why: NotRecorded}
}
