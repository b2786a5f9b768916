package pathway

import (
	"runtime"
	"strings"
	"testing"
)

// TestAYAMLFileIsBoundedBeforeItIsRead: a megabyte of keys or of empty lists makes hundreds of thousands of tokens, each of which takes more than a hundred bytes. It is refused for what
// it is made of, before any of them is made.
func TestAYAMLFileIsBoundedBeforeItIsRead(t *testing.T) {
	for name, src := range map[string]string{"keys": strings.Repeat("a:\n ", 200_000), "lists": strings.Repeat("a: [[],[],[],[],[],[],[],[],[]]\n", 30_000), "lines": strings.Repeat("\n", 900_000)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Document([]byte(src), "x.yaml")
		runtime.ReadMemStats(&after)
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; err == nil || mb > 8 {
			t.Errorf("%s: %d MB were allocated, %v", name, mb, err)
		}
	}
}
