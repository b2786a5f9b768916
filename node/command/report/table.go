package report

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"strings"

	"consilium/figure"
	"consilium/lang"
	"consilium/stats/analysis"
)

// Sheet is a table as a reader sees it.
type Sheet struct {
	Title string
	Head  []string
	Rows  [][]string
	Notes []string
}

// Words are the names that a specification gives to variables and values ("labels"), and the reader's language.
type Words struct {
	Language lang.Language
	Labels   map[string]any
}

// WordsOf are those of a case.
func WordsOf(c analysis.Case, language lang.Language) Words {
	labels, _ := c.Spec["labels"].(map[string]any)
	return Words{language, labels}
}

func (w Words) say(key string, args map[string]any) string {
	return lang.P(w.Language, "stats."+key, args)
}

// named is a variable by its label, or by its name with spaces for underscores.
func (w Words) named(variable string) string {
	if label, ok := w.Labels[variable].(string); ok {
		return label
	}
	return strings.ReplaceAll(variable, "_", " ")
}

// value is a value of a variable by its label.
func (w Words) value(variable, value string) string {
	for _, key := range []string{variable + "=" + value, value} {
		if label, ok := w.Labels[key].(string); ok {
			return label
		}
	}
	return value
}

// TableOne writes the table of patients.
func (w Words) TableOne(t *analysis.TableOne) Sheet {
	s := Sheet{Title: w.say("tableone.title", nil), Head: []string{""}}
	smd, p := false, false
	for _, r := range t.Rows {
		smd, p = smd || r.SMD != nil, p || r.P != nil
	}
	for _, g := range t.Groups {
		name := w.say("tableone.all", nil)
		if g.Label != "" {
			name = w.value(t.Group, g.Label)
		}
		s.Head = append(s.Head, fmt.Sprintf("%s (n = %d)", name, g.N))
	}
	if smd {
		s.Head = append(s.Head, w.say("tableone.smd", nil))
	}
	if p {
		s.Head = append(s.Head, "p")
	}
	s.Head = append(s.Head, w.say("tableone.missing", nil))
	tests, levels := map[string]bool{}, map[string]int{}
	for _, r := range t.Rows {
		levels[r.Variable]++
	}
	for i, r := range t.Rows {
		level := r.Level != "" && (levels[r.Variable] > 1 || r.Level != "1") // one row of 1 is a yes, which says both
		if level && (i == 0 || t.Rows[i-1].Variable != r.Variable) {
			s.Rows = append(s.Rows, w.heading(r, len(s.Head), smd, p))
		}
		s.Rows = append(s.Rows, w.row(r, level, smd, p))
		tests[r.Test] = true
	}
	if t.Ungrouped > 0 {
		s.Notes = append(s.Notes, w.say("tableone.ungrouped", map[string]any{"n": t.Ungrouped}))
	}
	if len(t.Groups) == 2 {
		s.Notes = append(s.Notes, w.say("tableone.onegroup", nil))
	}
	s.Notes = append(s.Notes, w.say("tableone.note", nil))
	for _, test := range []string{"welch_t", "welch_anova", "kruskal_wallis", "chi_square", "fisher_exact"} {
		if tests[test] {
			s.Notes = append(s.Notes, w.say("test."+test, nil))
		}
	}
	return s
}

// heading is the row above the levels of a category; it has what is said of the variable as a whole.
func (w Words) heading(r analysis.TableRow, width int, smd, p bool) []string {
	row := make([]string, width)
	row[0] = w.named(r.Variable)
	w.whole(row, r, smd, p)
	return row
}

// whole writes what is said of a variable: standardized difference, p, missing.
func (w Words) whole(row []string, r analysis.TableRow, smd, p bool) {
	at := len(row) - 1
	if r.Missing > 0 {
		row[at] = fmt.Sprint(r.Missing)
	}
	if p {
		at--
		if r.P != nil {
			row[at] = probability(*r.P)
		}
	}
	if smd {
		at--
		if r.SMD != nil && !math.IsNaN(*r.SMD) {
			row[at] = fmt.Sprintf("%.2f", *r.SMD)
		}
	}
}

