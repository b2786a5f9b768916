package dicomweb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"consilium/imaging/archive"
	"consilium/imaging/codec"
	"consilium/imaging/dicom"
)

// frameTypes are the media types of compressed frames (PS3.18 table 8.7.3-5) by transfer syntax, up to the last component where several share one.
var frameTypes = []struct {
	syntax string
	kind   string
}{
	{"1.2.840.10008.1.2.4.50", "image/jpeg"}, {"1.2.840.10008.1.2.4.51", "image/jpeg"}, {"1.2.840.10008.1.2.4.57", "image/jpeg"},
	{"1.2.840.10008.1.2.4.70", "image/jpeg"}, {"1.2.840.10008.1.2.4.80", "image/jls"}, {"1.2.840.10008.1.2.4.81", "image/jls"},
	{"1.2.840.10008.1.2.4.90", "image/jp2"}, {"1.2.840.10008.1.2.4.91", "image/jp2"}, {"1.2.840.10008.1.2.4.92", "image/jpx"},
	{"1.2.840.10008.1.2.4.93", "image/jpx"}, {"1.2.840.10008.1.2.4.100", "video/mpeg2"}, {"1.2.840.10008.1.2.4.101", "video/mpeg2"},
	{"1.2.840.10008.1.2.4.102", "video/mp4"}, {"1.2.840.10008.1.2.4.103", "video/mp4"}, {"1.2.840.10008.1.2.4.104", "video/mp4"},
	{"1.2.840.10008.1.2.4.105", "video/mp4"}, {"1.2.840.10008.1.2.4.106", "video/mp4"}, {"1.2.840.10008.1.2.4.107", "video/H265"},
	{"1.2.840.10008.1.2.4.108", "video/H265"}, {"1.2.840.10008.1.2.4.110", "image/jxl"}, {"1.2.840.10008.1.2.4.111", "image/jxl"},
	{"1.2.840.10008.1.2.4.112", "image/jxl"}, {"1.2.840.10008.1.2.4.201", "image/jphc"}, {"1.2.840.10008.1.2.4.202", "image/jphc"},
	{"1.2.840.10008.1.2.4.203", "image/jphc"}, {"1.2.840.10008.1.2.5", "image/dicom-rle"},
}

const octets = "application/octet-stream"

// frameType is the media type of a frame in a transfer syntax.
func frameType(syntax dicom.TransferSyntax) string {
	for _, t := range frameTypes {
		if t.syntax == string(syntax) {
			return t.kind
		}
	}
	return octets
}

// frames is WADO-RS of frames of an instance; without numbers, of all.
func (s *Server) frames(w http.ResponseWriter, r *http.Request) error {
	list, err := s.list(r)
	if err != nil {
		return err
	}
	e := list[0]
	numbers, err := frameNumbers(r.PathValue("frames"), e.Frames)
	if err != nil {
		return err
	}
	ranges, err := accepts(r)
	if err != nil {
		return err
	}
	for _, m := range ranges {
		offer, ok := offerFrames(e, m)
		if !ok {
			continue
		}
		return s.sendFrames(w, r, e, numbers, offer)
	}
	stored := dicom.TransferSyntax(e.Transfer)
	return notAcceptable(`multipart/related; type="`+frameType(stored)+`"; transfer-syntax=`+e.Transfer, `multipart/related; type="application/octet-stream"; transfer-syntax=*`)
}

// frameNumbers reads a list of frames, counted from 1, and returns them counted from 0.
func frameNumbers(text string, frames int) ([]int, error) {
	var list []int
	if text == "" {
		for i := range frames {
			list = append(list, i)
		}
	}
	for one := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(one)
		switch {
		case text == "":
		case err != nil || n < 1:
			return nil, &problem{http.StatusBadRequest, "frames are numbers from 1, with commas between them"}
		case n > frames:
			return nil, &problem{http.StatusNotFound, "the instance has no frame " + one}
		default:
			list = append(list, n-1)
		}
	}
	if len(list) == 0 {
		return nil, &problem{http.StatusNotFound, "the instance has no pixels"}
	}
	return list, nil
}

// offer is a way to send frames.
type offer struct {
	kind   string // of each part, without parameters
	syntax dicom.TransferSyntax
	decode bool
	alone  bool // the frame is the whole answer
}

