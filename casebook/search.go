package casebook

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"consilium/ledger"
)

// reach is how far a search goes before it goes about it otherwise.
type reach struct {
	hits int // so many cases are looked at one by one
	rows int // of the list that are read in its order, in search of more
}

// usual is where both ways cost about as much.
var usual = reach{hits: 2000, rows: 32_000}

// mostNumbers is how many cases one statement asks for.
const mostNumbers = 4096

// search is a search on its way. The index knows the cases that have the terms of all words. Where they are few, they are looked at one by one;
// where they are many, the list is read in its order until they fill the page, for what is frequent is soon found. What is frequent and yet not
// found soon (all of it old, say, or shut out by another filter) is looked at one by one after all.
type search struct {
	reach
	query Query
	words []word
	exact bool    // what the index knows needs no second look
	first []int64 // cases whose number is what was typed: they stand before all others
	found caseSet // cases that may have all words
}

// hit is a case that was found, and where it stands in the list.
type hit struct {
	ms, n int64
}

// findRows gives one row more than the page has.
func findRows(ctx context.Context, tx ledger.Tx, q Query, r reach) ([]Row, error) {
	s := search{reach: r, query: q, words: wordsOf(q.Text), exact: true}
	w := where{}
	if err := w.page(q); err != nil { // a false cursor is told also where nothing is found
		return nil, err
	}
	if err := s.look(ctx, tx); err != nil {
		return nil, err
	}
	if err := s.exactly(ctx, tx); err != nil {
		return nil, err
	}
	s.first = s.first[:min(len(s.first), q.Limit-1)] // the page ends with a case in the order of the list: the next one begins after it
	hits, err := s.hits(ctx, tx)
	if err != nil {
		return nil, err
	}
	return s.rowsOf(ctx, tx, hits)
}

// look asks the index.
func (s *search) look(ctx context.Context, tx ledger.Tx) error {
	for i, w := range s.words {
		set, err := s.lookUp(ctx, tx, w.text)
		if err == nil && w.toneless != "" {
			var said caseSet
			said, err = s.lookUp(ctx, tx, w.toneless)
			set = set.or(said)
		}
		if err != nil {
			return err
		}
		if i > 0 {
			set = s.found.and(set)
		}
		if s.found = set; s.found.len() == 0 {
			return nil
		}
	}
	return nil
}

func (s *search) lookUp(ctx context.Context, tx ledger.Tx, run string) (set caseSet, err error) {
	terms, exact := termsOf(run)
	s.exact = s.exact && exact
	for i, t := range terms {
		some, err := casesWith(ctx, tx, t)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			some = set.and(some)
		}
		if set = some; set.len() == 0 {
			return nil, nil
		}
	}
	return set, nil
}

// exactly finds the cases whose own number, or whose patient's number, is what was typed.
func (s *search) exactly(ctx context.Context, tx ledger.Tx) error {
	typed := strings.TrimSpace(norm.NFKC.String(s.query.Text))
	w := where{}
	numbers := w.arg(typed) + ", " + w.arg(strings.ToUpper(typed)) + ", " + w.arg(strings.ToLower(typed))
	w.and("i.local_number IN (" + numbers + ")")
	w.filters(s.whole())
	err := s.add(ctx, tx, `SELECT r.n, r.thread FROM case_identity i JOIN case_row r ON r.thread = i.thread`+w.sql()+` ORDER BY r.n LIMIT 20`, w.args,
		func(ledger.ThreadID) bool { return true })
	if err != nil || len(s.words) != 1 || s.found.len() > s.reach.hits {
		return err
	}
	number := strings.ToUpper(typed)
	for some := range slices.Chunk(s.found.numbers(), mostNumbers) {
		w := where{}
		w.and(onPick)
		w.filters(s.whole())
		if err := s.add(ctx, tx, `SELECT r.n, r.thread FROM `+picked(some)+w.sql(), w.args, func(id ledger.ThreadID) bool { return Number(id) == number }); err != nil {
			return err
		}
	}
	return nil
}

// whole is the query for cases in any state: who types a number wants that case, open or closed.
func (s *search) whole() Query {
	q := s.query
	q.State = ""
	return q
}

// add puts cases before all others.
func (s *search) add(ctx context.Context, tx ledger.Tx, query string, args []any, is func(ledger.ThreadID) bool) error {
	found, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("searching cases: %w", err)
	}
	defer found.Close()
	for found.Next() {
		var n int64
		var id []byte
		if err := found.Scan(&n, &id); err != nil {
			return fmt.Errorf("searching cases: %w", err)
		}
		if is(ledger.ThreadID(id)) && !slices.Contains(s.first, n) {
			s.first = append(s.first, n)
		}
	}
	return found.Err()
}

// hits finds the cases of the page, and one more.
func (s *search) hits(ctx context.Context, tx ledger.Tx) (hits []hit, err error) {
	var decided bool
	if s.found.len() > s.reach.hits {
		if hits, decided, err = s.inOrder(ctx, tx); err != nil {
			return nil, err
		}
	}
	if !decided {
		if hits, err = s.among(ctx, tx, s.query, s.found.numbers(), true); err != nil {
			return nil, err
		}
	}
	if s.query.After == "" && len(s.first) > 0 {
		first, err := s.among(ctx, tx, s.whole(), s.first, false)
		if err != nil {
			return nil, err
		}
		hits = append(first, hits...)
	}
	return hits[:min(len(hits), s.query.Limit+1)], nil
}