func (w Words) row(r analysis.TableRow, level, smd, p bool) []string {
	row := []string{w.named(r.Variable)}
	if level {
		row[0] = "\u2003" + w.value(r.Variable, r.Level)
	}
	for _, c := range r.Cells {
		row = append(row, cell(c))
	}
	end := make([]string, 1)
	if smd {
		end = append(end, "")
	}
	if p {
		end = append(end, "")
	}
	row = append(row, end...)
	if !level {
		w.whole(row, r, smd, p)
	}
	return row
}

// cell is mean ± standard deviation, median (quartiles), or count (share).
func cell(c analysis.TableCell) string {
	switch {
	case c.N == 0:
		return "–"
	case c.Count != nil:
		return fmt.Sprintf("%d (%.1f %%)", *c.Count, 100**c.Share)
	case c.Median != nil:
		return fmt.Sprintf("%s (%s–%s)", plain(*c.Median), plain(*c.Q25), plain(*c.Q75))
	case c.SD != nil && !math.IsNaN(*c.SD):
		return fmt.Sprintf("%s ± %s", plain(*c.Mean), plain(*c.SD))
	}
	return plain(*c.Mean)
}

// plain is a number with as many decimals as its size calls for, with a minus of its own.
func plain(x float64) string {
	decimals := 1
	switch a := math.Abs(x); {
	case a < 0.1 && a > 0:
		decimals = 3
	case a < 10:
		decimals = 2
	case a >= 1000:
		decimals = 0
	}
	return strings.ReplaceAll(fmt.Sprintf("%.*f", decimals, x), "-", "−")
}

func probability(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < 0.001:
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

// CSV writes the table for a spreadsheet.
func (s Sheet) CSV() []byte { return figure.Table{Head: s.Head, Rows: s.Rows}.CSV() }

// Markdown writes the table for a text.
func (s Sheet) Markdown() []byte {
	var b bytes.Buffer
	if s.Title != "" {
		fmt.Fprintf(&b, "**%s**\n\n", s.Title)
	}
	line := func(cells []string) {
		b.WriteString("|")
		for _, c := range cells {
			b.WriteString(" " + strings.ReplaceAll(c, "|", `\|`) + " |")
		}
		b.WriteString("\n")
	}
	line(s.Head)
	b.WriteString("|" + strings.Repeat(" --- |", len(s.Head)) + "\n")
	for _, row := range s.Rows {
		line(row)
	}
	for _, note := range s.Notes {
		b.WriteString("\n" + note + "\n")
	}
	return b.Bytes()
}

// folded is the table as small print: what an analysis was asked, for who checks it.
func (s Sheet) folded() []byte {
	return fmt.Appendf(nil, "<div class=\"asked\">\n%s</div>\n", s.HTML())
}

// HTML writes the table alone, as a word processor takes it over: a caption, a head, plain cells.
func (s Sheet) HTML() []byte {
	var b bytes.Buffer
	b.WriteString("<table>\n")
	if s.Title != "" {
		fmt.Fprintf(&b, "<caption>%s</caption>\n", html.EscapeString(s.Title))
	}
	if strings.Join(s.Head, "") != "" {
		b.WriteString("<thead><tr>")
		for _, c := range s.Head {
			fmt.Fprintf(&b, "<th scope=\"col\">%s</th>", html.EscapeString(c))
		}
		b.WriteString("</tr></thead>\n")
	}
	b.WriteString("<tbody>\n")
	for _, row := range s.Rows {
		b.WriteString("<tr>")
		for i, c := range row {
			if i == 0 {
				fmt.Fprintf(&b, "<th scope=\"row\">%s</th>", html.EscapeString(c))
				continue
			}
			fmt.Fprintf(&b, "<td>%s</td>", html.EscapeString(c))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>\n")
	for _, note := range s.Notes {
		fmt.Fprintf(&b, "<p class=\"note\">%s</p>\n", html.EscapeString(note))
	}
	return b.Bytes()
}
