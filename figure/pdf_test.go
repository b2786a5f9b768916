package figure

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// readPDF checks a file's skeleton and returns its objects with their streams inflated: object n is at n.
func readPDF(file []byte) (objects []string, err error) {
	m := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(file)
	if !bytes.HasPrefix(file, []byte("%PDF-1.7\n")) || m == nil {
		return nil, fmt.Errorf("no PDF")
	}
	at, _ := strconv.Atoi(string(m[1]))
	lines := strings.Split(string(file[at:]), "\n")
	var n int
	if _, err := fmt.Sscanf(lines[1], "0 %d", &n); err != nil || lines[0] != "xref" {
		return nil, fmt.Errorf("no table of objects at %d", at)
	}
	objects = make([]string, n)
	for i := 1; i < n; i++ {
		if len(lines[2+i]) != 19 {
			return nil, fmt.Errorf("entry %q of the table is not 20 bytes long", lines[2+i])
		}
		from, _ := strconv.Atoi(lines[2+i][:10])
		head := fmt.Sprintf("%d 0 obj\n", i)
		if !bytes.HasPrefix(file[from:], []byte(head)) {
			return nil, fmt.Errorf("object %d is not at %d", i, from)
		}
		if objects[i], err = readObject(file[from+len(head):]); err != nil {
			return nil, fmt.Errorf("object %d: %w", i, err)
		}
	}
	return objects, nil
}

func readObject(b []byte) (string, error) {
	end := bytes.Index(b, []byte("\nendobj\n"))
	dictionary, data, found := bytes.Cut(b, []byte("\nstream\n"))
	if !found || len(dictionary) > end {
		return string(b[:end]), nil
	}
	var length int
	if _, err := fmt.Sscanf(string(dictionary), "<< /Length %d", &length); err != nil {
		return "", err
	}
	if !bytes.HasPrefix(data[length:], []byte("\nendstream")) {
		return "", fmt.Errorf("the stream is not %d bytes long", length)
	}
	z, err := zlib.NewReader(bytes.NewReader(data[:length]))
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(z)
	// The length of what is compressed may differ between releases of the compressor: it is no part of a golden file.
	return regexp.MustCompile(`/Length \d+`).ReplaceAllString(string(dictionary), "/Length") + "\n" + string(content), err
}

