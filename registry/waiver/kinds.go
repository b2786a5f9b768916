package waiver

import (
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// The kinds of entries of a waiver.
const (
	KindGranted = "waiver.granted"
	KindRevoked = "waiver.revoked"
)

// answering are those who answer for the hospital's patients.
var answering = []string{string(people.HeadOfDepartment), string(people.DataProtectionOfficer)}

// Governance of waivers: they concern one hospital, and nobody is ever invited to one.
var Governance = record.Governance{Policy: "Waiver", Leaves: record.ToMembers}

// Waiver is what a thread says of one waiver.
type Waiver struct {
	*record.Reading
	Thread  ledger.ThreadID
	Granted *record.Said[Granted]
	Revoked *record.Said[Revoked]
}

// thread declares the waiver. Rights follow from it, so it is strict.
var thread = &record.Thread[*Waiver]{Kind: "waiver", Phrases: "waiver", Strict: true,
	Kinds:   []record.Of[*Waiver]{grantedEntry, revokedEntry},
	Governs: Governance,
	Begin:   func(r *record.Reading) *Waiver { return &Waiver{Reading: r, Thread: r.Log.Thread} },
	Stand:   func(w *Waiver) (opened, closed bool) { return w.Granted != nil, w.Revoked != nil },
}

// Talk is the waiver for who wires or shows it.
func Talk() *record.Talk { return thread.Talk(nil) }

// Fold reads a waiver.
func Fold(l ledger.Log) *Waiver { return thread.Fold(l) }

// Granted is a waiver as it was granted.
type Granted struct {
	Ethics  string `json:"ethics"`  // the committee's waiver, with its number
	Pathway string `json:"pathway"` // whose rows it opens
	Purpose string `json:"purpose"`
	Until   string `json:"until"` // the last day on which it counts
}

// Check is the form of the body.
func (g *Granted) Check() error {
	var c record.Checks
	c.Text("ethics", g.Ethics, true)
	c.Text("pathway", g.Pathway, true)
	c.Text("purpose", g.Purpose, true)
	_, err := time.Parse(time.DateOnly, g.Until)
	c.Need(err == nil, "until", "waiver.unfit.until")
	return c.Err()
}

var grantedEntry = record.Declare(KindGranted, record.Meaning[*Waiver, Granted]{
	Doc:     "By the head of a department or the data protection officer, for a hospital's patients: until that day, rows of a pathway may be used for the purpose also of patients who were not asked. `ethics` is the committee's waiver of consent with its number. It is said once in its thread; another purpose or a later end is another waiver.",
	Example: `{"ethics":"Ethics committee, 2026-17","pathway":"hfs-mvd","purpose":"Technique and relief after one year","until":"2027-12-31"}`,
	Roles:   answering, Act: record.Sign, First: true, FirstSaid: true, Answers: true,
	Rule: func(w *Waiver, a record.Said[Granted]) []record.Mark {
		return record.All(w.Custodian(a.By.Hospital), record.When(w.Granted != nil, "granted-twice"))
	},
	Fold: func(w *Waiver, a record.Said[Granted]) { w.Granted = &a },
	Words: func(a record.Said[Granted]) record.Words {
		lines := append(record.Written(a.Says.Purpose), lang.Phrase("waiver.line.until", map[string]any{"day": dayIn(a.Says.Until)}))
		return record.Titled("waiver.told.granted", map[string]any{"number": a.Says.Ethics}, lines...)
	},

	Component: "waivers",
	Verb:      "compare",
})

// Revoked ends a waiver before its day.
type Revoked struct {
	Reason string `json:"reason"`
}

// Check is the form of the body.
func (r *Revoked) Check() error {
	var c record.Checks
	c.Text("reason", r.Reason, true)
	return c.Err()
}

var revokedEntry = record.Declare(KindRevoked, record.Meaning[*Waiver, Revoked]{
	Doc:     "Ends a waiver before its day, with the reason: from then on nobody takes rows out under it. What was taken out before stands in the log of exports.",
	Example: `{"reason":"The committee has withdrawn it."}`,
	Roles:   answering, Act: record.Sign, ByHeader: true, Narrows: true,
	Rule: func(w *Waiver, a record.Said[Revoked]) []record.Mark { return w.Custodian(a.By.Hospital) },
	Fold: func(w *Waiver, a record.Said[Revoked]) { w.Revoked = &a },
	Words: func(a record.Said[Revoked]) record.Words {
		return record.Titled("waiver.told.revoked", nil, record.Written(a.Says.Reason)...)
	},

	Component: "waivers",
	Verb:      "compare",
})

// dayIn is a day as people read it, in both languages.
func dayIn(day string) lang.Text {
	return lang.Text{En: lang.PartialDate(lang.English, day), Zh: lang.PartialDate(lang.Chinese, day)}
}
