package record

import (
	"strings"

	"consilium/lang"
)

// Mark says what is odd about an entry. It stops a writer and stands beside the entry at a reader. The engine gives it its words: the phrase
// "stop.CODE" of the thread's room.
type Mark struct {
	Code  string
	Field string // the field of the body that it is about; empty: the entry as a whole
	Text  lang.Text
}

// When gives the mark if the condition holds. The field that it is about may be named.
func When(odd bool, code string, field ...string) []Mark {
	if !odd {
		return nil
	}
	return []Mark{{Code: code, Field: strings.Join(field, ".")}}
}

// All joins the marks of several rules, in order.
func All(rules ...[]Mark) (all []Mark) {
	for _, marks := range rules {
		all = append(all, marks...)
	}
	return all
}

// Fault is what is wrong with one field of what was to be said, or with it as a whole, in both languages.
type Fault struct {
	Field string // as the body calls it; empty: as a whole
	Text  lang.Text
}

// Stopped says why somebody here may not say something: the marks that a reader would see.
type Stopped struct{ Marks []Mark }

func (s *Stopped) Error() string { return s.Tell().En }

// Tell is what stopped the writer, as people read it.
func (s *Stopped) Tell() lang.Text { return Together(s.Faults()) }

// Faults are the marks, each with the field that it is about.
func (s *Stopped) Faults() []Fault {
	list := make([]Fault, len(s.Marks))
	for i, m := range s.Marks {
		list[i] = Fault{m.Field, m.Text}
	}
	return list
}

// Together is what is wrong as one sentence in each language.
func Together(faults []Fault) lang.Text {
	en, zh := make([]string, len(faults)), make([]string, len(faults))
	for i, f := range faults {
		en[i], zh[i] = f.Text.In(lang.English), f.Text.In(lang.Chinese)
	}
	return lang.Text{En: strings.Join(en, "; "), Zh: strings.Join(zh, "；")}
}