// offerFrames says how frames can be sent in one of the ranges that a client accepts. Uncompressed ones are octets in little endian. Compressed ones
// go as they are kept to those who name their type, or take any transfer syntax; to others they are decoded.
func offerFrames(e archive.Entry, m mediaRange) (offer, bool) {
	stored := dicom.TransferSyntax(e.Transfer)
	compressed := stored.Encapsulated() && stored != dicom.EncapsulatedNative
	wanted := m.kind
	multi := covers(m.kind, "multipart/related")
	if multi {
		wanted = m.part
	}
	if wanted == "" || m.kind == "*/*" {
		wanted = "*/*"
	}
	if compressed && asKept(stored, m.transfer, wanted) {
		return offer{kind: frameType(stored), syntax: stored, alone: !multi}, true
	}
	plain := dicom.TransferSyntax(m.transfer)
	ok := plain == "" || plain == dicom.ExplicitVRLittleEndian || plain == dicom.ImplicitVRLittleEndian || !compressed && (plain == anySyntax || plain == stored)
	if !ok || !covers(wanted, octets) {
		return offer{}, false
	}
	return offer{kind: octets, syntax: dicom.ExplicitVRLittleEndian, decode: compressed, alone: !multi}, true
}

// asKept reports whether compressed frames are what a range wants.
func asKept(stored dicom.TransferSyntax, transfer, wanted string) bool {
	kind := frameType(stored)
	switch {
	case transfer == anySyntax || transfer == string(stored):
		return covers(wanted, kind) || covers(wanted, octets)
	case transfer != "":
		return false
	case wanted == "*/*":
		return false
	}
	return kind != octets && covers(wanted, kind)
}

// sendFrames opens the instance once and sends the frames.
func (s *Server) sendFrames(w http.ResponseWriter, r *http.Request, e archive.Entry, numbers []int, o offer) error {
	f, err := s.Archive.Open(r.Context(), e, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	frames, err := f.Frames()
	if errors.Is(err, dicom.ErrMalformed) || errors.Is(err, dicom.ErrTransferSyntax) {
		return &problem{http.StatusNotFound, "the instance's pixels cannot be told apart as frames"}
	}
	if err != nil {
		return err
	}
	address := addressOf(s.base(r), e)
	at := func(i int) (part, error) {
		data, err := frames.Frame(numbers[i])
		if err != nil {
			return part{}, err
		}
		if o.decode {
			return decoded(r.Context(), f, numbers[i], address, i == 0)
		}
		return part{kind: o.kind + "; transfer-syntax=" + string(o.syntax), location: address + "/frames/" + strconv.Itoa(numbers[i]+1), length: data.Len(),
			write: func(w io.Writer) error { return copyFrame(w, f, data) }}, nil
	}
	if o.alone && len(numbers) > 1 {
		return notAcceptable(`multipart/related; type="` + o.kind + `"`)
	}
	if o.alone {
		p, err := at(0)
		if err != nil {
			return err
		}
		return single(w, p)
	}
	return multipartRelated(w, o.kind, len(numbers), at)
}

// copyFrame sends a frame, straight from its file where it stands there as it is sent.
func copyFrame(w io.Writer, f *archive.File, data dicom.Data) error {
	from, length, ok := data.Place()
	if !ok {
		return copyExactly(w, data.Open(), data.Len())
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return err
	}
	return copyExactly(w, f.Blob, length)
}

// decoded is a frame without its compression. With now it is decoded at once: done for the first frame of an answer, so that what cannot be decoded here
// is told before anything is sent. The others are decoded when their turn comes.
func decoded(ctx context.Context, f *archive.File, number int, address string, now bool) (part, error) {
	p := part{kind: octets + "; transfer-syntax=" + string(dicom.ExplicitVRLittleEndian), location: address + "/frames/" + strconv.Itoa(number+1),
		length: unknownLength}
	if now {
		pixels, _, err := codec.Frame(ctx, f.File, number)
		if err != nil {
			return p, fmt.Errorf("%w: %w", archive.ErrTransfer, err)
		}
		p.length = int64(len(pixels))
		p.write = func(w io.Writer) error {
			_, err := w.Write(pixels)
			return err
		}
		return p, nil
	}
	p.write = func(w io.Writer) error {
		pixels, _, err := codec.Frame(ctx, f.File, number)
		if err == nil {
			_, err = w.Write(pixels)
		}
		return err
	}
	return p, nil
}
