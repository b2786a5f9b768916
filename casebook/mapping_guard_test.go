package casebook

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// hostileMappings are short files that a reader of YAML unfolds into much memory: ten thousands of keys in one mapping, lists of aliases of lists (the "billion
// laughs"), and depth.
func hostileMappings() map[string]string {
	var keys strings.Builder
	keys.WriteString("codes: {")
	for i := range 20_000 {
		fmt.Fprintf(&keys, "k%d: v, ", i)
	}
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	return map[string]string{"keys": keys.String() + "}", "laughs": laughs, "depth": strings.Repeat("[", 50_000), "dashes": strings.Repeat("- ", 50_000)}
}

func TestAMappingThatUnfoldsIsRefusedCheaply(t *testing.T) {
	for name, text := range hostileMappings() {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadMapping([]byte(text), nil)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%s: %d bytes took %d MB", name, len(text), used>>20)
		}
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestAMappingHasFewEntriesAndFaults: a row gives so many entries at most, and of all that is wrong with a mapping so much is told: 190 kB of entries held a core for minutes, each with its fault.
func TestAMappingHasFewEntriesAndFaults(t *testing.T) {
	entries := func(n int) []byte {
		return []byte("pathway: hfs-mvd\nsource: x\nentries:\n" + strings.Repeat("- {kind: a}\n", n))
	}
	if _, err := ReadMapping(entries(mostEntries+1), nil); err == nil || !strings.Contains(err.Error(), "entries: 201 in a list, at most 200") {
		t.Errorf("one entry too many: %v", err)
	}
	var told *MappingError
	pack, _ := hfs(t)
	if _, err := ReadMapping(entries(mostEntries), pack); !errors.As(err, &told) || len(told.Why) != mostFaults {
		t.Errorf("%v", err)
	}
}

// FuzzMappingDoor: whatever comes as a mapping, its door answers.
func FuzzMappingDoor(f *testing.F) {
	for _, text := range hostileMappings() {
		f.Add([]byte(text[:min(len(text), 2000)]))
	}
	f.Add([]byte("pathway: hfs-mvd\ncolumns: {}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if m, err := ReadMapping(text, nil); m != nil || err == nil {
			t.Error("a mapping is taken for a pathway that is not here")
		}
	})
}
