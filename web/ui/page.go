package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"consilium/lang"
)

// PageData is what a whole page needs besides its content.
type PageData struct {
	Title    string // of the browser's tab, without the product's name
	Lang     lang.Language
	Today    string // the hospital's, 2026-11-21: where the calendar of dates begins
	Theme    string // "light", "dark", or "" to follow the system
	Active   string // the Key of the NavItem this page belongs to
	Hospital Hospital
	Person   string // the id of who has signed in: whose drafts in this browser are sent on
	User     User   // without a name nobody has signed in, and there is no menu
	Nav      []NavItem
	CSRF     string // goes into every form of the page, and into <meta name="csrf-token">
	Path     string // of this page: where language and theme come back to
	LiveURL  string // an event stream that says "thread" when something on this page changed
	Notices  []Notice
	AssetURL func(name string) string // Assets.URL
	Scripts  []string                 // further entry points of web/assets, such as "passkey.js"
	Actions  PageActions
	Foot     string // one quiet line at the end: node, version, "invented for the demo"
}

// PageActions are the addresses of the forms that every page carries; each is posted with csrf_token
// and back, language also with lang, theme also with theme (light, dark or auto). Empty ones are left out.
type PageActions struct {
	Home, Language, Theme, SignOut, Settings string
}

// User is who has signed in.
type User struct {
	Name, Role, Initials string
}

// NavItem is one place of the main navigation. A count above zero is shown beside it.
type NavItem struct {
	Key, Label, URL string
	Count           int
}

// Sort says how a notice, a chip or a banner is meant.
type Sort string

// The sorts; each has its own color and its own icon.
const (
	Plain Sort = ""
	Line  Sort = "line"
	Info  Sort = "info"
	Good  Sort = "good"
	Warn  Sort = "warn"
	Bad   Sort = "bad"
)

// Notice is a banner: what happened, what was kept, what to do.
type Notice struct {
	Sort    Sort
	Title   string
	Text    string
	Items   []string
	URL, Do string // the one thing to do about it, if any
}

func (n Notice) icon() string {
	switch n.Sort {
	case Good:
		return "check-circle"
	case Warn:
		return "alert"
	case Bad:
		return "error"
	}
	return "info"
}

// role: an error interrupts a screen reader, anything else waits its turn.
func (n Notice) role() string {
	if n.Sort == Bad {
		return "alert"
	}
	return "status"
}

// Page is the frame of every page: bar, notices, content as children. It carries the language down
// to every component in it.
func Page(d PageData) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return page(d).Render(WithLanguage(ctx, d.Lang), w)
	})
}

func (d PageData) url(name string) string {
	if d.AssetURL == nil {
		return ""
	}
	return d.AssetURL(name)
}

func (d PageData) home() string {
	if d.Actions.Home == "" {
		return "/"
	}
	return d.Actions.Home
}

// HeadView is the head of a page: what it is about, and what can be done with it.
type HeadView struct {
	Title    string
	Sub      string // one line below: who, where
	Back     Link   // the way one level up, if any
	Chips    []ChipView
	Hospital *Hospital       // shown before the title, for a hospital's own page
	Actions  templ.Component // buttons
	Stages   []Stage         // the nine verbs, for a case
}

// Link is a labelled address.
type Link struct {
	Label, URL string
}

// ChipView is a small label. Icon may be "".
type ChipView struct {
	Text string
	Sort Sort
	Icon string
}

// scripts are the addresses of what the page loads; without built assets none.
func (d PageData) scripts() (urls []string) {
	for _, name := range append([]string{"htmx.js", "app.js"}, d.Scripts...) {
		if url := d.url(name); url != "" {
			urls = append(urls, url)
		}
	}
	return urls
}

var themes = []struct{ value, icon string }{{"light", "sun"}, {"dark", "moon"}, {"auto", "auto"}}

func themeOf(theme string) string {
	if theme == "light" || theme == "dark" {
		return theme
	}
	return "auto"
}

func themeAttribute(theme string) templ.Attributes {
	if themeOf(theme) == "auto" {
		return nil
	}
	return templ.Attributes{"data-theme": theme}
}

// liveAttribute says where a page listens, and where it fetches itself again: what answers a form stands at an address that only takes forms.
func liveAttribute(url, path string) templ.Attributes {
	if url == "" {
		return nil
	}
	return templ.Attributes{"data-live": url, "data-page": path}
}
