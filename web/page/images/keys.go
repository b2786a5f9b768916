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
}

func keysOf(v *face.Case) []keyData {
	list := []keyData{}
	for _, k := range desk.KeyImages(v.Log) {
		h := v.Hospital(k.Hospital)
		list = append(list, keyData{Entry: k.Study().String(), Instance: k.Image.Instance, Frame: k.Image.Frame, Window: k.Image.Window, Marks: k.Image.Marks,
			Hue: h.Hue, Initials: h.Initials, Who: v.Q.Person(k.Content.Author.Name)})
	}
	return list
}

func keyViews(v *face.Case, studies []desk.FiledStudy) (list []keyView) {
	for _, k := range desk.KeyImages(v.Log) {
		view := keyView{Note: k.Image.Note, Hospital: v.Hospital(k.Hospital), Instance: k.Image.Instance, Frame: k.Image.Frame, Study: -1, Entry: k.Hash.String(),
			Who: face.JoinDots(v.Q.Person(k.Content.Author.Name), v.Q.Moment(k.Time))}
		for i, s := range studies {
			if s.Entry.Hash != k.Study() {
				continue
			}
			view.Study = i
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
	for _, s := range q.Desk.Manifests(v.Log) {
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
	if !within(says.Marks, i.Image) {
		return q.Field("marks", "images.fault.outside")
	}
	entry, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, ledger.Draft{Thread: v.Thread, Kind: casebook.KindKeyImage, Refs: []ledger.Hash{study}, Says: says})
	if err != nil {
		return err
	}
	return q.JSON(map[string]string{"entry": entry.Hash.String()})
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
