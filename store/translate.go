package store

import "strings"

// translate turns DDL as the rooms write it (types TEXT, INTEGER, BLOB, REAL; tables STRICT) into PostgreSQL's.
// It changes whole words only, never inside a string, a quoted name or a comment, and STRICT (or "STRICT, WITHOUT ROWID")
// only where it ends a table.
func translate(ddl string) string {
	var out strings.Builder
	afterParen := false // the last thing that was neither space nor comment is a closing parenthesis
	for len(ddl) > 0 {
		token, sort := nextToken(ddl)
		ddl = ddl[len(token):]
		switch {
		case sort == wordToken && afterParen && strings.EqualFold(token, "STRICT"):
			ddl = strings.TrimPrefix(ddl, ", WITHOUT ROWID")
			continue
		case sort == wordToken:
			out.WriteString(postgresWord(token))
		default:
			out.WriteString(token)
		}
		if sort != spaceToken {
			afterParen = token == ")"
		}
	}
	return out.String()
}

// postgresWord translates a type. Rooms write types in capitals and names in small letters: a column may well be called blob.
func postgresWord(word string) string {
	switch word {
	case "BLOB":
		return "BYTEA"
	case "INTEGER":
		return "BIGINT"
	case "REAL":
		return "DOUBLE PRECISION"
	}
	return word
}

type tokenSort int

const (
	otherToken tokenSort = iota
	wordToken
	spaceToken // spaces and comments
)

// nextToken returns the first token of text, which is not empty. An unfinished string or comment reaches to the end.
func nextToken(text string) (string, tokenSort) {
	switch {
	case strings.HasPrefix(text, "--"):
		return until(text, 2, "\n"), spaceToken
	case strings.HasPrefix(text, "/*"):
		return until(text, 2, "*/"), spaceToken
	case text[0] == '\'' || text[0] == '"':
		return until(text, 1, text[:1]), otherToken // a doubled quote is simply two strings
	case isSpace(text[0]):
		return span(text, isSpace), spaceToken
	case isWord(text[0]):
		return span(text, isWord), wordToken
	}
	return text[:1], otherToken
}

func until(text string, from int, end string) string {
	if i := strings.Index(text[from:], end); i >= 0 {
		return text[:from+i+len(end)]
	}
	return text
}

func span(text string, in func(byte) bool) string {
	i := 1
	for i < len(text) && in(text[i]) {
		i++
	}
	return text[:i]
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
