package visits

import "consilium/web/ui"

// calendarDay is a day on which something happens.
type calendarDay struct {
	Date    string // "18 Mar"
	Weekday string
	Today   bool
	Items   []calendarItem
}

// calendarItem is one thing on a day.
type calendarItem struct {
	Clock, Title, URL, Note string
	Hospital                *ui.Hospital
	Chips                   []ui.ChipView
}
