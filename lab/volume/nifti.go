package volume

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"consilium/lab/space"
)

// ErrNIfTI says that bytes are not a NIfTI-1 image that is understood.
var ErrNIfTI = errors.New("volume: not a NIfTI image")

// niftiHeader is NIfTI-1's, 348 bytes (nifti1.h of the NIfTI Data Format Working Group, 2007). Field names are the standard's.
type niftiHeader struct {
	SizeofHdr  int32
	_          [36]byte
	Dim        [8]int16
	_          [14]byte // intents
	Datatype   int16
	Bitpix     int16
	SliceStart int16
	Pixdim     [8]float32
	VoxOffset  float32
	SclSlope   float32
	SclInter   float32
	SliceEnd   int16
	SliceCode  byte
	XyztUnits  byte
	_          [24]byte // calibration, durations, unused
	Descrip    [80]byte
	AuxFile    [24]byte
	QformCode  int16
	SformCode  int16
	Quatern    [3]float32
	Qoffset    [3]float32
	Srow       [3][4]float32
	IntentName [16]byte
	Magic      [4]byte
}

// sampleBytes is how many bytes a sample takes, for the data types that are read.
var sampleBytes = map[int16]int{2: 1, 4: 2, 8: 4, 16: 4, 64: 8, 256: 1, 512: 2, 768: 4}

// ReadNIfTI reads a NIfTI-1 image (.nii, gzipped or not) with one volume. Its directions (RAS) become the patient's (LPS). Samples that are whole and fit are kept as
// 16-bit numbers, after the file's own scaling.
func ReadNIfTI(r io.Reader) (*Volume, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := in.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrNIfTI, err)
		}
		in = bufio.NewReaderSize(z, 1<<16)
	}
	var raw [348]byte
	if _, err := io.ReadFull(in, raw[:]); err != nil {
		return nil, fmt.Errorf("%w: its header is cut off", ErrNIfTI)
	}
	h, order, err := parseNIfTI(raw[:])
	if err != nil {
		return nil, err
	}
	g, err := h.grid()
	if err != nil {
		return nil, err
	}
	skip := int64(h.VoxOffset) - int64(len(raw))
	if !(h.VoxOffset >= 352 && h.VoxOffset < 1<<30) {
		return nil, fmt.Errorf("%w: its data begin at byte %g", ErrNIfTI, h.VoxOffset)
	}
	if _, err := io.CopyN(io.Discard, in, skip); err != nil {
		return nil, fmt.Errorf("%w: it ends before its data", ErrNIfTI)
	}
	return h.samples(in, order, g)
}

func parseNIfTI(raw []byte) (*niftiHeader, binary.ByteOrder, error) {
	var order binary.ByteOrder = binary.LittleEndian
	if binary.BigEndian.Uint32(raw) == 348 {
		order = binary.BigEndian
	}
	h := &niftiHeader{}
	if err := binary.Read(bytes.NewReader(raw), order, h); err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrNIfTI, err)
	}
	switch {
	case h.SizeofHdr != 348 || string(h.Magic[:]) != "n+1\x00":
		return nil, nil, fmt.Errorf("%w: no n+1 header (a pair of .hdr and .img, or NIfTI-2, is not read)", ErrNIfTI)
	case sampleBytes[h.Datatype] == 0:
		return nil, nil, fmt.Errorf("%w: data type %d is not read", ErrNIfTI, h.Datatype)
	case h.Dim[0] < 3 || h.Dim[0] > 7:
		return nil, nil, fmt.Errorf("%w: it has %d dimensions", ErrNIfTI, h.Dim[0])
	}
	for _, n := range h.Dim[4 : h.Dim[0]+1] {
		if n > 1 {
			return nil, nil, fmt.Errorf("%w: it holds several volumes (%v)", ErrNIfTI, h.Dim[1:h.Dim[0]+1])
		}
	}
	return h, order, nil
}

// grid takes the sform if there is one, else the qform (methods 3 and 2 of nifti1.h). Without either the file does not say where the patient is, and is refused.
func (h *niftiHeader) grid() (Grid, error) {
	unit := 1.0
	switch h.XyztUnits & 7 {
	case 1:
		unit = 1000 // meters
	case 3:
		unit = 0.001 // micrometers
	}
	g := Grid{Size: [3]int{int(h.Dim[1]), int(h.Dim[2]), int(h.Dim[3])}}
	var affine space.Mat // RAS
	switch {
	case h.SformCode > 0:
		for r := range 3 {
			affine[r] = space.Vec{float64(h.Srow[r][0]), float64(h.Srow[r][1]), float64(h.Srow[r][2])}
			g.Origin[r] = float64(h.Srow[r][3])
		}
	case h.QformCode > 0:
		affine = h.quaternion()
		for r := range 3 {
			g.Origin[r] = float64(h.Qoffset[r])
		}
	default:
		return g, fmt.Errorf("%w: it does not say how it lies in the patient (neither sform nor qform)", ErrGeometry)
	}
	affine[0], affine[1] = affine[0].Scale(-1), affine[1].Scale(-1) // RAS to LPS
	g.Origin[0], g.Origin[1] = -g.Origin[0], -g.Origin[1]
	var axes [3]space.Vec
	for c := range 3 {
		column := affine.Column(c)
		g.Spacing[c], axes[c] = column.Norm()*unit, column.Unit()
	}
	g.Direction, g.Origin = space.Columns(axes[0], axes[1], axes[2]), g.Origin.Scale(unit)
	return g, g.Check(2)
}

