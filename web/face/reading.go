package face

import (
	"context"
	"net/url"
	"strings"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/terms"
	"consilium/web/ui"
)

// Readings is the access log as people read it: narrowed by the address, what one person read in one go as one row.
type Readings struct {
	Sought access.Sought
	Rows   []Reading
	Older  int64 // where the next page begins; 0: nowhere
	People []ui.Option
	only   string
}

// Reading is what one person read of one thread by one right and from one place, with less than an hour between two times.
type Reading struct {
	access.Seen           // the newest
	First       time.Time // the oldest
	Times       int
	Who         string
}

// readingsShown is how many rows of the log are gathered for one page, readingsTaken how many leave at once.
const readingsShown, readingsTaken = 1000, 100_000

// FindReadings reads the access log as the address narrows it: person, from and until (days), only ("denied", "glass"), before (a place).
func (q *Request) FindReadings(ctx context.Context, tx ledger.Tx, sought access.Sought) (r Readings, err error) {
	if sought.Person == "" {
		sought.Person = ledger.PersonID(q.FormValue("person"))
	}
	zone := q.Now().Location()
	sought.From, _ = time.ParseInLocation(time.DateOnly, terms.Typed(q.FormValue("from")), zone)
	if last, err := time.ParseInLocation(time.DateOnly, terms.Typed(q.FormValue("until")), zone); err == nil {
		sought.Until = last.AddDate(0, 0, 1)
	}
	r.only = q.FormValue("only")
	sought.Denied, sought.Glass = r.only == "denied", r.only == "glass"
	r.Sought = sought
	if sought.Limit == 0 {
		sought.Limit = readingsShown
	}
	rows, err := access.FindLog(ctx, tx, sought)
	if err != nil {
		return r, err
	}
	if n := len(rows); n == sought.Limit {
		r.Older = rows[n-1].Place
	}
	r.Rows = gathered(rows)
	names := map[ledger.PersonID]string{}
	for i := range r.Rows {
		id := r.Rows[i].Person
		if names[id] == "" {
			names[id] = q.Doer(ctx, tx, id)
		}
		r.Rows[i].Who = names[id]
	}
	staff, err := people.List(ctx, tx, people.Filter{})
	for _, p := range staff {
		r.People = append(r.People, ui.Option{Value: string(p.ID), Label: p.DisplayName})
	}
	return r, err
}

// gathered joins rows, the newest first, that differ in their time alone and are less than an hour apart.
func gathered(rows []access.Seen) (list []Reading) {
	at := map[access.Seen]int{}
	for _, s := range rows {
		like := s
		like.Place, like.At = 0, time.Time{}
		if i, ok := at[like]; ok && list[i].First.Sub(s.At) < access.ReadAgain {
			list[i].First, list[i].Times = s.At, list[i].Times+1
			continue
		}
		at[like] = len(list)
		list = append(list, Reading{Seen: s, First: s.At, Times: 1})
	}
	return list
}

// Moments are when it was read: once, or from when to when and how often.
func (q *Request) Moments(r Reading) ui.Cell {
	c := ui.Cell{Text: q.Moment(r.First)}
	if r.Times > 1 {
		c.Note = q.P("access.log.times", map[string]any{"count": r.Times, "until": lang.Clock(q.Lang, r.At.In(q.Now().Location()))})
	}
	return c
}

// Right is by what right something was read, in words, with a mark where it was refused or an emergency.
func (q *Request) Right(r access.Seen) ui.Cell {
	c := ui.Cell{Text: q.why(r), Note: q.relations(r.Relation)}
	switch {
	case r.Why == access.Denied:
		c.Chips = []ui.ChipView{{Text: q.P("case.access.denied", nil), Sort: ui.Bad, Icon: "x"}}
	case r.Glass():
		c.Chips = []ui.ChipView{{Text: q.P("case.access.glass", nil), Sort: ui.Warn, Icon: "alert"}}
		c.Text = ""
	}
	return c
}

// why is the right by which somebody read, as the rules word it.
func (q *Request) why(s access.Seen) string {
	if s.Why == access.Denied {
		return q.P("case.access.norule", nil)
	}
	return lang.Named("access.rule", s.Why).In(q.Lang)
}

// relations are how somebody stood to what they read, in words.
func (q *Request) relations(stored string) string {
	var words []string
	for _, r := range strings.Fields(stored) {
		words = append(words, lang.Named("access.relation", r).In(q.Lang))
	}
	return lang.List(q.Lang, words)
}

// OriginWords says from where something was done, in words; which session or token it was stands in what is exported.
func (q *Request) OriginWords(origin string) string {
	how, address, _ := strings.Cut(origin, " from ")
	switch {
	case strings.HasPrefix(how, "session "):
		return JoinDots(q.P("access.origin.session", nil), address)
	case strings.HasPrefix(how, "token "):
		return JoinDots(q.P("access.origin.token", nil), address)
	case origin == "":
		return ""
	}
	return lang.Named("access.origin", origin).In(q.Lang)
}

// ReadingFilters narrow the access log by who read, when, and by what right.
func (q *Request) ReadingFilters(action string, r Readings) ui.FiltersView {
	only := []ui.Option{{Value: "denied", Label: q.P("case.access.denied", nil)}, {Value: "glass", Label: q.P("case.access.glass", nil)}}
	return ui.FiltersView{Action: action, Name: "-", Filters: []ui.Filter{
		{Name: "person", Label: q.P("case.access.who", nil), Value: string(r.Sought.Person), Options: r.People},
		{Name: "only", Label: q.P("case.access.why", nil), Value: r.only, Options: only},
		{Name: "from", Label: q.P("access.log.from", nil), Value: q.FormValue("from"), Day: true},
		{Name: "until", Label: q.P("access.log.until", nil), Value: q.FormValue("until"), Day: true}}}
}

// ReadingsAddress is the page again, narrowed as it is, with something else in its address.
func (q *Request) ReadingsAddress(action, key, value string) string {
	query := url.Values{key: {value}}
	for _, name := range []string{"person", "only", "from", "until"} {
		if v := q.FormValue(name); v != "" {
			query.Set(name, v)
		}
	}
	return action + "?" + query.Encode()
}

// SendReadings answers with the access log as a table, as it is narrowed: every row by itself, in words, and with the session or token.
func (q *Request) SendReadings(ctx context.Context, tx ledger.Tx, name string, sought access.Sought, what func(access.Seen) string) error {
	sought.Limit = readingsTaken
	r, err := q.FindReadings(ctx, tx, sought)
	if err != nil {
		return err
	}
	sought = r.Sought
	sought.Limit = readingsTaken
	all, err := access.FindLog(ctx, tx, sought)
	if err != nil {
		return err
	}
	head := []string{q.P("case.access.when", nil), q.P("case.access.who", nil), q.P("case.access.of", nil), q.P("case.access.what", nil), q.P("case.access.why", nil), q.P("case.access.origin", nil)}
	names, rows := map[ledger.PersonID]string{}, [][]string{}
	for _, s := range all {
		if names[s.Person] == "" {
			names[s.Person] = q.Doer(ctx, tx, s.Person)
		}
		rows = append(rows, []string{s.At.In(q.Now().Location()).Format(time.RFC3339), names[s.Person], what(s), q.ChoiceName("action", string(s.Action)),
			JoinDots(q.why(s), q.relations(s.Relation)), s.Origin})
	}
	return q.SendTable(name, head, rows)
}
