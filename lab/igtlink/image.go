package igtlink

import (
	"encoding/binary"
	"fmt"
)

// Scalar is the type of an image's numbers.
type Scalar uint8

// The types, by their numbers in the specification.
const (
	Int8    Scalar = 2
	Uint8   Scalar = 3
	Int16   Scalar = 4
	Uint16  Scalar = 5
	Int32   Scalar = 6
	Uint32  Scalar = 7
	Float32 Scalar = 10
	Float64 Scalar = 11
)

// size is the number of bytes; 0 for a type that is not known.
func (s Scalar) size() int64 {
	switch s {
	case Int8, Uint8:
		return 1
	case Int16, Uint16:
		return 2
	case Int32, Uint32, Float32:
		return 4
	case Float64:
		return 8
	}
	return 0
}

// Image is a volume or a slice, or a part of one.
type Image struct {
	Components uint8
	Scalar     Scalar
	BigEndian  bool          // the order of the bytes in Voxels; the header's own is always big
	LPS        bool          // coordinates are LPS; otherwise RAS
	Size       [3]uint16     // voxels along i, j, k
	Step       [3][3]float32 // Step[a] is the way from a voxel to the next along axis a, mm
	Center     [3]float32    // of the volume, mm
	Offset     [3]uint16     // of the part that Voxels holds
	Part       [3]uint16     // its size
	Voxels     []byte        // i fastest
}

// imageHeader is the length of what stands before the voxels.
const imageHeader = 72

// Kind is IMAGE.
func (Image) Kind() string { return "IMAGE" }

// bytes is the length that Voxels has to have.
func (m *Image) bytes() int64 {
	return int64(m.Components) * m.Scalar.size() * int64(m.Part[0]) * int64(m.Part[1]) * int64(m.Part[2])
}

func (m *Image) check() error {
	if m.Scalar.size() == 0 || m.Components == 0 {
		return fmt.Errorf("%d components of the scalar type %d", m.Components, m.Scalar)
	}
	for a := range 3 {
		if int(m.Offset[a])+int(m.Part[a]) > int(m.Size[a]) || m.Part[a] == 0 {
			return fmt.Errorf("a part of %v voxels at %v in %v", m.Part, m.Offset, m.Size)
		}
		for b := range 3 {
			if !finite(m.Step[a][b]) || !finite(m.Center[b]) {
				return fmt.Errorf("the matrix holds a number that is none")
			}
		}
	}
	if want := m.bytes(); want != int64(len(m.Voxels)) {
		return fmt.Errorf("%d bytes of voxels where %d belong", len(m.Voxels), want)
	}
	return nil
}

func (m Image) content(b []byte) ([]byte, error) {
	if m.Part == [3]uint16{} {
		m.Part = m.Size
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	endian, coordinates := uint8(2), uint8(1)
	if m.BigEndian {
		endian = 1
	}
	if m.LPS {
		coordinates = 2
	}
	b = append(b, 0, 1, m.Components, uint8(m.Scalar), endian, coordinates)
	b = appendShorts(b, m.Size)
	for a := range 3 {
		b = appendFloat(b, m.Step[a][:]...)
	}
	b = appendFloat(b, m.Center[:]...)
	b = appendShorts(appendShorts(b, m.Offset), m.Part)
	return append(b, m.Voxels...), nil
}

func decodeImage(b []byte) (Body, error) {
	if len(b) < imageHeader {
		return nil, fmt.Errorf("%d bytes, less than %d", len(b), imageHeader)
	}
	m := Image{Components: b[2], Scalar: Scalar(b[3]), BigEndian: b[4] == 1, LPS: b[5] == 2, Size: readShorts(b[6:]), Offset: readShorts(b[60:]), Part: readShorts(b[66:]), Voxels: b[imageHeader:]}
	if b[4] != 1 && b[4] != 2 || b[5] != 1 && b[5] != 2 {
		return nil, fmt.Errorf("byte order %d, coordinates %d", b[4], b[5])
	}
	v := readFloats(b[12:], 12)
	for a := range 3 {
		m.Step[a] = [3]float32(v[3*a:])
	}
	m.Center = [3]float32(v[9:])
	return m, m.check()
}

func appendShorts(b []byte, v [3]uint16) []byte {
	for _, n := range v {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	return b
}

func readShorts(b []byte) (v [3]uint16) {
	for i := range v {
		v[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return v
}
