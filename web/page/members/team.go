package members

import (
	"context"
	"errors"
	"strings"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

// teamView is who of this hospital has to do with the case, and who would like to.
type teamView struct {
	People []ui.ListItem
	Wishes []ui.ListItem
	Links  []ui.ButtonView
}

func (m *membersView) team() error {
	q, v := m.q, m.v
	for _, p := range v.People {
		if p.Hospital != q.Desk.ID || p.Person == "" || p.Name == "" {
			continue
		}
		var how []string
		for _, r := range p.Relations {
			how = append(how, q.P("case.relation."+r, nil))
		}
		m.Team.People = append(m.Team.People, ui.ListItem{Icon: "people", Text: q.Person(p.Name), Note: q.RoleName(p.Role), End: strings.Join(how, ", ")})
	}
	if v.May(access.Say) && v.Closed == nil {
		m.Team.Links = []ui.ButtonView{{Label: q.P("case.team.add", nil), URL: v.Path("say", "team-joined"), Icon: "plus", Quiet: true},
			{Label: q.P("case.team.hand", nil), URL: v.Path("say", "duty-offered"), Quiet: true}}
	}
	if !mayName(q) {
		return nil
	}
	wishes, err := wishesOf(q)
	for _, w := range wishes {
		if w.Thread == v.Thread {
			at := v.Path("wish", string(w.Person))
			m.Team.Wishes = append(m.Team.Wishes, ui.ListItem{Icon: "people", Text: q.P("case.team.wish", map[string]any{"name": w.name}), End: q.Day(w.At),
				Act: templ.Join(ui.Button(ui.ButtonView{Label: q.P("case.team.name-them", nil), URL: at, Post: true, CSRF: q.CSRF(), Hidden: []ui.Hidden{{Name: "step", Value: "name"}}}),
					ui.Button(ui.ButtonView{Label: q.P("case.team.refuse", nil), URL: at, Post: true, CSRF: q.CSRF(), Quiet: true, Hidden: []ui.Hidden{{Name: "step", Value: "refuse"}}}))})
		}
	}
	return err
}

// mayName tells whether the person looks after all cases here, and so decides who is named.
func mayName(q *face.Request) bool { return q.Desk.Door.MayList(q.Caller.Who, "case").All }

// wish is a wish with the name of whose it is.
type wish struct {
	desk.Wish
	name string
	of   people.Person
}

func wishesOf(q *face.Request) (list []wish, err error) {
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		wishes, err := desk.Wishes(ctx, tx)
		for _, w := range wishes {
			p, err := people.Get(ctx, tx, w.Person)
			if err != nil || !p.Active {
				continue
			}
			list = append(list, wish{w, p.DisplayName, p})
		}
		return err
	})
	return list, err
}

// wishPart notes that somebody who may not see a case asks to be named to it.
func wishPart(q *face.Request) error {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	if !q.ListsCases() {
		return access.Need(q.Caller.Who, access.List, access.What{Of: casebook.Governance})
	}
	err = q.Update(func(ctx context.Context, tx ledger.Tx) error {
		return desk.WishPart(ctx, tx, q.Now(), desk.Wish{Thread: id, Person: q.Caller.Person})
	})
	if err != nil {
		return err
	}
	return q.See("/?done=wished")
}

// answerWish names who asked to the case, or not.
func answerWish(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	if !mayName(q) {
		return access.Need(q.Caller.Who, access.ListAll, access.What{Of: casebook.Governance})
	}
	var who people.Person
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		who, err = people.Get(ctx, tx, ledger.PersonID(q.PathValue("person")))
		return err
	})
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	if q.PostForm.Get("step") == "name" {
		j := casebook.Joining{Person: who.ID, Name: who.DisplayName, Part: casebook.TeamParts[0]}
		for _, r := range who.Roles {
			j.Roles = append(j.Roles, string(r))
		}
		if _, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, ledger.Draft{Thread: v.Thread, Kind: casebook.KindTeamJoined, Says: j}); err != nil {
			return err
		}
	}
	err = q.Update(func(ctx context.Context, tx ledger.Tx) error {
		return desk.EndWish(ctx, tx, desk.Wish{Thread: v.Thread, Person: who.ID})
	})
	if err != nil {
		return err
	}
	return q.See(v.Path("members"))
}

// wishWork shows the coordinator who asks for a part.
func wishWork(q *face.Request, w *face.TodayWork) error {
	if !mayName(q) {
		return nil
	}
	wishes, err := wishesOf(q)
	for _, one := range wishes {
		w.Alerts = append(w.Alerts, ui.Notice{Sort: ui.Info, Title: q.P("today.wish.title", map[string]any{"name": one.name, "id": casebook.Number(one.Thread)}),
			Text: q.PersonLabel(one.of), URL: "/cases/" + one.Thread.String() + "/members", Do: q.P("today.wish.do", nil)})
	}
	return err
}
