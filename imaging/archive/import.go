package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"consilium/imaging/dicom"
	"consilium/imaging/dicomdir"
)

// Progress is how far an import or an export is.
type Progress struct{ Done, Files int }

// Refusal is a file that an import did not keep, and why. The file's name is the one in its folder or archive.
type Refusal struct {
	File string
	Why  error
}

// Report is what an import did.
type Report struct {
	Stored, Same, Similar int // instances, by what became of them
	Foreign               int // files that are not DICOM and were passed over
	Refused               []Refusal
	MoreRefused           int      // beyond those that are listed
	Missing               []string // files that a DICOMDIR lists and that are not there
	Studies               []string // whose instances are here now, in the order of first sight
}

const (
	mostRefusals = 1000
	mostStudies  = 10_000
	mostFiles    = 5_000_000
)

// Import stores every instance among the files of a folder or a ZIP file. It goes on after files that are refused and says which those were. told may be nil;
// it hears after each file. With an error, what was stored until then stays stored, and importing again goes on from there.
func (a *Archive) Import(ctx context.Context, files fs.FS, from string, told func(Progress)) (*Report, error) {
	i := &importing{archive: a, files: files, from: from, told: told, report: &Report{}, studies: map[string]bool{}}
	names, err := i.names()
	if err != nil {
		return i.report, fmt.Errorf("importing images: %w", err)
	}
	i.progress.Files = len(names)
	defer i.forget()
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return i.report, err
		}
		if err := i.one(ctx, name); err != nil {
			return i.report, fmt.Errorf("importing images: %w", err)
		}
	}
	if err := i.commit(ctx); err != nil {
		return i.report, fmt.Errorf("importing images: %w", err)
	}
	return i.report, nil
}

// importing is an import on its way.
type importing struct {
	archive  *Archive
	files    fs.FS
	from     string
	told     func(Progress)
	report   *Report
	progress Progress
	studies  map[string]bool
	group    *Group
	pending  []string // names of the files in the group
}

// names are all regular files, and what directories of media list that is not among them.
func (i *importing) names() (names []string, err error) {
	err = fs.WalkDir(i.files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if len(names) == mostFiles {
			return fmt.Errorf("more than %d files", mostFiles)
		}
		names = append(names, name)
		return nil
	})
	there := map[string]bool{}
	for _, name := range names {
		there[strings.ToUpper(name)] = true
	}
	for _, name := range names {
		if strings.EqualFold(path.Base(name), "DICOMDIR") {
			i.compare(name, there)
		}
	}
	return names, err
}

// compare notes the files that a DICOMDIR lists and that are not there. One that cannot be read is passed over: its files are found without it.
func (i *importing) compare(name string, there map[string]bool) {
	f, err := i.files.Open(name)
	if err != nil {
		return
	}
	defer f.Close()
	s, err := i.archive.spool(f, 1<<30)
	if err != nil {
		return
	}
	defer s.close()
	directory, err := dicomdir.Read(s, s.size)
	if err != nil {
		return
	}
	for _, r := range directory.Instances() {
		file := path.Join(path.Dir(name), r.File)
		if !there[strings.ToUpper(file)] && !there[strings.ToUpper(file)+"."] && len(i.report.Missing) < mostRefusals {
			i.report.Missing = append(i.report.Missing, file)
		}
	}
}

// one reads one file into the group. What is wrong with the file is noted; an error is one of the disk or the database.
func (i *importing) one(ctx context.Context, name string) (err error) {
	if i.group == nil {
		if i.group, err = i.archive.Begin(); err != nil {
			return err
		}
	}
	if err := i.add(ctx, name); errors.Is(err, ErrFull) || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	} else if err != nil {
		i.refuse(name, err)
		i.step()
		return nil
	}
	i.pending = append(i.pending, name)
	if i.group.Large() {
		return i.commit(ctx)
	}
	return nil
}

func (i *importing) add(ctx context.Context, name string) error {
	f, err := i.files.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	arrival := Arrival{From: i.from}
	at, direct := f.(io.ReaderAt)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if direct {
		return i.group.AddAt(ctx, arrival, at, info.Size())
	}
	return i.group.Add(ctx, arrival, io.LimitReader(f, info.Size())) // a ZIP file may inflate to no more than it says
}

// commit stores the group and sorts what became of its files.
func (i *importing) commit(ctx context.Context) error {
	if i.group == nil {
		return nil
	}
	kept, err := i.group.Commit(ctx)
	i.forget()
	if err != nil {
		return err
	}
	for n, k := range kept {
		i.sort(i.pending[n], k)
		i.step()
	}
	i.pending = nil
	return nil
}

func (i *importing) forget() {
	if i.group != nil {
		i.group.Close()
		i.group = nil
	}
}

func (i *importing) step() {
	i.progress.Done++
	if i.told != nil {
		i.told(i.progress)
	}
}

// mediaDirectory is the SOP class of a DICOMDIR, which is no instance of a study.
const mediaDirectory = "1.2.840.10008.1.3.10"

func (i *importing) sort(name string, k Kept) {
	switch {
	case errors.Is(k.Err, dicom.ErrNotDICOM), strings.EqualFold(path.Base(name), "DICOMDIR"), k.Class == mediaDirectory:
		i.report.Foreign++
		return
	case k.Err != nil:
		i.refuse(name, k.Err)
		return
	}
	switch k.Outcome {
	case Stored:
		i.report.Stored++
	case Same:
		i.report.Same++
	case Similar:
		i.report.Similar++
	}
	if !i.studies[k.Study] && len(i.studies) < mostStudies {
		i.studies[k.Study] = true
		i.report.Studies = append(i.report.Studies, k.Study)
	}
}

func (i *importing) refuse(name string, why error) {
	if len(i.report.Refused) == mostRefusals {
		i.report.MoreRefused++
		return
	}
	i.report.Refused = append(i.report.Refused, Refusal{name, why})
}
