package upkeep

import (
	"context"
	"net/http"
	"strconv"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/people/security"
	"consilium/web/face"
	"consilium/web/ui"
)

// securityView is a page of the security log.
type securityView struct {
	Table ui.TableView
	Pager ui.PagerView
}

// securityShown is a page of the security log.
const securityShown = 100

func securityPage(q *face.Request) error {
	if err := q.Need(access.ReadAccessLog); err != nil {
		return err
	}
	before, _ := strconv.ParseInt(q.FormValue("before"), 10, 64)
	v := securityView{Table: ui.TableView{Caption: q.P("settings.security.title", nil)}}
	for _, key := range []string{"when", "what", "who", "about", "detail", "from"} {
		v.Table.Columns = append(v.Table.Columns, ui.Column{Label: q.P("settings.security."+key, nil)})
	}
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		rows, err := security.Before(ctx, tx, before, securityShown)
		for _, r := range rows {
			v.Table.Rows = append(v.Table.Rows, securityRow(q, ctx, tx, r))
		}
		if n := len(rows); n == securityShown {
			v.Pager = ui.PagerView{NextURL: "/settings/security?before=" + strconv.FormatInt(rows[n-1].Place, 10), NextText: q.P("settings.security.older", nil)}
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.Show(q.SettingsData(), securityContent(q, v))
}

func securityRow(q *face.Request, ctx context.Context, tx ledger.Tx, r security.Row) ui.TableRow {
	what := ui.Cell{Text: q.P("settings.security.event."+string(r.Event), nil)}
	if r.Event == security.SignInFailed || r.Event == security.Guessing || r.Event == security.GlassBroken || r.Event == security.SpokeAs {
		what = ui.Cell{Chips: []ui.ChipView{{Text: what.Text, Sort: ui.Warn, Icon: "alert"}}}
	}
	about := ""
	if r.About != "" {
		about = face.NameOf(ctx, tx, r.About)
	}
	return ui.TableRow{Cells: []ui.Cell{{Text: q.Moment(r.At)}, what, {Text: q.Doer(ctx, tx, r.By)}, {Text: about}, {Text: q.SecurityDetail(r.Detail)}, {Text: q.OriginWords(r.Origin)}}}
}

// securityExport gives the whole log as a file. Taking it out is itself written down first.
func securityExport(q *face.Request) error {
	if err := q.Need(access.ReadAccessLog); err != nil {
		return err
	}
	if err := q.Fresh(); err != nil {
		return err
	}
	form := q.PathValue("form")
	if form != "json" && form != "syslog" {
		return desk.ErrNotHere
	}
	if err := q.Desk.NoteNow(q.Context(), q.Caller, security.Exported, "", "security log"); err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "text/plain; charset=utf-8")
	q.W.Header().Set("Content-Disposition", `attachment; filename="security-log.`+map[string]string{"json": "jsonl", "syslog": "log"}[form]+`"`)
	q.W.WriteHeader(http.StatusOK)
	return q.Desk.WriteSecurityLog(q.Context(), q.W, form)
}
