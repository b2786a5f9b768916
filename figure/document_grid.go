package figure

import (
	"slices"
	"strings"
	"unicode"
)

// cellGap is the white between columns, rowGap that above and below a row's text.
const cellGap, rowGap = 12.0, 4.0

func (g Grid) set(t *typesetter) {
	if len(g.Head) == 0 {
		return
	}
	widths := g.widths(t.shared)
	right := g.numeric()
	head := g.row(t.shared, g.Head, widths)
	first := 0.0
	if len(g.Rows) > 0 {
		first = g.row(t.shared, g.Rows[0], widths).height
	}
	t.need(head.height + first)
	t.cells(head, widths, right, Paper.Muted)
	for _, texts := range g.Rows {
		row := g.row(t.shared, texts, widths)
		if t.left() < row.height {
			t.turn()
			t.cells(head, widths, right, Paper.Muted)
		}
		t.cells(row, widths, right, Paper.Ink)
	}
	t.y += bodySize
}

// gridRow is a row whose texts are broken into lines.
type gridRow struct {
	lines  [][]string
	height float64
}

func (g Grid) row(s *shared, texts []string, widths []float64) (r gridRow) {
	most := 1
	for i, w := range widths {
		text := ""
		if i < len(texts) {
			text = texts[i]
		}
		lines := brokenAt(s, text, w, smallSize)
		most = max(most, len(lines))
		r.lines = append(r.lines, lines)
	}
	r.height = float64(most)*smallSize*leading + 2*rowGap
	return r
}

func (t *typesetter) cells(r gridRow, widths []float64, right []bool, ink string) {
	x := sheetSide
	for i, lines := range r.lines {
		for n, line := range lines {
			at := x
			if right[i] {
				at += widths[i] - t.widthAt(line, smallSize)
			}
			t.label(at, t.y+rowGap+smallSize+float64(n)*smallSize*leading, smallSize, ink, false, line)
		}
		x += widths[i] + cellGap
	}
	t.y += r.height
	t.rule(t.y)
}

// numeric tells of each column whether it holds nothing but numbers: those stand at its right, under their head.
func (g Grid) numeric() []bool {
	right := make([]bool, len(g.Head))
	for i := 1; i < len(right); i++ {
		filled := false
		right[i] = true
		for _, row := range g.Rows {
			if i < len(row) && row[i] != "" {
				right[i], filled = right[i] && number(row[i]), true
			}
		}
		right[i] = right[i] && filled
	}
	return right
}

// number tells whether a cell is one number.
func number(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsDigit(r) && !strings.ContainsRune("−-.,%< –", r) }) < 0
}

// widths are those of the columns: what their texts need, and an even share of what is left over; where there is no room for all, the widest give way.
func (g Grid) widths(s *shared) []float64 {
	room := textColumn - cellGap*float64(len(g.Head)-1)
	widths := make([]float64, len(g.Head))
	if len(g.Shares) == len(g.Head) {
		for i, share := range g.Shares {
			widths[i] = room * share
		}
		return widths
	}
	for _, texts := range append([][]string{g.Head}, g.Rows...) {
		for i := range min(len(texts), len(widths)) {
			widths[i] = max(widths[i], s.widthAt(texts[i], smallSize)+1)
		}
	}
	return givingWay(widths, room)
}

// givingWay lowers the widest to one common width so that all fit into the room, or shares out the room that is left.
func givingWay(widths []float64, room float64) []float64 {
	sorted := slices.Sorted(slices.Values(widths))
	used := 0.0
	for i, w := range sorted {
		if rest := float64(len(sorted) - i); used+w*rest > room {
			most := (room - used) / rest
			for j := range widths {
				widths[j] = min(widths[j], most)
			}
			return widths
		}
		used += w
	}
	for i := range widths {
		widths[i] += (room - used) / float64(len(widths))
	}
	return widths
}

// widthAt is how wide a text is in the font of figures at a size, in pixels.
func (s *shared) widthAt(text string, size float64) float64 {
	return s.face.width(text) * size / fontSize
}

// closing may not begin a line, opening may not end one (Requirements for Chinese Text Layout, W3C, 3.1.6).
const closing, opening = "，。、；：？！）》」』】〉”’,.;:?!)]}%·…", "（《「『【〈“‘([{"

// brokenAt breaks a text into lines of a width: between words, beside Chinese characters, and within a word only where it alone is too long.
func brokenAt(s *shared, text string, width, size float64) (lines []string) {
	for paragraph := range strings.SplitSeq(text, "\n") {
		runes := []rune(strings.TrimSpace(clean(paragraph)))
		for len(runes) > 0 {
			n := lineEnd(s, runes, width, size)
			lines = append(lines, strings.TrimSpace(string(runes[:n])))
			for runes = runes[n:]; len(runes) > 0 && runes[0] == ' '; {
				runes = runes[1:]
			}
		}
	}
	return lines
}

// lineEnd is how many characters the first line takes.
func lineEnd(s *shared, runes []rune, width, size float64) int {
	used, end := 0.0, 0
	for i, r := range runes {
		used += s.widthAt(string(r), size)
		if used > width && i > 0 && r != ' ' {
			if end > 0 {
				return end
			}
			return i
		}
		if i+1 < len(runes) && mayBreak(r, runes[i+1]) {
			end = i + 1
		}
	}
	return len(runes)
}

func mayBreak(r, next rune) bool {
	if strings.ContainsRune(closing, next) || strings.ContainsRune(opening, r) {
		return false
	}
	return r == ' ' || next == ' ' || r == '-' || r == '–' || r == '/' || wide(r) || wide(next)
}

// wide are Chinese characters and their punctuation.
func wide(r rune) bool { return r >= 0x2e80 }
