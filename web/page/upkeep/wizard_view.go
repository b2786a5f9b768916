package upkeep

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/casebook"
	"consilium/lang"
	"consilium/pathway"
	"consilium/terms/sheet"
	"consilium/web/ui"
)

// wizardView is the wizard as its page shows it.
type wizardView struct {
	w         *wizard
	Path      string
	Confirmed bool
	Sample    ui.TableView
	Written   []ui.FieldView // how the table is written
	Settings  []ui.FieldView // what it is about
	Columns   []columnView
	Chosen    *chosenView // nil: no column is being mapped
	YAML      string
	Missing   []string // what the mapping still lacks
}

// columnView is one column with what it becomes.
type columnView struct {
	Name, Cells string
	Becomes     []ui.ChipView
}

// chosenView is the column at hand: what it becomes, what its cells mean, and what else it can become.
type chosenView struct {
	Name   string
	Uses   []useView
	Places []placeGroup
	Place  string
	Goals  []goalView
}

type useView struct {
	Goal, Label string
	Cells       []cellView
	More        bool // the column has more different cells than are shown
	Options     []ui.Option
}

type cellView struct{ Cell, Means string }

type placeGroup struct {
	Label  string
	Places []ui.Option
}

type goalView struct {
	Goal, Label, From string
}

func (w *wizard) show(status int) error {
	v := wizardView{w: w, Path: wizardPath(w.hash), Confirmed: w.mapping.Encoding != ""}
	text, err := w.mapping.YAML()
	if err != nil {
		return err
	}
	v.YAML = string(text)
	v.Sample, v.Written = w.sample(), w.written()
	if v.Confirmed {
		v.Settings = w.settings()
		if v.Columns, err = w.columns(); err != nil {
			return err
		}
		if w.column != "" && w.pack != nil {
			if v.Chosen, err = w.chosen(); err != nil {
				return err
			}
		}
		v.Missing = w.lacks(text)
	}
	d := w.q.SettingsData()
	d.Path = v.Path
	return w.q.Render(status, d, wizardContent(w.q, v))
}

// lacks are the faults of the mapping as it stands.
func (w *wizard) lacks(text []byte) (list []string) {
	_, err := casebook.ReadMapping(text, w.pack)
	if fault, ok := err.(*casebook.MappingError); ok {
		for _, why := range fault.Why {
			list = append(list, w.q.Text(why))
		}
	}
	return list
}

func (w *wizard) p(key string) string { return w.q.P("settings.wizard."+key, nil) }

