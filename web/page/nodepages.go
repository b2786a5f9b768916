package page

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/ui"
)

func (s *Server) nodeRoutes() {
	s.handle("GET /settings/packs", (*request).packsPage)
	s.handle("GET /settings/packs/{pack}", (*request).packPage)
	s.handle("GET /settings/packs/elsewhere/{hash}", (*request).packFile)
	s.handle("GET /settings/import", (*request).importPage)
	s.handle("POST /settings/import", (*request).orderImport)
	s.handle("GET /settings/import/{job}", (*request).jobPage)
	s.handle("POST /settings/import/{job}/cancel", (*request).cancelJob)
	s.handle("GET /settings/storage", (*request).storagePage)
	s.handle("POST /settings/storage/verify", (*request).verifyNow)
	s.handle("POST /settings/storage/backup", (*request).backupNow)
	s.handle("GET /settings/entries", (*request).entriesPage)
	s.handle("GET /settings/log", (*request).logPage)
	s.handle("GET /settings/glass", (*request).glassPage)
	s.handle("POST /settings/glass/{id}", (*request).reviewGlass)
}

// storageView is what the node keeps, and how sure it is of it.
type storageView struct {
	Facts   []ui.Fact
	Jobs    []ui.ListItem
	Notices []ui.Notice
	Report  *desk.VerifyReport
	To      string
	Wrong   string
}

func (q *request) storagePage() error {
	if err := q.need(access.Administer); err != nil {
		return err
	}
	return q.showStorage(http.StatusOK, storageView{})
}

func (q *request) showStorage(status int, v storageView) error {
	c, err := q.counted()
	if err != nil {
		return err
	}
	v.Facts = []ui.Fact{{Label: q.p("settings.storage.threads", nil), Value: lang.Number(q.lang, int64(c.threads))},
		{Label: q.p("settings.storage.entries", nil), Value: lang.Number(q.lang, int64(c.entries))},
		{Label: q.p("settings.storage.version", nil), Value: q.s.Version}, {Label: q.p("settings.storage.hospital", nil), Value: q.s.ID.String()}}
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err := jobs.List(ctx, tx, "", 30)
		for _, j := range list {
			v.Jobs = append(v.Jobs, q.jobItem(j))
		}
		return err
	})
	if err != nil {
		return err
	}
	d := q.settingsData()
	d.Path = "/settings/storage" // also where a form of the page was answered
	d.Notices = append(d.Notices, v.Notices...)
	return q.render(status, d, storageContent(q, v))
}

func (q *request) verifyNow() error {
	if err := q.need(access.Administer); err != nil {
		return err
	}
	report, err := q.s.Keeper.Verify(q.Context(), nil)
	if err != nil {
		return err
	}
	notice := ui.Notice{Sort: ui.Good, Title: q.p("settings.verify.good", nil), Text: q.verifyText(report)}
	if len(report.Breaks) > 0 {
		notice = ui.Notice{Sort: ui.Bad, Title: q.p("settings.verify.bad", map[string]any{"count": len(report.Breaks)}), Text: q.p("settings.verify.baddo", nil), Items: report.Breaks}
	}
	return q.showStorage(http.StatusOK, storageView{Report: &report, Notices: []ui.Notice{notice}})
}

func (q *request) verifyText(r desk.VerifyReport) string {
	return q.p("settings.verify.text", map[string]any{"threads": r.Threads, "entries": r.Entries, "files": r.Files, "erased": r.Erased, "forks": r.Forks, "late": r.Late})
}

func (q *request) backupNow() error {
	if err := q.need(access.Administer); err != nil {
		return err
	}
	to := strings.TrimSpace(q.PostForm.Get("to"))
	if !q.near() { // it writes keys and patients' data where the caller says; the API wants the node's own socket for it
		return q.showStorage(http.StatusForbidden, storageView{To: to, Wrong: q.p("settings.backup.afar", nil)})
	}
	if to == "" {
		return q.showStorage(http.StatusUnprocessableEntity, storageView{Wrong: q.p("settings.backup.where", nil)})
	}
	if err := q.s.Keeper.Backup(q.Context(), to); err != nil {
		return q.showStorage(http.StatusUnprocessableEntity, storageView{To: to, Wrong: err.Error()})
	}
	return q.showStorage(http.StatusOK, storageView{Notices: []ui.Notice{{Sort: ui.Good, Title: q.p("settings.backup.done", nil), Text: to}}})
}

func (q *request) backupField(v storageView) ui.FieldView {
	return ui.FieldView{Name: "to", Type: ui.FieldText, Label: q.p("settings.backup.to", nil), Help: q.p("settings.backup.help", nil), Value: v.To, Required: true, Error: v.Wrong}
}

// entriesView is what came and was not taken in, and what waits for something else.
type entriesView struct{ Waiting, Refused []ui.ListItem }

// entriesShown bounds both lists.
const entriesShown = 200

func (q *request) entriesPage() error {
	if err := q.need(access.Administer); err != nil {
		return err
	}
	var v entriesView
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		waiting, err := ledger.Waiters(ctx, tx, entriesShown)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			v.Waiting = append(v.Waiting, ui.ListItem{Icon: "clock", Text: q.p("settings.entries.waits", map[string]any{"count": len(w.Missing)}),
				Note: joined(" · ", q.hospitalName(ctx, tx, w.Source), w.Thread.String(), w.Hash.Short()), End: lang.Relative(q.lang, w.Since, q.now())})
		}
		refused, err := ledger.Refusals(ctx, tx, entriesShown)
		for _, r := range refused {
			v.Refused = append(v.Refused, ui.ListItem{Icon: "error", Text: r.Reason, Note: joined(" · ",
				q.p("settings.entries.from", map[string]any{"hospital": q.hospitalName(ctx, tx, r.Source)}), r.Thread, r.Hash.Short()), End: lang.Relative(q.lang, r.At, q.now())})
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.show(q.settingsData(), entriesContent(q, v))
}

