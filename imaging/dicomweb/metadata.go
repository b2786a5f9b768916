package dicomweb

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/dicomjson"
)

// metadata is WADO-RS of everything but bulk data: an array with an object for each instance, long values as addresses. One instance is read at a time.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) error {
	kind, err := acceptsJSON(r)
	if err != nil {
		return err
	}
	list, err := s.list(r)
	if err != nil {
		return err
	}
	base := s.base(r)
	out := bufio.NewWriterSize(w, 64<<10)
	buffer := make([]byte, 0, 16<<10)
	for i, e := range list {
		if err := r.Context().Err(); err != nil {
			return err
		}
		buffer = append(buffer[:0], ',')
		if i == 0 {
			buffer[0] = '['
		}
		if buffer, err = s.appendMetadata(r.Context(), buffer, e, addressOf(base, e)); err != nil {
			return err
		}
		if i == 0 {
			w.Header().Set("Content-Type", kind)
		}
		if _, err := out.Write(buffer); err != nil {
			return err
		}
	}
	if err := out.WriteByte(']'); err != nil {
		return err
	}
	return out.Flush()
}

// appendMetadata writes one instance's attributes up to its pixel data, which is an address.
func (s *Server) appendMetadata(ctx context.Context, b []byte, e archive.Entry, address string) ([]byte, error) {
	f, err := s.Archive.Open(ctx, e, dicom.PixelData)
	if err != nil {
		return b, err
	}
	defer f.Close()
	f.Dataset.SetString(archive.AvailableTransferSyntaxUID, e.Transfer)
	b = dicomjson.Append(b, f.Dataset, func(path string) string { return address + "/bulkdata/" + path })
	if e.Frames > 0 && !f.Dataset.Has(dicom.FloatPixelData) && !f.Dataset.Has(dicom.DoubleFloatPixelData) {
		b = append(b[:len(b)-1], `,"7FE00010":{"vr":"OW","BulkDataURI":"`...)
		b = append(append(b, address...), `/bulkdata/7FE00010"}}`...)
	}
	return b, nil
}

// bulk is WADO-RS of one value that metadata refers to. Pixel data comes as its frames.
func (s *Server) bulk(w http.ResponseWriter, r *http.Request) error {
	path := r.PathValue("path")
	if path == dicom.PixelData.Hex() {
		return s.frames(w, r)
	}
	list, err := s.list(r)
	if err != nil {
		return err
	}
	f, err := s.Archive.Open(r.Context(), list[0], 0)
	if err != nil {
		return err
	}
	defer f.Close()
	e, err := elementAt(f.Dataset, path)
	if err != nil {
		return err
	}
	data := e.Data()
	p := part{kind: "application/octet-stream", length: data.Len(), location: r.URL.Path, write: func(w io.Writer) error {
		return copyExactly(w, data.Open(), data.Len())
	}}
	ranges, err := accepts(r)
	if err != nil {
		return err
	}
	for _, m := range ranges {
		switch {
		case covers(m.kind, "multipart/related") && (m.part == "" || covers(m.part, p.kind)):
			return multipartRelated(w, p.kind, 1, func(int) (part, error) { return p, nil })
		case covers(m.kind, p.kind):
			return single(w, p)
		}
	}
	return notAcceptable(`multipart/related; type="application/octet-stream"`, "application/octet-stream")
}

// elementAt follows a path of tags and item numbers.
func elementAt(d *dicom.Dataset, path string) (*dicom.Element, error) {
	missing := &problem{http.StatusNotFound, "the instance has no such value"}
	steps := strings.Split(path, "/")
	for {
		tag, ok := dicom.ParseTag(steps[0])
		if !ok {
			return nil, missing
		}
		e := d.Find(tag)
		if e == nil || len(steps) == 1 && (e.VR == dicom.SQ || e.Fragments != nil) {
			return nil, missing
		}
		if len(steps) == 1 {
			return e, nil
		}
		n, err := strconv.Atoi(steps[1])
		if err != nil || n < 1 || n > len(e.Items) || len(steps) < 3 {
			return nil, missing
		}
		d, steps = e.Items[n-1], steps[2:]
	}
}
