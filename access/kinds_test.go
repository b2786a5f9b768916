package access

import (
	"testing"

	"consilium/record/recordtest"
)

// TestEveryKindIsWhole walks all that can be said about consent.
func TestEveryKindIsWhole(t *testing.T) { recordtest.Walk(t, consents.Talk(nil)) }

func TestKindsDocument(t *testing.T) { recordtest.Document(t, "KINDS.md", consents.Talk(nil).Kinds) }
