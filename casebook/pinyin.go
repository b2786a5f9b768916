package casebook

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// pinyinText has a line for all characters that are said alike: their sounds, the usual one first, and they. It is the table of github.com/mozillazg/go-pinyin
// (MIT; pinyin_test.go holds it against that), written out because the package builds its table, of 2 MB, whenever any command of this program starts.
//
//go:embed pinyin.txt
var pinyinText string

// pinyin are the sounds of each character, with tones, the usual one first. Most programs never need them.
var pinyin = sync.OnceValue(func() map[rune]string {
	table := map[rune]string{}
	for line := range strings.Lines(pinyinText) {
		sounds, characters, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		for _, r := range characters {
			table[r] = sounds
		}
	}
	return table
})

// mostSpoken bounds how many ways to say a name are kept: a name has few characters that are said in two ways.
const mostSpoken = 8

// spoken gives how the Chinese words of a name are said: each as one word, as 王小明 is wangxiaoming, and by the first letters, wxm. A character that
// is said in several ways (单 is shan as a name, dan else) is there in each of them, one at a time.
func spoken(words []string) (list []string) {
	for _, w := range words {
		if !isHan([]rune(w)[0]) {
			continue
		}
		said := sayings([]rune(w))
		for i, syllables := range said[:min(len(said), mostSpoken)] {
			list = append(list, strings.Join(syllables, ""))
			if i == 0 && len(syllables) > 1 {
				list = append(list, initials(syllables))
			}
		}
	}
	return list
}

// sayings are the ways to say a word: the usual one first, then each other sound of one character.
func sayings(w []rune) [][]string {
	usual := make([]string, 0, len(w))
	var sounds [][]string
	for _, r := range w {
		s := soundsOf(r)
		sounds = append(sounds, s)
		usual = append(usual, s[0])
	}
	list := [][]string{usual}
	for i, s := range sounds {
		for _, other := range s[1:] {
			way := slices.Clone(usual)
			way[i] = other
			list = append(list, way)
		}
	}
	return list
}

// soundsOf gives the syllables of a character without tones, ü as u and as the v that keyboards have for it; the character itself where nobody knows.
func soundsOf(r rune) (list []string) {
	for sound := range strings.SplitSeq(pinyin()[r], ",") {
		if strings.ContainsAny(sound, "üǖǘǚǜ") {
			list = append(list, foldText(strings.NewReplacer("ü", "v", "ǖ", "v", "ǘ", "v", "ǚ", "v", "ǜ", "v").Replace(sound)))
		}
		if s := foldText(sound); s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	if list == nil {
		return []string{string(r)}
	}
	return list
}

func initials(syllables []string) string {
	var b strings.Builder
	for _, s := range syllables {
		b.WriteString(string([]rune(s)[:1]))
	}
	return b.String()
}

// syllables are all sounds of all characters. Most programs never need them.
var syllables = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for r := range pinyin() {
		for _, s := range soundsOf(r) {
			set[s] = true
		}
	}
	return set
})

// toneless takes the figures of tones from pinyin, as wang2xiao3 is typed for wangxiao. It is empty where the word is nothing of that sort.
func toneless(run string) string {
	var said strings.Builder
	from := 0
	for i, c := range run {
		switch {
		case c >= 'a' && c <= 'z':
			continue
		case c < '1' || c > '5' || !strings.ContainsAny(run[from:i], "aeiouv") || !syllables()[run[from:i]]:
			return ""
		}
		said.WriteString(run[from:i])
		from = i + 1
	}
	if from == 0 || from < len(run) {
		return ""
	}
	return said.String()
}
