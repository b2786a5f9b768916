package images

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"consilium/casebook"
	"consilium/desk"
	"consilium/imaging/annotation"
	"consilium/imaging/codec"
	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
	"consilium/imaging/render"
	"consilium/ledger"
	"consilium/web/face"
)

// studiesView is what the viewer's script asks for first: every study of the case that is here.
type studiesView struct {
	Studies []studyData `json:"studies"`
	Keys    []keyData   `json:"keys"`
}

// studyData is a study with what a browser needs to ask for its pixels.
type studyData struct {
	Entry  string       `json:"entry"`
	UID    string       `json:"uid"` // of the study: what was added to it later has the same
	Ticket string       `json:"ticket"`
	Title  string       `json:"title"`
	At     string       `json:"at,omitempty"` // the day of the examination
	Day    string       `json:"day"`          // in words
	Here   []bool       `json:"here"`         // which packs are at this node
	Series []seriesData `json:"series"`
}

// seriesData is a series with how it was made, in words: of one study some may be slices and some plain films.
type seriesData struct {
	manifest.Series
	Title   string   `json:"title"`
	Objects []string `json:"objects,omitempty"` // instances that show something over images, such as marks
}

func studiesData(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	view := studiesView{Studies: []studyData{}, Keys: keysOf(v)}
	studies, err := studiesOf(v)
	if err != nil {
		return err
	}
	for _, s := range studies {
		view.Studies = append(view.Studies, dataOf(v, s))
	}
	return q.JSON(view)
}

// studiesOf are the studies whose manifest the case may show.
func studiesOf(v *face.Case) (list []desk.FiledStudy, err error) {
	for _, s := range v.Q.Desk.Manifests(v.Q.Context(), v.Log) {
		err := shown(v.Q, v.Thread, s.Hash)
		if errors.Is(err, desk.ErrNotHere) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func dataOf(v *face.Case, s desk.FiledStudy) studyData {
	d := studyData{Entry: s.Entry.Hash.String(), Ticket: ticket(v.Q, v.Thread, s.Entry.Hash.String()), UID: s.UID, Title: titleOf(v, s), At: s.Day, Day: dayOf(v.Q, s)}
	for _, series := range s.Series {
		d.Series = append(d.Series, seriesData{series, modalityName(v.Q, series.Modality), objectsOf(series)})
	}
	for i := range s.Packs {
		d.Here = append(d.Here, v.Q.Desk.Blobs.Has(s.Pack(i)))
	}
	return d
}

// mostObjects is how many objects of a study a page asks for.
const mostObjects = 40

func objectsOf(s manifest.Series) (list []string) {
	for _, i := range s.Instances {
		if i.Image == nil && annotation.Classes(i.Class) && len(list) < mostObjects {
			list = append(list, i.UID)
		}
	}
	return list
}

// ticket shows that this session opened the case, and has it recorded, before it asks for pixels: hundreds of them are one reading, not hundreds.
func ticket(q *face.Request, thread ledger.ThreadID, entry string) string {
	return q.Sealed("images", face.CookieOf(q.Request, face.SessionCookie(q.Desk))+" "+thread.String()+" "+entry)
}

// shelf remembers the manifests that were asked for last.
type shelf struct {
	mu   sync.Mutex
	list []desk.FiledStudy
}

// mostRemembered bounds the shelf.
const mostRemembered = 8

func (s *shelf) find(entry string) (desk.FiledStudy, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.list {
		if f.Entry.Hash.String() == entry {
			return f, true
		}
	}
	return desk.FiledStudy{}, false
}

func (s *shelf) put(f desk.FiledStudy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == mostRemembered {
		s.list = s.list[1:]
	}
	s.list = append(s.list, f)
}

// asked is the frame that an address names, open for reading.
type asked struct {
	instance manifest.Instance
	frame    int
	file     *dicom.File
	close    func() error
}

// open finds the frame of an address.
func (g *group) open(q *face.Request) (*asked, error) {
	a, _, err := g.instance(q)
	if err != nil {
		return nil, err
	}
	a.frame, err = strconv.Atoi(q.PathValue("frame"))
	if i := a.instance.Image; err != nil || i == nil || a.frame < 0 || a.frame >= len(i.Frames) {
		return nil, errors.Join(desk.ErrNotHere, err, a.close())
	}
	return a, nil
}

// instance finds the instance of an address, for a session that opened the case, and its study. Whether the person may still see the case is asked each time.
func (g *group) instance(q *face.Request) (a *asked, study desk.FiledStudy, err error) {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	entry := q.PathValue("entry")
	if err != nil || q.FormValue("t") != ticket(q, id, entry) {
		return nil, study, desk.ErrNotHere
	}
	if study, err = g.study(q, id, entry); err != nil {
		return nil, study, err
	}
	i, ok := study.Find(q.PathValue("instance"))
	if !ok {
		return nil, study, desk.ErrNotHere
	}
	if err := shown(q, id, study.Pack(i.Pack)); err != nil {
		return nil, study, err
	}
	pack, _, err := q.Desk.Blobs.Open(q.Context(), study.Pack(i.Pack))
	if err != nil {
		return nil, study, errors.Join(desk.ErrNotHere, err)
	}
	f, err := i.Read(desk.Seeking(pack))
	if err != nil {
		return nil, study, errors.Join(fmt.Errorf("reading an image of a case: %w", err), pack.Close())
	}
	return &asked{i, 0, f, pack.Close}, study, nil
}

// object gives what an object that came with a study shows over its images: marks, measurements, segments.
func (g *group) object(q *face.Request) error {
	a, study, err := g.instance(q)
	if err != nil {
		return err
	}
	defer a.close()
	given, err := annotation.Read(a.file, study.Study)
	if errors.Is(err, annotation.ErrObject) || errors.Is(err, dicom.ErrMalformed) {
		return desk.ErrNotHere
	}
	if err != nil {
		return err
	}
	return q.JSON(given)
}

// shown asks for each image whether the case may show its pack: a hospital that learned the hash of another case's pack shows nobody anything by attaching it.
func shown(q *face.Request, thread ledger.ThreadID, pack ledger.Hash) error {
	ok, err := q.Desk.Shows(q.Context(), thread, pack)
	if err == nil && !ok {
		err = desk.ErrNotHere
	}
	return err
}

// study is a study of a case that the person may see now.
func (g *group) study(q *face.Request, id ledger.ThreadID, entry string) (f desk.FiledStudy, err error) {
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		ok, err := q.Desk.MaySee(ctx, tx, q.Caller, id)
		if err != nil {
			return err
		}
		if !ok {
			return desk.ErrNotHere
		}
		if f, ok = g.shelf.find(entry); ok {
			return nil
		}
		l, err := q.Desk.Book.Log(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, s := range q.Desk.Manifests(q.Context(), l) {
			if s.Entry.Hash.String() == entry {
				f, ok = s, true
			}
		}
		if !ok {
			return desk.ErrNotHere
		}
		g.shelf.put(f)
		return nil
	})
	return f, err
}

// pixels gives the values of a frame, in the form that package manifest says.
func (g *group) pixels(q *face.Request) error {
	a, err := g.open(q)
	if err != nil {
		return err
	}
	defer a.close()
	b, err := manifest.Pixels(q.Context(), a.file, a.frame)
	if err != nil {
		return untold(q, err)
	}
	q.W.Header().Set("Content-Type", "application/octet-stream")
	q.W.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = q.W.Write(b) // the reader has left; there is nobody to tell
	return nil
}

// untold is why a frame cannot be shown, in a form that the viewer shows in its place: a tool that is not installed is the administrator's to install.
func untold(q *face.Request, err error) error {
	var missing *codec.MissingTool
	key := "images.fault.pixels"
	if errors.As(err, &missing) {
		key = "images.fault.tool"
	}
	q.W.Header().Set("Content-Type", "text/plain; charset=utf-8")
	q.W.WriteHeader(http.StatusUnprocessableEntity)
	_, _ = io.WriteString(q.W, q.P(key, map[string]any{"why": err.Error()}))
	return nil
}

// picture draws a frame, for browsers without the script, for thumbnails, and for what is on the screen first.
func (g *group) picture(q *face.Request) error {
	a, err := g.open(q)
	if err != nil {
		return err
	}
	defer a.close()
	return draw(q, a.file, a.frame)
}

const (
	usualSide    = 1024
	mostSide     = 4096
	pictureMarks = 88 // quality of JPEG
)

func draw(q *face.Request, f *dicom.File, frame int) error {
	o := render.Options{Width: usualSide, Height: usualSide}
	if n, err := strconv.Atoi(q.FormValue("side")); err == nil && n > 0 {
		o.Width, o.Height = min(n, mostSide), min(n, mostSide)
	}
	if center, width, ok := windowOf(q.FormValue("w")); ok {
		o.Window = &render.Window{Center: center, Width: width}
	}
	m, err := render.Frame(q.Context(), f, frame, o)
	if err != nil {
		return untold(q, err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: pictureMarks}); err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "image/jpeg")
	_, _ = q.W.Write(b.Bytes())
	return nil
}

