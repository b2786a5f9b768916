package lang

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pelletier/go-toml/v2"
)

// reserved are the words that the file format takes for itself.
var reserved = []string{"id", "description", "hash", "leftdelim", "rightdelim", "zero", "one", "two", "few", "many", "other"}

func TestEveryPhraseStandsInBothLanguages(t *testing.T) {
	en, zh := books()[English].keys, books()[Chinese].keys
	for key, path := range en {
		if _, ok := zh[key]; !ok {
			t.Errorf("%s: %s has no Chinese phrase", path, key)
		}
	}
	for key, path := range zh {
		if _, ok := en[key]; !ok {
			t.Errorf("%s: %s has no English phrase", path, key)
		}
	}
}

func TestPhrasesTakeTheSameArguments(t *testing.T) {
	used := map[Language]map[string]map[string]bool{}
	for _, l := range Languages {
		used[l] = map[string]map[string]bool{}
		for _, path := range slices.Compact(slices.Sorted(maps.Values(books()[l].keys))) {
			text, err := phraseFiles.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var tree map[string]any
			if err := toml.Unmarshal(text, &tree); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			collectArguments(t, path, "", tree, used[l])
		}
	}
	for key, en := range used[English] {
		if zh := used[Chinese][key]; !maps.Equal(en, zh) {
			t.Errorf("%s takes %v in English and %v in Chinese", key, slices.Sorted(maps.Keys(en)), slices.Sorted(maps.Keys(zh)))
		}
	}
}

var argument = regexp.MustCompile(`\{\{-?\s*(?:if|else if|range|with)?\s*\.(\w+)`)

func collectArguments(t *testing.T, path, key string, node any, into map[string]map[string]bool) {
	switch v := node.(type) {
	case string:
		if strings.TrimSpace(v) == "" {
			t.Errorf("%s: %s is empty", path, key)
		}
		if into[key] == nil {
			into[key] = map[string]bool{}
		}
		for _, found := range argument.FindAllStringSubmatch(v, -1) {
			into[key][found[1]] = true
		}
	case map[string]any:
		_, plural := v["other"]
		for name, child := range v {
			below := strings.TrimPrefix(key+"."+name, ".")
			if plural {
				below = key
			}
			if slices.Contains(reserved, strings.ToLower(name)) != plural {
				t.Errorf("%s: %s: a table has either the plural forms (with other) or keys of its own", path, below)
			}
			collectArguments(t, path, below, child, into)
		}
	default:
		t.Errorf("%s: %s is not text", path, key)
	}
}

func TestKeysBeginWithTheirRoom(t *testing.T) {
	for key, path := range books()[English].keys {
		room, _, _ := strings.Cut(strings.TrimPrefix(path, "phrases/"), ".")
		if !strings.HasPrefix(key, room+".") {
			t.Errorf("%s: key %s does not begin with %q", path, key, room+".")
		}
	}
}

func TestPhrase(t *testing.T) {
	count := func(n int) map[string]any { return map[string]any{"count": n} }
	for _, c := range []struct {
		l    Language
		key  string
		args map[string]any
		want string
	}{
		{English, "lang.day.today", nil, "today"},
		{Chinese, "lang.day.today", nil, "今天"},
		{English, "lang.in.days", count(1), "in 1 day"},
		{English, "lang.in.days", count(3), "in 3 days"},
		{English, "lang.in.days", count(1200), "in 1,200 days"},
		{Chinese, "lang.in.days", count(1), "1 天后"},
		{Chinese, "lang.in.days", count(3), "3 天后"},
		{English, "no.such.key", nil, "no.such.key"},
		{Chinese, "lang.in.days", nil, "lang.in.days"}, // an argument is missing
		{Language("fr"), "lang.day.today", nil, "today"},
	} {
		if got := P(c.l, c.key, c.args); got != c.want {
			t.Errorf("P(%s, %s, %v) = %q, want %q", c.l, c.key, c.args, got, c.want)
		}
	}
	if got, want := Phrase("lang.in.days", count(3)), (Text{"in 3 days", "3 天后"}); got != want {
		t.Errorf("Phrase = %v, want %v", got, want)
	}
	if !Has("lang.now") || Has("lang.never") || len(Keys("lang.in.")) != 5 {
		t.Error("Has or Keys does not know the phrases")
	}
}

func TestDoubledAndBrokenPhrasesAreRefused(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"doubled":  {"a.en.toml": "[a]\nx='1'", "b.en.toml": "[a]\nx='2'"},
		"not TOML": {"a.en.toml": "[a"},
	} {
		tree := fstest.MapFS{}
		for path, text := range files {
			tree["phrases/"+path] = &fstest.MapFile{Data: []byte(text)}
		}
		if _, err := readBooks(tree); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestText(t *testing.T) {
	text := Text{En: "knee", Zh: "膝"}
	if text.In(English) != "knee" || text.In(Chinese) != "膝" || !text.Complete() {
		t.Error("text is not given in its language")
	}
	if (Text{Zh: "膝"}).In(English) != "膝" || (Text{En: "knee"}).In(Chinese) != "knee" || !(Text{}).Empty() {
		t.Error("a text in one language is not shown to the other reader")
	}
	stored, err := json.Marshal(text)
	if err != nil || string(stored) != `{"en":"knee","zh":"膝"}` {
		t.Errorf("JSON is %s, %v", stored, err)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		accept, cookie string
		want           Language
	}{
		{"", "", English},
		{"zh-CN,zh;q=0.9,en;q=0.8", "", Chinese},
		{"zh-TW", "", Chinese},
		{"zh", "", Chinese},
		{"en-GB,en;q=0.9", "", English},
		{"fr-FR,fr;q=0.9", "", English},
		{"fr, zh;q=0.5, en;q=0.4", "", Chinese},
		{"en", "zh", Chinese},
		{"zh-CN", "en", English},
		{"zh-CN", "xx", Chinese},
		{"\x00;;;q=", "", English},
	} {
		if got := Match(c.accept, c.cookie); got != c.want {
			t.Errorf("Match(%q, %q) = %s, want %s", c.accept, c.cookie, got, c.want)
		}
	}
}
