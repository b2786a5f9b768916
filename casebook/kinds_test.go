package casebook

import (
	"slices"
	"strings"
	"testing"

	"consilium/record"
	"consilium/record/recordtest"
)

// TestEveryKindIsWhole walks all that can be said about a case, consent included.
func TestEveryKindIsWhole(t *testing.T) { recordtest.Walk(t, Talk(nil)) }

func TestEveryStopHasWords(t *testing.T) {
	recordtest.Stops(t, "case", []string{"form", "not-opened", "closed"}, ".", "../access")
}

func TestKindsDocument(t *testing.T) {
	own := slices.DeleteFunc(Talk(nil).Kinds, func(k record.Kind) bool { return strings.HasPrefix(k.Name, "case.consent") })
	slices.SortFunc(own, func(a, b record.Kind) int { return strings.Compare(a.Name, b.Name) })
	recordtest.Document(t, "KINDS.md", own)
}
