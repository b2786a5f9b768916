package saying

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/record"
	"consilium/web/face"
)

// Offer is something that can be said now.
type Offer struct {
	*record.Kind
	Slug string // how it is called in addresses and phrases
	talk *record.Talk
}

// Name is what people call it.
func (o Offer) Name() lang.Text { return o.talk.Name(o.Slug) }

// Offers are what the reader's roles may say about a case now, in the order of its course.
func Offers(v *face.Case) []Offer { return OfCase(v, "").Offers() }

// Offers are what the reader's roles may say in the thread now, in the order of its course.
func (e *Form) Offers() (list []Offer) {
	a := e.asking()
	for i := range e.M.Talk.Kinds {
		k := &e.M.Talk.Kinds[i]
		if k.Verb == "" || !e.speaks(k) {
			continue
		}
		if _, now := e.M.Talk.Offers(k, a); now {
			list = append(list, Offer{k, strings.TrimPrefix(k.Name, e.M.Talk.Thread+"."), e.M.Talk})
		}
	}
	return list
}

// speaks tells whether one of the reader's roles may say entries of a kind; the door decides when it is said.
func (e *Form) speaks(k *record.Kind) bool {
	if k.Roles == nil {
		return true
	}
	for _, r := range e.Q.Caller.Roles {
		if slices.Contains(k.Roles, string(r)) {
			return true
		}
	}
	return false
}

// Corrects tells whether an entry of a case has a form with which it can be corrected.
func Corrects(kind string) bool {
	k := talk.Kind(kind)
	return k != nil && len(k.Fields) > 0
}

// MaySay tells whether a kind can be said about a case now, and by the reader.
func MaySay(v *face.Case, kind string) bool {
	e := OfCase(v, kind)
	if e.Kind == nil || !e.speaks(e.Kind) {
		return false
	}
	_, now := e.M.Talk.Offers(e.Kind, e.asking())
	return now
}
