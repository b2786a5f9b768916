package casebook

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"consilium/ledger"
	"consilium/record"
	"consilium/store"
	"consilium/store/storetest"
)

// filed is a case as a search may find it.
type filed struct {
	Case
	patient Patient
	number  int
}

func (f filed) closed() bool { return f.Closed != nil }

// holds tells whether the case has every word of a search, by looking.
func (f filed) holds(text string) bool {
	runs := runsOf(f.Title + " " + Number(f.Thread))
	for _, of := range []string{f.patient.Name, f.patient.LocalNumber} {
		words := runsOf(of)
		joined := runsOf(strings.Join(words, ""))
		runs = append(append(append(runs, words...), joined...), spoken(joined)...)
	}
	for _, word := range wordsOf(text) {
		if !slices.ContainsFunc(runs, func(run string) bool {
			return begins(run, word.text) || word.toneless != "" && begins(run, word.toneless)
		}) {
			return false
		}
	}
	return true
}

// begins tells whether a word has another one in it, or begins with it where it is short.
func begins(run, word string) bool {
	if r := []rune(word); len(r) < 3 && !isHan(r[0]) {
		return strings.HasPrefix(run, word)
	}
	return strings.Contains(run, word)
}

// cabinet draws cases whose titles have much in common.
type cabinet struct{ *rapid.T }

func (c cabinet) text(what string) string {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("aab7面肌Ａ%_\\-,é")), 1, 12, -1)
	known := rapid.SampledFrom([]string{"Hemifacial spasm", "spasm,", "面肌痉挛", "左", "77777", "a"})
	return strings.Join(rapid.SliceOfN(rapid.OneOf(word, known), 1, 4).Draw(c.T, what), " ")
}

func (c cabinet) filed(n int) filed {
	f := filed{number: n, Case: Case{Opened: true, Title: c.text("title"), Verb: "plan", Urgency: "soon", OpenedAt: start}}
	f.Thread[15] = byte(n)
	f.Newest = start.Add(time.Duration(rapid.IntRange(0, 9).Draw(c.T, "changed")) * time.Minute)
	if due := rapid.IntRange(0, 3).Draw(c.T, "due"); due > 0 {
		f.Next = []record.Task{{By: start.Add(time.Duration(due) * time.Hour)}}
	}
	if rapid.IntRange(0, 2).Draw(c.T, "state") == 0 {
		f.Closed = &record.Said[Closed]{}
	}
	if rapid.Bool().Draw(c.T, "ours") {
		f.patient = Patient{Name: c.text("name"), LocalNumber: c.text("number")}
	}
	return f
}

// query asks for parts of what there is, or for anything.
func (c cabinet) query(list []filed) Query {
	var words []string
	for range rapid.IntRange(1, 3).Draw(c.T, "words") {
		f := rapid.SampledFrom(list).Draw(c.T, "of")
		letters := []rune(rapid.SampledFrom([]string{f.Title, f.patient.Name, f.patient.LocalNumber, c.text("else")}).Draw(c.T, "from"))
		from := rapid.IntRange(0, len(letters)).Draw(c.T, "first")
		words = append(words, string(letters[from:rapid.IntRange(from, len(letters)).Draw(c.T, "last")]))
	}
	text := strings.Join(words, " ")
	if rapid.Bool().Draw(c.T, "loud") {
		text = strings.ToUpper(text)
	}
	return Query{Text: text, State: rapid.SampledFrom([]string{"", "", "open", "closed"}).Draw(c.T, "asked"), Due: rapid.Bool().Draw(c.T, "by date"),
		Limit: rapid.IntRange(1, 5).Draw(c.T, "page")}
}

// look is a search without any index.
func look(list []filed, q Query) []ledger.ThreadID {
	var found []filed
	for _, f := range list {
		if f.holds(q.Text) && (q.State == "" || f.closed() == (q.State == "closed")) {
			found = append(found, f)
		}
	}
	typed := strings.TrimSpace(norm.NFKC.String(q.Text))
	exact := map[int]int{}
	for _, f := range list { // in any state, in the order of their numbers; the page ends with one that stands in the order of the list
		n := f.patient.LocalNumber
		if len(exact) < q.Limit-1 && len(wordsOf(typed)) > 0 && (n == typed || n == strings.ToUpper(typed) || n == strings.ToLower(typed)) {
			exact[f.number] = -1
			if !slices.ContainsFunc(found, func(o filed) bool { return o.number == f.number }) {
				found = append(found, f)
			}
		}
	}
	first := func(f filed) int { return exact[f.number] }
	slices.SortFunc(found, func(a, b filed) int {
		if c := cmp.Compare(first(a), first(b)); c != 0 {
			return c
		}
		if q.Due {
			return cmp.Or(cmp.Compare(rowOf(&a.Case, 0).due(), rowOf(&b.Case, 0).due()), cmp.Compare(a.number, b.number))
		}
		return cmp.Or(b.Newest.Compare(a.Newest), cmp.Compare(b.number, a.number))
	})
	var ids []ledger.ThreadID
	for _, f := range found {
		ids = append(ids, f.Thread)
	}
	return ids
}

