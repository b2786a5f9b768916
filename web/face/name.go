package face

import (
	"context"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/web/ui"
)

// Person is somebody under the name that the reader reads.
func (q *Request) Person(name string) string { return ui.PersonIn(q.Lang, name) }

// Text is a text in the reader's language.
func (q *Request) Text(t lang.Text) string { return t.In(q.Lang) }

// PackText is a text of a pack in the reader's language.
func (q *Request) PackText(t pathway.Text) string { return t.In(string(q.Lang)) }

// RoleName is what people call a role, also one of another release.
func (q *Request) RoleName(role string) string {
	if r := people.Role(role); r.Known() {
		return q.Text(r.Name())
	}
	if role == string(people.Patient) {
		return q.Text(people.Patient.Name())
	}
	if role == string(people.System) {
		return q.P("people.kind.system", nil)
	}
	return role
}

// ChoiceName is the phrase of a code, or the code where there is none.
func (q *Request) ChoiceName(list, code string) string {
	key := "case." + list + "." + Dashed(code)
	if code == "" || !lang.Has(key) {
		return code
	}
	return q.P(key, nil)
}

// PathwayName is the name of a pathway in the reader's language, or its id where the pack is not here.
func (q *Request) PathwayName(id string) string {
	if p := q.Desk.Packs(id, ""); p != nil {
		return q.PackText(p.Name)
	}
	return id
}

// SubSpecialtyName is the name of a sub-specialty as some pack here calls it.
func (q *Request) SubSpecialtyName(id string) string {
	for _, p := range q.Desk.AllPacks() {
		for _, s := range p.SubSpecialties {
			if s.ID == id {
				return q.PackText(s.Name)
			}
		}
	}
	return id
}

// Staff are the clinical people of this hospital.
func (q *Request) Staff() (list []people.Person, err error) {
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		all, err := people.List(ctx, tx, people.Filter{})
		for _, p := range all {
			if slices.ContainsFunc(p.Roles, func(r people.Role) bool {
				return r != people.Administrator && r != people.Researcher && r != people.DataProtectionOfficer
			}) {
				list = append(list, p)
			}
		}
		return err
	})
	return list, err
}

// PersonLabel is somebody of this hospital as they are found and told apart: name, what they are, sub-specialty.
func (q *Request) PersonLabel(p people.Person) string {
	var list []string
	for _, r := range p.Roles {
		list = append(list, q.Text(r.Name()))
	}
	for _, s := range p.Specialties {
		list = append(list, q.SubSpecialtyName(s))
	}
	return JoinDots(append([]string{p.DisplayName}, list...)...)
}

// Dashed is a name as keys of phrases are written. Three words cannot end a key.
func Dashed(s string) string {
	if other, taken := map[string]string{"other": "else", "description": "described", "id": "number"}[s]; taken {
		return other
	}
	return strings.ReplaceAll(s, "_", "-")
}

// NameOf is what people call somebody of this hospital, or the start of an id that nobody has.
func NameOf(ctx context.Context, tx ledger.Tx, id ledger.PersonID) string {
	if p, err := people.Get(ctx, tx, id); err == nil && p.DisplayName != "" {
		return p.DisplayName
	}
	return string(id)
}

// ProcedureName is the name of a procedure as some pack here calls it.
func (q *Request) ProcedureName(id string) string {
	for _, p := range q.Desk.AllPacks() {
		for _, o := range p.Procedures {
			if o.ID == id {
				return q.PackText(o.Name)
			}
		}
	}
	return id
}

// KindName is what people call a kind of entry, by its header alone: also where its words are hidden.
func (q *Request) KindName(kind string) string {
	room, slug, _ := strings.Cut(kind, ".")
	slug = strings.ReplaceAll(slug, ".", "-")
	for _, key := range []string{room + ".entry." + slug + ".name", room + ".kind." + slug, room + ".told." + slug, "case.thread." + slug} {
		if lang.Has(key) {
			return q.P(key, nil)
		}
	}
	return kind
}
