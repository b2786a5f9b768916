package casebook

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/terms"
)

// folding is a case while it is being read.
type folding struct {
	*record.Reading
	c         *Case
	referrals map[ledger.Hash]int
	plans     map[ledger.Hash]int
	devices   map[ledger.Hash]int
	advised   map[adviceKey]int
	involved  []Involved // who spoke, in the order in which they did
	people    map[personKey]int
	settled   []record.Said[SideSettled]
	confirmed []confirmation
	held      []string // what of the packet is attached, consent apart
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
		referrals: map[ledger.Hash]int{}, plans: map[ledger.Hash]int{}, devices: map[ledger.Hash]int{}, advised: map[adviceKey]int{}, people: map[personKey]int{}}
}

// grow is a copy of a case, to go on from. Lists that only grow share their memory with the case before, up to where it ends, and the first case that goes on from it
// uses what is behind that too; those whose elements change are copied.
func grow(before *folding, r *record.Reading) *folding {
	f := *before
	c := *before.c
	f.Reading, f.c = r, &c
	c.Members, c.Steward, c.Offer = r.Log.Roster.Members, r.Log.Roster.Steward, r.Log.Roster.Offer
	c.Latest, c.Series = maps.Clone(c.Latest), maps.Clone(c.Series)
	for id, list := range c.Series {
		c.Series[id] = behind(r, list)
	}
	f.referrals, f.plans, f.advised, f.people = maps.Clone(f.referrals), maps.Clone(f.plans), maps.Clone(f.advised), maps.Clone(f.people)
	f.devices, c.Devices, c.Achieved = maps.Clone(f.devices), slices.Clone(c.Devices), behind(r, c.Achieved)
	f.held, f.involved = slices.Clip(f.held), slices.Clone(f.involved)
	for i := range f.involved {
		f.involved[i].Relations = slices.Clip(f.involved[i].Relations)
	}
	c.Findings, c.Imaging, c.Opinions, c.HandOvers = behind(r, c.Findings), behind(r, c.Imaging), behind(r, c.Opinions), behind(r, c.HandOvers)
	c.SafetyChecks, c.Operations, c.Complications = behind(r, c.SafetyChecks), behind(r, c.Operations), behind(r, c.Complications)
	c.FollowUps, c.Teaching = behind(r, c.FollowUps), behind(r, c.Teaching)
	c.Referrals, c.Recommendations, c.Reminders = slices.Clone(c.Referrals), slices.Clone(c.Recommendations), slices.Clone(c.Reminders)
	c.Questions, c.Plans = slices.Clone(c.Questions), slices.Clone(c.Plans)
	c.Team, c.Duties = behind(r, c.Team), slices.Clone(c.Duties)
	for i := range c.Questions {
		c.Questions[i].Answers = slices.Clip(c.Questions[i].Answers)
	}
	c.Queries, c.Doubles = slices.Clone(c.Queries), behind(r, c.Doubles)
	for i := range c.Queries {
		c.Queries[i].Answers = slices.Clip(c.Queries[i].Answers)
	}
	for i := range c.Plans {
		c.Plans[i].Signatures = slices.Clip(c.Plans[i].Signatures)
	}
	return &f
}

// behind is a list to add to.
func behind[T any](r *record.Reading, list []T) []T {
	if r.First {
		return list
	}
	return slices.Clip(list)
}

// conclude draws the conclusions once everything is read. What it writes it makes anew.
func (f *folding) conclude() {
	c := f.c
	c.Due, c.Stages, c.Next, c.Holds = nil, nil, nil, slices.Clip(f.held)
	if n := len(f.Log.Said); n > 0 {
		c.Newest = f.Log.Said[n-1].Time
	}
	c.Consent = access.FoldConsent(f.Log)
	if slices.ContainsFunc(c.Consent.All(), func(s access.ScopeState) bool { return s.Answer == access.Granted }) {
		c.Holds = append(c.Holds, "consent") // of the referral's packet
	}
	c.Timeline, c.Marks = f.Timeline, f.Marked()
	f.sides()
	f.markSides()
	f.markConfirmed()
	f.markSafety()
	c.due()
	c.stages()
	c.People = f.everybody()
	c.tasks()
}

