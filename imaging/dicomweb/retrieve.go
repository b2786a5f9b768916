package dicomweb

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
)

// anySyntax stands for whatever an instance is kept in.
const anySyntax = "*"

// instances is WADO-RS of a study, a series or an instance: their files.
func (s *Server) instances(w http.ResponseWriter, r *http.Request) error {
	ranges, err := accepts(r)
	if err != nil {
		return err
	}
	list, err := s.list(r)
	if err != nil {
		return err
	}
	for _, m := range ranges {
		alone := m.kind == "application/dicom" && r.PathValue("instance") != ""
		if !alone && !(covers(m.kind, "multipart/related") && (m.part == "" || m.part == "application/dicom" || m.part == "application/*" || m.part == "*/*")) {
			continue
		}
		served, err := s.files(w, r, list, m, alone)
		if served || err != nil {
			return err
		}
	}
	return notAcceptable(`multipart/related; type="application/dicom"; transfer-syntax=*`, "application/dicom for one instance")
}

// files writes the files if all of them can be had in a transfer syntax that the range accepts, and reports whether they can.
func (s *Server) files(w http.ResponseWriter, r *http.Request, list []archive.Entry, m mediaRange, alone bool) (bool, error) {
	for _, e := range list {
		if !s.canGive(e, m.transfer) {
			return false, nil
		}
	}
	if alone {
		p, err := s.file(r.Context(), list[0], m.transfer)
		if err != nil {
			return true, err
		}
		return true, single(w, p)
	}
	base := s.base(r)
	return true, multipartRelated(w, "application/dicom", len(list), func(i int) (part, error) {
		p, err := s.file(r.Context(), list[i], m.transfer)
		p.location = addressOf(base, list[i])
		return p, err
	})
}

// canGive reports whether an instance may be had in a transfer syntax: the one it is kept in, or one without compression. "" is Explicit VR Little Endian,
// which PS3.18 section 8.7.3.5.2 has for those that say nothing.
func (s *Server) canGive(e archive.Entry, transfer string) bool {
	stored := dicom.TransferSyntax(e.Transfer)
	switch wanted := dicom.TransferSyntax(transfer); {
	case transfer == "" || transfer == anySyntax || wanted == stored:
		return true
	case wanted.Check() != nil || wanted.Encapsulated():
		return false
	}
	return true
}

// file is one instance as a part: as it is kept, bytes and all, or written anew.
func (s *Server) file(ctx context.Context, e archive.Entry, transfer string) (part, error) {
	stored := dicom.TransferSyntax(e.Transfer)
	wanted := dicom.TransferSyntax(transfer)
	switch {
	case transfer == anySyntax:
		wanted = stored
	case transfer == "":
		wanted = dicom.ExplicitVRLittleEndian
	}
	kind := "application/dicom; transfer-syntax=" + string(wanted)
	if wanted == stored {
		return part{kind: kind, length: e.Size, write: func(w io.Writer) error { return s.copyFile(ctx, w, e, 0, e.Size) }}, nil
	}
	return s.rewritten(ctx, e, wanted, kind)
}

// copyFile sends a range of an instance's file.
func (s *Server) copyFile(ctx context.Context, w io.Writer, e archive.Entry, from, length int64) error {
	blob, size, err := s.Archive.Bytes(ctx, e)
	if err != nil {
		return err
	}
	defer blob.Close()
	if size < from+length {
		return fmt.Errorf("the file of instance %s has %d bytes of %d: %w", e.UID, size, from+length, io.ErrUnexpectedEOF)
	}
	if _, err := blob.Seek(from, io.SeekStart); err != nil {
		return err
	}
	return copyExactly(w, blob, length)
}

// rewritten is an instance in another transfer syntax than the one it is kept in. How long it will be is not known.
func (s *Server) rewritten(ctx context.Context, e archive.Entry, wanted dicom.TransferSyntax, kind string) (part, error) {
	f, err := s.Archive.Expanded(ctx, e, wanted)
	if err != nil {
		return part{}, err
	}
	f.Close()
	return part{kind: kind, length: unknownLength, write: func(w io.Writer) error {
		f, err := s.Archive.Expanded(ctx, e, wanted)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Write(w)
	}}, nil
}
