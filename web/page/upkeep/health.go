package upkeep

import (
	"context"
	"time"

	"consilium/access"
	"consilium/jobs"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

// healthView is how the node is, for its administrator.
type healthView struct {
	Items []ui.ListItem
	Steps []ui.ListItem // what a new node still needs

	failed int      // jobs of the last week
	away   []string // partners whose line does not stand, for more than a day
}

// nodeCounts are the numbers of the health list.
type nodeCounts struct {
	threads, entries, staff, waiting, refused, running, failed int
}

func counted(q *face.Request) (c nodeCounts, err error) {
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
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
		tally, err := jobs.Count(ctx, tx, q.Now().Add(-7*24*time.Hour))
		c.running, c.failed = tally.Running, tally.Failed
		return err
	})
	return c, err
}

// healthWork shows the node's administrator on Today how it is.
func healthWork(q *face.Request, w *face.TodayWork) error {
	if !q.May(access.Administer) {
		return nil
	}
	v, err := health(q)
	if err != nil {
		return err
	}
	list, err := alarms(q, *v)
	if err != nil {
		return err
	}
	w.Alerts = append(w.Alerts, list...)
	w.Below = append(w.Below, healthContent(q, *v))
	return nil
}

func health(q *face.Request) (*healthView, error) {
	states, err := q.Desk.Network.State(q.Context())
	if err != nil {
		return nil, err
	}
	c, err := counted(q)
	if err != nil {
		return nil, err
	}
	up, partners := 0, 0
	var names []string
	for _, s := range states {
		if s.Partner.State == network.Accepted {
			partners++
			if s.Up {
				up++
			}
			if away(q, s) {
				names = append(names, s.Partner.Name)
			}
		}
	}
	v := &healthView{failed: c.failed, away: names, Items: []ui.ListItem{
		healthItem(q, "network", "/network", up == partners, q.P("settings.health.partners", map[string]any{"up": up, "all": partners})),
		healthItem(q, "document", "/settings/storage", true, q.P("settings.health.record", map[string]any{"threads": c.threads, "entries": c.entries})),
		healthItem(q, "history", "/settings/entries", c.waiting == 0 && c.refused == 0, q.P("settings.health.entries", map[string]any{"waiting": c.waiting, "refused": c.refused})),
		healthItem(q, "pulse", "/settings/storage", c.failed == 0, q.P("settings.health.jobs", map[string]any{"running": c.running, "failed": c.failed})),
		healthItem(q, "people", "/settings/people", true, q.P("settings.health.people", map[string]any{"count": c.staff})),
	}}
	if c.staff <= 1 {
		v.Steps = append(v.Steps, step(q, "people", "people", "/settings/people/new"))
	}
	if partners == 0 {
		v.Steps = append(v.Steps, step(q, "network", "partner", "/network"))
	}
	return v, nil
}

func healthItem(q *face.Request, icon, url string, well bool, text string) ui.ListItem {
	item := ui.ListItem{Icon: icon, Text: text, URL: url, Chips: []ui.ChipView{{Text: q.P("settings.health.well", nil), Sort: ui.Good, Icon: "check"}}}
	if !well {
		item.Chips = []ui.ChipView{{Text: q.P("settings.health.look", nil), Sort: ui.Warn, Icon: "alert"}}
	}
	return item
}

func step(q *face.Request, icon, key, url string) ui.ListItem {
	return ui.ListItem{Icon: icon, Text: q.P("settings.start."+key, nil), Note: q.P("settings.start."+key+"why", nil), URL: url,
		Act: ui.Button(ui.ButtonView{Label: q.P("settings.start."+key+"do", nil), URL: url, Quiet: true})}
}
