package casebook

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"consilium/ledger"
)

// A search has so many letters and words at most. Nobody types more, and each costs the database something.
const (
	mostLetters = 100
	mostWords   = 10
	mostPairs   = 12 // of a word that are counted among the names
)

// endingLength is how many letters of an ending the index of titles keeps. What is longer is looked up by its parts.
const endingLength = 8

// sought is what a search looks for.
func sought(text string) string {
	letters := []rune(searchText(text[:min(len(text), 16*mostLetters)]))
	words := strings.Fields(string(letters[:min(len(letters), mostLetters)]))
	return strings.Join(words[:min(len(words), mostWords)], " ")
}

// reach is how far a search goes before it goes about it otherwise.
type reach struct {
	hits int // a word that more cases may have is not what it begins with
	rows int // of the list that it reads in the order of the list
}

// usual is where both ways cost about as much.
var usual = reach{hits: 8000, rows: 8000}

// search is a search on its way. Its words are looked up, each in the title or in who the patient is. It begins with the cases that have the rarest
// of them; where that is frequent, it reads the list in its order, where what is frequent is soon found. Words that are frequent and yet rare
// together are found neither way at once: after some rows it begins with the rarest after all.
type search struct {
	reach
	query Query
	words []word
}

// word is a word of a search, and what it is looked up by.
type word struct {
	text     string
	bytes    []byte
	run      string // the rarest of what the index of titles has of it
	pair     string // the rarest of its pairs of letters in the index of names
	nameless bool   // no name has it
	hits     int    // how many cases may have it, counted no further than the search reaches
}

// hit is a case that was found, and where it stands in the list.
type hit struct {
	ms int64
	id ledger.ThreadID
}

// findRows gives one row more than the page has.
func findRows(ctx context.Context, tx ledger.Tx, q Query, r reach) ([]Row, error) {
	s := search{reach: r, query: q}
	for _, text := range strings.Fields(sought(q.Text)) {
		s.words = append(s.words, word{text: text, bytes: []byte(text), hits: math.MaxInt})
	}
	w := where{}
	if err := w.page(q); err != nil { // a false cursor is told also where nothing is found
		return nil, err
	}
	hits, err := s.hits(ctx, tx)
	if err != nil || len(hits) == 0 {
		return nil, err
	}
	w = where{}
	places := make([]string, len(hits))
	for i, h := range hits {
		places[i] = w.arg(h.id[:])
	}
	w.and("r.thread IN (" + strings.Join(places, ", ") + ")")
	return rows(ctx, tx, `SELECT `+rowColumns+` FROM case_row r LEFT JOIN case_identity i ON i.thread = r.thread`+w.sql()+q.order(), w.args)
}

// hits finds the cases of the page, and one more.
func (s *search) hits(ctx context.Context, tx ledger.Tx) ([]hit, error) {
	if !slices.ContainsFunc(s.words, func(w word) bool { return len(runs(w.text)) > 0 }) {
		s.rows = math.MaxInt // there is nothing else to begin with
	}
	rarest, err := s.rarest(ctx, tx)
	if err != nil || rarest.hits == 0 {
		return nil, err
	}
	if rarest.hits <= s.reach.hits {
		return s.from(ctx, tx, rarest)
	}
	hits, decided, err := s.inOrder(ctx, tx)
	for err == nil && !decided && rarest.hits > s.reach.hits {
		s.reach.hits *= 8
		rarest, err = s.rarest(ctx, tx)
	}
	if err != nil || decided {
		return hits, err
	}
	return s.from(ctx, tx, rarest)
}

// rarest gives the word that the fewest cases may have. Where one is rare it does not count the others.
func (s *search) rarest(ctx context.Context, tx ledger.Tx) (rarest *word, err error) {
	for i := range s.words {
		w := &s.words[i]
		if w.hits, err = w.count(ctx, tx, s.reach.hits+1); err != nil {
			return nil, fmt.Errorf("searching cases: %w", err)
		}
		if rarest == nil || w.hits < rarest.hits {
			rarest = w
		}
		if s.isRare(rarest) {
			break
		}
	}
	return rarest, nil
}

// isRare tells whether looking at all cases that may have a word costs little.
func (s *search) isRare(w *word) bool { return w.hits <= s.reach.hits/16 }

