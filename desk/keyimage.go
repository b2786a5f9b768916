package desk

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"consilium/casebook"
	"consilium/imaging/annotation"
	"consilium/imaging/archive"
	"consilium/imaging/deid"
	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
	"consilium/ledger"
)

// KeyImage is a key image of a case that stands: neither erased nor corrected.
type KeyImage struct {
	ledger.Said
	Image casebook.KeyImage
}

// Study is the entry that attaches the study.
func (k KeyImage) Study() ledger.Hash { return k.Refs[0] }

// KeyImages are the key images of a case that stand, the newest last.
func KeyImages(l ledger.Log) (list []KeyImage) {
	for _, s := range l.Said {
		if s.Kind != casebook.KindKeyImage || s.Content == nil || s.Erased || len(s.Refs) != 1 || len(s.Corrected) > 0 {
			continue
		}
		if k, err := ledger.Decode[casebook.KeyImage](s.Content.Says); err == nil {
			list = append(list, KeyImage{s, k})
		}
	}
	return list
}

// KeepMarks keeps what key images say in the hospital's own archive, beside the images, as objects of DICOM, so that its PACS and other viewers show it; and destroys
// the objects of those that were taken back or erased. It does so for some threads, or for all that have key images where none is given. A study that was not
// filed from the archive has no original there, and nothing is kept of its marks but the entry. Doing it twice does nothing.
func (d *Desk) KeepMarks(ctx context.Context, among ...ledger.ThreadID) error {
	if d.Images == nil || len(d.ImageSecret) == 0 {
		return nil
	}
	threads, err := d.withKeyImages(ctx, among)
	for _, id := range threads { // an error in one case holds up no other
		if wrong := d.keepMarksOf(ctx, id); wrong != nil {
			err = errors.Join(err, fmt.Errorf("keeping the marks of case %s in the archive: %w", id, wrong))
		}
	}
	return err
}

func (d *Desk) withKeyImages(ctx context.Context, among []ledger.ThreadID) (list []ledger.ThreadID, err error) {
	text, args := `SELECT DISTINCT thread FROM entry WHERE kind = 'case.keyimage'`, [][]any{nil}
	if len(among) > 0 {
		text, args = text+` AND thread = $1`, nil
		for _, id := range among {
			args = append(args, []any{id[:]})
		}
	}
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for _, a := range args {
			found, err := threadsIn(ctx, tx, text, a...)
			if err != nil {
				return fmt.Errorf("asking which cases have key images: %w", err)
			}
			list = append(list, found...)
		}
		return nil
	})
	return list, err
}

func threadsIn(ctx context.Context, tx ledger.Tx, text string, args ...any) (list []ledger.ThreadID, err error) {
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		if len(raw) == len(ledger.ThreadID{}) {
			list = append(list, ledger.ThreadID(raw))
		}
	}
	return list, rows.Err()
}

func (d *Desk) keepMarksOf(ctx context.Context, thread ledger.ThreadID) error {
	l, err := d.logOf(ctx, thread)
	if err != nil {
		return err
	}
	if err := d.forgetMarks(ctx, l); err != nil {
		return err
	}
	var due []KeyImage
	for _, k := range KeyImages(l) {
		if _, err := d.Images.Find(ctx, d.markUID(thread, k.Hash, annotation.Selection)); errors.Is(err, archive.ErrNotFound) {
			due = append(due, k)
		} else if err != nil {
			return err
		}
	}
	if len(due) == 0 {
		return nil
	}
	studies := d.Manifests(ctx, l)
	for _, k := range due {
		for _, s := range studies {
			if s.Entry.Hash != k.Study() {
				continue
			}
			if err := d.keepKeyImage(ctx, thread, k, s.Study); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Desk) logOf(ctx context.Context, thread ledger.ThreadID) (l ledger.Log, err error) {
	err = d.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		l, err = d.Book.Log(ctx, tx, thread)
		return err
	})
	return l, err
}

// markUID is the UID of an object of a key image, always the same.
func (d *Desk) markUID(thread ledger.ThreadID, entry ledger.Hash, what string) string {
	profile := deid.Profile{Key: d.imageKey(thread)}
	return profile.UID(what + " of " + entry.String())
}

// ForgetMarks destroys in the archive what key images said that were taken back or erased: "destroyed" is not said of words that the archive still has.
func (d *Desk) ForgetMarks(ctx context.Context, thread ledger.ThreadID) error {
	if d.Images == nil || len(d.ImageSecret) == 0 {
		return nil
	}
	l, err := d.logOf(ctx, thread)
	if err != nil {
		return err
	}
	return d.forgetMarks(ctx, l)
}

func (d *Desk) forgetMarks(ctx context.Context, l ledger.Log) error {
	var uids []string
	for _, s := range l.Said {
		if s.Kind == casebook.KindKeyImage && (s.Erased || len(s.Corrected) > 0) {
			for _, what := range annotation.Names {
				uids = append(uids, d.markUID(l.Thread, s.Hash, what))
			}
		}
	}
	_, err := d.Images.EraseInstances(ctx, uids...)
	return err
}

