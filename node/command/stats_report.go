package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/node/command/report"
	"consilium/stats/analysis"
)

type statsTableCmd struct {
	Spec     string `arg:"" name:"SPEC.json" help:"An analysis by table_one." type:"existingfile"`
	Out      string `help:"File of the table: .csv, .md, or .html for a word processor." required:"" placeholder:"FILE"`
	Language string `help:"Language of the words: en or zh." default:"en" enum:"en,zh"`
}

// Run computes the table and writes it.
func (c *statsTableCmd) Run(ctx context.Context) error {
	if err := writableAs(c.Out, "a table", ".csv", ".md", ".html"); err != nil {
		return err
	}
	a, err := answered(ctx, c.Spec)
	if err != nil {
		return err
	}
	t, ok := a.Result.(*analysis.TableOne)
	if !ok {
		return fmt.Errorf("%s: a table of patients is computed by table_one, and this is %s", c.Spec, a.Case.Method)
	}
	sheet := report.WordsOf(a.Case, lang.Language(c.Language)).TableOne(t)
	written := map[string]func() []byte{".csv": sheet.CSV, ".md": sheet.Markdown, ".html": sheet.HTML}
	return writeFigure(c.Out, written[strings.ToLower(filepath.Ext(c.Out))]())
}

type statsReportCmd struct {
	Specs    []string `arg:"" name:"SPEC.json" help:"Analyses, in the order in which the page has them." type:"existingfile"`
	Out      string   `help:"File of the page, .html." required:"" placeholder:"FILE"`
	Title    string   `help:"Title of the page."`
	Language string   `help:"Language of the words: en or zh." default:"en" enum:"en,zh"`
}

// Run computes all analyses and puts them into one page.
func (c *statsReportCmd) Run(ctx context.Context) error {
	if err := writableAs(c.Out, "a report", ".html"); err != nil {
		return err
	}
	var answers []report.Answer
	for _, path := range c.Specs {
		a, err := answered(ctx, path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		answers = append(answers, a)
	}
	page, err := report.Page(c.Title, answers, lang.Language(c.Language))
	if err != nil {
		return err
	}
	return writeFigure(c.Out, page)
}

// answered computes the analysis of a file, with all that its figures show.
func answered(ctx context.Context, path string) (report.Answer, error) {
	file, err := os.Open(path)
	if err != nil {
		return report.Answer{}, err
	}
	defer file.Close()
	c, err := analysis.ReadCase(file)
	if err != nil {
		return report.Answer{}, err
	}
	result, t, err := figured(ctx, path, c)
	return report.Answer{Case: c, Table: t, Result: result}, err
}

// writableAs refuses the name of a file whose end is none of those that can be written, before anything is computed.
func writableAs(name, what string, ends ...string) error {
	end := strings.ToLower(filepath.Ext(name))
	switch {
	case slices.Contains(ends, end):
		return nil
	case slices.Contains([]string{".png", ".jpg", ".jpeg", ".tif", ".tiff"}, end) && slices.Contains(ends, ".svg"):
		return fmt.Errorf("%s: pixels are not drawn; write .svg (for a page) or .pdf (for print), which are sharp at any size, and export %s from them in a browser or a drawing program if a journal insists", name, end)
	}
	return fmt.Errorf("%s: %s is written as %s, by the end of the file's name", name, what, strings.Join(ends, ", "))
}

// writeFigure writes a file and says so.
func writeFigure(path string, content []byte) error {
	err := writeOut(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
	if err == nil {
		fmt.Println("Written:", path)
	}
	return err
}