// count says how many cases may have a word: as many as asked are as good as more.
func (w *word) count(ctx context.Context, tx ledger.Tx, most int) (int, error) {
	w.run, w.pair = "", ""
	titles := most
	for _, run := range runs(w.text) {
		from, to := span(run)
		n, err := countOf(ctx, tx, `SELECT 1 FROM case_title_gram WHERE ending >= $2 AND ending < $3`, titles, from, to)
		if err != nil {
			return 0, err
		}
		if n < titles || w.run == "" {
			w.run, titles = run, n
		}
	}
	names := max(most-titles, 1)
	pairs := grams(w.text)
	for _, pair := range pairs[:min(len(pairs), mostPairs)] {
		n, err := countOf(ctx, tx, `SELECT 1 FROM case_gram WHERE gram = $2`, names, pair)
		if err != nil {
			return 0, err
		}
		if n < names || w.pair == "" {
			w.pair, names = pair, n
		}
		w.nameless = n == 0
		if w.nameless {
			break
		}
	}
	if w.run == "" {
		return most, nil
	}
	return min(titles+names, most), nil
}

// countOf counts rows no further than asked.
func countOf(ctx context.Context, tx ledger.Tx, query string, most int, args ...any) (n int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM (`+query+` LIMIT $1) a`, append([]any{most}, args...)...).Scan(&n)
	return n, err
}

// from finds the cases of the page among all that may have a word, and may have the others that are not much more frequent: their rows in the indexes
// stand side by side, those of the cases do not.
func (s *search) from(ctx context.Context, tx ledger.Tx, rarest *word) ([]hit, error) {
	w := where{}
	some := w.having(rarest)
	for i := range s.words {
		if other := &s.words[i]; other != rarest && other.hits <= s.reach.hits && !s.isRare(rarest) {
			some += ` INTERSECT ` + w.having(other)
		}
	}
	w.and("r.thread = t.thread")
	w.filters(s.query)
	if err := w.page(s.query); err != nil {
		return nil, err
	}
	for _, word := range s.words {
		like := w.arg("%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word.text) + "%")
		has := `r.find_text LIKE ` + like + ` ESCAPE '\'`
		if !word.nameless {
			has += ` OR EXISTS (SELECT 1 FROM case_identity i WHERE i.thread = r.thread AND i.find_text LIKE ` + like + ` ESCAPE '\')`
		}
		w.and("(" + has + ")")
	}
	column, _ := s.query.column()
	found, err := tx.QueryContext(ctx, `SELECT r.thread, `+column+` FROM (`+some+`) t
		CROSS JOIN case_row r`+w.sql()+s.query.order()+` LIMIT `+strconv.Itoa(s.query.Limit+1), w.args...) // a cross join, because SQLite reads its left side first
	if err != nil {
		return nil, fmt.Errorf("searching cases: %w", err)
	}
	defer found.Close()
	var hits []hit
	for found.Next() {
		h, err := scanHit(found)
		if err != nil {
			return nil, err
		}
		hits = append(hits, h)
	}
	return hits, found.Err()
}

// having selects the cases that may have a word.
func (w *where) having(s *word) string {
	first, end := span(s.run)
	some := `SELECT thread FROM case_title_gram WHERE ending >= ` + w.arg(first) + ` AND ending < ` + w.arg(end)
	if !s.nameless {
		some += ` UNION SELECT thread FROM case_gram WHERE gram = ` + w.arg(s.pair)
	}
	return `SELECT DISTINCT thread FROM (` + some + `) a`
}

// inOrder reads the list in its order. It has decided what the page shows unless it comes to the end of what it reads before it comes to the end of
// the page.
func (s *search) inOrder(ctx context.Context, tx ledger.Tx) (hits []hit, decided bool, err error) {
	states := []string{s.query.State}
	if s.query.State == "" {
		states = []string{"open", "closed"} // every index has the state before the order
	}
	for _, state := range states {
		if hits, decided, err = s.inOrderOf(ctx, tx, state, hits); err != nil || !decided {
			return nil, false, err
		}
	}
	return hits, true, nil
}

