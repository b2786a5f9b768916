package analysis

import (
	"encoding/json"
	"fmt"
	"io"

	"consilium/stats"
)

// ReadCase reads the JSON of one case.
func ReadCase(r io.Reader) (Case, error) {
	var c Case
	raw, err := io.ReadAll(io.LimitReader(r, 64<<20))
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, &stats.Error{Method: "case", Problem: stats.Invalid, Detail: fmt.Sprintf("it is not a case in JSON: %v", err)}
	}
	if c.Method == "" {
		return c, &stats.Error{Method: "case", Problem: stats.Invalid, Variable: c.ID, Detail: "it names no method", Advice: `Write {"method": …, "dataset": …, "spec": {…}}`}
	}
	return c, nil
}
