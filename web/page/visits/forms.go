package visits

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"consilium/desk"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/people"
	"consilium/record"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

var talk = outreach.Talk()

// formOf is a form about a visit. What kinds of entries ask for is declared in package outreach; this adds the lists that only a page has.
func formOf(q *face.Request, v *outreach.Visit) *saying.Form {
	return saying.Of(q, saying.Matter{Talk: talk, Log: v.Log, Title: titleOf(q, v), Members: v.Log.Roster.Members, Timeline: v.Timeline,
		Sorts: map[record.Sort]saying.Component{
			"procedure": {Options: func(*saying.Form, record.Field) []ui.Option { return askedProcedures(q, v) }},
			"members":   {Show: teamGroup, Read: readTeam, Fill: fillTeam},
		},
		Path: func(below ...string) string {
			return strings.Join(append([]string{"/visits/" + v.Thread.String()}, below...), "/")
		},
		Name:     func(h ledger.HospitalID) string { return lookAt(q, h).Name },
		Hospital: func(h ledger.HospitalID) ui.Hospital { return lookAt(q, h) },
		Nothing:  func(field string) *ui.EmptyView { return noTeam(q, v, field) },
	}, nil)
}

// noTeam says why a privilege has nobody to choose: the other hospital has not named its people.
func noTeam(q *face.Request, v *outreach.Visit, field string) *ui.EmptyView {
	if field != "person" {
		return nil
	}
	return &ui.EmptyView{Icon: "people", Title: q.P("visits.noteam.title", map[string]any{"hospital": lookAt(q, v.Guest).Name}), Text: q.P("visits.noteam.text", nil),
		Action: ui.Link{Label: q.P("visits.back", nil), URL: "/visits/" + v.Thread.String()}}
}

func visitFormPage(q *face.Request) error {
	if err := q.ParseForm(); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	v, err := openedVisit(q)
	if err != nil {
		return err
	}
	if isInvitation(q) {
		return proposalPage(q, v)
	}
	return formOf(q, v).Page()
}

// isInvitation tells whether what is said has the page of invitations for its own.
func isInvitation(q *face.Request) bool {
	k := talk.Kind(talk.Thread + "." + q.PathValue("kind"))
	return k != nil && k.Component == "invitation"
}

// sayInVisit says what was posted. A guest that answers joins the thread with it.
func sayInVisit(q *face.Request) error {
	v, err := openedVisit(q)
	if err != nil {
		return err
	}
	if isInvitation(q) {
		return proposeAgain(q, v)
	}
	var before []ledger.Draft
	if answers := q.PathValue("kind") == "accepted" || q.PathValue("kind") == "declined"; answers && v.Log.Roster.State(q.Desk.ID) == ledger.Invited {
		before = []ledger.Draft{{Thread: v.Thread, Kind: ledger.KindJoined, Says: ledger.None{}}}
	}
	entry, err := formOf(q, v).Take(before...)
	if entry == nil {
		return err
	}
	return q.See("/visits/" + v.Thread.String() + "?done=said")
}

func titleOf(q *face.Request, v *outreach.Visit) string {
	if v.Proposal == nil {
		return q.P("visits.unnamed", nil)
	}
	return v.Proposal.Says.Skill
}

func lookAt(q *face.Request, h ledger.HospitalID) (look ui.Hospital) {
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		look = q.HospitalLook(ctx, tx, h)
		return nil
	})
	if err != nil {
		q.Desk.Log.Error("naming a hospital", "err", err)
	}
	return look
}

// askedProcedures are those that the invitation asks for, by the names that packs have for them.
func askedProcedures(q *face.Request, v *outreach.Visit) []ui.Option {
	asked := v.Asked()
	return slices.DeleteFunc(procedureOptions(q), func(o ui.Option) bool { return len(asked) > 0 && !slices.Contains(asked, o.Value) })
}

// staffRow is one person who may be in the team.
type staffRow struct{ ID, Name, Part, License string }

// teamGroup lists the hospital's clinical people with the part that each has.
func teamGroup(e *saying.Form, _ record.Field) []saying.Group {
	var rows []staffRow
	for _, p := range staff(e.Q) {
		rows = append(rows, staffRow{ID: string(p.ID), Name: p.DisplayName, Part: e.In.Get("part." + string(p.ID)), License: e.In.Get("license." + string(p.ID))})
	}
	host := e.M.Log.Roster.Opener == e.Q.Desk.ID
	var parts []ui.Option
	for _, part := range outreach.Parts {
		if (part == "host") == host || host && part != "lead" {
			parts = append(parts, ui.Option{Value: part, Label: e.Q.Text(outreach.PartName(part))})
		}
	}
	return []saying.Group{{More: teamRows(e.Q, rows, parts)}}
}

func readTeam(e *saying.Form, _ record.Field) (any, bool) {
	var list []outreach.Member
	for _, p := range staff(e.Q) {
		if part := e.Get("part." + string(p.ID)); part != "" {
			list = append(list, outreach.Member{Person: p.ID, Name: p.DisplayName, Specialty: specialtiesText(e.Q, p), License: e.Get("license." + string(p.ID)), Part: part})
		}
	}
	return list, len(list) > 0
}

func fillTeam(_ record.Field, raw json.RawMessage, in url.Values) {
	var list []outreach.Member
	if json.Unmarshal(raw, &list) != nil {
		return
	}
	for _, m := range list {
		in.Set("part."+string(m.Person), m.Part)
		in.Set("license."+string(m.Person), m.License)
	}
}

func staff(q *face.Request) []people.Person {
	list, err := q.Staff()
	if err != nil {
		q.Desk.Log.Error("listing staff", "err", err)
	}
	return list
}

func specialtiesText(q *face.Request, p people.Person) string {
	var names []string
	for _, s := range p.Specialties {
		names = append(names, q.SubSpecialtyName(s))
	}
	return strings.Join(names, ", ")
}