// inOrderOf reads ever longer pieces of the list of a state, and puts what it finds among what another state has on the page.
func (s *search) inOrderOf(ctx context.Context, tx ledger.Tx, state string, hits []hit) (page []hit, decided bool, err error) {
	q := s.query
	q.State = state
	for read, most := 0, max(min(s.rows/32, 256), 1); read < s.rows; most *= 2 {
		most = min(most, s.rows-read)
		more, last, n, err := s.piece(ctx, tx, q, most)
		if err != nil {
			return nil, false, err
		}
		hits = append(hits, more...)
		slices.SortFunc(hits, s.compare)
		hits = hits[:min(len(hits), s.query.Limit+1)]
		full := len(hits) > s.query.Limit && s.compare(last, hits[s.query.Limit]) >= 0
		if full || n < most {
			return hits, true, nil
		}
		read, q.After = read+n, cursorOf(last.ms, last.id)
	}
	return nil, false, nil
}

// compare says which of two cases stands first in the list.
func (s *search) compare(a, b hit) int {
	if !s.query.Due {
		a, b = b, a
	}
	return cmp.Or(cmp.Compare(a.ms, b.ms), bytes.Compare(a.id[:], b.id[:]))
}

// piece reads rows of a list, until it has a page. It gives those that have all words, the last row that it read, and how many it read.
func (s *search) piece(ctx context.Context, tx ledger.Tx, q Query, most int) (hits []hit, last hit, n int, err error) {
	w := where{}
	w.filters(q)
	if err := w.page(q); err != nil {
		return nil, last, 0, err
	}
	names, join := "''", ""
	if slices.ContainsFunc(s.words, func(w word) bool { return !w.nameless }) {
		names, join = "COALESCE(i.find_text, '')", " LEFT JOIN case_identity i ON i.thread = r.thread"
	}
	column, _ := q.column()
	found, err := tx.QueryContext(ctx, `SELECT r.thread, `+column+`, r.find_text, `+names+` FROM case_row r`+join+w.sql()+q.order()+
		` LIMIT `+w.arg(most), w.args...)
	if err != nil {
		return nil, last, 0, fmt.Errorf("searching cases: %w", err)
	}
	defer found.Close()
	for len(hits) <= q.Limit && found.Next() {
		var title, name sql.RawBytes
		if last, err = scanHit(found, &title, &name); err != nil {
			return nil, last, n, err
		}
		if n++; s.has(title, name) {
			hits = append(hits, last)
		}
	}
	return hits, last, n, found.Err()
}

// has tells whether all words are in the title or the name.
func (s *search) has(title, name []byte) bool {
	for i := range s.words {
		word := s.words[i].bytes
		if !bytes.Contains(title, word) && !bytes.Contains(name, word) {
			return false
		}
	}
	return true
}

func scanHit(found *sql.Rows, more ...any) (h hit, err error) {
	var id sql.RawBytes
	if err := found.Scan(append([]any{&id, &h.ms}, more...)...); err != nil {
		return h, fmt.Errorf("searching cases: %w", err)
	}
	copy(h.id[:], id)
	return h, nil
}

// endings are what the index of titles keeps of one: from each letter to the end of its word, or to as many letters as are kept. Part of a word
// begins one of them. A letter that ends a word is none unless it is Chinese, where one letter is a word; and what another one begins with is in it.
func endings(s string) []string {
	var list []string
	for run := range letterRuns(s) {
		for i := range run {
			if i+1 < len(run) || unicode.Is(unicode.Han, run[i]) {
				list = append(list, string(run[i:min(i+endingLength, len(run))]))
			}
		}
	}
	slices.Sort(list)
	var kept []string
	for i, e := range list {
		if i+1 == len(list) || !strings.HasPrefix(list[i+1], e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// runs are the parts of a word by which the index of titles finds it.
func runs(word string) []string {
	var list []string
	for run := range letterRuns(word) {
		switch {
		case len(run) == 1 && !unicode.Is(unicode.Han, run[0]):
		case len(run) <= endingLength:
			list = append(list, string(run))
		default:
			for i := 0; i < len(run); i += endingLength {
				from := min(i, len(run)-endingLength)
				list = append(list, string(run[from:from+endingLength]))
			}
		}
	}
	return list
}

// letterRuns gives the letters and digits of a text between what is neither.
func letterRuns(s string) iter.Seq[[]rune] {
	return func(yield func([]rune) bool) {
		for run := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.In(r, unicode.Letter, unicode.Number, unicode.Mark) }) {
			if !yield([]rune(run)) {
				return
			}
		}
	}
}

// span is from where to where the endings stand that begin with a run. They are bytes, because databases do not agree about the order of text; the
// last byte of a text is never the greatest.
func span(run string) (from, to []byte) {
	from = []byte(run)
	to = bytes.Clone(from)
	to[len(to)-1]++
	return from, to
}
