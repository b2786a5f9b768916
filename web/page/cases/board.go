package cases

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

// boardView is the coordinator's board: whom to call, whom to remind, who is to take what.
type boardView struct {
	Head  ui.HeadView
	Views []ui.SavedView
	Verbs []ui.Option
	Verb  string
	View  string
	Tasks []face.TaskView
	More  ui.Link
	Who   ui.FieldView
	Calls bool
}

// steps are what is done for the rows that are picked; that nobody answered is said of calls.
func (b boardView) steps() []string {
	if b.Calls {
		return []string{"assign", "remind", "no-answer"}
	}
	return []string{"assign", "remind"}
}

// first is the step that a list is there for.
func (b boardView) first() string {
	switch b.View {
	case "calls":
		return "no-answer"
	case "nobody":
		return "assign"
	}
	return "remind"
}

// boardViews are the lists of the board, the most pressing first.
var boardViews = []string{"overdue", "calls", "nobody", "week", "partner", "all"}

// boardShown is how many rows a board has at once: a coordinator works from the top.
const boardShown = 100

// boards tells whether the person has a board: who looks after all cases.
func boards(q *face.Request) bool { return q.Desk.Door.MayList(q.Caller.Who, "case").All }

func boardQuery(q *face.Request, view string) casebook.TaskQuery {
	t := casebook.TaskQuery{Hospital: q.Desk.ID, Limit: boardShown}
	if v := q.FormValue("verb"); slices.Contains(pathway.Verbs, v) {
		t.Verb = v
	}
	y, m, d := q.Now().Date()
	tomorrow := time.Date(y, m, d+1, 0, 0, 0, 0, q.Now().Location())
	switch view {
	case "overdue":
		t.Until = tomorrow.AddDate(0, 0, -1) // what is due today is in time
	case "calls":
		t.Kinds, t.Until = []string{casebook.KindFollowUp}, tomorrow
	case "nobody":
		t.Nobody = true
	case "week":
		t.Until = tomorrow.AddDate(0, 0, 6)
	case "partner":
		t.Partners = true
	}
	return t
}

func boardPage(q *face.Request) error {
	if !boards(q) {
		return access.Need(q.Caller.Who, access.ListAll, access.What{Of: casebook.Governance})
	}
	b := boardView{View: boardOf(q), Verb: q.FormValue("verb"), Head: ui.HeadView{Title: q.P("today.board.title", nil), Sub: face.JoinDots(q.Person(q.Caller.Name), lang.Date(q.Lang, q.Now()))}}
	b.Calls = b.View == "calls"
	for _, v := range pathway.Verbs {
		b.Verbs = append(b.Verbs, ui.Option{Value: v, Label: q.P("case.verb."+v, nil)})
	}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, view := range boardViews {
			n, err := casebook.CountTasks(ctx, tx, boardQuery(q, view))
			if err != nil {
				return err
			}
			b.Views = append(b.Views, ui.SavedView{Label: q.P("today.board."+view, nil), URL: "/board?view=" + view, Current: view == b.View, Count: lang.Number(q.Lang, int64(n))})
		}
		tasks, err := casebook.Tasks(ctx, tx, boardQuery(q, b.View))
		if err != nil {
			return err
		}
		for _, t := range tasks {
			row, err := boardRow(ctx, tx, q, t)
			if err != nil {
				return err
			}
			b.Tasks = append(b.Tasks, row)
		}
		all, err := people.List(ctx, tx, people.Filter{})
		b.Who = ui.FieldView{Name: "person", Type: ui.FieldPerson, Label: q.P("today.board.who", nil), Required: true}
		for _, p := range all {
			b.Who.Options = append(b.Who.Options, ui.Option{Value: string(p.ID), Label: q.PersonLabel(p)})
		}
		return err
	})
	if err != nil {
		return err
	}
	d := q.Data(b.Head.Title, "board")
	d.Notices = q.Done()
	return q.Show(d, boardContent(q, b))
}

func boardOf(q *face.Request) string {
	if v := q.FormValue("view"); slices.Contains(boardViews, v) {
		return v
	}
	return boardViews[0]
}

