package ledger

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A projection that is folded anew writes into tables beside those in use. Its statements say the names of its tables; [beside] says the other names in their place, so
// that no room has to write its statements twice.

// beside is a transaction in which some names mean others.
type beside struct {
	tx    Tx
	names map[string]string
	texts map[string]string // by the text as the room wrote it
}

// shadow is the transaction as a projection's fold sees it while its tables of a generation are filled.
func shadow(tx Tx, p Projection, generation int) Tx {
	return &beside{tx: tx, names: besideNames(p, generation), texts: map[string]string{}}
}

func (b *beside) text(query string) string {
	text, known := b.texts[query]
	if !known {
		text = renamed(query, b.names)
		b.texts[query] = text
	}
	return text
}

func (b *beside) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return b.tx.ExecContext(ctx, b.text(query), args...)
}

func (b *beside) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return b.tx.QueryContext(ctx, b.text(query), args...)
}

func (b *beside) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return b.tx.QueryRowContext(ctx, b.text(query), args...)
}

var indexNames = regexp.MustCompile(`(?i)\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(\w+)`)

// besideNames are the tables and indexes of a projection and their names in a generation. A table takes its own name when it takes its place; an index, which nobody
// names, keeps the other.
func besideNames(p Projection, generation int) map[string]string {
	names := map[string]string{}
	for _, table := range p.Tables {
		names[table] = besideName(table, generation)
	}
	for _, found := range indexNames.FindAllStringSubmatch(p.Schema, -1) {
		names[found[1]] = besideName(found[1], generation)
	}
	return names
}

func besideName(name string, generation int) string { return name + "_g" + strconv.Itoa(generation) }

// renamed puts other names in the place of whole words, but in text between quotation marks and in comments.
func renamed(query string, names map[string]string) string {
	var out strings.Builder
	for len(query) > 0 {
		token := nextToken(query)
		if other, ok := names[token]; ok {
			out.WriteString(other)
		} else {
			out.WriteString(token)
		}
		query = query[len(token):]
	}
	return out.String()
}

// nextToken is the first word, text between quotation marks, comment, or other character.
func nextToken(query string) string {
	first, size := utf8.DecodeRuneInString(query)
	end := size
	switch {
	case strings.HasPrefix(query, "--"):
		line, _, _ := strings.Cut(query, "\n")
		return line
	case first == '\'' || first == '"':
		inside, _, closed := strings.Cut(query[size:], query[:size])
		if !closed {
			return query
		}
		return query[:size+len(inside)+size]
	case inWord(query[0]):
		for end < len(query) && inWord(query[end]) {
			end++
		}
	}
	return query[:end]
}

func inWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}
