package people

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"consilium/lang"
	"consilium/ledger"
)

// Migrations are the tables of this package, in goose's form.
//
//go:embed migration/*.sql
var Migrations embed.FS

// Person is somebody who can say something at this hospital.
type Person struct {
	ID          ledger.PersonID
	Kind        Kind
	Username    string // folded; "" for those who do not sign in
	DisplayName string // "" for patients
	Roles       []Role // sorted
	Specialties []string
	Department  string
	Language    lang.Language
	Active      bool
	Home        Home // visitors only
	Created     time.Time
}

// Home is where a visitor comes from: the hospital that vouches for them, and their id there.
type Home struct {
	Hospital ledger.HospitalID
	Person   ledger.PersonID
}

// Has says whether p has the role.
func (p Person) Has(r Role) bool { return slices.Contains(p.Roles, r) }

// FoldUsername is the one written form of a username: what looks alike is alike.
func FoldUsername(s string) string {
	return strings.ToLower(norm.NFKC.String(strings.TrimSpace(s)))
}

// Create adds a person. The id, the time and, unless set, the language are given here; the person starts active. It
// returns ErrTaken if the username belongs to somebody else.
func Create(ctx context.Context, tx ledger.Tx, now time.Time, p Person) (Person, error) {
	p.ID, p.Created, p.Active = ledger.NewPersonID(), now, true
	p, err := checked(p)
	if err != nil {
		return Person{}, err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO person (id, kind, username, display_name, department, language, active,
		home_hospital, home_person, created_ms) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9) ON CONFLICT DO NOTHING`,
		string(p.ID), string(p.Kind), nullable(p.Username), p.DisplayName, p.Department, string(p.Language),
		homeText(p.Home), string(p.Home.Person), now.UnixMilli())
	if err != nil {
		return Person{}, fmt.Errorf("add person: %w", err)
	}
	if !changed(result) {
		return Person{}, fmt.Errorf("add person: username or home: %w", ErrTaken)
	}
	if err := saveLists(ctx, tx, p); err != nil {
		return Person{}, err
	}
	return p, changedPeople(ctx, tx, p.ID)
}

// Update writes everything about a person that may change: all but ID, Kind, Home and Created. Somebody made inactive loses
// every session and API token at once. The last active administrator can neither leave nor lose that role.
func Update(ctx context.Context, tx ledger.Tx, p Person) (Person, error) {
	before, err := Get(ctx, tx, p.ID)
	if err != nil {
		return Person{}, err
	}
	p.Kind, p.Home, p.Created = before.Kind, before.Home, before.Created
	if p, err = checked(p); err != nil {
		return Person{}, err
	}
	if owner, err := ByUsername(ctx, tx, p.Username); p.Username != "" && err == nil && owner.ID != p.ID {
		return Person{}, fmt.Errorf("change person: username: %w", ErrTaken)
	}
	_, err = tx.ExecContext(ctx, `UPDATE person SET username = $1, display_name = $2, department = $3, language = $4, active = $5
		WHERE id = $6`, nullable(p.Username), p.DisplayName, p.Department, string(p.Language), b2i(p.Active), string(p.ID))
	if err != nil {
		return Person{}, fmt.Errorf("change person: %w", err)
	}
	if err := saveLists(ctx, tx, p); err != nil {
		return Person{}, err
	}
	if before.Active && before.Has(Administrator) {
		if err := needsAdministrator(ctx, tx); err != nil {
			return Person{}, err
		}
	}
	if !p.Active {
		if err := shutOut(ctx, tx, p.ID); err != nil {
			return Person{}, err
		}
	}
	return p, changedPeople(ctx, tx, p.ID)
}

// shutOut ends everything that would let a person in.
func shutOut(ctx context.Context, tx ledger.Tx, person ledger.PersonID) error {
	if err := EndSessions(ctx, tx, person, ""); err != nil {
		return err
	}
	// What a sponsor answered for ends too, at once: somebody else has to answer for it first.
	if err := dropTokens(ctx, tx, `person = $1 OR person IN (SELECT person FROM service_account WHERE sponsor = $1)`, string(person)); err != nil {
		return err
	}
	return dropLinks(ctx, tx, person)
}

func needsAdministrator(ctx context.Context, tx ledger.Tx) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM person_role JOIN person ON person.id = person_role.person
		WHERE role = $1 AND active = 1 AND kind = $2`, string(Administrator), string(Staff)).Scan(&n)
	if err != nil {
		return fmt.Errorf("count administrators: %w", err)
	}
	if n == 0 {
		return invalid("roles", "last-administrator", nil)
	}
	return nil
}

