package face

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/terms"
	"consilium/web/ui"
)

// CaseDone is the notice after a form about the case was taken.
func (q *Request) CaseDone() []ui.Notice {
	key := "case.done." + q.FormValue("done")
	if !lang.Has(key) {
		return nil
	}
	return []ui.Notice{{Sort: ui.Good, Text: q.P(key, nil)}}
}

// Heading is what the case is called, also one that was opened without a title.
func (v *Case) Heading() string {
	if v.Title != "" {
		return v.Title
	}
	return v.Q.P("case.untitled", nil)
}

// HeadOf is the head of a page below the case's.
func (v *Case) HeadOf(title string) ui.HeadView {
	return ui.HeadView{Title: title, Sub: JoinDots(v.Heading(), v.PatientName()), Back: ui.Link{Label: v.Q.P("case.back", nil), URL: v.Path()}}
}

// PatientName is who the patient is, in the script that the reader reads first; empty elsewhere than at home.
func (v *Case) PatientName() string {
	if v.Patient == nil {
		return ""
	}
	if v.Q.Lang == lang.English && v.Patient.Latin != "" && v.Patient.Latin != v.Patient.Name {
		return v.Patient.Latin + " " + v.Patient.Name
	}
	return v.Patient.Name
}

// IdentityFacts are what is known of who the patient is; none elsewhere than at home.
func (v *Case) IdentityFacts() (facts []ui.Fact) {
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, ui.Fact{Label: v.Q.P("case.field."+key, nil), Value: value})
		}
	}
	add("patient-name", v.Patient.Name)
	add("patient-latin", v.Patient.Latin)
	add("local-number", v.Patient.LocalNumber)
	facts = append(facts, v.SeriesFact()...)
	add("birth-date", lang.PartialDate(v.Q.Lang, v.Patient.BirthDate))
	add("telephone", v.Patient.Telephone)
	return facts
}

// SeriesFact is whose number the patient has, where the hospital has two series of the same numbers.
func (v *Case) SeriesFact() []ui.Fact {
	if v.Patient == nil || v.Patient.Series == "" {
		return nil
	}
	return []ui.Fact{{Label: v.Q.P("case.field.series", nil), Value: v.Patient.Series}}
}

// Case is a case that somebody may see, with what its pages need around it.
type Case struct {
	casebook.Case
	Q       *Request
	Log     ledger.Log
	Pack    *pathway.Pack                // nil where the pathway is not here
	Patient *casebook.Patient            // who it is; at home only
	Names   map[ledger.HospitalID]string // as the hospitals write them
	Lanes   []ledger.HospitalID          // the home hospital first
	Odd     map[ledger.Hash]bool         // entries whose writer had a clock that was ahead
}

// OpenedCase reads the case of the address, through the door.
func (q *Request) OpenedCase() (*Case, error) {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return nil, errors.Join(desk.ErrNotHere, err)
	}
	l, err := q.Desk.Door.Read(q.Context(), q.Caller.Who, id)
	if err != nil {
		return nil, err
	}
	if l.Kind != casebook.Thread {
		return nil, desk.ErrNotHere
	}
	return q.viewOf(l)
}

func (q *Request) viewOf(l ledger.Log) (*Case, error) {
	v := &Case{Case: casebook.Fold(l), Q: q, Log: l, Names: map[ledger.HospitalID]string{}}
	v.Pack = q.Desk.Packs(v.Pathway, "")
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, m := range v.Members {
			v.Names[m.Hospital] = q.Desk.HospitalName(ctx, tx, m.Hospital)
		}
		var err error
		if v.Odd, err = ledger.OddClocks(ctx, tx, l.Thread); err != nil {
			return err
		}
		p, err := casebook.IdentityOf(ctx, tx, l.Thread)
		if errors.Is(err, casebook.ErrNoIdentity) {
			return nil
		}
		v.Patient = &p
		return err
	})
	for _, m := range v.Members {
		v.Lanes = append(v.Lanes, m.Hospital)
	}
	slices.SortStableFunc(v.Lanes, func(a, b ledger.HospitalID) int { return cmp.Compare(v.laneRank(a), v.laneRank(b)) })
	return v, err
}

func (v *Case) laneRank(h ledger.HospitalID) int {
	if h == v.Home {
		return 0
	}
	return 1
}

// Path is the address of the case, or of a page below it.
func (v *Case) Path(below ...string) string {
	return strings.Join(append([]string{"/cases/" + v.Thread.String()}, below...), "/")
}

// Name is what the reader calls a hospital.
func (v *Case) Name(h ledger.HospitalID) string { return ui.NameIn(v.Q.Lang, v.fullName(h)) }

func (v *Case) fullName(h ledger.HospitalID) string {
	if n := v.Names[h]; n != "" {
		return n
	}
	if h == v.Q.Desk.ID {
		return v.Q.Desk.Name
	}
	if h.IsZero() {
		return "—"
	}
	return h.String()[:9] + "…"
}

// Hospital is a hospital under the name that the reader reads.
func (v *Case) Hospital(h ledger.HospitalID) ui.Hospital {
	return ui.HospitalOf(h.Raw(), v.fullName(h)).In(v.Q.Lang)
}

// Lane is the column of a hospital in the timeline, the home hospital first; -1: it has none of its own.
func (v *Case) Lane(h ledger.HospitalID) int {
	i := slices.Index(v.Lanes, h)
	if i >= MaxLanes {
		return -1
	}
	return i
}

// MaxLanes is how many hospitals have a lane of their own.
const MaxLanes = 6

// Own tells whether this hospital has custody.
func (v *Case) Own() bool { return v.Steward == v.Q.Desk.ID }

// May tells whether the caller may do something with this case, for the buttons that a page shows. The door decides for itself when one is pressed.
func (v *Case) May(action access.Action) bool { return v.Need(action) == nil }

// Need is May as an error.
func (v *Case) Need(action access.Action) error {
	var denied error
	err := v.Q.Desk.View(v.Q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		relations, err := v.Q.Desk.RelationsTo(ctx, tx, v.Q.Caller, casebook.Thread, v.Thread)
		denied = access.Need(v.Q.Caller.Who, action, access.What{Of: casebook.Governance, Thread: v.Thread, Relations: relations})
		return err
	})
	if err != nil {
		return err
	}
	return denied
}

// DayOf is the date of a stored time, without its clock.
func DayOf(stored string) string {
	day, _, _ := strings.Cut(stored, "T")
	return day
}

// UnitName writes a unit as people read it.
func UnitName(l lang.Language, code string) string {
	u, err := terms.ParseUnit(code)
	if err != nil {
		return code
	}
	return lang.Text(u.Symbol).In(l)
}

// OwnerName is who is meant: a person, or else a hospital.
func (v *Case) OwnerName(o casebook.Owner) string {
	if o.Hospital.IsZero() {
		return ""
	}
	if o.Name != "" {
		return o.Name
	}
	return JoinDots(v.Q.RoleName(o.Role), v.Name(o.Hospital))
}
