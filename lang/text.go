package lang

import "strings"

// Text is something written in both languages. In JSON it is {"en":"…","zh":"…"}.
type Text struct {
	En string `json:"en" yaml:"en" toml:"en"`
	Zh string `json:"zh" yaml:"zh" toml:"zh"`
}

// In returns the text in l, or in the other language where l has none: a word in the wrong language
// tells more than none.
func (t Text) In(l Language) string {
	if l == Chinese && t.Zh != "" || t.En == "" {
		return t.Zh
	}
	return t.En
}

// Complete says whether both languages have their text.
func (t Text) Complete() bool { return t.En != "" && t.Zh != "" }

// Empty says whether no language has a text.
func (t Text) Empty() bool { return t.En == "" && t.Zh == "" }

// Same is a text that reads alike in both languages: a code, a name, a unit.
func Same(s string) Text { return Text{En: s, Zh: s} }

// Phrase is the phrase under key in both languages, for what is stored or sent and read later by either reader.
func Phrase(key string, args map[string]any) Text {
	return Text{En: P(English, key, args), Zh: P(Chinese, key, args)}
}

// Named is what people call a code: the phrase of the code under list ("case.modality"), or the code itself where there is none, as of another release.
func Named(list, code string) Text {
	if key := list + "." + Key(code); code != "" && Has(key) {
		return Phrase(key, nil)
	}
	return Same(code)
}

// Key is a code as keys of phrases are written. Three words cannot end a key.
func Key(code string) string {
	if instead, taken := map[string]string{"other": "else", "description": "described", "id": "number"}[code]; taken {
		return instead
	}
	return strings.ReplaceAll(code, "_", "-")
}