func (r Row) due() int64 { return byMilli(r.NextBy) }

// pages reads a list to its end.
func pages(t *rapid.T, ctx context.Context, tx ledger.Tx, q Query, r reach) (ids []ledger.ThreadID) {
	for {
		list, next, err := listWithin(ctx, tx, q, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range list {
			ids = append(ids, row.Thread)
		}
		if next == "" {
			return ids
		}
		q.After = next
	}
}

var errUndone = errors.New("as if nothing had been written")

// TestASearchFindsWhatLookingFinds: whatever the titles, names and words are, however the search begins, and on both databases.
func TestASearchFindsWhatLookingFinds(t *testing.T) {
	storetest.Each(t, []fs.FS{ledger.Migrations, Migrations}, func(t *testing.T, s *store.Store) {
		began := time.Now()
		err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, s.DDL(projectionSchema))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(rt *rapid.T) {
			if time.Since(began) > 3*time.Second {
				return // enough for one run; another run asks otherwise
			}
			err := s.Update(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				searchAtRandom(rt, ctx, tx)
				return errUndone
			})
			if !errors.Is(err, errUndone) {
				rt.Fatal(err)
			}
		})
	})
}

func searchAtRandom(rt *rapid.T, ctx context.Context, tx ledger.Tx) {
	c := cabinet{rt}
	var list []filed
	for n := range rapid.IntRange(1, 20).Draw(rt, "cases") {
		list = append(list, c.filed(n))
		file(rt, ctx, tx, list[n])
	}
	for n := range list { // some change, and one is taken back
		switch rapid.IntRange(0, 5).Draw(rt, "then") {
		case 0, 1:
			list[n] = c.filed(n)
			file(rt, ctx, tx, list[n])
		case 2:
			if n == len(list)-1 && n > 0 {
				list[n].Opened = false
				file(rt, ctx, tx, list[n])
				list = list[:n]
			}
		}
	}
	if got, want := index(rt, ctx, tx), indexOf(list); !slices.Equal(got, want) {
		rt.Fatalf("the titles' index has\n%q\nwant\n%q", got, want)
	}
	for range 4 {
		q := c.query(list)
		few := reach{hits: rapid.SampledFrom([]int{1, 3, 1000}).Draw(rt, "few hits"), rows: rapid.SampledFrom([]int{1, 3, 8, 1000}).Draw(rt, "few rows")}
		if got, want := pages(rt, ctx, tx, q, few), look(list, q); !slices.Equal(got, want) {
			rt.Fatalf("%+v %+v: found\n%v\nwant\n%v", q, few, got, want)
		}
	}
}

func file(rt *rapid.T, ctx context.Context, tx ledger.Tx, f filed) {
	err := keepListed(ctx, tx, []any{listedOf(f.Case, 3)})
	if err == nil {
		err = ForgetIdentity(ctx, tx, f.Thread)
	}
	if err == nil && strings.TrimSpace(f.patient.Name+f.patient.LocalNumber) != "" {
		err = SetIdentity(ctx, tx, f.Thread, f.patient)
	}
	if err != nil {
		rt.Fatal(err)
	}
}

func index(rt *rapid.T, ctx context.Context, tx ledger.Tx) (list []string) {
	found, err := tx.QueryContext(ctx, `SELECT term, part, cases FROM case_term`)
	if err != nil {
		rt.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var term, cases []byte
		var part int64
		if err := found.Scan(&term, &part, &cases); err != nil {
			rt.Fatal(err)
		}
		for _, n := range caseSet(nil).put(part, cases).numbers() {
			list = append(list, fmt.Sprintf("%s %d", term, n))
		}
	}
	slices.Sort(list)
	return list
}

func indexOf(cases []filed) (list []string) {
	for _, f := range cases {
		for _, term := range termsIn(findText(f.Thread, f.Title, f.patient)) {
			list = append(list, fmt.Sprintf("%s %d", term, f.number+1))
		}
	}
	slices.Sort(list)
	return list
}

