package agree

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"consilium/stats"
	"consilium/stats/analysis"
)

// Case is an analysis with the result of another program.
type Case struct {
	analysis.Case
	Tolerance *Tolerance      `json:"tolerance,omitempty"` // nil: the method is stochastic and says itself what agreement is
	Note      string          `json:"note,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
}

// Tolerance is how near a number must come: |got - ref| ≤ Abs + Rel·|ref|.
type Tolerance struct {
	Rel float64 `json:"rel"`
	Abs float64 `json:"abs"`
}

// ReadCase reads the JSON of one case.
func ReadCase(r io.Reader) (Case, error) {
	var c Case
	raw, err := io.ReadAll(r)
	if err != nil {
		return c, err
	}
	if c.Case, err = analysis.ReadCase(strings.NewReader(string(raw))); err != nil {
		return c, err
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, &stats.Error{Method: "case", Problem: stats.Invalid, Variable: c.ID, Detail: fmt.Sprintf("it is not a case in JSON: %v", err)}
	}
	return c, nil
}

// Folder is a folder of cases with the results that they should have.
type Folder struct {
	*analysis.Folder
}

// NewFolder reads from the given files.
func NewFolder(files fs.FS) Folder { return Folder{analysis.NewFolder(files)} }

// Case reads one case and its data; the table is nil if it has none.
func (f Folder) Case(id string) (Case, *stats.Table, error) {
	file, err := f.Open(id)
	if err != nil {
		return Case{}, nil, err
	}
	defer file.Close()
	c, err := ReadCase(file)
	if err != nil {
		return c, nil, fmt.Errorf("case %s: %w", id, err)
	}
	t, err := f.Table(c.Case)
	return c, t, err
}
