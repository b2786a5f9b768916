package settings

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/people/security"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/ui"
)

// mayGrant: the head of the department judges what a surgeon can do; the administrator enters what the medical office has decided.
func mayGrant(q *face.Request) bool {
	return q.Is(people.HeadOfDepartment) || q.May(access.ManagePeople)
}

func needGrant(q *face.Request) error {
	if q.Is(people.HeadOfDepartment) {
		return nil
	}
	return q.Need(access.ManagePeople)
}

// surgical are the roles that stand at a table.
var surgical = []people.Role{people.Surgeon, people.HeadOfDepartment, people.ReferringDoctor, people.Trainee}

func privilegesPage(q *face.Request) error {
	if err := needGrant(q); err != nil {
		return err
	}
	t := ui.TableView{Caption: q.P("settings.privilege.title", nil), Columns: []ui.Column{{Label: q.P("settings.people.name", nil)}, {Label: q.P("settings.people.roles", nil)},
		{Label: q.P("settings.people.department", nil)}, {Label: q.P("settings.privilege.may", nil)}}}
	var overrides []ui.ListItem
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		if overrides, err = overridesToReview(q, ctx, tx); err != nil {
			return err
		}
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
			t.Rows = append(t.Rows, ui.TableRow{URL: privilegePath(p.ID), Cells: []ui.Cell{{Text: p.DisplayName}, {Text: roleNames(q, p.Roles)}, {Text: p.Department}, {Text: heldNow(q, held)}}})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.Show(q.SettingsData(), privilegesContent(q, t, overrides))
}

// overridesToReview are the operations without a privilege that the reader has still to review.
func overridesToReview(q *face.Request, ctx context.Context, tx ledger.Tx) (list []ui.ListItem, err error) {
	if !q.Is(people.HeadOfDepartment) || !q.ListsCases() {
		return nil, nil
	}
	tasks, err := q.Desk.TasksOf(ctx, tx, q.Caller, casebook.TaskQuery{Kinds: []string{casebook.KindPrivilegeReviewed}, Undated: true, Limit: 100})
	for _, t := range tasks {
		list = append(list, ui.ListItem{Icon: "error", Text: q.Text(t.What), Note: t.Title, URL: "/cases/" + t.Thread.String(), End: casebook.Number(t.Thread)})
	}
	return list, err
}

func privilegePath(id ledger.PersonID) string { return "/settings/privileges/" + string(id) }

func roleNames(q *face.Request, roles []people.Role) string {
	var names []string
	for _, r := range roles {
		names = append(names, q.Text(r.Name()))
	}
	return lang.List(q.Lang, names)
}

