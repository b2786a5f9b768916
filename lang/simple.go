package lang

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// simple is a phrase whose parts are only put in, without plural forms or conditions: nearly every phrase. It is cut once, so that a fold of a thousand
// entries can afford words.
type simple []piece

// piece is text as it stands, or the name of the argument that stands there.
type piece struct{ text, arg string }

var place = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

// cut takes a phrase apart. It reports false for one that needs the template language.
func cut(phrase string) (simple, bool) {
	var s simple
	for {
		at := place.FindStringSubmatchIndex(phrase)
		if at == nil {
			break
		}
		s = append(s, piece{text: phrase[:at[0]], arg: phrase[at[2]:at[3]]})
		phrase = phrase[at[1]:]
		if strings.Contains(s[len(s)-1].text, "{{") {
			return nil, false
		}
	}
	return append(s, piece{text: phrase}), !strings.Contains(phrase, "{{")
}

// say puts the arguments in. It reports false where one was not given.
func (s simple) say(l Language, args map[string]any) (string, bool) {
	if len(s) == 1 {
		return s[0].text, true
	}
	var b strings.Builder
	for _, p := range s {
		b.WriteString(p.text)
		if p.arg == "" {
			continue
		}
		value, ok := args[p.arg]
		if !ok {
			return "", false
		}
		b.WriteString(inWords(l, value))
	}
	return b.String(), true
}

// inWords writes an argument as it is read: numbers grouped, texts and times in the language.
func inWords(l Language, value any) string {
	switch v := value.(type) {
	case string:
		return v
	case Text:
		return v.In(l)
	case time.Time:
		return DateTime(l, v)
	case int:
		return Number(l, int64(v))
	case int64:
		return Number(l, v)
	}
	return fmt.Sprint(value)
}
