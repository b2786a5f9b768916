package guide

import (
	"fmt"
	"math"
	"strings"
)

// letters are drawn by strokes on a grid of 5 × 7 points, x from 0 to 4 and y from 0 (below) to 6: "00 26 40" is a line from (0,0) over (2,6) to (4,0). Strokes of one width with round ends are what a
// printer renders best; outlines of a typeface close up.
var letters = map[rune]string{
	'A': "00 26 40|12 32", 'B': "00 06 36 45 44 33 03|33 42 41 30 00", 'C': "45 36 16 05 01 10 30 41", 'D': "00 06 26 44 42 20 00", 'E': "40 00 06 46|03 33",
	'F': "00 06 46|03 33", 'G': "45 36 16 05 01 10 30 41 43 23", 'H': "00 06|40 46|03 43", 'I': "10 30|20 26|16 36", 'J': "01 10 30 41 46", 'K': "00 06|46 03 40",
	'L': "06 00 40", 'M': "00 06 23 46 40", 'N': "00 06 40 46", 'O': "10 01 05 16 36 45 41 30 10", 'P': "00 06 36 45 44 33 03", 'Q': "10 01 05 16 36 45 41 30 10|22 40",
	'R': "00 06 36 45 44 33 03|23 40", 'S': "01 10 30 41 42 33 13 04 05 16 36 45", 'T': "06 46|26 20", 'U': "06 01 10 30 41 46", 'V': "06 20 46", 'W': "06 10 23 30 46", 'X': "00 46|06 40",
	'Y': "06 23 46|23 20", 'Z': "06 46 00 40",
	'0': "10 01 05 16 36 45 41 30 10|11 35", '1': "05 26 20|10 30", '2': "05 16 36 45 44 00 40", '3': "05 16 36 45 44 33 13|33 42 41 30 10 01", '4': "30 36 02 42", '5': "01 10 30 41 43 34 04 06 46",
	'6': "45 36 16 05 01 10 30 41 42 33 13 02", '7': "06 46 10", '8': "13 04 05 16 36 45 44 33 13 02 01 10 30 41 42 33", '9': "01 10 30 41 45 36 16 05 04 13 33 44",
	'-': "13 33", '_': "00 40", '.': "20 20", '/': "00 46", ':': "21 21|24 24", '+': "13 33|22 24", ' ': "",
}

// stroke is a straight piece of a letter, in units of a letter's height.
type stroke struct{ ax, ay, bx, by float64 }

// pitch is from one letter to the next, and thick the width of a stroke, in units of a letter's height.
const (
	pitch = 6.0 / 6
	thick = 0.16
)

// strokes are the lines of a text, from (0, 0) to the right. Small letters are drawn as capitals.
func strokes(text string) ([]stroke, error) {
	var out []stroke
	if n := len([]rune(text)); n == 0 || n > 24 {
		return nil, fmt.Errorf("%w: %d characters; 1 to 24 can be engraved", ErrLabel, n)
	}
	at := 0.0
	for _, r := range strings.ToUpper(text) {
		lines, known := letters[r]
		if !known {
			return nil, fmt.Errorf("%w: %q cannot be engraved; use A to Z, 0 to 9 and - _ . / : +", ErrLabel, r)
		}
		for _, line := range strings.Split(lines, "|") {
			points := strings.Fields(line)
			for i := 1; i < len(points); i++ {
				a, b := points[i-1], points[i]
				out = append(out, stroke{at + float64(a[0]-'0')/6, float64(a[1]-'0') / 6, at + float64(b[0]-'0')/6, float64(b[1]-'0') / 6})
			}
		}
		at += pitch
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrLabel)
	}
	return out, nil
}

// distance of a place from the nearest stroke.
func distanceTo(all []stroke, x, y float64) float64 {
	best := math.Inf(1)
	for _, s := range all {
		dx, dy := s.bx-s.ax, s.by-s.ay
		t := 0.0
		if l := dx*dx + dy*dy; l > 0 {
			t = max(0, min(1, ((x-s.ax)*dx+(y-s.ay)*dy)/l))
		}
		best = min(best, math.Hypot(x-s.ax-t*dx, y-s.ay-t*dy))
	}
	return best
}
