package segment

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/jobs"
	"consilium/lab/rehearsal"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/stage"
	"consilium/web/ui"
)

// view is the page of the board.
type view struct {
	v     *face.Case
	q     *face.Request
	items []desk.LabItem // that hold a segmentation, the newest first
	base  *desk.LabItem  // that is changed; nil: there is none yet
	say   bool
	wrong string // the form that was refused
	why   string
	typed url.Values // into it
}

func page(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	return show(v, http.StatusOK, "", nil)
}

// show shows the page; with what is wrong with a form that was sent, that form with its words.
func show(v *face.Case, status int, wrong string, why error) error {
	w, err := viewOf(v)
	if err != nil {
		return err
	}
	if w.wrong = wrong; wrong != "" {
		w.why, w.typed = v.Q.Text(stage.FaultOf(why)), v.Q.PostForm
	}
	d := v.Q.Data(v.Q.P("segment.title", nil)+" · "+v.Heading(), "cases")
	d.Path, d.Scripts = v.Path("lab", "segment"), []string{"segment.js"}
	if key := map[string]string{"ordered": "ordered", "bring": "brought", "accepted": "accepting", "suggest": "suggesting"}[v.Q.URL.Query().Get("done")]; key != "" {
		d.Notices = []ui.Notice{{Sort: ui.Good, Text: v.Q.P("segment."+key, nil)}}
	}
	return v.Q.Render(status, d, content(w))
}

func viewOf(v *face.Case) (*view, error) {
	w := &view{v: v, q: v.Q, say: v.May(access.Say) && v.Closed == nil && v.Q.Desk.Lab != nil}
	err := v.Q.Desk.View(v.Q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		w.items, err = v.Q.Desk.LabItems(ctx, tx, v.Thread)
		return err
	})
	w.items = slices.DeleteFunc(w.items, func(i desk.LabItem) bool {
		return i.Kind != rehearsal.Surface && i.Kind != rehearsal.Segmented || stage.Erased(v.Log, i.Entry)
	})
	w.choose(v.Q.FormValue("of"))
	return w, err
}

// choose finds what is changed: what was asked for, or else the newest that is there.
func (w *view) choose(id string) {
	for n := range w.items {
		i := &w.items[n]
		if _, ok := i.File(rehearsal.Segmentation); ok && i.Artefact.Done() && (i.ID == id || id == "") {
			w.base = i
			return
		}
	}
	if id != "" {
		w.choose("")
	}
}

// name is what people call a segmentation.
func (w *view) name(i *desk.LabItem) string { return stage.SegmentationName(w.q, &i.Artefact) }

// chips say what the page is, and before anything else is looked at that nobody has checked what it shows.
func (w *view) chips() (list []ui.ChipView) {
	if w.base != nil && stage.Unchecked(&w.base.Artefact) {
		list = append(list, ui.ChipView{Text: w.q.P("segment.suggestion.mark", nil), Sort: ui.Warn})
	}
	return append(list, ui.ChipView{Text: w.q.P("lab.only", nil), Sort: ui.Line})
}

// at is the address of the board of one of them.
func (w *view) at(i *desk.LabItem) string { return w.v.Path("lab", "segment") + "?of=" + i.ID }

// facts are what the segmentation holds, and what it was changed from.
func (w *view) facts() (list []ui.Fact, err error) {
	fact := func(key, value string) {
		list = append(list, ui.Fact{Label: w.q.P("segment.fact."+key, nil), Value: value})
	}
	if w.base.Kind == rehearsal.Surface {
		var f rehearsal.SurfaceFacts
		err := w.base.Read(nil, &f)
		fact("voxels", lang.Number(w.q.Lang, int64(f.Voxels)))
		return list, err
	}
	var o rehearsal.SegmentationOrder
	var f rehearsal.SegmentationFacts
	if err := w.base.Read(&o, &f); err != nil {
		return nil, err
	}
	fact("voxels", lang.Number(w.q.Lang, int64(f.HU.Count)))
	fact("volume", w.num(f.HU.VolumeMM3/1000, 1)+" cm³")
	fact("hu", fmt.Sprintf("%s ± %s", w.num(f.HU.Mean, 0), w.num(f.HU.SD, 0)))
	if b := o.Brought; b != nil {
		fact("file", face.JoinDots(b.File, short(b.SHA256)))
		fact("segment", face.JoinDots(fmt.Sprint(b.Number), b.Segment, w.q.P("segment.algorithm."+algorithm(b.Algorithm), nil)))
		fact("program", b.Program)
		lies := "exact"
		if !b.Exact {
			lies = "nearest"
		}
		fact("lies", w.q.P("segment.lies."+lies, map[string]any{"mm": w.num(b.Spacing[0], 2) + " × " + w.num(b.Spacing[1], 2) + " × " + w.num(b.Spacing[2], 2)}))
		if b.Type == "FRACTIONAL" {
			fact("fraction", w.q.P("segment.fraction", nil))
		}
		if len(o.Steps) == 0 {
			fact("by", face.JoinDots(w.q.Person(w.base.Name), w.q.Moment(w.base.At)))
			return list, nil
		}
	}
	if s := o.Suggested; s != nil {
		fact("model", face.JoinDots(s.Model+" "+s.Version, short(s.SHA256)))
		checked := w.q.P("segment.suggestion.nobody", nil)
		if s.Accepted != nil {
			checked = face.JoinDots(w.q.Person(s.Accepted.Name), w.q.Moment(s.Accepted.At))
		}
		fact("accepted", checked)
		if len(o.Steps) == 0 {
			fact("by", face.JoinDots(w.q.Person(w.base.Name), w.q.Moment(w.base.At)))
			return list, nil
		}
	}
	fact("changed", "+"+lang.Number(w.q.Lang, int64(f.Added))+" −"+lang.Number(w.q.Lang, int64(f.Removed)))
	steps := ""
	for _, kind := range []string{"brush", "grow", "walk", "part", "fill"} {
		if n := o.Steps[kind]; n > 0 {
			steps = face.JoinDots(steps, w.q.P("segment.step."+kind, map[string]any{"count": n}))
		}
	}
	fact("steps", steps)
	fact("base", short(f.Base))
	fact("by", face.JoinDots(w.q.Person(w.base.Name), w.q.Moment(w.base.At)))
	return list, nil
}

