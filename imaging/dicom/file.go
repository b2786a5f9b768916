package dicom

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// File is a data set with the header of its file (PS3.10).
type File struct {
	Meta     Dataset // group 0002
	Dataset  *Dataset
	Syntax   TransferSyntax // what the data set was read in, or is to be written in
	Warnings []Warning
	// End is where reading stopped: the length of what was read, or the offset of the element that Options.StopBefore stopped at. For a deflated
	// data set it counts inflated bytes.
	End int64
}

// Inflated bytes allowed for a deflated data set of n bytes: far above what images deflate to, far below what a bomb inflates to.
func inflateLimit(n int64) int64 { return 32<<20 + 200*n }

// Read reads a file of size bytes. Long values stay in src, see Data.
//
// With an error, the file holds what was read before it, and is nil where that is nothing.
func Read(src io.ReaderAt, size int64, o Options) (*File, error) {
	r := &reader{o: o.filled(), from: plainSource{src}}
	r.at, r.end = src, size
	return r.file()
}

// Open reads a file of the disk and keeps it open for its long values until close.
func Open(name string, o Options) (f *File, close func() error, err error) {
	h, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := h.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &Error{ErrNotDICOM, 0, 0, "it is not a regular file"}
	}
	if err == nil {
		f, err = Read(h, info.Size(), o)
	}
	if f == nil {
		h.Close()
		return nil, nil, err
	}
	return f, h.Close, err
}

// ReadDataset reads a data set alone, as network messages carry it, and holds all of its values within Options.Memory.
func ReadDataset(src io.Reader, s TransferSyntax, o Options) (*Dataset, error) {
	r := &reader{o: o.filled()}
	if s.Deflated() {
		src = flate.NewReader(src)
	}
	r.at, r.end = &forward{r: src}, unknown
	r.setSyntax(s)
	d := &Dataset{}
	err := r.dataset(d, r.end, false)
	return d, err
}

func (r *reader) file() (*File, error) {
	f := &File{Dataset: &Dataset{}}
	if err := r.meta(f); err != nil {
		return nil, err
	}
	r.tag = 0
	if f.Syntax.Deflated() {
		z := inflated{r.at, r.pos, r.end}
		r.from = z
		r.source = source{at: &forward{r: z.open(), limit: inflateLimit(z.end - z.off)}, end: unknown}
	}
	r.setSyntax(f.Syntax)
	r.body = true
	err := r.dataset(f.Dataset, r.end, false)
	if err != nil && r.recovers(f, err) {
		err = nil
	}
	if !f.Dataset.knownCharset() {
		r.tag = SpecificCharacterSet
		r.warn("the character set is unknown, and text was read by what its bytes look like")
	}
	f.Warnings, f.End = r.warnings, r.pos
	if len(f.Dataset.Elements) == 0 && len(f.Meta.Elements) == 0 {
		if err == nil {
			err = r.fail(ErrNotDICOM, "no element was found")
		}
		return nil, err
	}
	if err == nil && len(f.Dataset.Elements) == 0 && r.o.StopBefore == 0 {
		err = r.fail(ErrTruncated, "nothing follows the file's header")
	}
	return f, err
}

// recovers forgives garbage after pixel data: trailing bytes are of no use to anybody and the image before them is whole.
func (r *reader) recovers(f *File, err error) bool {
	n := len(f.Dataset.Elements)
	if n == 0 || f.Dataset.Elements[n-1].Tag < PixelData || f.Syntax.Deflated() {
		return false
	}
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	r.warn("bytes after the pixel data were left out")
	return true
}

const prefix = "DICM"

// meta reads preamble and file meta information, or finds out what a file without them is.
func (r *reader) meta(f *File) error {
	b, err := r.peek(132)
	if err != nil && !errors.Is(err, io.EOF) {
		return r.ended(err, "the preamble")
	}
	switch {
	case len(b) == 132 && string(b[128:]) == prefix:
		r.pos += 132
	case len(b) >= 4 && string(b[:4]) == prefix:
		r.warn("the preamble is missing")
		r.pos += 4
	case len(b) < 8:
		return r.fail(ErrNotDICOM, "it has %d bytes", len(b))
	default:
		r.warn("preamble and prefix are missing")
	}
	if err := r.metaGroup(f); err != nil {
		return err
	}
	return r.chooseSyntax(f)
}

// metaMost is the last element that PS3.10 section 7.1 gives the header.
const metaMost = 0x0102

