package page

import (
	"slices"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/people"
	"consilium/web/ui"
)

// deskRoutes are the pages beside the cases: Today, visits, network, settings.
func (s *Server) deskRoutes() {
	s.handle("GET /{$}", (*request).today)
	s.networkRoutes()
	s.settingsRoutes()
	s.visitRoutes()
}

// nav is the main menu: what this person's roles have something to do with.
func (q *request) nav() []ui.NavItem {
	items := []ui.NavItem{{Key: "today", Label: q.p("page.nav.today", nil), URL: "/"}}
	if q.listsCases() {
		items = append(items, ui.NavItem{Key: "cases", Label: q.p("page.nav.cases", nil), URL: "/cases"})
	}
	if q.lists("visit") {
		items = append(items, ui.NavItem{Key: "visits", Label: q.p("page.nav.visits", nil), URL: "/visits"})
	}
	return append(items, ui.NavItem{Key: "network", Label: q.p("page.nav.network", nil), URL: "/network"},
		ui.NavItem{Key: "settings", Label: q.p("page.nav.settings", nil), URL: "/settings"})
}

func (q *request) listsCases() bool { return q.lists("case") }

func (q *request) lists(kind string) bool {
	l := q.s.Door.MayList(q.caller.Who, kind)
	return l.All || l.Related
}

// may tells whether the person may do something to the node itself.
func (q *request) may(a access.Action) bool { return access.May(q.caller.Who, a, access.Node).Allowed }

// need is may as an error.
func (q *request) need(a access.Action) error { return access.Need(q.caller.Who, a, access.Node) }

func (q *request) is(r people.Role) bool { return slices.Contains(q.caller.Roles, r) }

// day writes a moment's day in the reader's language, in the node's own time zone.
func (q *request) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return lang.Day(q.lang, t.In(q.now().Location()), q.now())
}

func (q *request) moment(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return lang.DateTime(q.lang, t.In(q.now().Location()))
}

// done is the notice after a form was taken: the address names a phrase, and nothing but a phrase of ours is shown.
func (q *request) done() []ui.Notice {
	key := "page.done." + q.FormValue("done")
	if q.Method != "GET" || !lang.Has(key) {
		return nil
	}
	return []ui.Notice{{Sort: ui.Good, Text: q.p(key, nil)}}
}

func secondsOf(n int) time.Duration { return time.Duration(n) * time.Second }
