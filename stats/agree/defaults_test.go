package agree

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"slices"
	"testing"

	"consilium/stats"
	"consilium/stats/analysis"
)

// slow are methods whose cases draw random numbers for seconds.
var slow = []string{"mice", "ra_cusum_arl", "validation", "target_trial"}

// TestADeclaredDefaultIsWhatIsDoneWithout: what 'stats methods NAME' calls the default of a key gives, when it is written out, the answer that leaving it out gives.
func TestADeclaredDefaultIsWhatIsDoneWithout(t *testing.T) {
	seen, tried := map[string]bool{}, 0
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		folder := NewFolder(os.DirFS(dir))
		ids, err := folder.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			c, table, err := folder.Case(id)
			if err != nil {
				t.Fatal(err)
			}
			if seen[c.Method] || slices.Contains(slow, c.Method) || table != nil && table.Rows() > 2000 {
				continue
			}
			seen[c.Method] = true
			tried += defaultsOf(t, folder, c, table)
		}
	}
	if tried < 50 {
		t.Errorf("only %d defaults were tried", tried)
	}
}

// defaultsOf writes out each default of a case's method in turn, and counts them.
func defaultsOf(t *testing.T, folder Folder, c Case, table *stats.Table) (tried int) {
	m, _ := analysis.Find(c.Method)
	run := func(spec analysis.Spec) ([]byte, error) {
		asked := c.Case
		asked.Spec = spec
		result, err := analysis.Run(t.Context(), asked, table, folder.Folder.Case)
		if err != nil {
			return nil, err
		}
		return analysis.Write(result)
	}
	without, err := run(c.Spec)
	if err != nil {
		t.Fatal(c.ID, err)
	}
	for _, p := range m.Parameters {
		if p.Default == nil || c.Spec.Has(p.Name) || slices.ContainsFunc(p.Aliases, c.Spec.Has) {
			continue
		}
		spec := maps.Clone(c.Spec)
		spec[p.Name] = p.Default
		with, err := run(spec)
		switch {
		case errors.Is(err, stats.Unsupported): // a key of another form of the method
		case err != nil:
			t.Errorf("%s: %s: %v", c.Method, p.Name, err)
		case !bytes.Equal(with, without):
			t.Errorf("%s: the default of %s is not %v", c.Method, p.Name, p.Default)
		}
		tried++
	}
	return tried
}
