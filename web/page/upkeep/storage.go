package upkeep

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people/security"
	"consilium/web/face"
	"consilium/web/ui"
)

// storageView is what the node keeps, and how sure it is of it.
type storageView struct {
	Facts   []ui.Fact
	Jobs    []ui.ListItem
	Notices []ui.Notice
	Report  *desk.VerifyReport
	To      string
	Wrong   string
}

func storagePage(q *face.Request) error {
	if err := q.Need(access.Administer); err != nil {
		return err
	}
	return showStorage(q, http.StatusOK, storageView{})
}

func showStorage(q *face.Request, status int, v storageView) error {
	c, err := counted(q)
	if err != nil {
		return err
	}
	v.Facts = []ui.Fact{{Label: q.P("settings.storage.threads", nil), Value: lang.Number(q.Lang, int64(c.threads))},
		{Label: q.P("settings.storage.entries", nil), Value: lang.Number(q.Lang, int64(c.entries))},
		{Label: q.P("settings.storage.version", nil), Value: q.Desk.Version}, {Label: q.P("settings.storage.hospital", nil), Value: q.Desk.ID.String()}}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := q.Desk.Jobs(ctx, tx, q.Caller, "", 30)
		for _, j := range list {
			v.Jobs = append(v.Jobs, jobItem(q, j))
		}
		return err
	})
	if err != nil {
		return err
	}
	d := q.SettingsData()
	d.Path = "/settings/storage" // also where a form of the page was answered
	d.Notices = append(d.Notices, v.Notices...)
	return q.Render(status, d, storageContent(q, v))
}

func verifyNow(q *face.Request) error {
	if err := q.Need(access.Administer); err != nil {
		return err
	}
	report, err := q.Desk.Keeper.Verify(q.Context(), nil)
	if err != nil {
		return err
	}
	notice := ui.Notice{Sort: ui.Good, Title: q.P("settings.verify.good", nil), Text: verifyText(q, report), Items: report.NotProved}
	if len(report.Breaks) > 0 {
		notice = ui.Notice{Sort: ui.Bad, Title: q.P("settings.verify.bad", map[string]any{"count": len(report.Breaks)}), Text: q.P("settings.verify.baddo", nil), Items: report.Breaks}
	}
	return showStorage(q, http.StatusOK, storageView{Report: &report, Notices: []ui.Notice{notice}})
}

func verifyText(q *face.Request, r desk.VerifyReport) string {
	return q.P("settings.verify.text", map[string]any{"threads": r.Threads, "entries": r.Entries, "files": r.Files, "erased": r.Erased, "forks": r.Forks, "late": r.Late})
}

func backupNow(q *face.Request) error {
	if err := q.Need(access.Administer); err != nil {
		return err
	}
	to := strings.TrimSpace(q.PostForm.Get("to"))
	if !q.Near() { // it writes keys and patients' data where the caller says; the API wants the node's own socket for it
		return showStorage(q, http.StatusForbidden, storageView{To: to, Wrong: q.P("settings.backup.afar", nil)})
	}
	if to == "" {
		return showStorage(q, http.StatusUnprocessableEntity, storageView{Wrong: q.P("settings.backup.where", nil)})
	}
	order := desk.BackupOrder{To: to, Recipient: strings.TrimSpace(q.PostForm.Get("recipient")), Passphrase: q.PostForm.Get("passphrase")}
	if err := q.Fresh(); err != nil { // a backup takes everything out
		return err
	}
	without, err := q.Desk.Keeper.Backup(q.Context(), order)
	if err != nil {
		return showStorage(q, http.StatusUnprocessableEntity, storageView{To: to, Wrong: err.Error()})
	}
	if err := q.Desk.NoteNow(q.Context(), q.Caller, security.BackedUp, "", to); err != nil {
		return err
	}
	notices := []ui.Notice{{Sort: ui.Good, Title: q.P("settings.backup.done", nil), Text: to}}
	for _, left := range without {
		notices = append(notices, ui.Notice{Sort: ui.Warn, Title: q.P("settings.backup.without", nil), Text: q.Text(left)})
	}
	return showStorage(q, http.StatusOK, storageView{Notices: notices})
}

