package compare

import (
	"context"
	"slices"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
	"consilium/study"
	"consilium/web/face"
	"consilium/web/ui"
)

// listView is the studies that this hospital takes part in.
type listView struct {
	Open, Past []ui.ListItem
	Do         templ.Component
}

func listPage(q *face.Request) error {
	if err := access.Need(q.Caller.Who, access.List, access.What{Of: study.Governance}); err != nil {
		return err
	}
	var v listView
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, err := study.List(ctx, tx)
		for _, r := range rows {
			if r.State == study.Public || r.State == study.TakenBack {
				v.Past = append(v.Past, itemOf(q, ctx, tx, r))
			} else {
				v.Open = append(v.Open, itemOf(q, ctx, tx, r))
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if q.Opens("study") {
		v.Do = ui.Button(ui.ButtonView{Label: q.P("study.page.new", nil), URL: "/studies/new", Icon: "plus"})
	}
	return q.Show(q.Data(q.P("study.page.title", nil), "compare"), listContent(q, v))
}

func itemOf(q *face.Request, ctx context.Context, tx ledger.Tx, r study.Row) ui.ListItem {
	steward := q.HospitalLook(ctx, tx, r.Steward)
	item := ui.ListItem{Hospital: &steward, Text: q.Text(r.Title), URL: "/studies/" + r.Thread.String(), Note: face.JoinDots(r.Question, hospitalsText(q, r)), Chips: []ui.ChipView{stateChip(q, r.State)}}
	if item.Text == "" {
		item.Text = q.P("study.page.unnamed", nil)
	}
	if t, ok := ownTask(q, r.Next); ok {
		item.End = q.Text(t.What)
	}
	return item
}

func hospitalsText(q *face.Request, r study.Row) string {
	text := q.P("study.page.hospitals", map[string]any{"count": r.Hospitals})
	if r.State == study.Asking {
		text = face.JoinDots(text, q.P("study.page.approvals", map[string]any{"count": r.Approved}))
	}
	return text
}

func stateChip(q *face.Request, s study.State) ui.ChipView {
	sorts := map[study.State]ui.Sort{study.Asking: ui.Warn, study.Running: ui.Info, study.Finished: ui.Warn, study.Signed: ui.Good, study.Public: ui.Good, study.TakenBack: ui.Line}
	name := string(s)
	if s == study.Empty {
		name = "none"
	}
	return ui.ChipView{Text: q.P("study.state."+name, nil), Sort: sorts[s]}
}

// ownTask is the first task that waits for somebody of this hospital in one of the reader's roles.
func ownTask(q *face.Request, list []record.Task) (record.Task, bool) {
	for _, t := range list {
		if t.Hospital == q.Desk.ID && slices.ContainsFunc(q.Caller.Roles, func(r people.Role) bool { return slices.Contains(t.Roles, string(r)) }) {
			return t, true
		}
	}
	return record.Task{}, false
}

// studyWork adds the studies that wait for this person to Today.
func studyWork(q *face.Request, w *face.TodayWork) error {
	if !q.Lists("study") {
		return nil
	}
	var items []ui.ListItem
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, err := study.List(ctx, tx, study.Empty, study.Asking, study.Running, study.Finished, study.Signed)
		for _, r := range rows {
			if t, ok := ownTask(q, r.Next); ok {
				item := itemOf(q, ctx, tx, r)
				item.Text, item.Note, item.End = q.Text(t.What), item.Text, ""
				items = append(items, item)
			}
		}
		return err
	})
	if err != nil || len(items) == 0 {
		return err
	}
	w.Groups = append(w.Groups, face.WorkGroup{Title: q.P("study.page.title", nil), Items: items})
	return nil
}
