package codec

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"

	"consilium/imaging/dicom"
)

// Sorts of what may be wrong with a compressed frame. Test with errors.Is.
var (
	// ErrCorrupt: the frame breaks the rules of its compression, or ends too early.
	ErrCorrupt = errors.New("corrupt image")
	// ErrMismatch: the frame is whole and is not of the format that the header says.
	ErrMismatch = errors.New("image unlike its header")
	// ErrUnsupported: a compression, or a part of one, that this package does not decode.
	ErrUnsupported = errors.New("compression not supported")
	// ErrNoFrame: the image has no frame of that number.
	ErrNoFrame = errors.New("no such frame")
)

func corrupt(format string, a ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, a...))
}

func unsupported(format string, a ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, a...))
}

// MissingTool says that a program is not installed which a compression needs.
type MissingTool struct {
	Syntax   dicom.TransferSyntax
	Programs []string // any of them would do
	Package  string   // of Debian
}

func (m *MissingTool) Error() string {
	return fmt.Sprintf("%s needs the program %s on this server, which is not installed (Debian: apt-get install %s)", m.Syntax.Name(), m.Programs[0], m.Package)
}

// Decode decodes one frame that was stored in a transfer syntax. p is the format that the header says.
//
// The result is the frame's samples in little endian, p.Allocated bits each, and the format they are in: color comes pixel by pixel, and as RGB
// where the compression defines the way back to it. Uncompressed frames are given back as they are.
func Decode(ctx context.Context, s dicom.TransferSyntax, frame []byte, p dicom.PixelFormat) ([]byte, dicom.PixelFormat, error) {
	switch s {
	case dicom.RLELossless:
		b, err := rle(frame, p)
		p.Planar = false
		return b, p, err
	case dicom.DeflatedFrame:
		b, err := inflate(frame, p)
		return b, p, err
	case dicom.JPEG2000, dicom.JPEG2000Lossless, dicom.HTJ2K, dicom.HTJ2KLossless, dicom.HTJ2KLosslessRPCL:
		return jpeg2000(ctx, s, frame, p)
	}
	switch {
	case !s.Encapsulated() || s == dicom.EncapsulatedNative:
		if int64(len(frame)) < p.FrameBytes() {
			return nil, p, fmt.Errorf("%w: %d bytes for %d", ErrMismatch, len(frame), p.FrameBytes())
		}
		return frame[:p.FrameBytes()], p, nil
	case isJPEG(s):
		return decodeJPEG(frame, p)
	}
	return nil, p, unsupported("%s", s.Name())
}

// isJPEG says whether frames begin with the markers of ITU T.81 or T.87. What the markers say counts, not the transfer syntax: files whose
// syntax names another process than the one that they hold are common, and each process can be told from its bytes.
func isJPEG(s dicom.TransferSyntax) bool {
	return s >= "1.2.840.10008.1.2.4.50" && s <= "1.2.840.10008.1.2.4.81"
}

func decodeJPEG(frame []byte, p dicom.PixelFormat) ([]byte, dicom.PixelFormat, error) {
	raw, err := readJPEG(frame, int64(p.Rows)*int64(p.Columns)*int64(p.Samples))
	if err != nil {
		return nil, p, err
	}
	if raw.width != p.Columns || raw.height != p.Rows || raw.comps != p.Samples {
		return nil, p, fmt.Errorf("%w: %d×%d×%d compressed, %d×%d×%d in the header", ErrMismatch, raw.height, raw.width, raw.comps, p.Rows, p.Columns, p.Samples)
	}
	if raw.lossy && (p.Photometric == "YBR_FULL" || p.Photometric == "YBR_FULL_422") && p.Samples == 3 {
		raw.toRGB()
		p.Photometric = "RGB"
	}
	b, err := raw.pack(p)
	p.Planar = false
	return b, p, err
}

// raster is a decoded image: samples pixel by pixel.
type raster struct {
	width, height, comps int
	precision            int // bits of a sample
	samples              []uint16
	lossy                bool // from a discrete cosine transform
}

// pack writes the samples with the header's number of bits. Signed values come out of the compression as the bits that went in; where the header
// says that they are signed and keeps more bits than were compressed, the sign is extended.
func (r *raster) pack(p dicom.PixelFormat) ([]byte, error) {
	if r.precision > p.Allocated || p.Allocated < 8 || p.Allocated > 16 {
		return nil, fmt.Errorf("%w: %d bits compressed, %d allocated", ErrMismatch, r.precision, p.Allocated)
	}
	if p.Allocated == 8 {
		out := make([]byte, len(r.samples))
		for i, v := range r.samples {
			out[i] = byte(v)
		}
		return out, nil
	}
	out := make([]byte, 2*len(r.samples))
	for i, v := range r.samples {
		out[2*i], out[2*i+1] = byte(v), byte(v>>8)
	}
	return out, nil
}

// inflate reads a frame of Deflated Image Frame Compression, bounded by the size of the frame.
func inflate(frame []byte, p dicom.PixelFormat) ([]byte, error) {
	out := make([]byte, p.FrameBytes())
	if _, err := io.ReadFull(flate.NewReader(bytes.NewReader(frame)), out); err != nil {
		return nil, corrupt("deflated frame: %v", err)
	}
	return out, nil
}
