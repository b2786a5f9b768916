package face

import (
	"encoding/json"
)

// JSON answers a script of a page.
func (q *Request) JSON(v any) error {
	q.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(q.W).Encode(v)
}
