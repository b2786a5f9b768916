package pathway

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Worked is a set of answers with all that follows from them: computed variables and scores, and which fields of a form the answers show. It is worked out once, however
// many forms are asked about: a row of the registry asks about some twenty.
type Worked struct {
	pack   *Pack
	values Values
}

// Work works out what follows from answers, as far as it is known.
func (p *Pack) Work(values Values) *Worked {
	w := &Worked{p, values.With(nil)}
	a := p.activate(w.values)
	for _, v := range p.order {
		if value, err := p.compute(v, a, w.values); err == nil {
			w.values[v.ID] = value
		}
	}
	return w
}

// Values are the answers, with every computed variable and score worked out as far as its parts are known.
func (w *Worked) Values() Values { return w.values }

// Compute gives the values with every computed variable and score worked out as far as its parts are known.
// A score typed in whole stays where its questions were not answered.
func (p *Pack) Compute(values Values) Values { return p.Work(values).values }

func (p *Pack) compute(v *Variable, a *activation, values Values) (Value, error) {
	if v.scale != nil && v.scale.scored() {
		return v.scale.total(v, a, values)
	}
	return v.evaluate(v.Computed, a)
}

func (v *Variable) evaluate(e Expr, a *activation) (Value, error) {
	if e.compiled == nil {
		return Value{}, errors.New("no expression")
	}
	out, err := e.compiled.eval(a)
	if err != nil {
		return Value{}, err
	}
	return v.fromNative(out)
}

// ErrUnanswered says that too few questions of a scale were answered to score it.
var ErrUnanswered = errors.New("too few questions answered")

func (s *Scale) total(v *Variable, a *activation, values Values) (Value, error) {
	var items []int64
	for _, q := range s.Items {
		if n, ok := values[q.ID].AsInt(); ok {
			items = append(items, n)
		}
	}
	least := s.Answered
	if least == 0 {
		least = len(s.Items)
	}
	if len(items) < least || len(s.Items) > 0 && len(items) == 0 {
		if !s.Fallback.IsZero() {
			return v.evaluate(s.Fallback, a)
		}
		return Value{}, ErrUnanswered
	}
	if s.Scoring.IsZero() && len(s.Items) > 0 {
		var sum int64
		for _, n := range items {
			sum += n
		}
		return Int(sum), nil
	}
	a.items, a.scoring = items, true
	defer func() { a.items, a.scoring = nil, false }()
	if s.Scoring.IsZero() {
		return v.evaluate(s.Fallback, a)
	}
	return v.evaluate(s.Scoring, a)
}

// Score is the result of a scale: its value as text, the band it falls in, and the words for it.
type Score struct {
	Value string
	Band  string
	Text  Text
}

// Score works the scale out from its questions, or takes the total where only that was recorded.
// It returns an error that wraps ErrUnanswered when neither is enough.
func (s *Scale) Score(values Values) (Score, error) {
	v := s.pack.variable[s.ID]
	all := s.pack.Compute(values)
	value, ok := all[s.ID]
	if !ok || !value.Given() {
		return Score{}, fmt.Errorf("scoring %s: %w", s.ID, ErrUnanswered)
	}
	f := s.pack.field(v)
	if problem := f.checkType(value); problem != nil {
		return Score{}, fmt.Errorf("scoring %s: %s", s.ID, problem.Text.En)
	}
	score := Score{Value: value.String()}
	for _, b := range s.Bands {
		if !decimalLess(score.Value, b.From) && !decimalLess(b.To, score.Value) {
			score.Band, score.Text = b.ID, b.Label
		}
	}
	if len(s.Grades) > 0 && score.Band == "" {
		score.Band, score.Text = score.Value, f.label(score.Value)
	}
	return score, nil
}

// Visible lists the fields of a form that these values show, in order. What hangs on a hidden answer is hidden too.
func (p *Pack) Visible(f *Form, values Values) []Field {
	hidden := map[string]bool{}
	p.Work(values).Hide(f, hidden)
	visible := make([]Field, 0, len(f.fields))
	for _, field := range f.fields {
		if !hidden[field.ID] {
			visible = append(visible, field)
		}
	}
	return visible
}

