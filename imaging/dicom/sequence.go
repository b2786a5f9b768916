package dicom

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// sequence reads the items of a sequence of n bytes, or up to its delimiter.
func (r *reader) sequence(d *Dataset, e *Element, n uint32, end int64) error {
	delimited := n == undefined
	if !delimited {
		end = r.pos + int64(n)
	}
	if r.depth++; r.depth > maxDepth {
		return r.fail(ErrTooLarge, "sequences are nested more than %d deep", maxDepth)
	}
	defer func() { r.depth-- }()
	e.Items = []*Dataset{}
	for r.pos < end {
		it, err := r.item(d, end, delimited)
		if err != nil {
			return err
		}
		if it == nil {
			return nil
		}
		e.Items = append(e.Items, it)
		r.tag = e.Tag
	}
	if delimited {
		return r.ended(io.EOF, "a sequence without length")
	}
	return nil
}

// item reads one item; nil at the end of the sequence.
func (r *reader) item(d *Dataset, end int64, delimited bool) (*Dataset, error) {
	h, err := r.header(d)
	if err != nil {
		return nil, r.ended(err, "a sequence")
	}
	switch {
	case h.tag == sequenceEnd:
		if !delimited {
			r.warn("a sequence with a length ends with a delimiter")
		}
		return nil, r.skip(8)
	case h.tag == itemEnd && h.length == 0:
		r.warn("a delimiter without a beginning was passed over")
		if err := r.skip(8); err != nil || r.pos >= end {
			return nil, err
		}
		return r.item(d, end, delimited)
	case h.tag != item:
		return nil, r.fail(ErrMalformed, "something other than an item stands in a sequence")
	}
	at := r.pos
	if err := r.skip(8); err != nil {
		return nil, err
	}
	if err := r.spend(elementCost); err != nil {
		return nil, err
	}
	stop, open := end, h.length == undefined
	if !open {
		stop = min(end, r.pos+int64(h.length))
		if int64(h.length) > end-r.pos {
			if delimited {
				return nil, r.fail(ErrTruncated, "an item should have %d bytes and %d are left", h.length, end-r.pos)
			}
			r.warn("an item says that it has %d bytes; its sequence ends after %d", h.length, end-r.pos)
		}
	}
	it := &Dataset{parent: d, at: at}
	return it, r.dataset(it, stop, open)
}

// unknownSequence reads a sequence that the writer did not know to be one: VR UN without length, its items in implicit little endian whatever
// the rest is in (PS3.5 section 6.2.2, note 2).
func (r *reader) unknownSequence(d *Dataset, e *Element, end int64) error {
	explicit, order, big := r.explicit, r.order, r.big
	defer func() { r.explicit, r.order, r.big = explicit, order, big }()
	r.explicit, r.order, r.big = false, binary.LittleEndian, false
	e.VR = SQ
	return r.sequence(d, e, undefined, end)
}

// unknownValue reads a value of VR UN. A tag of the standard gets its VR back; the bytes are little endian then. What is a sequence, by the standard
// or because it begins with an item, becomes one again if it can be read.
func (r *reader) unknownValue(d *Dataset, e *Element, h header) error {
	known, _ := Lookup(h.tag)
	if known.VR == UN {
		b, err := r.peek(4)
		if h.length >= 8 && h.length%2 == 0 && err == nil && tagOf(b) == item && !r.big {
			return r.hiddenSequence(d, e, h)
		}
		return r.bytes(e, int64(h.length))
	}
	big := r.big
	defer func() { r.big = big }()
	r.big = false
	if known.VR != SQ {
		e.VR = implicitVR(d, h)
		return r.bytes(e, int64(h.length))
	}
	return r.hiddenSequence(d, e, h)
}

// hiddenSequence reads bytes as a sequence in implicit little endian, and leaves them bytes where that fails.
func (r *reader) hiddenSequence(d *Dataset, e *Element, h header) error {
	b, err := r.load(int64(h.length))
	if err != nil {
		return err
	}
	e.Value = b
	in := &reader{o: r.o, order: binary.LittleEndian, used: r.used, depth: r.depth}
	in.at, in.end = bytes.NewReader(b), int64(len(b))
	seq := Element{Tag: e.Tag, VR: SQ}
	err = in.sequence(d, &seq, h.length, in.end)
	switch {
	case err == nil && in.pos == in.end:
		*e, r.used = seq, in.used
	case errors.Is(err, ErrTooLarge):
		return r.fail(ErrTooLarge, "a sequence of representation UN takes too much memory or is too deep")
	}
	return nil
}

// fragments reads encapsulated pixel data: a basic offset table and fragments, each an item, up to a delimiter (PS3.5 section A.4). The bytes
// stay in the source where they can.
func (r *reader) fragments(e *Element) error {
	e.VR, e.Fragments = OB, []Data{}
	for {
		h, err := r.header(nil)
		if err != nil {
			return r.ended(err, "encapsulated pixel data")
		}
		if h.tag == sequenceEnd {
			r.tag = e.Tag
			if len(e.Fragments) == 0 {
				r.warn("encapsulated pixel data has no offset table")
				e.Fragments = append(e.Fragments, Data{})
			}
			return r.skip(8)
		}
		if h.tag != item || h.length == undefined {
			return r.fail(ErrMalformed, "encapsulated pixel data has something other than a fragment in it")
		}
		if err := r.skip(8); err != nil {
			return err
		}
		f, err := r.fragment(int64(h.length))
		if err != nil {
			return err
		}
		e.Fragments = append(e.Fragments, f)
	}
}

func (r *reader) fragment(n int64) (Data, error) {
	if err := r.spend(64); err != nil {
		return Data{}, err
	}
	if r.end != unknown && n > r.left() {
		return Data{}, r.fail(ErrTruncated, "a fragment should have %d bytes and %d are left", n, r.left())
	}
	if r.from == nil {
		b, err := r.load(n)
		return Bytes(b), err
	}
	d := Data{from: r.from, off: r.pos, n: n}
	if err := r.skip(n); err != nil {
		return d, r.ended(err, "a fragment")
	}
	return d, nil
}
