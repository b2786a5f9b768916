package figure

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// pagesOf are the contents of the pages of a document, in their order.
func pagesOf(t interface{ Fatalf(string, ...any) }, file []byte) (objects []string, pages []string) {
	objects, err := readPDF(file)
	if err != nil {
		t.Fatalf("%v", err)
	}
	kids := regexp.MustCompile(`/Kids \[([^\]]*)\]`).FindStringSubmatch(objects[pdfPages])
	for _, m := range regexp.MustCompile(`(\d+) 0 R`).FindAllStringSubmatch(kids[1], -1) {
		n, _ := strconv.Atoi(m[1])
		content := regexp.MustCompile(`/Contents (\d+) 0 R`).FindStringSubmatch(objects[n])
		at, _ := strconv.Atoi(content[1])
		pages = append(pages, objects[at])
	}
	return objects, pages
}

// copied is the text of a page as a reader copies it, a line for each label.
func copied(objects []string, page string) string {
	with := append([]string(nil), objects...)
	with[pdfContent] = page
	return strings.Join(said(with), "\n")
}

func TestADocumentSaysEverythingOnce(t *testing.T) {
	rows := Table{Head: []string{"Term", "Odds ratio (95 % CI)", "p"}}
	for i := range 90 {
		rows.Rows = append(rows.Rows, []string{fmt.Sprintf("term-%d", i), "1.20 (0.90 to 1.60)", "0.21"})
	}
	d := Document{Title: "A report", Foot: "the study · 3f9a", Number: func(page, of int) string { return fmt.Sprintf("page %d of %d", page, of) },
		Parts: []Part{Chapter{1, "Does the endoscope take longer?"}, Paragraph{Text: strings.Repeat("手术时间，两组之间的差别。", 40)}, Items{"first", "second"},
			Picture{forestPlot(false, 0)}, Grid{Table: rows}}}
	objects, pages := pagesOf(t, d.PDF())
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	all := ""
	for i, p := range pages {
		text := copied(objects, p)
		if !strings.Contains(text, fmt.Sprintf("page %d of %d", i+1, len(pages))) || !strings.Contains(text, "the study · 3f9a") {
			t.Errorf("page %d has no foot: %s", i+1, text)
		}
		if strings.Contains(text, "term-") && !strings.Contains(text, "Odds ratio (95 % CI)") {
			t.Errorf("page %d goes on with a table without its head", i+1)
		}
		for _, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "，") || strings.HasPrefix(line, "。") {
				t.Errorf("a line begins with %q", line)
			}
		}
		all += "\n" + text + "\n"
	}
	for i := range 90 {
		if n := strings.Count(all, fmt.Sprintf("\nterm-%d\n", i)); n != 1 {
			t.Errorf("term-%d stands %d times", i, n)
		}
	}
}

// Whatever is written, lines fit the width and together are the text, and columns fit the page.
func TestLinesFitAndLoseNothing(t *testing.T) {
	s := newShared()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab cde fg-/手术，。（）W1.\n")), 0, 200, -1).Draw(t, "text")
		width := rapid.Float64Range(40, 700).Draw(t, "width")
		lines := brokenAt(s, text, width, bodySize)
		for _, line := range lines {
			if w := s.widthAt(line, bodySize); w > width+0.01 && len([]rune(line)) > 1 {
				t.Fatalf("%q is %.1f wide of %.1f", line, w, width)
			}
		}
		blank := strings.NewReplacer(" ", "", "\n", "")
		if got, want := blank.Replace(strings.Join(lines, "")), blank.Replace(text); got != want {
			t.Fatalf("%q became %q", want, got)
		}
	})
}

func TestColumnsFitTheSheet(t *testing.T) {
	s := newShared()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(t, "columns")
		word := rapid.StringOfN(rapid.RuneFrom([]rune("ab 手1")), 0, 120, -1)
		g := Grid{Table: Table{Head: rapid.SliceOfN(word, n, n).Draw(t, "head"), Rows: rapid.SliceOfN(rapid.SliceOfN(word, 0, n+1), 0, 4).Draw(t, "rows")}}
		total := cellGap * float64(n-1)
		for _, w := range g.widths(s) {
			if w < 0 {
				t.Fatal("a column below nothing")
			}
			total += w
		}
		if total > textColumn+0.01 {
			t.Fatalf("columns take %.1f of %.1f", total, textColumn)
		}
	})
}

func TestAStripStandsOnEveryPage(t *testing.T) {
	d := Document{Title: "Plan", Strip: []StripCell{{Label: "Patient", Text: "周演示 · 52"}, {Label: "Side", Text: "LEFT", Strong: true}, {Label: "Allergy", Text: strings.Repeat("penicillin and ", 9), Alarm: true}}}
	for i := range 60 {
		d.Parts = append(d.Parts, Pairs{{Label: fmt.Sprintf("question %d", i), Text: strings.Repeat("an answer ", 12)}})
	}
	d.Parts = append(d.Parts, Signed{"received by"})
	objects, pages := pagesOf(t, d.PDF())
	if len(pages) < 3 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, p := range pages {
		if text := copied(objects, p); !strings.Contains(text, "LEFT") || !strings.Contains(text, "周演示") || !strings.Contains(text, "penicillin") {
			t.Errorf("page %d has no strip: %s", i+1, text)
		}
	}
	if text := copied(objects, pages[len(pages)-1]); !strings.Contains(text, "received by") {
		t.Errorf("nobody signs: %s", text)
	}
}
