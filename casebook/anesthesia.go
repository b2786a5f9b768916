package casebook

import (
	"slices"

	"consilium/lang"
	"consilium/record"
)

// Anesthesia is how the patient was anesthetized for an operation.
type Anesthesia struct {
	ASA       string `json:"asa"`                // physical status (American Society of Anesthesiologists, 2020), "1" to "6"
	Emergency bool   `json:"emergency,omitzero"` // the class has the suffix E
	Kind      string `json:"kind"`               // one of AnesthesiaKinds
	Airway    string `json:"airway"`             // one of Airways
	Difficult bool   `json:"difficult,omitzero"` // the airway was difficult: the next team has to know
	By        Owner  `json:"by,omitzero"`        // who gave it
	Date      string `json:"date"`
	Note      string `json:"note,omitempty"`
}

// The codes of how the patient was anesthetized and how the airway was kept.
var (
	ASAClasses      = []string{"1", "2", "3", "4", "5", "6"}
	AnesthesiaKinds = []string{"general", "neuraxial", "regional", "sedation", "local", "combined"}
	Airways         = []string{"own", "mask", "supraglottic", "tube", "tracheostomy"}
)

// Check is the form of the body.
func (a *Anesthesia) Check() error {
	var c record.Checks
	c.Code("asa", a.ASA, ASAClasses...)
	c.Code("kind", a.Kind, AnesthesiaKinds...)
	c.Code("airway", a.Airway, Airways...)
	c.Date("date", a.Date, true)
	c.Text("note", a.Note, false)
	return c.Err()
}

// anesthesiaWords is where the words of this kind stand in the phrase files.
const anesthesiaWords = "case.entry.anesthesia"

// KindAnesthesia records the anesthesia of an operation.
const KindAnesthesia = "case.anesthesia"

var anesthesiaEntry = record.Declare(KindAnesthesia, record.Meaning[*folding, Anesthesia]{
	Doc:     "How the patient was anesthetized: physical status by ASA, kind, airway, and who gave it. `difficult` warns the next team of the airway.",
	Example: `{"asa":"3","kind":"general","airway":"tube","difficult":true,"by":{"hospital":"FAUS-UKZM-FUXC-6MBR-GIZT-INJW-G44D-SOR3-2OPJ","person":"k7x2m4","name":"Dr. Ye"},"date":"2026-04-01","note":"Videolaryngoscope at the second attempt."}`,
	Roles:   team,
	Rule: func(f *folding, a record.Said[Anesthesia]) []record.Mark {
		return record.When(a.Read && !a.Says.By.Hospital.IsZero() && !f.Member(a.Says.By.Hospital), "not-a-member", "by")
	},
	Words: func(a record.Said[Anesthesia]) record.Words {
		s := a.Says
		title := map[string]any{"kind": lang.Named(anesthesiaWords+".kinds", s.Kind), "asa": lang.Named(anesthesiaWords+".classes", s.ASA)}
		airway := []lang.Text{lang.Phrase(anesthesiaWords+".with", map[string]any{"airway": lang.Named(anesthesiaWords+".airways", s.Airway)})}
		if s.Emergency {
			airway = append(airway, lang.Phrase(anesthesiaWords+".urgent", nil))
		}
		if s.Difficult {
			airway = append(airway, lang.Phrase(anesthesiaWords+".warning", nil))
		}
		return record.Titled(anesthesiaWords+".told", title, slices.Concat(airway, record.Labeled(anesthesiaWords+".given-by", s.By.Name), record.Written(s.Note))...)
	},
	Date: func(a Anesthesia) string { return a.Date },

	Verb: "operate",
	Form: record.Form[*folding]{At: "date", Asks: []record.Ask[*folding]{
		{Name: "asa", Sort: record.Code, Needed: true, Codes: ASAClasses, List: anesthesiaWords + ".classes"},
		{Name: "emergency", Sort: record.Tick},
		{Name: "kind", Sort: record.Code, Needed: true, Codes: AnesthesiaKinds, List: anesthesiaWords + ".kinds"},
		{Name: "airway", Sort: record.Code, Needed: true, Codes: Airways, List: anesthesiaWords + ".airways"},
		{Name: "difficult", Sort: record.Tick},
		{Name: "by", Sort: record.Owner},
		{Name: "date", Sort: record.Date, Needed: true},
		{Name: "note", Sort: record.Long},
	}},
	Start: func(_ *folding, a *record.Asking) Anesthesia { return Anesthesia{Date: today(a)} },
})
