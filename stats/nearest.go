package stats

import "strings"

// Nearest is the name that is most like a word, as of a column or a key that was misspelled; "" if none is like it.
func Nearest(word string, names []string) string {
	best, distance := "", 1+float64(max(3, len(word)))/3
	for _, name := range names {
		d := float64(edits(strings.ToLower(word), strings.ToLower(name)))
		if len(word) > 2 && len(name) > 0 && (strings.HasPrefix(name, word) || strings.HasPrefix(word, name)) {
			d = 0.5 // cut short, or gone on with
		}
		if d < distance {
			best, distance = name, d
		}
	}
	return best
}

// edits is the least number of letters to insert, delete, replace, or exchange with their neighbor (Damerau 1964, Comm ACM 7:171).
func edits(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next[j+1] = min(next[j]+1, row[j+1]+1, row[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