// algorithm is how a file says that a segment was found.
func algorithm(said string) string {
	switch said {
	case "MANUAL", "SEMIAUTOMATIC", "AUTOMATIC":
		return strings.ToLower(said)
	}
	return "unsaid"
}

// short is the beginning of a hash, as two people compare it.
func short(hash string) string {
	if len(hash) < 16 {
		return hash
	}
	return "SHA-256 " + hash[:4] + " " + hash[4:8] + " " + hash[8:12] + " " + hash[12:16] + " …"
}

func (w *view) num(f float64, decimals int) string {
	return lang.Decimal(w.q.Lang, strconv.FormatFloat(f, 'f', decimals, 64))
}

// versions are all of them, to go on from any.
func (w *view) versions() (list []ui.ListItem) {
	for n := range w.items {
		i := &w.items[n]
		item := ui.ListItem{Text: w.name(i), Note: face.JoinDots(w.q.Person(i.Name), w.q.Moment(i.At))}
		switch {
		case i.Artefact.Done():
			item.URL = w.at(i)
			if i == w.base {
				item.Chips = []ui.ChipView{{Text: w.q.P("segment.shown", nil), Sort: ui.Info}}
			}
		case i.Open():
			item.Chips = []ui.ChipView{{Text: w.q.P("settings.job."+string(i.Status.State), nil), Sort: ui.Warn}}
		default:
			item.Chips = []ui.ChipView{{Text: w.q.P("settings.job.failed", nil), Sort: ui.Bad}}
			if len(i.Status.Result.Faults) > 0 {
				item.Note = face.Joined(" ", item.Note, w.q.Text(i.Status.Result.Faults[0]))
			}
		}
		list = append(list, item)
	}
	return list
}

// work is the change that is being made; nil where none is.
func (w *view) work() *desk.LabItem {
	for n := range w.items {
		if i := &w.items[n]; i.Kind == rehearsal.Segmented && i.Open() {
			return i
		}
	}
	return nil
}

// progress is how far it is: parts of a hundred, and in words.
func (w *view) progress(i *desk.LabItem) (percent int, text string) {
	p := i.Status.Progress
	if i.Status.State == jobs.Waiting || p.Total == 0 {
		return 0, w.q.P("lab.job.waits", nil)
	}
	return int(100 * p.Done / p.Total), w.q.Text(p.Note)
}

// begin is what was typed into the form that was refused, or else what a field begins with.
func (w *view) begin(form, name, value string) string {
	if w.wrong == form && w.typed.Has(name) {
		return w.typed.Get(name)
	}
	return value
}

// measure is a number with its unit.
func (w *view) measure(form, name, unit, value string) ui.FieldView {
	name = form + "-" + name
	return ui.FieldView{Name: name, Type: ui.FieldText, Label: w.q.P("lab.field."+name+".label", nil), Unit: unit, Value: w.begin(form, name, value)}
}

// how says whether what grows comes to what is there.
func (w *view) how() ui.FieldView {
	f := ui.FieldView{Name: "grow-how", Type: ui.FieldCode, Label: w.q.P("lab.field.grow-how.label", nil), Value: w.begin("grow", "grow-how", "add"), Required: true}
	for _, code := range []string{"add", "alone"} {
		f.Options = append(f.Options, ui.Option{Value: code, Label: w.q.P("segment.how."+code, nil)})
	}
	return f
}
