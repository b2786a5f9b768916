package caution

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"consilium/lang"
)

// TestEveryWarningHasBothLanguages reads the keys out of the lab's own files, so that none can be forgotten.
func TestEveryWarningHasBothLanguages(t *testing.T) {
	said := regexp.MustCompile(`(?:\bsay|\bfault|\.Say)\("([a-z0-9-]+)"`)
	keys := map[string]bool{}
	err := filepath.WalkDir("..", func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(name)
		for _, m := range said.FindAllSubmatch(raw, -1) {
			keys[string(m[1])] = true
		}
		return err
	})
	if err != nil || len(keys) < 20 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for key := range keys {
		if !lang.Has("lab.caution." + key) {
			t.Errorf("no words for %q", key)
		}
	}
	for _, key := range lang.Keys("lab.caution.") {
		if !keys[strings.TrimPrefix(key, "lab.caution.")] {
			t.Errorf("nothing warns of %q", key)
		}
	}
}

func TestWhatWasKeptBeforeIsRead(t *testing.T) {
	var l List
	l.Say("three-pairs", nil)
	raw, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var again, old List
	if err := json.Unmarshal(raw, &again); err != nil || len(again) != 1 || again[0].Zh == "" || again[0] != l[0] {
		t.Errorf("%s: %v %v", raw, again, err)
	}
	if err := json.Unmarshal([]byte(`["pairs 1 and 2 look exchanged"]`), &old); err != nil || len(old) != 1 || old[0].In(lang.Chinese) != "pairs 1 and 2 look exchanged" {
		t.Errorf("%v %v", old, err)
	}
	if err := json.Unmarshal([]byte(`7`), &old); err == nil {
		t.Error("a number is no list")
	}
}
