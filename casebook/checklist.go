package casebook

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// checkSafety stops whoever would sign a part of the checklist that nobody went through: each of its questions is ticked, or there is a word on why not; of a critical
// one a person says why in words of their own. It stops the writer here; what was signed before this rule stays as it is, and shows what was not ticked.
func checkSafety(says []byte) error {
	s, err := ledger.Decode[SafetyCheck](says)
	if err != nil {
		return err
	}
	done, unexplained, unworded := 0, false, false
	for _, id := range SafetyItems(s.Part) {
		i := slices.IndexFunc(s.Items, func(i CheckItem) bool { return i.ID == id })
		switch {
		case i >= 0 && s.Items[i].Done:
			done++
		case i < 0 || s.Items[i].Why == "" && strings.TrimSpace(s.Items[i].Note) == "":
			unexplained = true
		case Critical(s.Part, id) && !inWords(s.Items[i].Note):
			unworded = true
		}
	}
	switch {
	case done == 0:
		return &record.Stopped{Marks: []record.Mark{stopMark("safety-empty", "items")}}
	case unexplained:
		return &record.Stopped{Marks: []record.Mark{stopMark("safety-why", "items")}}
	case unworded:
		return &record.Stopped{Marks: []record.Mark{stopMark("safety-critical", "items")}}
	}
	return nil
}

// inWords tells whether somebody wrote why, rather than one of the reasons that stand ready, in either language.
func inWords(note string) bool {
	note = strings.TrimSpace(note)
	ready := slices.ContainsFunc(WhyNot, func(code string) bool {
		text := whyNot(code)
		return strings.EqualFold(note, text.En) || note == text.Zh
	})
	return len([]rune(note)) >= 4 && !ready
}

// whyNot is a reason in words.
func whyNot(code string) lang.Text { return lang.Named("case.checklist", code) }

// why is why an item is not done: the reason that stood ready, and what was written.
func (i CheckItem) why() lang.Text {
	switch {
	case i.Why == "":
		return lang.Same(i.Note)
	case i.Note == "":
		return whyNot(i.Why)
	}
	text := whyNot(i.Why)
	return lang.Text{En: text.En + ": " + i.Note, Zh: text.Zh + "：" + i.Note}
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

// OpenItem is a critical item of the checklist that was signed without being confirmed.
type OpenItem struct {
	Part  string
	Item  lang.Text
	Why   lang.Text
	Entry ledger.Hash // the signed part; its correction confirms the item
}

// openItems are the critical items of a part that are not confirmed.
func openItems(s SafetyPart) (list []OpenItem) {
	for _, i := range s.Says.Items {
		if !i.Done && Critical(s.Says.Part, i.ID) {
			list = append(list, OpenItem{s.Says.Part, lang.Named("case.safety-items."+lang.Key(s.Says.Part), i.ID), i.why(), s.Hash})
		}
	}
	return list
}

// OpenItems are the critical items that were signed unconfirmed for the operation that comes next, or for the last one where all is recorded.
func (c *Case) OpenItems() (list []OpenItem) {
	for _, s := range c.SafetyChecks {
		if s.Operation == len(c.Operations) {
			list = append(list, openItems(s)...)
		}
	}
	return list
}

// markSafety marks each part of the checklist in which a critical item was not confirmed.
func (f *folding) markSafety() {
	for _, s := range f.c.SafetyChecks {
		for _, i := range openItems(s) {
			m := stopMark("safety-open", "")
			m.Text = lang.Phrase("case.stop.safety-open", map[string]any{"item": i.Item})
			f.mark(s.Hash, m)
		}
	}
}
