package people

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

const personColumns = `person.id, person.kind, person.username, person.display_name, person.department, person.language,
	person.active, person.home_hospital, person.home_person, person.created_ms`

// wholePerson are the columns of a person with what stands in other tables, one word in a line.
const wholePerson = personColumns + `,
	(SELECT string_agg(role, '
') FROM person_role WHERE person_role.person = person.id), (SELECT string_agg(specialty, '
') FROM person_specialty WHERE person_specialty.person = person.id)`

// Get returns the person with an id, or ErrNotFound.
func Get(ctx context.Context, tx ledger.Tx, id ledger.PersonID) (Person, error) {
	return one(ctx, tx, `person.id = $1`, string(id))
}

// ByUsername returns the person with a username in any writing of it, or ErrNotFound.
func ByUsername(ctx context.Context, tx ledger.Tx, username string) (Person, error) {
	return one(ctx, tx, `person.username = $1`, FoldUsername(username))
}

func one(ctx context.Context, tx ledger.Tx, where string, args ...any) (Person, error) {
	p, err := scanWholePerson(tx.QueryRowContext(ctx, `SELECT `+wholePerson+` FROM person WHERE `+where, args...))
	if err != nil {
		return Person{}, fmt.Errorf("find person: %w", noRows(err))
	}
	return p, nil
}

// Filter narrows a list of people. The zero value stands for all staff that is active.
type Filter struct {
	Kind      Kind // "" means Staff
	Role      Role
	Specialty string
	Inactive  bool // those who left, instead of those who are here
}

// List returns the people that the filter lets through, by display name.
func List(ctx context.Context, tx ledger.Tx, f Filter) ([]Person, error) {
	if f.Kind == "" {
		f.Kind = Staff
	}
	where, args := `person.kind = $1 AND person.active = $2`, []any{string(f.Kind), b2i(!f.Inactive)}
	if f.Role != "" {
		args = append(args, string(f.Role))
		where += fmt.Sprintf(` AND EXISTS (SELECT 1 FROM person_role WHERE person_role.person = person.id AND role = $%d)`, len(args))
	}
	if f.Specialty != "" {
		args = append(args, f.Specialty)
		where += fmt.Sprintf(` AND EXISTS (SELECT 1 FROM person_specialty WHERE person_specialty.person = person.id AND specialty = $%d)`, len(args))
	}
	found, err := scanPeople(ctx, tx, `SELECT `+personColumns+` FROM person WHERE `+where+` ORDER BY display_name, id`, args...)
	if err != nil {
		return nil, err
	}
	// Only staff has roles and specialties, so these two tables are small however many patients there are.
	roles, err := lists(ctx, tx, `SELECT person, role FROM person_role ORDER BY role`)
	if err != nil {
		return nil, err
	}
	specialties, err := lists(ctx, tx, `SELECT person, specialty FROM person_specialty ORDER BY specialty`)
	if err != nil {
		return nil, err
	}
	for i, p := range found {
		found[i] = withLists(p, roles, specialties)
	}
	return found, nil
}

func scanPeople(ctx context.Context, tx ledger.Tx, query string, args ...any) ([]Person, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	defer rows.Close()
	var found []Person
	for rows.Next() {
		p, err := scanPerson(rows)
		if err != nil {
			return nil, fmt.Errorf("list people: %w", err)
		}
		found = append(found, p)
	}
	return found, rows.Err()
}

type scanner interface{ Scan(into ...any) error }

// scanWholePerson reads wholePerson, and what the row goes on with.
func scanWholePerson(row scanner, more ...any) (Person, error) {
	var roles, specialties sql.NullString
	p, err := scanPerson(row, append([]any{&roles, &specialties}, more...)...)
	if err != nil {
		return Person{}, err
	}
	return withLists(p, map[ledger.PersonID][]string{p.ID: wordsOf(roles.String)}, map[ledger.PersonID][]string{p.ID: wordsOf(specialties.String)}), nil
}

// wordsOf are the words of a list that the database joined, in the order of words: it joins them in any.
func wordsOf(lines string) []string {
	if lines == "" {
		return nil
	}
	list := strings.Split(lines, "\n")
	slices.Sort(list)
	return list
}

func scanPerson(row scanner, more ...any) (Person, error) {
	var p Person
	var username sql.NullString
	var id, kind, language, hospital, homePerson string
	var active int
	var created int64
	err := row.Scan(append([]any{&id, &kind, &username, &p.DisplayName, &p.Department, &language, &active, &hospital, &homePerson, &created}, more...)...)
	if err != nil {
		return Person{}, err
	}
	p.ID, p.Kind, p.Username, p.Language = ledger.PersonID(id), Kind(kind), username.String, lang.Language(language)
	p.Active, p.Created = active == 1, fromMilli(created)
	if hospital != "" {
		if p.Home.Hospital, err = ledger.ParseHospitalID(hospital); err != nil {
			return Person{}, fmt.Errorf("home of %s: %w", id, err)
		}
		p.Home.Person = ledger.PersonID(homePerson)
	}
	return p, nil
}

// lists reads pairs of a person and one word into the words of each person.
func lists(ctx context.Context, tx ledger.Tx, query string, args ...any) (map[ledger.PersonID][]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read roles and specialties: %w", err)
	}
	defer rows.Close()
	words := map[ledger.PersonID][]string{}
	for rows.Next() {
		var person, word string
		if err := rows.Scan(&person, &word); err != nil {
			return nil, fmt.Errorf("read roles and specialties: %w", err)
		}
		words[ledger.PersonID(person)] = append(words[ledger.PersonID(person)], word)
	}
	return words, rows.Err()
}

func withLists(p Person, roles, specialties map[ledger.PersonID][]string) Person {
	p.Roles = make([]Role, 0, len(roles[p.ID]))
	for _, r := range roles[p.ID] {
		p.Roles = append(p.Roles, Role(r))
	}
	p.Specialties = append([]string{}, specialties[p.ID]...)
	return p
}

// fromMilli reads a stored time; 0 stands for none.
func fromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// toMilli writes a time for storing; none is 0.
func toMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// oneLine makes text from outside fit for a list: one line, at most max bytes, nothing unseen.
func oneLine(s string, max int) string {
	s = strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "")
	s = strings.Map(func(c rune) rune {
		if plain(string(c)) {
			return c
		}
		return -1
	}, s)
	if len(s) > max {
		s = strings.ToValidUTF8(s[:max], "")
	}
	return s
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
