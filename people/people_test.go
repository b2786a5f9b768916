package people

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	_ "modernc.org/sqlite"

	"consilium/lang"
	"consilium/ledger"
)

var start = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// house is one hospital's people in a real database.
type house struct {
	t      *testing.T
	ctx    context.Context
	db     *sql.DB
	signIn *SignIn
}

func newHouse(t *testing.T) house {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "people.db")+"?_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	files, err := fs.Glob(Migrations, "migration/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for _, file := range files {
		text, err := Migrations.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(string(text)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	signIn, err := NewSignIn(WithPasswordParams(argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}))
	if err != nil {
		t.Fatal(err)
	}
	h := house{t, Signing(context.Background(), []byte("the key of the folder")), db, signIn}
	t.Cleanup(h.explained)
	return h
}

// explained holds whatever a test did to people against the changes that were signed meanwhile.
func (h house) explained() {
	err := h.View(h.ctx, func(ctx context.Context, tx ledger.Tx) error {
		breaks, err := Unexplained(ctx, tx, []byte("the key of the folder"))
		if len(breaks) > 0 {
			h.t.Errorf("no signed change explains this: %q", breaks)
		}
		return err
	})
	if err != nil {
		h.t.Error(err)
	}
}

// View reads in a transaction of its own, as the store does.
func (h house) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	tx, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return fn(ctx, tx)
}

// must stops the test at an error that it is not about.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (h house) add(username string, roles ...Role) Person {
	h.t.Helper()
	return must[Person](h.t)(Create(h.ctx, h.db, start, Person{Kind: Staff, Username: username, DisplayName: "Dr. " + username, Roles: roles}))
}

func (h house) givePassword(p Person, password string) {
	h.t.Helper()
	hash := must[PasswordHash](h.t)(h.signIn.Hash(h.ctx, p, password))
	if err := SavePassword(h.ctx, h.db, start, p.ID, hash, false); err != nil {
		h.t.Fatal(err)
	}
}

// wantField checks that err names the field, in both languages.
func wantField(t *testing.T, err error, field string) {
	t.Helper()
	var wrong ErrInvalid
	if !errors.As(err, &wrong) || wrong.Field != field {
		t.Fatalf("got %v, want %s refused", err, field)
	}
	if !wrong.Text.Complete() || strings.HasPrefix(wrong.Text.En, "people.") || wrong.Text.En == wrong.Text.Zh {
		t.Errorf("the reason is not said in both languages: %+v", wrong.Text)
	}
}

