package dicom

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// String is the first value of an element as text, in UTF-8 and without padding; "" where there is none. Numbers and tags are written out;
// sequences and bulk bytes have no text.
func (d *Dataset) String(t Tag) string {
	if v := d.Strings(t); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Strings are all values of an element as text, in UTF-8 and without padding.
func (d *Dataset) Strings(t Tag) []string {
	e := d.Find(t)
	if e == nil {
		return nil
	}
	return d.Text(e)
}

// Text is the values of one of the data set's elements as text.
func (d *Dataset) Text(e *Element) []string {
	if len(e.Value) == 0 {
		return nil
	}
	if !e.VR.IsString() {
		return numberTexts(e)
	}
	s := string(e.Value)
	if e.VR.Text() && !plain(e.Value) {
		s = d.charset().decode(e.Value, e.VR)
	}
	if e.VR.single() {
		return []string{strings.TrimRight(s, " \x00")}
	}
	v := strings.Split(s, `\`)
	for i := range v {
		v[i] = trim(v[i], e.VR)
	}
	return v
}

// trim removes padding: at the end everywhere, at the start where it has no meaning (PS3.5 Table 6.2-1).
func trim(s string, v VR) string {
	s = strings.TrimRight(s, " \x00")
	switch v {
	case PN, UC, UI, AS, DA, TM, DT:
		return s
	}
	return strings.TrimLeft(s, " ")
}

func numberTexts(e *Element) []string {
	if e.VR.binary() {
		return nil
	}
	var v []string
	switch e.VR {
	case FL, FD:
		bits := 8 * e.VR.width()
		for _, f := range floats(e) {
			v = append(v, strconv.FormatFloat(f, 'g', -1, bits))
		}
	case UV:
		for b := e.Value; len(b) >= 8; b = b[8:] {
			v = append(v, strconv.FormatUint(binary.LittleEndian.Uint64(b), 10))
		}
	case AT:
		for b := e.Value; len(b) >= 4; b = b[4:] {
			v = append(v, tagOf(b).Hex())
		}
	default:
		for _, n := range ints(e) {
			v = append(v, strconv.FormatInt(n, 10))
		}
	}
	return v
}

func tagOf(b []byte) Tag {
	return Tag(binary.LittleEndian.Uint16(b))<<16 | Tag(binary.LittleEndian.Uint16(b[2:]))
}

// Int is the first value of an element as a whole number; false where there is none, or none that is a number. Decimal strings are cut.
func (d *Dataset) Int(t Tag) (int, bool) {
	if v := d.Ints(t); len(v) > 0 {
		return v[0], true
	}
	return 0, false
}

// Ints are the values of an element of numbers or number strings as whole numbers. Values that are no numbers are left out.
func (d *Dataset) Ints(t Tag) []int {
	e := d.Find(t)
	if e == nil {
		return nil
	}
	var v []int
	switch e.VR {
	case IS, DS, FL, FD:
		for _, f := range d.Floats(t) {
			if math.Abs(f) < 1<<53 {
				v = append(v, int(f))
			}
		}
	default:
		for _, n := range ints(e) {
			v = append(v, int(n))
		}
	}
	return v
}

func ints(e *Element) (v []int64) {
	w := e.VR.width()
	if e.VR == AT {
		return nil
	}
	for b := e.Value; len(b) >= w && w > 1; b = b[w:] {
		switch e.VR {
		case US, OW:
			v = append(v, int64(binary.LittleEndian.Uint16(b)))
		case SS:
			v = append(v, int64(int16(binary.LittleEndian.Uint16(b))))
		case UL, OL:
			v = append(v, int64(binary.LittleEndian.Uint32(b)))
		case SL:
			v = append(v, int64(int32(binary.LittleEndian.Uint32(b))))
		case SV, UV, OV:
			v = append(v, int64(binary.LittleEndian.Uint64(b)))
		default:
			return v
		}
	}
	return v
}

// Float is the first value of an element as a number; false where there is none.
func (d *Dataset) Float(t Tag) (float64, bool) {
	if v := d.Floats(t); len(v) > 0 {
		return v[0], true
	}
	return 0, false
}

// Floats are the values of an element of numbers or number strings. Values that are no numbers, or not finite, are left out.
func (d *Dataset) Floats(t Tag) []float64 {
	e := d.Find(t)
	if e == nil {
		return nil
	}
	var v []float64
	switch e.VR {
	case IS, DS:
		for s := range strings.SplitSeq(string(e.Value), `\`) {
			f, err := strconv.ParseFloat(strings.Trim(s, " \x00"), 64)
			if err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
				v = append(v, f)
			}
		}
	case FL, FD, OF, OD:
		return floats(e)
	default:
		for _, n := range ints(e) {
			v = append(v, float64(n))
		}
	}
	return v
}

func floats(e *Element) (v []float64) {
	w := e.VR.width()
	for b := e.Value; len(b) >= w && w >= 4; b = b[w:] {
		if w == 4 {
			v = append(v, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
		} else {
			v = append(v, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	}
	return v
}

// vrFor is the VR that a value is set with: that of the element there, or that of the standard.
func (d *Dataset) vrFor(t Tag) VR {
	if e, ok := Lookup(t); ok && e.VR.known() {
		return e.VR
	}
	if e := d.Find(t); e != nil {
		return e.VR
	}
	return UN
}

// SetString sets an element of a string VR; no values make it empty. Text that the data set's character set cannot write turns the whole data
// set, with all of its items, to UTF-8 (ISO_IR 192), so that nothing is ever lost. A tag that is not of a string VR panics.
func (d *Dataset) SetString(t Tag, values ...string) {
	v := d.vrFor(t)
	if v == UN {
		v = LO
	}
	d.SetText(t, v, values...)
}

// SetText is SetString for a VR that the standard does not know, of private tags above all.
func (d *Dataset) SetText(t Tag, v VR, values ...string) {
	if !v.IsString() {
		panic(fmt.Sprintf("dicom: %v of VR %v set with text", t, v))
	}
	s := strings.Join(values, `\`)
	if !v.Text() {
		d.Set(Element{Tag: t, VR: v, Value: padded([]byte(s), v)})
		return
	}
	b, ok := d.charset().encode(s)
	if !ok {
		d.root().ToUTF8()
		b = []byte(s)
	}
	d.Set(Element{Tag: t, VR: v, Value: padded(b, v)})
}

func padded(b []byte, v VR) []byte {
	if len(b)%2 == 1 {
		return append(b, v.pad())
	}
	return b
}

// SetInt sets an element of numbers or of integer strings. Another VR panics; numbers are cut to its width.
func (d *Dataset) SetInt(t Tag, values ...int) {
	v := d.vrFor(t)
	var b []byte
	for i, n := range values {
		switch v {
		case US, SS, OW:
			b = binary.LittleEndian.AppendUint16(b, uint16(n))
		case UL, SL, OL:
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
		case UV, SV, OV:
			b = binary.LittleEndian.AppendUint64(b, uint64(n))
		case IS, DS:
			if i > 0 {
				b = append(b, '\\')
			}
			b = strconv.AppendInt(b, int64(n), 10)
		default:
			panic(fmt.Sprintf("dicom: %v of VR %v set with whole numbers", t, v))
		}
	}
	d.Set(Element{Tag: t, VR: v, Value: padded(b, v)})
}

// SetFloat sets an element of VR DS, FL or FD; another VR panics. A decimal string is written with as many digits as its 16 characters hold.
func (d *Dataset) SetFloat(t Tag, values ...float64) {
	v := d.vrFor(t)
	var b []byte
	for i, f := range values {
		switch v {
		case FL:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(f)))
		case FD:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
		case DS:
			if i > 0 {
				b = append(b, '\\')
			}
			b = append(b, decimal(f)...)
		default:
			panic(fmt.Sprintf("dicom: %v of VR %v set with numbers", t, v))
		}
	}
	d.Set(Element{Tag: t, VR: v, Value: padded(b, v)})
}

// decimal is a number in at most 16 characters.
func decimal(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	for digits := 16; len(s) > 16; digits-- {
		s = strconv.FormatFloat(f, 'g', digits, 64)
	}
	return s
}

// SetBytes sets an element of bytes (OB, OW, UN and the like), which are not copied.
func (d *Dataset) SetBytes(t Tag, v VR, b []byte) { d.Set(Element{Tag: t, VR: v, Value: b}) }
