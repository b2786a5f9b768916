package face

import (
	"github.com/a-h/templ"

	"consilium/web/ui"
)

// TaskView is something to do for a patient: who it is about, what is asked and by which hospital, how urgent, and the one button.
type TaskView struct {
	Who      string // the name, or what stands for it
	About    string // sex, age, number
	Side     SideView
	What     string
	URL      string
	Hospital ui.Hospital
	From     string // who asks
	Urgency  string // "emergency", "soon", "elective"
	Urgent   string // the same in words
	When     string
	Late     bool
	Chips    []ui.ChipView
	Act      templ.Component
	Pick     string // the value of the row's tick; empty: none
	Tel      string // telephone
	NoTel    string // that none is known, where somebody is to be called
	Tried    string // calls without an answer
}

// SideView is a side as a word, never a position: left filled, right outlined, both double.
type SideView struct{ Code, Word string }

func (s SideView) class() string { return "side-word " + s.Code }

func (t TaskView) class() string {
	c := "task"
	if t.Urgency == "emergency" || t.Urgency == "urgent" {
		c += " emergency"
	}
	return c
}
