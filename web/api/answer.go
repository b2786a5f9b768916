package api

import (
	"time"
)

// Answer is a body of JSON.
type Answer[T any] struct{ Body T }

// Items is a listing.
type Items[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"Where the next page begins; empty at the end"`
}

// Text is a text in both languages.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// Stamp is a time in RFC 3339, empty for none.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// Each is a list as it is told: never null, so that programs need not ask.
func Each[A, B any](list []A, view func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, a := range list {
		out = append(out, view(a))
	}
	return out
}
