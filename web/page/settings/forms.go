package settings

import (
	"strings"

	"github.com/a-h/templ"

	"consilium/lang"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

type confirmComponent = templ.Component

func browserName(agent string) string {
	name, system := "", ""
	for _, b := range browsers {
		if name == "" && strings.Contains(agent, b.word) {
			name = b.name
		}
	}
	for _, s := range systems {
		if system == "" && strings.Contains(agent, s.word) {
			system = s.name
		}
	}
	if text := face.JoinDots(name, system); text != "" {
		return text
	}
	return "—"
}

func languageField(q *face.Request) ui.FieldView {
	f := ui.FieldView{Name: "language", Type: ui.FieldCode, Label: q.P("settings.pages", nil), Required: true, Value: string(q.Lang)}
	for _, l := range lang.Languages {
		f.Options = append(f.Options, ui.Option{Value: string(l), Label: l.Name()})
	}
	return f
}

func passwordFields(q *face.Request, v mineView) []ui.FieldView {
	return face.Filled(q, []ui.FieldView{
		{Name: "current", Type: ui.FieldPassword, Label: q.P("settings.password.current", nil), Autocomplete: "current-password", Required: true},
		{Name: "password", ID: "f-new-password", Type: ui.FieldPassword, Label: q.P("page.password.new", nil), Help: q.PasswordHelp(), Autocomplete: "new-password", Required: true},
		{Name: "tokens", Type: ui.FieldTick, Label: q.P("settings.password.tokens", nil), Help: q.P("settings.password.tokenshelp", nil)},
	}, nil, v.Wrong)
}

func passkeyName(q *face.Request) ui.FieldView {
	return ui.FieldView{Name: "passkey_name", Type: ui.FieldText, Label: q.P("settings.passkey.name", nil), Help: q.P("settings.passkey.namehelp", nil), Required: true}
}

func tokenFields(q *face.Request, v mineView) []ui.FieldView {
	scopes := ui.FieldView{Name: "scopes", Type: ui.FieldCodes, Label: q.P("settings.token.scopes", nil), Required: true}
	for _, s := range scopesOffered(q) {
		scopes.Options = append(scopes.Options, ui.Option{Value: string(s), Label: q.P("settings.scope."+string(s), nil)})
	}
	return face.Filled(q, []ui.FieldView{
		{Name: "name", Type: ui.FieldText, Label: q.P("settings.token.name", nil), Help: q.P("settings.token.namehelp", nil), Required: true},
		scopes,
		{Name: "days", Type: ui.FieldInteger, Label: q.P("settings.token.daysfield", nil), Value: "90", Min: "1", Max: "365", Required: true},
	}, v.Form, v.Wrong)
}

// personFields are what an administrator says of somebody.
func personFields(q *face.Request, p people.Person, fresh bool) []ui.FieldView {
	roles := ui.FieldView{Name: "roles", Type: ui.FieldCodes, Label: q.P("settings.people.roles", nil), Help: q.P("settings.people.roleshelp", nil)}
	for _, r := range people.Roles {
		roles.Options = append(roles.Options, ui.Option{Value: string(r), Label: q.Text(r.Name()), Help: q.P("settings.role."+strings.ReplaceAll(string(r), "_", "-"), nil)})
		if p.Has(r) {
			roles.Values = append(roles.Values, string(r))
		}
	}
	specialties := ui.FieldView{Name: "specialties", Type: ui.FieldCodes, Label: q.P("settings.people.specialties", nil), Help: q.P("settings.people.specialtieshelp", nil), Values: p.Specialties}
	seen := map[string]bool{}
	for _, pack := range q.Desk.AllPacks() {
		for _, s := range pack.SubSpecialties {
			if !seen[s.ID] {
				seen[s.ID] = true
				specialties.Options = append(specialties.Options, ui.Option{Value: s.ID, Label: q.PackText(s.Name)})
			}
		}
	}
	language := languageField(q)
	language.Value = string(p.Language)
	fields := []ui.FieldView{
		{Name: "display_name", Type: ui.FieldText, Label: q.P("settings.people.name", nil), Help: q.P("page.first.namehelp", nil), Value: p.DisplayName, Required: true},
		{Name: "username", Type: ui.FieldText, Label: q.P("page.signin.username", nil), Value: p.Username, Required: true, Autocomplete: "off"},
		roles, specialties,
		{Name: "department", Type: ui.FieldText, Label: q.P("settings.people.department", nil), Value: p.Department},
		language,
	}
	if len(specialties.Options) == 0 {
		fields = append(fields[:3], fields[4:]...)
	}
	if !fresh {
		active := ""
		if p.Active {
			active = "true"
		}
		fields = append(fields, ui.FieldView{Name: "active", Type: ui.FieldTick, Label: q.P("settings.people.active", nil), Help: q.P("settings.people.activehelp", nil), Value: active})
	}
	return fields
}
