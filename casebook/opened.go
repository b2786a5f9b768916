package casebook

import (
	"consilium/lang"
	"consilium/ledger"
)

// Opened begins a case: what everybody who takes part may know about the patient. It holds no direct identifier.
type Opened struct {
	Pathway      string `json:"pathway"`                 // id of the pathway pack: "hfs-mvd"
	SubSpecialty string `json:"sub_specialty,omitempty"` // who looks after it at home, as the pack names it
	Title        string `json:"title"`                   // one line: the disease and the difficulty, never a name
	Side         string `json:"side,omitempty"`          // "left", "right", "bilateral"
	Urgency      string `json:"urgency"`                 // "routine", "soon", "emergency"
	Sex          string `json:"sex,omitempty"`           // "female", "male", "other"
	Age          *int64 `json:"age,omitempty"`           // in years; absent: not known
	Summary      string `json:"summary,omitempty"`
	Demo         bool   `json:"demo,omitzero"`     // invented
	History      string `json:"history,omitempty"` // where a case from before comes from: "hospital database 2019–2025"
}

// Urgencies are the codes of urgency, the least urgent first.
var Urgencies = []string{"routine", "soon", "emergency"}

// Check is the form of the body.
func (o *Opened) Check() error {
	var c checks
	c.text("pathway", o.Pathway, true)
	c.text("title", o.Title, true)
	c.need(len(o.Title) <= 300, "title is longer than 300 bytes")
	c.mayCode("side", o.Side, "left", "right", "bilateral")
	c.code("urgency", o.Urgency, Urgencies...)
	c.mayCode("sex", o.Sex, "female", "male", "other")
	c.need(o.Age == nil || *o.Age >= 0 && *o.Age <= 120, "age is between 0 and 120 years")
	c.text("summary", o.Summary, false)
	c.text("history", o.History, false)
	return c.err
}

// KindOpened begins a case. The hospital that began the thread says it once, first.
var KindOpened = define("case.opened", meaning[Opened]{
	roles: append(desk[:len(desk):len(desk)], "system"),
	first: true, byHeader: true, keepUndone: true,
	rule: func(f *folding, a said[Opened]) []Mark {
		return append(when(f.c.Opened, "opened-twice"), when(a.by.Hospital != f.log.Roster.Opener, "not-opener")...)
	},
	fold: func(f *folding, a said[Opened]) {
		c, o := f.c, a.says
		if c.Opened || a.by.Hospital != f.log.Roster.Opener {
			return
		}
		if a.undone != never {
			o = Opened{} // taken back: the case goes on without what it said
		}
		c.Opened, c.Home, c.OpenedAt, c.Opening = true, a.by.Hospital, a.written, a.hash
		c.Pathway, c.SubSpecialty, c.Title, c.Side, c.Urgency, c.Sex = o.Pathway, o.SubSpecialty, o.Title, o.Side, o.Urgency, o.Sex
		c.Age, c.Summary, c.Demo, c.History = o.Age, o.Summary, o.Demo, o.History
	},
	words: func(a said[Opened]) words {
		return words{lang.Text{En: "Case opened: " + a.says.Title, Zh: "建立病例：" + a.says.Title}, lines(a.says.Summary)}
	},
})

// Identity says that who the patient is is attached: one sealed blob of scope "identity", served only to hospitals that a consent names.
type Identity struct {
	Note string `json:"note,omitempty"` // why it was said again: "name corrected"
}

// Check is the form of the body.
func (i *Identity) Check() error {
	var c checks
	c.text("note", i.Note, false)
	return c.err
}

// KindIdentity attaches who the patient is, sealed.
var KindIdentity = define("case.identity", meaning[Identity]{
	roles: desk, act: true,
	rule: func(f *folding, a said[Identity]) []Mark {
		ok := len(a.blobs) == 1 && a.blobs[0].Sealed && a.blobs[0].Scope == scopeIdentity
		return append(when(!ok, "identity-blob"), f.custodian(a.by.Hospital)...)
	},
	fold: func(f *folding, a said[Identity]) {
		if len(a.blobs) == 1 {
			blob := a.blobs[0]
			f.c.Identity = &blob
		}
	},
	words: func(a said[Identity]) words {
		return words{lang.Text{En: "Patient's identity attached, sealed", Zh: "已附加密的患者身份信息"}, lines(a.says.Note)}
	},
})