// logView is a page of the access log.
type logView struct {
	Table  ui.TableView
	Pager  ui.PagerView
	Person string
	People []ui.Option
	Broken string
}

// logShown is a page of the access log.
const logShown = 100

func (q *request) logPage() error {
	if err := q.need(access.ReadAccessLog); err != nil {
		return err
	}
	before, _ := strconv.ParseInt(q.FormValue("before"), 10, 64)
	v := logView{Person: q.FormValue("person"), Table: ui.TableView{Caption: q.p("settings.log.title", nil), Columns: []ui.Column{{Label: q.p("settings.log.when", nil)},
		{Label: q.p("settings.log.who", nil)}, {Label: q.p("settings.log.what", nil)}, {Label: q.p("settings.log.why", nil)}, {Label: q.p("settings.log.from", nil)}}}}
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, err := seenRows(ctx, tx, v.Person, before)
		if err != nil {
			return err
		}
		staff, err := people.List(ctx, tx, people.Filter{})
		if err != nil {
			return err
		}
		for _, p := range staff {
			v.People = append(v.People, ui.Option{Value: string(p.ID), Label: p.DisplayName})
		}
		for _, r := range rows {
			row, err := q.seenRow(ctx, tx, r)
			if err != nil {
				return err
			}
			v.Table.Rows = append(v.Table.Rows, row)
		}
		if n := len(rows); n == logShown && v.Person == "" {
			v.Pager = ui.PagerView{NextURL: "/settings/log?before=" + strconv.FormatInt(rows[n-1].Place, 10), NextText: q.p("settings.log.older", nil)}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.show(q.settingsData(), logContent(q, v))
}

func seenRows(ctx context.Context, tx ledger.Tx, person string, before int64) ([]access.Seen, error) {
	if person != "" {
		return access.LogBy(ctx, tx, ledger.PersonID(person), logShown)
	}
	return access.LogBefore(ctx, tx, before, logShown)
}

func (q *request) seenRow(ctx context.Context, tx ledger.Tx, r access.Seen) (ui.TableRow, error) {
	what := ui.Cell{Text: r.Thread.String()}
	ok, err := q.s.MaySee(ctx, tx, q.caller, r.Thread)
	if err != nil {
		return ui.TableRow{}, err
	}
	if row, here, err := casebook.Get(ctx, tx, r.Thread); ok && here && err == nil {
		what = ui.Cell{Text: row.Title, Note: r.Thread.String()}
	}
	why := ui.Cell{Text: q.p("settings.log.allowed", nil), Note: r.Relation}
	switch {
	case r.Why == access.Denied:
		why = ui.Cell{Chips: []ui.ChipView{{Text: q.p("settings.log.denied", nil), Sort: ui.Bad, Icon: "x"}}}
	case r.Glass():
		why = ui.Cell{Chips: []ui.ChipView{{Text: q.p("settings.log.glass", nil), Sort: ui.Warn, Icon: "alert"}}}
	}
	return ui.TableRow{Cells: []ui.Cell{{Text: q.moment(r.At)}, {Text: nameOf(ctx, tx, r.Person)}, what, why, {Text: r.Origin}}}, nil
}

// nameOf is what people call somebody of this hospital, or the start of an id that nobody has.
func nameOf(ctx context.Context, tx ledger.Tx, id ledger.PersonID) string {
	if p, err := people.Get(ctx, tx, id); err == nil && p.DisplayName != "" {
		return p.DisplayName
	}
	return string(id)
}

// glassView is one emergency access that somebody reviews.
type glassView struct {
	access.Glass
	Who, What, When string
	Own             bool
}

func (q *request) glassPage() error {
	if err := q.need(access.ReviewBreak); err != nil {
		return err
	}
	var list []glassView
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		open, err := access.ToReview(ctx, tx)
		if err != nil {
			return err
		}
		for _, g := range open {
			v := glassView{Glass: g, Who: nameOf(ctx, tx, g.Person), What: g.Thread.String(), When: q.moment(g.Created), Own: g.Person == q.caller.Person}
			ok, err := q.s.MaySee(ctx, tx, q.caller, g.Thread)
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
	return q.show(q.settingsData(), glassContent(q, list))
}

func (q *request) reviewGlass() error {
	outcome := access.Outcome(q.PostForm.Get("outcome"))
	if !slices.Contains([]access.Outcome{access.Justified, access.Unjustified}, outcome) {
		return desk.ErrInput
	}
	if err := q.s.Door.Review(q.Context(), q.caller.Who, q.PathValue("id"), outcome, q.PostForm.Get("note")); err != nil {
		return err
	}
	return q.see("/settings/glass?done=reviewed")
}

func (q *request) outcomeFields(id string) []ui.FieldView {
	return []ui.FieldView{
		{Name: "outcome", ID: "outcome-" + id, Type: ui.FieldCode, Label: q.p("settings.glass.outcome", nil), Required: true, Options: []ui.Option{
			{Value: string(access.Justified), Label: q.text(access.Justified.Name())}, {Value: string(access.Unjustified), Label: q.text(access.Unjustified.Name())}}},
		{Name: "note", ID: "note-" + id, Type: ui.FieldText, Label: q.p("settings.glass.note", nil)},
	}
}
