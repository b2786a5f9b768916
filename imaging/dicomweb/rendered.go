package dicomweb

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"consilium/imaging/archive"
	"consilium/imaging/render"
)

const (
	thumbnailSide = 256
	usualQuality  = 90
	mostPixels    = 8192 // a side of a viewport
)

// drawing is how a rendered resource is to look.
type drawing struct {
	render.Options
	kind    string // image/jpeg or image/png
	quality int
}

// rendered is WADO-RS of pictures that any browser shows. Of a study or a series it is one picture of each image's first frame.
func (s *Server) rendered(w http.ResponseWriter, r *http.Request) error {
	d, m, err := readDrawing(r)
	if err != nil {
		return err
	}
	list, err := s.list(r)
	if err != nil {
		return err
	}
	images := withPixels(list)
	if r.PathValue("instance") == "" {
		return multipartRelated(w, d.kind, len(images), func(i int) (part, error) { return s.pictureLater(r, images[i], d), nil })
	}
	numbers, err := frameNumbers(r.PathValue("frames"), list[0].Frames)
	if err != nil {
		return err
	}
	if len(numbers) > 1 && r.PathValue("frames") != "" || covers(m.kind, "multipart/related") && m.kind != "*/*" {
		return multipartRelated(w, d.kind, len(numbers), func(i int) (part, error) { return s.picture(r, list[0], numbers[i], d) })
	}
	p, err := s.picture(r, list[0], numbers[0], d)
	if err != nil {
		return err
	}
	return single(w, p)
}

func withPixels(list []archive.Entry) (images []archive.Entry) {
	for _, e := range list {
		if e.Frames > 0 {
			images = append(images, e)
		}
	}
	return images
}

// thumbnail is one small picture that stands for what the address names: the middle image of a series, the middle frame of an image.
func (s *Server) thumbnail(w http.ResponseWriter, r *http.Request) error {
	d, _, err := readDrawing(r)
	if err != nil {
		return err
	}
	if d.Width == 0 {
		d.Width, d.Height = thumbnailSide, thumbnailSide
	}
	list, err := s.list(r)
	if err != nil {
		return err
	}
	images := withPixels(list)
	if len(images) == 0 {
		return &problem{http.StatusNotFound, "there is no picture of it: it has no pixels"}
	}
	first := images[0].Series
	n := 0
	for n < len(images) && images[n].Series == first {
		n++
	}
	e := images[n/2]
	frame := e.Frames / 2
	if text := r.PathValue("frames"); text != "" {
		numbers, err := frameNumbers(text, e.Frames)
		if err != nil {
			return err
		}
		frame = numbers[0]
	}
	p, err := s.picture(r, e, frame, d)
	if err != nil {
		return err
	}
	return single(w, p)
}

// picture draws a frame.
func (s *Server) picture(r *http.Request, e archive.Entry, frame int, d drawing) (part, error) {
	f, err := s.Archive.Open(r.Context(), e, 0)
	if err != nil {
		return part{}, err
	}
	defer f.Close()
	m, err := render.Frame(r.Context(), f.File, frame, d.Options)
	if err != nil {
		return part{}, fmt.Errorf("%w: %w", archive.ErrTransfer, err)
	}
	var b bytes.Buffer
	if err := d.encode(&b, m); err != nil {
		return part{}, err
	}
	return part{kind: d.kind, location: addressOf(s.base(r), e) + "/frames/" + strconv.Itoa(frame+1) + "/rendered", length: int64(b.Len()),
		write: func(w io.Writer) error {
			_, err := w.Write(b.Bytes())
			return err
		}}, nil
}

// pictureLater draws the first frame when its turn comes, so that a study's pictures are never held together.
func (s *Server) pictureLater(r *http.Request, e archive.Entry, d drawing) part {
	return part{kind: d.kind, location: addressOf(s.base(r), e) + "/rendered", length: unknownLength, write: func(w io.Writer) error {
		p, err := s.picture(r, e, 0, d)
		if err != nil {
			return err
		}
		return p.write(w)
	}}
}

func (d drawing) encode(w io.Writer, m image.Image) error {
	if d.kind == "image/png" {
		return png.Encode(w, m)
	}
	return jpeg.Encode(w, m, &jpeg.Options{Quality: d.quality})
}

// readDrawing reads what kind of picture is accepted and the parameters of rendering (PS3.18 section 8.3.5).
func readDrawing(r *http.Request) (drawing, mediaRange, error) {
	d := drawing{quality: usualQuality}
	ranges, err := accepts(r)
	if err != nil {
		return d, mediaRange{}, err
	}
	q := r.URL.Query()
	for _, read := range []func(url.Values) error{d.readViewport, d.readWindow, d.readQuality} {
		if err := read(q); err != nil {
			return d, mediaRange{}, err
		}
	}
	for _, m := range ranges {
		wanted := m.kind
		if m.kind != "*/*" && covers(m.kind, "multipart/related") && m.part != "" {
			wanted = m.part
		}
		for _, kind := range []string{"image/jpeg", "image/png"} {
			if covers(wanted, kind) {
				d.kind = kind
				return d, m, nil
			}
		}
	}
	return d, mediaRange{}, notAcceptable("image/jpeg", "image/png")
}

func (d *drawing) readViewport(q url.Values) error {
	text := q.Get("viewport")
	if text == "" {
		return nil
	}
	sides := strings.Split(text, ",")
	wrong := &problem{http.StatusBadRequest, "viewport is a width and a height of 1 to 8192 pixels"}
	if len(sides) < 2 {
		return wrong
	}
	for i, into := range []*int{&d.Width, &d.Height} {
		n, err := strconv.Atoi(sides[i])
		if err != nil || n < 1 || n > mostPixels {
			return wrong
		}
		*into = n
	}
	return nil
}

func (d *drawing) readWindow(q url.Values) error {
	text := q.Get("window")
	if text == "" {
		return nil
	}
	fields := strings.Split(text, ",")
	if len(fields) >= 2 {
		center, err1 := strconv.ParseFloat(fields[0], 64)
		width, err2 := strconv.ParseFloat(fields[1], 64)
		function, known := "LINEAR", true
		if len(fields) > 2 {
			function, known = functions[strings.ToLower(fields[2])]
		}
		if err1 == nil && err2 == nil && known && (width >= 1 || width > 0 && function != "LINEAR") {
			d.Window, d.Function = &render.Window{Center: center, Width: width}, function
			return nil
		}
	}
	return &problem{http.StatusBadRequest, "window is a center, a width of at least 1 and perhaps a function: linear, linear-exact or sigmoid"}
}

// functions are those of a window (PS3.18 section 8.3.5.1.2) by their names in addresses.
var functions = map[string]string{"linear": "LINEAR", "linear-exact": "LINEAR_EXACT", "sigmoid": "SIGMOID"}

func (d *drawing) readQuality(q url.Values) error {
	text := q.Get("quality")
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 100 {
		return &problem{http.StatusBadRequest, "quality is a number from 1 to 100"}
	}
	d.quality = n
	return nil
}
