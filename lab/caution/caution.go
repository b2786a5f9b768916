// Package caution is what a computation of the lab warns of, in both languages: a page shows it in its reader's, a command line in English. What is warned of is decided where it is computed;
// the words stand with all others in lang/phrases, under "lab.caution".
package caution

import (
	"encoding/json"

	"consilium/lang"
)

// List is what a person should look at before trusting a result, in the order in which it was found.
type List []lang.Text

// Say adds the warning of a key, with its figures as they are to be read.
func (l *List) Say(key string, args map[string]any) {
	*l = append(*l, lang.Phrase("lab.caution."+key, args))
}

// English are the warnings for a command line.
func (l List) English() []string {
	out := make([]string, len(l))
	for i, text := range l {
		out[i] = text.En
	}
	return out
}

// UnmarshalJSON reads what [List] is written as, and the English sentences that the lab kept before it knew two languages.
func (l *List) UnmarshalJSON(raw []byte) error {
	var texts []lang.Text
	if err := json.Unmarshal(raw, &texts); err == nil {
		*l = texts
		return nil
	}
	var sentences []string
	if err := json.Unmarshal(raw, &sentences); err != nil {
		return err
	}
	*l = nil
	for _, s := range sentences {
		*l = append(*l, lang.Text{En: s})
	}
	return nil
}
