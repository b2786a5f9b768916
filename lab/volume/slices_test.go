package volume

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"consilium/lab/space"
)

const skullFile = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3"

// scan is a stack of slices of a field, at the given depths along the normal; shift moves each slice's first voxel within its plane, in mm per mm of depth.
func scan(depths []float64, shift float64, value func(p space.Vec) float64) []Slice {
	turn := space.Rotation(space.Vec{1, 0.3, 0}, 12)
	row, column, normal := turn.Column(0), turn.Column(1), turn.Column(2)
	var out []Slice
	for n, d := range depths {
		s := Slice{Name: fmt.Sprintf("slice%02d", n), Series: "1.2.3", Row: row, Column: column, Spacing: [2]float64{0.8, 0.5}, Rows: 20, Columns: 24, Signed: true, Slope: 1, Intercept: -10,
			Position: space.Vec{-40, 20, 300}.Add(normal.Scale(d)).Add(column.Scale(d * shift))}
		for r := range s.Rows {
			for c := range s.Columns {
				p := s.Position.Add(row.Scale(float64(c) * 0.5)).Add(column.Scale(float64(r) * 0.8))
				s.Pixels = append(s.Pixels, uint16(int16(math.Round(value(p)+10))))
			}
		}
		out = append(out, s)
	}
	return out
}

// plane is linear, so that every interpolation should meet it.
func plane(p space.Vec) float64 { return 10*p[0] + 20*p[1] - 5*p[2] }

// agrees compares a volume with the field, inside of what was scanned (by) and wherever the volume has no background.
func agrees(t *testing.T, v *Volume, within float64, background float64) {
	t.Helper()
	seen := 0
	for k := range v.Size[2] {
		for j := range v.Size[1] {
			for i := range v.Size[0] {
				got := v.At(v.Offset(i, j, k))
				if got == background {
					continue
				}
				seen++
				if want := plane(v.Point(space.Vec{float64(i), float64(j), float64(k)})); math.Abs(got-want) > within {
					t.Fatalf("voxel (%d, %d, %d): %g, not %g", i, j, k, got, want)
				}
			}
		}
	}
	if seen < v.Voxels()/2 {
		t.Fatalf("%d of %d voxels were scanned", seen, v.Voxels())
	}
}

var even = []float64{0, 1.25, 2.5, 3.75, 5, 6.25, 7.5}

func TestStackSortsByGeometry(t *testing.T) {
	s := scan(even, 0, plane)
	slices.Reverse(s)
	s[1], s[4] = s[4], s[1]
	v, r, err := Stack(s)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Reordered || r.Slices != 7 || r.Tilt != 0 || r.Uneven != 0 || r.Missing != nil || r.Float || math.Abs(r.Anisotropy-2.5) > 1e-9 {
		t.Errorf("%+v", r)
	}
	if v.Size != [3]int{24, 20, 7} || math.Abs(v.Spacing[2]-1.25) > 1e-9 {
		t.Errorf("size %v, spacing %v", v.Size, v.Spacing)
	}
	agrees(t, v, 0.5+1e-9, math.Inf(-1))
}

func TestStackUndoesGantryTilt(t *testing.T) {
	v, r, err := Stack(scan(even, math.Tan(20*math.Pi/180), plane))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.Tilt-20) > 1e-6 {
		t.Errorf("%+v", r)
	}
	low := math.Inf(1)
	for i := range v.Voxels() {
		low = min(low, v.At(i))
	}
	if v.Size[1] <= 20 {
		t.Errorf("size %v: what the tilt moved out of the first slice's frame is lost", v.Size)
	}
	inner, err := v.Crop([3]int{1, 5, 0}, [3]int{22, 14, 7}) // without the rim, where a voxel is half background
	if err != nil {
		t.Fatal(err)
	}
	agrees(t, inner, 1.01, low)
}

func TestStackFillsAndEvensOut(t *testing.T) {
	v, r, err := Stack(scan([]float64{0, 1, 2, 4, 5, 6, 7}, 0, plane)) // 3 is missing
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Missing) != 1 || r.Missing[0].Count != 1 || r.Missing[0].After != "slice02" || r.Uneven != 0 || v.Size[2] != 8 {
		t.Errorf("%+v, %v", r, v.Size)
	}
	agrees(t, v, 1.01, math.Inf(-1))
	v, r, err = Stack(scan([]float64{0, 1, 2.3, 3.2, 4.4, 5.4, 6.1}, 0, plane))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.Uneven-0.3) > 1e-9 || math.Abs(v.Spacing[2]-0.7) > 1e-9 {
		t.Errorf("%+v, %v", r, v.Spacing)
	}
	agrees(t, v, 1.01, math.Inf(-1))
}

