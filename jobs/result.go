package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"consilium/lang"
)

// Result is what a job answers: what a person reads, what a program reads, and a file. It is kept with the job's row, also where the attempt failed and had
// something to say, and is gone when the row is cleared away: what must last becomes an entry.
type Result struct {
	Summary lang.Text       `json:"summary,omitzero"` // what was done, in one line
	Faults  []lang.Text     `json:"faults,omitempty"` // what could not be done and why, each by itself
	Report  json.RawMessage `json:"report,omitempty"` // in the form of the job's kind: see [Reporting]
	File    *File           `json:"file,omitempty"`   // what the job made, kept among the blobs
}

// Hash is the SHA-256 of a file, as hexadecimal digits in JSON.
type Hash [sha256.Size]byte

// MarshalText writes the hash.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("a hash has %d hexadecimal digits, not %d", hex.EncodedLen(len(h)), len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// File is a file that a job made.
type File struct {
	Hash Hash   `json:"hash"`
	Size int64  `json:"size"` // bytes
	Type string `json:"type"` // media type
	Name string `json:"name"` // under which a person saves it
}

// Reporting gives the result a report in the form of the job's own kind.
func (r Result) Reporting(v any) (Result, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return r, fmt.Errorf("writing down what the job reports: %w", err)
	}
	r.Report = raw
	return r, nil
}

// Decode reads the report into v, which has the form of the job's kind. It is an error where there is none.
func (r Result) Decode(v any) error {
	if err := json.Unmarshal(r.Report, v); err != nil {
		return fmt.Errorf("reading what the job reports: %w", err)
	}
	return nil
}

// Empty tells whether there is nothing to keep.
func (r Result) Empty() bool {
	return r.Summary.Empty() && len(r.Faults) == 0 && len(r.Report) == 0 && r.File == nil
}

// Lines are the summary and the faults in one language.
func (r Result) Lines(l lang.Language) []string {
	lines := []string{r.Summary.In(l)}
	for _, f := range r.Faults {
		lines = append(lines, f.In(l))
	}
	return slices.DeleteFunc(lines, func(s string) bool { return s == "" })
}
