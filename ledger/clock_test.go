package ledger

import (
	"context"
	"testing"
	"time"
)

func TestOnlyAClockMoreThanADayAheadIsOdd(t *testing.T) {
	north, south := newBookSite(t, "north", 1), newBookSite(t, "south", 2)
	id, other := north.openCase(t), north.openCase(t)
	for _, thread := range []ThreadID{id, other} {
		north.append(t, north.draft(thread, KindInvited, Invitation{Hospital: south.id()}))
	}
	var ahead *Entry
	north.do(t, func(ctx context.Context, tx Tx) (err error) {
		if _, err = north.book.Append(ctx, tx, north.draft(id, "note", note{"from this afternoon"}), testClock.Add(23*time.Hour)); err != nil {
			return err
		}
		ahead, err = north.book.Append(ctx, tx, north.draft(id, "note", note{"from the day after tomorrow"}), testClock.Add(48*time.Hour))
		return err
	})
	south.receive(t, north, id)
	south.receive(t, north, other)
	for thread, want := range map[ThreadID]int{id: 1, other: 0} {
		south.do(t, func(ctx context.Context, tx Tx) error {
			odd, err := OddClocks(ctx, tx, thread)
			if len(odd) != want || want == 1 && !odd[ahead.Hash] {
				t.Errorf("odd in %s: %v", thread, odd)
			}
			return err
		})
	}
}
