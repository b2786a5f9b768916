package face

import (
	"regexp"
	"strings"

	"consilium/lang"
	"consilium/pathway"
)

// Retold is a sentence that was stored in English, in the reader's language: one of the phrases whose keys begin so. What is none of them stays as it is.
func (q *Request) Retold(prefix, text string) string {
	for _, key := range lang.Keys(prefix) {
		if lang.P(lang.English, key, nil) == text {
			return q.P(key, nil)
		}
	}
	return text
}

// SourceText is a source of a pack. What is no publication but somebody's judgment is said in the reader's language.
func (q *Request) SourceText(s pathway.Source) string { return q.Retold("pathway.source.", s.Text) }

// longNumber is what the program calls a token, a privilege or a session by: nobody reads it, and the export has it.
var longNumber = regexp.MustCompile(`^[a-z0-9]{26}$`)

// SecurityDetail is what the security log says that something was about, with roles, operations and parts in words.
func (q *Request) SecurityDetail(detail string) string {
	if strings.Contains(detail, "/") {
		return detail // an address of the API or a folder
	}
	var words []string
	for _, w := range strings.Fields(detail) {
		switch {
		case longNumber.MatchString(w):
		case lang.Has("settings.security.word." + Dashed(w)):
			words = append(words, q.P("settings.security.word."+Dashed(w), nil))
		case q.RoleName(w) != w:
			words = append(words, q.RoleName(w))
		default:
			words = append(words, q.ProcedureName(w))
		}
	}
	return strings.Join(words, " · ")
}