// said are the texts of a PDF page, as a reader copies them.
func said(objects []string) (texts []string) {
	means := map[string]string{}
	for _, m := range regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]+)>\n`).FindAllStringSubmatch(objects[pdfToUnicode], -1) {
		var units []uint16
		for i := 0; i < len(m[2]); i += 4 {
			v, _ := strconv.ParseUint(m[2][i:i+4], 16, 16)
			units = append(units, uint16(v))
		}
		means[m[1]] = string(utf16.Decode(units))
	}
	delete(means, "0000") // that line gives the range of codes
	for _, m := range regexp.MustCompile(`<([0-9A-F]*)> Tj`).FindAllStringSubmatch(objects[pdfContent], -1) {
		text := ""
		for i := 0; i < len(m[1]); i += 4 {
			text += means[m[1][i:i+4]]
		}
		texts = append(texts, text)
	}
	return texts
}

func TestGoldenPDF(t *testing.T) {
	for name, f := range map[string]Figure{"survival-zh.pdf": survival(true, 344), "forest-en.pdf": forestPlot(false, 0), "spasm.pdf": spasm()} {
		objects, err := readPDF(f.PDF())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		font := objects[pdfFontFile]
		objects[pdfFontFile] = font[:strings.Index(font, "\n")+1] // the font is checked by itself
		golden(t, name+".txt", []byte(strings.Join(objects, "\n\n")))
	}
}

// A PDF says what the SVG says: the same words in the same order, whatever they are, in a file whose table of objects is right.
func TestPDFSaysWhatTheSVGSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for name, f := range anyFigures(t) {
			objects, err := readPDF(f.PDF())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if strings.Contains(objects[pdfContent], "NaN") || strings.Contains(objects[pdfContent], "Inf") {
				t.Fatalf("%s: a coordinate is no number", name)
			}
			_, _, texts, err := inspect(f.SVG())
			if err != nil {
				t.Fatal(err)
			}
			got := said(objects)
			for _, w := range texts {
				want := known(w.words)
				i := slices.Index(got, want)
				if i < 0 {
					t.Fatalf("%s: %q is not in %q", name, want, got)
				}
				got = got[i+1:]
			}
		}
	})
}

// known are those characters of a text that the font has.
func known(s string) string {
	return strings.Map(func(r rune) rune {
		if face().glyphs[r] == 0 {
			return -1
		}
		return r
	}, s)
}

// The font that a PDF embeds can be read again, and its glyphs are those of the font that was built in.
func TestSubset(t *testing.T) {
	p := face()
	glyphs := []uint16{0, p.glyphs['A'], p.glyphs['术'], p.glyphs[' '], p.glyphs['τ'], p.glyphs['≥']}
	file := p.subset(glyphs)
	if sum(file) != 0xB1B0AFBA {
		t.Errorf("the sum of the file is %#x", sum(file))
	}
	f := &typeface{tables: map[string][]byte{}}
	for i := range u16(file, 4) {
		entry := file[12+16*i:]
		f.tables[string(entry[:4])] = file[u32(entry, 8):][:u32(entry, 12)]
	}
	f.em = u16(f.tables["head"], 18)
	for i, g := range glyphs {
		if f.advance(uint16(i)) != p.advance(g) {
			t.Errorf("glyph %d is %d wide, not %d", i, f.advance(uint16(i)), p.advance(g))
		}
		if got := f.outline(uint16(i)); !bytes.HasPrefix(got, p.outline(g)) || len(got) > len(p.outline(g))+3 {
			t.Errorf("glyph %d is drawn otherwise", i)
		}
	}
}

// The font has every character that hospitals' words and statistics need: the Chinese of GB 2312's common part, Latin with its accents,
// Greek and Cyrillic, and signs. Its digits are of one width.
func TestFontHasTheCharacters(t *testing.T) {
	for _, r := range "≥≤±×−–—…·°²³χτβαμΔρŁşğőñéüßйЖ，。；：（）「」、％微血管减压术堃喆㎡" {
		if face().glyphs[r] == 0 && r != '㎡' {
			t.Errorf("%c is missing", r)
		}
	}
	for r := '0'; r <= '9'; r++ {
		if a, b := face().advance(face().glyphs[r]), face().advance(face().glyphs['0']); a != b {
			t.Errorf("%c is %d wide, 0 is %d", r, a, b)
		}
	}
}

// What the layout takes a label's width to be is not less than what the PDF needs for it.
func TestWidthsAreEnough(t *testing.T) {
	tooNarrow := 0
	for r, glyph := range face().glyphs {
		if float64(face().advance(glyph))/float64(face().em) > runeWidth(r)+0.005 {
			tooNarrow++
		}
	}
	if tooNarrow > 50 { // digraphs, polytonic Greek, money of other ages
		t.Errorf("%d characters are wider than they are taken for", tooNarrow)
	}
	for _, s := range []string{"Western University Hospital", "0.62 (0.47–0.82)", "微血管减压术后面瘫", "Heterogeneity: τ² = 0.04, I² = 21%", "MWM@WMW", "−12.5", "Number at risk", "ÄÖÜ ŁŻ", "Журнал", "≥ 65"} {
		if got, need := textWidth(s), face().width(s); got < need {
			t.Errorf("%q is taken for %.1f wide and is %.1f", s, got, need)
		}
	}
}

func TestColor(t *testing.T) {
	for css, want := range map[string]string{"#ff0080": "1.000 0.000 0.502", "var(--ink, #000000)": "0.000 0.000 0.000", "var(--a, var(--b, #ffffff))": "1.000 1.000 1.000", "red": "0 0 0", "": "0 0 0"} {
		if got := color(css); got != want {
			t.Errorf("%s is %s, want %s", css, got, want)
		}
	}
}

func FuzzFigures(f *testing.F) {
	f.Add("Harbor City", 0.5, 1.2, 3.0, uint8(3))
	f.Add("微血管 <减压术> & \x00\xff", -1e308, 1e308, 0.0, uint8(200))
	f.Add("\u202e\U0001F600", 5e-324, 1e16, 1e16+2, uint8(255))
	f.Fuzz(func(t *testing.T, label string, a, b, c float64, bits uint8) {
		x, y := Axis{Label: label, Log: bits&1 > 0}, Axis{Label: label, Log: bits&2 > 0, Min: a, Max: b}
		sheet := Sheet{ID: label, Title: label, Desc: label, Width: 280 + float64(bits)}
		line := Curve{Name: label, X: []float64{a, b, c}, Y: []float64{c, a, b}, Low: []float64{a, a, a}, High: []float64{b, c, c}, Steps: bits&4 > 0}
		for name, figure := range map[string]interface {
			Figure
			draw() *drawing
		}{
			"survival": Survival{Sheet: sheet, X: x, Y: y, AtRisk: label, Notes: []string{label}, Curves: []SurvivalCurve{{Name: label, Time: line.X, Value: line.Y, Low: line.Low, High: line.High, AtRisk: line.Y, Censored: line.X}}},
			"forest":   Forest{Sheet: sheet, X: x, Names: label, Effect: label, Null: c, Rows: []Effect{{Name: label, Value: a, Low: b, High: c, Weight: c}, {Kind: Pooled, Name: label, Value: b, Low: a, High: c, Text: label}}, Favors: [2]string{label, label}},
			"run":      RunChart{Sheet: sheet, X: x, Y: y, Points: []Point{{X: a, Y: b, Label: label}, {X: b, Y: c}, {X: c, Y: a}}, Center: []Curve{line}, Rules: []Rule{{int(bits) % 4, 2, label}}, Events: []Event{{X: b, Label: label}}},
			"cusum":    Cusum{Sheet: sheet, X: x, Y: y, Lines: []Curve{line}, Signals: []Signal{{b, c, label}}},
		} {
			if err := fits(figure.SVG()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := whole(figure.draw()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := readPDF(figure.PDF()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}
