package codec

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"consilium/imaging/dicom"
)

// MaxFrame is how many bytes a frame may have uncompressed. Images of the standard's classes are far smaller; slides come in tiles.
const MaxFrame = 512 << 20

// Frame decodes frame i, counted from 0, of a file's pixel data.
func Frame(ctx context.Context, f *dicom.File, i int) ([]byte, dicom.PixelFormat, error) {
	fr, err := f.Frames()
	if err != nil {
		return nil, dicom.PixelFormat{}, err
	}
	if i < 0 || i >= fr.Format.Frames {
		return nil, fr.Format, fmt.Errorf("frame %d of %d: %w", i+1, fr.Format.Frames, ErrNoFrame)
	}
	return frame(ctx, f.Syntax, fr, i)
}

func frame(ctx context.Context, s dicom.TransferSyntax, fr *dicom.Frames, i int) ([]byte, dicom.PixelFormat, error) {
	if n := fr.Format.FrameBytes(); n > MaxFrame {
		return nil, fr.Format, fmt.Errorf("a frame of %d bytes: %w", n, dicom.ErrTooLarge)
	}
	if err := ctx.Err(); err != nil {
		return nil, fr.Format, err
	}
	d, err := fr.Frame(i)
	if err != nil {
		return nil, fr.Format, err
	}
	b, err := d.Load(MaxFrame)
	if err != nil {
		return nil, fr.Format, err
	}
	return Decode(ctx, s, b, fr.Format)
}

// Expand gives the file in an uncompressed transfer syntax. The file itself is not changed, and its long values are shared. Compressed frames are
// decoded one by one when the result is written, so that an error in one of them comes then; the first is decoded at once, to learn the format
// and to refuse early what cannot be decoded. ctx ends the writing too.
func Expand(ctx context.Context, f *dicom.File, s dicom.TransferSyntax) (*dicom.File, error) {
	if s.Encapsulated() {
		return nil, unsupported("to compress to %s", s.Name())
	}
	out := *f
	out.Syntax = s
	e := f.Dataset.Find(dicom.PixelData)
	if e == nil || e.Fragments == nil {
		return &out, nil
	}
	fr, err := f.Frames()
	if err != nil {
		return nil, err
	}
	first, p, err := frame(ctx, f.Syntax, fr, 0)
	if err != nil {
		return nil, err
	}
	size := int64(len(first))
	pixels := &expanded{ctx: ctx, syntax: f.Syntax, frames: fr, size: size}
	n := size * int64(p.Frames)
	out.Dataset = f.Dataset.Clone()
	out.Dataset.SetPixelFormat(p)
	v := dicom.OW
	if p.Allocated <= 8 {
		v = dicom.OB
	}
	data := dicom.Lazy(n, pixels.open)
	out.Dataset.Set(dicom.Element{Tag: dicom.PixelData, VR: v, Bulk: &data})
	out.Dataset.Delete(dicom.ExtendedOffsetTable)
	out.Dataset.Delete(dicom.ExtendedOffsetTableLengths)
	return &out, nil
}

// expanded reads all frames of an image, decoding each when its turn comes.
type expanded struct {
	ctx    context.Context
	syntax dicom.TransferSyntax
	frames *dicom.Frames
	size   int64
}

func (x *expanded) open() io.Reader { return &frameReader{expanded: x} }

type frameReader struct {
	*expanded
	next int
	now  bytes.Reader
}

func (r *frameReader) Read(p []byte) (int, error) {
	for r.now.Len() == 0 {
		if r.next == r.frames.Format.Frames {
			return 0, io.EOF
		}
		b, _, err := frame(r.ctx, r.syntax, r.frames, r.next)
		if err == nil && int64(len(b)) != r.size {
			err = fmt.Errorf("%w: a frame of %d bytes among frames of %d", ErrMismatch, len(b), r.size)
		}
		if err != nil {
			return 0, fmt.Errorf("frame %d: %w", r.next+1, err)
		}
		r.next++
		r.now.Reset(b)
	}
	return r.now.Read(p)
}
