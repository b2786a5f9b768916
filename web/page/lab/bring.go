package lab

import (
	"cmp"
	"io"
	"strings"

	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/stage"
	"consilium/web/ui"
)

// bringForm takes another program's segmentation of a series of the case.
func (w *labView) bringForm() formView {
	series, file := w.field(ui.FieldCode, "bring-series", ""), w.field(ui.FieldMedia, "bring-file", "")
	series.Options, series.Required = w.Series, true
	if len(w.Series) > 0 && series.Value == "" {
		series.Value = w.Series[0].Value
	}
	file.Accept, file.Required = ".dcm,application/dicom", true
	f := w.form("bring", series, file, w.field(ui.FieldText, "bring-segments", ""))
	f.Files = true
	return f
}

// takeSegmentation takes the file over. It is done at once: nothing of the file waits anywhere.
func takeSegmentation(q *face.Request) error {
	return taken(q, "bring", func(w *labView, i *stage.Input) error {
		entry, uid, _ := strings.Cut(i.Text("bring-series"), " ")
		hash, err := ledger.ParseHash(entry)
		if err != nil {
			return stage.Faulty("series", nil)
		}
		numbers := i.Numbers("bring-segments")
		f, name, err := i.Upload("bring-file", desk.MostSegmentation)
		if err := cmp.Or(i.Err, err); err != nil {
			return err
		}
		defer f.Close()
		raw, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		_, err = q.Desk.BringSegmentation(q.Context(), q.Caller, desk.LabOrder{Thread: w.v.Thread, Entry: hash}, uid, rehearsal.Other{Name: stage.Short(name, 120), Raw: raw, Numbers: numbers})
		return err
	})
}
