package reference

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/lab/scan"
	"consilium/lab/space"
	"consilium/lab/surface"
	"consilium/lab/volume"
)

// surfaces is a file of isosurfaces: of blocks of a CT, and of phantoms whose shape is known.
type surfaces struct {
	Convention string                 `json:"convention"`
	CT         map[string]surfaceCase `json:"ct"`
	Phantom    map[string]surfaceCase `json:"phantom"`
}

type surfaceCase struct {
	Points     *int      `json:"points"`
	Triangles  *int      `json:"triangles"`
	Euler      *int      `json:"euler_V-E+F"`
	Boundary   *int      `json:"boundary_edges"`
	Components *int      `json:"components"`
	Area       *float64  `json:"area_mm2"`
	Volume     *float64  `json:"signed_volume_mm3_abs"`
	Bounds     []float64 `json:"bounds_xyz_mm"`
	Field      string    `json:"field"`
	Analytic   struct {
		Euler      *int `json:"euler"`
		Components *int `json:"components"`
	} `json:"analytic"`
}

// surfaceTolerance is for area and volume; the format's text leaves the counts of a CT open, because tables of marching cubes differ in ambiguous cells. A file's Euler number and components
// have to be met for phantoms.
const surfaceTolerance = 0.005

// installedCT is where Debian's invesalius-examples puts the CT that the cases were made of.
const installedCT = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3"

func isSurfaces(fields map[string]json.RawMessage) bool {
	return fields["phantom"] != nil || fields["ct"] != nil && fields["convention"] != nil
}

func checkSurfaces(ctx context.Context, _ string, raw []byte, o Options) ([]Row, error) {
	var file surfaces
	if err := decode(raw, &file); err != nil {
		return nil, err
	}
	ct, ctErr := openCT(ctx, file, o.CT)
	var rows []Row
	for _, name := range sortedKeys(file.CT) {
		rows = append(rows, timed(name, func(c *comparison) {
			v, threshold, err := block(ct, name)
			if ctErr != nil {
				err = ctErr
			}
			file.CT[name].compare(c, v, threshold, err, false)
		}))
	}
	for _, name := range sortedKeys(file.Phantom) {
		rows = append(rows, timed(name, func(c *comparison) {
			v, threshold, err := phantom(name, file.Phantom[name].Field)
			file.Phantom[name].compare(c, v, threshold, err, true)
		}))
	}
	return rows, ctx.Err()
}

func sortedKeys(m map[string]surfaceCase) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func timed(name string, check func(*comparison)) Row {
	c := &comparison{row: Row{Case: name}}
	start := time.Now()
	check(c)
	c.row.Seconds = time.Since(start).Seconds()
	return c.done()
}

// openCT reads the CT with the spacing that the file's convention names, from the origin on.
func openCT(ctx context.Context, file surfaces, path string) (*volume.Volume, error) {
	if len(file.CT) == 0 {
		return nil, nil
	}
	if path == "" {
		path = installedCT
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("the CT is not here (%w): install Debian's invesalius-examples, or name the file with --ct", err)
	}
	s, err := scan.Open(ctx, path, scan.Options{})
	if err != nil {
		return nil, err
	}
	v := s.Volume
	v.Origin, v.Direction = space.Vec{}, space.Identity
	if m := regexp.MustCompile(`spacing xyz \(([^)]*)\)`).FindStringSubmatch(file.Convention); m != nil {
		if n := numbers(m[1]); len(n) == 3 && n[0] > 0 && n[1] > 0 && n[2] > 0 {
			v.Spacing = space.Vec(n)
		}
	}
	return v, nil
}

// block is the part of the CT that a name stands for, "all@HU" or "z,y,x,NZxNYxNX@HU", from the origin on, and the threshold.
func block(ct *volume.Volume, name string) (*volume.Volume, float64, error) {
	part, hu, found := strings.Cut(name, "@")
	threshold, err := strconv.ParseFloat(hu, 64)
	if !found || err != nil {
		return nil, 0, fmt.Errorf("%q names no threshold", name)
	}
	if part == "all" || ct == nil {
		return ct, threshold, nil
	}
	n := numbers(strings.ReplaceAll(part, "x", ","))
	if len(n) != 6 {
		return nil, 0, fmt.Errorf("%q is no block of a CT", name)
	}
	v, err := ct.Crop([3]int{int(n[2]), int(n[1]), int(n[0])}, [3]int{int(n[5]), int(n[4]), int(n[3])})
	if err != nil {
		return nil, 0, err
	}
	v.Origin = space.Vec{}
	return v, threshold, nil
}

// numbers are all numbers in a text.
func numbers(text string) []float64 {
	var out []float64
	for _, word := range regexp.MustCompile(`-?\d+\.?\d*(?:[eE][-+]?\d+)?`).FindAllString(text, -1) {
		f, err := strconv.ParseFloat(word, 64)
		if err == nil {
			out = append(out, f)
		}
	}
	return out
}

