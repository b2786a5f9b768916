package casebook

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

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
}

func (f filed) closed() bool { return f.Closed != nil }

// holds tells whether the case has every word of a search, by looking.
func (f filed) holds(text string) bool {
	title, patient := searchText(f.Title), searchText(f.patient.Name+" "+f.patient.Latin+" "+f.patient.LocalNumber)
	for _, word := range strings.Fields(searchText(text)) {
		if !strings.Contains(title, word) && !strings.Contains(patient, word) {
			return false
		}
	}
	return true
}

// cabinet draws cases whose titles have much in common.
type cabinet struct{ *rapid.T }

func (c cabinet) text(what string) string {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("aab7面肌Ａ%_\\-,é")), 1, 12, -1)
	known := rapid.SampledFrom([]string{"Hemifacial spasm", "spasm,", "面肌痉挛", "左", "77777", "a"})
	return strings.Join(rapid.SliceOfN(rapid.OneOf(word, known), 1, 4).Draw(c.T, what), " ")
}

func (c cabinet) filed(n int) filed {
	f := filed{Case: Case{Opened: true, Title: c.text("title"), Verb: "plan", Urgency: "soon", OpenedAt: start}}
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
	slices.SortFunc(found, func(a, b filed) int {
		if q.Due {
			return cmp.Or(cmp.Compare(rowOf(&a.Case, 0).due(), rowOf(&b.Case, 0).due()), bytes.Compare(a.Thread[:], b.Thread[:]))
		}
		return cmp.Or(b.Newest.Compare(a.Newest), bytes.Compare(b.Thread[:], a.Thread[:]))
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
	if got, want := titleIndex(rt, ctx, tx), titleIndexOf(list); !slices.Equal(got, want) {
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
	err := keep(ctx, tx, f.Case, 3)
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

func titleIndex(rt *rapid.T, ctx context.Context, tx ledger.Tx) (list []string) {
	found, err := tx.QueryContext(ctx, `SELECT ending, thread FROM case_title_gram`)
	if err != nil {
		rt.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var ending, thread []byte
		if err := found.Scan(&ending, &thread); err != nil {
			rt.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%s %x", ending, thread))
	}
	slices.Sort(list)
	return list
}

func titleIndexOf(cases []filed) (list []string) {
	for _, f := range cases {
		for _, ending := range endings(searchText(f.Title)) {
			list = append(list, fmt.Sprintf("%s %x", ending, f.Thread[:]))
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
		if err := keep(t.Context(), n.db, c, 1); err != nil {
			t.Fatal(err)
		}
	}
	list, _, err := listWithin(t.Context(), n.db, Query{Text: "spasm", Limit: 2}, reach{hits: 1, rows: 64})
	if err != nil || len(list) != 2 || list[0].State != "closed" || list[1].Thread != (ledger.ThreadID{6}) {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestEndings(t *testing.T) {
	for title, want := range map[string]string{
		"spasm, 77":       "77 asm pasm sm spasm", // "7" and "m" alone are not looked up
		"banana an":       "anana banana nana",    // "an", "ana" and "na" begin longer ones
		"hemifacialis":    "acialis alis cialis emifacia facialis hemifaci ialis ifaciali is lis mifacial",
		"左面肌 l5":          "l5 左面肌 肌 面肌",
		"a - %":           "",
		"左 spasm-spastic": "asm astic ic pasm pastic sm spasm spastic stic tic 左",
	} {
		if got := strings.Join(endings(searchText(title)), " "); got != want {
			t.Errorf("%s: %s, want %s", title, got, want)
		}
	}
}

// TestTheTitlesIndexHasNoMoreRowsThanPairsOfLettersWould: each row costs every append that opens or renames a case.
func TestTheTitlesIndexHasNoMoreRowsThanPairsOfLettersWould(t *testing.T) {
	var rows, pairs int
	for _, title := range []string{"Hemifacial spasm, left, 123456", "Hemifacial spasm, vertebral artery", "L4/5 disc herniation (recurrent), right",
		"左侧面肌痉挛，椎动脉压迫", "腰椎间盘突出症 L4/5 左侧"} {
		rows += len(endings(searchText(title)))
		pairs += len(grams(searchText(title)))
	}
	if rows > pairs {
		t.Errorf("%d rows, and %d pairs", rows, pairs)
	}
}

// BenchmarkSearch searches the titles of 100,000 cases, or of as many as SEARCH_CASES says.
func BenchmarkSearch(b *testing.B) {
	cases := 100_000
	if text := os.Getenv("SEARCH_CASES"); text != "" {
		var err error
		if cases, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	db := openDB(b)
	if _, err := db.Exec(projectionSchema); err != nil {
		b.Fatal(err)
	}
	fillTitles(b, &node{t: b, db: db}, cases)
	for _, text := range []string{
		"spasm 77777",     // rare together
		"spasm 777",       // some thousands
		"spasm 77",        // as many as are found in the order of the list
		"spasm left",      // in all
		"right bilateral", // frequent, and never together
		"qqzz",            // nowhere
	} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := List(b.Context(), db, Query{Text: text}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// fillTitles files cases with numbered titles, whose names are in no order, as those of threads are.
func fillTitles(b *testing.B, n *node, cases int) {
	r := rand.New(rand.NewPCG(1, 2))
	err := n.update(func(ctx context.Context, tx ledger.Tx) error {
		for i := range cases {
			side := []string{"left", "left", "left", "right", "bilateral"}[i%5]
			c := Case{Opened: true, Pathway: "hfs-mvd", Title: fmt.Sprintf("Hemifacial spasm, %s, %d", side, i), Urgency: "soon", Verb: "refer",
				OpenedAt: start, Newest: start.Add(time.Duration(i) * time.Minute)}
			binary.BigEndian.PutUint64(c.Thread[:], r.Uint64())
			if err := keep(ctx, tx, c, 2); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
