package reply

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"consilium/ledger"
	"consilium/pathway"
)

// patientsOwn are the variables of the core pack that nobody knows better than the patient. What else a pathway's follow-up demands is asked too, unless it is measured,
// graded or of a licensed wording.
var patientsOwn = []string{"nrs", "satisfaction", "back_to_work", "readmission", "unplanned_return", "new_complication", "followup_note"}

// neverAsked is known without asking, or not for the patient to say.
var neverAsked = []string{"followup_point", "seen_on", "seen_how", "alive", "death_date"}

// MostWords bounds a free answer, in characters; what is longer is not cut but refused, with how much is too much.
const MostWords = 2000

// Questions are what a patient is asked at an appointment, in the order of the pathway's form. A scale whose wording is licensed is left out, unless the hospital's own pack
// gives it without the license mark.
func Questions(p *pathway.Pack, schedule string) (list []pathway.Field, form string) {
	u := p.FollowUp(schedule)
	if u == nil {
		return nil, ""
	}
	for _, id := range u.Forms {
		f := p.Form(id)
		if f == nil || f.Stage != "follow" {
			continue
		}
		for _, field := range f.AllFields() {
			if asks(field) && !slices.ContainsFunc(list, func(x pathway.Field) bool { return x.ID == field.ID }) {
				list = append(list, field)
			}
		}
		return list, f.ID
	}
	return nil, ""
}

func asks(f pathway.Field) bool {
	if f.Computed && f.ID != "nrs" || f.Licensed != "" || slices.Contains(neverAsked, f.ID) {
		return false
	}
	switch f.Type {
	case pathway.KindText, pathway.KindCode, pathway.KindBool, pathway.KindInteger:
		return slices.Contains(patientsOwn, f.ID) || f.Required && f.Scale == "" && f.Type != pathway.KindText
	}
	return false
}

// DoNotKnow is the answer of who cannot say.
const DoNotKnow = "?"

// Fit tells whether an answer fits its question; empty is no answer yet.
func Fit(f pathway.Field, answer string) bool {
	if answer == "" || answer == DoNotKnow {
		return true
	}
	switch f.Type {
	case pathway.KindText:
		_, control := ledger.Control(answer)
		return utf8.ValidString(answer) && utf8.RuneCountInString(answer) <= MostWords && !control
	case pathway.KindBool:
		return answer == "true" || answer == "false"
	case pathway.KindCode:
		return slices.ContainsFunc(f.Choices, func(c pathway.Choice) bool { return c.Code == answer })
	}
	n, err := strconv.ParseInt(answer, 10, 64)
	low, _ := strconv.ParseInt(f.Min, 10, 64)
	high, errHigh := strconv.ParseInt(f.Max, 10, 64)
	return err == nil && n >= low && (errHigh != nil || n <= high)
}

// Values makes answers into values of the pathway's form. What the patient cannot say is unknown; what the form demands and no patient is asked is not done.
func Values(p *pathway.Pack, schedule, today string, answers map[string]string) (values pathway.Values, form string) {
	questions, form := Questions(p, schedule)
	values = pathway.Values{"followup_point": pathway.String(schedule), "seen_on": pathway.String(today), "seen_how": pathway.String("paper")}
	for _, f := range questions {
		if v := value(f, strings.TrimSpace(answers[f.ID])); !v.IsZero() {
			values[f.ID] = v
		}
	}
	for _, f := range p.Visible(p.Form(form), values) {
		if f.Required && values[f.ID].IsZero() && !f.Computed {
			values[f.ID] = pathway.Missing(pathway.NotDone)
		}
	}
	return values, form
}

func value(f pathway.Field, answer string) pathway.Value {
	switch {
	case answer == "" || !Fit(f, answer):
		return pathway.Value{}
	case answer == DoNotKnow && f.Type == pathway.KindText:
		return pathway.Value{}
	case answer == DoNotKnow:
		return pathway.Missing(pathway.Unknown)
	case f.Type == pathway.KindBool:
		return pathway.Bool(answer == "true")
	case f.Type == pathway.KindInteger:
		n, _ := strconv.ParseInt(answer, 10, 64)
		return pathway.Int(n)
	}
	return pathway.String(answer)
}

// severePain is from where pain is called severe on the numeric rating scale (7 to 10).
const severePain = 7

// Worrying lists the answers that somebody should look at soon: severe pain, a readmission, another operation, a new complication.
func Worrying(values pathway.Values) (list []string) {
	for _, name := range []string{"readmission", "unplanned_return", "new_complication"} {
		if yes, ok := values[name].AsBool(); ok && yes {
			list = append(list, name)
		}
	}
	if n, ok := values["nrs"].AsInt(); ok && n >= severePain {
		list = append(list, "nrs")
	}
	return list
}
