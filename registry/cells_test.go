package registry

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Cells are read as JSON reads them, whatever stands in them.
func TestCellsAreReadAsJSONReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.MapOf(rapid.OneOf(rapid.StringMatching(`[a-z_]{1,8}`), rapid.String()), rapid.Custom(func(t *rapid.T) Cell {
			text := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9|. -]{0,12}`), rapid.String()).Draw(t, "text")
			if rapid.Bool().Draw(t, "empty") {
				return Cell{Why: "r" + text}
			}
			return Cell{Value: text}
		})).Draw(t, "cells")
		raw, err := json.Marshal(cells)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]Cell
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		place := map[string]int{}
		for i, name := range slices.Sorted(maps.Keys(want)) {
			place[name] = i
		}
		got := make([]Cell, len(place))
		if err := readCells(string(raw), place, got); err != nil {
			t.Fatal(err)
		}
		for name, c := range want {
			if got[place[name]] != c {
				t.Fatalf("%s: %+v, want %+v, of %s", name, got[place[name]], c, raw)
			}
		}
	})
}

func TestWhatIsNoRowIsRefused(t *testing.T) {
	for _, raw := range []string{"", "{", `{"a"`, `{"a":`, `{"a":"=1"`, `{"a":"1"}`, `{"a":"=1",}`, `["=1"]`, `{"a":"=1"}x`} {
		if err := readCells(raw, map[string]int{"a": 0}, make([]Cell, 1)); err == nil {
			t.Errorf("%q is read", raw)
		}
	}
}
