package stage

import (
	"errors"
	"fmt"
	"mime/multipart"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lang"
	"consilium/ledger"
	"consilium/web/face"
)

// Wrong is a fault of a form, in words.
type Wrong struct{ text lang.Text }

func (w *Wrong) Error() string { return w.text.En }

// Faulty is a fault by the key of its phrase in lab.fault.
func Faulty(key string, args map[string]any) error {
	return &Wrong{lang.Phrase("lab.fault."+key, args)}
}

// FaultOf is why a form was refused, as people read it: of the page itself, of an entry, or of the lab.
func FaultOf(err error) lang.Text {
	var w *Wrong
	if errors.As(err, &w) {
		return w.text
	}
	if errors.Is(err, desk.ErrLabBusy) {
		return lang.Phrase("lab.fault.busy", nil)
	}
	if errors.Is(err, ledger.ErrNotSayable) {
		if f := desk.FaultOf(err); f.Detail.Complete() {
			return f.Detail
		}
	}
	return rehearsal.Tell(err)
}

// Input reads a form; the first thing that cannot be read is its fault.
type Input struct {
	Q    *face.Request
	Form url.Values
	Err  error
}

// Fail notes the first fault, of a field by its name in lab.field.
func (i *Input) Fail(key, name string) {
	if i.Err == nil {
		i.Err = Faulty(key, map[string]any{"field": i.Q.P("lab.field."+strings.TrimRight(name, "0123456789")+".label", nil)})
	}
}

// Text is what was typed into a field.
func (i *Input) Text(name string) string { return strings.TrimSpace(i.Form.Get(name)) }

// Number reads a decimal number, with a point or a comma.
func (i *Input) Number(name string) float64 {
	f, err := strconv.ParseFloat(strings.Replace(i.Text(name), ",", ".", 1), 64)
	if err != nil || f-f != 0 {
		i.Fail("number", name)
		return 0
	}
	return f
}

// Whole reads a whole number.
func (i *Input) Whole(name string) int {
	n, err := strconv.Atoi(i.Text(name))
	if err != nil {
		i.Fail("number", name)
	}
	return n
}

// Numbers reads whole numbers with commas or spaces between them.
func (i *Input) Numbers(name string) (list []int) {
	for _, word := range strings.FieldsFunc(i.Text(name), func(r rune) bool { return strings.ContainsRune(", ;，、", r) }) {
		n, err := strconv.Atoi(word)
		if (err != nil || n < 0) && i.Err == nil {
			i.Err = Faulty("numbers", map[string]any{"line": word})
		}
		list = append(list, n)
	}
	return list
}

// Upload is the one file of a field, opened, with its name.
func (i *Input) Upload(name string, most int64) (multipart.File, string, error) {
	if i.Q.MultipartForm == nil || len(i.Q.MultipartForm.File[name]) == 0 {
		return nil, "", Faulty("nomesh", map[string]any{"mb": most >> 20})
	}
	h := i.Q.MultipartForm.File[name][0]
	if h.Size > most || h.Size == 0 {
		return nil, "", Faulty("nomesh", map[string]any{"mb": most >> 20})
	}
	f, err := h.Open()
	return f, filepath.Base(h.Filename), err
}

// Vec reads three numbers. A browser ends the lines of a text field with a carriage return, which is none of them.
func Vec(text string) (v space.Vec, ok bool) {
	parts := strings.FieldsFunc(strings.TrimSpace(text), func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '\t' })
	if len(parts) != 3 {
		return v, false
	}
	for n, p := range parts {
		f, err := strconv.ParseFloat(p, 64)
		if err != nil || f-f != 0 || f > 1e5 || f < -1e5 {
			return v, false
		}
		v[n] = f
	}
	return v, true
}

// mostFar is how far from the surface somebody may point, in mm.
const mostFar = 15

// Spot reads a place and finds it on the bone.
func (i *Input) Spot(name string, bone *surface.Mesh) (s rehearsal.Spot) {
	p, ok := Vec(i.Text(name))
	if !ok {
		i.Fail("point", name)
		return s
	}
	if s = rehearsal.Nearest(bone, p); s.Far > mostFar {
		i.Fail("far", name)
	}
	return s
}

// Spots reads those of several places that are given.
func (i *Input) Spots(name string, n int, bone *surface.Mesh) (list []rehearsal.Spot) {
	for at := 1; at <= n; at++ {
		if field := fmt.Sprint(name, at); i.Text(field) != "" {
			list = append(list, i.Spot(field, bone))
		}
	}
	return list
}

// Short is the beginning of a text, whole characters of at most so many bytes.
func Short(s string, most int) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "")
	for len(s) > most {
		r := []rune(s)
		s = string(r[:len(r)-1])
	}
	return strings.TrimSpace(s)
}
