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

// key is a key image that stands.
type key struct {
	said  ledger.Said
	image casebook.KeyImage
}

// keysIn are the key images of a case, the newest last.
func keysIn(v *face.Case) (list []key) {
	for _, s := range v.Log.Said {
		if s.Kind != casebook.KindKeyImage || s.Content == nil || s.Erased || len(s.Refs) != 1 || len(s.Corrected) > 0 {
			continue
		}
		k, err := ledger.Decode[casebook.KeyImage](s.Content.Says)
		if err == nil {
			list = append(list, key{s, k})
		}
	}
	return list
}

func keysOf(v *face.Case) []keyData {
	list := []keyData{}
	for _, k := range keysIn(v) {
		h := v.Hospital(k.said.Hospital)
		list = append(list, keyData{Entry: k.said.Refs[0].String(), Instance: k.image.Instance, Frame: k.image.Frame, Window: k.image.Window, Marks: k.image.Marks,
			Hue: h.Hue, Initials: h.Initials, Who: v.Q.Person(k.said.Content.Author.Name)})
	}
	return list
}

func keyViews(v *face.Case, studies []desk.FiledStudy) (list []keyView) {
	for _, k := range keysIn(v) {
		view := keyView{Note: k.image.Note, Hospital: v.Hospital(k.said.Hospital), Instance: k.image.Instance, Frame: k.image.Frame, Study: -1, Entry: k.said.Hash.String(),
			Who: face.JoinDots(v.Q.Person(k.said.Content.Author.Name), v.Q.Moment(k.said.Time))}
		for i, s := range studies {
			if s.Entry.Hash != k.said.Refs[0] {
				continue
			}
			view.Study = i
			if instance, ok := s.Find(k.image.Instance); !ok || !v.Q.Desk.Blobs.Has(s.Pack(instance.Pack)) {
				continue // on its way
			}
			view.Picture = v.Path("images", s.Entry.Hash.String(), "picture", k.image.Instance, strconv.FormatInt(k.image.Frame, 10)) + "?side=256&t=" + ticket(v.Q, v.Thread, s.Entry.Hash.String())
			if len(k.image.Window) == 2 {
				view.Picture += "&w=" + strconv.Itoa(k.image.Window[0]) + "," + strconv.Itoa(k.image.Window[1])
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
