package figure

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

func day(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t
}

func english(t time.Time, s Span) string {
	return t.Format(map[Span]string{Days: "Jan 2", Months: "Jan 2006", Years: "2006"}[s])
}

func chinese(t time.Time, s Span) string {
	return t.Format(map[Span]string{Days: "1月2日", Months: "2006年1月", Years: "2006年"}[s])
}

// spasm is the trend of the case page: grades over six years, a treatment, an operation that is only provisionally a cure.
func spasm() Line {
	from, to := day("2020-03-01"), day("2026-11-21")
	grades := []Tick{{0, "0"}, {1, "1"}, {2, "2"}, {3, "3"}, {4, "4"}}
	return Line{
		ID: "spasm", Title: "Spasm over time (Cohen grade, 0 is none)", Desc: "Grade 2 in 2020, 3 in 2022, 2 after botulinum toxin, 3 in 2026, 0 since the operation.",
		Width: 344, Height: 150,
		X: Axis{Label: "Date", Min: X(from), Max: X(to), Ticks: TimeTicks(from, to, 5, english)},
		Y: Axis{Label: "Cohen grade", Min: 0, Max: 4, Ticks: grades},
		Series: []Series{{Points: []Point{
			{X: X(day("2020-06-01")), XText: "Jun 2020", Y: 2}, {X: X(day("2022-05-10")), XText: "May 10, 2022", Y: 3},
			{X: X(day("2022-09-01")), XText: "Sep 2022", Y: 2}, {X: X(day("2024-02-01")), Y: math.NaN(), YText: "not done"},
			{X: X(day("2025-10-01")), XText: "Oct 2025", Y: 3}, {X: X(day("2026-10-20")), XText: "Oct 20, 2026", Y: 3},
			{X: X(day("2026-11-15")), XText: "Nov 15, 2026", Y: 0, Label: "now", Strong: true, Provisional: true},
		}}},
		Events: []Event{{X(day("2022-06-15")), "Jun 15, 2022", "botulinum"}, {X(day("2026-11-01")), "Nov 1, 2026", "decompression"},
			{X(day("2026-09-01")), "Sep 1, 2026", "referred"}, {X(day("2020-05-01")), "May 2020", "first seen"}},
	}
}

// hearing has two series with intervals, a band, and Chinese labels that need room.
func hearing() Line {
	from, to := day("2026-01-01"), day("2026-12-31")
	return Line{
		ID: "hearing", Title: "术后听力", Desc: "患侧由 18 dB 升至 46 dB 后恢复至 24 dB；健侧不变。", Width: 344, Height: 190,
		X:     Axis{Label: "日期", Min: X(from), Max: X(to), Ticks: TimeTicks(from, to, 5, chinese)},
		Y:     Axis{Label: "纯音听阈 (dB)"},
		Bands: []Band{{0, 30, "实用听力"}},
		Series: []Series{
			{"患侧（左）", []Point{{X: X(day("2026-02-01")), Y: 18, Low: 14, High: 22}, {X: X(day("2026-04-01")), Y: 46, Low: 38, High: 54, Label: "迟发"}, {X: X(day("2026-10-01")), Y: 24, Low: 19, High: 29}}},
			{"健侧 <右> & 对照", []Point{{X: X(day("2026-02-01")), Y: 20}, {X: X(day("2026-04-01")), Y: 21}, {X: X(day("2026-10-01")), Y: 22}}},
		},
		Events: []Event{{X(day("2026-03-20")), "2026年3月20日", "全内镜微血管减压术"}},
	}
}

func figures() map[string][]byte {
	dark := spasm()
	dark.Theme, dark.Width = Paper, 720
	return map[string][]byte{
		"spasm.svg": spasm().SVG(), "hearing.svg": hearing().SVG(), "spasm-paper.svg": dark.SVG(),
		"empty.svg":   Line{ID: "empty", Title: "Nothing yet", Desc: "No value."}.SVG(),
		"hearing.csv": hearing().Table().CSV(), "spasm.csv": spasm().Table().CSV(),
	}
}

// Golden files are looked at as pictures before they are accepted.
func TestGolden(t *testing.T) {
	for name, got := range figures() {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from its golden file; look at it, then run with -update:\n%s", name, got)
		}
	}
	for name, again := range figures() {
		if !bytes.Equal(again, figures()[name]) {
			t.Errorf("%s differs from call to call", name)
		}
	}
}