// Hide adds the fields of a form that the answers do not show to a set.
func (w *Worked) Hide(f *Form, into map[string]bool) {
	h := hiding{a: &activation{pack: w.pack, values: w.values, hidden: map[string]bool{}}, form: f, shown: map[string]bool{}}
	for i := range f.fields {
		if !h.shows(f.fields[i].variable) {
			into[f.fields[i].ID] = true
		}
	}
}

// hiding decides which fields of one form are shown.
type hiding struct {
	a     *activation
	form  *Form
	shown map[string]bool // of the fields that hang on others, once it is decided
}

func (h *hiding) shows(v *Variable) bool {
	if v.Visible.IsZero() {
		return true
	}
	if known, ok := h.shown[v.ID]; ok {
		return known
	}
	if v.Visible.compiled != nil {
		for _, id := range v.Visible.compiled.deps {
			if dep := h.a.pack.variable[id]; h.form.has(id) && !h.shows(dep) {
				h.a.hidden[id] = true
			}
		}
	}
	h.shown[v.ID] = v.Visible.holds(h.a)
	return h.shown[v.ID]
}

func (f *Form) has(id string) bool {
	for i := range f.fields {
		if f.fields[i].ID == id {
			return true
		}
	}
	return false
}

func (i PacketItem) of() string {
	if i.Name != "" {
		return i.Name
	}
	return i.ID
}

// PacketGaps lists what the referral still lacks. attachments names the kinds of files that are attached.
// An answer that says why it is missing fills its gap.
func (p *Pack) PacketGaps(values Values, attachments []string) []PacketItem {
	all := p.Compute(values)
	a := p.activate(all)
	var gaps []PacketItem
	for _, item := range p.Packet {
		if !item.When.IsZero() && !item.When.holds(a) {
			continue
		}
		if !p.packed(item, all, attachments) || p.lacks(item, all, a) {
			gaps = append(gaps, item)
		}
	}
	return gaps
}

func (p *Pack) packed(item PacketItem, all Values, attachments []string) bool {
	switch item.Kind {
	case "attachment":
		return slices.Contains(attachments, item.of())
	case "form":
		f := p.Form(item.of())
		answered := Values{}
		for _, field := range f.AllFields() {
			if v, ok := all[field.ID]; ok {
				answered[field.ID] = v
			}
		}
		return len(answered) > 0 && len(p.CheckWith(f.ID, answered, all)) == 0
	}
	return slices.ContainsFunc(append([]string{item.of()}, item.Or...), func(id string) bool { return !all[id].IsZero() })
}

// lacks tells whether something that belongs to the item has no answer, though it is asked.
func (p *Pack) lacks(item PacketItem, all Values, a *activation) bool {
	return slices.ContainsFunc(item.With, func(id string) bool {
		v := p.variable[id]
		return all[id].IsZero() && (v.Visible.IsZero() || v.Visible.holds(a))
	})
}

// Due is one appointment of the schedule in days of the calendar.
type Due struct {
	ID    string
	Name  Text
	From  time.Time
	Due   time.Time
	Until time.Time
	Forms []string
}

// FollowUps gives the schedule of an operation on the day of opDate, in its location.
func (p *Pack) FollowUps(opDate time.Time) []Due {
	y, m, d := opDate.Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, opDate.Location())
	out := make([]Due, 0, len(p.Schedule))
	for _, f := range p.Schedule {
		due, _ := shift(day, f.Offset, 1)
		from, _ := shift(due, f.Before, -1)
		until, _ := shift(due, f.After, 1)
		out = append(out, Due{f.ID, f.Name, from, due, until, slices.Clone(f.Forms)})
	}
	return out
}

// shift moves a day by a duration such as -7d, 6wk, 3mo or 5a. A month later is the same day of the month, or its last.
func shift(day time.Time, duration string, sign int) (time.Time, bool) {
	if duration == "" {
		return day, true
	}
	end := strings.IndexFunc(duration, func(c rune) bool { return c >= 'a' && c <= 'z' })
	if end < 1 {
		return day, false
	}
	n, err := strconv.Atoi(duration[:end])
	if err != nil || math.Abs(float64(n)) > 40_000 {
		return day, false
	}
	n *= sign
	switch duration[end:] {
	case "d":
		return day.AddDate(0, 0, n), true
	case "wk":
		return day.AddDate(0, 0, 7*n), true
	case "mo":
		return addMonths(day, n), true
	case "a":
		return addMonths(day, 12*n), true
	}
	return day, false
}