// among looks at cases one by one: those of the page and of the filters, that have all words.
func (s *search) among(ctx context.Context, tx ledger.Tx, q Query, numbers []int64, read bool) (hits []hit, err error) {
	text := "''"
	if read && !s.exact {
		text = "r.find_text"
	}
	column, _ := q.column()
	for some := range slices.Chunk(numbers, mostNumbers) {
		w := where{}
		w.and(onPick)
		w.filters(q)
		if err := w.page(q); err != nil {
			return nil, err
		}
		found, err := tx.QueryContext(ctx, `SELECT r.n, `+column+`, `+text+` FROM `+picked(some)+w.sql(), w.args...)
		if err != nil {
			return nil, fmt.Errorf("searching cases: %w", err)
		}
		for found.Next() {
			var h hit
			var of sql.RawBytes
			if err = found.Scan(&h.n, &h.ms, &of); err != nil {
				break
			}
			if !read || !slices.Contains(s.first, h.n) && (s.exact || s.has(string(of))) {
				hits = append(hits, h)
			}
		}
		found.Close()
		if err = errors.Join(err, found.Err()); err != nil {
			return nil, fmt.Errorf("searching cases: %w", err)
		}
	}
	slices.SortFunc(hits, s.compare)
	return hits, nil
}

// has tells whether the text of a case has all words.
func (s *search) has(text string) bool {
	return !slices.ContainsFunc(s.words, func(w word) bool { return !w.in(text) })
}

// compare says which of two cases stands first in the list.
func (s *search) compare(a, b hit) int {
	if !s.query.Due {
		a, b = b, a
	}
	return cmp.Or(cmp.Compare(a.ms, b.ms), cmp.Compare(a.n, b.n))
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
	for read, most := 0, max(min(s.reach.rows/32, 256), 1); read < s.reach.rows; most *= 2 {
		most = min(most, s.reach.rows-read)
		more, last, n, over, err := s.piece(ctx, tx, q, most)
		if err != nil {
			return nil, false, err
		}
		hits = append(hits, more...)
		slices.SortFunc(hits, s.compare)
		hits = hits[:min(len(hits), s.query.Limit+1)]
		full := len(hits) > s.query.Limit && s.compare(last, hits[s.query.Limit]) >= 0
		if full || over {
			return hits, true, nil
		}
		read, q.After = read+n, cursorOf(last.ms, last.n)
	}
	return nil, false, nil
}

// piece reads rows of a list, until it may have a page. It gives those that have all words, the last row that it read, how many it read, and whether
// the list is over.
func (s *search) piece(ctx context.Context, tx ledger.Tx, q Query, most int) (hits []hit, last hit, n int, over bool, err error) {
	w := where{}
	w.filters(q)
	if err := w.page(q); err != nil {
		return nil, last, 0, false, err
	}
	column, _ := q.column()
	found, err := tx.QueryContext(ctx, `SELECT r.n, `+column+` FROM case_row r`+w.sql()+q.order()+` LIMIT `+w.arg(most), w.args...)
	if err != nil {
		return nil, last, 0, false, fmt.Errorf("searching cases: %w", err)
	}
	defer found.Close()
	var may []int64
	for len(may) <= 2*q.Limit {
		if !found.Next() {
			over = n < most
			break
		}
		if err := found.Scan(&last.n, &last.ms); err != nil {
			return nil, last, 0, false, fmt.Errorf("searching cases: %w", err)
		}
		if n++; s.found.has(last.n) {
			may, hits = append(may, last.n), append(hits, last)
		}
	}
	if err = found.Err(); err != nil || s.exact && s.first == nil || may == nil {
		return hits, last, n, over, err
	}
	found.Close()
	hits, err = s.among(ctx, tx, q, may, true)
	return hits, last, n, over, err
}

// rowsOf reads the rows of a page, in its order.
func (s *search) rowsOf(ctx context.Context, tx ledger.Tx, hits []hit) ([]Row, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	place := make(map[int64]int, len(hits))
	numbers := make([]int64, len(hits))
	for i, h := range hits {
		place[h.n], numbers[i] = i, h.n
	}
	list, err := rows(ctx, tx, `SELECT `+rowColumns+` FROM `+picked(numbers)+` LEFT JOIN case_identity i ON i.thread = r.thread WHERE `+onPick, nil)
	slices.SortFunc(list, func(a, b Row) int { return cmp.Compare(place[a.n], place[b.n]) })
	return list, err
}

// picked are some cases by their numbers, as a table t to begin with: left to choose, SQLite would sooner read a whole index of the list. The numbers stand in
// the statement itself, because it looks for the name of each argument among all others.
func picked(numbers []int64) string {
	list := append(make([]byte, 0, 10*len(numbers)), "(VALUES "...)
	for i, n := range numbers {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(strconv.AppendInt(append(list, '('), n, 10), ')')
	}
	return string(append(list, ") t CROSS JOIN case_row r"...))
}

// onPick joins what was picked.
const onPick = "r.n = t.column1"
