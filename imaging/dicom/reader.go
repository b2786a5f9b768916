package dicom

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Options say how much is read. The zero value reads everything with the limits that suit a server.
type Options struct {
	// StopBefore ends reading before the first element of the data set with this tag or a higher one; 0 reads to the end. PixelData gives the
	// header of an image.
	StopBefore Tag
	// Inline is the longest value of bytes that is loaded, 0 means 16 KiB. Longer ones stay in the source as Bulk, except from a stream, which
	// has no second chance.
	Inline int64
	// Memory bounds what the data set may take, structure included; 0 means 64 MiB. More is ErrTooLarge.
	Memory int64
}

const (
	defaultInline = 16 << 10
	defaultMemory = 64 << 20
	maxDepth      = 96  // items within items; the standard's deepest object needs fewer than ten
	maxWarnings   = 100 // of one file
	elementCost   = 128 // bytes that an element takes besides its value
)

func (o Options) filled() Options {
	if o.Inline <= 0 {
		o.Inline = defaultInline
	}
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	return o
}

// reader turns bytes into a data set. It recurses once per level of nesting, at most maxDepth times.
type reader struct {
	source
	o        Options
	from     sections // where long values stay; nil for a stream
	explicit bool
	order    binary.ByteOrder
	big      bool
	used     int64
	depth    int
	body     bool // reading the data set of a file, behind its header
	warnings []Warning
	tag      Tag // being read, for errors
	last     Tag // read before in the same data set
	chunk    []byte
}

func (r *reader) setSyntax(s TransferSyntax) {
	r.explicit, r.big, r.order = s.Explicit(), s.BigEndian(), binary.LittleEndian
	if r.big {
		r.order = binary.BigEndian
	}
}

func (r *reader) fail(sort error, format string, a ...any) error {
	return &Error{sort, r.pos, r.tag, fmt.Sprintf(format, a...)}
}

// ended turns the end of the source into ErrTruncated and keeps other errors of the source.
func (r *reader) ended(err error, what string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.fail(ErrTruncated, "it ends in %s", what)
	}
	if errors.Is(err, ErrTooLarge) {
		return r.fail(ErrTooLarge, "it inflates to more bytes than an image would")
	}
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt {
		return r.fail(ErrMalformed, "the deflated data is corrupt in %s", what)
	}
	return r.fail(err, "the source failed in %s", what)
}

func (r *reader) warn(format string, a ...any) {
	if len(r.warnings) < maxWarnings {
		r.warnings = append(r.warnings, Warning{r.pos, r.tag, fmt.Sprintf(format, a...)})
	}
}

// spend counts memory.
func (r *reader) spend(n int64) error {
	if r.used += n; r.used > r.o.Memory {
		return r.fail(ErrTooLarge, "it takes more than the %d bytes of memory allowed", r.o.Memory)
	}
	return nil
}

// header is the start of an element: what stands before its value.
type header struct {
	tag    Tag
	vr     VR
	length uint32
	size   int64 // of the header itself
}

// header reads the start of an element without leaving it.
func (r *reader) header(d *Dataset) (h header, err error) {
	b, err := r.peek(12)
	if len(b) < 8 {
		if err == io.EOF && len(b) == 0 {
			return h, io.EOF
		}
		return h, r.ended(err, "the head of an element")
	}
	h.tag = Tag(r.order.Uint16(b))<<16 | Tag(r.order.Uint16(b[2:]))
	r.tag = h.tag
	h.size, h.length = 8, r.order.Uint32(b[4:])
	if h.tag.Group() == 0xFFFE {
		return h, nil
	}
	if !r.explicit {
		h.vr = implicitVR(d, h)
		return h, nil
	}
	h.vr = VR(b[4])<<8 | VR(b[5])
	switch {
	case !h.vr.known():
		return r.oddVR(d, h, b)
	case !h.vr.long():
		h.length = uint32(r.order.Uint16(b[6:]))
	case len(b) < 12:
		return h, r.ended(io.EOF, "the head of an element")
	default:
		h.length, h.size = r.order.Uint32(b[8:]), 12
	}
	return h, nil
}

// oddVR reads a head whose VR is none. Letters are a representation newer than this program, which by PS3.5 has a long length; anything else is
// an element that was written without VR among others with one, if its length can be that, or one with a short length.
func (r *reader) oddVR(d *Dataset, h header, b []byte) (header, error) {
	letters := b[4] >= 'A' && b[4] <= 'Z' && b[5] >= 'A' && b[5] <= 'Z'
	switch {
	case letters && len(b) == 12 && b[6] == 0 && b[7] == 0:
		r.warn("the value representation %q is unknown and was read as UN", string(b[4:6]))
		h.vr, h.length, h.size = UN, r.order.Uint32(b[8:]), 12
	case !letters && (int64(h.length) <= r.left()-8 && r.end != unknown || h.length == undefined):
		r.warn("it has no value representation and was read as implicit")
		h.vr = implicitVR(d, h)
	default:
		r.warn("the value representation %q is unknown and was read as UN", string(b[4:6]))
		h.vr, h.length = UN, uint32(r.order.Uint16(b[6:]))
	}
	return h, nil
}

// implicitVR is the VR of an element that does not say it.
func implicitVR(d *Dataset, h header) VR {
	e, ok := Lookup(h.tag)
	switch {
	case !ok && h.length == undefined:
		return SQ
	case e.Either != "":
		return eitherVR(d, e)
	}
	return e.VR
}

