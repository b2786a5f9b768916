package face

import (
	"consilium/web/ui"
)

// NavItem is a place in the main menu; the phrase page.nav.<key> is its name.
type NavItem struct {
	Key, URL string
	Show     func(*Request) bool // nil: to everybody
}

// Tab is a page of Settings, at /settings/<key>; the phrase settings.tab.<key> is its name.
type Tab struct {
	Key  string
	Show func(*Request) bool // nil: to everybody
}

// nav is the main menu: what this person's roles have something to do with.
func (q *Request) nav() (items []ui.NavItem) {
	for _, r := range q.s.rooms {
		for _, i := range r.Nav {
			if i.Show == nil || i.Show(q) {
				items = append(items, ui.NavItem{Key: i.Key, Label: q.P("page.nav."+i.Key, nil), URL: i.URL})
			}
		}
	}
	return items
}
