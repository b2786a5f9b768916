package page

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/ui"
)

// Who may do which operation at this hospital, for good or until a day. What a visit gives stands with the visit.

func (s *Server) privilegeRoutes() {
	s.handle("GET /settings/privileges", (*request).privilegesPage)
	s.handle("GET /settings/privileges/{id}", (*request).personPrivilegesPage)
	s.handle("POST /settings/privileges/{id}", (*request).grantPrivilege)
	s.handle("POST /settings/privileges/{id}/end/{privilege}", (*request).endPrivilege)
}

// mayGrant: the head of the department judges what a surgeon can do; the administrator enters what the medical office has decided.
func (q *request) mayGrant() bool { return q.is(people.HeadOfDepartment) || q.may(access.ManagePeople) }

func (q *request) needGrant() error {
	if q.is(people.HeadOfDepartment) {
		return nil
	}
	return q.need(access.ManagePeople)
}

// surgical are the roles that stand at a table.
var surgical = []people.Role{people.Surgeon, people.HeadOfDepartment, people.ReferringDoctor, people.Trainee}

func (q *request) privilegesPage() error {
	if err := q.needGrant(); err != nil {
		return err
	}
	t := ui.TableView{Caption: q.p("settings.privilege.title", nil), Columns: []ui.Column{{Label: q.p("settings.people.name", nil)}, {Label: q.p("settings.people.roles", nil)},
		{Label: q.p("settings.people.department", nil)}, {Label: q.p("settings.privilege.may", nil)}}}
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		staff, err := people.List(ctx, tx, people.Filter{})
		if err != nil {
			return err
		}
		for _, p := range staff {
			if !slices.ContainsFunc(p.Roles, func(r people.Role) bool { return slices.Contains(surgical, r) }) {
				continue
			}
			held, err := people.PrivilegesOf(ctx, tx, p.ID)
			if err != nil {
				return err
			}
			t.Rows = append(t.Rows, ui.TableRow{URL: privilegePath(p.ID), Cells: []ui.Cell{{Text: p.DisplayName}, {Text: q.roleNames(p.Roles)}, {Text: p.Department}, {Text: q.heldNow(held)}}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.show(q.settingsData(), privilegesContent(q, t))
}

func privilegePath(id ledger.PersonID) string { return "/settings/privileges/" + string(id) }

func (q *request) roleNames(roles []people.Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, q.text(r.Name()))
	}
	return lang.List(q.lang, names)
}

// heldNow names the operations that somebody may do today, each once.
func (q *request) heldNow(held people.Privileges) string {
	var names []string
	for _, p := range held {
		if name := q.procedureName(p.Procedure); p.HoldsAt(q.now()) && p.Part == people.Operate && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "—"
	}
	return lang.List(q.lang, names)
}

// privilegesView is what one person may do here, and the form that gives more.
type privilegesView struct {
	Person  people.Person
	Table   ui.TableView
	Past    ui.TableView
	Fields  []ui.FieldView
	Notices []ui.Notice
	Own     bool // nobody grants to themselves
	Open    string
}

func (q *request) personPrivilegesPage() error {
	if err := q.needGrant(); err != nil {
		return err
	}
	p, err := q.personOfPath()
	if err != nil {
		return err
	}
	return q.showPrivileges(http.StatusOK, p, nil, people.ErrInvalid{})
}

func (q *request) showPrivileges(status int, p people.Person, form url.Values, wrong people.ErrInvalid) error {
	v := privilegesView{Person: p, Own: p.ID == q.caller.Person, Fields: filled(q, q.grantFields(), form, wrong)}
	if wrong.Field != "" {
		v.Open = "grant"
		if !slices.ContainsFunc(v.Fields, func(f ui.FieldView) bool { return f.Name == wrong.Field }) {
			v.Notices = append(v.Notices, ui.Notice{Sort: ui.Bad, Text: q.text(wrong.Text)})
		}
	}
	columns := []ui.Column{{Label: q.p("settings.privilege.procedure", nil)}, {Label: q.p("settings.privilege.part", nil)}, {Label: q.p("settings.privilege.from", nil)}, {Label: q.p("settings.privilege.until", nil)},
		{Label: q.p("settings.privilege.by", nil)}, {Label: ""}}
	v.Table = ui.TableView{Caption: q.p("settings.privilege.now", nil), Columns: columns}
	v.Past = ui.TableView{Caption: q.p("settings.privilege.past", nil), Columns: columns[:5]}
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		held, err := people.PrivilegesOf(ctx, tx, p.ID)
		for _, h := range held {
			if !h.Ended.IsZero() || !h.Until.IsZero() && !h.Until.After(q.now()) {
				v.Past.Rows = append(v.Past.Rows, ui.TableRow{Cells: q.privilegeCells(ctx, tx, h)})
			} else {
				v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: append(q.privilegeCells(ctx, tx, h), ui.Cell{Content: q.endButton(p, h)})})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	d := q.settingsData()
	d.Path = privilegePath(p.ID) // also where a form of the page was answered
	d.Notices = append(d.Notices, v.Notices...)
	return q.render(status, d, personPrivilegesContent(q, v))
}

func (q *request) privilegeCells(ctx context.Context, tx ledger.Tx, h people.Privilege) []ui.Cell {
	until := ui.Cell{Text: q.p("settings.privilege.lasting", nil)}
	if !h.Until.IsZero() {
		until.Text = lang.Date(q.lang, h.Until.In(q.now().Location()).Add(-time.Second))
	}
	if !h.Ended.IsZero() {
		until = ui.Cell{Text: lang.Date(q.lang, h.Ended.In(q.now().Location())), Note: joined(" · ", q.p("settings.privilege.ended", map[string]any{"name": nameOf(ctx, tx, h.EndedBy)}), h.EndReason)}
	}
	if h.Visit != "" {
		until.Note = joined(" · ", until.Note, q.p("settings.privilege.visit", nil))
	}
	return []ui.Cell{{Text: q.procedureName(h.Procedure), Note: q.p("visits.grant.level", map[string]any{"level": strconv.Itoa(h.Level)})}, {Text: q.text(h.Part.Name())},
		{Text: lang.Date(q.lang, h.From.In(q.now().Location()))}, until, {Text: nameOf(ctx, tx, h.GrantedBy)}}
}

func (q *request) endButton(p people.Person, h people.Privilege) confirmComponent {
	return ui.Confirm(ui.ConfirmView{ID: "end-" + h.ID, Open: q.p("settings.privilege.end", nil), Title: q.p("settings.privilege.endtitle", map[string]any{"what": q.procedureName(h.Procedure), "name": p.DisplayName}),
		Text: q.p("settings.privilege.endtext", nil), Action: privilegePath(p.ID) + "/end/" + h.ID, CSRF: q.csrf(), Do: q.p("settings.privilege.end", nil), Danger: true, Quiet: true,
		Content: ui.Field(ui.FieldView{Name: "reason", ID: "reason-" + h.ID, Type: ui.FieldText, Label: q.p("settings.privilege.reason", nil), Required: true})})
}

func (q *request) grantFields() []ui.FieldView {
	procedures := ui.FieldView{Name: "procedure", Type: ui.FieldCode, Label: q.p("settings.privilege.procedure", nil), Required: true, Options: q.procedureChoices()}
	level := ui.FieldView{Name: "level", Type: ui.FieldCode, Label: q.p("settings.privilege.level", nil), Help: q.p("settings.privilege.levelhelp", nil), Required: true}
	for n := 1; n <= 4; n++ {
		level.Options = append(level.Options, ui.Option{Value: strconv.Itoa(n), Label: q.p("settings.privilege.level"+strconv.Itoa(n), nil)})
	}
	part := ui.FieldView{Name: "part", Type: ui.FieldCode, Label: q.p("settings.privilege.part", nil), Required: true}
	for _, p := range slices.Backward(people.Parts) {
		part.Options = append(part.Options, ui.Option{Value: string(p), Label: q.text(p.Name())})
	}
	return []ui.FieldView{procedures, level, part,
		{Name: "from", Type: ui.FieldDay, Label: q.p("settings.privilege.from", nil), Value: q.now().Format(time.DateOnly), Required: true},
		{Name: "until", Type: ui.FieldDay, Label: q.p("settings.privilege.until", nil), Help: q.p("settings.privilege.untilhelp", nil)}}
}

// procedureChoices are the operations of the packs in force.
func (q *request) procedureChoices() (list []ui.Option) {
	for _, p := range q.s.AllPacks() {
		for _, o := range p.Procedures {
			if p.Abstract || slices.ContainsFunc(list, optionIs(o.ID)) {
				continue
			}
			option := ui.Option{Value: o.ID, Label: q.pt(o.Name)}
			if o.Level > 0 {
				option.Label += " · " + q.p("visits.grant.level", map[string]any{"level": strconv.Itoa(o.Level)})
			}
			list = append(list, option)
		}
	}
	return list
}

// privilegeOfForm reads what is given. The last day counts whole, in the time of this hospital.
func (q *request) privilegeOfForm(person ledger.PersonID) (p people.Privilege, wrong people.ErrInvalid) {
	level, _ := strconv.Atoi(q.PostForm.Get("level"))
	p = people.Privilege{Person: person, Procedure: q.PostForm.Get("procedure"), Level: level, Part: people.Part(q.PostForm.Get("part")), GrantedBy: q.caller.Person}
	if !slices.ContainsFunc(q.procedureChoices(), optionIs(p.Procedure)) {
		return p, q.field("procedure", "people.invalid.procedure")
	}
	zone := q.now().Location()
	var err error
	if p.From, err = time.ParseInLocation(time.DateOnly, q.PostForm.Get("from"), zone); err != nil {
		return p, q.field("from", "settings.privilege.day")
	}
	if until := q.PostForm.Get("until"); until != "" {
		day, err := time.ParseInLocation(time.DateOnly, until, zone)
		if err != nil {
			return p, q.field("until", "settings.privilege.day")
		}
		p.Until = day.AddDate(0, 0, 1)
	}
	return p, wrong
}

func (q *request) grantPrivilege() error {
	if err := q.needGrant(); err != nil {
		return err
	}
	person, err := q.personOfPath()
	if err != nil {
		return err
	}
	given, wrong := q.privilegeOfForm(person.ID)
	if wrong.Field == "" {
		err = q.update(func(ctx context.Context, tx ledger.Tx) error {
			_, err := people.Grant(ctx, tx, q.now(), given)
			return err
		})
	}
	if wrong.Field != "" || errors.As(err, &wrong) {
		return q.showPrivileges(http.StatusUnprocessableEntity, person, q.PostForm, wrong)
	}
	if err != nil {
		return err
	}
	return q.see(privilegePath(person.ID) + "?done=granted")
}

func (q *request) endPrivilege() error {
	if err := q.needGrant(); err != nil {
		return err
	}
	person, err := q.personOfPath()
	if err != nil {
		return err
	}
	reason := q.PostForm.Get("reason")
	if len(linesOf(reason)) == 0 {
		return q.showPrivileges(http.StatusUnprocessableEntity, person, nil, q.field("reason", "settings.privilege.why"))
	}
	id := q.PathValue("privilege")
	err = q.update(func(ctx context.Context, tx ledger.Tx) error {
		held, err := people.PrivilegesOf(ctx, tx, person.ID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(held, func(p people.Privilege) bool { return p.ID == id }) {
			return desk.ErrNotHere
		}
		return people.EndPrivilege(ctx, tx, q.now(), id, q.caller.Person, reason)
	})
	if err != nil {
		return err
	}
	return q.see(privilegePath(person.ID) + "?done=privilegeended")
}
