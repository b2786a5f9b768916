package registry

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Cells come back as they were kept, whatever stands in them.
func TestCellsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Cell {
			text := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9|. -]{0,12}`), rapid.String(), rapid.Just(string(make([]byte, 200)))).Draw(t, "text")
			switch rapid.IntRange(0, 2).Draw(t, "sort") {
			case 0:
				return Cell{}
			case 1:
				return Cell{Why: "r" + text}
			}
			return Cell{Value: text}
		})).Draw(t, "cells")
		got := make([]Cell, len(cells))
		packed := packCells(cells)
		if err := unpackCells(string(packed), len(cells), func(at int, c Cell) { got[at] = c }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, cells) {
			t.Fatalf("%+v came back as %+v", cells, got)
		}
	})
}

func TestWhatIsNoRowIsRefused(t *testing.T) {
	for _, raw := range []string{"\x01", "\x00\x00", "\x01\x04a", "\x03\x02a", "\x01\x02a\x02\x02b", "\x80", "\x01\x80", "\xff\xff\xff\xff\xff\xff\x02a"} {
		if err := unpackCells(raw, 2, func(int, Cell) {}); err == nil {
			t.Errorf("%q is read", raw)
		}
	}
}

// FuzzUnpackCells: no bytes make it panic, or hand over a place that is none.
func FuzzUnpackCells(f *testing.F) {
	f.Add("\x01\x02a", 2)
	f.Add("\xff\xff\xff\xff\x0f\xff\xff\xff\xff\x0f", 557)
	f.Fuzz(func(t *testing.T, raw string, n int) {
		columns := int(uint16(n))
		unpackCells(raw, columns, func(at int, _ Cell) {
			if at < 0 || at >= columns {
				t.Fatalf("place %d of %d", at, columns)
			}
		})
	})
}
