package saying

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/people"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// Who stood at the table, and the visit under which somebody came.

// caseVisit is an accepted visit for the case of the form.
type caseVisit struct {
	outreach.Row
	team []outreach.TeamMember
	name string // of the hospital on the other side
}

// caseVisits are the accepted visits for this case that the caller may see.
func (e *Form) caseVisits() []caseVisit {
	if e.visits != nil {
		return *e.visits
	}
	list := []caseVisit{}
	q := e.Q
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, err := outreach.List(ctx, tx, outreach.Filter{Case: e.V.Thread, States: []outreach.State{outreach.Agreed, outreach.Done}})
		if err != nil {
			return err
		}
		for _, r := range rows {
			ok, err := q.Desk.MaySee(ctx, tx, q.Caller, r.Thread)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			l, err := q.Desk.Book.Log(ctx, tx, r.Thread)
			if err != nil {
				return err
			}
			list = append(list, caseVisit{Row: r, team: outreach.Fold(l).Team, name: q.HospitalName(ctx, tx, q.Other(r.Host, r.Guest))})
		}
		return nil
	})
	if err != nil {
		q.Desk.Log.Error("listing the visits for a case", "err", err)
	}
	e.visits = &list
	return list
}

// visitOptions are the visits that an operation may be planned under; one that is chosen already stays.
func (e *Form) visitOptions() (list []ui.Option) {
	for _, v := range e.caseVisits() {
		list = append(list, ui.Option{Value: v.Thread.String(), Label: face.JoinDots(v.name, e.Q.Days(v.From, v.Until), v.Skill)})
	}
	if chosen := e.Get("visit"); chosen != "" && !slices.ContainsFunc(list, face.OptionIs(chosen)) {
		if id, err := ledger.ParseThreadID(chosen); err == nil && e.chosenBefore(id) {
			list = append(list, ui.Option{Value: chosen, Label: e.Q.P("case.visit.else", map[string]any{"id": face.ShortID(id)})})
		}
	}
	return list
}

// chosenBefore: a visit that the reader may not see stays where somebody who might has chosen it.
func (e *Form) chosenBefore(id ledger.ThreadID) bool {
	return e.V.Scheduled != nil && e.V.Scheduled.Says.Visit == id || e.target != nil && strings.Contains(string(e.target.Says()), id.String())
}

// assistantChoices are those who may have stood at the table: the people of this case and the staff here, the teams of its visits, and whoever was said before.
func (e *Form) assistantChoices() (list []ui.Option, of map[string]casebook.Owner) {
	of = map[string]casebook.Owner{}
	add := func(o casebook.Owner, hospital string) {
		if value := ownerValue(o); o.Person != "" && o.Name != "" && of[value].Name == "" {
			of[value] = o
			list = append(list, ui.Option{Value: value, Label: face.JoinDots(o.Name, hospital)})
		}
	}
	for _, o := range e.operatorOptions() {
		if owner, ok := e.owner(o.Value); ok {
			add(owner, e.M.Name(owner.Hospital))
		}
	}
	for _, v := range e.caseVisits() {
		for _, m := range v.team {
			name := v.name
			if m.Hospital == e.Q.Desk.ID {
				name = e.M.Name(m.Hospital)
			}
			add(casebook.Owner{Hospital: m.Hospital, Person: m.Person, Name: m.Name}, name)
		}
	}
	if e.target != nil {
		if o, err := ledger.Decode[casebook.Operation](e.target.Says()); err == nil {
			for _, a := range o.Assistants {
				add(a, e.M.Name(a.Hospital))
			}
		}
	}
	return list, of
}

// deskRoles stand at no table.
var deskRoles = []people.Role{people.Coordinator, people.Administrator, people.Researcher, people.DataProtectionOfficer}

// operatorOptions are the hospitals that take part and those of their people who may operate.
func (e *Form) operatorOptions() []ui.Option {
	roles := map[string][]people.Role{}
	for _, p := range e.M.People {
		roles[p.Hospital.Raw()+"/"+string(p.Person)] = []people.Role{people.Role(p.Role)}
	}
	staff, err := e.Q.Staff()
	if err != nil {
		e.Q.Desk.Log.Error("listing staff", "err", err)
	}
	for _, p := range staff {
		roles[e.Q.Desk.ID.Raw()+"/"+string(p.ID)] = p.Roles
	}
	return slices.DeleteFunc(slices.Clone(e.owners()), func(o ui.Option) bool {
		all := roles[o.Value]
		return o.Value != e.Get("operator") && len(all) > 0 && !slices.ContainsFunc(all, func(r people.Role) bool { return !slices.Contains(deskRoles, r) })
	})
}

// assistantFields ask for them: known people by a tick, others by name.
func (e *Form) assistantFields(f record.Field) []ui.FieldView {
	options, _ := e.assistantChoices()
	more := f.Name + "_more"
	return []ui.FieldView{
		{Name: f.Name, Type: ui.FieldCodes, Label: e.label(f.Name), Help: e.help(f.Name), Options: options, Values: e.In[f.Name], Error: e.Faults[f.Name]},
		{Name: more, Type: ui.FieldText, Long: true, Rows: 2, Label: e.label(more), Help: e.help(more), Value: e.In.Get(more), Error: e.Faults[more]},
	}
}

// assistants reads them in the order of the list, then those who were typed.
func (e *Form) assistants(f record.Field) (list []casebook.Owner) {
	options, of := e.assistantChoices()
	for _, o := range options {
		if slices.Contains(e.In[f.Name], o.Value) {
			list = append(list, of[o.Value])
		}
	}
	for _, name := range face.LinesOf(e.Get(f.Name + "_more")) {
		if !slices.ContainsFunc(list, func(o casebook.Owner) bool { return o.Name == name }) {
			list = append(list, casebook.Owner{Hospital: e.Q.Desk.ID, Name: name})
		}
	}
	return list
}

func fillAssistants(f record.Field, raw json.RawMessage, in url.Values) {
	var list []casebook.Owner
	if json.Unmarshal(raw, &list) != nil {
		return
	}
	var typed []string
	for _, o := range list {
		if o.Person == "" {
			typed = append(typed, o.Name)
		} else {
			in.Add(f.Name, ownerValue(o))
		}
	}
	in.Set(f.Name+"_more", strings.Join(typed, "\n"))
}
