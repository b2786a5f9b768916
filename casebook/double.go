package casebook

import (
	"slices"

	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// DoubleEntry is the answers of a form, entered a second time by another person from the same papers, without looking at the first: how far both agree says how far the registry's values can be
// trusted. It changes no answer of the case.
type DoubleEntry struct {
	Form   string         `json:"form"` // form of the pack: that of the entry which it repeats
	Values pathway.Values `json:"values"`
	Note   string         `json:"note,omitempty"` // what the papers leave open
}

// Check is the form of the body.
func (d *DoubleEntry) Check() error {
	var c record.Checks
	c.Text("form", d.Form, true)
	c.Need(len(d.Values) > 0, "values", "record.unfit.missing")
	c.Text("note", d.Note, false)
	return c.Err()
}

// Doubled is a second entry, and what it repeats.
type Doubled struct {
	record.Said[DoubleEntry]
	First     record.Entry // the entry that it repeats
	Values    pathway.Values
	Operation int    // of the case, from 1, which the first entry is of or comes before
	At        string // the appointment of a follow-up; empty otherwise
}

// KindDoubleEntry repeats a form.
const KindDoubleEntry = "case.double-entry"

var doubleEntry = record.Declare(KindDoubleEntry, record.Meaning[*folding, DoubleEntry]{
	Doc:     "The form of the entry in `refs[0]` (a finding, an operation or a follow-up), entered a second time by another person from the same papers. It changes no answer of the case: the registry compares both and says how far they agree.",
	Example: `{"form":"operation","values":{"blood_loss":50,"technique":"fully_endoscopic"}}`,
	Roles:   team, AfterClosing: true,
	Rule: func(f *folding, a record.Said[DoubleEntry]) []record.Mark {
		first, ok := f.filled(a.Ref())
		if !ok || first.form != a.Says.Form {
			return record.When(true, "no-first-entry")
		}
		return record.When(first.By.Hospital == a.By.Hospital && first.By.Person == a.By.Person, "entered-by-oneself")
	},
	Fold: func(f *folding, a record.Said[DoubleEntry]) {
		if first, ok := f.filled(a.Ref()); ok {
			f.c.Doubles = append(f.c.Doubles, Doubled{Said: a, First: first.Entry, Values: first.values, Operation: first.operation, At: first.at})
		}
	},
	List: "double_entries",
	Words: func(a record.Said[DoubleEntry]) record.Words {
		return record.Titled("case.entry.double-entry.told", map[string]any{"count": len(a.Says.Values)}, record.Written(a.Says.Note)...)
	},

	Verb: "follow",
	Form: record.Form[*folding]{Blind: true, PackOf: repeatedForm, PackFirst: true, Asks: []record.Ask[*folding]{{Name: "note", Sort: record.Long}}},
	Offer: func(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
		for _, first := range slices.Backward(f.allFilled()) {
			own := first.By.Hospital == a.Here && first.By.Person == a.Me
			if !own && len(f.c.Operations) > 0 && !slices.ContainsFunc(f.c.Doubles, func(d Doubled) bool { return d.First.Hash == first.Hash }) {
				return []ledger.Hash{first.Hash}, true
			}
		}
		return nil, false
	},
})

// filled is an entry that was filled in with a form of the pack.
type filled struct {
	record.Entry
	form      string
	values    pathway.Values
	operation int
	at        string
}

// allFilled are the entries of the case that can be entered a second time, in the order in which they were written.
func (f *folding) allFilled() (list []filled) {
	for _, a := range f.c.Findings {
		list = append(list, filled{a.Entry, a.Says.Form, a.Says.Values, f.before(a.Place), ""})
	}
	for i, a := range f.c.Operations {
		list = append(list, filled{a.Entry, a.Says.Form, a.Says.Values, i + 1, ""})
	}
	for _, a := range f.c.FollowUps {
		list = append(list, filled{a.Entry, a.Says.Form, a.Says.Values, a.Operation, a.Says.Schedule})
	}
	list = slices.DeleteFunc(list, func(e filled) bool { return len(e.values) == 0 || e.form == "" })
	slices.SortStableFunc(list, func(a, b filled) int { return a.Place - b.Place })
	return list
}

func (f *folding) filled(h ledger.Hash) (filled, bool) {
	list := f.allFilled()
	at := slices.IndexFunc(list, func(e filled) bool { return e.Hash == h })
	if at < 0 {
		return filled{}, false
	}
	return list[at], true
}

// before is the operation that a place comes before, or the last one, from 1.
func (f *folding) before(place int) int {
	for i := range f.c.Operations {
		if f.c.Operations[i].Place > place {
			return i + 1
		}
	}
	return max(len(f.c.Operations), 1)
}

// repeatedForm is the form of the entry that is entered a second time.
func repeatedForm(f *folding, a *record.Asking) string {
	if len(a.Refs) == 0 {
		return ""
	}
	first, _ := f.filled(a.Refs[0])
	return first.form
}

// ShownBeside is what of the answers that are known the form of a kind may follow. What was entered first shows in nothing of a second entry, not even in which questions are asked.
func ShownBeside(kind string, form *pathway.Form, known pathway.Values) pathway.Values {
	if kind != KindDoubleEntry || form == nil {
		return known
	}
	known = known.Clone()
	for _, f := range form.AllFields() {
		delete(known, f.ID)
	}
	return known
}
