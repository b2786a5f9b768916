package outreach

import (
	"testing"

	"consilium/record/recordtest"
)

// TestEveryKindIsWhole walks all that can be said on a visit.
func TestEveryKindIsWhole(t *testing.T) { recordtest.Walk(t, Talk()) }

func TestEveryStopHasWords(t *testing.T) {
	recordtest.Stops(t, "visits", []string{"form", "closed"}, ".")
}

func TestKindsDocument(t *testing.T) { recordtest.Document(t, "KINDS.md", Talk().Kinds) }
