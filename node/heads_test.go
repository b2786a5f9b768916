package node_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// TestACutTailOfALogIsNoticed: rows taken off the end of either log break no chain, and the signed ends beside the database tell; so does a line that the node did not sign.
func TestACutTailOfALogIsNoticed(t *testing.T) {
	w := nodetest.New(t)
	north := w.Found("north")
	id := north.OpenCase("A case that is read")
	north.MustAsk(nodetest.Head, "GET", "/cases/"+id.String(), nil, nil)
	file := filepath.Join(north.Dir, "heads")
	lines := func() int {
		raw, _ := os.ReadFile(file) // not there before the first line
		return strings.Count(string(raw), "\n")
	}
	north.Stop()
	before := lines()
	north.Start() // at the start the ends are noted
	w.Until("a line of the ends as they are now", func() bool { return lines() > before })
	verify := func() string {
		r, err := north.Verify(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(r.Breaks, "; ")
	}
	if broken := verify(); broken != "" {
		t.Fatal(broken)
	}
	for _, log := range []string{"security", "access"} {
		err := north.Desk().DB.Update(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM `+log+`_log WHERE place = (SELECT MAX(place) FROM `+log+`_log)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if broken := verify(); !strings.Contains(broken, "the "+log+" log had") {
			t.Errorf("a row off the end of the %s log: %q", log, broken)
		}
	}
	raw, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, []byte(strings.Replace(string(raw), `"place":`, `"place":1`, 1)), 0o600)
	}
	if broken := verify(); err != nil || !strings.Contains(broken, "not signed") {
		t.Errorf("a forged line: %q, %v", broken, err)
	}
}
