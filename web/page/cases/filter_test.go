package cases

import (
	"testing"

	"consilium/casebook"
)

// TestWhatPeopleSayIsNoSystemEntry: what is offered in a part of the course stands in one of the sorts by which a timeline is narrowed.
func TestWhatPeopleSayIsNoSystemEntry(t *testing.T) {
	for _, k := range casebook.Talk(nil).Kinds {
		if k.Verb != "" && entryGroup(k.Name) == systemGroup {
			t.Errorf("%s (%s) is shown among the entries of the program", k.Name, k.Verb)
		}
	}
}