// The consent scopes that attached files need to leave.
const (
	scopeIdentity  = "identity"
	scopeImages    = "images"
	scopeRecording = "recording"
)

// Closed ends a case.
type Closed struct {
	Outcome string `json:"outcome"` // "done", "advice_only", "declined", "lost", "died", "duplicate", "other"
	Note    string `json:"note,omitempty"`
}

// Outcomes are the ways in which a case ends.
var Outcomes = []string{"done", "advice_only", "declined", "lost", "died", "duplicate", "other"}

// Check is the form of the body.
func (o *Closed) Check() error {
	var c checks
	c.code("outcome", o.Outcome, Outcomes...)
	c.text("note", o.Note, o.Outcome == "other")
	return c.err
}

// KindClosed ends a case. After it come only corrections, follow-up and its reopening.
var KindClosed = define("case.closed", meaning[Closed]{
	roles: append(desk[:len(desk):len(desk)], "system"), byHeader: true, act: true,
	rule: func(f *folding, a said[Closed]) []Mark { return f.custodian(a.by.Hospital) },
	fold: func(f *folding, a said[Closed]) {
		k := a.keep()
		f.c.Closed = &k
	},
	words: func(a said[Closed]) words {
		return words{lang.Text{En: "Case closed", Zh: "病例已关闭"}, lines(a.says.Note)}
	},
})

// Reopened takes a closing back.
type Reopened struct {
	Reason string `json:"reason"`
}

// Check is the form of the body.
func (r *Reopened) Check() error {
	var c checks
	c.text("reason", r.Reason, true)
	return c.err
}

// KindReopened opens a closed case again.
var KindReopened = define("case.reopened", meaning[Reopened]{
	roles: desk, afterClosing: true, byHeader: true, act: true,
	rule: func(f *folding, a said[Reopened]) []Mark {
		return append(when(f.c.Closed == nil, "not-closed"), f.custodian(a.by.Hospital)...)
	},
	fold: func(f *folding, _ said[Reopened]) { f.c.Closed = nil },
	words: func(a said[Reopened]) words {
		return words{lang.Text{En: "Case reopened", Zh: "病例重新开放"}, lines(a.says.Reason)}
	},
})

// Reminder is something to do that no other kind asks for. Said again with done and a ref to the first, it is done.
type Reminder struct {
	Text  string `json:"text"`
	Owner Owner  `json:"owner,omitzero"` // absent when done
	Due   string `json:"due,omitempty"`  // a date
	Done  bool   `json:"done,omitzero"`
}

// Check is the form of the body.
func (r *Reminder) Check() error {
	var c checks
	c.text("text", r.Text, !r.Done)
	c.date("due", r.Due, false)
	c.need(r.Done || !r.Owner.Hospital.IsZero(), "a reminder names the hospital that it is for")
	return c.err
}

// KindReminder is a task in words.
var KindReminder = define("case.reminder", meaning[Reminder]{
	roles: recorders,
	rule: func(f *folding, a said[Reminder]) []Mark {
		return when(a.says.Done && f.reminder(a.ref()) == nil, "no-reminder")
	},
	fold: func(f *folding, a said[Reminder]) {
		if !a.says.Done {
			f.c.Reminders = append(f.c.Reminders, OpenReminder{Said: a.keep()})
		} else if r := f.reminder(a.ref()); r != nil {
			r.Done = true
		}
	},
	words: func(a said[Reminder]) words {
		if a.says.Done {
			return words{lang.Text{En: "Reminder done", Zh: "提醒已完成"}, lines(a.says.Text)}
		}
		return words{lang.Text{En: "Reminder", Zh: "提醒"}, lines(a.says.Text)}
	},
})

func (f *folding) reminder(h ledger.Hash) *OpenReminder {
	for i := range f.c.Reminders {
		if f.c.Reminders[i].Said.Hash == h {
			return &f.c.Reminders[i]
		}
	}
	return nil
}
