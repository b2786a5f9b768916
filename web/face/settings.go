package face

import (
	"context"
	"net/http"
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/web/ui"
)

// settingsTabs are the pages of Settings that this person may open.
func (q *Request) settingsTabs(current string) (tabs []ui.SavedView) {
	for _, r := range q.s.rooms {
		for _, t := range r.Tabs {
			if t.Show != nil && !t.Show(q) {
				continue
			}
			url := "/settings/" + t.Key
			if t.Key == ownTab {
				url = "/settings"
			}
			tab := ui.SavedView{Label: q.P("settings.tab."+t.Key, nil), URL: url, Current: current == t.Key}
			if t.Key == ownTab { // first what is their own, then what they decide for others
				tabs = slices.Insert(tabs, 0, tab)
				continue
			}
			tabs = append(tabs, tab)
		}
	}
	return tabs
}

// ownTab is the page of Settings that stands at /settings itself: what somebody keeps about themselves.
const ownTab = "mine"

// SettingsData is the frame of a page of Settings.
func (q *Request) SettingsData() ui.PageData {
	d := q.Data(q.P("settings.title", nil), "settings")
	d.Notices = q.Done()
	if key := "settings.done." + q.FormValue("done"); q.Method == http.MethodGet && lang.Has(key) {
		d.Notices = append(d.Notices, ui.Notice{Sort: ui.Good, Text: q.P(key, nil)})
	}
	d.Scripts = []string{"passkey.js", "copy.js"}
	return d
}

// Update writes in one transaction.
func (q *Request) Update(fn func(ctx context.Context, tx ledger.Tx) error) error {
	return q.Desk.DB.Update(q.Context(), fn)
}
