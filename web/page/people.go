package page

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/ui"
)

func (s *Server) peopleRoutes() {
	s.handle("GET /settings/people", (*request).peoplePage)
	s.handle("GET /settings/people/new", (*request).newPersonPage)
	s.handle("POST /settings/people/new", (*request).addPerson)
	s.handle("GET /settings/people/{id}", (*request).personPage)
	s.handle("POST /settings/people/{id}", (*request).changePerson)
	s.handle("POST /settings/people/{id}/password", (*request).givePassword)
}

// peopleView is everybody who signs in here, or did.
type peopleView struct{ Here, Left ui.TableView }

// personView is one of them, with the form.
type personView struct {
	Person                people.Person
	Title, Action, Submit string
	Chips                 []ui.ChipView
	Fields                []ui.FieldView
	Reset                 string // where a temporary password is asked for
	Secret                string // one that was just made; shown once
	May                   string // which operations they may do today
}

func (q *request) peoplePage() error {
	if err := q.need(access.ManagePeople); err != nil {
		return err
	}
	var here, left []people.Person
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		if here, err = people.List(ctx, tx, people.Filter{}); err != nil {
			return err
		}
		left, err = people.List(ctx, tx, people.Filter{Inactive: true})
		return err
	})
	if err != nil {
		return err
	}
	return q.show(q.settingsData(), peopleContent(q, peopleView{q.peopleTable("here", here), q.peopleTable("left", left)}))
}

func (q *request) peopleTable(key string, list []people.Person) ui.TableView {
	t := ui.TableView{Caption: q.p("settings.people."+key, nil), Columns: []ui.Column{{Label: q.p("settings.people.name", nil)}, {Label: q.p("page.signin.username", nil)},
		{Label: q.p("settings.people.roles", nil)}, {Label: q.p("settings.people.department", nil)}}}
	for _, p := range list {
		t.Rows = append(t.Rows, ui.TableRow{URL: "/settings/people/" + string(p.ID), Cells: []ui.Cell{{Text: p.DisplayName}, {Text: p.Username},
			{Text: q.roleNames(p.Roles)}, {Text: p.Department}}})
	}
	return t
}

func (q *request) newPersonPage() error {
	if err := q.need(access.ManagePeople); err != nil {
		return err
	}
	return q.showNewPerson(http.StatusOK, people.Person{Language: q.lang}, people.ErrInvalid{})
}

func (q *request) showNewPerson(status int, p people.Person, wrong people.ErrInvalid) error {
	v := personView{Person: p, Title: q.p("settings.people.newtitle", nil), Action: "/settings/people/new", Submit: q.p("settings.people.newdo", nil),
		Fields: filled(q, q.personFields(p, true), nil, wrong)}
	return q.render(status, q.settingsData(), personContent(q, v))
}

// personOfForm reads what the form says of a person.
func (q *request) personOfForm(p people.Person) people.Person {
	p.DisplayName, p.Username, p.Department = q.PostForm.Get("display_name"), q.PostForm.Get("username"), q.PostForm.Get("department")
	p.Specialties, p.Language, p.Roles = q.PostForm["specialties"], lang.Language(q.PostForm.Get("language")), nil
	for _, r := range q.PostForm["roles"] {
		p.Roles = append(p.Roles, people.Role(r))
	}
	return p
}

func (q *request) addPerson() error {
	if err := q.need(access.ManagePeople); err != nil {
		return err
	}
	p := q.personOfForm(people.Person{Kind: people.Staff})
	password := temporaryPassword()
	hash, err := q.s.SignIn.Hash(q.Context(), p, password)
	if err != nil {
		return err
	}
	made := p
	err = q.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		if made, err = people.Create(ctx, tx, q.now(), p); err != nil {
			return err
		}
		return people.SavePassword(ctx, tx, q.now(), made.ID, hash, true)
	})
	if wrong, ok := q.personWrong(err); ok {
		return q.showNewPerson(http.StatusUnprocessableEntity, p, wrong)
	}
	if err != nil {
		return err
	}
	return q.showPerson(http.StatusOK, made, people.ErrInvalid{}, password)
}

// personWrong turns what an administrator can put right into an error next to its field.
func (q *request) personWrong(err error) (people.ErrInvalid, bool) {
	var invalid people.ErrInvalid
	if errors.As(err, &invalid) {
		return invalid, true
	}
	if errors.Is(err, people.ErrTaken) {
		return q.field("username", "settings.people.taken"), true
	}
	return invalid, false
}

// temporaryPassword is easy to read out over a telephone: twenty letters in groups, without those that look alike.
func temporaryPassword() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789"
	raw := make([]byte, 20)
	rand.Read(raw)
	var b strings.Builder
	for i, r := range raw {
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[int(r)%len(letters)])
	}
	return b.String()
}

// personOfPath is the member of staff of the address.
func (q *request) personOfPath() (p people.Person, err error) {
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		p, err = people.Get(ctx, tx, ledger.PersonID(q.PathValue("id")))
		return err
	})
	if err == nil && p.Kind != people.Staff {
		err = desk.ErrNotHere
	}
	return p, err
}

func (q *request) personPage() error {
	if err := q.need(access.ManagePeople); err != nil {
		return err
	}
	p, err := q.personOfPath()
	if err != nil {
		return err
	}
	return q.showPerson(http.StatusOK, p, people.ErrInvalid{}, "")
}

func (q *request) showPerson(status int, p people.Person, wrong people.ErrInvalid, secret string) error {
	v := personView{Person: p, Title: p.DisplayName, Action: "/settings/people/" + string(p.ID), Submit: q.p("settings.save", nil),
		Fields: filled(q, q.personFields(p, false), nil, wrong), Reset: "/settings/people/" + string(p.ID) + "/password", Secret: secret}
	if err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		held, err := people.PrivilegesOf(ctx, tx, p.ID)
		v.May = q.heldNow(held)
		return err
	}); err != nil {
		return err
	}
	if !p.Active {
		v.Chips = []ui.ChipView{{Text: q.p("settings.people.gone", nil), Sort: ui.Line}}
		v.Reset = ""
	}
	d := q.settingsData()
	d.Path = v.Action // also where a form of the page was answered
	return q.render(status, d, personContent(q, v))
}

func (q *request) changePerson() error {
	if err := q.need(access.ManagePeople); err != nil {
		return err
	}
	before, err := q.personOfPath()
	if err != nil {
		return err
	}
	p := q.personOfForm(before)
	p.Active = q.PostForm.Get("active") == "true"
	err = q.update(func(ctx context.Context, tx ledger.Tx) error {
		_, err := people.Update(ctx, tx, p)
		return err
	})
	if wrong, ok := q.personWrong(err); ok {
		return q.showPerson(http.StatusUnprocessableEntity, p, wrong, "")
	}
	if err != nil {
		return err
	}
	return q.see("/settings/people?done=saved")
}

func (q *request) givePassword() error {
	if err := q.need(access.ManagePeople); err != nil {
		return err
	}
	p, err := q.personOfPath()
	if err != nil {
		return err
	}
	if !p.Active {
		return desk.ErrNotHere
	}
	password := temporaryPassword()
	hash, err := q.s.SignIn.Hash(q.Context(), p, password)
	if err != nil {
		return err
	}
	err = q.update(func(ctx context.Context, tx ledger.Tx) error {
		return people.SavePassword(ctx, tx, q.now(), p.ID, hash, true)
	})
	if err != nil {
		return err
	}
	return q.showPerson(http.StatusOK, p, people.ErrInvalid{}, password)
}