// keepKeyImage keeps one key image beside the image that it is of, where the archive has that.
func (d *Desk) keepKeyImage(ctx context.Context, thread ledger.ThreadID, k KeyImage, study *manifest.Study) error {
	i, ok := study.Find(k.Image.Instance)
	if !ok || i.Image == nil || k.Image.Frame < 0 || k.Image.Frame >= int64(len(i.Image.Frames)) {
		return nil // of a hospital that says what is not so
	}
	original, ok, err := d.originalOf(ctx, thread, study.UID, i.UID)
	if err != nil || !ok {
		return err
	}
	f, err := d.Images.Open(ctx, original, dicom.PixelData)
	if err != nil {
		return err
	}
	defer f.Close()
	from := annotation.Source{Header: f.Dataset, Image: i.Image, Frame: int(k.Image.Frame)}
	made := annotation.Made{Name: k.Content.Author.Name, Time: k.Time, Software: cmp.Or(d.Version, "0"), UID: func(what string) string {
		if strings.HasPrefix(what, "series") { // one for all key images of a study
			return d.markUID(thread, ledger.Hash{}, what+" "+original.Study)
		}
		return d.markUID(thread, k.Hash, what)
	}}
	if err := d.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		made.Organization = d.HospitalName(ctx, tx, k.Hospital)
		return nil
	}); err != nil {
		return err
	}
	for _, o := range annotation.Objects(from, k.marked(i.Image), made) { // the selection comes last: with it all are there
		var b bytes.Buffer
		if err := dicom.NewFile(o, dicom.ExplicitVRLittleEndian).Write(&b); err != nil {
			return err
		}
		if _, _, err := d.Images.KeepFile(ctx, archive.Arrival{From: "consilium"}, &b); err != nil {
			return err
		}
	}
	return nil
}

// originalOf finds the image of the archive from which an image of a case was made: the one whose UID becomes that of the case under the case's key.
func (d *Desk) originalOf(ctx context.Context, thread ledger.ThreadID, study, instance string) (e archive.Entry, found bool, err error) {
	profile := deid.Profile{Key: d.imageKey(thread)}
	all, err := d.Images.StudyUIDs(ctx)
	for _, uid := range all {
		if profile.UID(uid) != study {
			continue
		}
		err = errors.Join(err, d.Images.List(ctx, archive.Which{Studies: []string{uid}}, func(one archive.Entry) error {
			if profile.UID(one.UID) == instance {
				e, found = one, true
			}
			return nil
		}))
	}
	return e, found, err
}

// divided are whole numbers as the decimals that they stand for.
func divided(list []int64, by float64) (out []float64) {
	for _, v := range list {
		out = append(out, float64(v)/by)
	}
	return out
}

// marked is the key image with its marks in pixels of the image, or in millimeters of the plane.
func (k KeyImage) marked(i *manifest.Image) annotation.KeyImage {
	out := annotation.KeyImage{Note: k.Image.Note}
	spacing := i.Frames[k.Image.Frame].Spacing
	if p := k.Image.Plane; p != nil {
		out.Plane = &annotation.Plane{Position: divided(p.Position, 100), Orientation: divided(p.Orientation, 1e6), MIP: p.MIP}
		spacing = []float64{1, 1}
	}
	if w := k.Image.Window; len(w) == 2 {
		out.Window = &manifest.Window{Center: float64(w[0]), Width: float64(w[1])}
	}
	for _, m := range k.Image.Drawn() {
		mark := annotation.Mark{Sort: m.Sort, Value: m.Value, Unit: m.Unit, Spread: m.Spread, Area: m.Area, Scale: m.Scale, Label: labelOf(m)}
		for at := 0; at+1 < len(m.Points); at += 2 {
			mark.Points = append(mark.Points, pixelOf(m, at, spacing))
		}
		out.Marks = append(out.Marks, mark)
	}
	return out
}

// pixelOf is a point of a mark. Without a grid, columns were counted in steps of rows and rows in steps of columns.
func pixelOf(m casebook.Mark, at int, spacing []float64) [2]float64 {
	column, row := float64(m.Points[at])/100, float64(m.Points[at+1])/100
	if m.Grid == 0 && len(spacing) == 2 && spacing[0] > 0 && spacing[1] > 0 {
		column, row = (column-0.5)*spacing[0]/spacing[1]+0.5, (row-0.5)*spacing[1]/spacing[0]+0.5
	}
	return [2]float64{column, row}
}

// labelOf is what a mark measures, as other viewers write it beside: signs and numbers, which every language reads.
func labelOf(m casebook.Mark) string {
	if m.Value == "" {
		return ""
	}
	units := map[string]string{"mm": " mm", "deg": "°", "[hnsf'U]": " HU"}
	unit, wide := units[m.Unit], " mm²"
	if m.Scale == "pixels" {
		wide = " px²"
		if m.Sort == annotation.Length {
			unit = " px"
		}
	}
	text := m.Value
	if m.Spread != "" {
		text += " ± " + m.Spread
	}
	text += unit
	if m.Area != "" {
		text += ", " + m.Area + wide
	}
	if m.Scale != "" && m.Scale != "pixels" {
		text += " (" + m.Scale + ")"
	}
	return text
}
