package casebook

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// Row is a case in a list. Patient is set for this hospital's own patients; who may see it is for the page to ask of access.
type Row struct {
	n                                                int64 // its number at this node
	Thread                                           ledger.ThreadID
	Pathway, SubSpecialty, Title, Side, Urgency, Sex string
	Age                                              int64 // years; -1: not known
	Home, Steward                                    ledger.HospitalID
	Verb, State                                      string // state: "open", "closed"
	Opened, Changed                                  time.Time
	Next                                             lang.Text
	NextRole                                         people.Role
	NextHospital                                     ledger.HospitalID
	NextPerson                                       ledger.PersonID
	NextBy                                           time.Time // zero: no date
	Marks, Entries                                   int
	Demo                                             bool
	Patient                                          *Patient // nil where this hospital does not know
}

// Query narrows a list. What is empty does not narrow it.
type Query struct {
	Verb, Pathway, SubSpecialty, Urgency string
	State                                string // "open", "closed"
	Steward                              ledger.HospitalID
	Text                                 string // words of the title, of the name in either script or as it is spoken, of the local number or the case's own; see [Number]
	For                                  *Part  // only cases that somebody has a part in; nil: all
	Due                                  bool   // by the date of the next step; otherwise the newest change first
	Turn                                 bool   // in the order in which they came to this node, which nothing changes: no page loses or repeats a case
	After                                string // the cursor that the page before gave
	Limit                                int    // 50 where it is 0; 200 at most
}

// Part is a person whose list shows only what they have a part in: cases in which they stand, and open referrals to their sub-specialties.
type Part struct {
	Hospital    ledger.HospitalID
	Person      ledger.PersonID
	Specialties []string
}

// ErrCursor says that a cursor is not one that a list gave.
var ErrCursor = errors.New("the place in the list is not one that it gave")

const rowColumns = `r.n, r.thread, r.pathway, r.sub_specialty, r.title, r.side, r.urgency, r.sex, r.age, r.home, r.steward, r.verb, r.state, r.opened_ms,
	r.changed_ms, r.next_what_en, r.next_what_zh, r.next_role, r.next_hospital, r.next_person, r.next_by_ms, r.marks, r.entries, r.demo,
	COALESCE(i.name, ''), COALESCE(i.latin, ''), COALESCE(i.local_number, ''), COALESCE(i.birth_date, ''), COALESCE(i.telephone, '')`

// List gives a page of cases and the cursor of the next page, which is empty after the last one. It costs the same on every page.
func List(ctx context.Context, tx ledger.Tx, q Query) ([]Row, string, error) {
	return listWithin(ctx, tx, q, usual)
}

func listWithin(ctx context.Context, tx ledger.Tx, q Query, r reach) (list []Row, next string, err error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	q.Limit = min(q.Limit, 200)
	if len(wordsOf(q.Text)) == 0 {
		list, err = listStates(ctx, tx, q)
	} else {
		list, err = findRows(ctx, tx, q, r)
	}
	if err != nil || len(list) <= q.Limit {
		return list, "", err
	}
	list = list[:q.Limit]
	return list, cursor(list[q.Limit-1], q), nil
}

// listStates gives one row more than the page has. Every index has the state before the order, so for cases in any state it asks twice and merges.
func listStates(ctx context.Context, tx ledger.Tx, q Query) ([]Row, error) {
	if q.State != "" || q.Turn {
		return listOne(ctx, tx, q)
	}
	var all []Row
	for _, state := range []string{"open", "closed"} {
		q.State = state
		list, err := listOne(ctx, tx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b Row) int {
		if q.Due {
			return cmp.Or(cmp.Compare(byMilli(a.NextBy), byMilli(b.NextBy)), cmp.Compare(a.n, b.n))
		}
		return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(b.n, a.n))
	})
	return all[:min(len(all), q.Limit+1)], nil
}

func listOne(ctx context.Context, tx ledger.Tx, q Query) ([]Row, error) {
	w := where{}
	w.filters(q)
	if err := w.page(q); err != nil {
		return nil, err
	}
	return rows(ctx, tx, `SELECT `+rowColumns+` FROM case_row r LEFT JOIN case_identity i ON i.thread = r.thread`+w.sql()+q.order()+
		` LIMIT `+strconv.Itoa(q.Limit+1), w.args)
}

