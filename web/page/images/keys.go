package images

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"consilium/casebook"
	"consilium/desk"
	"consilium/imaging/manifest"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// keyData is a key image for the viewer's script: where it is, and what was drawn.
type keyData struct {
	Entry    string          `json:"entry"` // of the study
	Instance string          `json:"instance"`
	Frame    int64           `json:"frame"`
	Window   []int           `json:"window,omitempty"`
	Marks    []casebook.Mark `json:"marks,omitempty"`
	Plane    *casebook.Plane `json:"plane,omitempty"`
	Hue      int             `json:"hue"`
	Initials string          `json:"initials"`
	Who      string          `json:"who"`
}

// keyView is a key image in the panel.
type keyView struct {
	Note, Who, Picture string
	Hospital           ui.Hospital
	Instance           string
	Frame              int64
	Study              int
	Entry              string // the key image's own
	Plane, PlaneName   string // that was looked at, as the script reads it and in words; "": the image
}

// setPlane tells the script where the plane is, and people which it is.
func (k *keyView) setPlane(q *face.Request, p *casebook.Plane) {
	where, _ := json.Marshal(casebook.Plane{Position: p.Position, Orientation: p.Orientation, MIP: p.MIP}) // numbers are always written
	k.Plane, k.PlaneName = string(where), q.P("images.plane."+p.Sort(), nil)
	if p.MIP {
		k.PlaneName += " · MIP"
	}
}

func keysOf(v *face.Case) []keyData {
	list := []keyData{}
	for _, k := range desk.KeyImages(v.Log) {
		h := v.Hospital(k.Hospital)
		list = append(list, keyData{Entry: k.Study().String(), Instance: k.Image.Instance, Frame: k.Image.Frame, Window: k.Image.Window, Marks: k.Image.Marks, Plane: k.Image.Plane,
			Hue: h.Hue, Initials: h.Initials, Who: v.Q.Person(k.Content.Author.Name)})
	}
	return list
}

func keyViews(v *face.Case, studies []desk.FiledStudy) (list []keyView) {
	for _, k := range desk.KeyImages(v.Log) {
		view := keyView{Note: k.Image.Note, Hospital: v.Hospital(k.Hospital), Instance: k.Image.Instance, Frame: k.Image.Frame, Study: -1, Entry: k.Hash.String(),
			Who: face.JoinDots(v.Q.Person(k.Content.Author.Name), v.Q.Moment(k.Time))}
		if p := k.Image.Plane; p != nil {
			view.setPlane(v.Q, p)
		}
		for i, s := range studies {
			if s.Entry.Hash != k.Study() {
				continue
			}
			view.Study = i
			if k.Image.Plane != nil {
				continue // the picture would be another one
			}
			if instance, ok := s.Find(k.Image.Instance); !ok || !v.Q.Desk.Blobs.Has(s.Pack(instance.Pack)) {
				continue // on its way
			}
			view.Picture = v.Path("images", s.Entry.Hash.String(), "picture", k.Image.Instance, strconv.FormatInt(k.Image.Frame, 10)) + "?side=256&t=" + ticket(v.Q, v.Thread, s.Entry.Hash.String())
			if len(k.Image.Window) == 2 {
				view.Picture += "&w=" + strconv.Itoa(k.Image.Window[0]) + "," + strconv.Itoa(k.Image.Window[1])
			}
		}
		list = append(list, view)
	}
	return list
}

// keepKey says a key image. The viewer sends it as JSON and shows the entry that came of it.
func keepKey(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	study, err := ledger.ParseHash(q.PathValue("entry"))
	if err != nil {
		return errors.Join(desk.ErrNotHere, err)
	}
	var says casebook.KeyImage
	if err := json.NewDecoder(q.Body).Decode(&says); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	filed := desk.FiledStudy{}
	for _, s := range q.Desk.Manifests(q.Context(), v.Log) {
		if s.Entry.Hash == study {
			filed = s
		}
	}
	if filed.Study == nil {
		return desk.ErrNotHere
	}
	i, ok := filed.Find(says.Instance)
	if !ok || i.Image == nil || says.Frame < 0 || says.Frame >= int64(len(i.Image.Frames)) {
		return desk.ErrNotHere
	}
	if says.Plane == nil && !within(says.Marks, i.Image) || says.Plane != nil && !inside(says, filed.Study) {
		return q.Field("marks", "images.fault.outside")
	}
	entry, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, ledger.Draft{Thread: v.Thread, Kind: casebook.KindKeyImage, Refs: []ledger.Hash{study}, Says: says})
	if err != nil {
		return err
	}
	return q.JSON(map[string]string{"entry": entry.Hash.String()})
}

// inside tells whether a plane and all marks on it lie in the slices of which the image is one. A plane that says itself wrongly is refused as an entry.
func inside(says casebook.KeyImage, study *manifest.Study) bool {
	series, ok := study.SeriesOf(says.Instance)
	p := says.Plane
	if !ok || len(p.Position) != 3 || len(p.Orientation) != 6 {
		return false
	}
	at := func(column, row float64) (place [3]float64) {
		for i := range place {
			place[i] = float64(p.Position[i])/100 + (column*float64(p.Orientation[i])+row*float64(p.Orientation[3+i]))/1e6
		}
		return place
	}
	if !series.Around(at(0, 0)) {
		return false
	}
	return !slices.ContainsFunc(p.Marks, func(m casebook.Mark) bool {
		for k := 0; k+1 < len(m.Points); k += 2 {
			if m.Grid != 2 || !series.Around(at(float64(m.Points[k])/100-0.5, float64(m.Points[k+1])/100-0.5)) {
				return true
			}
		}
		return false
	})
}

// within tells whether all marks stand on the image: a place beside it means nothing to other viewers. Without a grid of their own they cannot be told.
func within(marks []casebook.Mark, i *manifest.Image) bool {
	return !slices.ContainsFunc(marks, func(m casebook.Mark) bool {
		for k, p := range m.Points {
			if most := int64(100 * [2]int{i.Columns, i.Rows}[k%2]); m.Grid != 2 || p < 0 || p > most {
				return true
			}
		}
		return false
	})
}
