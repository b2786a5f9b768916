// Package dicomjson writes data sets in the DICOM JSON Model (PS3.18 annex F), as DICOMweb answers with them.
//
// Text is UTF-8 whatever the data set is in. Numbers stay as they were written where JSON has the same form for them, so that
// a decimal string loses no digit. Bytes that are long are not written but referred to, by an address that the caller makes.
package dicomjson

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"

	"consilium/imaging/dicom"

	"github.com/go-json-experiment/json/jsontext"
)

// inlineMost is how many bytes of a value stand in the JSON itself.
const inlineMost = 1024

// Bulk gives the address of an element's bytes. The path names the element: its tag, or sequence tag, item number from 1 and
// tag again, separated by slashes. "" leaves the element's value out.
type Bulk func(path string) string

// Append writes a data set as an object. bulk may be nil: then long values are left out.
func Append(b []byte, d *dicom.Dataset, bulk Bulk) []byte {
	e := encoder{b: append(b, '{'), bulk: bulk}
	e.members(d, "")
	return append(e.b, '}')
}

type encoder struct {
	b    []byte
	bulk Bulk
}

func (e *encoder) members(d *dicom.Dataset, path string) {
	first := true
	for i := range d.Elements {
		el := &d.Elements[i]
		if el.Tag.Number() == 0 { // group lengths are of an encoding
			continue
		}
		if !first {
			e.b = append(e.b, ',')
		}
		first = false
		e.element(d, el, path+el.Tag.Hex())
	}
}

func (e *encoder) element(d *dicom.Dataset, el *dicom.Element, path string) {
	e.b = append(e.b, '"')
	e.b = append(e.b, el.Tag.Hex()...)
	e.b = append(e.b, `":{"vr":"`...)
	e.b = append(e.b, el.VR.String()...)
	e.b = append(e.b, '"')
	switch {
	case el.Empty():
	case el.Tag == dicom.SpecificCharacterSet:
		e.b = append(e.b, `,"Value":["ISO_IR 192"]`...)
	case el.VR == dicom.SQ:
		e.items(el, path)
	case el.Fragments != nil || el.Bulk != nil || isBytes(el.VR) && len(el.Value) > inlineMost:
		e.refer(path)
	case isBytes(el.VR):
		e.b = append(e.b, `,"InlineBinary":"`...)
		e.b = base64.StdEncoding.AppendEncode(e.b, el.Value)
		e.b = append(e.b, '"')
	default:
		e.values(d.Text(el), el.VR)
	}
	e.b = append(e.b, '}')
}

func isBytes(v dicom.VR) bool {
	switch v {
	case dicom.OB, dicom.OW, dicom.OD, dicom.OF, dicom.OL, dicom.OV, dicom.UN:
		return true
	}
	return false
}

func (e *encoder) refer(path string) {
	if e.bulk == nil {
		return
	}
	if uri := e.bulk(path); uri != "" {
		e.b = append(e.b, `,"BulkDataURI":`...)
		e.quote(uri)
	}
}

func (e *encoder) items(el *dicom.Element, path string) {
	e.b = append(e.b, `,"Value":[`...)
	for i, item := range el.Items {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		e.b = append(e.b, '{')
		e.members(item, path+"/"+strconv.Itoa(i+1)+"/")
		e.b = append(e.b, '}')
	}
	e.b = append(e.b, ']')
}

func (e *encoder) values(list []string, v dicom.VR) {
	if len(list) == 0 {
		return
	}
	e.b = append(e.b, `,"Value":[`...)
	for i, s := range list {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		switch {
		case s == "":
			e.b = append(e.b, "null"...)
		case v == dicom.PN:
			e.name(s)
		case isNumber(v):
			e.number(s)
		default:
			e.quote(s)
		}
	}
	e.b = append(e.b, ']')
}

func isNumber(v dicom.VR) bool {
	switch v {
	case dicom.DS, dicom.IS, dicom.FL, dicom.FD, dicom.SL, dicom.SS, dicom.SV, dicom.UL, dicom.US, dicom.UV:
		return true
	}
	return false
}

// name splits a person's name into its component groups.
func (e *encoder) name(s string) {
	e.b = append(e.b, '{')
	for i, group := range strings.SplitN(s, "=", 3) {
		if group == "" {
			continue
		}
		if e.b[len(e.b)-1] != '{' {
			e.b = append(e.b, ',')
		}
		e.b = append(e.b, [...]string{`"Alphabetic":`, `"Ideographic":`, `"Phonetic":`}[i]...)
		e.quote(group)
	}
	e.b = append(e.b, '}')
}

// number writes a number as it stands if JSON has that form, its value if not, and as a string what is no number.
func (e *encoder) number(s string) {
	s = strings.TrimSpace(s)
	if jsontext.Value(s).IsValid() && s != "" && strings.IndexByte("-0123456789", s[0]) >= 0 {
		e.b = append(e.b, s...)
		return
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		e.quote(s)
		return
	}
	e.b = strconv.AppendFloat(e.b, f, 'g', -1, 64)
}

// quote writes a string; bytes that are no UTF-8 are replaced.
func (e *encoder) quote(s string) {
	if b, err := jsontext.AppendQuote(e.b, s); err == nil {
		e.b = b
		return
	}
	e.b, _ = jsontext.AppendQuote(e.b, strings.ToValidUTF8(s, "\uFFFD"))
}
