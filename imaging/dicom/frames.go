package dicom

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Frames gives the frames of an image one by one, as they are stored: compressed where the file is.
type Frames struct {
	Format PixelFormat
	native Data     // all frames, uncompressed
	split  [][]Data // fragments of each frame, compressed
}

// Frames finds the frames of the file's pixel data. ErrMalformed where header and data contradict each other; ErrTransferSyntax for video, whose
// frames cannot be told apart without decoding.
func (f *File) Frames() (*Frames, error) {
	p, err := f.Dataset.PixelFormat()
	if err != nil {
		return nil, err
	}
	e := f.Dataset.Find(PixelData)
	for _, t := range []Tag{FloatPixelData, DoubleFloatPixelData} {
		if e == nil {
			e = f.Dataset.Find(t)
		}
	}
	switch {
	case e == nil || e.Empty():
		return nil, fmt.Errorf("DICOM: %w: there is no pixel data", ErrMalformed)
	case e.Fragments != nil && f.Syntax.video():
		return nil, fmt.Errorf("DICOM: %w %s is video, not frames", ErrTransferSyntax, f.Syntax.Name())
	case e.Fragments != nil:
		return f.encapsulated(p, e.Fragments)
	}
	fr := &Frames{Format: p, native: e.Data()}
	if bits := fr.native.Len() * 8; p.FrameBits() > bits/int64(p.Frames) {
		return nil, fmt.Errorf("DICOM: %w: %d frames of %d bytes in %d bytes of pixel data", ErrMalformed, p.Frames, p.FrameBytes(), fr.native.Len())
	}
	return fr, nil
}

func (s TransferSyntax) video() bool {
	return s >= "1.2.840.10008.1.2.4.100" && s <= "1.2.840.10008.1.2.4.108"
}

// Compressed says whether frames are compressed.
func (f *Frames) Compressed() bool { return f.split != nil }

// Frame gives frame i, counted from 0. It panics outside of Format.Frames.
func (f *Frames) Frame(i int) (Data, error) {
	if i < 0 || i >= f.Format.Frames {
		panic(fmt.Sprintf("dicom: frame %d of %d", i, f.Format.Frames))
	}
	if f.split != nil {
		return joined(f.split[i]), nil
	}
	bits := f.Format.FrameBits()
	first := int64(i) * bits
	if first%8 == 0 {
		return f.native.Slice(first/8, f.Format.FrameBytes()), nil
	}
	return f.shifted(first, bits)
}

// shifted is a frame of single bits that begins inside of a byte, moved to begin at one (PS3.5 section 8.1.1: frames follow without padding).
func (f *Frames) shifted(first, bits int64) (Data, error) {
	from, to := first/8, (first+bits+7)/8
	in, err := f.native.Slice(from, to-from).Load(to - from)
	if err != nil {
		return Data{}, err
	}
	out, shift := make([]byte, (bits+7)/8), uint(first%8)
	for i := range out {
		out[i] = in[i] >> shift
		if i+1 < len(in) {
			out[i] |= in[i+1] << (8 - shift)
		}
	}
	return Bytes(out), nil
}

// joined makes one piece of several.
func joined(parts []Data) Data {
	if len(parts) == 1 {
		return parts[0]
	}
	var n int64
	for _, p := range parts {
		n += p.n
	}
	return Lazy(n, func() io.Reader {
		r := make([]io.Reader, len(parts))
		for i, p := range parts {
			r[i] = p.Open()
		}
		return io.MultiReader(r...)
	})
}

// encapsulated shares the fragments out among the frames (PS3.5 section A.4): by the tables of offsets where they are right, else by what the
// fragments can only be.
func (f *File) encapsulated(p PixelFormat, all []Data) (*Frames, error) {
	fr := &Frames{Format: p}
	parts := all[1:]
	switch {
	case len(parts) < p.Frames:
		return nil, fmt.Errorf("DICOM: %w: %d frames in %d fragments", ErrMalformed, p.Frames, len(parts))
	case p.Frames == 1:
		fr.split = [][]Data{parts}
	case len(parts) == p.Frames:
		for i := range parts {
			fr.split = append(fr.split, parts[i:i+1])
		}
	default:
		starts := f.offsets(p.Frames, all)
		if fr.split = atOffsets(starts, parts); fr.split == nil {
			fr.split = atMarkers(p.Frames, parts)
		}
	}
	if fr.split == nil {
		return nil, fmt.Errorf("DICOM: %w: %d fragments cannot be shared out among %d frames", ErrMalformed, len(parts), p.Frames)
	}
	return fr, nil
}

// offsets reads the extended or the basic offset table; nil where there is none for that many frames.
func (f *File) offsets(frames int, all []Data) (starts []uint64) {
	if e := f.Dataset.Find(ExtendedOffsetTable); e != nil {
		if b, err := e.Data().Load(8 * int64(frames)); err == nil && len(b) == 8*frames {
			for ; len(b) > 0; b = b[8:] {
				starts = append(starts, binary.LittleEndian.Uint64(b))
			}
			return starts
		}
	}
	b, err := all[0].Load(4 * int64(frames))
	if err != nil || len(b) != 4*frames {
		return nil
	}
	for ; len(b) > 0; b = b[4:] {
		starts = append(starts, uint64(binary.LittleEndian.Uint32(b)))
	}
	return starts
}

// atOffsets splits fragments where frames begin, counted from the first fragment's item; nil where one begins inside of a fragment.
func atOffsets(starts []uint64, parts []Data) (split [][]Data) {
	var at uint64
	first := 0
	for i, p := range parts {
		if n := len(split); n+1 < len(starts) && at >= starts[n+1] {
			if at != starts[n+1] || first == i {
				return nil
			}
			split, first = append(split, parts[first:i]), i
		}
		at += 8 + uint64(p.n+p.n%2)
	}
	split = append(split, parts[first:])
	if len(split) != len(starts) || len(starts) == 0 || starts[0] != 0 {
		return nil
	}
	return split
}

// atMarkers splits fragments where one begins with a start of image: JPEG and JPEG-LS, JPEG 2000 codestream or file.
func atMarkers(frames int, parts []Data) (split [][]Data) {
	for i, p := range parts {
		var b [2]byte
		if _, err := io.ReadFull(p.Open(), b[:]); err != nil {
			return nil
		}
		begins := b == [2]byte{0xFF, 0xD8} || b == [2]byte{0xFF, 0x4F} || b == [2]byte{}
		if !begins && i == 0 {
			return nil
		}
		if begins {
			split = append(split, nil)
		}
		split[len(split)-1] = append(split[len(split)-1], p)
	}
	if len(split) != frames {
		return nil
	}
	return split
}
