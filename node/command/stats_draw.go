package command

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"consilium/figure"
	"consilium/lang"
	"consilium/node/command/draw"
	"consilium/stats"
	"consilium/stats/analysis"
)

type statsDrawCmd struct {
	Spec     string  `arg:"" name:"SPEC.json" help:"The analysis, as for 'stats run'." type:"existingfile"`
	Out      string  `help:"File of the figure: .svg, .pdf, or .csv for its numbers." required:"" placeholder:"FILE"`
	Figure   string  `help:"Which figure, where a method has several." placeholder:"NAME"`
	Title    string  `help:"Title of the file, told by screen readers, in place of the figure's own."`
	Language string  `help:"Language of the words: en or zh." default:"en" enum:"en,zh"`
	Width    float64 `help:"Width in CSS pixels (1/96 inch)."`
}

// Help lists what can be drawn.
func (*statsDrawCmd) Help() string {
	var lines []string
	for method, names := range draw.Figures() {
		lines = append(lines, "  "+method+": "+strings.Join(names, ", "))
	}
	slices.Sort(lines)
	return "Methods and their figures:\n\n" + strings.Join(lines, "\n")
}

// Run computes the analysis and draws its answer.
func (c *statsDrawCmd) Run(ctx context.Context) error {
	if err := writableAs(c.Out, "a figure", ".svg", ".pdf", ".csv"); err != nil {
		return err
	}
	raw, err := os.ReadFile(c.Spec)
	if err != nil {
		return err
	}
	kase, err := analysis.ReadCase(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	result, t, err := figured(ctx, c.Spec, kase)
	if err != nil {
		return err
	}
	written, err := analysis.Write(result)
	if err != nil {
		return err
	}
	f, err := draw.Draw(draw.Order{Case: kase, Table: t, Result: written, Figure: c.Figure, Title: c.Title, Language: lang.Language(c.Language), Theme: figure.Paper, Width: c.Width})
	if err != nil {
		return err
	}
	return c.write(f)
}

// figured computes an analysis with all that its figures show, and gives its data too.
func figured(ctx context.Context, path string, c analysis.Case) (any, *stats.Table, error) {
	a, err := atOnce(ctx, func() (computation, error) { return computed(ctx, path, draw.Whole(c)) })
	return a.Result, a.Table, err
}

func (c *statsDrawCmd) write(f figure.Figure) error {
	drawn := map[string]func() []byte{".svg": f.SVG, ".pdf": f.PDF, ".csv": func() []byte { return f.Table().CSV() }}
	return writeFigure(c.Out, drawn[strings.ToLower(filepath.Ext(c.Out))]())
}
