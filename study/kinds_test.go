package study

import (
	"testing"

	"consilium/record/recordtest"
)

func TestEveryKindIsWhole(t *testing.T) { recordtest.Walk(t, Talk()) }

func TestKindsDocument(t *testing.T) { recordtest.Document(t, "KINDS.md", Talk().Kinds) }

func TestEveryStopHasWords(t *testing.T) {
	recordtest.Stops(t, "study", []string{"form", "not-opened", "closed"}, ".")
}
