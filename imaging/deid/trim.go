package deid

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"consilium/imaging/dicom"
)

// mostFrame bounds one compressed frame that is looked through.
const mostFrame = 1 << 30

// trim takes out of pixel data what is no pixel: bytes behind the last frame, and in compressed frames comments, data of applications and what stands behind their
// end. Values of pixels stay what they are. What cannot be told apart is refused, because it cannot be looked through.
func trim(d *dicom.Dataset, syntax dicom.TransferSyntax, r *Report) error {
	e := d.Find(dicom.PixelData)
	if e == nil || e.Empty() {
		return nil
	}
	if e.Fragments == nil {
		trimNative(d, e, r)
		return nil
	}
	if !marked(syntax) {
		return nil
	}
	frames, err := dicom.NewFile(d, syntax).Frames()
	if err != nil {
		return fmt.Errorf("de-identifying compressed pixels: %w", err)
	}
	return trimFrames(d, e, frames, r)
}

// trimNative cuts uncompressed pixel data to its frames.
func trimNative(d *dicom.Dataset, e *dicom.Element, r *Report) {
	p, err := d.PixelFormat()
	if err != nil {
		return
	}
	n := (p.FrameBits()*int64(p.Frames) + 7) / 8
	if n += n % 2; n <= 0 || e.Data().Len() <= n {
		return
	}
	cut := e.Data().Slice(0, n)
	if e.Bulk != nil {
		e.Bulk = &cut
	} else {
		e.Value = e.Value[:n:n]
	}
	r.did(e.Tag.Hex(), Clean)
}

// marked tells whether frames of a syntax are made of marker segments: JPEG, JPEG-LS and JPEG 2000.
func marked(s dicom.TransferSyntax) bool {
	switch s {
	case dicom.JPEGBaseline, dicom.JPEGExtended, dicom.JPEGLossless, dicom.JPEGLosslessSV1, dicom.JPEGLSLossless, dicom.JPEGLSNearLossless, dicom.JPEG2000, dicom.JPEG2000Lossless,
		dicom.HTJ2K, dicom.HTJ2KLossless, dicom.HTJ2KLosslessRPCL:
		return true
	}
	return false
}

// trimFrames takes comments out of every frame. Where one had any, each frame becomes one fragment, and tables of offsets are emptied: they would be wrong.
func trimFrames(d *dicom.Dataset, e *dicom.Element, frames *dicom.Frames, r *Report) error {
	made := []dicom.Data{dicom.Bytes(nil)}
	changed := false
	for i := range frames.Format.Frames {
		f, err := frames.Frame(i)
		if err != nil {
			return fmt.Errorf("de-identifying compressed pixels: %w", err)
		}
		b, err := f.Load(mostFrame)
		if err != nil {
			return fmt.Errorf("de-identifying compressed pixels: %w", err)
		}
		if clean := uncommented(b); len(clean) < len(b) {
			changed = true
			whole := f
			f = dicom.Lazy(int64(len(clean)), func() io.Reader { return reopened(whole) })
		}
		made = append(made, f)
	}
	if !changed {
		return nil
	}
	e.Fragments = made
	d.Delete(dicom.ExtendedOffsetTable)
	d.Delete(0x7FE00002) // Extended Offset Table Lengths
	r.did(dicom.PixelData.Hex(), Clean)
	return nil
}

// reopened reads a frame once more, without its comments: frames are not kept in memory.
func reopened(f dicom.Data) io.Reader {
	b, err := f.Load(mostFrame)
	if err != nil {
		return broken{err}
	}
	return bytes.NewReader(uncommented(b))
}

// broken is a frame that could not be read again.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// uncommented is a compressed frame without comments (COM), data of applications (APPn) that decoders do not need, and what stands behind its end. One that does
// not begin as it should is given back as it is: no decoder shows it, and none of its bytes can be told from pixels.
func uncommented(b []byte) []byte {
	const soi, soc, eoi = 0xFFD8, 0xFF4F, 0xFFD9
	if len(b) < 4 || binary.BigEndian.Uint16(b) != soi && binary.BigEndian.Uint16(b) != soc {
		return b
	}
	out := append(make([]byte, 0, len(b)), b[:2]...)
	at := 2
	for at+4 <= len(b) && b[at] == 0xFF && !scans(b[at+1]) {
		if b[at+1] == 0xFF { // a fill byte
			at++
			continue
		}
		n := 2 + int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 4 || at+n > len(b) {
			break
		}
		if !idle(b[at : at+n]) {
			out = append(out, b[at:at+n]...)
		}
		at += n
	}
	end := len(b)
	if last := bytes.LastIndex(b[at:], []byte{eoi >> 8, eoi & 0xFF}); last >= 0 {
		end = at + last + 2
	}
	out = append(out, b[at:end]...)
	if end == len(b) && len(out) == len(b) || len(bytes.TrimRight(b[end:], "\x00")) == 0 && len(out) == end {
		return b // nothing but the padding to an even length
	}
	return out
}

// scans tells the marker behind which the compressed values stand: start of scan of JPEG, start of a tile of JPEG 2000.
func scans(marker byte) bool { return marker == 0xDA || marker == 0x90 }

// idle tells a segment without which a frame decodes to the same values: comments, and data of applications but for those that say how color was transformed.
func idle(segment []byte) bool {
	marker, text := segment[1], segment[4:]
	switch {
	case marker == 0xFE, marker == 0x64: // COM of JPEG and of JPEG 2000
		return true
	case marker == 0xE0:
		return len(segment) != 18 || !bytes.HasPrefix(text, []byte("JFIF\x00"))
	case marker == 0xEE:
		return len(segment) != 16 || !bytes.HasPrefix(text, []byte("Adobe"))
	case marker == 0xE8:
		return len(segment) != 9 || !bytes.HasPrefix(text, []byte("mrfx"))
	}
	return marker >= 0xE1 && marker <= 0xEF
}
