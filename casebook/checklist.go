package casebook

import (
	"slices"
	"strings"

	"consilium/ledger"
	"consilium/record"
)

// checkSafety stops whoever would sign a part of the checklist that nobody went through: each of its questions is ticked, or there is a word on why not. It stops the
// writer here; what was signed before this rule stays as it is, and shows what was not ticked.
func checkSafety(says []byte) error {
	s, err := ledger.Decode[SafetyCheck](says)
	if err != nil {
		return err
	}
	done, unexplained := 0, false
	for _, id := range SafetyItems(s.Part) {
		i := slices.IndexFunc(s.Items, func(i CheckItem) bool { return i.ID == id })
		switch {
		case i >= 0 && s.Items[i].Done:
			done++
		case i < 0 || strings.TrimSpace(s.Items[i].Note) == "":
			unexplained = true
		}
	}
	switch {
	case done == 0:
		return &record.Stopped{Marks: []record.Mark{stopMark("safety-empty", "items")}}
	case unexplained:
		return &record.Stopped{Marks: []record.Mark{stopMark("safety-why", "items")}}
	}
	return nil
}

// nextSafetyPart is the part of the checklist that comes next before the operation that is scheduled; empty: all are recorded.
func (c *Case) nextSafetyPart() string {
	for _, part := range SafetyParts {
		if !slices.ContainsFunc(c.SafetyChecks, func(s SafetyPart) bool { return s.Says.Part == part && s.Operation == len(c.Operations) }) {
			return part
		}
	}
	return ""
}
