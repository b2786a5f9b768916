package casebook

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// folding is a case while it is being read.
type folding struct {
	*record.Reading
	c         *Case
	referrals map[ledger.Hash]int
	plans     map[ledger.Hash]int
	advised   map[adviceKey]int
	people    map[personKey]int
}

// adviceKey names a recommendation: the opinion that gives it, and its id there.
type adviceKey struct {
	opinion ledger.Hash
	id      string
}

type personKey struct {
	hospital ledger.HospitalID
	person   ledger.PersonID
}

// begin is a case in which nothing was said yet.
func begin(r *record.Reading) *folding {
	roster := r.Log.Roster
	return &folding{Reading: r, c: &Case{Thread: r.Log.Thread, Steward: roster.Steward, Offer: roster.Offer, Members: roster.Members, Latest: map[string]Answered{}, Series: map[string][]Point{}},
		referrals: map[ledger.Hash]int{}, plans: map[ledger.Hash]int{}, advised: map[adviceKey]int{}, people: map[personKey]int{}}
}

// conclude draws the conclusions once everything is read.
func (f *folding) conclude() {
	c := f.c
	if n := len(f.Log.Said); n > 0 {
		c.Newest = f.Log.Said[n-1].Time
	}
	f.consents()
	for id, list := range c.Series {
		slices.SortStableFunc(list, func(a, b Point) int { return a.moment.Compare(b.moment) })
		c.Series[id] = list
	}
	c.Timeline, c.Marks = f.Timeline, f.Marked()
	c.due()
	c.stages()
	c.tasks()
	f.involve()
}

// consents reads what the patient agrees to. A consent that stands is part of a referral's packet.
func (f *folding) consents() {
	f.c.Consent = access.FoldConsent(f.Log)
	if slices.ContainsFunc(f.c.Consent.All(), func(s access.ScopeState) bool { return s.Answer == access.Granted }) {
		f.c.hold([]string{"consent"})
	}
}

// answers takes over the answers of a form, each at its date.
func (f *folding) answers(e record.Entry, date string, values pathway.Values) {
	at := e.Moment
	if date == "" || date == e.When {
		date = e.When
	} else {
		at = record.Instant(date)
	}
	if at.IsZero() {
		at = e.Written.UTC()
	}
	for id, v := range values {
		if v.IsZero() {
			continue
		}
		if old, ok := f.c.Latest[id]; !ok || !at.Before(old.moment) {
			f.c.Latest[id] = Answered{Value: v, When: date, Entry: e.Hash, Pack: e.Pack, moment: at}
		}
		if n, ok := number(v); ok {
			f.c.Series[id] = append(f.c.Series[id], Point{When: date, Value: n, Entry: e.Hash, moment: at})
		}
	}
}

// number gives a value's decimal text where it is a number.
func number(v pathway.Value) (string, bool) {
	if i, ok := v.AsInt(); ok {
		return strconv.FormatInt(i, 10), true
	}
	s, ok := v.AsString()
	if !ok || s == "" || strings.Trim(s, "-.0123456789") != "" || len(s) > 20 {
		return "", false
	}
	_, err := strconv.ParseFloat(s, 64)
	return s, err == nil
}

// person notes what somebody is to the case.
func (f *folding) person(a record.Author, relation string) {
	if a.Person == "" || a.Hospital.IsZero() {
		return
	}
	k := personKey{a.Hospital, a.Person}
	i, ok := f.people[k]
	if !ok {
		i = len(f.c.People)
		f.people[k] = i
		f.c.People = append(f.c.People, Involved{Hospital: a.Hospital, Person: a.Person})
	}
	p := &f.c.People[i]
	p.Name, p.Role = cmp.Or(a.Name, p.Name), cmp.Or(a.Role, p.Role)
	if !slices.Contains(p.Relations, relation) {
		p.Relations = append(p.Relations, relation)
	}
}

func (f *folding) owner(o Owner, relation string) { f.person(record.Author(o), relation) }

// knew is the case as the writer of an entry knew it, as far as its operations go.
func (f *folding) knew(entry ledger.Hash) Case {
	var c Case
	for i := range f.c.Operations {
		if f.Log.Follows(entry, f.c.Operations[i].Hash) {
			c.Operations = append(c.Operations, f.c.Operations[i])
		}
	}
	return c
}

// involve notes everybody who is named rather than speaking.
func (f *folding) involve() {
	for _, r := range f.c.Referrals {
		f.owner(Owner{Hospital: r.Says.To, Person: r.Says.Person, Name: r.Says.PersonName}, RelationAsked)
		f.owner(r.Answers, RelationAssigned)
	}
	for _, r := range f.c.Recommendations {
		f.owner(r.Owner, RelationAssigned)
	}
	for _, r := range f.c.Reminders {
		f.owner(r.Says.Owner, RelationAssigned)
	}
	for _, h := range f.c.HandOvers {
		f.owner(h.Says.To, RelationAssigned)
	}
	for i, p := range f.c.Plans {
		if slices.Contains(f.c.PlanHeads, i) {
			f.owner(p.Says.Operator, RelationOperator)
		}
		for _, s := range p.Signatures {
			f.person(s.By, RelationSigner)
		}
	}
	if f.c.Scheduled != nil {
		f.owner(f.c.Scheduled.Says.Operator, RelationOperator)
	}
	for _, o := range f.c.Operations {
		f.owner(o.Says.Operator, RelationOperator)
		for _, a := range o.Says.Assistants {
			f.owner(a, RelationOperator)
		}
	}
	for _, q := range f.c.Questions {
		f.owner(q.Says.To, RelationAsked)
	}
}
