package face

import (
	"encoding/json"
)

func (q *Request) JSON(v any) error {
	q.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(q.W).Encode(v)
}