func (h *niftiHeader) quaternion() space.Mat {
	b, c, d := float64(h.Quatern[0]), float64(h.Quatern[1]), float64(h.Quatern[2])
	a := math.Sqrt(max(0, 1-b*b-c*c-d*d))
	last := float64(h.Pixdim[3])
	if h.Pixdim[0] < 0 {
		last = -last
	}
	x, y := float64(h.Pixdim[1]), float64(h.Pixdim[2])
	return space.Mat{
		{(a*a + b*b - c*c - d*d) * x, 2 * (b*c - a*d) * y, 2 * (b*d + a*c) * last},
		{2 * (b*c + a*d) * x, (a*a + c*c - b*b - d*d) * y, 2 * (c*d - a*b) * last},
		{2 * (b*d - a*c) * x, 2 * (c*d + a*b) * y, (a*a + d*d - b*b - c*c) * last},
	}
}

// samples reads piece by piece: a short file that claims a large volume costs what it holds.
func (h *niftiHeader) samples(in io.Reader, order binary.ByteOrder, g Grid) (*Volume, error) {
	size := sampleBytes[h.Datatype]
	slope, inter := float64(h.SclSlope), float64(h.SclInter)
	if slope == 0 || math.IsNaN(slope) {
		slope, inter = 1, 0
	}
	whole := h.Datatype != 8 && h.Datatype != 768 && h.Datatype != 16 && h.Datatype != 64 && h.Datatype != 512 && slope == math.Trunc(slope) && inter == math.Trunc(inter) &&
		math.Abs(slope)*32768+math.Abs(inter) <= math.MaxInt16+1
	if !whole {
		if err := g.Check(4); err != nil {
			return nil, err
		}
	}
	v := &Volume{Grid: g}
	buffer := make([]byte, 1<<16)
	for left := g.Voxels(); left > 0; {
		part := buffer[:min(left*size, len(buffer))]
		if n, err := io.ReadFull(in, part); err != nil {
			return nil, fmt.Errorf("%w: %d of its %d samples are there", ErrNIfTI, g.Voxels()-left+n/size, g.Voxels())
		}
		for at := 0; at < len(part); at += size {
			f := slope*niftiSample(part[at:at+size], h.Datatype, order) + inter
			if whole {
				v.Int16 = append(v.Int16, int16(f))
			} else {
				v.Float32 = append(v.Float32, float32(f))
			}
		}
		left -= len(part) / size
	}
	return v, nil
}

func niftiSample(b []byte, datatype int16, order binary.ByteOrder) float64 {
	switch datatype {
	case 2:
		return float64(b[0])
	case 256:
		return float64(int8(b[0]))
	case 4:
		return float64(int16(order.Uint16(b)))
	case 512:
		return float64(order.Uint16(b))
	case 8:
		return float64(int32(order.Uint32(b)))
	case 768:
		return float64(order.Uint32(b))
	case 16:
		return float64(math.Float32frombits(order.Uint32(b)))
	}
	return math.Float64frombits(order.Uint64(b))
}

// WriteNIfTI writes a NIfTI-1 image (.nii, not gzipped) with an sform in RAS, as other programs expect it.
func (v *Volume) WriteNIfTI(w io.Writer) error {
	if err := v.Check(); err != nil {
		return err
	}
	h := niftiHeader{SizeofHdr: 348, Datatype: 4, Bitpix: 16, VoxOffset: 352, SclSlope: 1, XyztUnits: 2, SformCode: 1, Magic: [4]byte{'n', '+', '1'}}
	if v.Int16 == nil {
		h.Datatype, h.Bitpix = 16, 32
	}
	h.Dim, h.Pixdim = [8]int16{3, 1, 1, 1, 1, 1, 1, 1}, [8]float32{1}
	sign := [3]float64{-1, -1, 1} // LPS to RAS
	for c := range 3 {
		if v.Size[c] > math.MaxInt16 {
			return fmt.Errorf("%w: NIfTI-1 holds at most %d voxels along an axis", ErrTooLarge, math.MaxInt16)
		}
		h.Dim[c+1], h.Pixdim[c+1] = int16(v.Size[c]), float32(v.Spacing[c])
		h.Srow[c][3] = float32(sign[c] * v.Origin[c])
		for r := range 3 {
			h.Srow[r][c] = float32(sign[r] * v.Direction[r][c] * v.Spacing[c])
		}
	}
	out := bufio.NewWriterSize(w, 1<<20)
	if err := binary.Write(out, binary.LittleEndian, h); err != nil {
		return err
	}
	if _, err := out.Write(make([]byte, 4)); err != nil { // no extensions
		return err
	}
	if err := v.writeSamples(out); err != nil {
		return err
	}
	return out.Flush()
}

func (v *Volume) writeSamples(out io.Writer) error {
	const rows = 1 << 15
	for at := 0; at < v.Voxels(); at += rows {
		end := min(at+rows, v.Voxels())
		var err error
		if v.Int16 != nil {
			err = binary.Write(out, binary.LittleEndian, v.Int16[at:end])
		} else {
			err = binary.Write(out, binary.LittleEndian, v.Float32[at:end])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