func addMonths(day time.Time, n int) time.Time {
	first := time.Date(day.Year(), day.Month()+time.Month(n), 1, 0, 0, 0, 0, day.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(day.Day(), last)-1)
}

func (p *Pack) checkSchedule(r *report) {
	epoch := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, f := range p.Schedule {
		p.cite(f.Source, f.Pos, "follow-up "+f.ID, r)
		for _, d := range []string{f.Offset, f.Before, f.After} {
			if _, ok := shift(epoch, d, 1); !ok {
				r.add(f.Pos, "follow-up %s has the time %q: write 7d, 6wk, 3mo or 5a", f.ID, d)
			}
		}
		if f.Offset == "" || f.Name.En == "" {
			r.add(f.Pos, "follow-up %s needs a name and a time", f.ID)
		}
		for _, id := range f.Forms {
			if p.Form(id) == nil {
				r.add(f.Pos, "follow-up %s wants the form %q, which does not exist", f.ID, id)
			}
		}
		for _, id := range f.Scales {
			if p.Scale(id) == nil {
				r.add(f.Pos, "follow-up %s wants the scale %q, which does not exist", f.ID, id)
			}
		}
	}
	slices.SortStableFunc(p.Schedule, func(a, b FollowUp) int {
		x, _ := shift(epoch, a.Offset, 1)
		y, _ := shift(epoch, b.Offset, 1)
		return x.Compare(y)
	})
}

// RouteHit is a sub-specialty that a rule named for a case.
type RouteHit struct {
	Rule         string
	SubSpecialty string
	Name         Text
	Reason       Text
	MinLevel     int
	Privilege    string
	Source       string
}

// Route gives the rules that hold, in the order of the pack. facts are what the program knows beside the forms; one
// that is named like a variable stands in where the form did not answer. Rules read the rest as facts.name.
func (p *Pack) Route(values Values, facts map[string]any) []RouteHit {
	all := values.With(nil)
	for name, fact := range facts {
		if v := p.variable[name]; v != nil && !all[name].Given() {
			if value, ok := valueOf(fact); ok {
				all[name] = value
			}
		}
	}
	a := p.activate(p.Compute(all))
	a.facts = facts
	var hits []RouteHit
	for _, rule := range p.Routing {
		if rule.When.holds(a) {
			hits = append(hits, RouteHit{rule.ID, rule.SubSpecialty, p.SubSpecialtyName(rule.SubSpecialty), rule.Reason,
				rule.MinLevel, rule.Privilege, rule.Source})
		}
	}
	return hits
}

func valueOf(fact any) (Value, bool) {
	switch f := fact.(type) {
	case int:
		return Int(int64(f)), true
	case int64:
		return Int(f), true
	case bool:
		return Bool(f), true
	case string:
		return String(f), f != ""
	case []string:
		return Codes(f...), true
	case Value:
		return f, !f.IsZero()
	}
	return Value{}, false
}

// Counted says whether a row counts for the indicator, whether it is a case of it, and whether that is known.
func (p *Pack) Counted(i *Indicator, row Values) (counts, is, known bool) {
	a := p.activate(p.Compute(row))
	if !i.Denominator.IsZero() && !i.Denominator.holds(a) {
		return false, false, true
	}
	if i.Numerator.compiled == nil {
		return true, false, false
	}
	out, err := i.Numerator.compiled.eval(a)
	if err != nil {
		return true, false, false
	}
	is, known = out.Value().(bool)
	return true, is, known
}

// Difference is one variable that two sets of values answer differently.
type Difference struct {
	Field         Field
	Before, After Value
	Deviation     bool // one of those that the plan fixes
}

// Compare lists what differs between two versions of a plan, or between a plan and the operation, in the pack's
// order. Variables that stand on one side only count as different when the plan template compares them.
func (p *Pack) Compare(before, after Values) []Difference {
	var out []Difference
	for _, v := range p.Variables {
		a, b := before[v.ID], after[v.ID]
		fixed := slices.Contains(p.Plan.Compare, v.ID)
		if a.Equal(b) || sameNumber(a, b) || (a.IsZero() || b.IsZero()) && !fixed {
			continue
		}
		out = append(out, Difference{p.field(v), a, b, fixed && !a.IsZero() && !b.IsZero()})
	}
	return out
}