// metaGroup reads group 0002, always explicit little endian. Its length is not trusted: the group ends where another begins. Behind the length that it says, though, only what the standard
// knows of a header belongs to it: a big-endian data set whose first group is 0200 has the same two bytes there.
func (r *reader) metaGroup(f *File) error {
	r.setSyntax(ExplicitVRLittleEndian)
	if b, err := r.peek(6); err == nil && binary.LittleEndian.Uint16(b) == 2 && !VR(uint16(b[4])<<8|uint16(b[5])).known() {
		r.warn("the file's header has no value representations")
		r.explicit = false
	}
	stop := r.o.StopBefore
	defer func() { r.o.StopBefore = stop }()
	r.o.StopBefore = 0x00030000
	begin := r.pos
	for {
		b, err := r.peek(4)
		if err != nil && !errors.Is(err, io.EOF) {
			return r.ended(err, "the file's header")
		}
		if len(b) < 4 || binary.LittleEndian.Uint16(b) != 2 {
			break
		}
		if n, ok := f.Meta.Int(FileMetaInformationGroupLength); ok && r.pos-begin-12 == int64(n) && binary.LittleEndian.Uint16(b[2:]) > metaMost {
			break
		}
		h, err := r.header(&f.Meta)
		if err == nil {
			err = r.element(&f.Meta, h, r.end)
		}
		if err != nil {
			return err
		}
	}
	if n, ok := f.Meta.Int(FileMetaInformationGroupLength); ok && int64(n) != r.pos-begin-12 {
		r.warn("the file's header says that it has %d bytes and has %d", n, r.pos-begin-12)
	}
	return nil
}

// chooseSyntax takes the transfer syntax of the header, or guesses where it is missing or the data set plainly contradicts it.
func (r *reader) chooseSyntax(f *File) error {
	f.Syntax = TransferSyntax(f.Meta.String(TransferSyntaxUID))
	b, err := r.peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return r.ended(err, "the data set")
	}
	if f.Syntax == "" {
		guess, ok := guessSyntax(b)
		if !ok {
			return r.fail(ErrNotDICOM, "there is no transfer syntax and the bytes look like no data set")
		}
		if len(f.Meta.Elements) > 0 {
			r.warn("the file's header has no transfer syntax; it reads as %s", guess.Name())
		}
		f.Syntax = guess
		return nil
	}
	if err := f.Syntax.Check(); err != nil {
		return r.fail(ErrTransferSyntax, "%s is not known", safe(string(f.Syntax)))
	}
	guess, ok := guessSyntax(b)
	if ok && !f.Syntax.Deflated() && !plausible(f.Syntax, b) && (guess.Explicit() != f.Syntax.Explicit() || guess.BigEndian() != f.Syntax.BigEndian()) {
		r.warn("the transfer syntax says %s and the data set is %s", f.Syntax.Name(), guess.Name())
		if f.Syntax.Encapsulated() && guess.BigEndian() {
			return r.fail(ErrMalformed, "a compressed data set in big endian")
		}
		f.Syntax = guess
	}
	return nil
}

// guessSyntax looks at the first element of a data set: a tag of the standard in a low group, then either a VR or a length.
func guessSyntax(b []byte) (TransferSyntax, bool) {
	if len(b) < 8 {
		return "", false
	}
	begins := func(t Tag) bool {
		_, known := Lookup(t)
		return known && t.Group() > 0 && t.Group() < 0x7FFF
	}
	little, big := tagOf(b), Tag(binary.BigEndian.Uint32(b))
	explicit := VR(uint16(b[4])<<8 | uint16(b[5])).known()
	switch {
	case explicit && begins(little) && (little.Group() <= big.Group() || !begins(big)):
		return ExplicitVRLittleEndian, true
	case explicit:
		return ExplicitVRBigEndian, begins(big)
	}
	return ImplicitVRLittleEndian, begins(little) && binary.LittleEndian.Uint32(b[4:]) < 1<<20
}

// plausible says whether an element in that syntax could begin a data set: then the header is believed.
func plausible(s TransferSyntax, b []byte) bool {
	group, other := binary.LittleEndian.Uint16(b), binary.BigEndian.Uint16(b)
	if s.BigEndian() {
		group, other = other, group
	}
	explicit := VR(uint16(b[4])<<8 | uint16(b[5])).known()
	return explicit == s.Explicit() && (group <= 0xFF || group <= other)
}

// safe is a short text for messages without anything that could be a control character or a name.
func safe(uid string) string {
	if ValidUID(uid) {
		return uid
	}
	return "what stands there, no UID,"
}
