package archive

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"slices"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
)

// Which names instances by what they belong to. Empty fields are not compared; at least one must be given.
type Which struct {
	Patient string
	Studies []string
	Series  []string
	UIDs    []string
}

// List calls yield with the instances that are asked for, series by series in their order.
func (a *Archive) List(ctx context.Context, which Which, yield func(Entry) error) error {
	w := where{}
	if which.Patient != "" {
		w.conditions = append(w.conditions, `study_uid IN (SELECT study_uid FROM image_study WHERE patient_id = `+w.bind(which.Patient)+`)`)
	}
	w.oneOf("study_uid", which.Studies)
	w.oneOf("series_uid", which.Series)
	w.oneOf("sop_uid", which.UIDs)
	if len(w.conditions) == 0 {
		return fmt.Errorf("no patient, study, series or instance was named: %w", ErrKey)
	}
	return a.Tables.View(ctx, func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+instanceColumns+` FROM image_instance`+w.text()+` ORDER BY study_uid, series_uid, position, sop_uid`, w.args...)
		if err != nil {
			return fmt.Errorf("listing instances: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			e, err := scanEntry(rows)
			if err == nil {
				err = yield(e)
			}
			if err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// oneOf adds that a column has one of the values, if there are any.
func (w *where) oneOf(column string, values []string) {
	if len(values) == 0 {
		return
	}
	names := ""
	for i, v := range values {
		if i > 0 {
			names += ", "
		}
		names += w.bind(v)
	}
	w.conditions = append(w.conditions, column+` IN (`+names+`)`)
}

// Open opens an instance's file and reads its structure, to its end or to the element before which to stop (0: to the end). Long values stay in the
// file. The caller closes it, and the context has to last until then.
func (a *Archive) Open(ctx context.Context, e Entry, before dicom.Tag) (*File, error) {
	blob, size, err := a.Blobs.Open(ctx, e.Blob)
	if err != nil {
		return nil, fmt.Errorf("opening instance %s: %w", e.UID, err)
	}
	f, err := a.read(blob, size, before)
	if err != nil {
		blob.Close()
		return nil, fmt.Errorf("reading instance %s: %w", e.UID, err)
	}
	return &File{File: f, Blob: blob, size: size}, nil
}

// File is an open instance.
type File struct {
	*dicom.File
	Blob
	size int64
}

// Bytes opens an instance's file as it is kept, with its size.
func (a *Archive) Bytes(ctx context.Context, e Entry) (Blob, int64, error) {
	blob, size, err := a.Blobs.Open(ctx, e.Blob)
	if err != nil {
		return nil, 0, fmt.Errorf("opening instance %s: %w", e.UID, err)
	}
	return blob, size, nil
}

// DataSet gives an instance's data set in one of the transfer syntaxes: bit for bit if the one it is kept in is among them, otherwise written anew in
// the first uncompressed one, decoded where it must be. [ErrTransfer] says that it cannot be. The caller closes it; ending ctx ends the writing.
func (a *Archive) DataSet(ctx context.Context, e Entry, transfers []string) (io.ReadCloser, string, error) {
	if slices.Contains(transfers, e.Transfer) {
		blob, size, err := a.Bytes(ctx, e)
		if err != nil {
			return nil, "", err
		}
		return section{io.NewSectionReader(blob, e.Offset, size-e.Offset), blob}, e.Transfer, nil
	}
	for _, t := range transfers {
		if s := dicom.TransferSyntax(t); s.Check() == nil && !s.Encapsulated() {
			return a.rewritten(ctx, e, s)
		}
	}
	return nil, "", fmt.Errorf("instance %s is kept in %s: %w", e.UID, dicom.TransferSyntax(e.Transfer).Name(), ErrTransfer)
}

type section struct {
	io.Reader
	io.Closer
}

// rewritten writes a data set in an uncompressed transfer syntax while it is read.
func (a *Archive) rewritten(ctx context.Context, e Entry, s dicom.TransferSyntax) (io.ReadCloser, string, error) {
	f, err := a.Expanded(ctx, e, s)
	if err != nil {
		return nil, "", err
	}
	r, w := io.Pipe()
	go func() {
		defer f.Close()
		w.CloseWithError(f.Dataset.Write(w, s))
	}()
	return r, string(s), nil
}

// Expanded opens an instance and has it in an uncompressed transfer syntax; its pixels are decoded frame by frame when they are read. [ErrTransfer]
// says that this compression cannot be decoded here, or not this image.
func (a *Archive) Expanded(ctx context.Context, e Entry, s dicom.TransferSyntax) (*File, error) {
	f, err := a.Open(ctx, e, 0)
	if err != nil {
		return nil, err
	}
	expanded, err := codec.Expand(ctx, f.File, s)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("decoding instance %s: %w: %w", e.UID, ErrTransfer, err)
	}
	f.File = expanded
	return f, nil
}
