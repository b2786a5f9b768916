package casebook

import (
	"strconv"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
	"consilium/terms"
)

// Achieved is the angles of cuts as they were measured afterwards, beside those planned. It is said in every case for which a guide was printed: a guide is judged by this and by nothing else.
type Achieved struct {
	Of     string          `json:"of"` // one of AchievedOf
	Date   string          `json:"date"`
	Planes []AchievedAngle `json:"planes"`
	Note   string          `json:"note,omitempty"`
}

// AchievedAngle is one cut, planned and achieved, in degrees as decimal text.
type AchievedAngle struct {
	Plane    string `json:"plane"`
	Planned  string `json:"planned"`
	Achieved string `json:"achieved"`
}

// AchievedOf are what was measured: the patient after the operation, or a model that was cut in rehearsal.
var AchievedOf = []string{"patient", "model"}

// AngleTolerance is how many degrees a cut may be off before it counts as an outlier, as trials of custom guides count them.
const AngleTolerance = 2.0

// Off is how far the cut is off what was planned, in degrees: positive where it leans more.
func (a AchievedAngle) Off() float64 {
	planned, err1 := strconv.ParseFloat(a.Planned, 64)
	achieved, err2 := strconv.ParseFloat(a.Achieved, 64)
	if err1 != nil || err2 != nil {
		return 0
	}
	return achieved - planned
}

// Outside tells whether the cut is off by more than the tolerance.
func (a AchievedAngle) Outside() bool {
	off := a.Off()
	return off > AngleTolerance || off < -AngleTolerance
}

// isDegrees tells whether a text is an angle.
func isDegrees(text string) bool {
	f, err := strconv.ParseFloat(text, 64)
	_, decimal := terms.ParseDecimal(text)
	return err == nil && decimal == nil && f >= -180 && f <= 360
}

// Check is the form of the body.
func (a *Achieved) Check() error {
	var c record.Checks
	c.Code("of", a.Of, AchievedOf...)
	c.Date("date", a.Date, true)
	c.Need(len(a.Planes) > 0 && len(a.Planes) <= mostPlanes, "planes", "case.unfit.achieved")
	for _, p := range a.Planes {
		c.Text("planes", p.Plane, true)
		c.Need(isDegrees(p.Planned) && isDegrees(p.Achieved), "planes", "case.unfit.degrees")
	}
	c.Text("note", a.Note, false)
	return c.Err()
}

// achievedWords is where the words of this kind stand in the phrase files.
const achievedWords = "case.entry.achieved"

// KindAchieved compares what was planned with what was reached.
const KindAchieved = "case.achieved"

var achievedEntry = record.Declare(KindAchieved, record.Meaning[*folding, Achieved]{
	Doc:     "Angles of cuts as measured afterwards, beside those planned: in the patient, or on a model that was cut in rehearsal. Refs may name the device that was used. More than 2 degrees off counts as an outlier. Of: patient, model.",
	Example: `{"of":"patient","date":"2026-04-02","planes":[{"plane":"A","planned":"15.0","achieved":"15.8"}],"note":"CT of day 1"}`,
	Roles:   team,
	Rule: func(f *folding, a record.Said[Achieved]) []record.Mark {
		_, known := f.devices[a.Ref()]
		return record.When(len(a.Refs) > 0 && !known, "no-device")
	},
	Fold: func(f *folding, a record.Said[Achieved]) { f.c.Achieved = append(f.c.Achieved, a) },
	List: "achieved",
	Words: func(a record.Said[Achieved]) record.Words {
		var lines []lang.Text
		for _, p := range a.Says.Planes {
			key := achievedWords + ".plane"
			if p.Outside() {
				key = achievedWords + ".outside"
			}
			lines = append(lines, lang.Phrase(key, map[string]any{"plane": p.Plane, "planned": p.Planned, "achieved": p.Achieved, "off": signed(p.Off())}))
		}
		return record.Titled(achievedWords+".told-"+a.Says.Of, nil, append(lines, record.Written(a.Says.Note)...)...)
	},
	Date: func(a Achieved) string { return a.Date },

	Component: "lab",
	Offer:     func(f *folding, _ *record.Asking) ([]ledger.Hash, bool) { return nil, len(f.c.Devices) > 0 },
})

// signed is a difference with its sign.
func signed(f float64) string {
	text := strconv.FormatFloat(f, 'f', 1, 64)
	if f >= 0 {
		return "+" + text
	}
	return "−" + text[1:]
}