func saveLists(ctx context.Context, tx ledger.Tx, p Person) error {
	for _, clear := range []string{`DELETE FROM person_role WHERE person = $1`, `DELETE FROM person_specialty WHERE person = $1`} {
		if _, err := tx.ExecContext(ctx, clear, string(p.ID)); err != nil {
			return fmt.Errorf("save roles and specialties: %w", err)
		}
	}
	for _, r := range p.Roles {
		if _, err := tx.ExecContext(ctx, `INSERT INTO person_role (person, role) VALUES ($1, $2)`, string(p.ID), string(r)); err != nil {
			return fmt.Errorf("save role: %w", err)
		}
	}
	for _, s := range p.Specialties {
		if _, err := tx.ExecContext(ctx, `INSERT INTO person_specialty (person, specialty) VALUES ($1, $2)`, string(p.ID), s); err != nil {
			return fmt.Errorf("save specialty: %w", err)
		}
	}
	return nil
}

// checked returns p in its written form, or which field is wrong.
func checked(p Person) (Person, error) {
	p.Username = FoldUsername(p.Username)
	p.DisplayName = norm.NFC.String(strings.Join(strings.Fields(p.DisplayName), " "))
	p.Department = norm.NFC.String(strings.TrimSpace(p.Department))
	p.Roles = sortedUnique(p.Roles)
	p.Specialties = sortedUnique(p.Specialties)
	if p.Language == "" {
		p.Language = lang.English
	}
	if _, ok := lang.Parse(string(p.Language)); !ok {
		return p, invalid("language", "language", nil)
	}
	for _, r := range p.Roles {
		if !r.Known() {
			return p, invalid("roles", "role", map[string]any{"role": string(r)})
		}
	}
	for _, s := range append(p.Specialties, p.Department) {
		if len(s) > 200 || !plain(s) {
			return p, invalid("specialties", "specialty", nil)
		}
	}
	return p, checkKind(p)
}

func checkKind(p Person) error {
	switch p.Kind {
	case Staff:
		if !validUsername(p.Username) {
			return invalid("username", "username", nil)
		}
	case Patient:
		if p.DisplayName != "" || len(p.Roles) > 0 {
			return invalid("display_name", "patient-name", nil)
		}
	case Visitor:
		if p.Home.Hospital.IsZero() || p.Home.Person == "" {
			return invalid("home", "home", nil)
		}
	case System:
	case Service:
		if !validUsername(p.Username) {
			return invalid("username", "username", nil)
		}
	default:
		return invalid("kind", "kind", nil)
	}
	if p.Kind != Staff && p.Kind != Service && p.Username != "" {
		return invalid("username", "no-username", nil)
	}
	if p.Kind != Visitor && p.Home != (Home{}) {
		return invalid("home", "home", nil)
	}
	if n := utf8.RuneCountInString(p.DisplayName); p.Kind != Patient && (n == 0 || n > 100 || !plain(p.DisplayName)) {
		return invalid("display_name", "display-name", nil)
	}
	return nil
}

func validUsername(s string) bool {
	if n := utf8.RuneCountInString(s); n < 2 || n > 64 {
		return false
	}
	for _, c := range s {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.Is(unicode.Mn, c) && !strings.ContainsRune("._-@", c) {
			return false
		}
	}
	return true
}

// plain says whether s has only what is seen: no control characters, and none that turn the direction of text.
func plain(s string) bool {
	for _, c := range s {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
			return false
		}
	}
	return utf8.ValidString(s)
}

func sortedUnique[T ~string](list []T) []T {
	out := make([]T, 0, len(list))
	for _, s := range list {
		if s = T(strings.TrimSpace(string(s))); s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func nullable(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func homeText(h Home) string {
	if h.Hospital.IsZero() {
		return ""
	}
	return h.Hospital.String()
}

func changed(result sql.Result) bool {
	n, err := result.RowsAffected()
	return err == nil && n > 0
}

// noRows turns the database's word for nothing into ours.
func noRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
