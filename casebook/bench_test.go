package casebook

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// BenchmarkFold1000 folds a case of 1,000 entries: findings with answers, opinions, questions, plans. The target is 5 ms.
func BenchmarkFold1000(b *testing.B) {
	w := newWorldWith(b, lawless())
	ref := w.home.must(w.draft(KindReferred, w.referred()))
	w.home.sync(w.far, w.id)
	w.far.must(w.draft(KindAccepted, w.accepted(), ref))
	w.far.give(w.home, w.id)
	l := w.home.log(w.id)
	entries := entriesOf(l)
	th := admitAll(b, w.id, entries)
	for i := th.Len(); i < 1000; i++ {
		switch i % 5 {
		case 0:
			w.home.must(w.draft(KindQuestion, Question{Text: "And what of the vein?"}))
		case 1:
			w.home.must(w.draft(KindFollowUp, FollowUp{Schedule: fmt.Sprint("d", i), Date: "2026-05-01", Note: "well"}))
		default:
			w.home.must(w.draft(KindFinding, Finding{Form: "examination", Note: "as before", Values: pathway.Values{
				"cohen": pathway.Int(int64(i % 5)), "pta": pathway.String("21.5"), "side": pathway.String("left"), "hb": pathway.Missing(pathway.NotDone)}}))
		}
	}
	l = w.home.log(w.id)
	b.ReportMetric(float64(len(l.Said)), "entries")
	for b.Loop() {
		if c := Fold(l); !c.Opened {
			b.Fatal("not opened")
		}
	}
}

// BenchmarkWorklist reads pages of a list of 100,000 cases, as a worklist asks for them.
func BenchmarkWorklist(b *testing.B) {
	db := openDB(b)
	if _, err := db.Exec(projectionSchema); err != nil {
		b.Fatal(err)
	}
	fill(b, &node{t: b, db: db}, 100_000)
	queries := []struct {
		name string
		q    Query
	}{
		{"first page", Query{State: "open"}},
		{"verb", Query{State: "open", Verb: "plan"}},
		{"pathway, verb", Query{State: "open", Verb: "plan", Pathway: "hfs-mvd"}},
		{"urgency, pathway, verb", Query{State: "open", Verb: "plan", Pathway: "hfs-mvd", Urgency: "emergency"}},
		{"due first", Query{State: "open", Due: true}},
		{"rare name", Query{Text: "王小明"}},
		{"frequent name", Query{Text: "王"}},
		{"words of the title", Query{Text: "spasm left"}},
		{"found nowhere", Query{Text: "qqzz"}},
		{"deep page", Query{State: "open", After: cursor(Row{Changed: start.Add(50_000 * time.Minute)}, Query{})}},
	}
	for _, q := range queries {
		b.Run(q.name, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := List(b.Context(), db, q.q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := Counts(b.Context(), db); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// fill writes rows as the projection does.
func fill(b *testing.B, n *node, cases int) {
	pathways := []string{"hfs-mvd", "lumbar-disc-endoscopic", "hip-replacement", "knee-replacement-guide", "pelvic-abdominal-tumor"}
	verbs := []string{"refer", "consult", "plan", "operate", "follow"}
	given := []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰")
	err := n.update(func(ctx context.Context, tx ledger.Tx) error {
		for i := range cases {
			c := Case{Opened: true, Pathway: pathways[i%5], Title: "Hemifacial spasm, left", Urgency: Urgencies[i%50/25+i%97/96], Verb: verbs[i/5%5],
				OpenedAt: start, Newest: start.Add(time.Duration(i) * time.Minute)}
			binary.BigEndian.PutUint64(c.Thread[8:], uint64(i)+1)
			c.Next = []record.Task{{By: start.Add(time.Duration(i*7919%cases) * time.Minute)}}
			if err := keepListed(ctx, tx, []any{listedOf(c, 9)}); err != nil {
				return err
			}
			p := Patient{Name: "王" + string([]rune{given[i%len(given)], given[i/len(given)%len(given)]}), LocalNumber: fmt.Sprint("B", 100000+i)}
			if i == cases/2 {
				p.Name = "王小明"
			}
			if err := SetIdentity(ctx, tx, c.Thread, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
