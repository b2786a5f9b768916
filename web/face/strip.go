package face

import (
	"cmp"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/pathway"
	"consilium/web/ui"
)

// StripView is the safety strip: who it is, which side, what is to be done, and what must not be overlooked. One stands on every form and document about a patient.
type StripView struct {
	Is                     string // what the strip is called to who does not see it
	Patient, PatientIs     string // "Chen Yufen · woman, 47", "Patient · HC-204871"
	Side, SideIs           string // a word, never a position; "" where the case has none
	Half                   string // "left", "right", "bilateral": how the glyph is filled; "" open
	Disputed               bool
	Settle                 ui.Link // leads to where the dispute is settled
	Procedure, ProcedureIs string
	Risks                  []Risk
	Why                    string // the reason with which a side was settled
}

// Risk is one thing that must not be overlooked.
type Risk struct {
	Label, Text string
	Sort        ui.Sort // Bad: there is one; Warn: not asked yet; Plain: none
	URL         string  // the form that asks for it; empty: there is none
}

func (s StripView) sideClass() string {
	switch {
	case s.Disputed:
		return "sd bad"
	case s.Half == "right":
		return "sd outlined"
	case s.Half == "bilateral":
		return "sd double"
	case s.Half == "":
		return "sd none"
	}
	return "sd"
}

// Strip is the safety strip of the case. Its side has one source, the case; what says otherwise turns it red until somebody has settled it.
func (v *Case) Strip() StripView {
	q := v.Q
	s := StripView{Is: q.P("case.strip.is", nil), Patient: v.PatientName(), PatientIs: q.P("case.strip.patient", nil), ProcedureIs: q.P("case.strip.procedure", nil), Procedure: v.procedureName()}
	if v.Patient != nil && v.Patient.LocalNumber != "" {
		s.PatientIs = JoinDots(s.PatientIs, v.Patient.LocalNumber)
	} else if !v.Thread.IsZero() {
		s.PatientIs = JoinDots(s.PatientIs, ShortID(v.Thread))
	}
	var about []string
	if v.Sex != "" {
		about = append(about, q.ChoiceName("sex", v.Sex))
	}
	if age := v.AgeWords(); age != "" {
		about = append(about, age)
	}
	s.Patient = JoinDots(cmp.Or(s.Patient, q.P("case.strip.nobody", nil)), strings.Join(about, ", "))
	v.stripSide(&s)
	s.Risks = []Risk{v.allergy(), v.anticoagulants()}
	for i := range s.Risks {
		s.Risks[i].URL = v.safetyForm()
	}
	return s
}

// safetyForm is the address of the small form that asks for allergy, anticoagulants and blood; empty where the pack has none, or nothing can be said.
func (v *Case) safetyForm() string {
	if v.Thread.IsZero() || v.Closed != nil || v.Pack == nil || v.Pack.Form("safety") == nil {
		return ""
	}
	return v.Path("say", "finding") + "?_form=safety"
}

// Blood is what is known of the patient's blood: on the checklist it stands beside allergy and anticoagulants.
func (v *Case) Blood() Risk {
	r := Risk{Label: v.Q.P("case.strip.blood-group", nil), Text: v.Q.P("case.strip.unasked", nil), Sort: ui.Warn, URL: v.safetyForm()}
	group, _ := v.known("blood_group")
	rhesus, _ := v.known("rhesus")
	plan, _ := v.known("blood_plan")
	var words []string
	if group.Given() {
		words = append(words, group.String())
	}
	if rhesus.Given() {
		words = append(words, map[string]string{"positive": "Rh+", "negative": "Rh−"}[rhesus.String()])
	}
	if plan.Given() {
		words = append(words, plan.String())
	}
	if len(words) > 0 {
		r.Text, r.Sort = JoinDots(words...), ui.Plain
	}
	return r
}

