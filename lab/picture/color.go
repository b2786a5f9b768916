package picture

import "image/color"

// Colors of the things that a picture shows.
var (
	Bone     = color.NRGBA{233, 223, 203, 255}
	Guide    = color.NRGBA{13, 122, 110, 255}
	Implant  = color.NRGBA{150, 160, 178, 255}
	Mirror   = color.NRGBA{154, 92, 180, 110}
	Cut      = color.NRGBA{42, 99, 200, 110}
	Computed = color.NRGBA{236, 229, 214, 255} // of a surface with values, where there is none
)

// viridis is the scale at nine even places (Smith and van der Walt, matplotlib 1.5, CC0): lightness grows evenly, also for who confuses red and green.
var viridis = [9]color.NRGBA{{68, 1, 84, 255}, {70, 50, 127, 255}, {54, 92, 141, 255}, {39, 127, 142, 255}, {31, 161, 135, 255}, {74, 194, 109, 255}, {159, 218, 58, 255}, {210, 226, 41, 255}, {253, 231, 37, 255}}

// Viridis is the color of a part from 0 to 1 of a scale.
func Viridis(part float64) color.NRGBA {
	at := min(max(part, 0), 1) * float64(len(viridis)-1)
	i := min(int(at), len(viridis)-2)
	f := at - float64(i)
	mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-f) + float64(b)*f + 0.5) }
	a, b := viridis[i], viridis[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}
