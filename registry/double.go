package registry

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/stats/describe"
)

// keptDouble is a form that two people entered, as it is kept.
type keptDouble struct {
	first, second ledger.Hash
	operation     int
	answers       []doubleAnswer
}

// doubleAnswer is one variable as both entered it. How far they agreed is told by what they said first; what stands now, after corrections, tells whether somebody still
// has to look.
type doubleAnswer struct {
	Variable string `json:"variable"`
	Said     [2]Cell
	Stands   [2]Cell
}

// doublesOf compares the forms of a case that were entered twice.
func doublesOf(c *casebook.Case, l ledger.Log, pack *pathway.Pack) (list []keptDouble) {
	for i := range c.Doubles {
		d := &c.Doubles[i]
		form := pack.Form(d.Says.Form)
		if form == nil {
			continue
		}
		k := keptDouble{first: d.First.Hash, second: d.Hash, operation: d.Operation}
		said := [2]pathway.Values{saidFirst(l, d.First.Hash), saidFirst(l, d.Hash)}
		for _, f := range form.AllFields() {
			if _, data := kinds[f.Type]; !data || f.Computed || f.ID == variablePoint {
				continue
			}
			a := doubleAnswer{Variable: f.ID}
			for who, now := range []pathway.Values{d.Values, d.Says.Values} {
				a.Said[who], a.Stands[who] = answerCell(said[who][f.ID]), answerCell(now[f.ID])
			}
			if a.Said[0].Why != NotRecorded || a.Said[1].Why != NotRecorded {
				k.answers = append(k.answers, a)
			}
		}
		list = append(list, k)
	}
	return list
}

// saidFirst are the answers of an entry before any correction.
func saidFirst(l ledger.Log, h ledger.Hash) pathway.Values {
	var says struct {
		Values pathway.Values `json:"values"`
	}
	if s := l.Find(h); s == nil || s.Content == nil || jsonv2.Unmarshal(s.Content.Says, &says) != nil {
		return nil
	}
	return says.Values
}

func answerCell(v pathway.Value) Cell {
	if v.IsZero() {
		return Cell{Why: NotRecorded}
	}
	return cellOf(v)
}

