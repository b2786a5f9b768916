package analysis

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"consilium/stats"
)

// Folder is a folder of cases: cases/ID.json, and the data sets that they name, each read once.
type Folder struct {
	files  fs.FS
	tables map[string]*stats.Table
}

// NewFolder reads from the given files.
func NewFolder(files fs.FS) *Folder {
	return &Folder{files, map[string]*stats.Table{}}
}

// Cases are the names of all cases, sorted.
func (f *Folder) Cases() ([]string, error) {
	names, err := fs.Glob(f.files, "cases/*.json")
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(path.Base(name), ".json")
	}
	return names, nil
}

// Open opens the file of one case.
func (f *Folder) Open(id string) (fs.File, error) {
	file, err := f.files.Open("cases/" + id + ".json")
	if err != nil {
		return nil, absent("case "+id, err)
	}
	return file, nil
}

// Case reads one case and its data; the table is nil if it has none.
func (f *Folder) Case(id string) (Case, *stats.Table, error) {
	file, err := f.Open(id)
	if err != nil {
		return Case{}, nil, err
	}
	defer file.Close()
	c, err := ReadCase(file)
	if err != nil {
		return c, nil, fmt.Errorf("case %s: %w", id, err)
	}
	t, err := f.Table(c)
	return c, t, err
}

// Table is the data set of a case, or nil if it has none.
func (f *Folder) Table(c Case) (*stats.Table, error) {
	if c.Dataset == nil {
		return nil, nil
	}
	name := path.Clean(*c.Dataset)
	o := ReadOptions{Missing: c.Spec.Texts("missing"), Words: c.Spec.Texts("words")}
	read := fmt.Sprintf("%s %q", name, o) // words that are missing in one analysis may be labels in another
	if t := f.tables[read]; t != nil {
		return t, nil
	}
	file, err := f.files.Open(name)
	if err != nil {
		return nil, absent("data set "+name, err)
	}
	defer file.Close()
	t, err := ReadTable(file, o)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %w", name, err)
	}
	f.tables[read] = t
	return t, nil
}

func absent(what string, err error) error {
	return &stats.Error{Method: what, Problem: stats.Invalid, Detail: "it cannot be opened: " + err.Error()}
}
