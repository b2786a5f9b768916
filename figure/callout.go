package figure

import (
	"cmp"
	"slices"
)

// callout is an event with the place of its label: a line up from the axis, and the words beside its top.
type callout struct {
	x           float64
	label       string
	row         int     // 0 lies nearest to the plot
	left, right float64 // of the words
}

// placeCallouts finds a row and a side for each label, so that no label lies on another and no line crosses one, with
// as few rows as that takes. Where it cannot be had, labels get rows of their own, and the rim keeps them readable.
func placeCallouts(events []Event, x scale, width float64) []callout {
	events = slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return !finite(e.X) })
	slices.SortStableFunc(events, func(a, b Event) int { return cmp.Compare(a.X, b.X) })
	wanted := make([]callout, len(events))
	for i, e := range events {
		wanted[i] = callout{x: x.at(e.X), label: fit(e.Label, width*0.6)}
	}
	search := callouts{wanted: wanted, width: width, left: 5000}
	for rows := 1; rows <= len(wanted) && search.left > 0; rows++ {
		if search.place(nil, rows) {
			return search.found
		}
	}
	return stacked(wanted, width)
}

// callouts is the search for places: depth first, from the first event to the last, with a bound on its steps.
type callouts struct {
	wanted []callout
	width  float64
	left   int // steps
	found  []callout
}

func (c *callouts) place(placed []callout, rows int) bool {
	if c.left--; c.left < 0 {
		return false
	}
	if len(placed) == len(c.wanted) {
		c.found = placed
		return true
	}
	for row := range rows {
		for _, f := range c.wanted[len(placed)].sides(row) {
			free := f.left >= 0 && f.right <= c.width && !slices.ContainsFunc(placed, f.disturbs)
			if free && c.place(append(slices.Clip(placed), f), rows) {
				return true
			}
		}
	}
	return false
}

// sides are the two ways to write a label in a row: to the right of its line, to the left of it.
func (f callout) sides(row int) [2]callout {
	w := textWidth(f.label)
	right, left := f, f
	right.row, right.left, right.right = row, f.x+4, f.x+4+w
	left.row, left.left, left.right = row, f.x-4-w, f.x-4
	return [2]callout{right, left}
}

// stacked gives each label a row of its own, inside the figure.
func stacked(wanted []callout, width float64) []callout {
	out := make([]callout, len(wanted))
	for i, f := range wanted {
		f = f.sides(len(wanted) - 1 - i)[0]
		shift := min(0, width-f.right)
		f.left, f.right = f.left+shift, f.right+shift
		out[i] = f
	}
	return out
}

// disturbs says whether two callouts are in each other's way.
func (f callout) disturbs(g callout) bool {
	if f.row == g.row && f.left < g.right+6 && g.left < f.right+6 {
		return true
	}
	return f.row > g.row && crosses(f.x, g) || g.row > f.row && crosses(g.x, f) || f.row == g.row && (crosses(f.x, g) || crosses(g.x, f))
}

func crosses(x float64, label callout) bool { return x > label.left-2 && x < label.right+2 }

func calloutRows(callouts []callout) int {
	rows := 0
	for _, f := range callouts {
		rows = max(rows, f.row+1)
	}
	return rows
}
