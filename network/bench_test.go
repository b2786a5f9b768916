package network

import (
	"context"
	"os"
	"strconv"
	"testing"

	"consilium/ledger"
)

// BenchmarkCatchUp lets an empty node fetch all of another one over loopback TLS, both in this process and on this machine's processors. The environment
// variables CATCHUP_ENTRIES and CATCHUP_THREAD give the number of entries and how many are in one thread.
func BenchmarkCatchUp(b *testing.B) {
	total, each := number("CATCHUP_ENTRIES", 20_000), number("CATCHUP_THREAD", 50)
	for b.Loop() {
		b.StopTimer()
		north, south := newNode(b, "north", nil), newNode(b, "south", nil)
		fillCases(b, north, south, total, each)
		b.StartTimer()
		befriend(north, south)
		for count(b, south) < total {
			<-south.grown
		}
	}
	b.ReportMetric(float64(total)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func fillCases(b *testing.B, n, with *node, total, each int) {
	b.Helper()
	text := "Decompression of the root entry zone; offending vessel AICA; interposition with shredded Teflon; facial nerve intact; lateral spread gone."
	for done := 0; done < total; {
		n.update(func(ctx context.Context, tx ledger.Tx) error {
			for range max(2000/each, 1) {
				if done >= total {
					break
				}
				e, err := n.book.Open(ctx, tx, "case", n.person(ledger.ThreadID{}, "", nil), epoch)
				if err != nil {
					return err
				}
				if _, err := n.book.Append(ctx, tx, n.person(e.Thread, ledger.KindInvited, ledger.Invitation{Hospital: with.id()}), epoch); err != nil {
					return err
				}
				done += 2
				for i := 2; i < each && done < total; i++ {
					if _, err := n.book.Append(ctx, tx, n.person(e.Thread, "case.note", note{text}), epoch); err != nil {
						return err
					}
					done++
				}
			}
			return nil
		})
	}
}

func count(b *testing.B, n *node) (entries int) {
	b.Helper()
	err := n.db.View(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM entry`).Scan(&entries)
	})
	if err != nil {
		b.Fatal(err)
	}
	return entries
}