func TestPersonRoundTrip(t *testing.T) {
	h := newHouse(t)
	made := must[Person](t)(Create(h.ctx, h.db, start, Person{Kind: Staff, Username: "  ＬＩ.Wei ", DisplayName: "李  伟",
		Roles: []Role{Surgeon, Administrator, Surgeon}, Specialties: []string{"spine", "hand"}, Department: "骨科", Language: lang.Chinese}))
	if made.Username != "li.wei" || made.DisplayName != "李 伟" || len(made.ID) != 26 {
		t.Errorf("made %+v", made)
	}
	for _, writing := range []string{"li.wei", "LI.WEI", "ｌｉ.ｗｅｉ"} {
		got := must[Person](t)(ByUsername(h.ctx, h.db, writing))
		if got.ID != made.ID || !slices.Equal(got.Roles, []Role{Administrator, Surgeon}) || !slices.Equal(got.Specialties, []string{"hand", "spine"}) ||
			got.Department != "骨科" || got.Language != lang.Chinese || !got.Active || !got.Created.Equal(start) {
			t.Errorf("read %+v", got)
		}
	}
	if _, err := Create(h.ctx, h.db, start, Person{Kind: Staff, Username: "Li.Wei", DisplayName: "other"}); !errors.Is(err, ErrTaken) {
		t.Errorf("a taken username: %v", err)
	}
	if _, err := Get(h.ctx, h.db, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestFieldsAreChecked(t *testing.T) {
	h := newHouse(t)
	good := Person{Kind: Staff, Username: "ann", DisplayName: "Ann"}
	for field, spoil := range map[string]func(*Person){
		"username":     func(p *Person) { p.Username = "a b" },
		"display_name": func(p *Person) { p.DisplayName = "Ann\u202egro" },
		"roles":        func(p *Person) { p.Roles = []Role{"king"} },
		"language":     func(p *Person) { p.Language = "fr" },
		"specialties":  func(p *Person) { p.Specialties = []string{"a\x00b"} },
		"kind":         func(p *Person) { p.Kind = "cat" },
		"home":         func(p *Person) { p.Kind, p.Username = Visitor, "" },
	} {
		p := good
		spoil(&p)
		_, err := Create(h.ctx, h.db, start, p)
		wantField(t, err, field)
	}
	_, err := Create(h.ctx, h.db, start, Person{Kind: Patient, DisplayName: "Mrs. Wang"})
	wantField(t, err, "display_name")
	_, err = Create(h.ctx, h.db, start, Person{Kind: System, Username: "pacs", DisplayName: "PACS"})
	wantField(t, err, "username")
}

func TestPeopleFromOutside(t *testing.T) {
	h := newHouse(t)
	patient := must[Person](t)(Create(h.ctx, h.db, start, Person{Kind: Patient}))
	must[Person](t)(Create(h.ctx, h.db, start, Person{Kind: Patient})) // two without a username do not collide
	must[Person](t)(Create(h.ctx, h.db, start, Person{Kind: System, DisplayName: "CT archive"}))
	home := Home{Hospital: ledger.HospitalID{7}, Person: ledger.NewPersonID()}
	visitor := must[Person](t)(Create(h.ctx, h.db, start, Person{Kind: Visitor, DisplayName: "Prof. Guo", Home: home}))
	if got := must[Person](t)(Get(h.ctx, h.db, visitor.ID)); got.Kind != Visitor || got.Home != home {
		t.Errorf("visitor read as %+v", got)
	}
	if _, err := Create(h.ctx, h.db, start, Person{Kind: Visitor, DisplayName: "again", Home: home}); !errors.Is(err, ErrTaken) {
		t.Errorf("the same visitor twice: %v", err)
	}
	if got := must[Person](t)(Get(h.ctx, h.db, patient.ID)); got.Kind != Patient || got.DisplayName != "" {
		t.Errorf("patient read as %+v", got)
	}
	if got := must[[]Person](t)(List(h.ctx, h.db, Filter{})); len(got) != 0 {
		t.Errorf("outsiders are listed as staff: %v", got)
	}
}

func TestListAndUpdate(t *testing.T) {
	h := newHouse(t)
	admin, ann := h.add("admin", Administrator), h.add("ann", Surgeon)
	bob := h.add("bob", Coordinator)
	ann.Specialties = []string{"spine"}
	must[Person](t)(Update(h.ctx, h.db, ann))
	names := func(f Filter) (out []string) {
		for _, p := range must[[]Person](t)(List(h.ctx, h.db, f)) {
			out = append(out, p.Username)
		}
		return out
	}
	if got := names(Filter{}); !slices.Equal(got, []string{"admin", "ann", "bob"}) {
		t.Errorf("staff: %v", got)
	}
	if got := names(Filter{Role: Surgeon, Specialty: "spine"}); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("spine surgeons: %v", got)
	}
	bob.Username = "ANN"
	if _, err := Update(h.ctx, h.db, bob); !errors.Is(err, ErrTaken) {
		t.Errorf("somebody else's username: %v", err)
	}
	bob.Username, bob.Active = "bob", false
	must[Person](t)(Update(h.ctx, h.db, bob))
	if got := names(Filter{Inactive: true}); !slices.Equal(got, []string{"bob"}) {
		t.Errorf("those who left: %v", got)
	}
	for _, spoil := range []func(*Person){func(p *Person) { p.Active = false }, func(p *Person) { p.Roles = []Role{Surgeon} }} {
		p := admin
		spoil(&p)
		tx := must[*sql.Tx](t)(h.db.Begin())
		_, err := Update(h.ctx, tx, p)
		wantField(t, err, "roles")
		tx.Rollback()
	}
}

func TestFirstAdministrator(t *testing.T) {
	h := newHouse(t)
	if !must[bool](t)(NeedsFirst(h.ctx, h.db)) {
		t.Fatal("a new hospital says that it has an administrator")
	}
	p := Person{Username: "zhang", DisplayName: "张主任", Language: lang.Chinese}
	hash := must[PasswordHash](t)(h.signIn.Hash(h.ctx, p, "correct horse battery"))
	first := must[Person](t)(CreateFirst(h.ctx, h.db, start, p, hash))
	if !first.Has(Administrator) || must[bool](t)(NeedsFirst(h.ctx, h.db)) {
		t.Errorf("first is %+v", first)
	}
	p.Username = "intruder"
	if _, err := CreateFirst(h.ctx, h.db, start, p, hash); !errors.Is(err, ErrTaken) {
		t.Errorf("a second first: %v", err)
	}
	if p, temporary, err := h.signIn.WithPassword(h.ctx, h, start, "Zhang", "correct horse battery", "10.0.0.1"); err != nil || p.ID != first.ID || temporary {
		t.Errorf("sign-in: %v %v %v", p, temporary, err)
	}
}

func TestNamesOfRolesKindsAndParts(t *testing.T) {
	var names []lang.Text
	for _, r := range Roles {
		names = append(names, r.Name())
	}
	for _, k := range []Kind{Staff, Visitor, Patient, System} {
		names = append(names, k.Name())
	}
	for _, p := range Parts {
		names = append(names, p.Name())
	}
	for _, n := range names {
		if !n.Complete() || n.En == n.Zh {
			t.Errorf("%q has no name in both languages", n.En)
		}
	}
}