type textElement struct {
	words             string
	left, right, base float64
	strong            bool
}

// inspect reads the SVG as XML and returns its size and where its words stand.
func inspect(svg []byte) (width, height float64, texts []textElement, err error) {
	d := xml.NewDecoder(bytes.NewReader(svg))
	var open *textElement
	var anchor string
	for {
		token, e := d.Token()
		if token == nil {
			if e != nil && e.Error() != "EOF" {
				err = e
			}
			return width, height, texts, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			attributes := map[string]string{}
			for _, a := range token.Attr {
				attributes[a.Name.Local] = a.Value
			}
			for _, bad := range []string{"style", "onload", "href"} {
				if _, ok := attributes[bad]; ok {
					err = fmt.Errorf("<%s> has %s", token.Name.Local, bad)
				}
			}
			switch token.Name.Local {
			case "svg":
				var left float64 // the margin at either side, minus
				fmt.Sscanf(attributes["viewBox"], "%f 0 %f %f", &left, &width, &height)
				width += 2 * left // words stay within the figure, not within its margin
			case "text":
				x, _ := strconv.ParseFloat(attributes["x"], 64)
				y, _ := strconv.ParseFloat(attributes["y"], 64)
				open, anchor = &textElement{left: x, base: y, strong: attributes["font-weight"] != ""}, attributes["text-anchor"]
			case "script", "style", "foreignObject":
				err = fmt.Errorf("there is a <%s>", token.Name.Local)
			}
		case xml.CharData:
			if open != nil {
				open.words += string(token)
			}
		case xml.EndElement:
			if token.Name.Local == "text" {
				w := textWidth(open.words)
				if open.strong {
					w = strongWidth(open.words)
				}
				open.left -= map[string]float64{"middle": w / 2, "end": w}[anchor]
				open.right = open.left + w
				texts, open = append(texts, *open), nil
			}
		}
	}
}

// fits says what is wrong with the words of a figure: outside it, or on each other.
func fits(svg []byte) error {
	width, height, texts, err := inspect(svg)
	if err != nil {
		return err
	}
	for i, a := range texts {
		if a.left < -0.1 || a.right > width+0.1 || a.base-fontSize < -1 || a.base+2 > height {
			return fmt.Errorf("%q is cut off: %.1f to %.1f at %.1f in %.0f × %.0f", a.words, a.left, a.right, a.base, width, height)
		}
		for _, b := range texts[:i] {
			if math.Abs(a.base-b.base) < fontSize-1 && a.left < b.right-0.1 && b.left < a.right-0.1 {
				return fmt.Errorf("%q lies on %q", a.words, b.words)
			}
		}
	}
	return nil
}

func TestNothingIsCutOff(t *testing.T) {
	for name, file := range figures() {
		if strings.HasSuffix(name, ".svg") {
			if err := fits(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func drawLine(t *rapid.T) Line {
	label := rapid.OneOf(rapid.StringN(0, 20, -1), rapid.SampledFrom([]string{"微血管减压术", "botulinum toxin, 3rd", "</svg><script>", ""}))
	number := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.Just(math.NaN()), rapid.Just(math.Inf(1)), rapid.Just(0.0))
	l := Line{ID: label.Draw(t, "id"), Title: label.Draw(t, "title"), Desc: label.Draw(t, "desc"),
		Width: rapid.Float64Range(280, 900).Draw(t, "width"), Height: rapid.Float64Range(0, 300).Draw(t, "height"),
		X: Axis{Label: label.Draw(t, "x")}, Y: Axis{Label: label.Draw(t, "y")}}
	for range rapid.IntRange(0, 3).Draw(t, "series") {
		s := Series{Name: label.Draw(t, "name")}
		for range rapid.IntRange(0, 8).Draw(t, "points") {
			s.Points = append(s.Points, Point{X: number.Draw(t, "px"), Y: number.Draw(t, "py"), Low: number.Draw(t, "low"), High: number.Draw(t, "high"),
				Label: label.Draw(t, "point"), Strong: rapid.Bool().Draw(t, "strong"), Provisional: rapid.Bool().Draw(t, "provisional")})
		}
		l.Series = append(l.Series, s)
	}
	for range rapid.IntRange(0, 5).Draw(t, "events") {
		l.Events = append(l.Events, Event{X: number.Draw(t, "ex"), Label: label.Draw(t, "event")})
	}
	return l
}

// Whatever the values and words: the SVG is well-formed, holds no script, and no label is cut off or lies on another.
func TestAnyLineFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLine(t)
		svg := l.SVG()
		if err := fits(svg); err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
		if !bytes.Equal(svg, l.SVG()) {
			t.Fatal("not the same twice")
		}
		if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
			t.Fatalf("a coordinate is no number:\n%s", svg)
		}
	})
}