// A head scanned in steps of 3.5 mm and, higher up, of 7 and 14 mm: nothing is missing, distances differ.
func TestStackOfTwoSteps(t *testing.T) {
	v, r, err := Stack(scan([]float64{0, 3.5, 7, 10.5, 14, 17.5, 21, 28, 35, 42, 56}, 0, plane))
	if err != nil {
		t.Fatal(err)
	}
	if r.Missing != nil || math.Abs(r.Uneven-10.5) > 1e-9 || v.Size[2] != 17 {
		t.Errorf("%+v, %v", r, v.Size)
	}
	agrees(t, v, 1.01, math.Inf(-1))
}

func TestStackDropsDoubles(t *testing.T) {
	s := scan(even, 0, plane)
	double := s[3]
	double.Name = "again"
	_, r, err := Stack(append(s, double))
	if err != nil || !slices.Equal(r.Duplicates, []string{"again"}) {
		t.Errorf("%+v %v", r, err)
	}
}

func TestStackRescales(t *testing.T) {
	s := scan(even, 0, func(space.Vec) float64 { return 90 })
	for i := range s {
		s[i].Signed, s[i].Intercept = false, -1024
		for p := range s[i].Pixels {
			s[i].Pixels[p] = 60000 // stays beyond 16 bits with sign
		}
	}
	v, r, err := Stack(s)
	if err != nil || !r.Float || v.At(0) != 60000-1024 {
		t.Errorf("%+v %v %v", r, v, err)
	}
	for i := range s {
		s[i].Slope = 0.5
	}
	if v, r, err = Stack(s); err != nil || !r.Float || v.At(5) != 30000-1024 {
		t.Errorf("%+v %v", r, err)
	}
}

func TestStacksThatAreNone(t *testing.T) {
	with := func(change func(s []Slice)) []Slice {
		s := scan(even, 0, plane)
		change(s)
		return s
	}
	for name, c := range map[string]struct {
		slices []Slice
		want   error
	}{
		"no slice":            {nil, ErrOneSlice},
		"one slice":           {scan([]float64{0}, 0, plane), ErrOneSlice},
		"one place":           {scan([]float64{0, 0}, 0, plane), ErrOneSlice},
		"two series":          {with(func(s []Slice) { s[2].Series = "9" }), ErrMixed},
		"two sizes":           {with(func(s []Slice) { s[2].Rows, s[2].Pixels = 10, s[2].Pixels[:240] }), ErrMixed},
		"two spacings":        {with(func(s []Slice) { s[2].Spacing[0] = 0.9 }), ErrMixed},
		"a localizer":         {with(func(s []Slice) { s[2].Row, s[2].Column = space.Vec{0, 1, 0}, space.Vec{0, 0, -1} }), ErrMixed},
		"two phases":          {with(func(s []Slice) { s[2].Position = s[3].Position }), ErrMixed},
		"five missing":        {scan([]float64{0, 1, 2, 3, 9, 10, 11}, 0, plane), ErrMissing},
		"unknown spacing":     {with(func(s []Slice) { s[2].Spacing = [2]float64{} }), ErrGeometry},
		"no place":            {with(func(s []Slice) { s[2].Position[0] = math.NaN() }), ErrGeometry},
		"no orientation":      {with(func(s []Slice) { s[0].Row = space.Vec{} }), ErrGeometry},
		"pixels cut off":      {with(func(s []Slice) { s[2].Pixels = s[2].Pixels[:9] }), ErrGeometry},
		"slope zero":          {with(func(s []Slice) { s[2].Slope = 0 }), ErrGeometry},
		"slope not a number":  {with(func(s []Slice) { s[2].Slope = math.NaN() }), ErrGeometry},
		"a slice of 0 pixels": {with(func(s []Slice) { s[2].Rows, s[2].Pixels = 0, nil }), ErrGeometry},
	} {
		if _, _, err := Stack(c.slices); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadInVesalius(t *testing.T) {
	v, err := ReadInVesalius(skullFile)
	if err != nil {
		t.Fatalf("the tests need Debian's invesalius-examples: %v", err)
	}
	if v.Size != [3]int{256, 256, 108} || v.Spacing != (space.Vec{0.95703120, 0.95703120, 1.5}) {
		t.Errorf("size %v, spacing %v", v.Size, v.Spacing)
	}
	if s := v.Stats(nil); s.Min != -1024 || s.Max != 2986 || s.Median != -994 { // as numpy says of matrix.dat
		t.Errorf("%+v", s)
	}
	if _, err := ReadInVesalius("volume_test.go"); !errors.Is(err, ErrInVesalius) {
		t.Errorf("a file of another kind: %v", err)
	}
}