// compare computes the surface and compares.
func (s surfaceCase) compare(c *comparison, v *volume.Volume, threshold float64, err error, known bool) {
	if err != nil {
		c.wrong("%v", err)
		return
	}
	m, err := surface.Extract(v, threshold)
	if err != nil {
		c.wrong("%v", err)
		return
	}
	top, shape := m.Inspect(), m.Measure()
	if s.Area != nil {
		c.near("area", shape.Area, *s.Area, surfaceTolerance, *s.Area)
	}
	if s.Volume != nil {
		c.near("volume", shape.Volume, *s.Volume, surfaceTolerance, *s.Volume)
	}
	if len(s.Bounds) == 6 {
		c.nearEach("bounds", shape.Bounds[:], s.Bounds, 1e-3, 1)
	}
	if top.NonManifold > 0 {
		c.wrong("%d edges of more than two triangles", top.NonManifold)
	}
	if known {
		c.same("Euler number", top.Euler, s.Euler)
		c.same("Euler number", top.Euler, s.Analytic.Euler)
		c.same("components", shape.Components, s.Components)
		c.same("components", shape.Components, s.Analytic.Components)
		c.same("open edges", top.Boundary, s.Boundary)
		return
	}
	for what, pair := range map[string][2]*int{"points": {&top.Points, s.Points}, "triangles": {&top.Triangles, s.Triangles}} {
		if pair[1] != nil {
			c.near(what, float64(*pair[0]), float64(*pair[1]), surfaceTolerance, float64(*pair[1]))
		}
	}
}

// same compares counts, if the file has one.
func (c *comparison) same(name string, got int, want *int) {
	if want != nil && got != *want {
		c.wrong("%s: %d, reference %d", name, got, *want)
	}
}

// phantom makes the field that a name and the field's own text describe: 16-bit numbers, a factor times the signed distance in voxels, on a cube of n³ voxels.
func phantom(name, field string) (*volume.Volume, float64, error) {
	size := 64
	if m := regexp.MustCompile(`(\d+)\^3`).FindStringSubmatch(field); m != nil {
		size, _ = strconv.Atoi(m[1])
	}
	factor, threshold := 200.0, 0.5
	if m := regexp.MustCompile(`round\(([\d.]+)\*`).FindStringSubmatch(field); m != nil {
		factor, _ = strconv.ParseFloat(m[1], 64)
	}
	if m := regexp.MustCompile(`iso (-?[\d.]+)`).FindStringSubmatch(field); m != nil {
		threshold, _ = strconv.ParseFloat(m[1], 64)
	}
	distance, err := shapeOf(name, field, float64(size-1)/2)
	if err != nil {
		return nil, 0, err
	}
	_, after, _ := strings.Cut(name, "spacing")
	spacing := numbers(strings.ReplaceAll(after, "x", " "))
	if len(spacing) == 1 {
		spacing = []float64{spacing[0], spacing[0], spacing[0]}
	}
	if len(spacing) != 3 {
		return nil, 0, fmt.Errorf("%q names no spacing", name)
	}
	v, err := volume.New(volume.NewGrid(size, size, size, space.Vec(spacing), space.Vec{}))
	if err != nil {
		return nil, 0, err
	}
	for offset := range v.Int16 {
		p := space.Vec{float64(offset % size), float64(offset / size % size), float64(offset / size / size)}
		v.Int16[offset] = int16(math.RoundToEven(max(-32000, min(32000, factor*distance(p)))))
	}
	return v, threshold, nil
}

// shapeOf is the signed distance that a phantom's name stands for, positive inside, in voxels.
func shapeOf(name, field string, middle float64) (func(p space.Vec) float64, error) {
	what, _, _ := strings.Cut(name, "spacing")
	n := numbers(what)
	center := space.Vec{middle, middle, middle}
	ball := func(p, c space.Vec, r float64) float64 { return r - p.Sub(c).Norm() }
	switch {
	case strings.HasPrefix(name, "sphere") && len(n) == 1:
		return func(p space.Vec) float64 { return ball(p, center, n[0]) }, nil
	case strings.HasPrefix(name, "torus") && len(n) == 2:
		return func(p space.Vec) float64 {
			d := p.Sub(center)
			return n[1] - math.Hypot(math.Hypot(d[0], d[1])-n[0], d[2])
		}, nil
	case strings.HasPrefix(name, "two spheres") && len(n) == 2:
		var centers []space.Vec
		for _, m := range regexp.MustCompile(`\(x=([^)]*)\)`).FindAllStringSubmatch(field, 2) {
			if at := numbers(m[1]); len(at) == 3 {
				centers = append(centers, space.Vec(at))
			}
		}
		if len(centers) == 2 {
			return func(p space.Vec) float64 { return max(ball(p, centers[0], n[0]), ball(p, centers[1], n[1])) }, nil
		}
	}
	return nil, fmt.Errorf("%q is a phantom that is not known here", name)
}
