package demo

import (
	"bytes"
	"embed"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"math"
	"mime"
	"os"
	"path/filepath"
	"strings"

	"consilium/imaging/dicom"
	"consilium/ledger"
)

//go:embed files
var embedded embed.FS

// dicom sends one of the real images that come with the program, as an image of the day that the story says: the day of an entry is held against its images'.
func (s *story) dicom(p *person, of sitter, name, label, day string) ledger.BlobRef {
	content, err := embedded.ReadFile("files/" + name)
	if err == nil {
		content, err = of.stamped(content, day)
	}
	if err != nil && s.err == nil {
		s.err = err
	}
	return s.file(p, content, "application/dicom", label, "images")
}

// sitter is whose images they are by their header, as a scanner of the home would have written it: images of another patient enter no case.
type sitter struct{ name, id, sex, birth string }

// stamped is a sample image whose header names the sitter, and whose study was on a day of the story.
func (w sitter) stamped(content []byte, day string) ([]byte, error) {
	f, err := dicom.Read(bytes.NewReader(content), int64(len(content)), dicom.Options{})
	if err != nil {
		return nil, fmt.Errorf("reading an image of the demonstration: %w", err)
	}
	f.Dataset.SetString(dicom.StudyDate, strings.ReplaceAll(day, "-", ""))
	f.Dataset.SetString(dicom.PatientName, w.name)
	f.Dataset.SetString(dicom.PatientID, w.id)
	f.Dataset.SetString(dicom.PatientSex, w.sex)
	f.Dataset.SetString(dicom.PatientBirthDate, w.birth+"0101")
	if t, ok := dicom.ByKeyword("PatientAge"); ok {
		f.Dataset.Delete(t)
	}
	var out bytes.Buffer
	err = dicom.NewFile(f.Dataset, f.Syntax).Write(&out)
	return out.Bytes(), err
}

// ownMost is how many files of a folder are attached: an entry has 64 at most, and the story's own images are among them.
const ownMost = ledger.MaxBlobs - 8

// own sends the files of a folder that the user gave, as images of the case. A file that the stories bring themselves is left out: it belongs to another
// patient of the demo.
func (s *story) own(p *person) (list []ledger.BlobRef) {
	if s.o.Files == "" || s.err != nil {
		return nil
	}
	entries, err := os.ReadDir(s.o.Files)
	if err != nil {
		s.err = fmt.Errorf("reading the folder of your own files: %w", err)
		return nil
	}
	taken := broughtAlong()
	for _, e := range entries {
		if !e.Type().IsRegular() || len(list) == ownMost {
			continue
		}
		content, err := os.ReadFile(filepath.Join(s.o.Files, e.Name()))
		if err != nil && s.err == nil {
			s.err = fmt.Errorf("reading a file of your own: %w", err)
		}
		hash := ledger.SumBlob(content)
		if taken[hash] || len(content) == 0 {
			continue
		}
		taken[hash] = true
		list = append(list, s.file(p, content, mediaType(e.Name()), e.Name(), "images"))
	}
	return list
}

// broughtAlong are the files that come with the program.
func broughtAlong() map[ledger.Hash]bool {
	set := map[ledger.Hash]bool{}
	files, _ := embedded.ReadDir("files")
	for _, f := range files {
		if content, err := embedded.ReadFile("files/" + f.Name()); err == nil {
			set[ledger.SumBlob(content)] = true
		}
	}
	return set
}

func mediaType(name string) string {
	ext := strings.ToLower(filepath.Ext(name))
	if known, _, _ := strings.Cut(mime.TypeByExtension(ext), ";"); known != "" && ext != ".dcm" {
		return known
	}
	return "application/dicom"
}

// faceVideo draws a face whose left eye closes in spasm: a drawing that moves, where a hospital attaches one or two minutes of video.
func faceVideo() []byte {
	palette := color.Palette{color.White, color.Gray{40}, color.Gray{170}}
	film := &gif.GIF{}
	for frame := range 12 {
		closed := 0.5 - 0.5*math.Cos(float64(frame)*math.Pi/3)
		img := image.NewPaletted(image.Rect(0, 0, 160, 200), palette)
		ellipse(img, 80, 100, 68, 92, 2)
		ellipse(img, 80, 100, 65, 89, 0)
		ellipse(img, 52, 82, 13, 8, 1)
		ellipse(img, 108, 82+closed*2, 13, 8-6*closed, 1)
		ellipse(img, 80+closed*5, 148-closed*3, 24, 4, 1)
		film.Image, film.Delay = append(film.Image, img), append(film.Delay, 12)
	}
	var out bytes.Buffer
	if gif.EncodeAll(&out, film) != nil {
		return nil
	}
	return out.Bytes()
}

func ellipse(img *image.Paletted, x, y, a, b float64, c uint8) {
	for py := range img.Rect.Max.Y {
		for px := range img.Rect.Max.X {
			dx, dy := (float64(px)-x)/a, (float64(py)-y)/b
			if dx*dx+dy*dy <= 1 {
				img.SetColorIndex(px, py, c)
			}
		}
	}
}