func (w *wizard) sample() ui.TableView {
	t := ui.TableView{Caption: w.p("sample")}
	for _, c := range w.looked.Columns {
		t.Columns = append(t.Columns, ui.Column{Label: c})
	}
	for _, r := range w.looked.Rows {
		row := ui.TableRow{}
		for _, cell := range r.Cells {
			row.Cells = append(row.Cells, ui.Cell{Text: cell})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (w *wizard) written() []ui.FieldView {
	form := w.looked.Form
	help := w.p("certain")
	if !form.Certain {
		help = w.p("guess")
	}
	encoding := ui.FieldView{Name: "encoding", Type: ui.FieldCode, Label: w.p("encoding"), Help: help, Value: form.Encoding, Required: true}
	for _, name := range sheet.Encodings {
		encoding.Options = append(encoding.Options, ui.Option{Value: name, Label: w.p("written." + name)})
	}
	separator := ui.FieldView{Name: "separator", Type: ui.FieldCode, Label: w.p("separator"), Required: true}
	for _, name := range []string{"comma", "semicolon", "tab", "bar"} {
		if separatorNames[name] == form.Separator {
			separator.Value = name
		}
		separator.Options = append(separator.Options, ui.Option{Value: name, Label: w.p("between." + name)})
	}
	return []ui.FieldView{encoding, separator}
}

// layouts are how tables write days; any other layout is written into the YAML.
var layouts = []string{time.DateOnly, "2006/1/2", "2.1.2006", "2/1/2006", "1/2/2006", "20060102", "excel", "excel1904"}

func (w *wizard) settings() []ui.FieldView {
	m, day := w.mapping, time.Date(2025, time.December, 31, 0, 0, 0, 0, time.UTC)
	path := ui.FieldView{Name: "pathway", ID: "wizard-pathway", Type: ui.FieldCode, Label: w.p("pathway"), Value: m.Pathway, Required: true}
	for _, pack := range w.q.Desk.AllPacks() {
		if !pack.Abstract && !slices.ContainsFunc(path.Options, func(o ui.Option) bool { return o.Value == pack.ID }) {
			path.Options = append(path.Options, ui.Option{Value: pack.ID, Label: w.q.PackText(pack.Name)})
		}
	}
	dates := ui.FieldView{Name: "dates", Type: ui.FieldCode, Label: w.p("dates"), Value: m.Dates, Required: true}
	if !slices.Contains(layouts, m.Dates) {
		dates.Options = append(dates.Options, ui.Option{Value: m.Dates, Label: day.Format(m.Dates)})
	}
	for _, l := range layouts {
		label := day.Format(l)
		if strings.HasPrefix(l, "excel") {
			label = w.p(l)
		}
		dates.Options = append(dates.Options, ui.Option{Value: l, Label: label})
	}
	code := func(name, value string, codes ...string) ui.FieldView {
		f := ui.FieldView{Name: name, Type: ui.FieldCode, Label: w.p(name), Value: value, Required: true}
		for _, c := range codes {
			f.Options = append(f.Options, ui.Option{Value: c, Label: w.p(name + "-" + map[string]string{".": "point", ",": "comma"}[c] + strings.Trim(c, ".,"))})
		}
		return f
	}
	urgency := ui.FieldView{Name: "urgency", Type: ui.FieldCode, Label: w.q.P("settings.wizard.urgency", nil), Value: m.Urgency, Required: true}
	for _, u := range casebook.Urgencies {
		urgency.Options = append(urgency.Options, ui.Option{Value: u, Label: w.q.Text(lang.Named("case.urgency", u))})
	}
	return []ui.FieldView{path,
		{Name: "title", Type: ui.FieldText, Label: w.p("heading"), Help: w.p("headinghelp"), Value: m.Title, Required: true},
		{Name: "source", Type: ui.FieldText, Label: w.p("source"), Help: w.p("sourcehelp"), Value: m.Source, Required: true},
		{Name: "series", Type: ui.FieldText, Label: w.p("series"), Help: w.p("serieshelp"), Value: m.Series},
		urgency, dates, code("decimal", cmp.Or(m.Decimal, "."), ".", ","), code("corrections", m.Known, "refuse", "amend")}
}

func (w *wizard) columns() (list []columnView, err error) {
	var goals []casebook.Goal
	for _, place := range w.places() {
		goals = append(goals, w.goals(place)...)
	}
	for i, name := range w.looked.Columns {
		if name == "" {
			continue
		}
		v := columnView{Name: name}
		var cells []string
		for _, r := range w.looked.Rows {
			if i < len(r.Cells) && r.Cells[i] != "" {
				cells = append(cells, r.Cells[i])
			}
		}
		v.Cells = strings.Join(cells, " · ")
		for _, g := range w.mapping.Uses(name, goals) {
			v.Becomes = append(v.Becomes, ui.ChipView{Text: w.full(g), Sort: ui.Good})
		}
		list = append(list, v)
	}
	return list, nil
}

func (w *wizard) places() []casebook.Goal {
	if w.pack == nil {
		return []casebook.Goal{{}}
	}
	return casebook.Places(w.pack)
}

func (w *wizard) goals(place casebook.Goal) []casebook.Goal {
	pack := w.pack
	if pack == nil {
		pack = &pathway.Pack{}
	}
	return casebook.GoalsOf(pack, place)
}

func (w *wizard) chosen() (*chosenView, error) {
	v := &chosenView{Name: w.column, Place: w.place.Place().String()}
	for _, place := range w.places() {
		for _, g := range w.mapping.Uses(w.column, w.goals(place)) {
			use, err := w.use(g)
			if err != nil {
				return nil, err
			}
			v.Uses = append(v.Uses, use)
		}
		group := w.p("kind." + cmp.Or(place.Kind, "patient"))
		if n := len(v.Places); n == 0 || v.Places[n-1].Label != group {
			v.Places = append(v.Places, placeGroup{Label: group})
		}
		last := &v.Places[len(v.Places)-1]
		last.Places = append(last.Places, ui.Option{Value: place.String(), Label: w.placeName(place)})
	}
	for _, g := range w.goals(w.place.Place()) {
		v.Goals = append(v.Goals, goalView{g.String(), w.goalName(g), w.mapping.From(g).Column})
	}
	return v, nil
}

// use is one thing that the column becomes. Where it takes codes, or a number and the cell is none, each cell is asked about.
func (w *wizard) use(g casebook.Goal) (useView, error) {
	v := useView{Goal: g.String(), Label: w.full(g)}
	codes, f := casebook.CodesOf(w.pack, g), casebook.FieldOf(w.pack, g)
	number := f != nil && (f.Type == pathway.KindInteger || f.Type == pathway.KindDecimal) || g.Field == "age"
	if len(codes) == 0 && !number {
		return v, nil
	}
	cells, whole, err := w.values(w.column)
	if err != nil {
		return v, err
	}
	from := w.mapping.From(g)
	for _, c := range codes {
		v.Options = append(v.Options, ui.Option{Value: c.Value, Label: w.q.Text(c.Label)})
	}
	for _, reason := range []string{pathway.Unknown, pathway.NotDone, pathway.Refused, pathway.NotApplicable} {
		v.Options = append(v.Options, ui.Option{Value: "~" + reason, Label: w.p("reason." + lang.Key(reason))})
	}
	for _, cell := range cells {
		if _, err := strconv.ParseFloat(strings.Replace(cell, ",", ".", 1), 64); cell == "" || number && err == nil {
			continue
		}
		means := from.Codes[cell]
		if reason := cmp.Or(from.Missing[cell], w.mapping.Missing[cell]); means == "" && reason != "" {
			means = "~" + reason
		}
		v.Cells = append(v.Cells, cellView{cell, means})
	}
	v.More = !whole && len(v.Cells) > 0
	return v, nil
}

func (w *wizard) placeName(place casebook.Goal) string {
	switch place.Kind {
	case "":
		return w.p("kind.patient")
	case "followup":
		return w.q.PackText(w.pack.FollowUp(place.Code).Name)
	case "complication":
		return w.q.PackText(w.pack.Complication(place.Code).Name)
	}
	return cmp.Or(w.q.PackText(w.pack.Form(place.Form).Name), place.Form)
}

func (w *wizard) goalName(g casebook.Goal) string {
	if g.Kind == "" || strings.HasPrefix(g.Field, "@") {
		return w.p("goal." + strings.TrimPrefix(g.Field, "@"))
	}
	return cmp.Or(w.q.PackText(casebook.FieldOf(w.pack, g).Label), g.Field)
}

// full names a goal with its place.
func (w *wizard) full(g casebook.Goal) string {
	if g.Kind == "" {
		return w.goalName(g)
	}
	return w.placeName(g) + ": " + w.goalName(g)
}
