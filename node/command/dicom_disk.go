package command

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"consilium/imaging/archive"
	"consilium/store"
)

// dicomArchive is the archive that a command opens.
type dicomArchive struct {
	Folder string `help:"Folder of the archive." required:"" placeholder:"DIR"`
}

// use opens the archive, does something with it and closes it.
func (f dicomArchive) use(ctx context.Context, do func(*archive.Archive) error) error {
	a, s, err := openArchive(ctx, f.Folder, slog.New(slog.DiscardHandler))
	var busy *store.InUseError
	if errors.As(err, &busy) {
		return fmt.Errorf("%w; send to it with 'consilium dicom send' instead", err)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(a), s.Close())
}

type dicomImportCmd struct {
	dicomArchive
	Paths []string `arg:"" name:"PATH" help:"Folders (also of a DICOMDIR), ZIP files or DICOM files."`
}

// Run imports each path and tells what was not kept and why.
func (c *dicomImportCmd) Run(ctx context.Context) error {
	return c.use(ctx, func(a *archive.Archive) error {
		refused := 0
		for _, path := range c.Paths {
			r, err := importPath(ctx, a, path)
			if r != nil {
				refused += len(r.Refused) + r.MoreRefused
				showReport(path, r)
			}
			if err != nil {
				return err
			}
		}
		if refused > 0 {
			return ErrSaid
		}
		return nil
	})
}

func importPath(ctx context.Context, a *archive.Archive, path string) (*archive.Report, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	told := func(p archive.Progress) {
		if p.Done%100 == 0 {
			fmt.Fprintf(os.Stderr, "\r%d of %d files ", p.Done, p.Files)
		}
	}
	switch {
	case info.IsDir():
		root, err := os.OpenRoot(path)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return a.Import(ctx, root.FS(), path, told)
	case strings.EqualFold(filepath.Ext(path), ".zip"):
		z, err := zip.OpenReader(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		defer z.Close()
		return a.Import(ctx, z, path, told)
	}
	return a.Import(ctx, oneFile{os.DirFS(filepath.Dir(path)), filepath.Base(path)}, path, told)
}

// oneFile is a folder of which only one file is seen.
type oneFile struct {
	fs.FS
	name string
}

// ReadDir lists the one file.
func (o oneFile) ReadDir(string) ([]fs.DirEntry, error) {
	info, err := fs.Stat(o.FS, o.name)
	if err != nil {
		return nil, err
	}
	return []fs.DirEntry{fs.FileInfoToDirEntry(info)}, nil
}

func showReport(path string, r *archive.Report) {
	fmt.Printf("%s: %d stored, %d were here, %d differ only in their header, %d are not DICOM, %d refused; %d studies\n", path, r.Stored, r.Same, r.Similar, r.Foreign,
		len(r.Refused)+r.MoreRefused, len(r.Studies))
	for _, f := range r.Refused {
		fmt.Printf("  refused %s: %v\n", f.File, f.Why)
	}
	for _, name := range r.Missing {
		fmt.Printf("  missing %s: the DICOMDIR lists it\n", name)
	}
}

type dicomExportCmd struct {
	dicomArchive
	Out   string   `help:"Folder that is empty or not there, or a file that ends in .zip." required:"" placeholder:"PATH"`
	Study []string `arg:"" name:"STUDY" help:"Study Instance UIDs."`
}

// Run writes studies as a medium with a DICOMDIR.
func (c *dicomExportCmd) Run(ctx context.Context) error {
	return c.use(ctx, func(a *archive.Archive) error {
		create, done, err := c.target()
		if err != nil {
			return err
		}
		n, err := a.Export(ctx, archive.Which{Studies: c.Study}, create, nil)
		if err = errors.Join(err, done()); err != nil {
			return err
		}
		fmt.Printf("%d instances in %s\n", n, c.Out)
		return nil
	})
}

// target is where the files go, and what finishes it.
func (c *dicomExportCmd) target() (create func(string) (io.WriteCloser, error), done func() error, err error) {
	if strings.EqualFold(filepath.Ext(c.Out), ".zip") {
		f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, nil, err
		}
		z := zip.NewWriter(f)
		return func(name string) (io.WriteCloser, error) {
			w, err := z.Create(name)
			return unclosed{w}, err
		}, func() error { return errors.Join(z.Close(), f.Close()) }, nil
	}
	if list, err := os.ReadDir(c.Out); err == nil && len(list) > 0 {
		return nil, nil, fmt.Errorf("%s is not empty", c.Out)
	}
	return func(name string) (io.WriteCloser, error) {
		path := filepath.Join(c.Out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		return os.Create(path)
	}, func() error { return nil }, nil
}

// unclosed is a part of a ZIP file, which ends where the next one begins.
type unclosed struct{ io.Writer }

// Close does nothing.
func (unclosed) Close() error { return nil }

type dicomCheckCmd struct {
	dicomArchive
	Deep bool `help:"Read every file and compare its bytes, too."`
}

// Run looks for the file of every instance of the index.
func (c *dicomCheckCmd) Run(ctx context.Context) error {
	return c.use(ctx, func(a *archive.Archive) error {
		r, err := a.Check(ctx, c.Deep)
		if err != nil {
			return err
		}
		fmt.Printf("%d instances, %d lost\n", r.Instances, len(r.Lost)+r.MoreLost)
		for _, l := range r.Lost {
			fmt.Printf("  %s of study %s: %s\n", l.UID, l.Study, l.Why)
		}
		if len(r.Lost) > 0 {
			return ErrSaid
		}
		return nil
	})
}

type dicomEraseCmd struct {
	dicomArchive
	Study []string `arg:"" name:"STUDY" help:"Study Instance UIDs."`
}

// Run destroys studies.
func (c *dicomEraseCmd) Run(ctx context.Context) error {
	return c.use(ctx, func(a *archive.Archive) error {
		for _, study := range c.Study {
			n, err := a.Erase(ctx, study)
			if err != nil {
				return err
			}
			fmt.Printf("%d instances of %s destroyed\n", n, study)
		}
		return nil
	})
}