// boardRow is a task with whose it is, the telephone, and how often nobody answered.
func boardRow(ctx context.Context, tx ledger.Tx, q *face.Request, t casebook.OpenTask) (face.TaskView, error) {
	v := taskView(ctx, tx, q, t)
	v.Pick = t.Thread.String()
	whose := q.P("today.board.unnamed", nil)
	if t.Person != "" && t.Hospital == q.Desk.ID {
		if p, err := people.Get(ctx, tx, t.Person); err == nil {
			whose = p.DisplayName
		}
	} else if t.Hospital != q.Desk.ID {
		whose = q.HospitalName(ctx, tx, t.Hospital)
	}
	v.From = face.JoinDots(q.P("case.verb."+t.Verb, nil), whose, t.Title)
	v.Hospital = q.HospitalLook(ctx, tx, t.Hospital)
	if t.Kind == casebook.KindFollowUp && t.Hospital == q.Desk.ID {
		v.Act = askPatient(q, t.Thread, false)
	}
	if t.Patient == nil || t.Kind != casebook.KindFollowUp {
		return v, nil
	}
	if v.Tel = t.Patient.Telephone; v.Tel == "" {
		v.NoTel = q.P("today.board.notel", nil)
	}
	calls, err := casebook.CallsOf(ctx, tx, t.Thread, t.By.AddDate(0, -1, 0))
	if calls.Count > 0 {
		v.Tried = q.P("today.board.tried", map[string]any{"count": calls.Count, "when": q.Day(calls.Last)})
	}
	return v, err
}

// boardDo does one thing for all rows that were picked: it names who is in charge, reminds whoever's it is, or notes that nobody answered.
func boardDo(q *face.Request) error {
	if !boards(q) {
		return access.Need(q.Caller.Who, access.ListAll, access.What{Of: casebook.Governance})
	}
	var ids []ledger.ThreadID
	for _, text := range q.PostForm["pick"] {
		id, err := ledger.ParseThreadID(text)
		if err != nil {
			return errors.Join(desk.ErrInput, err)
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	done := q.PostForm.Get("step")
	var err error
	switch {
	case len(ids) == 0:
		done = "nothing"
	case done == "no-answer":
		err = q.Update(func(ctx context.Context, tx ledger.Tx) error {
			for _, id := range ids {
				if err := casebook.NoAnswer(ctx, tx, q.Now(), id, q.Caller.Person); err != nil {
					return err
				}
			}
			return nil
		})
	case done == "remind":
		err = remindAll(q, ids)
	case done == "assign":
		err = assignAll(q, ids)
	default:
		return desk.ErrInput
	}
	if err != nil {
		return err
	}
	return q.See("/board?view=" + boardOf(q) + "&done=board-" + done)
}

// assignAll names one person as the lead of several cases.
func assignAll(q *face.Request, ids []ledger.ThreadID) error {
	staff, err := q.Staff()
	if err != nil {
		return err
	}
	var options []ui.Option
	for _, p := range staff {
		options = append(options, ui.Option{Value: string(p.ID), Label: q.PersonLabel(p)})
	}
	who := ui.ValueOf(options, q.PostForm.Get("person"))
	i := slices.IndexFunc(staff, func(p people.Person) bool { return string(p.ID) == who })
	if i < 0 {
		return q.See("/board?view=" + boardOf(q) + "&done=board-nobody")
	}
	j := casebook.Joining{Person: staff[i].ID, Name: staff[i].DisplayName, Part: casebook.PartLead}
	for _, r := range staff[i].Roles {
		j.Roles = append(j.Roles, string(r))
	}
	for _, id := range ids {
		if _, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, ledger.Draft{Thread: id, Kind: casebook.KindTeamJoined, Says: j}); err != nil {
			return err
		}
	}
	return nil
}

// remindAll says a reminder of the first thing that is late in each case to whoever's it is.
func remindAll(q *face.Request, ids []ledger.ThreadID) error {
	due := q.Now().Format(time.DateOnly)
	for _, id := range ids {
		row, ok := casebook.Row{}, false
		err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
			row, ok, err = casebook.Get(ctx, tx, id)
			return err
		})
		if err != nil {
			return err
		}
		if !ok || row.NextHospital.IsZero() {
			continue
		}
		r := casebook.Reminder{Text: q.P("today.board.please", map[string]any{"what": q.Text(row.Next)}), Due: due,
			Owner: casebook.Owner{Hospital: row.NextHospital, Person: row.NextPerson, Role: string(row.NextRole)}}
		if _, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, ledger.Draft{Thread: id, Kind: casebook.KindReminder, Says: r}); err != nil {
			return err
		}
	}
	return nil
}

// boardExport is the list of the board for a spreadsheet.
func boardExport(q *face.Request) error {
	if !boards(q) {
		return access.Need(q.Caller.Who, access.ListAll, access.What{Of: casebook.Governance})
	}
	query := boardQuery(q, boardOf(q))
	query.Limit = 5000
	var rows [][]string
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		tasks, err := casebook.Tasks(ctx, tx, query)
		for _, t := range tasks {
			v, err := boardRow(ctx, tx, q, t)
			if err != nil {
				return err
			}
			due := ""
			if !t.By.IsZero() {
				due = t.By.In(q.Now().Location()).Format(time.DateOnly)
			}
			rows = append(rows, []string{due, casebook.Number(t.Thread), v.Who, v.About, v.Side.Word, v.What, v.From, v.Urgent, v.Tel, v.Tried})
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.SendTable("board.csv", strings.Fields("due case patient about side task with urgency telephone calls"), rows)
}