func keepDoubles(ctx context.Context, tx ledger.Tx, c keptCase) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM registry_double WHERE thread = $1`, c.thread[:]); err != nil {
		return fmt.Errorf("dropping double entries of case %s: %w", c.thread, err)
	}
	for i, d := range c.doubles {
		answers, err := json.Marshal(d.answers)
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO registry_double (thread, nth, pathway, operation, first, second, answers) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				c.thread[:], i, ledger.Indexed(c.pathway), d.operation, d.first[:], d.second[:], string(answers))
		}
		if err != nil {
			return fmt.Errorf("keeping a double entry of case %s: %w", c.thread, err)
		}
	}
	return nil
}

// LeastDoubles is of how many forms agreement is told in numbers at least: of one or two they look exact and mean nothing.
const LeastDoubles = 5

// Concordance is how far two people agree on a variable that both entered from the same papers.
type Concordance struct {
	Variable string
	Kind     Kind
	N, Same  int              // forms that both entered it in; those in which both said the same at first
	Kappa    *describe.Kappa  // of what is chosen, a reason why there is no answer being one more choice; nil: of numbers and days
	Limits   *describe.Limits // of numbers, and of days counted in days: the first less the second; nil: of what is chosen, or of fewer than two pairs of values
	Pairs    [2][]float64     // of numbers and days that both gave: what each said first
	Open     []Disagreement   // still not the same, the newest case first
}

// Disagreement is an answer that two people gave differently, and that nobody has corrected since.
type Disagreement struct {
	Thread        ledger.ThreadID
	Operation     int // of the case, from 1
	First, Second ledger.Hash
	Answers       [2]Cell
}

// Concordance compares what was entered twice in a pathway, variable by variable in the order of the pack, and says how many forms that is of.
func (g *Registry) Concordance(ctx context.Context, tx ledger.Tx, id string) (list []Concordance, forms int, err error) {
	p := g.Packs(id, "")
	if p == nil {
		return nil, 0, fmt.Errorf("there is no pathway %q", id)
	}
	rows, err := tx.QueryContext(ctx, `SELECT thread, operation, first, second, answers FROM registry_double WHERE pathway = $1 ORDER BY thread DESC, nth DESC`, id)
	if err != nil {
		return nil, 0, fmt.Errorf("reading what was entered twice: %w", err)
	}
	defer rows.Close()
	all := map[string]*comparing{}
	for rows.Next() {
		var thread, first, second []byte
		var raw string
		var at Disagreement
		if err := rows.Scan(&thread, &at.Operation, &first, &second, &raw); err != nil {
			return nil, 0, err
		}
		at.Thread, at.First, at.Second = ledger.ThreadID(thread), ledger.Hash(first), ledger.Hash(second)
		var answers []doubleAnswer
		if err := json.Unmarshal([]byte(raw), &answers); err != nil {
			return nil, 0, fmt.Errorf("reading what was entered twice in case %s: %w", at.Thread, err)
		}
		forms++
		for _, a := range answers {
			if v := p.Variable(a.Variable); v != nil {
				c := all[a.Variable]
				if c == nil {
					c = &comparing{Concordance: Concordance{Variable: a.Variable, Kind: kinds[v.Type]}, codes: map[Cell]int{}}
					all[a.Variable] = c
				}
				c.add(a, at)
			}
		}
	}
	for _, v := range p.Variables {
		if c := all[v.ID]; c != nil {
			list = append(list, c.end())
			delete(all, v.ID)
		}
	}
	for _, id := range sortedKeys(all) { // items of scales are no variables of the pack's list
		list = append(list, all[id].end())
	}
	return list, forms, rows.Err()
}

// comparing gathers the pairs of one variable.
type comparing struct {
	Concordance
	codes   map[Cell]int
	choices [2][]int
}

func (c *comparing) add(a doubleAnswer, at Disagreement) {
	c.N++
	if a.Said[0] == a.Said[1] {
		c.Same++
	}
	if a.Stands[0] != a.Stands[1] {
		at.Answers = a.Stands
		c.Open = append(c.Open, at)
	}
	if c.numeric() {
		first, also := numberIn(c.Kind, a.Said[0])
		second, both := numberIn(c.Kind, a.Said[1])
		if also && both {
			c.Pairs[0], c.Pairs[1] = append(c.Pairs[0], first), append(c.Pairs[1], second)
		}
		return
	}
	for who, cell := range a.Said {
		code, known := c.codes[cell]
		if !known {
			code = len(c.codes)
			c.codes[cell] = code
		}
		c.choices[who] = append(c.choices[who], code)
	}
}

func (c *comparing) numeric() bool { return c.Kind == Integer || c.Kind == Decimal || c.Kind == Date }

func numberIn(kind Kind, cell Cell) (float64, bool) {
	if kind == Date {
		n, ok := numberOfDay(day(cell.Value))
		return float64(n), ok
	}
	n, err := strconv.ParseFloat(cell.Value, 64)
	return n, cell.Why == "" && err == nil
}

// end works out how far both agree, as far as there is enough to tell.
func (c *comparing) end() Concordance {
	if c.numeric() {
		if l, err := describe.LimitsOf(c.Pairs[0], c.Pairs[1]); err == nil {
			c.Limits = &l
		}
	} else if k, err := describe.KappaOf(c.choices[0], c.choices[1]); err == nil {
		c.Kappa = &k
	}
	return c.Concordance
}

func sortedKeys(m map[string]*comparing) []string {
	list := make([]string, 0, len(m))
	for id := range m {
		list = append(list, id)
	}
	slices.SortFunc(list, cmp.Compare[string])
	return list
}

// EnteredOnce draws operations of which nothing was entered twice, as if at random and always the same ones until somebody has: by the end of their case's name, which is a hash.
func EnteredOnce(ctx context.Context, tx ledger.Tx, pathway string, most int) (list []Place, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread, place, day, operator FROM registry_row r WHERE pathway = $1 AND history = 0
		AND NOT EXISTS (SELECT 1 FROM registry_double d WHERE d.thread = r.thread) ORDER BY substr(thread, 9), place LIMIT $2`, pathway, most)
	if err != nil {
		return nil, fmt.Errorf("drawing operations to enter a second time: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p Place
		var thread []byte
		if err := rows.Scan(&thread, &p.Place, &p.Day, &p.Operator); err != nil {
			return nil, err
		}
		p.Thread = ledger.ThreadID(thread)
		list = append(list, p)
	}
	return list, rows.Err()
}
