package reference

import (
	"encoding/json"
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

// Case reads one case and its data; the table is nil if it has none.
func (f *Folder) Case(id string) (Case, *stats.Table, error) {
	file, err := f.files.Open("cases/" + id + ".json")
	if err != nil {
		return Case{}, nil, absent("case "+id, err)
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
	if t := f.tables[name]; t != nil {
		return t, nil
	}
	file, err := f.files.Open(name)
	if err != nil {
		return nil, absent("data set "+name, err)
	}
	defer file.Close()
	t, err := ReadTable(file)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %w", name, err)
	}
	f.tables[name] = t
	return t, nil
}

func absent(what string, err error) error {
	return &stats.Error{Method: what, Problem: stats.Invalid, Detail: "it cannot be opened: " + err.Error()}
}

// Answer is our result of one case, written, and where it misses the reference, if the case has one.
type Answer struct {
	Case        Case
	Result      json.RawMessage
	Differences []Difference
}

// Run computes a case of the folder and compares it with the result that it states.
func (f *Folder) Run(c Case, t *stats.Table) (Answer, error) {
	result, err := Run(c, t, f.Case)
	if err != nil {
		return Answer{Case: c}, err
	}
	written, err := Write(result)
	if err != nil {
		return Answer{Case: c}, fmt.Errorf("case %s: the result cannot be written: %w", c.ID, err)
	}
	a := Answer{Case: c, Result: written}
	if len(c.Result) > 0 {
		a.Differences, err = Compare(c, written)
	}
	return a, err
}
