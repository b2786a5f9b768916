package segment

import (
	"errors"
	"net/http"
	"strings"

	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/stage"
	"consilium/web/ui"
)

// models tells whether this hospital has installed a model that may be asked.
func (w *view) models() bool { return w.say && len(w.q.Desk.Lab.Models) > 0 }

// suggestFields ask for the images and the model.
func (w *view) suggestFields() []ui.FieldView {
	series := ui.FieldView{Name: "suggest-series", Type: ui.FieldCode, Label: w.q.P("lab.field.suggest-series.label", nil), Options: stage.Series(w.v), Required: true}
	model := ui.FieldView{Name: "model", Type: ui.FieldCode, Label: w.q.P("lab.field.model.label", nil), Help: w.q.P("lab.field.model.help", nil), Required: true}
	for _, m := range w.q.Desk.Lab.Models {
		model.Options = append(model.Options, ui.Option{Value: m.Name, Label: face.JoinDots(m.Name+" "+m.Version, m.About)})
	}
	for _, f := range []*ui.FieldView{&series, &model} {
		begin := ""
		if len(f.Options) > 0 {
			begin = f.Options[0].Value
		}
		f.Value = w.begin("suggest", f.Name, begin)
	}
	return []ui.FieldView{series, model}
}

// suggest orders what a model of this hospital proposes for a series.
func suggest(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	w, err := viewOf(v)
	if err != nil {
		return err
	}
	if !w.models() {
		return desk.ErrNotHere
	}
	entry, uid, _ := strings.Cut(q.PostForm.Get("suggest-series"), " ")
	hash, err := ledger.ParseHash(entry)
	if err != nil {
		return show(v, http.StatusUnprocessableEntity, "suggest", stage.Faulty("series", nil))
	}
	_, err = q.Desk.SuggestSegmentation(q.Context(), q.Caller, desk.LabOrder{Thread: v.Thread, Entry: hash}, uid, q.PostForm.Get("model"))
	if err == nil {
		return q.See(v.Path("lab", "segment") + "?done=suggest")
	}
	if !rehearsal.Known(err) && !errors.Is(err, desk.ErrLabBusy) {
		return err
	}
	return show(v, http.StatusUnprocessableEntity, "suggest", err)
}