// AgeWords is how old the patient was when the case was opened: in years, or of a small child in months or days; empty: not known.
func (v *Case) AgeWords() string {
	switch {
	case v.AgeDays != nil:
		return v.Q.P("case.days", map[string]any{"count": *v.AgeDays})
	case v.AgeMonths != nil:
		return v.Q.P("case.months", map[string]any{"count": *v.AgeMonths})
	case v.Age != nil:
		return v.Q.P("case.years", map[string]any{"count": *v.Age})
	}
	return ""
}

func (v *Case) stripSide(s *StripView) {
	q := v.Q
	agree, differ := v.SideSources()
	switch {
	case v.SideDisputed:
		s.Disputed, s.Side = true, q.P("case.strip.ask", nil)
		s.SideIs = q.P("case.strip.differ", map[string]any{"those": agree + 1, "side": q.ChoiceName("side", v.Side), "others": differ})
		s.Settle = ui.Link{Label: q.P("case.strip.settle", nil), URL: v.Path("say", "side-settled")}
	case v.Side == "":
		s.Side, s.SideIs = "–", q.P("case.strip.unsaid", nil)
	default:
		s.Side, s.Half, s.SideIs = q.ChoiceName("side", v.Side), v.Side, q.P("case.strip.alone", nil)
		if agree > 0 {
			s.SideIs = q.P("case.strip.agree", map[string]any{"count": agree + 1})
		}
	}
	for _, one := range v.Sides {
		if one.Settled != nil {
			s.Why = q.P("case.strip.why", map[string]any{"reason": one.Settled.Says.Reason})
		}
	}
}

// procedureName is what is planned to be done: as scheduled, as planned, or else what the pathway is for.
func (v *Case) procedureName() string {
	if v.Pack == nil {
		return v.Heading()
	}
	id := ""
	if p := v.Plan(); p != nil {
		id, _ = p.Says.Values["procedure"].AsString()
	}
	if s := v.Scheduled; s != nil && s.Says.Procedure != "" {
		id = s.Says.Procedure
	}
	if p := v.Pack.Procedure(id); p != nil {
		return v.Q.PackText(p.Name)
	}
	return v.Q.PackText(v.Pack.Name)
}

// known is the newest answer to a variable, in words; asked tells whether there is one at all.
func (v *Case) known(id string) (value pathway.Value, asked bool) {
	a, ok := v.Latest[id]
	return a.Value, ok && !a.Value.IsZero()
}

func (v *Case) allergy() Risk {
	r := Risk{Label: v.Q.P("case.strip.allergy", nil), Text: v.Q.P("case.strip.unasked", nil), Sort: ui.Warn}
	if value, asked := v.known("allergy"); asked && value.Given() {
		r.Text, r.Sort = value.String(), ui.Bad
		if saysNone(r.Text) {
			r.Sort = ui.Plain
		}
	}
	return r
}

// saysNone tells whether a text of an allergy says that there is none: the pack asks to write so.
func saysNone(text string) bool {
	text = strings.ToLower(strings.Trim(text, " .。"))
	for _, l := range lang.Languages {
		if slices.Contains(strings.Split(lang.P(l, "case.strip.says-none", nil), "|"), text) {
			return true
		}
	}
	return false
}

func (v *Case) anticoagulants() Risk {
	r := Risk{Label: v.Q.P("case.strip.anticoagulants", nil), Text: v.Q.P("case.strip.unasked", nil), Sort: ui.Warn}
	value, asked := v.known("anticoagulant")
	taken, given := value.AsBool()
	switch drugs, _ := v.known("drugs"); {
	case !asked || !given:
	case !taken:
		r.Text, r.Sort = v.Q.P("case.strip.none", nil), ui.Plain
	case drugs.Given():
		r.Text = v.Q.P("case.strip.yes", map[string]any{"drugs": drugs.String()})
	default:
		r.Text = v.Q.P("case.strip.taken", nil)
	}
	return r
}
