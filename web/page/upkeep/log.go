package upkeep

import (
	"context"
	"strconv"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/people/security"
	"consilium/web/face"
	"consilium/web/ui"
)

// logView is a page of the access log.
type logView struct {
	Filters  ui.FiltersView
	Table    ui.TableView
	Pager    ui.PagerView
	Export   string
	Narrowed bool // by the reader: then an empty page does not mean that nobody ever read
}

func logPage(q *face.Request) error {
	if err := q.Need(access.ReadAccessLog); err != nil {
		return err
	}
	v := logView{Table: ui.TableView{Caption: q.P("settings.log.title", nil)}, Export: q.ReadingsAddress("/settings/log.csv", "as", "csv"), Narrowed: q.URL.RawQuery != ""}
	for _, key := range []string{"when", "who", "what", "why", "from"} {
		v.Table.Columns = append(v.Table.Columns, ui.Column{Label: q.P("settings.log."+key, nil)})
	}
	var sought access.Sought
	sought.Before, _ = strconv.ParseInt(q.FormValue("before"), 10, 64)
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		found, err := q.FindReadings(ctx, tx, sought)
		if err != nil {
			return err
		}
		named := map[ledger.ThreadID]ui.Cell{}
		for _, r := range found.Rows {
			what, known := named[r.Thread]
			if !known {
				if what, err = whatWasRead(q, ctx, tx, r.Thread); err != nil {
					return err
				}
				named[r.Thread] = what
			}
			what.Note = face.JoinDots(q.ChoiceName("action", string(r.Action)), what.Note)
			v.Table.Rows = append(v.Table.Rows, ui.TableRow{Cells: []ui.Cell{q.Moments(r), {Text: r.Who}, what, q.Right(r.Seen), {Text: q.OriginWords(r.Origin)}}})
		}
		v.Filters = q.ReadingFilters("/settings/log", found)
		if found.Older > 0 {
			v.Pager = ui.PagerView{NextURL: q.ReadingsAddress("/settings/log", "before", strconv.FormatInt(found.Older, 10)), NextText: q.P("settings.log.older", nil)}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return q.Show(q.SettingsData(), logContent(q, v))
}

// whatWasRead is a thread as who reads the log may know it: a case by its title only where they may see it.
func whatWasRead(q *face.Request, ctx context.Context, tx ledger.Tx, thread ledger.ThreadID) (ui.Cell, error) {
	c := ui.Cell{Text: casebook.Number(thread)}
	ok, err := q.Desk.MaySee(ctx, tx, q.Caller, thread)
	if err != nil {
		return c, err
	}
	if row, here, err := casebook.Get(ctx, tx, thread); ok && here && err == nil {
		c = ui.Cell{Text: row.Title, Note: casebook.Number(thread)}
	}
	return c, nil
}

// logExport is the access log for a spreadsheet, as it is narrowed. Taking it out is itself written down first.
func logExport(q *face.Request) error {
	if err := q.Need(access.ReadAccessLog); err != nil {
		return err
	}
	if err := q.Desk.NoteNow(q.Context(), q.Caller, security.Exported, "", "access log"); err != nil {
		return err
	}
	return q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return q.SendReadings(ctx, tx, "access-log.csv", access.Sought{}, func(s access.Seen) string { return s.Thread.String() })
	})
}