// eitherVR decides between the standard's alternatives (PS3.5 section A.1): words for bytes, signed where pixels are signed.
func eitherVR(d *Dataset, e Entry) VR {
	switch e.Either {
	case "US/SS":
		for ; d != nil; d = d.parent {
			if n, ok := d.Int(PixelRepresentation); ok {
				if n == 1 {
					return SS
				}
				break
			}
		}
		return US
	case "OB/OW", "US/SS/OW", "US/OW":
		return OW
	}
	return e.VR
}

// dataset reads elements into d up to the position end, the end of the source, or the delimiter of an item without length.
func (r *reader) dataset(d *Dataset, end int64, delimited bool) error {
	last := r.last
	defer func() { r.last = last }()
	for r.last = 0; r.pos < end; {
		h, err := r.header(d)
		if err == io.EOF {
			if end == r.end && !delimited {
				return nil
			}
			return r.ended(err, "an item")
		}
		if err != nil {
			return err
		}
		if h.tag.Group() == 0xFFFE {
			if h.tag == itemEnd && delimited {
				return r.skip(8)
			}
			if done, err := r.strayDelimiter(h); done || err != nil {
				return err
			}
			continue
		}
		if r.depth == 0 && r.o.StopBefore != 0 && h.tag >= r.o.StopBefore {
			return nil
		}
		if err := r.element(d, h, end); err != nil {
			return err
		}
	}
	if delimited && r.pos >= end {
		return r.ended(io.EOF, "an item without length")
	}
	return nil
}

// strayDelimiter passes over a delimiter where none belongs, which some writers leave after items that have a length.
func (r *reader) strayDelimiter(h header) (done bool, err error) {
	if h.tag == item || h.length != 0 {
		return true, r.fail(ErrMalformed, "an item stands outside of a sequence")
	}
	r.warn("a delimiter without a beginning was passed over")
	return false, r.skip(8)
}

// element reads one element whose head was looked at and puts it in d.
func (r *reader) element(d *Dataset, h header, end int64) error {
	if err := r.skip(h.size); err != nil {
		return r.ended(err, "the head of an element")
	}
	if err := r.spend(elementCost); err != nil {
		return err
	}
	e := Element{Tag: h.tag, VR: h.vr}
	if h.length != undefined && int64(h.length) > end-r.pos {
		if end == r.end {
			return r.fail(ErrTruncated, "it should have %d bytes and %d are left", h.length, end-r.pos)
		}
		return r.fail(ErrMalformed, "its %d bytes do not fit into the %d left of its item", h.length, end-r.pos)
	}
	if err := r.value(d, &e, h, end); err != nil {
		return err
	}
	r.tag = h.tag
	r.place(d, e)
	return nil
}

func (r *reader) value(d *Dataset, e *Element, h header, end int64) error {
	switch {
	case h.vr == SQ:
		return r.sequence(d, e, h.length, end)
	case h.length == undefined && (h.vr == OB || h.vr == OW) && h.tag.Group() >= 0x7F00:
		return r.fragments(e)
	case h.length == undefined && h.vr == UN:
		return r.unknownSequence(d, e, end)
	case h.length == undefined:
		return r.fail(ErrMalformed, "a value of representation %v has no length", h.vr)
	case h.vr == UN:
		return r.unknownValue(d, e, h)
	}
	return r.bytes(e, int64(h.length))
}

// place puts an element behind the others, or where it belongs if the file is not in order. Of two with one tag the first counts.
func (r *reader) place(d *Dataset, e Element) {
	n := len(d.Elements)
	switch {
	case r.body && (e.Tag.Group() == 0 || e.Tag.Group() == 2):
		r.warn("a command or a header stands in the data set and was left out")
	case n == 0 || d.Elements[n-1].Tag < e.Tag:
		d.Elements = append(d.Elements, e)
	case d.Find(e.Tag) != nil:
		r.warn("the tag comes twice and the first was kept")
	default:
		if e.Tag < r.last {
			r.warn("the tag is not in ascending order")
		}
		d.Set(e)
	}
	r.last = e.Tag
}

// bytes reads a value, or leaves it where it is.
func (r *reader) bytes(e *Element, n int64) error {
	if n%2 == 1 {
		r.warn("its length is odd")
	}
	if n > r.o.Inline && e.VR.binary() && r.from != nil {
		d := Data{from: r.from, off: r.pos, n: n}
		if r.big {
			d.swap = e.VR.width()
		}
		e.Bulk = &d
		if err := r.skip(n); err != nil {
			return r.ended(err, "a value")
		}
		return nil
	}
	b, err := r.load(n)
	if err != nil {
		return err
	}
	if r.big {
		swapBytes(b, e.VR.width())
	}
	e.Value = b
	return nil
}

// load reads n bytes. Short values share a chunk of memory; long ones grow as bytes arrive, so that a lying length costs nothing.
func (r *reader) load(n int64) ([]byte, error) {
	if err := r.spend(n); err != nil {
		return nil, err
	}
	const chunk, step = 8 << 10, 1 << 20
	var b []byte
	switch {
	case n <= chunk/8:
		if int64(len(r.chunk)) < n {
			r.chunk = make([]byte, chunk)
		}
		b, r.chunk = r.chunk[:n:n], r.chunk[n:]
	case n <= step || r.end != unknown:
		b = make([]byte, n)
	default:
		return r.grow(n, step)
	}
	if err := r.read(b); err != nil {
		return nil, r.ended(err, "a value")
	}
	return b, nil
}

func (r *reader) grow(n, step int64) (b []byte, err error) {
	for int64(len(b)) < n {
		part := make([]byte, min(step, n-int64(len(b))))
		if err := r.read(part); err != nil {
			return nil, r.ended(err, "a value")
		}
		b = append(b, part...)
	}
	return b, nil
}
