package pathway

import (
	"strings"

	"consilium/lang"
)

// Text is one phrase in both languages. A pack writes it as "Side | 侧别" or as {en: Side, zh: 侧别}.
type Text struct {
	En string `json:"en" yaml:"en" doc:"English"`
	Zh string `json:"zh,omitempty" yaml:"zh" doc:"Simplified Chinese"`
}

// In gives the text in a language ("zh", "zh-CN", "en", …), or in English where the other is not known.
func (t Text) In(language string) string {
	if strings.HasPrefix(strings.ToLower(language), "zh") && t.Zh != "" {
		return t.Zh
	}
	return t.En
}

// IsZero says whether there is no text at all.
func (t Text) IsZero() bool { return t.En == "" && t.Zh == "" }

// String is the English text.
func (t Text) String() string { return t.En }

// phrase is what this program itself says, beside what a pack says.
func phrase(key string, args map[string]any) Text { return Text(lang.Phrase(key, args)) }

// named are choices whose words stand in the phrases under list.
func named(list string, codes ...string) (choices []Choice) {
	for _, c := range codes {
		choices = append(choices, Choice{Code: c, Label: Text(lang.Named(list, c))})
	}
	return choices
}

func parseText(s string) Text {
	en, zh, _ := strings.Cut(s, " | ")
	return Text{strings.TrimSpace(en), strings.TrimSpace(zh)}
}
