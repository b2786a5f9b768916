package casebook

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	library "github.com/mozillazg/go-pinyin"
)

var update = flag.Bool("update", false, "write the table of sounds anew")

// TestTheSoundsAreTheLibrarys: the table that is built in is that of the library, character for character. With -update it is written anew.
func TestTheSoundsAreTheLibrarys(t *testing.T) {
	alike := map[string][]rune{}
	for r, sounds := range library.PinyinDict {
		alike[sounds] = append(alike[sounds], rune(r))
	}
	var text strings.Builder
	for _, sounds := range slices.Sorted(maps.Keys(alike)) {
		slices.Sort(alike[sounds])
		text.WriteString(sounds + " " + string(alike[sounds]) + "\n")
	}
	if *update {
		if err := os.WriteFile("pinyin.txt", []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text.String() != pinyinText {
		t.Error("pinyin.txt is not the table of the library: go test ./casebook -run Sounds -update")
	}
	for r, sounds := range library.PinyinDict {
		if pinyin()[rune(r)] != sounds {
			t.Errorf("%c is said %q, not %q", r, pinyin()[rune(r)], sounds)
		}
	}
}