// TestASearchReadsEveryStateAsFarAsThePage: what is open has filled the page, and what is closed and newer stands behind closed cases without the word.
func TestASearchReadsEveryStateAsFarAsThePage(t *testing.T) {
	n := &node{t: t, db: openDB(t)}
	if _, err := n.db.Exec(projectionSchema); err != nil {
		t.Fatal(err)
	}
	for i := range byte(12) {
		c := Case{Opened: true, Title: "spasm", Verb: "plan", OpenedAt: start, Newest: start.Add(time.Duration(i) * time.Minute), Thread: ledger.ThreadID{i + 1}}
		if i >= 6 {
			c.Closed = &record.Said[Closed]{}
		}
		if i > 6 {
			c.Title = "knee"
		}
		if err := keepListed(t.Context(), n.db, []any{listedOf(c, 1)}); err != nil {
			t.Fatal(err)
		}
	}
	list, _, err := listWithin(t.Context(), n.db, Query{Text: "spasm", Limit: 2}, reach{hits: 1, rows: 64})
	if err != nil || len(list) != 2 || list[0].State != "closed" || list[1].Thread != (ledger.ThreadID{6}) {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestRunsOf(t *testing.T) {
	for text, want := range map[string]string{
		"Hemifacial spasm, LEFT": "hemifacial spasm left",
		"Müller-Lüdenscheidt":    "muller ludenscheidt",
		"O'Brien O’Brien":        "obrien obrien",
		"Ｂ１００４２":                 "b10042", // full width
		"Łukasz Sørensen Straße": "lukasz sorensen strasse",
		"左侧L4/5":                 "左侧 l4 5",
		" - % ":                  "",
		"Nguyễn Thị":             "nguyen thi",
		"E\u0301tude Étude":      "etude etude",
	} {
		if got := strings.Join(runsOf(text), " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestANameIsFound: by each character, as it is spoken with and without tones and spaces, by its first letters, in capitals, full width or with accents.
func TestANameIsFound(t *testing.T) {
	text := findText(ledger.ThreadID{}, "Hemifacial spasm", Patient{Name: "王小明", LocalNumber: "B-100042"})
	for _, typed := range []string{"王", "小", "明", "王小", "小明", "王小明", "王 明", "wang", "WANG", "wangxiaoming", "wang xiaoming", "Wang Xiao Ming", "wáng xiǎo míng",
		"wangxiao", "wang2xiao3ming2", "wang2 xiao3 ming2", "wxm", "ｗａｎｇ", "xiaoming wang", "B-100042", "b100042", "100042", "0042", "spasm wang", "hemi"} {
		for _, w := range wordsOf(typed) {
			if !w.in(text) {
				t.Errorf("%s: %q is not in %q", typed, w, text)
			}
		}
	}
	for name, typed := range map[string]string{"单雄信": "shanxiongxin", "曾国藩": "zeng", "吕布": "lvbu", "吕不韦": "lubuwei", "José García": "jose garcia", "O’Brien": "o'brien",
		"Zhang San": "zhangsan", "Müller": "MULLER"} {
		for _, w := range wordsOf(typed) {
			if text := findText(ledger.ThreadID{}, "", Patient{Name: name}); !w.in(text) {
				t.Errorf("%s: %q is not in %q", name, w, text)
			}
		}
	}
	for _, typed := range []string{"li", "xang", "rang", "小王", "77", "hemx", "wang4li"} {
		if wordsOf(typed)[0].in(text) {
			t.Errorf("%s is in %q", typed, text)
		}
	}
}

// TestAnExactNumberStandsFirst: before newer cases whose number or title it is a part of; and a case is found by its own number.
func TestAnExactNumberStandsFirst(t *testing.T) {
	n := &node{t: t, db: openDB(t)}
	if _, err := n.db.Exec(projectionSchema); err != nil {
		t.Fatal(err)
	}
	for i := range byte(9) {
		c := Case{Opened: true, Title: "Knee 1004", Verb: "plan", OpenedAt: start, Newest: start.Add(time.Duration(i) * time.Minute), Thread: ledger.ThreadID{i + 1, 13: 0xab, 15: i}}
		if err := keepListed(t.Context(), n.db, []any{listedOf(c, 1)}); err != nil {
			t.Fatal(err)
		}
		if err := SetIdentity(t.Context(), n.db, c.Thread, Patient{LocalNumber: []string{"1004", "b1004", "10045"}[i%3] + []string{"", "x", "y"}[i/3]}); err != nil {
			t.Fatal(err)
		}
	}
	for typed, want := range map[string]ledger.ThreadID{"1004": {1, 13: 0xab}, "B1004": {2, 13: 0xab, 15: 1}, "10045y": {9, 13: 0xab, 15: 8}, "ab0004": {5, 13: 0xab, 15: 4}} {
		list, _, err := List(t.Context(), n.db, Query{Text: typed, Limit: 3})
		if err != nil || len(list) == 0 || list[0].Thread != want {
			t.Errorf("%s: %v, %v", typed, list, err)
		}
	}
}

// TestPlacesAreKept: as a list and as bits, whatever is put in and taken out.
func TestPlacesAreKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var row []byte
		in := map[int64]bool{}
		for range rapid.IntRange(0, 900).Draw(rt, "changes") {
			place := rapid.Uint16Range(0, 700).Draw(rt, "place")
			put := rapid.IntRange(0, 4).Draw(rt, "out") > 0
			row = withPlace(row, place, put)
			in[int64(place)+3*partSize] = put
		}
		if again := rowOfPlaces(placesOf(row)); !slices.Equal(again, row) {
			rt.Fatalf("%x is kept otherwise where nothing was taken out: %x", row, again)
		}
		set := caseSet(nil).put(3, row)
		for n, is := range in {
			if set.has(n) != is {
				rt.Fatalf("case %d: %v, want %v", n, !is, is)
			}
		}
	})
}