// PathwayOf gives the pathway of a case; none where there is no such case.
func PathwayOf(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (pathway string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT pathway FROM case_row WHERE thread = $1`, id[:]).Scan(&pathway)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("reading the pathway of case %s: %w", id, err)
	}
	return pathway, nil
}

// Get gives the row of one case, and whether there is one.
func Get(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (Row, bool, error) {
	list, err := rows(ctx, tx, `SELECT `+rowColumns+` FROM case_row r LEFT JOIN case_identity i ON i.thread = r.thread WHERE r.thread = $1`, []any{id[:]})
	if err != nil || len(list) == 0 {
		return Row{}, false, err
	}
	return list[0], true, nil
}

// where gathers conditions and their arguments.
type where struct {
	conditions []string
	args       []any
}

// arg adds an argument and gives its place.
func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return "$" + strconv.Itoa(len(w.args))
}

func (w *where) sql() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

func (w *where) and(condition string) { w.conditions = append(w.conditions, condition) }

// filters adds the filters.
func (w *where) filters(q Query) {
	for _, f := range []struct{ column, value string }{
		{"r.verb", q.Verb}, {"r.pathway", q.Pathway}, {"r.sub_specialty", q.SubSpecialty}, {"r.urgency", q.Urgency}, {"r.state", q.State}} {
		if f.value != "" {
			w.and(f.column + " = " + w.arg(f.value))
		}
	}
	if !q.Steward.IsZero() {
		w.and("r.steward = " + w.arg(q.Steward[:]))
	}
	if q.For != nil {
		w.part(*q.For)
	}
}

func (w *where) part(p Part) {
	hospital := w.arg(p.Hospital[:])
	has := `EXISTS (SELECT 1 FROM case_person p WHERE p.thread = r.thread AND p.hospital = ` + hospital + ` AND p.person = ` + w.arg(string(p.Person)) + `)`
	if len(p.Specialties) > 0 {
		var names []string
		for _, s := range p.Specialties {
			names = append(names, w.arg(s))
		}
		has = `(` + has + ` OR r.sub_specialty IN (` + strings.Join(names, ", ") + `) AND EXISTS (SELECT 1 FROM case_task t WHERE t.thread = r.thread
			AND t.hospital = ` + hospital + ` AND t.kind = '` + KindAccepted + `' AND t.person = ''))`
	}
	w.and(has)
}

// page adds where the page begins.
func (w *where) page(q Query) error {
	if q.After == "" {
		return nil
	}
	ms, n, err := parseCursor(q.After)
	if err != nil {
		return err
	}
	column, way := q.column()
	compare := ">"
	if way != "" {
		compare = "<"
	}
	w.and("(" + column + ", r.n) " + compare + " (" + w.arg(ms) + ", " + w.arg(n) + ")")
	return nil
}

// column is what the list is in the order of, and which way.
func (q Query) column() (column, way string) {
	if q.Turn {
		return "r.n", ""
	}
	if q.Due {
		return "r.next_by_ms", ""
	}
	return "r.changed_ms", " DESC"
}

func (q Query) order() string {
	column, way := q.column()
	return " ORDER BY " + column + way + ", r.n" + way
}

func rows(ctx context.Context, tx ledger.Tx, query string, args []any) ([]Row, error) {
	found, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing cases: %w", err)
	}
	defer found.Close()
	var list []Row
	for found.Next() {
		var r Row
		var id, home, steward, next []byte
		var opened, changed, by int64
		var role, person string
		var p Patient
		err := found.Scan(&r.n, &id, &r.Pathway, &r.SubSpecialty, &r.Title, &r.Side, &r.Urgency, &r.Sex, &r.Age, &home, &steward, &r.Verb, &r.State,
			&opened, &changed, &r.Next.En, &r.Next.Zh, &role, &next, &person, &by, &r.Marks, &r.Entries, &r.Demo, &p.Name, &p.Latin, &p.LocalNumber, &p.BirthDate, &p.Telephone)
		if err != nil {
			return nil, fmt.Errorf("listing cases: %w", err)
		}
		copy(r.Thread[:], id)
		copy(r.Home[:], home)
		copy(r.Steward[:], steward)
		copy(r.NextHospital[:], next)
		r.NextRole, r.NextPerson = people.Role(role), ledger.PersonID(person)
		r.Opened, r.Changed, r.NextBy = time.UnixMilli(opened).UTC(), time.UnixMilli(changed).UTC(), fromBy(by)
		if p != (Patient{}) {
			r.Patient = &p
		}
		list = append(list, r)
	}
	return list, found.Err()
}

// Count is how many cases stand at a verb.
type Count struct {
	Verb, State string
	Cases       int
}

// Counts says how many cases stand where.
func Counts(ctx context.Context, tx ledger.Tx) ([]Count, error) {
	found, err := tx.QueryContext(ctx, `SELECT verb, state, cases FROM case_count WHERE cases > 0 ORDER BY state, verb`)
	if err != nil {
		return nil, fmt.Errorf("counting cases: %w", err)
	}
	defer found.Close()
	var list []Count
	for found.Next() {
		var c Count
		if err := found.Scan(&c.Verb, &c.State, &c.Cases); err != nil {
			return nil, fmt.Errorf("counting cases: %w", err)
		}
		list = append(list, c)
	}
	return list, found.Err()
}

// OpenTask is a task, and the case that it belongs to.
type OpenTask struct {
	record.Task
	Thread  ledger.ThreadID
	Title   string
	Pathway string
	Urgency string
	Demo    bool
	Place   int // among the tasks of its case

	SubSpecialty, Side, Sex string
	Age                     int64 // years; -1: not known
	Steward                 ledger.HospitalID
	Patient                 *Patient // nil where this hospital does not know
}

// TaskQuery says which tasks of a hospital are listed. Whoever asks for neither a person nor roles asks for everybody's.
type TaskQuery struct {
	Hospital ledger.HospitalID
	Person   ledger.PersonID   // tasks of this person
	Also     []ledger.PersonID // and of these: who is away, who has left
	Roles    []people.Role     // and of anybody in one of these roles
	Kinds    []string          // only those that an entry of these kinds does
	Others   bool              // instead, all but these
	Dated    bool              // only those with a date
	Until    time.Time         // only those with a date before this
	Verb     string            // only those of this part of the course
	Nobody   bool              // only those that nobody is named for
	Partners bool              // instead, those of other hospitals in cases that the hospital has custody of
	Undated  bool              // only those without a date
	After    *OpenTask         // only what comes after it in the list
	Limit    int
}

// whose narrows to the tasks of a person and of roles.
func (w *where) whose(q TaskQuery) {
	var ways []string
	if q.Person != "" {
		ways = append(ways, "t.person IN ("+args(w, append([]ledger.PersonID{q.Person}, q.Also...))+")")
	}
	if len(q.Roles) > 0 {
		ways = append(ways, "(t.person = '' AND t.role IN ("+args(w, q.Roles)+"))")
	}
	if ways != nil {
		w.and("(" + strings.Join(ways, " OR ") + ")")
	}
}

func args[S ~string](w *where, list []S) string {
	places := make([]string, len(list))
	for i, s := range list {
		places[i] = w.arg(string(s))
	}
	return strings.Join(places, ", ")
}

// tasks narrows to the tasks that are asked for.
func (w *where) tasks(q TaskQuery) {
	if q.Partners {
		w.and("r.steward = " + w.arg(q.Hospital[:]) + " AND t.hospital <> " + w.arg(q.Hospital[:]))
	} else {
		w.and("t.hospital = " + w.arg(q.Hospital[:]))
	}
	if q.Nobody {
		w.and("t.person = ''")
	}
	if q.Verb != "" {
		w.and("t.verb = " + w.arg(q.Verb))
	}
	w.whose(q)
	switch {
	case len(q.Kinds) > 0 && q.Others:
		w.and("t.kind NOT IN (" + args(w, q.Kinds) + ")")
	case len(q.Kinds) > 0:
		w.and("t.kind IN (" + args(w, q.Kinds) + ")")
	}
	switch {
	case q.Undated:
		w.and("t.by_ms = " + strconv.Itoa(noDate))
	case !q.Until.IsZero():
		w.and("t.by_ms < " + w.arg(q.Until.UnixMilli()))
	case q.Dated:
		w.and("t.by_ms < " + strconv.Itoa(noDate))
	}
}

// CountTasks counts what [Tasks] would list without a limit.
func CountTasks(ctx context.Context, tx ledger.Tx, q TaskQuery) (n int, err error) {
	w := where{}
	w.tasks(q)
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT DISTINCT t.thread, t.place FROM case_task t JOIN case_row r ON r.thread = t.thread`+w.sql()+`) a`, w.args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting tasks: %w", err)
	}
	return n, nil
}