func backupFields(q *face.Request, v storageView) []ui.FieldView {
	return []ui.FieldView{
		{Name: "to", Type: ui.FieldText, Label: q.P("settings.backup.to", nil), Help: q.P("settings.backup.help", nil), Value: v.To, Required: true, Error: v.Wrong},
		{Name: "recipient", Type: ui.FieldText, Label: q.P("settings.backup.recipient", nil), Help: q.P("settings.backup.recipienthelp", nil)},
		{Name: "passphrase", Type: ui.FieldPassword, Label: q.P("settings.backup.passphrase", nil), Help: q.P("settings.backup.passphrasehelp", nil)},
	}
}

// entriesView is what came and was not taken in, and what waits for something else.
type entriesView struct{ Waiting, Refused []ui.ListItem }

// entriesShown bounds both lists.
const entriesShown = 200

func entriesPage(q *face.Request) error {
	if err := q.Need(access.Administer); err != nil {
		return err
	}
	var v entriesView
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		waiting, err := ledger.Waiters(ctx, tx, entriesShown)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			v.Waiting = append(v.Waiting, ui.ListItem{Icon: "clock", Text: q.P("settings.entries.waits", map[string]any{"count": len(w.Missing)}),
				Note: face.JoinDots(q.HospitalName(ctx, tx, w.Source), w.Thread.String(), w.Hash.Short()), End: lang.Relative(q.Lang, w.Since, q.Now())})
		}
		refused, err := ledger.Refusals(ctx, tx, entriesShown)
		for _, r := range refused {
			v.Refused = append(v.Refused, ui.ListItem{Icon: "error", Text: r.Reason, Note: face.Joined(" · ",
				q.P("settings.entries.from", map[string]any{"hospital": q.HospitalName(ctx, tx, r.Source)}), r.Thread, r.Hash.Short()), End: lang.Relative(q.Lang, r.At, q.Now())})
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.Show(q.SettingsData(), entriesContent(q, v))
}

// glassView is one emergency access that somebody reviews.
type glassView struct {
	access.Glass
	Who, What, When string
	Own             bool
}

func glassPage(q *face.Request) error {
	if err := q.Need(access.ReviewBreak); err != nil {
		return err
	}
	var list []glassView
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		open, err := access.ToReview(ctx, tx)
		if err != nil {
			return err
		}
		for _, g := range open {
			v := glassView{Glass: g, Who: face.NameOf(ctx, tx, g.Person), What: g.Thread.String(), When: q.Moment(g.Created), Own: g.Person == q.Caller.Person}
			ok, err := q.Desk.MaySee(ctx, tx, q.Caller, g.Thread)
			if err != nil {
				return err
			}
			if row, here, err := casebook.Get(ctx, tx, g.Thread); ok && here && err == nil {
				v.What = row.Title
			}
			list = append(list, v)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.Show(q.SettingsData(), glassContent(q, list))
}

func reviewGlass(q *face.Request) error {
	outcome := access.Outcome(q.PostForm.Get("outcome"))
	if !slices.Contains([]access.Outcome{access.Justified, access.Unjustified}, outcome) {
		return desk.ErrInput
	}
	if err := q.Desk.Door.Review(q.Context(), q.Caller.Who, q.PathValue("id"), outcome, q.PostForm.Get("note")); err != nil {
		return err
	}
	return q.See("/settings/glass?done=reviewed")
}

func outcomeFields(q *face.Request, id string) []ui.FieldView {
	return []ui.FieldView{
		{Name: "outcome", ID: "outcome-" + id, Type: ui.FieldCode, Label: q.P("settings.glass.outcome", nil), Required: true, Options: []ui.Option{
			{Value: string(access.Justified), Label: q.Text(access.Justified.Name())}, {Value: string(access.Unjustified), Label: q.Text(access.Unjustified.Name())}}},
		{Name: "note", ID: "note-" + id, Type: ui.FieldText, Label: q.P("settings.glass.note", nil)},
	}
}
