package stats

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AsNumbers are the numbers of a column, or those that all of its words stand for: digits (01), yes and no in one of the usual spellings (1 and 0), or dates as
// 2026-11-30 (days since 1970-01-01, so that two dates have a difference). The error names the first row that has none.
func (c Column) AsNumbers() ([]float64, error) {
	if c.Texts == nil {
		return c.Numbers, nil
	}
	values, row := numbersOf(c.Texts)
	if row >= 0 {
		return nil, wordsError(c, row)
	}
	return values, nil
}

// numbersOf reads words as numbers. row is the first that stands for none; -1 if all do.
func numbersOf(texts []string) (values []float64, row int) {
	furthest := 0
	for _, read := range []func(string) (float64, bool){digits, Truth, date} {
		values = make([]float64, len(texts))
		at := 0
		for ; at < len(texts); at++ {
			if texts[at] == "" {
				values[at] = math.NaN()
				continue
			}
			v, ok := read(texts[at])
			if !ok {
				break
			}
			values[at] = v
		}
		if at == len(texts) {
			return values, -1
		}
		furthest = max(furthest, at)
	}
	return nil, furthest
}

func digits(word string) (float64, bool) {
	v, err := strconv.ParseFloat(word, 64)
	return v, err == nil && strings.Trim(word, "0123456789") == ""
}

// truths are the words that stand for 1 and 0, in small letters.
var truths = map[string]float64{"yes": 1, "no": 0, "true": 1, "false": 0, "y": 1, "n": 0, "t": 1, "f": 0, "是": 1, "否": 0, "有": 1, "无": 0}

// Truth reads yes and no, true and false in their usual spellings of both languages as 1 and 0.
func Truth(word string) (float64, bool) {
	v, ok := truths[strings.ToLower(word)]
	return v, ok
}

func date(word string) (float64, bool) {
	t, err := time.Parse(time.DateOnly, word)
	if err != nil {
		return 0, false
	}
	return float64(t.Unix()) / (24 * 60 * 60), true
}

// Days are the days since 1970-01-01 of a column of dates (2026-11-30); false if it is none.
func (c Column) Days() ([]float64, bool) {
	days, any := make([]float64, len(c.Texts)), false
	for i, text := range c.Texts {
		v, ok := date(text)
		switch {
		case text == "":
			v = math.NaN()
		case !ok:
			return nil, false
		}
		days[i], any = v, any || ok
	}
	return days, any
}

// absent are words that mostly stand for a missing value, in small letters.
var absent = []string{"na", "n/a", "#n/a", "nan", "null", "missing", "?", "-", "缺失"}

// StandsForMissing says whether a word is one that people and programs write where nothing is known. Here it is a word like any other, unless a specification
// names it as missing; who reads the data should be told.
func StandsForMissing(word string) bool { return slices.Contains(absent, strings.ToLower(word)) }

// unknown are words that stand for a missing value among numbers, where among words they are labels.
var unknown = []string{"unknown", "not known", "not done", "nd", "n.d.", "未知", "不详", "未查"}

// NoNumber says whether a word among numbers is one that people write where the number is not known.
func NoNumber(word string) bool {
	return StandsForMissing(word) || slices.Contains(unknown, strings.ToLower(word))
}

// likeDate is what may be meant as a date.
var likeDate = regexp.MustCompile(`^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}`)

// twoWords is the later of two words, if a column has no more: one of them is meant as yes.
func twoWords(texts []string) string {
	seen := []string{}
	for _, text := range texts {
		if text == "" || slices.Contains(seen, text) {
			continue
		}
		if seen = append(seen, text); len(seen) > 2 || StandsForMissing(text) {
			return ""
		}
	}
	if len(seen) < 2 {
		return ""
	}
	return max(seen[0], seen[1])
}

// wordsError says which value of a column is not a number.
func wordsError(c Column, row int) error {
	e := &Error{Method: "data", Problem: Invalid, Variable: c.Name, Detail: fmt.Sprintf("its values are words, not numbers: row %d has %q", row+1, c.Texts[row]), Advice: "Use it as a factor, or correct the value"}
	switch {
	case likeDate.MatchString(c.Texts[row]):
		e.Advice = "A date is written as 2026-11-30, and is in the calendar"
	case twoWords(c.Texts) != "":
		e.Advice = fmt.Sprintf(`Name what is meant as yes: "derived": {"%s_yes": "%s == \"%s\""}, and use %s_yes; as a factor it may stay as it is`, c.Name, c.Name, twoWords(c.Texts), c.Name)
	case StandsForMissing(c.Texts[row]):
		e.Advice = fmt.Sprintf(`If that stands for a missing value, leave the field empty, or write "missing": [%q]`, c.Texts[row])
	}
	return e
}
