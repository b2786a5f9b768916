package figure

// Theme is the set of colors and the font of a figure, each a CSS value.
type Theme struct {
	Ink    string // text and marks that matter
	Muted  string // axis text
	Grid   string // lines behind
	Ground string // what lies behind the figure: fills hollow marks, and a rim around text that crosses a line
	Band   string // the area of a target or normal range
	Alarm  string // what broke a limit or a rule
	Font   string
	Series []string // one after the other for each series; shapes differ too, so color is never the only sign
}

const fontStack = `'Inter Variable', 'Noto Sans SC Variable', Inter, 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', system-ui, sans-serif`

// Screen takes colors and font from the page, with the light theme's where the page has none.
var Screen = Theme{
	Ink: "var(--ink, #16202a)", Muted: "var(--ink-3, #6b7680)", Grid: "var(--line, #e1dfd9)",
	Ground: "var(--figure-ground, var(--sheet, #ffffff))", Band: "var(--accent-soft, #dcedeb)", Alarm: "var(--bad, #b3261e)",
	Font:   "var(--font, " + fontStack + ")",
	Series: []string{"var(--accent, #0a6a66)", "var(--h2, #4b4fa8)", "var(--h3, #9a5b13)", "var(--h4, #8a3b6e)"},
}

// Paper has fixed colors, for files that leave the page and for programs that know no variables.
var Paper = Theme{
	Ink: "#16202a", Muted: "#5b6670", Grid: "#dedcd6", Ground: "#ffffff", Band: "#dcedeb", Alarm: "#b3261e", Font: fontStack,
	Series: []string{"#0a6a66", "#4b4fa8", "#9a5b13", "#8a3b6e"},
}

// orScreen is t, or Screen for the zero value.
func (t Theme) orScreen() Theme {
	if t.Ink == "" || len(t.Series) == 0 {
		return Screen
	}
	if t.Alarm == "" {
		t.Alarm = t.Ink
	}
	return t
}

func (t Theme) color(i int) string { return t.Series[i%len(t.Series)] }