func TestNumberTicks(t *testing.T) {
	labels := func(low, high float64, most int) string {
		var out []string
		for _, tick := range NumberTicks(low, high, most) {
			out = append(out, tick.Label)
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		low, high float64
		most      int
		want      string
	}{
		{0, 4, 5, "0 1 2 3 4"}, {0, 100, 6, "0 20 40 60 80 100"}, {0.1, 0.34, 5, "0.1 0.2 0.3 0.4"}, {-3, 3, 5, "−4 −2 0 2 4"},
		{5, 5, 5, "4.4 4.6 4.8 5.0 5.2 5.4 5.6"}, {18, 54, 5, "0 20 40 60"}, {0, 1e6, 3, "0 500000 1000000"}, {math.NaN(), 1, 3, "0.0 0.5 1.0"},
	} {
		if c.low == c.high {
			if got := len(NumberTicks(c.low, c.high, c.most)); got < 2 || got > c.most {
				t.Errorf("one value has %d ticks", got)
			}
			continue
		}
		if got := labels(c.low, c.high, c.most); got != c.want {
			t.Errorf("%g to %g in %d: %s, want %s", c.low, c.high, c.most, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		low, width := rapid.Float64Range(-1e9, 1e9).Draw(t, "low"), rapid.Float64Range(1e-3, 1e9).Draw(t, "width")
		most := rapid.IntRange(3, 12).Draw(t, "most")
		ticks := NumberTicks(low, low+width, most)
		if len(ticks) < 2 || len(ticks) > most || ticks[0].At > low+1e-6*width || ticks[len(ticks)-1].At < low+width-1e-6*width {
			t.Fatalf("%v do not enclose %g to %g", ticks, low, low+width)
		}
	})
}

func TestTimeTicks(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"2020-03-01", "2026-11-21", "2022 2024 2026"}, {"2026-01-01", "2026-12-31", "Jan 2026|Apr 2026|Jul 2026|Oct 2026"},
		{"2026-11-01", "2026-11-05", "Nov 1|Nov 2|Nov 3|Nov 4|Nov 5"}, {"1900-01-01", "2026-01-01", "1900 1950 2000"},
	} {
		var got []string
		for _, tick := range TimeTicks(day(c.from), day(c.to), 5, english) {
			got = append(got, tick.Label)
		}
		want := strings.FieldsFunc(c.want, func(r rune) bool { return r == '|' || r == ' ' && !strings.Contains(c.want, "|") })
		if !slices.Equal(got, want) {
			t.Errorf("%s to %s: %v, want %v", c.from, c.to, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	table := spasm().Table()
	if !slices.Equal(table.Head, []string{"Date", "Cohen grade", ""}) || len(table.Rows) != 11 {
		t.Errorf("%v, %d rows", table.Head, len(table.Rows))
	}
	var flat []string
	for _, row := range table.Rows {
		flat = append(flat, strings.Join(row, "|"))
	}
	for _, want := range []string{"Oct 20, 2026|3|", "Nov 1, 2026||decompression", "Nov 15, 2026|0; now|"} {
		if !slices.Contains(flat, want) {
			t.Errorf("no row %q in %q", want, flat)
		}
	}
	csv := string(Table{Head: []string{"=1+1", "-5", "@x"}}.CSV())
	if csv != "\ufeff'=1+1,-5,'@x\n" {
		t.Errorf("CSV %q", csv)
	}
}

func TestFit(t *testing.T) {
	if got := fit("short", 100); got != "short" {
		t.Error(got)
	}
	for _, s := range []string{"a very long label indeed", "微血管减压术后迟发性面瘫"} {
		got := fit(s, 60)
		if textWidth(got) > 60 || !strings.HasSuffix(got, "…") || len(got) < 8 {
			t.Errorf("%q", got)
		}
	}
}