// Tasks lists what is to be done, what is due first.
func Tasks(ctx context.Context, tx ledger.Tx, q TaskQuery) ([]OpenTask, error) {
	w := where{}
	w.tasks(q)
	if a := q.After; a != nil {
		w.and("(t.by_ms, t.thread, t.place) > (" + w.arg(byMilli(a.By)) + ", " + w.arg(a.Thread[:]) + ", " + w.arg(a.Place) + ")")
	}
	limit := max(q.Limit, 1)
	found, err := tx.QueryContext(ctx, `SELECT t.thread, t.place, t.role, t.verb, t.person, t.what_en, t.what_zh, t.by_ms, t.kind, t.refs,
		r.title, r.pathway, r.urgency, r.demo, t.hospital, r.sub_specialty, r.side, r.sex, r.age, r.steward,
		COALESCE(i.name, ''), COALESCE(i.latin, ''), COALESCE(i.local_number, ''), COALESCE(i.birth_date, ''), COALESCE(i.telephone, '')
		FROM case_task t JOIN case_row r ON r.thread = t.thread LEFT JOIN case_identity i ON i.thread = t.thread`+w.sql()+
		` ORDER BY t.by_ms, t.thread, t.place, t.role LIMIT `+strconv.Itoa(len(people.Roles)*limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("listing tasks: %w", err)
	}
	defer found.Close()
	var list []OpenTask
	for found.Next() {
		var t OpenTask
		var id []byte
		var by int64
		var role, who, refs string
		var hospital, steward []byte
		var p Patient
		err := found.Scan(&id, &t.Place, &role, &t.Verb, &who, &t.What.En, &t.What.Zh, &by, &t.Kind, &refs, &t.Title, &t.Pathway, &t.Urgency, &t.Demo,
			&hospital, &t.SubSpecialty, &t.Side, &t.Sex, &t.Age, &steward, &p.Name, &p.Latin, &p.LocalNumber, &p.BirthDate, &p.Telephone)
		if err != nil {
			return nil, fmt.Errorf("listing tasks: %w", err)
		}
		copy(t.Thread[:], id)
		if n := len(list); n > 0 && list[n-1].Place == t.Place && list[n-1].Thread == t.Thread {
			list[n-1].Roles = append(list[n-1].Roles, role)
			continue
		}
		if len(list) == limit {
			break
		}
		t.Person, t.By, t.Roles = ledger.PersonID(who), fromBy(by), []string{role}
		copy(t.Hospital[:], hospital)
		copy(t.Steward[:], steward)
		if p != (Patient{}) {
			t.Patient = &p
		}
		for _, text := range strings.Fields(refs) {
			h, err := ledger.ParseHash(text)
			if err != nil {
				return nil, fmt.Errorf("listing tasks: %w", err)
			}
			t.Refs = append(t.Refs, h)
		}
		list = append(list, t)
	}
	return list, found.Err()
}

// Relations says what a person of a hospital is to a case: "author", "asked", "operator", "signer", "assigned". Another hospital's person of the
// same id is somebody else.
func Relations(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, hospital ledger.HospitalID, person ledger.PersonID) ([]string, error) {
	found, err := tx.QueryContext(ctx, `SELECT relation FROM case_person WHERE thread = $1 AND hospital = $2 AND person = $3 ORDER BY relation`,
		id[:], hospital[:], string(person))
	if err != nil {
		return nil, fmt.Errorf("reading who has to do with case %s: %w", id, err)
	}
	defer found.Close()
	var list []string
	for found.Next() {
		var relation string
		if err := found.Scan(&relation); err != nil {
			return nil, fmt.Errorf("reading who has to do with case %s: %w", id, err)
		}
		list = append(list, relation)
	}
	slices.Sort(list)
	return list, found.Err()
}

// OpenTo tells whether the case waits for somebody of one of the sub-specialties at a hospital to accept its referral.
func OpenTo(ctx context.Context, tx ledger.Tx, id ledger.ThreadID, hospital ledger.HospitalID, specialties []string) (bool, error) {
	w := where{}
	w.and("r.thread = " + w.arg(id[:]))
	var names []string
	for _, s := range specialties {
		names = append(names, w.arg(s))
	}
	if names == nil {
		return false, nil
	}
	w.and("r.sub_specialty IN (" + strings.Join(names, ", ") + ")")
	w.and("t.kind = '" + KindAccepted + "' AND t.person = '' AND t.hospital = " + w.arg(hospital[:]))
	var n int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM case_row r JOIN case_task t ON t.thread = r.thread`+w.sql(), w.args...).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("asking who case %s waits for: %w", id, err)
	}
	return n > 0, nil
}
