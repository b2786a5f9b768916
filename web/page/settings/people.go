package settings

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
	"consilium/web/face"
	"consilium/web/ui"
)

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
	Leaving               string // what they would leave behind
}

func peoplePage(q *face.Request) error {
	if err := q.Need(access.ManagePeople); err != nil {
		return err
	}
	var here, left []people.Person
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		if here, err = people.List(ctx, tx, people.Filter{}); err != nil {
			return err
		}
		left, err = people.List(ctx, tx, people.Filter{Inactive: true})
		return err
	})
	if err != nil {
		return err
	}
	return q.Show(q.SettingsData(), peopleContent(q, peopleView{peopleTable(q, "here", here), peopleTable(q, "left", left)}))
}

func peopleTable(q *face.Request, key string, list []people.Person) ui.TableView {
	t := ui.TableView{Caption: q.P("settings.people."+key, nil), Columns: []ui.Column{{Label: q.P("settings.people.name", nil)}, {Label: q.P("page.signin.username", nil)},
		{Label: q.P("settings.people.roles", nil)}, {Label: q.P("settings.people.department", nil)}}}
	for _, p := range list {
		t.Rows = append(t.Rows, ui.TableRow{URL: "/settings/people/" + string(p.ID), Cells: []ui.Cell{{Text: p.DisplayName}, {Text: p.Username},
			{Text: roleNames(q, p.Roles)}, {Text: p.Department}}})
	}
	return t
}

func newPersonPage(q *face.Request) error {
	if err := q.Need(access.ManagePeople); err != nil {
		return err
	}
	return showNewPerson(q, http.StatusOK, people.Person{Language: q.Lang}, people.ErrInvalid{})
}

func showNewPerson(q *face.Request, status int, p people.Person, wrong people.ErrInvalid) error {
	v := personView{Person: p, Title: q.P("settings.people.newtitle", nil), Action: "/settings/people/new", Submit: q.P("settings.people.newdo", nil),
		Fields: face.Filled(q, personFields(q, p, true), nil, wrong)}
	return q.Render(status, q.SettingsData(), personContent(q, v))
}

// personOfForm reads what the form says of a person.
func personOfForm(q *face.Request, p people.Person) people.Person {
	p.DisplayName, p.Username, p.Department = q.PostForm.Get("display_name"), q.PostForm.Get("username"), q.PostForm.Get("department")
	p.Specialties, p.Language, p.Roles = q.PostForm["specialties"], lang.Language(q.PostForm.Get("language")), nil
	for _, r := range q.PostForm["roles"] {
		p.Roles = append(p.Roles, people.Role(r))
	}
	return p
}

func addPerson(q *face.Request) error {
	if err := q.Need(access.ManagePeople); err != nil {
		return err
	}
	p := personOfForm(q, people.Person{Kind: people.Staff})
	made, secret := p, ""
	err := q.Update(func(ctx context.Context, tx ledger.Tx) (err error) {
		if made, err = people.Create(ctx, tx, q.Now(), p); err != nil {
			return err
		}
		if err = q.Desk.Note(ctx, tx, q.Caller, security.PersonAdded, made.ID, made.Username+" "+rolesText(made)); err != nil {
			return err
		}
		secret, err = makeLink(q, ctx, tx, made)
		return err
	})
	if wrong, ok := personWrong(q, err); ok {
		return showNewPerson(q, http.StatusUnprocessableEntity, p, wrong)
	}
	if err != nil {
		return err
	}
	return showPerson(q, http.StatusOK, made, people.ErrInvalid{}, secret)
}

// personWrong turns what an administrator can put right into an error next to its field.
func personWrong(q *face.Request, err error) (people.ErrInvalid, bool) {
	var invalid people.ErrInvalid
	if errors.As(err, &invalid) {
		return invalid, true
	}
	if errors.Is(err, people.ErrTaken) {
		return q.Field("username", "settings.people.taken"), true
	}
	return invalid, false
}

