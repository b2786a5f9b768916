package ui

import "github.com/a-h/templ"

// TableView is a table; on a phone each row becomes a card.
type TableView struct {
	Caption string // said to screen readers; shown when Titled
	Titled  bool
	Columns []Column
	Rows    []TableRow
}

// Column is a column of a table.
type Column struct {
	Label   string
	Numeric bool
	SortURL string // sorts by this column
	Sorted  string // "ascending", "descending" or ""
}

// TableRow is a row; its first cell is its header. With a URL the whole row leads there.
type TableRow struct {
	ID, URL string
	Cells   []Cell
}

// Cell is one cell: a text with a note below, or any content.
type Cell struct {
	Text, Note string
	Chips      []ChipView
	Hospital   *Hospital
	Content    templ.Component
}

func (c Cell) empty() bool {
	return c.Text == "" && c.Note == "" && len(c.Chips) == 0 && c.Hospital == nil && c.Content == nil
}

func (t TableView) column(i int) Column {
	if i < len(t.Columns) {
		return t.Columns[i]
	}
	return Column{}
}

// PagerView turns pages of a long listing. Empty addresses are left out.
type PagerView struct {
	Text                   string // "1–50 of 12,408"
	PreviousURL, NextURL   string
	PreviousText, NextText string // instead of the usual words
}

// FiltersView is the search field and the filters above a listing: a form that gets the same page.
type FiltersView struct {
	Action      string
	Name        string // of the search field; "q" when empty, "-" for none
	Query       string
	Placeholder string // also its label
	Filters     []Filter
	Hidden      []Hidden
}

func (f FiltersView) name() string {
	if f.Name == "" {
		return "q"
	}
	return f.Name
}

// Filter narrows a listing by one thing. Its first choice is always "all".
type Filter struct {
	Name, Label, Value string
	Options            []Option
	Day                bool // a day from a calendar instead of a choice
}

// SavedView is a listing under a name, with how many are in it.
type SavedView struct {
	Label, URL string
	Count      string
	Current    bool
}

// CountView is one number of the verbs' line on Today.
type CountView struct {
	Label, URL string
	Count      int
}

// Fact is a label and its value, in a list of such.
type Fact struct {
	Label, Value string
	Content      templ.Component // instead of Value
}

// EmptyView teaches what belongs on an empty page, and the one action that starts it.
type EmptyView struct {
	Icon, Title, Text string
	Action            Link
	Do                templ.Component // instead of Action
}

// ConfirmView is a question before something that cannot be taken back, and the link that opens it.
type ConfirmView struct {
	ID          string
	Open        string // on the button that opens it
	Title, Text string
	Action      string // where it posts
	CSRF        string
	Hidden      []Hidden
	Do          string // on the button that does it
	Danger      bool
	Quiet       bool            // the opening button is a quiet one
	Content     templ.Component // fields: a reason, a password
}

// ButtonView is a link or, with Post, a form of one button.
type ButtonView struct {
	Label, URL string
	Icon       string
	Post       bool
	CSRF       string
	Hidden     []Hidden
	Quiet      bool
	Danger     bool
	Wide       bool
}

func (b ButtonView) class() string {
	c := "btn"
	if b.Quiet {
		c += " quiet"
	}
	if b.Danger {
		c += " danger"
	}
	if b.Wide {
		c += " wide-btn"
	}
	return c
}

func orElse(text, other string) string {
	if text != "" {
		return text
	}
	return other
}
