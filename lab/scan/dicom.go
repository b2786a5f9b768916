package scan

import (
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
	"consilium/lab/space"
	"consilium/lab/volume"
)

// Attributes that say where an image lies (PS3.3 C.7.6.2, C.7.6.16.2) and to whom it belongs.
const (
	tagModality         dicom.Tag = 0x00080060
	tagSeriesText       dicom.Tag = 0x0008103E
	tagPatientName      dicom.Tag = 0x00100010
	tagPatientID        dicom.Tag = 0x00100020
	tagStudyUID         dicom.Tag = 0x0020000D
	tagSeriesUID        dicom.Tag = 0x0020000E
	tagSOPInstance      dicom.Tag = 0x00080018
	tagSOPClass         dicom.Tag = 0x00080016
	tagPosition         dicom.Tag = 0x00200032
	tagOrientation      dicom.Tag = 0x00200037
	tagFrameOfReference dicom.Tag = 0x00200052
	tagPixelSpacing     dicom.Tag = 0x00280030
	tagIntercept        dicom.Tag = 0x00281052
	tagSlope            dicom.Tag = 0x00281053
	tagSharedGroups     dicom.Tag = 0x52009229
	tagFrameGroups      dicom.Tag = 0x52009230
	tagPlanePosition    dicom.Tag = 0x00209113
	tagPlaneOrientation dicom.Tag = 0x00209116
	tagPixelMeasures    dicom.Tag = 0x00289110
	tagPixelValues      dicom.Tag = 0x00289145
)

// mostFiles is how many files of a folder are looked at.
const mostFiles = 50000

// Origin is the series that a scan was made of: what an object derived from it has to name.
type Origin struct {
	Header    *dicom.Dataset // of the first image, without pixels: patient, study, frame of reference
	SOPClass  string
	Instances []string // SOP Instance UIDs in the order of reading
}

// FrameOfReference is the UID of the coordinates that the images lie in; empty where they name none.
func (o *Origin) FrameOfReference() string {
	if o == nil {
		return ""
	}
	return o.Header.String(tagFrameOfReference)
}

// Source is a file of a series that stands somewhere else than in a folder. Open gives it, and what to call when it was read.
type Source struct {
	Name string // for messages
	Open func(ctx context.Context) (*dicom.File, func() error, error)
}

// Of makes a scan of the files of one series, wherever they stand. The caller knows before how large it will be: told hears how many files were read.
func Of(ctx context.Context, files []Source, told func(done int)) (*Scan, error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: the series has none", ErrNoImages)
	}
	var origin *Origin
	var all []volume.Slice
	bytes := int64(0)
	for n, source := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		more, header, err := source.read(ctx, &bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source.Name, err)
		}
		if origin == nil {
			origin = &Origin{Header: header, SOPClass: header.String(tagSOPClass)}
		}
		all, origin.Instances = append(all, more...), append(origin.Instances, header.String(tagSOPInstance))
		told(n + 1)
	}
	v, report, err := volume.Stack(all)
	if err != nil {
		return nil, err
	}
	return &Scan{Volume: v, Report: report, Origin: origin}, nil
}

// read decodes the slices of a file, and adds their size to what was read before: above volume.MaxBytes nothing more is read.
func (s Source) read(ctx context.Context, bytes *int64) ([]volume.Slice, *dicom.Dataset, error) {
	f, done, err := s.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	format, err := f.Dataset.PixelFormat()
	if err != nil {
		return nil, nil, err
	}
	format.Frames = max(format.Frames, 1)
	if *bytes += 2 * int64(format.Frames) * int64(format.Rows) * int64(format.Columns); *bytes > volume.MaxBytes {
		return nil, nil, fmt.Errorf("%w: the series takes more than %d GB", volume.ErrTooLarge, volume.MaxBytes>>30)
	}
	slices, err := slicesOf(ctx, f, format, s.Name)
	header := f.Dataset.Clone()
	header.Delete(dicom.PixelData)
	return slices, header, err
}

// image is a file of a series with its header.
type image struct {
	path   string
	header *dicom.Dataset
	format dicom.PixelFormat
}

func openDICOM(ctx context.Context, path string, o Options) (*Scan, error) {
	bySeries, err := findSeries(ctx, path)
	if err != nil {
		return nil, err
	}
	images, err := choose(bySeries, path, o.Series)
	if err != nil {
		return nil, err
	}
	bytes := int64(0)
	for _, i := range images {
		bytes += 2 * int64(i.format.Frames) * int64(i.format.Rows) * int64(i.format.Columns)
	}
	if bytes > volume.MaxBytes {
		return nil, fmt.Errorf("%w: the series takes %.1f GB, at most %d GB are taken", volume.ErrTooLarge, float64(bytes)/(1<<30), volume.MaxBytes>>30)
	}
	files := make([]Source, len(images))
	for n, i := range images {
		files[n] = Source{filepath.Base(i.path), func(context.Context) (*dicom.File, func() error, error) {
			f, done, err := dicom.Open(i.path, dicom.Options{})
			return f, done, err
		}}
	}
	return Of(ctx, files, func(int) {})
}