// heldNow names the operations that somebody may do today, each once.
func heldNow(q *face.Request, held people.Privileges) string {
	var names []string
	for _, p := range held {
		if name := q.ProcedureName(p.Procedure); p.HoldsAt(q.Now()) && p.Part == people.Operate && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "—"
	}
	return lang.List(q.Lang, names)
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

func personPrivilegesPage(q *face.Request) error {
	if err := needGrant(q); err != nil {
		return err
	}
	p, err := personOfPath(q)
	if err != nil {
		return err
	}
	return showPrivileges(q, http.StatusOK, p, nil, people.ErrInvalid{})
}

func showPrivileges(q *face.Request, status int, p people.Person, form url.Values, wrong people.ErrInvalid) error {
	v := privilegesView{Person: p, Own: p.ID == q.Caller.Person, Fields: face.Filled(q, grantFields(q), form, wrong)}
	if wrong.Field != "" {
		v.Open = "grant"
		if !slices.ContainsFunc(v.Fields, func(f ui.FieldView) bool { return f.Name == wrong.Field }) {
			v.Notices = append(v.Notices, ui.Notice{Sort: ui.Bad, Text: q.Text(wrong.Text)})
		}
	}
	columns := []ui.Column{{Label: q.P("settings.privilege.procedure", nil)}, {Label: q.P("settings.privilege.part", nil)}, {Label: q.P("settings.privilege.from", nil)}, {Label: q.P("settings.privilege.until", nil)},
		{Label: q.P("settings.privilege.by", nil)}, {Label: ""}}
	v.Table = ui.TableView{Caption: q.P("settings.privilege.now", nil), Columns: columns}
	v.Past = ui.TableView{Caption: q.P("settings.privilege.past", nil), Columns: columns[:5]}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		held, err := people.PrivilegesOf(ctx, tx, p.ID)
		for _, h := range held {
			if !h.Ended.IsZero() || !h.Until.IsZero() && !h.Until.After(q.Now()) {
				v.Past.Rows = append(v.Past.Rows, ui.TableRow{Cells: privilegeCells(q, ctx, tx, h)})
			} else {
				v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: append(privilegeCells(q, ctx, tx, h), ui.Cell{Content: endButton(q, p, h)})})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	d := q.SettingsData()
	d.Path = privilegePath(p.ID) // also where a form of the page was answered
	d.Notices = append(d.Notices, v.Notices...)
	return q.Render(status, d, personPrivilegesContent(q, v))
}

func privilegeCells(q *face.Request, ctx context.Context, tx ledger.Tx, h people.Privilege) []ui.Cell {
	until := ui.Cell{Text: q.P("settings.privilege.lasting", nil)}
	if !h.Until.IsZero() {
		until.Text = lang.Date(q.Lang, h.Until.In(q.Now().Location()).Add(-time.Second))
	}
	if !h.Ended.IsZero() {
		until = ui.Cell{Text: lang.Date(q.Lang, h.Ended.In(q.Now().Location())), Note: face.JoinDots(q.P("settings.privilege.ended", map[string]any{"name": face.NameOf(ctx, tx, h.EndedBy)}), h.EndReason)}
	}
	if h.Visit != "" {
		until.Note = face.JoinDots(until.Note, q.P("settings.privilege.visit", nil))
	}
	return []ui.Cell{{Text: q.ProcedureName(h.Procedure), Note: q.P("visits.grant.level", map[string]any{"level": strconv.Itoa(h.Level)})}, {Text: q.Text(h.Part.Name())},
		{Text: lang.Date(q.Lang, h.From.In(q.Now().Location()))}, until, {Text: face.NameOf(ctx, tx, h.GrantedBy)}}
}

func endButton(q *face.Request, p people.Person, h people.Privilege) confirmComponent {
	return ui.Confirm(ui.ConfirmView{ID: "end-" + h.ID, Open: q.P("settings.privilege.end", nil), Title: q.P("settings.privilege.endtitle", map[string]any{"what": q.ProcedureName(h.Procedure), "name": p.DisplayName}),
		Text: q.P("settings.privilege.endtext", nil), Action: privilegePath(p.ID) + "/end/" + h.ID, CSRF: q.CSRF(), Do: q.P("settings.privilege.end", nil), Danger: true, Quiet: true,
		Content: ui.Field(ui.FieldView{Name: "reason", ID: "reason-" + h.ID, Type: ui.FieldText, Label: q.P("settings.privilege.reason", nil), Required: true})})
}

func grantFields(q *face.Request) []ui.FieldView {
	procedures := ui.FieldView{Name: "procedure", Type: ui.FieldCode, Label: q.P("settings.privilege.procedure", nil), Required: true, Options: procedureChoices(q)}
	level := ui.FieldView{Name: "level", Type: ui.FieldCode, Label: q.P("settings.privilege.level", nil), Help: q.P("settings.privilege.levelhelp", nil), Required: true}
	for n := 1; n <= 4; n++ {
		level.Options = append(level.Options, ui.Option{Value: strconv.Itoa(n), Label: q.P("settings.privilege.level"+strconv.Itoa(n), nil)})
	}
	part := ui.FieldView{Name: "part", Type: ui.FieldCode, Label: q.P("settings.privilege.part", nil), Required: true}
	for _, p := range slices.Backward(people.Parts) {
		part.Options = append(part.Options, ui.Option{Value: string(p), Label: q.Text(p.Name())})
	}
	return []ui.FieldView{procedures, level, part,
		{Name: "from", Type: ui.FieldDay, Label: q.P("settings.privilege.from", nil), Value: q.Now().Format(time.DateOnly), Required: true},
		{Name: "until", Type: ui.FieldDay, Label: q.P("settings.privilege.until", nil), Help: q.P("settings.privilege.untilhelp", nil)}}
}

// procedureChoices are the operations of the packs in force.
func procedureChoices(q *face.Request) (list []ui.Option) {
	for _, p := range q.Desk.AllPacks() {
		for _, o := range p.Procedures {
			if p.Abstract || slices.ContainsFunc(list, face.OptionIs(o.ID)) {
				continue
			}
			option := ui.Option{Value: o.ID, Label: q.PackText(o.Name)}
			if o.Level > 0 {
				option.Label += " · " + q.P("visits.grant.level", map[string]any{"level": strconv.Itoa(o.Level)})
			}
			list = append(list, option)
		}
	}
	return list
}

// privilegeOfForm reads what is given. The last day counts whole, in the time of this hospital.
func privilegeOfForm(q *face.Request, person ledger.PersonID) (p people.Privilege, wrong people.ErrInvalid) {
	level, _ := strconv.Atoi(q.PostForm.Get("level"))
	p = people.Privilege{Person: person, Procedure: q.PostForm.Get("procedure"), Level: level, Part: people.Part(q.PostForm.Get("part")), GrantedBy: q.Caller.Person}
	if !slices.ContainsFunc(procedureChoices(q), face.OptionIs(p.Procedure)) {
		return p, q.Field("procedure", "people.invalid.procedure")
	}
	zone := q.Now().Location()
	var err error
	if p.From, err = terms.ParseDay(q.DayTyped("from"), zone); err != nil {
		return p, q.Field("from", "settings.privilege.day")
	}
	if until := q.DayTyped("until"); until != "" {
		day, err := terms.ParseDay(until, zone)
		if err != nil {
			return p, q.Field("until", "settings.privilege.day")
		}
		p.Until = day.AddDate(0, 0, 1)
	}
	return p, wrong
}

func grantPrivilege(q *face.Request) error {
	if err := needGrant(q); err != nil {
		return err
	}
	person, err := personOfPath(q)
	if err != nil {
		return err
	}
	given, wrong := privilegeOfForm(q, person.ID)
	if wrong.Field == "" {
		err = q.Update(func(ctx context.Context, tx ledger.Tx) error {
			if _, err := people.Grant(ctx, tx, q.Now(), given); err != nil {
				return err
			}
			return q.Desk.Note(ctx, tx, q.Caller, security.PrivilegeGiven, person.ID, given.Procedure+" "+string(given.Part))
		})
	}
	if wrong.Field != "" || errors.As(err, &wrong) {
		return showPrivileges(q, http.StatusUnprocessableEntity, person, q.PostForm, wrong)
	}
	if err != nil {
		return err
	}
	return q.See(privilegePath(person.ID) + "?done=granted")
}

func endPrivilege(q *face.Request) error {
	if err := needGrant(q); err != nil {
		return err
	}
	person, err := personOfPath(q)
	if err != nil {
		return err
	}
	reason := q.PostForm.Get("reason")
	if len(face.LinesOf(reason)) == 0 {
		return showPrivileges(q, http.StatusUnprocessableEntity, person, nil, q.Field("reason", "settings.privilege.why"))
	}
	id := q.PathValue("privilege")
	err = q.Update(func(ctx context.Context, tx ledger.Tx) error {
		held, err := people.PrivilegesOf(ctx, tx, person.ID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(held, func(p people.Privilege) bool { return p.ID == id }) {
			return desk.ErrNotHere
		}
		if err := people.EndPrivilege(ctx, tx, q.Now(), id, q.Caller.Person, reason); err != nil {
			return err
		}
		return q.Desk.Note(ctx, tx, q.Caller, security.PrivilegeEnded, person.ID, id)
	})
	if err != nil {
		return err
	}
	return q.See(privilegePath(person.ID) + "?done=privilegeended")
}
