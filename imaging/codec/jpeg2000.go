package codec

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"consilium/imaging/dicom"
)

// patience is how long a program may take for one frame, whatever the caller's deadline: a hostile frame must not keep a processor for ever.
const patience = time.Minute

// codestream is what a JPEG 2000 codestream's size marker says (ITU T.800 section A.5.1).
type codestream struct {
	width, height, comps int
	precision            int
	signed               bool
	boxed                bool // the codestream stands in a file (JP2)
}

// readCodestream reads the size marker, which must be the first, behind the boxes of a file if there are some.
func readCodestream(b []byte) (c codestream, err error) {
	i := bytes.Index(b, []byte{0xFF, 0x4F, 0xFF, 0x51})
	if i < 0 || len(b) < i+45 {
		return c, corrupt("a JPEG 2000 frame without its size")
	}
	siz := b[i+6:]
	n := func(at int) int64 { return int64(binary.BigEndian.Uint32(siz[at:])) }
	c.boxed = i > 0
	c.width, c.height = int(n(2)-n(10)), int(n(6)-n(14))
	c.comps = int(binary.BigEndian.Uint16(siz[34:]))
	if len(siz) < 36+3*c.comps || c.comps < 1 || c.width < 1 || c.height < 1 {
		return c, corrupt("a JPEG 2000 frame of %d components", c.comps)
	}
	c.precision, c.signed = int(siz[36]&0x7F)+1, siz[36]&0x80 != 0
	for k := range c.comps {
		if d := siz[36+3*k:]; d[0] != siz[36] || d[1] != 1 || d[2] != 1 {
			return c, unsupported("JPEG 2000 with components of different size or precision")
		}
	}
	return c, nil
}

// jpeg2000 decodes a frame with an installed program. Where codestream and header disagree on the sign, values are signed if either says so: the
// codestream knows what was coded, and encoders that know no sign coded the bits of signed values.
func jpeg2000(ctx context.Context, s dicom.TransferSyntax, frame []byte, p dicom.PixelFormat) ([]byte, dicom.PixelFormat, error) {
	c, err := readCodestream(frame)
	if err != nil {
		return nil, p, err
	}
	if c.width != p.Columns || c.height != p.Rows || c.comps != p.Samples || c.precision > p.Allocated || c.precision > 16 || p.Allocated > 16 {
		return nil, p, fmt.Errorf("%w: %d×%d×%d of %d bits compressed, %d×%d×%d of %d allocated in the header", ErrMismatch, c.height, c.width, c.comps,
			c.precision, p.Rows, p.Columns, p.Samples, p.Allocated)
	}
	planes, err := expand(ctx, s, frame, c)
	if err != nil {
		return nil, p, err
	}
	p.Signed = p.Signed || c.signed
	if p.Samples == 3 { // YBR_ICT and YBR_RCT are turned back by the decoder
		p.Photometric = "RGB"
	}
	p.Planar = false
	out, err := c.gather(planes, p)
	return out, p, err
}

// gather makes pixels of planes, with the sign extended to all allocated bits.
func (c codestream) gather(planes []byte, p dicom.PixelFormat) ([]byte, error) {
	width, n := (c.precision+7)/8, c.width*c.height
	if len(planes) != n*c.comps*width {
		return nil, corrupt("%d bytes were decoded where %d samples of %d were expected", len(planes), n*c.comps, width)
	}
	out := make([]byte, 0, n*c.comps*p.Allocated/8)
	spare := 16 - c.precision
	for i := range n {
		for k := range c.comps {
			at := (k*n + i) * width
			v := uint16(planes[at])
			if width == 2 {
				v |= uint16(planes[at+1]) << 8
			}
			v <<= spare
			if p.Signed {
				v = uint16(int16(v) >> spare)
			} else {
				v >>= spare
			}
			out = append(out, byte(v))
			if p.Allocated == 16 {
				out = append(out, byte(v>>8))
			}
		}
	}
	return out, nil
}

// decoder is a program that decodes a codestream, and how its output is read.
type decoder struct {
	name, debian string
	high         bool // reads high throughput only
}

// decoders in order of preference: OpenJPH is the faster one for what it reads; OpenJPEG reads high throughput since version 2.5.
var decoders = []decoder{{"ojph_expand", "openjph-tools", true}, {"opj_decompress", "libopenjp2-tools", false}}

// expand runs the program that is there and gives planes, low byte first.
func expand(ctx context.Context, s dicom.TransferSyntax, frame []byte, c codestream) ([]byte, error) {
	missing := &MissingTool{Syntax: s}
	for _, d := range decoders {
		if d.high && (s == dicom.JPEG2000 || s == dicom.JPEG2000Lossless || c.boxed || c.signed) {
			continue // ojph_expand 0.9 writes negative values as 0
		}
		path, err := exec.LookPath(d.name)
		if err == nil {
			return d.run(ctx, path, frame, c)
		}
		missing.Programs, missing.Package = append(missing.Programs, d.name), d.debian
	}
	return nil, missing
}

func (d decoder) run(ctx context.Context, path string, frame []byte, c codestream) ([]byte, error) {
	dir, err := os.MkdirTemp("", "frame")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	input, output := filepath.Join(dir, "in.j2c"), filepath.Join(dir, "out.rawl")
	switch {
	case c.boxed:
		input = filepath.Join(dir, "in.jp2")
	case d.high && c.comps == 3:
		output = filepath.Join(dir, "out.ppm")
	case d.high:
		output = filepath.Join(dir, "out.yuv")
	}
	if err := os.WriteFile(input, frame, 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	said, err := exec.CommandContext(ctx, path, "-i", input, "-o", output).CombinedOutput()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, corrupt("%s: %v: %.200s", d.name, err, bytes.TrimSpace(said))
	}
	out, err := os.ReadFile(output)
	if errors.Is(err, os.ErrNotExist) {
		return nil, corrupt("%s wrote nothing: %.200s", d.name, bytes.TrimSpace(said))
	}
	if err == nil && filepath.Ext(output) == ".ppm" {
		return c.planes(out)
	}
	return out, err
}

// planes reads a portable pixmap: pixel by pixel, high byte first.
func (c codestream) planes(ppm []byte) ([]byte, error) {
	width, n := (c.precision+7)/8, c.width*c.height
	size := n * c.comps * width
	if len(ppm) < size {
		return nil, corrupt("%d bytes were decoded where %d were expected", len(ppm), size)
	}
	in, out := ppm[len(ppm)-size:], make([]byte, size)
	for i := range n {
		for k := range c.comps {
			for b := range width {
				out[(k*n+i)*width+width-1-b] = in[(i*c.comps+k)*width+b]
			}
		}
	}
	return out, nil
}
