// Package course draws how the main scale of a case went over time, with its operations as events: on a page, on paper, and as a file.
package course

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/desk"
	"consilium/figure"
	"consilium/lang"
	"consilium/pathway"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/ui"
)

// View is how the main scale of a pathway went over time.
type View struct {
	Title        string
	SVG          string
	Table        ui.TableView
	CSV, SVGFile string
}

// Of is the figure of the scale that says most: the one with the most values over time, in the order of the pack.
func Of(v *face.Case, width, height float64) *View {
	if v.Pack == nil {
		return nil
	}
	best, most := "", 1
	for _, s := range v.Pack.Scales {
		if n := len(v.Series[s.ID]); n > most {
			best, most = s.ID, n
		}
	}
	if best == "" {
		return nil
	}
	line := trendLine(v, best, figure.Screen)
	line.Width, line.Height = width, height
	table := line.Table()
	t := &View{Title: line.Title, SVG: string(line.SVG()), CSV: v.Path("trend", best+".csv"), SVGFile: v.Path("trend", best+".svg")}
	t.Table = ui.TableView{Caption: line.Title}
	for i, h := range table.Head {
		if h == "" {
			h = v.Q.P("case.trend.event", nil)
		}
		t.Table.Columns = append(t.Table.Columns, ui.Column{Label: h, Numeric: i == 1})
	}
	for _, r := range table.Rows {
		row := ui.TableRow{}
		for _, c := range r {
			row.Cells = append(row.Cells, ui.Cell{Text: c})
		}
		t.Table.Rows = append(t.Table.Rows, row)
	}
	return t
}

// trendLine draws one scale of the case, with its operations as events.
func trendLine(v *face.Case, id string, theme figure.Theme) figure.Line {
	q := v.Q
	s := v.Pack.Scale(id)
	name, way := id, ""
	low, high := math.NaN(), math.NaN()
	if s != nil {
		name = q.PackText(s.Name)
		low, high = scaleEnds(s)
		if s.Better != "" {
			way = q.P("case.trend."+s.Better, nil)
		}
	}
	series := figure.Series{}
	var from, to time.Time
	for _, p := range v.Series[id] {
		at := casebookTime(p.When)
		y, err := strconv.ParseFloat(p.Value, 64)
		if at.IsZero() || err != nil {
			continue
		}
		if from.IsZero() || at.Before(from) {
			from = at
		}
		if at.After(to) {
			to = at
		}
		series.Points = append(series.Points, figure.Point{X: figure.X(at), Y: y, XText: lang.PartialDate(q.Lang, face.DayOf(p.When)), YText: p.Value})
	}
	if n := len(series.Points); n > 0 {
		series.Points[n-1].Strong = true
	}
	line := figure.Line{ID: "trend-" + id, Title: joinParen(name, way), Width: 344, Height: 168, Theme: theme, Series: []figure.Series{series}}
	line.Desc = trendWords(v, series)
	line.Events = trendEvents(v, from, to)
	pad := to.Sub(from) / 30
	line.X = figure.Axis{Ticks: figure.TimeTicks(from, to.Add(time.Second), 4, func(t time.Time, span figure.Span) string { return tickText(q.Lang, t, span) }),
		Min: figure.X(from.Add(-pad)), Max: figure.X(to.Add(pad))}
	if !math.IsNaN(low) && !math.IsNaN(high) {
		line.Y = figure.Axis{Min: low, Max: high, Ticks: figure.NumberTicks(low, high, 5)}
	}
	return line
}

func scaleEnds(s *pathway.Scale) (low, high float64) {
	low, high = math.NaN(), math.NaN()
	if n, err := strconv.ParseFloat(s.Min, 64); err == nil {
		low = n
	}
	if n, err := strconv.ParseFloat(s.Max, 64); err == nil {
		high = n
	}
	if len(s.Grades) > 1 {
		a, err1 := strconv.ParseFloat(s.Grades[0].Code, 64)
		b, err2 := strconv.ParseFloat(s.Grades[len(s.Grades)-1].Code, 64)
		if err1 == nil && err2 == nil {
			low, high = min(a, b), max(a, b)
		}
	}
	return low, high
}

func joinParen(name, more string) string {
	if more == "" {
		return name
	}
	return name + " (" + more + ")"
}

func trendWords(v *face.Case, s figure.Series) string {
	n := len(s.Points)
	if n == 0 {
		return ""
	}
	first, last := s.Points[0], s.Points[n-1]
	return v.Q.P("case.trend.desc", map[string]any{"from": first.YText, "start": first.XText, "to": last.YText, "end": last.XText, "count": n})
}

// trendEvents are the operations within the figure's time.
func trendEvents(v *face.Case, from, to time.Time) (list []figure.Event) {
	for _, o := range v.Operations {
		at := casebookTime(o.Says.Date)
		if at.IsZero() || at.Before(from) || at.After(to) {
			continue
		}
		label := v.Q.P("case.trend.operation", nil)
		if o.Says.Abandoned {
			label = v.Q.P("case.abandoned", nil)
		}
		list = append(list, figure.Event{X: figure.X(at), XText: lang.PartialDate(v.Q.Lang, o.Says.Date), Label: label})
	}
	return list
}

// casebookTime is the moment that a stored date stands for on an axis.
func casebookTime(s string) time.Time {
	if d, err := terms.ParsePartialDate(s); err == nil {
		return d.Start(time.UTC)
	}
	t, _ := terms.ParseMoment(s) // an entry that says nothing about its date has the moment of its writing
	return t
}

func tickText(l lang.Language, t time.Time, span figure.Span) string {
	switch span {
	case figure.Years:
		return t.Format("2006")
	case figure.Months:
		return t.Format("2006-01")
	}
	return lang.ShortDate(l, t, t)
}

// Download gives the figure, or its numbers, as a file.
func Download(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	name := q.PathValue("variable")
	id, isCSV := strings.CutSuffix(name, ".csv")
	if !isCSV {
		var isSVG bool
		if id, isSVG = strings.CutSuffix(name, ".svg"); !isSVG {
			return desk.ErrNotHere
		}
	}
	if v.Pack == nil || len(v.Series[id]) == 0 || !slices.ContainsFunc(v.Pack.Scales, func(s *pathway.Scale) bool { return s.ID == id }) {
		return desk.ErrNotHere
	}
	line := trendLine(v, id, figure.Paper)
	line.Width, line.Height = 640, 320
	q.W.Header().Set("Content-Disposition", `attachment; filename="`+face.ShortID(v.Thread)+"-"+name+`"`)
	if isCSV {
		return bytes(q, "text/csv; charset=utf-8", line.Table().CSV())
	}
	return bytes(q, "image/svg+xml", line.SVG())
}

func bytes(q *face.Request, kind string, data []byte) error {
	q.W.Header().Set("Content-Type", kind)
	q.W.WriteHeader(http.StatusOK)
	_, err := q.W.Write(data)
	return err
}
