//go:build unix

package casebook

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"consilium/ledger"
)

// BenchmarkSearch searches 100,000 cases, or as many as SEARCH_CASES says. It counts processor time, which other programs disturb least.
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
	pragma(b, db, "cache_size = -524288") // filling is not what is measured
	fillTitles(b, &node{t: b, db: db}, cases)
	pragma(b, db, "cache_size = -16384") // as the store opens it
	for _, text := range []string{
		"spasm 77777",     // rare together
		"spasm 777",       // some thousands
		"777",             // digits of titles, of names and of numbers
		"77",              // where a number begins
		"spasm left",      // in all
		"right bilateral", // frequent, and never together
		"left right",      // the same, of them more
		"王",               // everybody's name
		"wang wei",        // as it is spoken
		"王小明",             // one
		"b100777",         // a number
		"oldest",          // frequent, and only at the end of the list
		"qqzz",            // nowhere
	} {
		b.Run(text, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := spent(b)
				if _, _, err := List(b.Context(), db, Query{Text: text}); err != nil {
					b.Fatal(err)
				}
				took = append(took, spent(b)-began)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-cpu-ms")
		})
	}
}

// fillTitles files cases with numbered titles, whose IDs are in no order, each with a name and a number. A fiftieth of them are old and say so. It writes what
// [keep] would, the index at once: filling is not what is measured.
func fillTitles(b *testing.B, n *node, cases int) {
	r := rand.New(rand.NewPCG(1, 2))
	given := []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰")
	index := map[string]map[int64][]uint16{}
	tx, err := n.db.BeginTx(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback()
	write := func(query string) func(args ...any) {
		stmt, err := tx.PrepareContext(b.Context(), query)
		if err != nil {
			b.Fatal(err)
		}
		return func(args ...any) {
			if _, err := stmt.ExecContext(b.Context(), args...); err != nil {
				b.Fatal(err)
			}
		}
	}
	number := write(`INSERT INTO case_number (n, thread) VALUES ($1, $2)`)
	row := write(`INSERT INTO case_row VALUES ($1, $2, 'hfs-mvd', '', $3, $4, '', 'soon', '', -1, x'', x'', 'refer', 'open', 0, $5, '', '', '', x'', '', 9007199254740991, 0, 2, 0, '', '', '')`)
	who := write(`INSERT INTO case_identity (thread, name, latin, local_number, birth_date) VALUES ($1, $2, '', $3, '')`)
	term := write(`INSERT INTO case_term (term, part, cases) VALUES ($1, $2, $3)`)
	for i := range cases {
		side := []string{"left", "left", "left", "right", "bilateral"}[i%5]
		if i < cases/50 {
			side += " oldest"
		}
		var id ledger.ThreadID
		binary.BigEndian.PutUint64(id[:], r.Uint64())
		binary.BigEndian.PutUint64(id[8:], r.Uint64())
		title := fmt.Sprintf("Hemifacial spasm, %s, %d", side, i)
		p := Patient{Name: "王" + string([]rune{given[i%len(given)], given[i/len(given)%len(given)]}), LocalNumber: fmt.Sprint("B", 100000+i)}
		if i == cases/2 {
			p.Name = "王小明"
		}
		text, at := findText(id, title, p), int64(i)+1
		number(at, id[:])
		row(at, id[:], title, text, start.Add(time.Duration(i)*time.Minute).UnixMilli())
		who(id[:], p.Name, p.LocalNumber)
		for _, t := range termsIn(text) {
			if index[t] == nil {
				index[t] = map[int64][]uint16{}
			}
			index[t][at/partSize] = append(index[t][at/partSize], uint16(at%partSize))
		}
	}
	for t, parts := range index {
		for part, places := range parts {
			term([]byte(t), part, rowOfPlaces(places))
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func pragma(b *testing.B, db *sql.DB, what string) {
	if _, err := db.Exec("PRAGMA " + what); err != nil {
		b.Fatal(err)
	}
}

// spent is the processor time of this process so far.
func spent(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