// answers takes over the answers of a form, each at its date.
func (f *folding) answers(e record.Entry, date string, values pathway.Values) {
	at := e.Moment
	if date == "" || date == e.When {
		date = e.When
	} else {
		at = terms.Midday(date)
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
			f.c.Series[id] = byDate(f.c.Series[id], Point{When: date, Value: n, Entry: e.Hash, moment: at})
		}
	}
}

// byDate puts a number behind those of its date and before.
func byDate(list []Point, p Point) []Point {
	at := len(list)
	for at > 0 && list[at-1].moment.After(p.moment) {
		at--
	}
	if at == len(list) {
		return append(list, p)
	}
	return slices.Insert(slices.Clone(list), at, p)
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
	f.involved = involve(f.involved, f.people, a, relation)
}

// involve adds somebody, or what they are to the case, to a list whose places are known.
func involve(list []Involved, places map[personKey]int, a record.Author, relation string) []Involved {
	if a.Person == "" || a.Hospital.IsZero() {
		return list
	}
	k := personKey{a.Hospital, a.Person}
	i, ok := places[k]
	if !ok {
		i = len(list)
		places[k] = i
		list = append(list, Involved{Hospital: a.Hospital, Person: a.Person})
	}
	p := &list[i]
	p.Name, p.Role = cmp.Or(a.Name, p.Name), cmp.Or(a.Role, p.Role)
	if !slices.Contains(p.Relations, relation) {
		p.Relations = append(p.Relations, relation)
	}
	return list
}

// firstOf is the first of a list, where there is one.
func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

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

// everybody is who spoke, and whoever is named.
func (f *folding) everybody() []Involved {
	places := maps.Clone(f.people)
	list := slices.Clone(f.involved)
	for i := range list {
		list[i].Relations = slices.Clip(list[i].Relations)
	}
	add := func(o Owner, relation string) { list = involve(list, places, record.Author(o), relation) }
	// Whom another hospital names, as who is asked, has to do something or operates, is a wish: a hospital alone says which of its people a case is open to, by its team, by naming them itself or by accepting.
	// A referral is by the hospital that has the patient, whose case it is to open.
	own := func(by record.Author, o Owner, relation string) {
		if o.Hospital == by.Hospital {
			add(o, relation)
		}
	}
	for _, r := range f.c.Referrals {
		add(Owner{Hospital: r.Says.To, Person: r.Says.Person, Name: r.Says.PersonName}, RelationAsked)
		add(r.Answers, RelationAssigned)
	}
	for _, r := range f.c.Recommendations {
		own(r.By, r.Owner, RelationAssigned)
	}
	for _, r := range f.c.Reminders {
		own(r.By, r.Says.Owner, RelationAssigned)
	}
	for _, j := range f.c.Team {
		add(Owner{Hospital: j.By.Hospital, Person: j.Says.Person, Name: j.Says.Name, Role: firstOf(j.Says.Roles)}, RelationAssigned)
	}
	for _, d := range f.c.Duties {
		add(Owner{Hospital: d.By.Hospital, Person: d.Says.To, Name: d.Says.ToName}, RelationAssigned)
	}
	for _, h := range f.c.HandOvers {
		own(h.By, h.Says.To, RelationAssigned)
	}
	for i, p := range f.c.Plans {
		if slices.Contains(f.c.PlanHeads, i) {
			own(p.By, p.Says.Operator, RelationOperator)
		}
		for _, s := range p.Signatures {
			add(Owner(s.By), RelationSigner)
		}
	}
	if f.c.Scheduled != nil {
		own(f.c.Scheduled.By, f.c.Scheduled.Says.Operator, RelationOperator)
	}
	for _, o := range f.c.Operations {
		own(o.By, o.Says.Operator, RelationOperator)
		for _, a := range o.Says.Assistants {
			own(o.By, a, RelationOperator)
		}
	}
	for _, q := range f.c.Questions {
		own(q.By, q.Says.To, RelationAsked)
	}
	for _, q := range f.c.Queries {
		if q.Closed == nil {
			own(q.By, q.Says.To, RelationAsked)
		}
	}
	return list
}
