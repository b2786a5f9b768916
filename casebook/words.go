package casebook

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"consilium/ledger"
)

// A search has so many letters and words at most. Nobody types more, and each costs the database something.
const (
	mostLetters = 100
	mostWords   = 10
)

// Number is the end of a case's ID: enough to tell cases apart when people talk, and to find one again.
func Number(id ledger.ThreadID) string {
	s := strings.ToUpper(id.String())
	return s[len(s)-6:]
}

// plainLetters are letters that Unicode does not take apart, as people without them on their keyboard write them.
var plainLetters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "ł", "l", "ı", "i", "ħ", "h")

// apostrophes stand inside a word: O'Brien and Xi'an are searched as obrien and xian.
var apostrophes = strings.NewReplacer("'", "", "’", "", "‘", "", "ʼ", "", "ʻ", "", "`", "", "´", "", "＇", "")

// foldText is text as it is searched: small letters of one width and one form, without accents and apostrophes.
func foldText(s string) string {
	var plain strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(norm.NFKC.String(apostrophes.Replace(s)))) {
		if !unicode.Is(unicode.Mn, r) {
			plain.WriteRune(r)
		}
	}
	return plainLetters.Replace(norm.NFC.String(plain.String()))
}

// runsOf are the words of a text as searched: letters and digits between what is neither, Chinese apart from all else.
func runsOf(s string) (list []string) {
	var run []rune
	end := func() {
		if len(run) > 0 {
			list = append(list, string(run))
		}
		run = run[:0]
	}
	for _, r := range foldText(s) {
		if !unicode.In(r, unicode.Letter, unicode.Number, unicode.Mark) {
			end()
			continue
		}
		if len(run) > 0 && isHan(r) != isHan(run[0]) {
			end()
		}
		run = append(run, r)
	}
	end()
	return list
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// findText is all by which a case is found: its title and number, and who the patient is, where this hospital knows. A name is also there as it is
// spoken, and what was typed in several words also as one.
func findText(id ledger.ThreadID, title string, p Patient) string {
	runs := append(runsOf(title), runsOf(Number(id))...)
	for _, s := range []string{p.Name, p.Latin, p.LocalNumber, p.Telephone} {
		words := runsOf(s)
		joined := runsOf(strings.Join(words, ""))
		runs = append(append(append(runs, words...), joined...), spoken(joined)...)
	}
	var once []string
	for _, run := range runs {
		if !slices.Contains(once, run) {
			once = append(once, run)
		}
	}
	return strings.Join(once, " ")
}

// word is a word of a search.
type word struct {
	text     string
	toneless string // the same without the figures of its tones; empty where it has none
}

// wordsOf are the words of a search.
func wordsOf(text string) (list []word) {
	letters := []rune(text[:min(len(text), 16*mostLetters)])
	runs := runsOf(string(letters[:min(len(letters), mostLetters)]))
	for _, run := range runs[:min(len(runs), mostWords)] {
		list = append(list, word{run, toneless(run)})
	}
	return list
}

// in tells whether the text of a case has the word: Chinese and what has three letters anywhere in a word, what is shorter where a word begins.
func (w word) in(text string) bool {
	return holds(text, w.text) || w.toneless != "" && holds(text, w.toneless)
}

func holds(text, run string) bool {
	if anywhere([]rune(run)) {
		return strings.Contains(text, run)
	}
	return strings.HasPrefix(text, run) || strings.Contains(text, " "+run)
}

func anywhere(run []rune) bool { return isHan(run[0]) || len(run) >= 3 }

// termsIn are what the index keeps of a case's text: of Chinese each character and each two beside each other; of all else each three letters, and
// with "^" the first and the first two of a word.
func termsIn(text string) (list []string) {
	for run := range strings.FieldsSeq(text) {
		r := []rune(run)
		if isHan(r[0]) {
			list = append(append(list, pieces(r, 1)...), pieces(r, 2)...)
			continue
		}
		list = append(append(list, "^"+string(r[:1]), "^"+string(r[:min(len(r), 2)])), pieces(r, 3)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// termsOf are what a word is looked up by; exact says that what has all of them has the word.
func termsOf(run string) (list []string, exact bool) {
	r := []rune(run)
	switch {
	case isHan(r[0]):
		return pieces(r, min(len(r), 2)), len(r) <= 2
	case len(r) < 3:
		return []string{"^" + run}, true
	}
	return pieces(r, 3), len(r) == 3
}

// pieces are all parts of a word of so many letters.
func pieces(run []rune, size int) (list []string) {
	for i := 0; i+size <= len(run); i++ {
		list = append(list, string(run[i:i+size]))
	}
	return list
}