// windowOf reads "center,width".
func windowOf(text string) (center, width float64, ok bool) {
	c, w, found := strings.Cut(text, ",")
	center, err1 := strconv.ParseFloat(c, 64)
	width, err2 := strconv.ParseFloat(w, 64)
	return center, width, found && err1 == nil && err2 == nil && width >= 1
}

// titleOf is what a study is called: of what it is.
func titleOf(v *face.Case, s desk.FiledStudy) string {
	says, err := ledger.Decode[casebook.Imaging](s.Entry.Content.Says)
	first, _, _ := strings.Cut(says.Description, ",")
	if err != nil || first == "" {
		return v.Q.P("images.study", nil)
	}
	return first
}

// headingOf is what a study is called where all of it is meant: how its series were made, the usual way first, and of what they are.
func headingOf(v *face.Case, s desk.FiledStudy) string {
	var names []string
	if says, err := ledger.Decode[casebook.Imaging](s.Entry.Content.Says); err == nil {
		names = append(names, v.Q.ChoiceName("modality", says.Modality))
	}
	for _, series := range s.Series {
		if name := modalityName(v.Q, series.Modality); len(framesOf(series)) > 0 && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(append(names, titleOf(v, s)), ", ")
}

// modalityName is a modality of DICOM as people read it. One that entries have no code for is shown as it is.
func modalityName(q *face.Request, modality string) string {
	code := desk.ModalityCode(modality)
	if code == "other" {
		return modality
	}
	return q.ChoiceName("modality", code)
}
