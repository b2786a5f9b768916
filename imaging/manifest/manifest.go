package manifest

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// The media types of the files.
const (
	Type     = "application/vnd.consilium.imaging-study+json"
	PackType = "application/vnd.consilium.imaging-pack"
)

// MostBytes bounds a manifest: some 300,000 single frames.
const MostBytes = 64 << 20

// ErrManifest: what was read is no manifest, or it contradicts itself.
var ErrManifest = errors.New("not a manifest of images")

// Hash names a file: the SHA-256 of its bytes, in JSON as hexadecimal.
type Hash [32]byte

// MarshalText writes the hash in hexadecimal.
func (h Hash) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(h[:])), nil }

// UnmarshalText reads a hash in hexadecimal.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return ErrManifest
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// Study is one study, or what of it was added to a case at once.
type Study struct {
	Format      int      `json:"format"` // 1
	UID         string   `json:"uid"`
	Description string   `json:"description,omitempty"`
	Time        string   `json:"time,omitempty"` // of the examination's day, HHMMSS as far as it is known
	Packs       []Pack   `json:"packs"`          // in the order in which they are wanted
	Series      []Series `json:"series"`
}

// Pack is a file of instances.
type Pack struct {
	Hash Hash  `json:"hash"`
	Size int64 `json:"size"`
}

// Series is one series; its instances stand in the order in which they are scrolled through.
type Series struct {
	UID         string     `json:"uid"`
	Number      int        `json:"number,omitempty"`
	Modality    string     `json:"modality,omitempty"`
	Description string     `json:"description,omitempty"`
	Part        string     `json:"part,omitempty"`  // of the body
	Stack       string     `json:"stack,omitempty"` // which of several stacks of the series, by what sets it apart
	Instances   []Instance `json:"instances"`
}

// Instance is one object and where its file stands.
type Instance struct {
	UID    string `json:"uid"`
	Class  string `json:"class"`
	Number int    `json:"number,omitempty"`
	Pack   int    `json:"pack"` // which of the study's
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`
	Image  *Image `json:"image,omitempty"` // nil: it has no pixels that are shown
	// Values set the instance apart from others at the same place, by what they are of: see [values].
	Values map[string]string `json:"values,omitempty"`
}

// Image says how an instance's pixels are laid out and shown (PS3.3 section C.7.6.3).
type Image struct {
	Rows        int      `json:"rows"`
	Columns     int      `json:"columns"`
	Color       bool     `json:"color,omitempty"`
	Inverse     bool     `json:"inverse,omitempty"` // low values are light
	Bits        int      `json:"bits"`              // that count
	Signed      bool     `json:"signed,omitempty"`
	FrameOf     string   `json:"frameOf,omitempty"`     // frame of reference: equal ones share coordinates
	Orientation string   `json:"orientation,omitempty"` // words of image type, such as AXIAL or LOCALIZER
	Windows     []Window `json:"windows,omitempty"`
	Function    string   `json:"function,omitempty"`    // of the windows, where it is not linear
	Padding     []int    `json:"padding,omitempty"`     // from and to which stored value is no part of the image
	Calibration string   `json:"calibration,omitempty"` // of a projection: what its spacing is true of, see [calibrated]
	Regions     []Region `json:"regions,omitempty"`     // of ultrasound: lengths are true within one that is flat, and nowhere else
	Frames      []Frame  `json:"frames"`
}

// Region is a part of an image of ultrasound with a scale of its own (PS3.3 section C.8.5.5): from the first column and row to the last, both counted from 0. Width
// and Height are those of a pixel in millimeters where the region shows a plane of the patient, and 0 where it shows something else, such as a spectrum.
type Region struct {
	From   [2]int  `json:"from"`
	To     [2]int  `json:"to"`
	Width  float64 `json:"width,omitempty"`
	Height float64 `json:"height,omitempty"`
}

// Window is a range of values that is shown, in units of the modality.
type Window struct {
	Center float64 `json:"center"`
	Width  float64 `json:"width"`
	Name   string  `json:"name,omitempty"`
}

// Frame is where one frame stands in the patient, in millimeters toward left, posterior and head (LPS), and how its stored values become the modality's.
// Position and Orientation are empty where the object does not say, Spacing (between rows, between columns) too.
type Frame struct {
	Position    []float64 `json:"position,omitempty"`
	Orientation []float64 `json:"orientation,omitempty"` // of a row, then of a column
	Spacing     []float64 `json:"spacing,omitempty"`
	Thickness   float64   `json:"thickness,omitempty"`
	Windows     []Window  `json:"windows,omitempty"` // where they are not the image's
	Slope       float64   `json:"slope"`
	Intercept   float64   `json:"intercept"`
}

// unplaced tells that a frame says where it lies in another number of numbers than a place has; none is no place.
func (f Frame) unplaced() bool {
	wrong := func(list []float64, n int) bool { return len(list) != 0 && len(list) != n }
	return wrong(f.Position, 3) || wrong(f.Orientation, 6) || wrong(f.Spacing, 2)
}

// Images counts the frames that can be shown.
func (s *Study) Images() (n int) {
	for _, series := range s.Series {
		for _, i := range series.Instances {
			if i.Image != nil {
				n += len(i.Image.Frames)
			}
		}
	}
	return n
}

// Find gives an instance by its UID.
func (s *Study) Find(uid string) (Instance, bool) {
	for _, series := range s.Series {
		for _, i := range series.Instances {
			if i.UID == uid {
				return i, true
			}
		}
	}
	return Instance{}, false
}

// SeriesOf gives the series of an instance by its UID.
func (s *Study) SeriesOf(uid string) (Series, bool) {
	for _, series := range s.Series {
		if slices.ContainsFunc(series.Instances, func(i Instance) bool { return i.UID == uid }) {
			return series, true
		}
	}
	return Series{}, false
}

// Encode writes the manifest.
func (s *Study) Encode() ([]byte, error) { return json.Marshal(s) }

// Decode reads a manifest and refuses one that points outside of its packs. A series that has several images at each place comes as one for each stack of them.
func Decode(b []byte) (*Study, error) {
	if len(b) > MostBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrManifest, len(b))
	}
	var s Study
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if s.Format != 1 {
		return nil, fmt.Errorf("%w: its format is %d, and this program reads 1", ErrManifest, s.Format)
	}
	for _, series := range s.Series {
		for _, i := range series.Instances {
			if i.Pack < 0 || i.Pack >= len(s.Packs) || i.Offset < 0 || i.Size < 1 || i.Offset > s.Packs[i.Pack].Size-i.Size {
				return nil, fmt.Errorf("%w: an instance stands outside of its pack", ErrManifest)
			}
			if i.Image != nil && (len(i.Image.Frames) < 1 || i.Image.Rows < 1 || i.Image.Columns < 1) {
				return nil, fmt.Errorf("%w: an image without pixels", ErrManifest)
			}
			if i.Image != nil && slices.ContainsFunc(i.Image.Frames, Frame.unplaced) {
				return nil, fmt.Errorf("%w: a frame whose place has too few or too many numbers", ErrManifest)
			}
		}
	}
	s.split()
	return &s, nil
}
