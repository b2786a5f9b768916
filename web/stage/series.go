package stage

import (
	"cmp"
	"strconv"

	"consilium/imaging/manifest"
	"consilium/lang"
	"consilium/web/face"
	"consilium/web/ui"
)

// leastSlices is of how many slices a volume can be made.
const leastSlices = 3

// Series are those of a case that a volume can be made of: several slices of gray values. An option's value is the hash of the entry that attaches it, a space, and its UID.
func Series(v *face.Case) (list []ui.Option) {
	q := v.Q
	for _, s := range q.Desk.Manifests(q.Context(), v.Log) {
		ok, err := q.Desk.Shows(q.Context(), v.Thread, s.Hash)
		if err != nil || !ok {
			continue
		}
		for _, series := range s.Series {
			n, thick := slicesOf(series)
			if n < leastSlices {
				continue
			}
			label := face.JoinDots(face.Joined(" ", series.Modality, series.Description), lang.PartialDate(q.Lang, face.DayOf(s.Entry.Content.At)), q.P("lab.slices", map[string]any{"count": n}))
			if thick > 0 {
				label = face.JoinDots(label, lang.Decimal(q.Lang, strconv.FormatFloat(thick, 'f', 1, 64))+" mm")
			}
			list = append(list, ui.Option{Value: s.Entry.Hash.String() + " " + series.UID, Label: label})
		}
	}
	return list
}

// slicesOf counts the slices of a series, and says how thick they are.
func slicesOf(series manifest.Series) (n int, thick float64) {
	for _, i := range series.Instances {
		if i.Image != nil && !i.Image.Color && len(i.Image.Frames) > 0 {
			n, thick = n+len(i.Image.Frames), cmp.Or(i.Image.Frames[0].Thickness, thick)
		}
	}
	return n, thick
}
