package report

import (
	"bytes"
	"fmt"
	"html"

	"consilium/figure"
	"consilium/lang"
	"consilium/node/command/draw"
	"consilium/stats"
	"consilium/stats/analysis"
)

// Answer is one analysis with its result.
type Answer struct {
	Case   analysis.Case
	Table  *stats.Table
	Result any // as the method gave it
}

// Page puts several answers into one readable page in HTML: a section each, with its table, its figures and the sentence that says by which method it was computed, and
// the sources last.
func Page(title string, answers []Answer, language lang.Language) ([]byte, error) {
	var b bytes.Buffer
	w := Words{Language: language}
	if title == "" {
		title = w.say("report.title", nil)
	}
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n<title>%s</title>\n<style>%s</style></head>\n<body>\n<h1>%s</h1>\n",
		html.EscapeString(string(language)), html.EscapeString(title), style, html.EscapeString(title))
	for i, a := range answers {
		if err := section(&b, i, a, language); err != nil {
			return nil, err
		}
	}
	fmt.Fprintf(&b, "<section>\n<h2>%s</h2>\n", html.EscapeString(w.say("report.methods", nil)))
	for _, text := range methods(answers, w) {
		fmt.Fprintf(&b, "<p>%s</p>\n", html.EscapeString(text))
	}
	b.WriteString("</section>\n</body>\n</html>\n")
	return b.Bytes(), nil
}

const style = `body{font:16px/1.5 system-ui,"Noto Sans CJK SC","PingFang SC",sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#16222b}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem}table{border-collapse:collapse;width:100%;font-size:.9rem}caption{text-align:left;font-weight:600;padding-bottom:.4rem}
th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #dde3e6}th[scope=row],thead th:first-child{text-align:left;font-weight:400}thead th{border-bottom:2px solid #16222b}
.asked table{width:auto;margin-top:1.2rem;font-size:.8rem}.asked :is(td,th){text-align:left}.asked td{overflow-wrap:anywhere}.asked tbody th{font-family:ui-monospace,monospace;white-space:nowrap}table{margin:.8rem 0}
.note{font-size:.85rem;color:#4d5a63;margin:.3rem 0}svg{max-width:100%;height:auto;margin:1rem 0}@media print{body{margin:0;max-width:none}section{break-inside:avoid}}`

func section(b *bytes.Buffer, i int, a Answer, language lang.Language) error {
	w := WordsOf(a.Case, language)
	title := a.Case.Spec.Text("title")
	if title == "" {
		title = w.method(a.Case.Method)
	}
	fmt.Fprintf(b, "<section>\n<h2>%s</h2>\n", html.EscapeString(title))
	if note := a.Case.Spec.Text("note"); note != "" {
		fmt.Fprintf(b, "<p>%s</p>\n", html.EscapeString(note))
	}
	if t, ok := a.Result.(*analysis.TableOne); ok {
		b.Write(w.TableOne(t).HTML())
	} else if err := figuresOf(b, i, a, language); err != nil {
		return err
	}
	b.Write(a.asked(w).folded())
	b.WriteString("</section>\n")
	return nil
}

// figuresOf draws all figures of an answer, with what it holds below. What a forest shows is its table; of such an answer only what belongs to the whole of it follows.
func figuresOf(b *bytes.Buffer, i int, a Answer, language lang.Language) error {
	written, err := analysis.Write(a.Result)
	if err != nil {
		return err
	}
	forest := false
	for _, name := range draw.Figures()[a.Case.Method] {
		c := a.Case
		c.ID = fmt.Sprintf("figure-%d-%s", i+1, name)
		f, err := draw.Draw(draw.Order{Case: c, Table: a.Table, Result: written, Figure: name, Language: language, Theme: figure.Paper})
		if err != nil {
			fmt.Fprintf(b, "<p class=\"note\">%s</p>\n", html.EscapeString(err.Error()))
			continue
		}
		b.Write(f.SVG())
		if name == "forest" || name == "margin" {
			forest = true
			t := f.Table()
			b.Write(Sheet{Head: t.Head, Rows: t.Rows}.HTML())
		}
	}
	for _, s := range WordsOf(a.Case, language).tables(written, a.Table) {
		if !forest || s.Head[0] == "" {
			b.Write(s.HTML())
		}
	}
	return nil
}

// methods are the paragraphs about how the answers were computed, each method once: its name, what exactly it computes and after whom. What was asked of it stands beneath each answer.
func methods(answers []Answer, w Words) (out []string) {
	told := map[string]bool{}
	for _, a := range answers {
		if told[a.Case.Method] {
			continue
		}
		told[a.Case.Method] = true
		text := w.say("report.method", map[string]any{"name": w.method(a.Case.Method), "definition": w.say("definition."+a.Case.Method, nil)})
		if m, found := analysis.Find(a.Case.Method); found && m.Source() != "" {
			text += " " + w.say("report.source", map[string]any{"source": m.Source()})
		}
		out = append(out, text)
	}
	return append(out, w.say("report.computed", nil))
}

// method is the name of a method in the reader's language.
func (w Words) method(name string) string { return w.say("method."+name, nil) }
