package page

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/jobs"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/web/ui"
)

// healthView is how the node is, for its administrator.
type healthView struct {
	Items []ui.ListItem
	Steps []ui.ListItem // what a new node still needs
}

// nodeCounts are the numbers of the health list.
type nodeCounts struct {
	threads, entries, staff, waiting, refused, running, failed int
}

func (q *request) counted() (c nodeCounts, err error) {
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, n := range []struct {
			sql string
			to  *int
		}{{`SELECT COUNT(*) FROM thread`, &c.threads}, {`SELECT COALESCE(SUM(entries), 0) FROM thread`, &c.entries},
			{`SELECT COUNT(*) FROM waiting`, &c.waiting}, {`SELECT COUNT(*) FROM refused`, &c.refused}} {
			if err := tx.QueryRowContext(ctx, n.sql).Scan(n.to); err != nil {
				return err
			}
		}
		staff, err := people.List(ctx, tx, people.Filter{})
		if err != nil {
			return err
		}
		c.staff = len(staff)
		list, err := jobs.List(ctx, tx, "", 50)
		for _, j := range list {
			switch j.State {
			case jobs.Running, jobs.Waiting, jobs.Retrying:
				c.running++
			case jobs.Failed:
				if q.now().Sub(j.Updated) < 7*24*time.Hour {
					c.failed++
				}
			}
		}
		return err
	})
	return c, err
}

func (q *request) health(states []network.State) (*healthView, error) {
	c, err := q.counted()
	if err != nil {
		return nil, err
	}
	up, partners := 0, 0
	for _, s := range states {
		if s.Partner.State == network.Accepted {
			partners++
			if s.Up {
				up++
			}
		}
	}
	v := &healthView{Items: []ui.ListItem{
		q.healthItem("network", "/network", up == partners, q.p("settings.health.partners", map[string]any{"up": up, "all": partners})),
		q.healthItem("document", "/settings/storage", true, q.p("settings.health.record", map[string]any{"threads": c.threads, "entries": c.entries})),
		q.healthItem("history", "/settings/entries", c.waiting == 0 && c.refused == 0, q.p("settings.health.entries", map[string]any{"waiting": c.waiting, "refused": c.refused})),
		q.healthItem("pulse", "/settings/storage", c.failed == 0, q.p("settings.health.jobs", map[string]any{"running": c.running, "failed": c.failed})),
		q.healthItem("people", "/settings/people", true, q.p("settings.health.people", map[string]any{"count": c.staff})),
	}}
	if c.staff <= 1 {
		v.Steps = append(v.Steps, q.step("people", "people", "/settings/people/new"))
	}
	if partners == 0 {
		v.Steps = append(v.Steps, q.step("network", "partner", "/network"))
	}
	return v, nil
}

func (q *request) healthItem(icon, url string, well bool, text string) ui.ListItem {
	item := ui.ListItem{Icon: icon, Text: text, URL: url, Chips: []ui.ChipView{{Text: q.p("settings.health.well", nil), Sort: ui.Good, Icon: "check"}}}
	if !well {
		item.Chips = []ui.ChipView{{Text: q.p("settings.health.look", nil), Sort: ui.Warn, Icon: "alert"}}
	}
	return item
}

func (q *request) step(icon, key, url string) ui.ListItem {
	return ui.ListItem{Icon: icon, Text: q.p("settings.start."+key, nil), Note: q.p("settings.start."+key+"why", nil), URL: url,
		Act: ui.Button(ui.ButtonView{Label: q.p("settings.start."+key+"do", nil), URL: url, Quiet: true})}
}

func (q *request) todayHead(v todayView) ui.HeadView {
	h := ui.HeadView{Title: q.greeting(), Sub: q.todaySub()}
	if v.Overdue > 0 {
		h.Chips = append(h.Chips, ui.ChipView{Text: q.p("today.overduecount", map[string]any{"count": v.Overdue}), Sort: ui.Bad, Icon: "clock"})
	}
	if v.Clinic && q.opens("case") {
		h.Actions = ui.Button(ui.ButtonView{Label: q.p("today.empty.do", nil), URL: "/cases/new", Icon: "plus"})
	}
	return h
}

func (q *request) todayStart() templ.Component { return todayStart(q, q.opens("case")) }

// opens tells whether the person may open a thread of a kind.
func (q *request) opens(kind string) bool {
	return access.May(q.caller.Who, access.Open, access.What{Kind: kind}).Allowed
}
