package lang

import (
	"golang.org/x/text/language"
)

// Language is one of the two languages that the program speaks. Its text is what is stored and what is sent in
// a cookie.
type Language string

// The languages. English is shown when nothing else is known.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// Languages lists every language, in the order in which they are offered.
var Languages = []Language{English, Chinese}

// tags stand in the order of Languages: the matcher answers with an index.
var tags = []language.Tag{language.English, language.SimplifiedChinese}

var matcher = language.NewMatcher(tags)

// Parse returns the language that s names exactly ("en" or "zh") and whether there is one.
func Parse(s string) (Language, bool) {
	for _, l := range Languages {
		if string(l) == s {
			return l, true
		}
	}
	return English, false
}

// Match picks the language for a reader: the cookie's if it names one, else the best for the header
// Accept-Language, else English. Neither has to be well formed.
func Match(acceptLanguage, cookie string) Language {
	if l, ok := Parse(cookie); ok {
		return l
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return English
	}
	_, index, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return English
	}
	return Languages[index]
}

// HTML is the value of a page's lang attribute. It names the script, so that a browser picks
// Simplified Chinese forms of the characters.
func (l Language) HTML() string {
	if l == Chinese {
		return "zh-Hans"
	}
	return "en"
}

// Name is what the language calls itself.
func (l Language) Name() string {
	if l == Chinese {
		return "简体中文"
	}
	return "English"
}

// Other is the language that a switch on the page leads to.
func (l Language) Other() Language {
	if l == Chinese {
		return English
	}
	return Chinese
}
