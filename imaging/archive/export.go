package archive

import (
	"context"
	"fmt"
	"io"
	"strings"

	"consilium/imaging/dicom"
	"consilium/imaging/dicomdir"
)

// Export writes the files of instances as a medium has them: a folder for each patient, study and series, and a DICOMDIR that lists them. create makes a file; it is
// closed before the next one is made, so that a ZIP file can be written as well as a folder. told may be nil.
func (a *Archive) Export(ctx context.Context, which Which, create func(name string) (io.WriteCloser, error), told func(Progress)) (int, error) {
	var list []Entry
	err := a.List(ctx, which, func(e Entry) error {
		list = append(list, e)
		return nil
	})
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return 0, fmt.Errorf("exporting images: %w", err)
	}
	directory := dicomdir.NewBuilder("CONSILIUM")
	for n, e := range list {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		if err := a.exportOne(ctx, e, directory, create); err != nil {
			return n, fmt.Errorf("exporting instance %s: %w", e.UID, err)
		}
		if told != nil {
			told(Progress{n + 1, len(list)})
		}
	}
	err = write("DICOMDIR", create, directory.Directory().Write)
	if err != nil {
		return len(list), fmt.Errorf("writing the DICOMDIR: %w", err)
	}
	return len(list), nil
}

func (a *Archive) exportOne(ctx context.Context, e Entry, directory *dicomdir.Builder, create func(string) (io.WriteCloser, error)) error {
	f, err := a.Open(ctx, e, dicom.PixelData)
	if err != nil {
		return err
	}
	defer f.Close()
	name := directory.Add(f.Dataset, f.Syntax)
	return write(strings.TrimPrefix(name, "/"), create, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(f.Blob, 0, f.size))
		return err
	})
}

// write makes one file.
func write(name string, create func(string) (io.WriteCloser, error), fill func(io.Writer) error) error {
	w, err := create(name)
	if err != nil {
		return err
	}
	if err := fill(w); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}