// findSeries reads the headers of all DICOM images under a path. Files of other kinds are passed over: folders from discs hold many.
func findSeries(ctx context.Context, path string) (map[string][]image, error) {
	out := map[string][]image{}
	seen := 0
	err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if seen++; seen > mostFiles {
			return fmt.Errorf("%s holds more than %d files; choose the folder of one series", path, mostFiles)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		f, closeFile, err := dicom.Open(file, dicom.Options{StopBefore: dicom.PixelData})
		if err != nil {
			return nil
		}
		defer closeFile()
		format, err := f.Dataset.PixelFormat()
		if err != nil || format.Rows == 0 {
			return nil
		}
		format.Frames = max(format.Frames, 1)
		uid := f.Dataset.String(tagSeriesUID)
		out[uid] = append(out[uid], image{file, f.Dataset, format})
		return nil
	})
	return out, err
}

// choose takes the series that was asked for, or the only one.
func choose(bySeries map[string][]image, path, series string) ([]image, error) {
	if series != "" {
		if len(bySeries[series]) == 0 {
			return nil, fmt.Errorf("%w: %s holds no series %s", ErrNoImages, path, series)
		}
		return bySeries[series], nil
	}
	var names []string
	for uid, images := range bySeries {
		h := images[0].header
		names = append(names, fmt.Sprintf("%s (%s %s, %d files)", uid, h.String(tagModality), h.String(tagSeriesText), len(images)))
	}
	slices.Sort(names)
	switch len(names) {
	case 0:
		return nil, fmt.Errorf("%w: %s holds no DICOM image", ErrNoImages, path)
	case 1:
		for _, images := range bySeries {
			return images, nil
		}
	}
	count := len(names)
	if count > 10 {
		names = append(names[:10], "…")
	}
	return nil, fmt.Errorf("%w: %s holds %d series, name one of them: %s", volume.ErrMixed, path, count, strings.Join(names, "; "))
}

// slicesOf reads every frame of an image.
func slicesOf(ctx context.Context, f *dicom.File, format dicom.PixelFormat, name string) (out []volume.Slice, err error) {
	shared, frames := firstOf(f.Dataset.Items(tagSharedGroups)), f.Dataset.Items(tagFrameGroups)
	for n := range format.Frames {
		groups := []*dicom.Dataset{f.Dataset, shared, nil}
		if n < len(frames) {
			groups[2] = frames[n]
		}
		s := place(groups)
		s.Name, s.Series = name, f.Dataset.String(tagSeriesUID)
		if format.Frames > 1 {
			s.Name = fmt.Sprintf("%s, frame %d", s.Name, n+1)
		}
		raw, format, err := codec.Frame(ctx, f, n)
		if err != nil {
			return nil, fmt.Errorf("frame %d: %w", n+1, err)
		}
		s.Rows, s.Columns, s.Signed = format.Rows, format.Columns, format.Signed
		if s.Pixels, err = stored(raw, format); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func firstOf(items []*dicom.Dataset) *dicom.Dataset {
	if len(items) == 0 {
		return nil
	}
	return items[0]
}

// place reads where a slice lies: from the image itself, then from what its frames share, then from the frame; the last that says something counts. A multi-frame image has
// these attributes in functional groups.
func place(groups []*dicom.Dataset) volume.Slice {
	s := volume.Slice{Slope: 1}
	for _, g := range groups {
		if g == nil {
			continue
		}
		for _, d := range []*dicom.Dataset{g, firstOf(g.Items(tagPlanePosition)), firstOf(g.Items(tagPlaneOrientation)), firstOf(g.Items(tagPixelMeasures)), firstOf(g.Items(tagPixelValues))} {
			if d == nil {
				continue
			}
			if p := d.Floats(tagPosition); len(p) == 3 {
				s.Position = space.Vec(p)
			}
			if o := d.Floats(tagOrientation); len(o) == 6 {
				s.Row, s.Column = space.Vec(o[:3]), space.Vec(o[3:])
			}
			if p := d.Floats(tagPixelSpacing); len(p) == 2 {
				s.Spacing = [2]float64(p)
			}
			if f, ok := d.Float(tagSlope); ok {
				s.Slope = f
			}
			if f, ok := d.Float(tagIntercept); ok {
				s.Intercept = f
			}
		}
	}
	return s
}

// stored are a frame's samples as 16-bit words; of a signed one, with its sign in the highest bit.
func stored(raw []byte, p dicom.PixelFormat) ([]uint16, error) {
	n := p.Rows * p.Columns
	if p.Samples != 1 || p.Allocated != 8 && p.Allocated != 16 || p.Stored < 1 || p.Stored > p.Allocated || p.HighBit < p.Stored-1 || p.HighBit >= p.Allocated {
		return nil, fmt.Errorf("%w: %d samples of %d bits a pixel are not those of a CT or MR slice", ErrNoImages, p.Samples, p.Allocated)
	}
	if len(raw) < n*p.Allocated/8 {
		return nil, fmt.Errorf("%w: a frame of %d bytes for %d × %d pixels", ErrNoImages, len(raw), p.Rows, p.Columns)
	}
	out := make([]uint16, n)
	low := p.HighBit + 1 - p.Stored
	for i := range out {
		word := uint16(raw[min(i, len(raw)-1)])
		if p.Allocated == 16 {
			word = binary.LittleEndian.Uint16(raw[2*i:])
		}
		word = word << (15 - p.HighBit)
		if p.Signed {
			out[i] = uint16(int16(word) >> (15 - p.HighBit + low))
		} else {
			out[i] = word >> (15 - p.HighBit + low)
		}
	}
	return out, nil
}
