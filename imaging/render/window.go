package render

import (
	"cmp"
	"math"
	"strings"

	"consilium/imaging/dicom"
)

// Window is a range of values to show, by center and width in units of the modality.
type Window struct {
	Center, Width float64
	Name          string // the object's explanation, in UTF-8
}

// Presets are the windows that an object offers for a frame, counted from 0, in its order.
func Presets(d *dicom.Dataset, frame int) (list []Window) {
	g := group(d, frame, frameVOI, windowCenter)
	centers, widths, names := g.Floats(windowCenter), g.Floats(windowWidth), g.Strings(windowName)
	for i := range min(len(centers), len(widths)) {
		w := Window{Center: centers[i], Width: widths[i]}
		if i < len(names) {
			w.Name = names[i]
		}
		if w.Width > 0 {
			list = append(list, w)
		}
	}
	return list
}

// shades gives the shade from 0 to 1 of a value of the modality.
func shades(d *dicom.Dataset, frame int, o Options, low, high float64, signed bool) func(float64) float64 {
	if o.Window != nil {
		return o.Window.shade(cmp.Or(o.Function, Function(d, frame)))
	}
	if o.Preset == 0 {
		if luts := d.Items(voiLUT); len(luts) > 0 {
			if t, ok := readLUT(luts[0], lutDescriptor, lutData, signed || low < 0); ok {
				top := float64(int(1)<<t.bits - 1)
				return func(v float64) float64 { return t.at(v) / top }
			}
		}
	}
	if p := Presets(d, frame); o.Preset < len(p) {
		return p[o.Preset].shade(Function(d, frame))
	}
	if high <= low {
		high = low + 1
	}
	return func(v float64) float64 { return (v - low) / (high - low) }
}

// Function is how shades come from values within a window: "" or LINEAR, LINEAR_EXACT, SIGMOID (PS3.3 section C.11.2.1.3).
func Function(d *dicom.Dataset, frame int) string {
	return strings.ToUpper(group(d, frame, frameVOI, voiFunction).String(voiFunction))
}

// shade is the window's function (PS3.3 section C.11.2.1).
func (w Window) shade(function string) func(float64) float64 {
	switch {
	case function == "SIGMOID":
		return func(v float64) float64 { return 1 / (1 + math.Exp(-4*(v-w.Center)/w.Width)) }
	case function == "LINEAR_EXACT":
		return func(v float64) float64 { return (v-w.Center)/w.Width + 0.5 }
	case w.Width <= 1:
		return func(v float64) float64 {
			if v <= w.Center-0.5 {
				return 0
			}
			return 1
		}
	}
	return func(v float64) float64 { return (v-(w.Center-0.5))/(w.Width-1) + 0.5 }
}
