package desk

import (
	"context"
	"errors"
	"fmt"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
)

// original is an instance as it came, with the patient's name in it. It can be opened again and again, by one reader at a time.
type original struct {
	file string
	size int64
	open func(ctx context.Context) (*dicom.File, func() error, error)
}

// errForeign: a file that is no image, and nothing is lost by leaving it out.
var errForeign = errors.New("not DICOM")

func nothing() error { return nil }

// sources are all that an order names, and what to close at the end.
func (d *Desk) sources(ctx context.Context, o ImageOrder, studies []string) (list []original, done func(), err error) {
	var closers []func() error
	done = func() {
		for _, c := range closers {
			_ = c() // they were only read
		}
	}
	for _, b := range o.Files {
		f, size, err := d.Blobs.Open(ctx, b.Hash)
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("opening %s: %w", b.Label, err)
		}
		closers = append(closers, f.Close)
		list = append(list, inFile(b.Label, seeking{f}, size)...)
	}
	for _, uid := range studies {
		err := d.Images.List(ctx, archive.Which{Studies: []string{uid}}, func(e archive.Entry) error {
			list = append(list, original{e.UID, e.Size, func(ctx context.Context) (*dicom.File, func() error, error) {
				f, err := d.Images.Open(ctx, e, 0)
				if err != nil {
					return nil, nil, err
				}
				return f.File, f.Close, nil
			}})
			return nil
		})
		if err != nil {
			done()
			return nil, nil, err
		}
	}
	return list, done, nil
}

// inFile are the instances of a file that was sent: itself, or those of a ZIP file.
func inFile(name string, src seeking, size int64) (list []original) {
	z, err := openZIP(src, size)
	if err != nil || len(z.File) == 0 || len(z.File) > mostMembers {
		return []original{{name, size, func(context.Context) (*dicom.File, func() error, error) {
			f, err := dicom.Read(src, size, dicom.Options{})
			switch {
			case errors.Is(err, dicom.ErrNotDICOM):
				return nil, nil, errForeign
			case err != nil:
				return nil, nil, err
			case isDirectory(f):
				return nil, nil, errForeign
			}
			return f, nothing, nil
		}}}
	}
	for _, m := range z.File {
		if m.FileInfo().IsDir() {
			continue
		}
		list = append(list, original{name + " > " + m.Name, int64(m.UncompressedSize64), func(context.Context) (*dicom.File, func() error, error) {
			f, err := member(m)
			switch {
			case err == nil && f == nil:
				return nil, nil, errForeign
			case err != nil:
				return nil, nil, err
			}
			return f, nothing, nil
		}})
	}
	return list
}

// Held opens an image that was held back, as it came, for a person to look at.
func (d *Desk) Held(ctx context.Context, r FilingReport, h HeldImage, show func(*dicom.File) error) error {
	list, done, err := d.sources(ctx, r.Order, r.studies())
	if err != nil {
		return err
	}
	defer done()
	if h.At < 0 || h.At >= len(list) {
		return ErrNotHere
	}
	f, close, err := list[h.At].open(ctx)
	if err != nil {
		return errors.Join(ErrNotHere, err)
	}
	defer close()
	if f.Dataset.String(dicom.SOPInstanceUID) != h.UID {
		return ErrNotHere
	}
	return show(f)
}
