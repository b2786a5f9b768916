package upkeep

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/terms/sheet"
	"consilium/web/face"
)

// wizard is a table on its way to being imported. All that is decided stands in the mapping, which the form carries along as YAML.
type wizard struct {
	q       *face.Request
	hash    ledger.Hash
	looked  sheet.Looked
	mapping *casebook.Mapping
	pack    *pathway.Pack // nil: not chosen yet
	column  string        // that is being mapped
	place   casebook.Goal // whose goals are shown
	faults  []string
}

// sampleRows is how many rows show how a table reads.
const sampleRows = 3

func wizardPath(hash ledger.Hash) string { return "/settings/import-table/" + hash.String() }

// separatorNames are how the form writes separators.
var separatorNames = map[string]rune{"comma": ',', "semicolon": ';', "tab": '\t', "bar": '|'}

// wizardPage begins with a table, or goes on from the mapping of a dry run.
func wizardPage(q *face.Request) error {
	var text []byte
	if q.FormValue("job") != "" {
		report, err := reportOf(q, q.FormValue("job"))
		if err != nil {
			return err
		}
		if text, err = q.Desk.MappingOf(q.Context(), report); err != nil {
			return errors.Join(desk.ErrNotHere, err)
		}
	}
	w, err := openWizard(q, text)
	if err != nil {
		return err
	}
	return w.show(http.StatusOK)
}

// mapTable does what one button of the wizard says.
func mapTable(q *face.Request) error {
	w, err := openWizard(q, []byte(q.PostForm.Get("mapping")))
	if err != nil {
		return err
	}
	w.settle()
	do, what, _ := strings.Cut(q.PostForm.Get("do"), ":")
	switch do {
	case "confirm":
		w.mapping.Encoding, w.mapping.Separator = w.looked.Form.Encoding, string(w.looked.Form.Separator)
	case "reread":
		w.mapping.Encoding, w.mapping.Separator = "", ""
	case "column":
		w.column = what
	case "goal":
		err = w.join(what)
	case "part":
		if g, ok := casebook.ParseGoal(what); ok {
			w.mapping.Put(g, casebook.Source{})
		}
	case "codes":
		w.setCodes()
	case "text":
		w.rewrite(q.PostForm.Get("text"))
	case "try", "start":
		return w.order(do == "try")
	}
	if err != nil {
		return err
	}
	return w.show(http.StatusOK)
}

func openWizard(q *face.Request, text []byte) (*wizard, error) {
	if err := q.Need(access.Import); err != nil {
		return nil, err
	}
	hash, err := ledger.ParseHash(q.PathValue("table"))
	if err != nil {
		return nil, desk.ErrNotHere
	}
	w := &wizard{q: q, hash: hash}
	if w.mapping, err = casebook.DraftMapping(text); err != nil {
		return nil, errors.Join(desk.ErrInput, err)
	}
	encoding, separator := w.mapping.Encoding, separatorNames[q.FormValue("separator")]
	if encoding == "" {
		encoding = q.FormValue("encoding")
	} else {
		separator, _ = utf8.DecodeRuneInString(w.mapping.Separator)
	}
	if separator == utf8.RuneError {
		separator = 0
	}
	if w.looked, err = q.Desk.LookAtTable(q.Context(), q.Caller.Who, hash, encoding, separator, sampleRows); err != nil {
		var twice *sheet.DuplicateError
		if !errors.As(err, &twice) {
			return nil, err
		}
		w.faults = append(w.faults, q.P("case.mapping.twice", map[string]any{"name": twice.Column}))
	}
	w.pack = q.Desk.Packs(w.mapping.Pathway, "")
	if column := q.PostForm.Get("column"); slices.Contains(w.looked.Columns, column) {
		w.column = column
	}
	w.place, _ = casebook.ParseGoal(q.PostForm.Get("place"))
	return w, nil
}

// settle takes what stands in the fields that are about the table as a whole.
func (w *wizard) settle() {
	m, form := w.mapping, w.q.PostForm
	if !form.Has("pathway") {
		return
	}
	if id := form.Get("pathway"); id != m.Pathway {
		m.Pathway, m.Entries, w.pack = id, nil, w.q.Desk.Packs(id, "")
	}
	for name, to := range map[string]*string{"title": &m.Title, "source": &m.Source, "urgency": &m.Urgency, "dates": &m.Dates, "decimal": &m.Decimal, "series": &m.Series, "corrections": &m.Known} {
		*to = strings.TrimSpace(form.Get(name))
	}
}

// join lets a goal come from the column at hand. Cells that are written as the pack writes its codes, or as it calls them, are understood at once.
func (w *wizard) join(what string) error {
	g, ok := casebook.ParseGoal(what)
	if !ok || w.column == "" || w.pack == nil && g.Kind != "" {
		return desk.ErrInput
	}
	from := casebook.Source{Column: w.column}
	codes := casebook.CodesOf(w.pack, g)
	if len(codes) > 0 {
		cells, _, err := w.values(w.column)
		if err != nil {
			return err
		}
		for _, cell := range cells {
			for _, c := range codes {
				if cell != "" && (strings.EqualFold(cell, c.Value) || strings.EqualFold(cell, c.Label.En) || cell == c.Label.Zh) {
					from.Code(cell, c.Value, "")
				}
			}
		}
	}
	w.mapping.Put(g, from)
	return nil
}

func (w *wizard) values(column string) (cells []string, whole bool, err error) {
	return w.q.Desk.ValuesOfTable(w.q.Context(), w.q.Caller.Who, w.hash, w.looked.Form, column)
}

// setCodes takes what each cell of the column at hand means: three lists of one length.
func (w *wizard) setCodes() {
	goals, cells, codes := w.q.PostForm["goal"], w.q.PostForm["cell"], w.q.PostForm["code"]
	for i := range min(len(goals), len(cells), len(codes)) {
		g, ok := casebook.ParseGoal(goals[i])
		from := w.mapping.From(g)
		if !ok || from.Column != w.column {
			continue
		}
		reason, missing := strings.CutPrefix(codes[i], "~")
		if missing {
			from.Code(cells[i], "", reason)
		} else {
			from.Code(cells[i], codes[i], "")
		}
		w.mapping.Put(g, from)
	}
}

// rewrite takes the mapping as somebody wrote it by hand.
func (w *wizard) rewrite(text string) {
	m, err := casebook.DraftMapping([]byte(text))
	if err != nil {
		w.told(err)
		return
	}
	w.mapping, w.pack = m, w.q.Desk.Packs(m.Pathway, "")
}

func (w *wizard) told(err error) bool {
	var unfit desk.Told
	if !errors.As(err, &unfit) {
		return false
	}
	for _, why := range unfit.Faults() {
		w.faults = append(w.faults, w.q.Text(why.Text))
	}
	return true
}

func (w *wizard) order(dry bool) error {
	text, err := w.mapping.YAML()
	if err != nil {
		return err
	}
	id, err := w.q.Desk.OrderImport(w.q.Context(), w.q.Caller.Who, desk.NewImport{Mapping: text, Kept: w.hash, DryRun: dry, Language: w.q.Lang})
	switch {
	case err == nil:
		return w.q.See(jobPath(id))
	case w.told(err):
		return w.show(http.StatusUnprocessableEntity)
	}
	return err
}