// makeLink makes the link with which somebody chooses their password. Nobody but them ever knows it.
func makeLink(q *face.Request, ctx context.Context, tx ledger.Tx, p people.Person) (string, error) {
	secret, err := people.MakePasswordLink(ctx, tx, q.Now(), p.ID, q.Caller.Person)
	if err != nil {
		return "", err
	}
	return q.Desk.LinkURL(secret), q.Desk.Note(ctx, tx, q.Caller, security.PasswordLink, p.ID, "")
}

// rolesText is somebody's roles as the security log has them.
func rolesText(p people.Person) string {
	words := make([]string, len(p.Roles))
	for i, r := range p.Roles {
		words[i] = string(r)
	}
	return strings.Join(words, " ")
}

// personOfPath is the member of staff of the address.
func personOfPath(q *face.Request) (p people.Person, err error) {
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		p, err = people.Get(ctx, tx, ledger.PersonID(q.PathValue("id")))
		return err
	})
	if err == nil && p.Kind != people.Staff {
		err = desk.ErrNotHere
	}
	return p, err
}

func personPage(q *face.Request) error {
	if err := q.Need(access.ManagePeople); err != nil {
		return err
	}
	p, err := personOfPath(q)
	if err != nil {
		return err
	}
	return showPerson(q, http.StatusOK, p, people.ErrInvalid{}, "")
}

func showPerson(q *face.Request, status int, p people.Person, wrong people.ErrInvalid, secret string) error {
	v := personView{Person: p, Title: p.DisplayName, Action: "/settings/people/" + string(p.ID), Submit: q.P("settings.save", nil),
		Fields: face.Filled(q, personFields(q, p, false), nil, wrong), Reset: "/settings/people/" + string(p.ID) + "/password", Secret: secret}
	if err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		held, err := people.PrivilegesOf(ctx, tx, p.ID)
		v.May = heldNow(q, held)
		if err != nil {
			return err
		}
		open, err := casebook.Tasks(ctx, tx, casebook.TaskQuery{Hospital: q.Desk.ID, Person: p.ID, Limit: 1000})
		if len(open) > 0 {
			v.Leaving = q.P("settings.leaving.tasks", map[string]any{"count": len(open)})
		}
		return err
	}); err != nil {
		return err
	}
	if !p.Active {
		v.Chips = []ui.ChipView{{Text: q.P("settings.people.gone", nil), Sort: ui.Line}}
		v.Reset = ""
	}
	d := q.SettingsData()
	d.Path = v.Action // also where a form of the page was answered
	return q.Render(status, d, personContent(q, v))
}

func changePerson(q *face.Request) error {
	if err := q.Need(access.ManagePeople); err != nil {
		return err
	}
	before, err := personOfPath(q)
	if err != nil {
		return err
	}
	p := personOfForm(q, before)
	p.Active = q.PostForm.Get("active") == "true"
	err = q.Update(func(ctx context.Context, tx ledger.Tx) error {
		after, err := people.Update(ctx, tx, p)
		if err != nil {
			return err
		}
		return q.Desk.Note(ctx, tx, q.Caller, changeOf(before, after), p.ID, rolesText(after))
	})
	if wrong, ok := personWrong(q, err); ok {
		return showPerson(q, http.StatusUnprocessableEntity, p, wrong, "")
	}
	if err != nil {
		return err
	}
	return q.See("/settings/people?done=saved")
}

// changeOf is what a change of a person means to the security log.
func changeOf(before, after people.Person) security.Event {
	switch {
	case before.Active && !after.Active:
		return security.PersonDisabled
	case !before.Active && after.Active:
		return security.PersonEnabled
	}
	return security.PersonChanged
}

func givePassword(q *face.Request) error {
	if err := q.Need(access.ManagePeople); err != nil {
		return err
	}
	p, err := personOfPath(q)
	if err != nil {
		return err
	}
	if !p.Active {
		return desk.ErrNotHere
	}
	var secret string
	err = q.Update(func(ctx context.Context, tx ledger.Tx) (err error) {
		secret, err = makeLink(q, ctx, tx, p)
		return err
	})
	if err != nil {
		return err
	}
	return showPerson(q, http.StatusOK, p, people.ErrInvalid{}, secret)
}
