package cases

import (
	"testing"

	"consilium/casebook"
)

// TestEveryPanelIsThere: what a declaration wants shown below its words is shown, and nothing stands ready that none wants.
func TestEveryPanelIsThere(t *testing.T) {
	wanted := map[string]bool{}
	for _, k := range casebook.Talk(nil).Kinds {
		if wanted[k.Panel] = true; k.Panel != "" && panels[k.Panel] == nil {
			t.Errorf("%s wants the panel %q, which this page has not", k.Name, k.Panel)
		}
	}
	for name := range panels {
		if !wanted[name] {
			t.Errorf("no kind of entry wants the panel %q", name)
		}
	}
}
